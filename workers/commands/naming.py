"""Names of items in arguments."""

from collections.abc import Callable
from typing import TypeVar

from harvester.store.works.naming import UnclearNameError
from workers.errors import UsageError

FoundT = TypeVar("FoundT")


def named(find: Callable[[], FoundT]) -> FoundT:
    """Give what a look-up by name finds. Raises: UsageError where the name is not clear."""
    try:
        return find()
    except UnclearNameError as error:
        raise UsageError(str(error)) from error
