"""Which format an answer has: what `format` says, else what `Accept` likes best, else JSON."""

from collections.abc import Iterator, Mapping
from typing import Final

from harvester.errors import cut
from indexer.errors import BadQueryError
from search_api.formats.table import FORMATS, Format
from search_api.params import Parameter, say_unknown
from search_api.problems import NOT_ACCEPTABLE, ProblemError, make_problem

FORMAT: Final = Parameter(
    name="format",
    meaning="The format of the answer; without it the Accept header decides, and without that it is JSON.",
    schema={"type": "string", "enum": list(FORMATS)},
    example="bibtex",
)
ALIASES: Final = {"text/x-bibtex": "bibtex", "text/xml": "oai_dc", "text/json": "json", "application/jsonl": "jsonl"}
MEDIA_TYPES: Final = {form.media_type: form for form in FORMATS.values()} | {
    media: FORMATS[name] for media, name in ALIASES.items()
}


def choose_format(given: Mapping[str, str], accept: str, default: str = "json") -> Format:
    """Choose the format of an answer.

    Raises: BadQueryError (format), ProblemError (406) where Accept takes none that there is.
    """
    if "format" in given:
        name = given["format"]
        if name not in FORMATS:
            advice = f"use one of {', '.join(FORMATS)}"
            raise BadQueryError("format", say_unknown("format", cut(name), FORMATS, advice))
        return FORMATS[name]
    if not accept.strip():
        return FORMATS[default]
    liked = list(_liked(accept))
    if "text/html" in liked:  # a browser, which likes XML better than all else, but not this
        liked = [media for media in liked if media != "application/xml"]
    for media in liked:
        if media in {"*/*", "application/*"}:
            return FORMATS[default]
        if media in MEDIA_TYPES:
            return MEDIA_TYPES[media]
        if media == "text/*":
            return FORMATS["csv"]
    detail = f"Accept: {cut(accept)}: none of these can be given here; take one of {', '.join(sorted(MEDIA_TYPES))}."
    raise ProblemError(make_problem(NOT_ACCEPTABLE, detail))


def _liked(accept: str) -> Iterator[str]:
    """Yield the media types of an Accept header (RFC 9110, 12.5.1), the best liked first, without those refused."""
    ranked = []
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            ranked.append((-float(weight), place, media))
        except ValueError:
            continue
    return (media for weight, _, media in sorted(ranked) if weight < 0)
