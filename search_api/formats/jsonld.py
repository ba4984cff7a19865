"""Items as JSON-LD 1.1: every property under the IRI of its vocabulary, by one context document that the hub serves.

A property without an IRI of its own stands under the address of the context, so nothing is dropped when it is expanded.
"""

from collections.abc import Iterable
from typing import Any, Final

from harvester.item import Agent, Date, Item, Link, Term, Text
from harvester.styles.parts import link_address
from indexer.fields import FIELDS, LINKED

CONTEXT_PATH: Final = "/api/v1/context.jsonld"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
SCHEMA: Final = "https://schema.org/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
KINDS: Final = {"person": "Person", "organization": "Organization"}
DATE_TYPES: Final = {"year": "gYear", "month": "gYearMonth", "day": "date"}
TEXTS: Final = ("title", "alternative", "abstract", "description")
TERMS: Final = ("resource_type", "resource_status", "genre")

Json = dict[str, Any]


def make_context(public_url: str) -> Json:
    """Give the context document: each property's IRI, and the terms of people and labels."""
    declared = {
        name: {"@id": field.iri} for name, field in FIELDS.items() if field.iri and name not in {"creator", "rights"}
    }
    ordered = {
        "creator": {"@id": FIELDS["creator"].iri, "@container": "@list"},
        "rights": {"@id": FIELDS["rights"].iri},
    }
    agents = {
        "Person": FOAF + "Person",
        "Organization": FOAF + "Organization",
        "Agent": FOAF + "Agent",
        "name": FOAF + "name",
        "family_name": FOAF + "familyName",
        "given_name": FOAF + "givenName",
        "affiliation": SCHEMA + "affiliation",
        "role": SCHEMA + "roleName",
        "label": "http://www.w3.org/2004/02/skos/core#prefLabel",
    }
    return {"@context": {"@version": 1.1, "@vocab": f"{public_url}{CONTEXT_PATH}#", **declared, **ordered, **agents}}


def to_jsonld(item: Item, url: str, public_url: str) -> Json:
    """Give an item as a node; what it does not say has no key. `url` is its page's, and its IRI."""
    found: Json = {name: [_text(text) for text in getattr(item, name)] for name in TEXTS}
    found |= {name: [_term(term) for term in getattr(item, name)] for name in TERMS}
    found |= {
        "creator": list(map(_agent, item.creator)),
        "contributor": list(map(_agent, item.contributor)),
        "date": _date(item.date),
        "rights": [_named(rights.uri, rights.label) for rights in item.rights],
        "access": _term(item.access) if item.access else None,
        "subject": [_named(subject.uri, subject.value) for subject in item.subject],
        "identifier": [_named(one.url, one.value) for one in item.identifier],
        "funder": [_named(one.funder_id, one.funder) for one in item.funding if one.funder],
    }
    for name, field in FIELDS.items():
        if name not in found and name not in LINKED:
            found[name] = list(dict.fromkeys(value for value in field.read(item) if value))
    for link in item.links:
        found.setdefault(link.relation, []).append(_target(link))
    for name, values in item.extra.items():
        found.setdefault(name, []).extend(values)
    kept = {name: value for name, value in found.items() if value}
    return {"@context": f"{public_url}{CONTEXT_PATH}", "@id": url, **kept}


def _text(text: Text) -> Json:
    return {"@value": text.value, "@language": text.lang} if text.lang else {"@value": text.value}


def _term(term: Term) -> Json | str:
    return _named(term.uri, term.label)


def _named(iri: str | None, label: str | None) -> Json | str:
    """Give a thing by its IRI where it has a usable one, else its label alone."""
    if iri and iri.startswith(("http://", "https://")) and " " not in iri:
        return {"@id": iri, "label": label} if label and label != iri else {"@id": iri}
    return label or ""


def _agent(agent: Agent) -> Json:
    found: Json = {
        "@id": agent.orcid,
        "@type": KINDS.get(agent.kind or "", "Agent"),
        "name": agent.name,
        "family_name": agent.family,
        "given_name": agent.given,
        "role": agent.role,
        "affiliation": [_named(one.ror, one.name) for one in agent.affiliation],
    }
    return {name: value for name, value in found.items() if value}


def _date(date: Date | None) -> Iterable[Json]:
    if date is None or not (date.edtf or date.literal):
        return []
    kind = DATE_TYPES.get(date.precision or "")
    is_plain = kind is not None and date.edtf is not None and date.edtf.replace("-", "").isdigit()
    return [{"@value": date.edtf, "@type": XSD + kind} if is_plain and kind else {"@value": date.edtf or date.literal}]


def _target(link: Link) -> Json | str:
    return _named(link_address(link), link.title or link.url)
