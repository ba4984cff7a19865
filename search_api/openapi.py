"""The OpenAPI 3.1 document, made from the addresses, the parameters and the structs of the answers."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from search_api.addresses import Address
from search_api.changing import Change
from search_api.edge.caching import NEVER
from search_api.params import Parameter
from search_api.problems import (
    BUSY,
    INTERNAL,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    QUOTA_EXCEEDED,
    TOO_LONG,
    Kind,
    Problem,
)
from search_api.render import Result, ShownItem
from search_api.sampling import Sample
from search_api.tracing import HEADER

REFERENCE: Final = "#/components/schemas/{name}"

ITEM_ID: Final = {
    "name": "item_id",
    "in": "path",
    "required": True,
    "description": "The id of an item, as a search gives it.",
    "schema": {"type": "string"},
}

PROPERTY_NAME: Final = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The name of a property, as listProperties gives it.",
    "schema": {"type": "string"},
}

ENDPOINT_KEY: Final = {
    "name": "key",
    "in": "path",
    "required": True,
    "description": "The key of an endpoint.",
    "schema": {"type": "string"},
}

RUN: Final = {
    "name": "run",
    "in": "path",
    "required": True,
    "description": "The number of a run.",
    "schema": {"type": "integer", "minimum": 1},
}

PLAN: Final = {
    "name": "plan",
    "in": "path",
    "required": True,
    "description": "The number of a deletion plan.",
    "schema": {"type": "integer", "minimum": 1},
}

COMMENT: Final = {
    "name": "comment",
    "in": "path",
    "required": True,
    "description": "The number of a comment.",
    "schema": {"type": "integer", "minimum": 1},
}

CONTRIBUTION: Final = {
    "name": "contribution",
    "in": "path",
    "required": True,
    "description": "The number of a proposal.",
    "schema": {"type": "integer", "minimum": 1},
}

TOKEN: Final = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "The number of a token.",
    "schema": {"type": "integer", "minimum": 1},
}

PATH_PARAMETERS: Final = (ITEM_ID, PROPERTY_NAME, ENDPOINT_KEY, RUN, PLAN, COMMENT, CONTRIBUTION, TOKEN)

KEY_SCHEME: Final = "key"
KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "oaihub_ and 72 hexadecimal digits",
    "description": "A key of a program; `oaihub keys add` makes one.",
}

Json = dict[str, Any]

MOVED: Final = "The item is a part of another now; Location is the same address of that, the query kept."


def make_openapi(addresses: Sequence[Address], *, title: str, version: str) -> Json:
    """Give the document as JSON values."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}],
        "paths": _paths(addresses),
        "components": {"schemas": _schemas(addresses), "securitySchemes": {KEY_SCHEME: KEY}},
    }


def _paths(addresses: Sequence[Address]) -> Json:
    paths: Json = {}
    for address in addresses:
        paths.setdefault(address.path, {})[address.method.lower()] = _operation(address)
    return paths


def _operation(address: Address) -> Json:
    path = [parameter for parameter in PATH_PARAMETERS if f"{{{parameter['name']}}}" in address.path]
    return {
        "operationId": address.name,
        "summary": address.summary,
        "parameters": [*path, *map(_parameter, address.parameters)],
        "responses": _responses(address),
        **({} if address.right is None else {"security": [{KEY_SCHEME: []}]}),
        **({} if address.body is None else {"requestBody": _body(address.body)}),
    }


def _body(body: type[Struct]) -> Json:
    schema = {"$ref": REFERENCE.format(name=body.__name__)}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _parameter(parameter: Parameter) -> Json:
    schema = {"type": "array", "items": parameter.schema} if parameter.repeatable else parameter.schema
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "schema": schema,
        **({"style": "form", "explode": True} if parameter.repeatable else {}),
    }


def _responses(address: Address) -> Json:
    said = {HEADER: "The id of this request, as the log has it.", **address.headers}
    headers = {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in said.items()}
    content = {media_type: {"schema": _schema(address, media_type)} for media_type in address.media_types}
    done = {"description": "The answer.", "headers": headers, "content": content}
    moved = {"301": {"description": MOVED}} if "{item_id}" in address.path else {}
    unchanged = {"304": {"description": "The answer is as If-None-Match has it."}} if address.cache != NEVER else {}
    busy = () if address.cache == NEVER else (BUSY, TOO_LONG, QUOTA_EXCEEDED)
    kinds = (*busy, *address.problems, METHOD_NOT_ALLOWED, INTERNAL)  # the last of a status describes it
    problems = {str(kind.status): _problem(kind) for kind in kinds}
    return {"200": done, **moved, **unchanged, **problems}


def _schema(address: Address, media_type: str) -> Json:
    """Give the schema of an answer: of JSON that of its struct, of other formats that it is text or an object."""
    if media_type == "application/json" and address.answer is not None:
        return {"$ref": REFERENCE.format(name=address.answer.__name__)}
    return {} if "json" in media_type else {"type": "string"}


def _problem(kind: Kind) -> Json:
    schema = {"$ref": REFERENCE.format(name=Problem.__name__)}
    return {"description": kind.meaning, "content": {MEDIA_TYPE: {"schema": schema}}}


def _schemas(addresses: Sequence[Address]) -> Json:
    answers = {address.answer for address in addresses if address.answer is not None} | {Problem}
    answers |= {address.body for address in addresses if address.body is not None}
    ordered = sorted(answers, key=lambda answer: answer.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    # Items pass through a result as the bytes that the index keeps, so the struct of a result cannot say their type.
    schemas[Result.__name__]["properties"]["items"]["items"] = {"$ref": REFERENCE.format(name=ShownItem.__name__)}
    schemas[ShownItem.__name__]["required"] = ["id"]  # `fields` may leave all others away
    schemas[Sample.__name__]["properties"]["items"]["items"] = {"$ref": REFERENCE.format(name=ShownItem.__name__)}
    schemas[Change.__name__]["properties"]["item"] = {"$ref": REFERENCE.format(name=ShownItem.__name__)}
    return schemas
