"""What kind of work a citation is written for: the item's types, by the table of APA's and CSL's kinds."""

from typing import Final

from msgspec import Struct

from harvester.item import Metadata
from harvester.styles.parts import find_editors


class Kind(Struct, frozen=True, gc=False):
    """How a kind of work is cited: the shape of its source, its type in CSL, and what stands in brackets."""

    shape: str
    csl: str
    bracket: str | None = None


_ARTICLE: Final = Kind("article", "article-journal")
_MAGAZINE: Final = Kind("periodical", "article-magazine")
_NEWSPAPER: Final = Kind("periodical", "article-newspaper")
_BOOK: Final = Kind("book", "book")
_CHAPTER: Final = Kind("chapter", "chapter")
_PAPER: Final = Kind("paper", "paper-conference", "Paper presentation")
_REPORT: Final = Kind("report", "report")
_DATASET: Final = Kind("versioned", "dataset", "Data set")
_SOFTWARE: Final = Kind("versioned", "software", "Computer software")
_IMAGE: Final = Kind("web", "graphic", "Image")
_VIDEO: Final = Kind("web", "motion_picture", "Video")
_WEB: Final = Kind("web", "webpage")
_TEXT: Final = Kind("text", "document")

_KINDS: Final = {
    **dict.fromkeys(
        ("journal article", "research article", "review article", "review", "book review", "data paper", "editorial",
         "software paper", "letter to the editor", "commentary", "corrigendum", "contribution to journal"),
        _ARTICLE,
    ),
    **dict.fromkeys(("periodical article", "magazine", "news"), _MAGAZINE),
    "newspaper article": _NEWSPAPER,
    **dict.fromkeys(("book", "bibliography"), _BOOK),
    "conference proceedings": _BOOK,
    "book part": _CHAPTER,
    **dict.fromkeys(
        ("conference paper", "conference output", "conference abstract", "conference paper not in proceedings"), _PAPER
    ),
    **dict.fromkeys(
        ("conference poster", "conference poster not in proceedings"),
        Kind("paper", "paper-conference", "Poster presentation"),
    ),
    "conference presentation": Kind("paper", "paper-conference", "Conference presentation"),
    "thesis": Kind("thesis", "thesis", "Thesis"),
    "doctoral thesis": Kind("thesis", "thesis", "Doctoral dissertation"),
    "master thesis": Kind("thesis", "thesis", "Master's thesis"),
    "bachelor thesis": Kind("thesis", "thesis", "Bachelor's thesis"),
    **dict.fromkeys(
        ("report", "research report", "technical report", "policy report", "internal report", "working paper",
         "report to funding agency", "project deliverable", "memorandum", "other type of report", "standard",
         "technical documentation"),
        _REPORT,
    ),
    "preprint": Kind("preprint", "article", "Preprint"),
    **dict.fromkeys(
        ("dataset", "aggregated data", "compiled data", "experimental data", "geospatial data", "observational data",
         "simulation data", "measurement and test data", "clinical trial data"),
        _DATASET,
    ),
    **dict.fromkeys(("software", "research software", "computational notebook"), _SOFTWARE),
    **dict.fromkeys(("image", "still image"), _IMAGE),
    **dict.fromkeys(("video", "moving image"), _VIDEO),
    "sound": Kind("web", "song", "Audio"),
    "map": Kind("web", "map", "Map"),
    "website": _WEB,
    "blog post": Kind("web", "post-weblog"),
}  # fmt: skip


def find_kind(metadata: Metadata) -> Kind:
    """Give the kind of a work: that of its first type the table knows, corrected by where the work appeared.

    A preprint or conference paper with a volume stands in a journal; a conference paper in a book is cited as its
    chapter. Where no type is known, the place of publication tells an article from a chapter.
    """
    said = (_KINDS.get(term.label.casefold()) for term in metadata.resource_type)
    kind = next((kind for kind in said if kind), None)
    container = metadata.container
    if kind is None:
        return _guess(metadata)
    if kind.shape not in {"paper", "preprint"} or container is None:
        return kind
    if container.isbn or container.kind in {"book", "bookseries", "conferenceproceeding", "proceedings"}:
        return Kind("chapter", kind.csl)
    if metadata.volume or (container.issn and metadata.pages):
        return _ARTICLE
    return Kind("chapter", kind.csl) if kind.shape == "paper" else kind


def _guess(metadata: Metadata) -> Kind:
    container = metadata.container
    if container is None:
        return _TEXT
    if container.isbn or (find_editors(metadata) and metadata.pages and not metadata.issue):
        return _CHAPTER
    return _ARTICLE if metadata.volume or metadata.issue or container.issn else _TEXT
