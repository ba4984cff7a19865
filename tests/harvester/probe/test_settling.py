"""From findings to settings, and from two findings to what has changed."""

import msgspec
import pytest
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.probe import (
    Findings,
    FormatFound,
    IdentifyFound,
    ListFound,
    SelectionFound,
    SetFound,
    SetsFound,
    TokenFound,
    drift,
    settings_from,
)

ENDPOINT = Endpoint(key="one", base_url="https://repository.example/oai")
GOOD = Findings(
    base_url=ENDPOINT.base_url,
    metadata_prefix="oai_datacite",
    identify=IdentifyFound(
        name="Repository",
        base_url=ENDPOINT.base_url,
        granularity="YYYY-MM-DDThh:mm:ssZ",
        earliest="2020-01-01T00:00:00Z",
        deleted_record="persistent",
    ),
    formats=(FormatFound("oai_dc", ""), FormatFound("oai_datacite", "")),
    sets=SetsFound(exist=True, whole=True, listed=1, sets=(SetFound("a", "A", 9),), honoured=True),
    selection=SelectionFound(
        takes_seconds=True,
        takes_days=True,
        granularity="YYYY-MM-DDThh:mm:ssZ",
        from_honoured=True,
        until_honoured=True,
        exact=True,
        from_inclusive=True,
        until_inclusive=True,
        nothing_earlier=True,
    ),
    listing=ListFound(
        several_pages=True,
        page_size=100,
        page_s=0.2,
        size_given=True,
        size_stable=True,
        order="ascending",
        deleted_seen=True,
        datestamps="seconds",
        first="2021-02-03T04:05:06Z",
        earliest="2021-02-03T04:05:06Z",
    ),
    token=TokenFound(length=20, shape="opaque", expires_s=3600.0, stateless=True, reusable=True, alone=True),
    gzip=False,
)


def changed(group, **fields):
    """Findings with other values in a group."""
    return replace(GOOD, **{group: replace(getattr(GOOD, group), **fields)})


def test_findings_become_settings():
    assert settings_from(GOOD, ENDPOINT) == Endpoint(
        key="one",
        base_url="https://repository.example/oai",
        metadata_prefix="oai_datacite",
        label="Repository",
        parallel=4,
        selective=True,
        until_inclusive=True,
        granularity="YYYY-MM-DDThh:mm:ssZ",
        earliest="2021-02-03T04:05:06Z",
        deleted_record="persistent",
    )


@pytest.mark.parametrize(
    ("group", "fields", "name", "value"),
    [
        ("selection", {"from_honoured": False}, "selective", False),
        ("selection", {"until_honoured": False}, "selective", False),
        ("selection", {"until_honoured": None, "from_honoured": False}, "selective", False),
        ("selection", {"until_honoured": None}, "selective", None),
        ("selection", {"until_honoured": False}, "parallel", 1),
        ("selection", {"until_inclusive": False}, "until_inclusive", False),
        ("selection", {"granularity": "YYYY-MM-DD"}, "granularity", "YYYY-MM-DD"),
        ("selection", {"granularity": ""}, "granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ("selection", {"exact": False}, "overlap_s", 172_800.0),
        ("selection", {"exact": False, "from_honoured": False}, "overlap_s", None),
        ("listing", {"page_s": 3.0}, "parallel", 2),
        ("listing", {"page_s": 11.0}, "parallel", 1),
        ("listing", {"several_pages": False}, "parallel", 1),
        ("listing", {"order": "none"}, "earliest", "2020-01-01T00:00:00Z"),
        ("listing", {"order": "none", "earliest": "2019-01-01T00:00:00Z"}, "earliest", "2019-01-01T00:00:00Z"),
        ("identify", {"deleted_record": "no"}, "deleted_record", "transient"),
        ("identify", {"deleted_record": "Transient "}, "deleted_record", "transient"),
        ("token", {"alone": False}, "repeat_arguments", True),
    ],
)
def test_each_finding_has_its_setting(group, fields, name, value):
    assert getattr(settings_from(changed(group, **fields), ENDPOINT), name) == value


def test_earliest_datestamp_that_is_none_is_replaced_by_the_oldest_seen():
    found = changed("identify", earliest="long ago")
    unordered = replace(found, listing=replace(found.listing, order="descending", earliest="2022-01-01T00:00:00Z"))
    assert settings_from(unordered, ENDPOINT).earliest == "2022-01-01T00:00:00Z"


def test_troubles_allow_one_request_at_a_time():
    assert settings_from(replace(GOOD, troubles=("ListSets: x",)), ENDPOINT).parallel == 1
    assert settings_from(replace(GOOD, left_alone_s=60.0), ENDPOINT).parallel == 1


def test_what_is_not_known_stays_as_it_was():
    nothing = Findings(base_url=ENDPOINT.base_url, metadata_prefix="oai_datacite")
    settled = settings_from(GOOD, ENDPOINT)
    assert settings_from(nothing, settled) == settled


def test_what_a_person_has_set_stays():
    hand = replace(ENDPOINT, parallel=9, selective=False, label="Ours", by_hand=("parallel", "selective"))
    settled = settings_from(GOOD, hand)
    assert (settled.parallel, settled.selective, settled.label) == (9, False, "Ours")
    assert settled.until_inclusive is True


def test_what_a_harvest_has_learned_since_the_probe_before_stays():
    settled = settings_from(GOOD, ENDPOINT)
    learned = replace(settled, selective=False, granularity="YYYY-MM-DD")
    new = changed("selection", until_inclusive=False)
    after = settings_from(new, learned, GOOD)
    assert (after.selective, after.granularity, after.until_inclusive) == (False, "YYYY-MM-DD", False)
    assert settings_from(new, learned).selective is True
    assert settings_from(new, replace(settled, selective=None), GOOD).selective is True  # nothing was learned


def test_same_repository_has_not_drifted():
    volatile = replace(
        GOOD,
        listing=replace(GOOD.listing, page_s=9.9, size=5, page_size=97),
        token=replace(GOOD.token, length=21),
        sets=replace(GOOD.sets, sets=(SetFound("a", "A", 10),)),
        requests=7,
        troubles=("x",),
    )
    assert drift(GOOD, volatile) == ()


@pytest.mark.parametrize(
    ("group", "fields", "line"),
    [
        ("identify", {"name": "Other"}, "name: Other, was Repository"),
        ("identify", {"granularity": "YYYY-MM-DD"}, "granularity said: YYYY-MM-DD, was YYYY-MM-DDThh:mm:ssZ"),
        ("identify", {"deleted_record": "no"}, "deleted records said: no, was persistent"),
        ("identify", {"earliest": "2021-01-01"}, "earliest datestamp said: 2021-01-01, was 2020-01-01T00:00:00Z"),
        ("selection", {"from_honoured": False}, "from is honoured: no, was yes"),
        ("selection", {"until_inclusive": False}, "until is inclusive: no, was yes"),
        ("selection", {"granularity": "YYYY-MM-DD"}, "granularity taken: YYYY-MM-DD, was YYYY-MM-DDThh:mm:ssZ"),
        ("listing", {"page_size": 50}, "page size: 50, was 100"),
        ("listing", {"size_stable": False}, "completeListSize is stable: no, was yes"),
        ("token", {"shape": "number"}, "shape of tokens: number, was opaque"),
        ("token", {"alone": False}, "tokens go alone: no, was yes"),
        ("sets", {"honoured": False}, "sets are honoured: no, was yes"),
        ("sets", {"sets": (SetFound("b", "B"),)}, "set gone: a"),
    ],
)
def test_change_is_told_in_words(group, fields, line):
    assert line in drift(GOOD, changed(group, **fields))


def test_moved_repository_formats_and_many_sets_are_told():
    moved = replace(GOOD, moved_to="https://new.example/oai", formats=(FormatFound("oai_dc", ""),), gzip=True)
    many = tuple(SetFound(name, "") for name in "abcdefgh")
    new = replace(moved, sets=replace(GOOD.sets, sets=many, listed=8))
    assert drift(GOOD, new) == (
        "permanent redirect: https://new.example/oai, was none",
        "gzip: yes, was no",
        "format gone: oai_datacite",
        "set new: b, c, d, e, f and 2 more",
    )


def test_what_is_not_known_is_no_drift():
    nothing = Findings(base_url=GOOD.base_url, metadata_prefix="oai_dc")
    assert drift(GOOD, nothing) == drift(nothing, GOOD) == ()
    half = changed("sets", whole=False, sets=())
    assert drift(GOOD, half) == ()


def test_findings_survive_their_store_form_and_older_ones_are_read():
    assert msgspec.json.decode(msgspec.json.encode(GOOD), type=Findings) == GOOD
    old = b'{"base_url": "https://x.example", "metadata_prefix": "oai_dc", "unknown_field": 1}'
    assert msgspec.json.decode(old, type=Findings).listing == ListFound()
