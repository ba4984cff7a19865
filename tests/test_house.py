"""What holds the house together: its packages, its settings, the files that start it elsewhere."""

import json
import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pytest_socket import SocketConnectBlockedError

from workers.commands.settings import setting_rows

ROOT = Path(__file__).parents[1]
PACKAGES = ("harvester", "indexer", "search_api", "workers")


def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def our_services():
    return {name: service for name, service in compose()["services"].items() if service["image"] == "oaihub:local"}


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


def test_compose_sets_only_known_settings():
    for name, service in our_services().items():
        unknown = set(service["environment"]) - settings_in_code()
        assert unknown == set(), name


def test_compose_has_every_process_and_no_default_secret():
    assert set(our_services()) == {
        "api",
        "worker-harvest",
        "worker-doi",
        "worker-index",
        "worker-control",
        "beat",
        "harvest",
    }
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = re.findall(r"\$\{((?:\w+_PASSWORD|OAIHUB_SECRET)[^}]*)\}", text)
    assert len(secrets) >= 5
    assert all(secret.endswith(":?set it in .env") for secret in secrets)


def test_compose_ports_are_open_to_this_machine_only():
    ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080"]


def test_compose_variables_are_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / "deploy" / "oaihub.env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_full_stack_can_be_told_whether_and_where_dois_are_asked_for():
    settings = {name for name in settings_in_code() if re.search("_(DOI|CROSSREF|DATACITE)", name)}
    assert len(settings) == 4
    example = (ROOT / "deploy" / "oaihub.env.example").read_text(encoding="utf-8")
    assert settings <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    for name, service in our_services().items():
        assert settings <= set(service["environment"]), name


@pytest.mark.parametrize("name", sorted(our_services()))
def test_compose_command_is_understood_by_the_command_line(name):
    service = our_services()[name]
    words = [*service.get("entrypoint", ["oaihub"]), *service.get("command", [])]
    options = {word for word in words if word.startswith("--")}
    command = [sys.executable, "-m", "workers.commands", words[1], "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert [option for option in options if option not in said] == []


def test_shell_files_are_well_formed():
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
    said = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ".venv/bin/pytest" in said


def test_tests_reach_this_machine_only():
    with pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
