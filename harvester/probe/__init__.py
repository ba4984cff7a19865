"""The probe: what a repository is and how it can be harvested, found out with a few polite requests.

`probe_repository` asks and gives `Findings`; `settings_from` turns them into the settings of an endpoint; `drift` says
what has changed since; `look_around` finds the base URL where somebody gave another page of the same host.
"""

from harvester.probe.drifting import drift
from harvester.probe.findings import (
    Findings,
    FormatFound,
    IdentifyFound,
    ListFound,
    SelectionFound,
    SetFound,
    SetsFound,
    TokenFound,
)
from harvester.probe.places import look_around
from harvester.probe.probing import probe_repository
from harvester.probe.settling import settings_from

__all__ = [
    "Findings",
    "FormatFound",
    "IdentifyFound",
    "ListFound",
    "SelectionFound",
    "SetFound",
    "SetsFound",
    "TokenFound",
    "drift",
    "look_around",
    "probe_repository",
    "settings_from",
]
