"""The OpenAPI document: sound by the rules of OpenAPI 3.1, and true of the answers."""

import pytest
from jsonschema import Draft202012Validator

from tests.openapi import references

# The rules of the specification (3.1.0, section 4.8) for the parts that the document has.
RULES = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "additionalProperties": False,
    "properties": {
        "openapi": {"pattern": r"^3\.1\.\d+$"},
        "info": {"type": "object", "required": ["title", "version"]},
        "servers": {"type": "array", "items": {"required": ["url"]}},
        "paths": {
            "patternProperties": {
                "^/": {
                    "propertyNames": {"enum": ["get", "post"]},
                    "additionalProperties": {"$ref": "#/$defs/operation"},
                    "minProperties": 1,
                }
            },
            "additionalProperties": False,
        },
        "components": {"propertyNames": {"enum": ["schemas", "securitySchemes"]}, "required": ["schemas"]},
    },
    "$defs": {
        "operation": {
            "required": ["operationId", "responses"],
            "properties": {
                "parameters": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/parameter"}},
                "responses": {
                    "minProperties": 1,
                    "patternProperties": {"^[1-5][0-9][0-9]$": {"required": ["description"]}},
                    "additionalProperties": False,
                },
            },
        },
        "parameter": {
            "required": ["name", "in", "schema"],
            "properties": {"name": {"type": "string"}, "in": {"enum": ["query", "path", "header", "cookie"]}},
            "if": {"properties": {"in": {"const": "path"}}},
            "then": {"properties": {"required": {"const": True}}, "required": ["required"]},
        },
    },
}


@pytest.fixture(scope="module")
def document(hub):
    answer = hub.get("/openapi.json")
    assert answer.json() == hub.get("/api/v1/openapi.json").json()
    return answer.json()


def test_document_keeps_the_rules(document):
    Draft202012Validator(RULES).validate(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    operations = [operation for _, operation in named_in(document)]
    for operation in operations:
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere_and_every_schema_is_used(document):
    used = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert used == set(document["components"]["schemas"])


def named_in(document):
    """Give all operations by path, those that are no GET with their method before it."""
    for path, entry in document["paths"].items():
        for method, operation in entry.items():
            yield path if method == "get" else f"{method.upper()} {path}", operation


def test_document_describes_these_addresses(document):
    parameters = {named: [one["name"] for one in operation["parameters"]] for named, operation in named_in(document)}
    assert parameters == {
        "/api/v1/items": ["q", "filter", "facet", "sort", "group", "size", "cursor", "format", "fields", "highlight"],
        "/api/v1/items/{item_id}": ["item_id", "format", "fields"],
        "/api/v1/export": ["q", "filter", "format", "after"],
        "/api/v1/feed.atom": ["q", "filter", "size", "cursor"],
        "/api/v1/changes": ["filter", "since", "size", "cursor"],
        "/api/v1/context.jsonld": [],
        "/api/v1/items/{item_id}/explain": ["item_id"],
        "/api/v1/items/{item_id}/history": ["item_id"],
        "/api/v1/items/{item_id}/linkset": ["item_id"],
        "/api/v1/items/{item_id}/linked": ["item_id", "property", "direction", "size", "cursor"],
        "/api/v1/properties": ["q", "filter"],
        "/api/v1/properties/{name}/values": ["name", "q", "filter", "prefix", "contains", "size", "cursor"],
        "/api/v1/suggest": ["q", "size"],
        "/api/v1/histogram": ["q", "filter", "interval"],
        "/api/v1/sample": ["q", "filter", "size", "seed"],
        "/api/v1/hub": [],
        "/api/v1/account": [],
        "/api/v1/items/{item_id}/contributions": ["item_id", "state", "before", "size"],
        "/api/v1/contributions": ["state", "before", "size"],
        "/api/v1/contributions/{contribution}": ["contribution"],
        "/api/v1/tokens": ["before", "size"],
        "POST /api/v1/items/{item_id}/contributions": ["item_id"],
        "POST /api/v1/contributions/{contribution}/decision": ["contribution"],
        "POST /api/v1/contributions/{contribution}/undo": ["contribution"],
        "POST /api/v1/contributions/{contribution}/withdrawal": ["contribution"],
        "POST /api/v1/tokens": [],
        "POST /api/v1/tokens/{token}/revocation": ["token"],
        "/api/items": [
            *("page", "per_page", "sort_by", "sort_order", "fulltext_search"),
            *("property[0][property]", "property[0][type]", "property[0][text]"),
        ],
        "/api/items/{item_id}": ["item_id"],
        "/api-context": [],
        "/api/v1/items/{item_id}/comments": ["item_id", "before", "size"],
        "POST /api/v1/items/{item_id}/comments": ["item_id"],
        "/api/v1/comments": ["state", "before", "size"],
        "POST /api/v1/comments/decide": [],
        "/api/v1/comments/{comment}": ["comment"],
        "/healthz": [],
        "/readyz": [],
    }


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/api/v1/items?q=improvement&facet=genre,year&filter=genre:*", "/api/v1/items", 200),
        ("/api/v1/items?size=3", "/api/v1/items", 200),
        ("/api/v1/suggest?q=imp", "/api/v1/suggest", 200),
        ("/api/v1/histogram?interval=10", "/api/v1/histogram", 200),
        ("/api/v1/sample?size=3&seed=1", "/api/v1/sample", 200),
        ("/api/v1/items?size=0", "/api/v1/items", 400),
        ("/api/v1/items/{known}", "/api/v1/items/{item_id}", 200),
        ("/api/v1/items/{gone}", "/api/v1/items/{item_id}", 410),
        ("/api/v1/items/nobody", "/api/v1/items/{item_id}", 404),
        ("/api/v1/properties", "/api/v1/properties", 200),
        ("/api/v1/changes?filter=genre:*", "/api/v1/changes", 200),
        ("/api/v1/changes?since=never", "/api/v1/changes", 400),
        ("/api/v1/hub", "/api/v1/hub", 200),
        ("/api/v1/account", "/api/v1/account", 401),
        ("/api/v1/items/{known}/comments", "/api/v1/items/{item_id}/comments", 200),
        ("/api/v1/items/{known}/comments?before=9", "/api/v1/items/{item_id}/comments", 400),
        ("/api/v1/contributions", "/api/v1/contributions", 401),
        ("/healthz", "/healthz", 200),
        ("/readyz", "/readyz", 200),
    ],
)
def test_answers_are_as_described(hub, document, path, address, status):
    answer = hub.get(path.format(known=hub.item_id("known"), gone=hub.item_id("gone")))
    described = document["paths"][address]["get"]["responses"][str(status)]["content"]
    schema = described[answer.headers["content-type"]]["schema"]
    assert answer.status_code == status
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def test_what_needs_a_key_says_so(document):
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    secured = {named for named, operation in named_in(document) if operation.get("security")}
    assert secured == {
        "/api/v1/account",
        "POST /api/v1/items/{item_id}/comments",
        "/api/v1/comments",
        "POST /api/v1/comments/decide",
        "/api/v1/comments/{comment}",
        "/api/v1/items/{item_id}/contributions",
        "POST /api/v1/items/{item_id}/contributions",
        "/api/v1/contributions",
        "/api/v1/contributions/{contribution}",
        "POST /api/v1/contributions/{contribution}/decision",
        "POST /api/v1/contributions/{contribution}/undo",
        "POST /api/v1/contributions/{contribution}/withdrawal",
        "/api/v1/tokens",
        "POST /api/v1/tokens",
        "POST /api/v1/tokens/{token}/revocation",
    }
    assert document["paths"]["/api/v1/account"]["get"]["security"] == [{"key": []}]
