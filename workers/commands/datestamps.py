"""Options that take a datestamp: refused here, where it is wrong, and not first by the repository."""

import re
from datetime import datetime
from typing import Any, Final

import click

FORM: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")


class Datestamp(click.ParamType[str]):
    """A day or a second of UTC, as OAI-PMH 2.0 writes them (section 3.3); it must be in the calendar."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """Give the text unchanged. Raises: click.BadParameter."""
        text = str(value).strip()
        try:
            datetime.fromisoformat(text)
        except ValueError as error:
            reason = "" if FORM.fullmatch(text) is None else f" ({error})"
        else:
            if FORM.fullmatch(text):
                return text
            reason = ""
        return self.fail(f"{text!r} is no date{reason}: write 2024-03-01 or 2024-03-01T12:00:00Z, in UTC", param, ctx)


def check_order(ctx: click.Context, _param: click.Parameter, until: str | None) -> str | None:
    """Give the end of a period whose start, `since`, is read before. Raises: click.BadParameter."""
    since = ctx.params.get("since")
    if since is None or until is None:
        return until
    if len(since) != len(until):
        raise click.BadParameter("write --from and --until both as days, or both with a time")
    if since > until:
        raise click.BadParameter(f"{until} is before --from {since}")
    return until


DATESTAMP: Final = Datestamp()
