"""Settings of the workers."""

from typing import Annotated

from msgspec import Meta, Struct

from harvester.settings import with_password


class WorkerSettings(Struct, frozen=True):
    """What the workers and the commands need to know."""

    broker_url: Annotated[
        str,
        Meta(
            description="The broker: embedded: (a server of its own in the data folder, run by `oaihub run`) or redis://…",
            extra={"env": "OAIHUB_BROKER_URL", "file": True},
        ),
    ] = "embedded:"
    broker_password: Annotated[
        str,
        Meta(
            description="Password of the broker, where its URL holds none",
            extra={"env": "OAIHUB_BROKER_PASSWORD", "secret": True},
        ),
    ] = ""
    harvest_processes: Annotated[
        int,
        Meta(
            ge=1,
            description="Processes that `oaihub run` harvests with",
            extra={"env": "OAIHUB_HARVEST_PROCESSES", "unit": "processes"},
        ),
    ] = 2
    time_zone: Annotated[
        str,
        Meta(
            description="Time zone of schedules that name none, such as Europe/Berlin",
            extra={"env": "OAIHUB_TIME_ZONE"},
        ),
    ] = "UTC"
    alert_mail: Annotated[
        str,
        Meta(
            description="Addresses, parted by commas, that are written to when something is wrong; empty is nobody",
            extra={"env": "OAIHUB_ALERT_MAIL"},
        ),
    ] = ""
    smtp_url: Annotated[
        str,
        Meta(
            pattern=r"^(smtps?://\S+)?$",
            description="Mail server: smtp://[user:password@]host[:port], or smtps://; mail comes from OAIHUB_CONTACT",
            extra={"env": "OAIHUB_SMTP_URL", "file": True},
        ),
    ] = ""
    alert_webhook: Annotated[
        str,
        Meta(
            pattern=r"^(https?://\S+)?$",
            description="Address that alerts are sent to as JSON; one that is not public needs OAIHUB_ALLOW_PRIVATE",
            extra={"env": "OAIHUB_ALERT_WEBHOOK", "file": True},
        ),
    ] = ""
    webhook_secret: Annotated[
        str,
        Meta(
            pattern="^(.{16,})?$",
            description="Signs what the webhook gets (HMAC-SHA256), at least 16 characters; empty signs nothing",
            extra={"env": "OAIHUB_WEBHOOK_SECRET", "secret": True},
        ),
    ] = ""
    metrics_key: Annotated[
        str,
        Meta(
            pattern="^(.{16,})?$",
            description="Opens /metrics, and nothing else, to who sends it as bearer: at least 16 characters",
            extra={"env": "OAIHUB_METRICS_KEY", "secret": True},
        ),
    ] = ""
    otlp_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://\S+)?$",
            description="Where traces go: http://HOST:4318/v1/traces of a collector; needs oaihub[otel]",
            extra={"env": "OAIHUB_OTLP_URL"},
        ),
    ] = ""
    log_level: Annotated[
        str,
        Meta(
            pattern="^(DEBUG|INFO|WARNING|ERROR)$",
            description="How much workers and servers log: DEBUG, INFO, WARNING or ERROR",
            extra={"env": "OAIHUB_LOG_LEVEL"},
        ),
    ] = "INFO"
    log_json: Annotated[
        bool,
        Meta(
            description="1 has workers and servers log in JSON, one object a line; their --json does the same",
            extra={"env": "OAIHUB_LOG_JSON"},
        ),
    ] = False

    def resolved_broker_url(self) -> str:
        """Give the broker's URL with the password filled in. Raises: SettingError (two passwords)."""
        return with_password(self.broker_url, "OAIHUB_BROKER_PASSWORD", self.broker_password)
