"""What both pages and JSON take of a request: the action that is asked for, and its errors as problems."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from harvester.errors import HarvestError, RetryableError, cut
from harvester.store.ledger.dead import Chosen
from search_api.accounts import asker_of
from search_api.problems import BAD_PARAMETER, CONFLICT, NOT_FOUND, ProblemError, make_problem
from workers.operator.actions import Action
from workers.tools import Tools

FoundT = TypeVar("FoundT")


def act(tools: Tools, action: Action, request: Request, given: Mapping[str, Any]) -> str:
    """Do what a person or program asks for in its name, and give it in a sentence.

    Raises: ProblemError (400 for what cannot be understood, 409 for what cannot be done now), RetryableError.
    """
    if any("\0" in value for value in given.values() if isinstance(value, str)):
        raise ProblemError(make_problem(BAD_PARAMETER, f"{action.name}: a text has the character NUL."))
    try:
        asked: Struct = msgspec.convert(given, action.asked, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError(make_problem(BAD_PARAMETER, f"{action.name}: {error}.")) from error
    try:
        return action.do(tools, asker_of(request).account.actor, asked)
    except RetryableError:
        raise
    except HarvestError as error:
        raise ProblemError(make_problem(CONFLICT, f"{error}.")) from error


def chosen_dead(asked: Mapping[str, str]) -> Chosen:
    """Give which dead letters are asked for; empty is no condition. Raises: ProblemError (400) for an unknown kind."""
    try:
        return msgspec.convert({name: value for name, value in asked.items() if value}, Chosen)
    except msgspec.ValidationError as error:
        raise ProblemError(make_problem(BAD_PARAMETER, f"{error}.", parameter="kind")) from error


def existing(found: FoundT | None, what: str) -> FoundT:
    """Give what was found. Raises: ProblemError (404) where nothing was."""
    if found is None:
        raise ProblemError(make_problem(NOT_FOUND, f"There is no {cut(what)}."))
    return found


def number_of(request: Request, name: str) -> int:
    """Give a number that stands in the path. Raises: ProblemError (404)."""
    text = str(request.path_params[name])
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise ProblemError(make_problem(NOT_FOUND, f"There is no {name} {cut(text)!r}."))
    return int(text)
