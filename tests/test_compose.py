"""docker-compose.yml and what lies beside it, held to Compose's own schema and to what a stack must be."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.compose import ROOT, filled_in, our_services, read_compose
from tests.pins import pins
from tests.test_house import settings_in_code

OURS = our_services(read_compose())
ALL = read_compose()["services"]
ENGINES = {"postgres", "redis", "elasticsearch"}
FILES = ("docker-compose.yml", "deploy/s3.yml")
SCHEMA_CHECK = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]


@pytest.mark.parametrize("name", FILES)
def test_file_follows_the_schema_of_compose(name, tmp_path):
    assert subprocess.run([*SCHEMA_CHECK, ROOT / name], check=False, capture_output=True).returncode == 0
    (tmp_path / "wrong.yml").write_text((ROOT / name).read_text().replace("environment:", "environmnt:"))
    assert subprocess.run([*SCHEMA_CHECK, tmp_path / "wrong.yml"], check=False, capture_output=True).returncode == 1


def test_it_has_every_process():
    workers = {"worker-harvest", "worker-doi", "worker-index", "worker-control"}
    assert set(OURS) == {"api", "beat", "harvest"} | workers
    assert set(ALL) - set(OURS) == ENGINES | {"setup", "flower", "prometheus", "grafana"}


@pytest.mark.parametrize("name", sorted(ALL))
def test_container_can_do_no_more_than_it_must(name):
    service = ALL[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & set(service)
    assert {"cpus", "mem_limit", "logging"} <= set(service)
    user = service.get("user", "an image of ours: its Dockerfile says so")
    assert not user.startswith("0") or name == "setup"
    assert service.get("read_only") or name in {"setup", "elasticsearch"}


def test_our_image_is_run_by_a_user_without_rights():
    last = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("FROM ")[2]
    assert re.search(r"^USER ([1-9]\d+)$", last, re.MULTILINE)


def test_image_is_built_of_pinned_packages_that_the_project_asks_for():
    lines = (ROOT / "deploy" / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
    pinned = dict(line.split("==") for line in lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {canonicalize_name(one.name): one for one in map(Requirement, project["project"]["dependencies"])}
    assert [name for name, one in asked.items() if pinned.get(name, "") not in one.specifier] == []
    assert {line.partition("==")[0] for line in pins()} <= set(pinned), pins.__module__


def test_images_are_pinned_by_version():
    images = {service["image"] for service in ALL.values()} - {"oaihub:local"}
    images |= set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    assert len(images) == 7
    assert [image for image in images if not re.search(r":v?\d+\.\d+\.\d+|:\d+\.\d+$", image)] == []


@pytest.mark.parametrize("name", sorted(set(ALL) - {"setup", "harvest"}))
def test_service_has_a_health_check_and_waits_for_those_it_needs(name):
    assert ALL[name]["healthcheck"]["test"]
    if name in OURS:
        assert set(ALL[name]["depends_on"]) == ENGINES


def test_ports_are_open_to_this_machine_only():
    ports = [port for service in ALL.values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_engines_have_no_way_out():
    assert read_compose()["networks"]["engines"] == {"internal": True}
    assert {name: ALL[name]["networks"] for name in ENGINES} == {name: ["engines"] for name in ENGINES}


def test_no_password_stands_in_it_or_in_an_environment():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"://[^/\s\"]*:[^$/\s\"]+@", text) == []
    for name, service in ALL.items():
        wrong = [key for key in service.get("environment", {}) if re.search("(PASSWORD|SECRET|KEY)$", key)]
        assert wrong == [], name


@pytest.mark.parametrize("name", FILES)
def test_every_secret_that_is_used_is_a_file_that_the_script_makes_or_the_operator_has(name, tmp_path):
    compose = read_compose(name)
    named = {secret for service in compose["services"].values() for secret in service.get("secrets", [])}
    assert {key: f"./secrets/{key}" for key in named} == {k: v["file"] for k, v in compose["secrets"].items()}
    if name == "docker-compose.yml":
        subprocess.run(["sh", ROOT / "deploy" / "secrets.sh", tmp_path / "secrets"], check=True)
        assert {path.name for path in (tmp_path / "secrets").iterdir()} == named


def test_secrets_are_made_at_random_and_once(tmp_path):
    texts = []
    for folder in ("a", "b", "a"):
        subprocess.run(["sh", ROOT / "deploy" / "secrets.sh", tmp_path / folder], check=True)
        texts.append({path.name: path.read_text() for path in (tmp_path / folder).iterdir()})
    assert texts[0] == texts[2]
    made = [*texts[0].values(), *texts[1].values()]
    assert len(set(made)) == len(made)
    assert all(len(text.strip()) >= 48 for text in made)
    assert oct((tmp_path / "a").stat().st_mode)[-3:] == "700"


def test_only_known_settings_are_set():
    for name in FILES:
        for service in read_compose(name)["services"].values():
            ours = {key for key in service.get("environment", {}) if key.startswith("OAIHUB_")}
            assert {key.removesuffix("_FILE") for key in ours} <= settings_in_code()


def test_variables_are_those_of_the_example():
    asked = set()
    for name in FILES:
        asked |= set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / name).read_text(encoding="utf-8")))
    example = (ROOT / "deploy" / "oaihub.env.example").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_a_variable_that_must_be_set_is_asked_for():
    with pytest.raises(KeyError, match="OAIHUB_CONTACT"):
        filled_in(read_compose(), {})
    filled = filled_in(read_compose(), {"OAIHUB_CONTACT": "hub@example.org"})
    assert filled["services"]["api"]["environment"]["OAIHUB_CONTACT"] == "hub@example.org"


def test_the_full_stack_can_be_told_whether_and_where_dois_are_asked_for():
    settings = {name for name in settings_in_code() if re.search("_(DOI|CROSSREF|DATACITE)", name)}
    assert len(settings) == 4
    for name, service in OURS.items():
        assert settings <= set(service["environment"]), name


def test_bucket_is_given_to_all_of_ours():
    assert set(read_compose("deploy/s3.yml")["services"]) == set(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_command_and_health_check_are_understood_by_the_command_line(name):
    service = OURS[name]
    checks = service.get("healthcheck", {}).get("test", [])
    for words in ([*service.get("entrypoint", ["oaihub"]), *service.get("command", [])], checks[1:]):
        if words[:1] == ["oaihub"]:
            command = [sys.executable, "-m", "workers.commands", words[1], "--help"]
            ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
            assert ended.returncode == 0, words
            assert [word for word in words if word.startswith("--") and word not in ended.stdout] == []


def test_certificates_are_made_once_by_the_tools_of_the_node(tmp_path):
    """The script of the service `setup`, with Elasticsearch's own certutil behind the name that its image has."""
    keys, public = made_certificates(tmp_path)
    said = subprocess.run(
        ["openssl", "verify", "-CAfile", public / "ca.crt", keys / "http.crt"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said.endswith("OK\n")
    assert sorted(path.name for path in (*keys.iterdir(), *public.iterdir())) == ["ca.crt", "http.crt", "http.key"]
    assert oct((keys / "http.key").stat().st_mode)[-3:] == "640"
    before = (keys / "http.crt").read_bytes()
    assert (made_certificates(tmp_path)[0] / "http.crt").read_bytes() == before


def made_certificates(folder: Path) -> tuple[Path, Path]:
    """Run the script of the service `setup` and give its two folders. Skips where the node is not here."""
    from tests.services.elasticsearch_node import HOME  # noqa: PLC0415

    if not HOME.is_dir():
        pytest.skip("Elasticsearch is not fetched")
    tool, keys, public = folder / "bin", folder / "keys", folder / "public"
    for path in (tool, keys, public):
        path.mkdir(exist_ok=True)
    certutil = tool / "elasticsearch-certutil"
    certutil.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.services.certutil "$@"\n')
    certutil.chmod(0o755)
    environment = os.environ | {"PATH": f"{tool}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    script = ROOT / "deploy" / "elasticsearch" / "certificates.sh"
    subprocess.run(["bash", script, keys, public], check=True, env=environment, timeout=100)
    return keys, public
