"""Record to metadata: every reading through the normaliser of its kind, into one schema.

Nothing is invented and nothing is dropped: what is not understood keeps its literal and gets a quality code; a value
that came by another way than its own element has its origin named.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from msgspec import Struct, structs

from harvester.crosswalk.any_reading import mapping_for, read_any
from harvester.crosswalk.citing import cite
from harvester.crosswalk.crediting import name_of, share_agents, spoken
from harvester.crosswalk.dating import Dating, choose_date, is_unavailable
from harvester.crosswalk.json_reading import JsonMetadataError
from harvester.crosswalk.reading import Reading, Readings
from harvester.crosswalk.relating import fund_work, link_work, name_work, place_version
from harvester.crosswalk.sharing import Parts, Targets, compare_targets, take_part
from harvester.item import (
    RESERVED_NAMES,
    Affiliation,
    Agent,
    Date,
    Funding,
    Identifier,
    Language,
    Metadata,
    Rights,
    Subject,
    Term,
    Text,
)
from harvester.parsing.record import Record, RecordError
from harvester.values.dois import doi_address, read_doi
from harvester.values.languages import parse_languages
from harvester.values.names import is_placeholder, parse_agent
from harvester.values.orcids import find_orcid
from harvester.values.relations import RELATIONS
from harvester.values.rights import RightsFacts, parse_rights
from harvester.values.roles import normal_role
from harvester.values.texts import clean_text
from harvester.values.types import GENERIC_TYPES, classify_type

ABSTRACT_MIN_CHARACTERS: Final = 60
TYPE_TARGETS: Final = ("type", "type_general", "status", "genre")
HEADER_DOI: Final = re.compile(r"(?:oai:[^:/]+:)?(?:doi:|info:doi/)(?=10\.)", re.IGNORECASE)
SUPPLIED: Final = re.compile(r"\[[^\[\]]+\]")  # by a cataloguer, from outside the work
ISBD_MARKS: Final = (" /", " :", " =", " ;")  # of a library's title, before a statement that other elements have
ORGANIZED: Final = frozenset({"organizational", "corporate", "conference", "110", "111", "710", "711"})

ValueT = TypeVar("ValueT")


def normalize(record: Record, metadata_prefix: str, own_mapping: str = "") -> Metadata:
    """Give the normalised metadata of a record that is not deleted.

    `own_mapping` is the text of the endpoint's own (harvester.crosswalk.overlay). Raises: RecordError where the record
    holds no value at all, OverlayError.
    """
    if record.metadata is None:
        raise RecordError("no_metadata", record.identifier, "it has no metadata to normalise")
    mapping = mapping_for(record.metadata, metadata_prefix, own_mapping)
    try:
        readings = read_any(mapping, record.metadata)
    except JsonMetadataError as error:
        raise RecordError("metadata_no_json", record.identifier, str(error)) from error
    if not readings.targets and not readings.extra:
        raise RecordError("empty_metadata", record.identifier, "its metadata holds no value")
    metadata = compose(readings, mapping.name)
    if metadata.doi is None and (lead := HEADER_DOI.match(record.identifier)):
        return _named_in_header(metadata, record.identifier[lead.end() :])
    return metadata


def _named_in_header(metadata: Metadata, identifier: str) -> Metadata:
    """Give the metadata the DOI that is the record's identifier in OAI-PMH (Dataverse), where it has none in it."""
    doi = read_doi(identifier)
    if doi is None:
        return metadata
    own = Identifier("doi", doi, doi_address(doi))
    origin = metadata.origin | {"doi": "header"}
    return structs.replace(metadata, doi=doi, identifier=(own, *metadata.identifier), origin=origin)


def compose(readings: Readings, format_name: str, parts: Parts | None = None) -> Metadata:
    """Give the metadata that the readings of a record make.

    With `parts` of another reading of the record, what both share is taken over (harvester.crosswalk.sharing).
    """
    targets = readings.targets
    if "agent" in targets:
        share_agents(targets)
    if "version_of_record" in targets:
        place_version(targets)
    if parts is not None:
        compare_targets(parts, targets)
    cited = take_part(parts, cite, targets)
    dating = take_part(parts, _dating, targets)
    sentence = cited.citation.text if cited.citation else None
    named = take_part(parts, name_work, targets, cited.doi, sentence)
    funding, abstract, description = take_part(parts, _funding_and_descriptions, targets)
    title, alternative = take_part(parts, _titles, targets)
    kinds = take_part(parts, _types, targets)
    rights, rights_access, embargo = take_part(parts, _rights, targets)
    creator = take_part(parts, _agents, targets, "creator")
    extra = _extra(readings.extra, kinds, format_name)
    origin = dict.fromkeys(cited.by_citation, "citation") | dict.fromkeys(cited.by_address, "address")
    contributor = take_part(parts, _agents, targets, "contributor")
    publisher = take_part(parts, _publishers, targets)
    quality = [*dating.quality, *(["no_title"] if not title else [])]
    date = dating.date
    if date is None and cited.year is not None:
        date = Date(str(cited.year), cited.year, "year", "issued", str(cited.year))
        origin["date"] = "citation"
        quality.append("date_from_citation")
    if not creator and (said := tuple(agent for agent in contributor if agent.role == "author")):
        contributor = tuple(agent for agent in contributor if agent.role != "author")
        creator = tuple(structs.replace(agent, role=None) for agent in said)
        origin["creator"] = "contributor"
    if not publisher and (said := tuple(agent for agent in contributor if agent.role == "publisher")):
        publisher = tuple(agent.name for agent in said)
        origin["publisher"] = "contributor"
    if not creator and cited.authors:
        creator = cited.authors
        origin["creator"] = "citation"
        quality.append("creators_from_citation")
    return Metadata(
        title=title,
        alternative=alternative,
        abstract=abstract,
        description=description,
        creator=creator,
        contributor=contributor,
        date=date,
        dates=dating.others + embargo,
        volume=cited.volume,
        issue=cited.issue,
        pages=cited.pages,
        container=cited.container,
        publisher=publisher,
        resource_type=kinds.types,
        resource_status=kinds.status,
        genre=kinds.genre,
        funding=funding,
        citation=cited.citation,
        doi=named.doi,
        identifier=named.identifiers,
        language=take_part(parts, _languages, targets),
        subject=_unique([*take_part(parts, _subjects, targets), *kinds.subjects]),
        rights=rights,
        access=rights_access or kinds.access,
        links=take_part(parts, link_work, targets),
        extra=extra,
        origin=origin,
        quality=tuple(quality),
    )


def _dating(targets: Targets) -> Dating:
    return choose_date(targets.get("date", []))


def _funding_and_descriptions(targets: Targets) -> tuple[tuple[Funding, ...], tuple[Text, ...], tuple[Text, ...]]:
    funding, described = fund_work(targets)
    return (funding, *_descriptions(described))


def _titles(targets: Targets) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Split titles: the first without a kind is the title, all others are alternatives."""
    texts = _read_texts(targets.get("title", ()))
    main = next((text for text in texts if text.kind is None), texts[0] if texts else None)
    others = [text for text in texts if text is not main] if len(texts) > 1 else []
    if main and main.value.endswith(ISBD_MARKS):
        main = structs.replace(main, value=main.value[:-2].rstrip())
    if "alternative" in targets:
        others += _read_texts(targets["alternative"])
    return (main,) if main else (), _unique(others)


def _descriptions(readings: list[Reading]) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Split descriptions.

    Those said to be abstracts, or else the longest that is no mere note; all others stay descriptions.
    """
    texts = _read_texts(readings)
    abstracts = [text for text in texts if text.kind == "abstract"]
    if not abstracts:
        plain = [text for text in texts if text.kind is None and len(text.value) >= ABSTRACT_MIN_CHARACTERS]
        abstracts = plain if len(plain) < 2 else [max(plain, key=lambda text: len(text.value))]
    others = [text for text in texts if text not in abstracts] if len(texts) > len(abstracts) else []
    return tuple([Text(text.value, text.lang) for text in _unique(abstracts)]), _unique(others)


def _agents(targets: Targets, target: str) -> tuple[Agent, ...]:
    agents: dict[tuple[str, str | None], Agent] = {}
    for reading in targets.get(target, ()):
        agent = _agent(reading)
        if agent is not None:
            agents.setdefault((agent.name, agent.role), agent)
    return tuple(agents.values())


def _agent(reading: Reading) -> Agent | None:
    if not reading.parts:
        agent = _named(reading.text)
        return structs.replace(agent, role=normal_role(reading.kind)) if agent and reading.kind else agent
    name = name_of(reading)
    kind = (_part(reading, "kind") or "").lower()
    organized = kind in ORGANIZED or "group" in reading.parts
    agent = Agent(clean_text(name), kind="organization") if organized else _named(name)
    if agent is None or not agent.name:
        return None
    family, given = _part(reading, "family"), _part(reading, "given")
    if not (family and given):
        family, given = agent.family, agent.given
    return structs.replace(
        agent,
        family=family,
        given=given,
        kind=agent.kind or ("person" if kind == "personal" else None),
        role=normal_role(reading.kind) if reading.kind else agent.role,
        orcid=find_orcid(_part(reading, "orcid") or "") or agent.orcid,
        affiliation=_affiliations(reading) or agent.affiliation,
    )


@functools.lru_cache(maxsize=8192)  # the same people stand in many records of a repository
def _named(text: str) -> Agent | None:
    name = clean_text(text)
    if not name or is_placeholder(name) or is_unavailable(name):
        return None
    agent = parse_agent(name)
    return structs.replace(agent, role=normal_role(agent.role)) if agent.role else agent


def _affiliations(reading: Reading) -> tuple[Affiliation, ...]:
    """Give where an agent works; RORs are paired with the names only where there is one for each."""
    names, rors = reading.parts.get("affiliation", []), reading.parts.get("ror", [])
    paired: Sequence[str | None] = rors if len(rors) == len(names) else [None] * len(names)
    return tuple(Affiliation(clean_text(name), ror) for name, ror in zip(names, paired, strict=True))


def _part(reading: Reading, name: str) -> str | None:
    return next(iter(reading.parts.get(name, ())), None)


class _Said(Struct, frozen=True, gc=False):
    """What the types of a record say, by axis; `others` are values that are no types."""

    types: tuple[Term, ...]
    status: tuple[Term, ...]
    genre: tuple[Term, ...]
    access: Term | None
    formats: tuple[str, ...]
    subjects: tuple[Subject, ...]
    others: tuple[str, ...]


def _types(targets: Targets) -> _Said:
    """Split dc:type over its axes; a general word gives way to a particular one.

    Where a format has a general type as well, a particular one that no table knows is no type.
    """
    said = (tuple([reading.text for reading in targets.get(name, ())]) for name in TYPE_TARGETS)
    return _said_by(*said)


@functools.lru_cache(maxsize=4096)  # a repository has few types
def _said_by(
    particular: tuple[str, ...], generals: tuple[str, ...], status: tuple[str, ...], genres: tuple[str, ...]
) -> _Said:
    facts = [classify_type(clean_text(text)) for text in particular]
    types = [fact.resource_type for fact in facts if fact.resource_type and fact.known]
    unknown = [fact.resource_type for fact in facts if fact.resource_type and not fact.known]
    general = [term for text in generals if (term := classify_type(text).resource_type)]
    if not types:
        types, unknown = (general, unknown) if general else (unknown, [])
    elif not general:
        types, unknown = [fact.resource_type for fact in facts if fact.resource_type], []
    return _Said(
        _unique(_particular(types)),
        _unique([*(term for fact in facts for term in fact.status), *_said_to_be(status, "status")]),
        _unique([*(term for fact in facts for term in fact.genre), *_said_to_be(genres, "genre")]),
        next((fact.access for fact in facts if fact.access), None),
        tuple(fact.format for fact in facts if fact.format),
        tuple(Subject(fact.subject) for fact in facts if fact.subject),
        (*(fact.other for fact in facts if fact.other), *(term.literal for term in unknown)),
    )


def _particular(types: list[Term]) -> list[Term]:
    """Leave out a general word beside a particular one that is known, as the mere thesis beside its kind."""
    if len(types) < 2:
        return types
    particular = [term for term in types if term.label.lower() not in GENERIC_TYPES]
    if not any(classify_type(term.label).known for term in particular):
        return types
    labels = {term.label for term in particular}
    if any(label.endswith(" thesis") for label in labels):
        labels.discard("thesis")
    if "video" in labels:
        labels.discard("moving image")
    return [term for term in particular if term.label in labels]


def _said_to_be(texts: Iterable[str], axis: str) -> Iterable[Term]:
    """Give the status or genre that has an element of its own; a word that no table knows is its own label."""
    for text in map(clean_text, texts):
        facts = classify_type(text)
        known = facts.status if axis == "status" else facts.genre
        yield from known or ((Term(text, text),) if text else ())


def _rights(targets: Targets) -> tuple[tuple[Rights, ...], Term | None, tuple[Date, ...]]:
    rights: list[Rights] = []
    access: Term | None = None
    embargo: list[Date] = []
    for reading in targets.get("rights", ()):
        uri, literal = "", reading.text
        if reading.parts:
            uri = _part(reading, "uri") or _part(reading, "ali") or ""
            literal = _part(reading, "text") or _part(reading, "name") or ""
        literal = clean_text(literal)
        facts = _first_known(uri, _part(reading, "code") or "", literal) if reading.parts else parse_rights(literal)
        if facts.rights:
            rights.append(structs.replace(facts.rights, literal=literal) if uri and literal else facts.rights)
        access = access or facts.access
        if facts.embargo_until:
            embargo.append(Date(facts.embargo_until, int(facts.embargo_until[:4]), "day", "embargo_end", reading.text))
    return _unique(rights), access, tuple(embargo)


def _first_known(*said: str) -> RightsFacts:
    """Give what the first says that a table knows, else what the first says at all."""
    found = [parse_rights(text) for text in said if text]
    known = (facts for facts in found if facts.access or facts.embargo_until or (facts.rights and facts.rights.uri))
    return next(known, found[0] if found else RightsFacts())


def _languages(targets: Targets) -> tuple[Language, ...]:
    """Give languages; several in one value ("en fr") are told apart."""
    found: list[Language] = []
    for reading in spoken(targets.get("language") or targets.get("language_coded") or ()):
        found += parse_languages(reading.text)
    return _unique(found)


def _subjects(targets: Targets) -> tuple[Subject, ...]:
    found = []
    for reading in targets.get("subject", ()):
        text = clean_text(_part(reading, "text") or reading.text)
        if text and (reading.parts or reading.kind):
            found.append(
                Subject(
                    text,
                    (_part(reading, "scheme") or reading.kind).strip("[]") or None,
                    _part(reading, "uri"),
                    reading.lang,
                )
            )
        elif text:
            found.append(Subject(text, lang=reading.lang))
    return _unique(found)


def _extra(extra: dict[str, list[str]], said: _Said, format_name: str) -> dict[str, tuple[str, ...]]:
    """Clean the undeclared properties.

    One that has the name of a declared one gets the format's name before its own.
    """
    found = {
        f"{format_name}_{name}" if name in RESERVED_NAMES or name in RELATIONS else name: _unique(
            [clean_text(value) for value in values]
        )
        for name, values in extra.items()
    }
    if said.formats:
        found["format"] = _unique([*found.get("format", ()), *said.formats])
    if said.others:
        found["type"] = _unique([*found.get("type", ()), *said.others])
    return {name: values for name, values in found.items() if any(values)}


def _publishers(targets: Targets) -> tuple[str, ...]:
    """Give the publishers; an address stands for one only where there is no name."""
    readings = targets.get("publisher") or targets.get("publisher_coded") or ()
    texts = [text for reading in readings if (text := clean_text(reading.text)) and not is_unavailable(text)]
    texts = [text[1:-1] if SUPPLIED.fullmatch(text) else text for text in texts]
    return _unique([text for text in texts if not text.startswith(("http://", "https://"))] or texts)


def _read_texts(readings: Iterable[Reading]) -> list[Text]:
    return [
        Text(value, reading.lang, reading.kind or None) for reading in readings if (value := clean_text(reading.text))
    ]


def _unique(values: list[ValueT]) -> tuple[ValueT, ...]:
    return tuple(values) if len(values) < 2 else tuple(dict.fromkeys(values))
