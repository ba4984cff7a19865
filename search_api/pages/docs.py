"""The page about the API, made from the tables that the API itself works by."""

from collections.abc import Sequence
from inspect import cleandoc
from typing import Final

from indexer import text
from search_api import grammar
from search_api.addresses import Address
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, join
from search_api.params import Parameter
from search_api.problems import KINDS

STABLE: Final = (
    "What lies under /api/v1 stays as it is; more may be added, so take no notice of what you do not know. "
    "What is to end says so by Deprecation (RFC 9745), and at least 12 months before by Sunset (RFC 8594)."
)


def docs_content(addresses: Sequence[Address]) -> Html:
    """Give the content of the page about the API."""
    return main_element(
        element("h1", "The API"),
        element("p", "Answers are JSON. ", element("a", "OpenAPI 3.1", href="/openapi.json"), " describes them all."),
        element("p", STABLE),
        element("h2", "Addresses"),
        *(_address(address) for address in addresses),
        element("h2", "Words"),
        element("pre", cleandoc(text.__doc__ or "")),
        element("h2", "Filters"),
        element("pre", cleandoc(grammar.__doc__ or "")),
        element("h2", "Problems"),
        element("p", "Whatever goes wrong is answered as problem details (RFC 9457)."),
        element("table", *(_problem_row(kind.name, kind.status, kind.meaning) for kind in KINDS)),
        class_="docs",
        lang="en",
    )


def _address(address: Address) -> Html:
    rows = [_parameter_row(parameter) for parameter in address.parameters]
    return join(
        element("h3", element("code", f"{address.method} {address.path}")),
        element("p", address.summary),
        element("p", f"For users who have the right to {address.right}, and their keys.") if address.right else "",
        element("table", *rows) if rows else "",
    )


def _parameter_row(parameter: Parameter) -> Html:
    name = element("th", element("code", parameter.name), " (repeatable)" if parameter.repeatable else "", scope="row")
    example = element("td", element("code", parameter.example) if parameter.example else "")
    return element("tr", name, element("td", parameter.meaning), example)


def _problem_row(name: str, status: int, meaning: str) -> Html:
    return element(
        "tr",
        element("th", element("code", name), scope="row"),
        element("td", str(status)),
        element("td", meaning),
        id=name,
    )
