"""The sets of a repository, how many records some of them have, and whether a list of a set keeps to it."""

from typing import Final

from lxml import etree

from harvester.crosswalk.mapping import local_name
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.findings import SetFound, SetsFound
from harvester.probe.heads import in_set, read_heads
from harvester.probe.listing import Opened, Question, following, open_one, size_of

MOST_PAGES: Final = 4
MOST_KEPT: Final = 500
SIZED: Final = 3


def sets_found(asking: Asking, whole: Opened, wanted: tuple[str, ...], *, alone: bool) -> SetsFound:
    """List the sets up to a bound, and ask for the sizes of those that are wanted, else of the first some.

    `whole` is the list that was opened before; `alone` says whether a token goes without the other arguments.
    """
    sets, complete, refused = _list(asking)
    if refused is not None and not sets:
        if refused.code == "noSetHierarchy":
            reason = dict.fromkeys(("honoured", "kept_by_token"), "there are no sets")
            return SetsFound(exist=False, whole=True, why=reason)
        return SetsFound(why=dict.fromkeys(("exist", "whole", "honoured", "kept_by_token"), refused.reason))
    why = {} if refused is None else {"whole": refused.reason}
    specs = wanted or tuple(found.spec for found in sets)
    lists = {spec: open_one(asking, Question(whole.question.prefix, spec, "ListIdentifiers")) for spec in specs[:SIZED]}
    honoured, kept = _kept_to(asking, whole, next(iter(lists.values()), None), why, alone=alone)
    sized = (SetFound(found.spec, found.name, _size(lists, found.spec)) for found in sets[:MOST_KEPT])
    return SetsFound(
        exist=bool(sets),
        listed=len(sets),
        whole=complete,
        sets=tuple(sized),
        honoured=honoured,
        kept_by_token=kept,
        why=why,
    )


def _list(asking: Asking) -> tuple[list[SetFound], bool, Refusal | None]:
    """Give the sets listed, whether they are all, and what ended the list too early."""
    sets: list[SetFound] = []
    parameters = {"verb": "ListSets"}
    for _ in range(MOST_PAGES):
        answer = asking.ask(parameters)
        if isinstance(answer, Refusal):
            return sets, False, answer
        sets += map(_set, answer.page.elements)
        if answer.page.token is None:
            return sets, True, None
        parameters = {"verb": "ListSets", "resumptionToken": answer.page.token}
    return sets, False, Refusal("", f"there are more than {MOST_PAGES} pages of them")


def _set(element: etree._Element) -> SetFound:
    texts = {local_name(str(child.tag)): (child.text or "").strip() for child in element}
    return SetFound(texts.get("setSpec", ""), texts.get("setName", ""))


def _size(lists: dict[str, Opened], spec: str) -> int | None:
    return size_of(lists[spec]) if spec in lists else None


def _kept_to(
    asking: Asking, whole: Opened, part: Opened | None, why: dict[str, str], *, alone: bool
) -> tuple[bool | None, bool | None]:
    """Tell whether a set's list holds that set's records only, and whether its second page does so, too."""
    honoured = _is_honoured(whole, part, why)
    if part is None or isinstance(part.first, Refusal) or not honoured:
        why["kept_by_token"] = why.get("honoured", "sets are not honoured")
        return honoured, None
    spec, token = part.question.set_spec, part.first.page.token
    if token is None or not all(in_set(head, spec) for head in part.heads):
        why["kept_by_token"] = "the set has one page" if token is None else "records do not name the set"
        return honoured, None
    answer = asking.ask(following(part.question, token, alone=alone), f"{spec}, page 2")
    if isinstance(answer, Answer):
        return honoured, all(in_set(head, spec) for head in read_heads(answer.page))
    why["kept_by_token"] = answer.reason
    return honoured, None


def _is_honoured(whole: Opened, part: Opened | None, why: dict[str, str]) -> bool | None:
    if part is None or isinstance(part.first, Refusal) or not part.heads:
        reason = "there are no sets" if part is None else "the set is empty"
        why["honoured"] = part.first.reason if part and isinstance(part.first, Refusal) else reason
        return None
    if all(in_set(head, part.question.set_spec) for head in part.heads):
        return True
    if not whole.question.set_spec and whole.heads:
        sizes = size_of(part), size_of(whole)
        if sizes[0] is not None and sizes[1] is not None and sizes[0] < sizes[1]:
            return True
        same = min(len(part.heads), len(whole.heads))
        if part.heads[:same] == whole.heads[:same]:
            why["honoured"] = f"the list of {part.question.set_spec} is the whole list"
            return False
    why["honoured"] = "records do not name the set"
    return None
