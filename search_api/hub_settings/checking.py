"""What settings must fulfil beyond their types: names that there are, colours that can be read, texts that fit."""

import difflib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from indexer.fields import FIELDS
from search_api.hub_settings.colours import LEAST_CONTRAST, PAIRS, contrast_of
from search_api.hub_settings.document import LONGEST_LABEL, LONGEST_TEXT, PLACES, HubSettings
from search_api.hub_settings.faults import Fault
from search_api.languages import _
from search_api.languages.catalogue import NAMES

IsKnown = Callable[[str], bool]
LINE_ENDS: Final = frozenset("\n\t")


def check_settings(settings: HubSettings, is_known: IsKnown) -> list[Fault]:
    """Give what is wrong with settings, all of it."""
    return [
        *_check_name(settings),
        *_check_languages(settings),
        *_check_facets(settings, is_known),
        *_check_template(settings, is_known),
        *_check_colours(settings),
        *_check_comments(settings),
        *_check_texts(settings),
    ]


def is_declared(name: str) -> bool:
    """Tell whether a property is declared, for where nobody can be asked what occurs."""
    return name in FIELDS


def _check_name(settings: HubSettings) -> Iterator[Fault]:
    if settings.name and not settings.name.strip():
        yield Fault("name", repr(settings.name), _("it is only blanks: give a name, or leave it empty"))
    yield from _check_characters("name", settings.name, frozenset())


def _check_languages(settings: HubSettings) -> Iterator[Fault]:
    for number, language in enumerate(settings.languages, 1):
        if language not in NAMES:
            yield Fault(f"languages[{number}]", repr(language), _no_language())
    yield from _check_doubles("languages", settings.languages)


def _check_facets(settings: HubSettings, is_known: IsKnown) -> Iterator[Fault]:
    for number, name in enumerate(settings.facets, 1):
        key = f"facets[{number}]"
        if not _is_property(name, is_known):
            yield Fault(key, repr(name), _no_property(name))
        elif name in FIELDS and not FIELDS[name].facet:
            yield Fault(key, repr(name), _("this is long text, whose values cannot be counted: choose another"))
    yield from _check_doubles("facets", settings.facets)


def _check_template(settings: HubSettings, is_known: IsKnown) -> Iterator[Fault]:
    for number, one in enumerate(settings.template, 1):
        key = f"template[{number}]"
        if not _is_property(one.name, is_known):
            yield Fault(f"{key}.name", repr(one.name), _no_property(one.name))
        for language, label in one.labels.items():
            if language not in NAMES:
                yield Fault(f"{key}.labels.{language}", repr(label), _no_language())
            if len(label) > LONGEST_LABEL:
                yield Fault(f"{key}.labels.{language}", repr(label), _too_long(LONGEST_LABEL))
            yield from _check_characters(f"{key}.labels.{language}", label, frozenset())
    yield from _check_doubles("template", [one.name for one in settings.template])


def _check_colours(settings: HubSettings) -> Iterator[Fault]:
    for name, (ground, grounds) in PAIRS.items():
        colour: str = getattr(settings.colours, name)
        if not colour:
            continue
        found = min(contrast_of(colour, other) for other in grounds)
        if found < LEAST_CONTRAST:
            reason = _("its contrast on {ground} ground is {found}:1, and at least {least}:1 can be read well")
            # Cut, not rounded: 4.499 is too little, and must not be said to be 4.50.
            figure = f"{int(found * 100) / 100:.2f}"
            said = _("light") if ground == "light" else _("dark")
            yield Fault(f"colours.{name}", repr(colour), reason.format(ground=said, found=figure, least=LEAST_CONTRAST))


def _check_comments(settings: HubSettings) -> Iterator[Fault]:
    question, answer = settings.comments.question.strip(), settings.comments.answer.strip()
    if question and not answer:
        yield Fault("comments.answer", "", _("the question needs an answer"))
    if answer and not question:
        yield Fault("comments.question", "", _("the answer needs a question"))


def _check_texts(settings: HubSettings) -> Iterator[Fault]:
    for language, texts in settings.texts.items():
        if language not in NAMES:
            yield Fault(f"texts.{language}", "", _no_language())
        for place, text in texts.items():
            key = f"texts.{language}.{place}"
            if place not in PLACES:
                reason = _("there is no such text; there are {places}").format(places=", ".join(PLACES))
                yield Fault(key, "", reason)
            if len(text) > LONGEST_TEXT:
                yield Fault(key, repr(text), _too_long(LONGEST_TEXT))
            yield from _check_characters(key, text, LINE_ENDS)


def _check_doubles(key: str, names: Sequence[str]) -> Iterator[Fault]:
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            yield Fault(f"{key}[{number}]", repr(name), _("it stands there already: once will do"))


def _check_characters(key: str, text: str, allowed: frozenset[str]) -> Iterator[Fault]:
    if any(unicodedata.category(one) in {"Cc", "Cs"} and one not in allowed for one in text):
        yield Fault(key, repr(text), _("it has a control character: leave it out"))


def _is_property(name: str, is_known: IsKnown) -> bool:
    return name in FIELDS or is_known(name)


def _no_property(name: str) -> str:
    near = difflib.get_close_matches(name, FIELDS, n=1)
    if near:
        return _("there is no such property; did you mean {name}?").format(name=near[0])
    return _("there is no such property; {address} lists those that occur").format(address="/api/v1/properties")


def _no_language() -> str:
    return _("there is no such language; there are {languages}").format(languages=", ".join(NAMES))


def _too_long(most: int) -> str:
    return _("at most {most} characters are allowed").format(most=most)
