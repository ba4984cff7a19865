"""Forms with files (multipart/form-data): their fields as text, their files as bytes."""

import io
from typing import Final

from msgspec import Struct
from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from search_api.problems import REFUSED, ProblemError, make_problem

MEDIA_TYPE: Final = "multipart/form-data"


class Sent(Struct, frozen=True):
    """What a form sent, by name; of several fields or files of a name the last."""

    fields: list[tuple[str, str]]
    files: dict[str, bytes]


def is_multipart(content_type: str) -> bool:
    """Tell whether a body is such a form by its Content-Type."""
    return content_type.partition(";")[0].strip().casefold() == MEDIA_TYPE


def parse_multipart(content_type: str, body: bytes) -> Sent:
    """Read a body, which is bounded before and so held in memory. Raises: ProblemError (400)."""
    sent = Sent([], {})

    def take_field(field: Field) -> None:
        sent.fields.append((_text(field.field_name), _text(field.value)))

    def take_file(file: File) -> None:
        file.file_object.seek(0)
        sent.files[_text(file.field_name)] = file.file_object.read()

    headers = {"Content-Type": content_type.encode("latin-1", "replace")}
    try:
        parse_form(headers, io.BytesIO(body), take_field, take_file)
    except (FormParserError, ValueError) as error:
        detail = "The form cannot be read: its parts are not as its Content-Type says."
        raise ProblemError(make_problem(REFUSED, detail)) from error
    return sent


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace").replace("\0", "\ufffd")
