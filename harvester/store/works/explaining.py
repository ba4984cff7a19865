"""Who said what of an item: for each field its value, who gave it by which rule, and who said otherwise."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from harvester.store.connection import Store
from harvester.store.items import Whole, read_whole, sources_of
from harvester.works.editing import Edit, apply_edits, field_of
from harvester.works.precedence import NAMES, Source, choose, merge

ENCODER: Final = msgspec.json.Encoder()


class Voice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One that says a value: a record (endpoint, prefix, identifier, page), a DOI's registry, or a person.

    `origin` is how a record says it where that is not the element of its own (`citation`); `at` in seconds since 1970.
    """

    kind: Literal["record", "registry", "person"]
    value: Raw
    endpoint: str = ""
    metadata_prefix: str = ""
    identifier: str = ""
    page: str = ""
    origin: str = ""
    doi: str = ""
    property: str = ""
    author: str = ""
    reason: str = ""
    at: float = 0.0


class ExplainedField(Struct, frozen=True, kw_only=True):
    """A field of an item: `rule` is that of the table of precedence, or `edit`; `others` disagree."""

    name: str
    value: Raw
    rule: str
    said_by: tuple[Voice, ...]
    others: tuple[Voice, ...]


class Explanation(Struct, frozen=True):
    """Every field that an item has, or that one of its sources has."""

    id: str
    fields: tuple[ExplainedField, ...]


def explain_item(store: Store, item_id: str) -> Explanation | None:
    """Explain an item; None where there is none."""
    with store.connect() as connection:
        whole = read_whole(connection, item_id)
    return None if whole is None else explain(whole)


def explain(whole: Whole) -> Explanation:
    """Explain an item that was read."""
    sources, edits = sources_of(whole.live, whole.registered), whole.edits
    shown = apply_edits(merge(sources), edits)
    fields = (_explain(name, getattr(shown, name), sources, edits) for name in NAMES)
    return Explanation(whole.item.id, tuple(field for field in fields if field is not None))


def _explain(name: str, value: Any, sources: Sequence[Source], edits: Sequence[Edit]) -> ExplainedField | None:  # noqa: ANN401 - of any field
    newest = {edit.property: edit for edit in edits if field_of(edit.property) == name}
    choice = choose(name, sources)
    people = tuple(_person(edit) for edit in newest.values())
    is_whole = bool(newest) and name not in {"funding", "links", "extra"}
    givers = () if is_whole else choice.givers
    said_by = (*people, *(_voice(source, name) for source in givers))
    others = tuple(
        _voice(source, name)
        for source in sources
        if source not in givers and getattr(source.metadata, name) and getattr(source.metadata, name) != value
    )
    if not said_by and not others:
        return None
    rule = "edit" if newest else choice.rule
    return ExplainedField(name=name, value=_raw(value), rule=rule, said_by=said_by, others=others)


def _person(edit: Edit) -> Voice:
    return Voice(
        kind="person",
        value=_raw(edit.values),
        property=edit.property,
        author=edit.author,
        reason=edit.reason,
        at=edit.at,
    )


def _voice(source: Source, name: str) -> Voice:
    value = _raw(getattr(source.metadata, name))
    if source.record is None:
        return Voice(kind="registry", value=value, doi=source.doi or "")
    said = source.record
    return Voice(
        kind="record",
        value=value,
        endpoint=said.endpoint,
        metadata_prefix=said.metadata_prefix,
        identifier=said.identifier,
        page=said.page,
        origin=source.metadata.origin.get(name, ""),
    )


def _raw(value: Any) -> Raw:  # noqa: ANN401 - of any field
    return Raw(ENCODER.encode(value))
