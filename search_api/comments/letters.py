"""What people are written about comments: moderators and subscribers in the first language of the hub."""

from collections.abc import Callable

from msgspec import Struct

from harvester.store.comments.comment import Comment
from harvester.store.comments.letters import Letter, Letters
from search_api.comments.links import link_path
from search_api.hub_settings import HubSettings
from search_api.languages import _, _n, current_language, show_number
from search_api.languages.speaking import speaking
from search_api.render import item_path


class House(Struct, frozen=True):
    """The hub as mails name it: its settings, the address that is set for it, and what signs its links."""

    settings: HubSettings
    address: str
    secret: bytes


def letters_of(house: House) -> Letters:
    """Give the mails of a hub; who is asked to confirm something is so in the language of the request."""
    own = (house.settings.languages or (current_language(),))[0]
    asked = current_language()
    return Letters(
        of_queue=lambda waiting, flagged: _in(own, lambda: _of_queue(house, waiting, flagged)),
        of_comment=lambda comment, title, number: _in(own, lambda: _of_comment(house, comment, title, number)),
        to_confirm=lambda title, number: _in(asked, lambda: _to_confirm(house, title, number)),
    )


def _in(language: str, write: Callable[[], Letter]) -> Letter:
    with speaking(language):
        return write()


def _of_queue(house: House, waiting: int, flagged: int) -> Letter:
    said = _n("{number} comment waits for a decision.", "{number} comments wait for a decision.", waiting)
    told = _n("{number} comment was reported.", "{number} comments were reported.", flagged)
    lines = [
        *([said.format(number=show_number(waiting))] if waiting else []),
        *([told.format(number=show_number(flagged))] if flagged else []),
        "",
        f"{house.address}/moderation",
    ]
    return Letter(_("{hub}: comments wait for you").format(hub=house.settings.name), "\n".join(lines) + "\n")


def _of_comment(house: House, comment: Comment, title: str, number: int) -> Letter:
    lines = [
        _("{name} has commented on {title}:").format(name=comment.name, title=f'"{title}"'),
        "",
        *(f"> {line}" for line in comment.body.split("\n")),
        "",
        f"{house.address}{item_path(comment.item)}#comment-{comment.id}",
        "",
        _("To be told no more:"),
        f"{house.address}{link_path(house.secret, number)}",
    ]
    return Letter(
        _("{hub}: a comment on {title}").format(hub=house.settings.name, title=title), "\n".join(lines) + "\n"
    )


def _to_confirm(house: House, title: str, number: int) -> Letter:
    lines = [
        _("Somebody, maybe you, wants to be told by mail of comments on {title}.").format(title=f'"{title}"'),
        _("If it was you, confirm it here:"),
        "",
        f"{house.address}{link_path(house.secret, number)}",
        "",
        _("If it was not, do nothing: you will get no other mail, and your address is forgotten within 7 days."),
    ]
    return Letter(
        _("{hub}: do you want to be told of comments?").format(hub=house.settings.name), "\n".join(lines) + "\n"
    )
