"""docker-compose.yml as it stands after its variables are filled in, and its services as processes of this machine."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
OURS = "oaihub:local"
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}")


def read_compose(name: str = "docker-compose.yml") -> dict[str, Any]:
    """Give a Compose file as it is written."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def filled_in(value: Any, given: dict[str, str]) -> Any:
    """Fill in `${NAME:-default}` and `${NAME:?needed}` as Compose does. Raises: KeyError for one that is needed."""
    if isinstance(value, dict):
        return {key: filled_in(part, given) for key, part in value.items()}
    if isinstance(value, list):
        return [filled_in(part, given) for part in value]
    return VARIABLE.sub(lambda found: _text(found, given), value) if isinstance(value, str) else value


def our_services(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if service.get("image") == OURS}


def _text(found: re.Match[str], given: dict[str, str]) -> str:
    name, kind, rest = found.groups()
    if name is None:
        return "$"
    if given.get(name):
        return given[name]
    if kind == "?":
        raise KeyError(f"{name}: {rest}")
    return rest or ""
