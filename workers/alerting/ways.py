"""The ways by which people are told, as the settings have them."""

from msgspec import Struct

from harvester.settings import HarvesterSettings
from workers.settings import WorkerSettings


class Ways(Struct, frozen=True, kw_only=True):
    """How people are told: by mail to `mail_to` or an endpoint's own list, and by a webhook; empty is not at all."""

    smtp_url: str
    sender: str
    mail_to: tuple[str, ...]
    webhook: str
    secret: str
    allow_private: bool


def ways_of(workers: WorkerSettings, harvester: HarvesterSettings) -> Ways:
    """Give the ways that are set; mail needs somebody who sends it."""
    return Ways(
        smtp_url=workers.smtp_url if harvester.contact else "",
        sender=harvester.contact,
        mail_to=addresses(workers.alert_mail),
        webhook=workers.alert_webhook,
        secret=workers.webhook_secret,
        allow_private=harvester.allow_private,
    )


def addresses(text: str) -> tuple[str, ...]:
    """Give the addresses of a list that is parted by commas."""
    return tuple(filter(None, (part.strip() for part in text.split(","))))
