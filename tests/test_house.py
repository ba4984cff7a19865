"""What holds the house together: its packages, its settings, the files that start it elsewhere."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from pytest_socket import SocketConnectBlockedError

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


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = sorted(name for name in settings_in_code() if name not in readme)
    assert missing == []


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
    assert set(our_services()) == {"api", "worker-harvest", "worker-index", "worker-control", "beat", "harvest"}
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
