"""What holds the house together: its packages, its settings, its scripts."""

import json
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pytest_socket import SocketConnectBlockedError

from workers.commands.settings import setting_rows

ROOT = Path(__file__).parents[1]
PACKAGES = ("harvester", "indexer", "search_api", "workers")


def settings_in_code():
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("settings.py"):
            found |= set(re.findall(r'"env": "(OAIHUB_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    return found


def test_the_four_packages_lie_side_by_side_and_are_what_is_shipped():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES)


# Imports all of the code, and what Celery and langcodes import only at their first use, while some names cannot be.
IMPORTS_WITHOUT = """
import importlib, json, pkgutil, sys
packages, hidden = json.loads(sys.argv[1])
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is hidden", name=name)
sys.meta_path.insert(0, Hidden())
for package in packages:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
importlib.import_module("workers.app").create_app("redis://127.0.0.1").connection().transport
importlib.import_module("harvester.values.languages").parse_language("English")
"""


def installed_with_us():
    """Give the names of all distributions that pip installs with oaihub, without the extra for developers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    waiting = [Requirement(text) for text in project["project"]["dependencies"]]
    found = {"oaihub"}
    seen = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        if (name, *sorted(asked.extras)) in seen:
            continue
        seen.add((name, *sorted(asked.extras)))
        found.add(name)
        try:
            texts = requires(name) or []
        except PackageNotFoundError:  # for another system
            continue
        for needed in map(Requirement, texts):
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *asked.extras)):
                waiting.append(needed)
    return found


def test_a_plain_install_brings_whatever_the_code_imports():
    ours = installed_with_us()
    assert {"celery", "redis", "packaging"} <= ours
    names = packages_distributions().items()
    hidden = [top for top, found in names if not {canonicalize_name(name) for name in found} & ours]
    assert "pytest" in hidden
    command = [sys.executable, "-c", IMPORTS_WITHOUT, json.dumps([PACKAGES, hidden])]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = sorted(name for name in settings_in_code() if name not in readme)
    assert missing == []


def test_the_readme_lists_the_settings_with_their_defaults():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `(OAIHUB_\w+)` \| (?:`([^`]*)`)? ?(\w*) \|", readme, re.MULTILINE)
    rows, wrong = setting_rows({})
    assert wrong == []
    assert found == [(row.name, row.default, row.unit) for row in rows]


def test_only_settings_files_read_the_environment():
    reading = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "settings.py" and re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }
    assert reading == set()


def test_shell_files_are_well_formed():
    for path in (".ci/run", "deploy/secrets.sh", "deploy/elasticsearch/certificates.sh"):
        subprocess.run(["bash", "-n", ROOT / path], check=True)
    said = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ".venv/bin/pytest" in said


def test_tests_reach_this_machine_only():
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
