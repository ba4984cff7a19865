"""Settings of the harvester, and how every package reads its own from OAIHUB_… variables.

A settings struct names for each field its variable, unit and meaning; `read_settings` converts and checks,
`describe_settings` lists. What is secret may lie in a file instead, which NAME_FILE names.
"""

import os
import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
import msgspec.structs
from msgspec import Meta, Struct

from harvester.archive.access import BucketAccess
from harvester.errors import FatalError, cut
from harvester.room import FORM

SettingsT = TypeVar("SettingsT", bound=Struct)

FILE: Final = "_FILE"  # behind the name of a variable: the path of a file that holds its text


class SettingError(FatalError):
    """A variable whose text does not fit; `name` is the variable."""

    def __init__(self, name: str, text: str, reason: str) -> None:
        super().__init__(f"{name}={cut(text)!r}: {reason}; `oaihub settings` lists what it may be")
        self.name = name


class SettingRow(Struct, frozen=True):
    """One setting as people look at it: its variable, its value now, its default, unit and meaning."""

    name: str
    value: str
    default: str
    unit: str
    meaning: str


class HarvesterSettings(Struct, frozen=True):
    """What the harvester needs to know; every value has a default that works on a laptop."""

    data_dir: Annotated[Path, Meta(description="Folder of all embedded state", extra={"env": "OAIHUB_DATA_DIR"})] = (
        Path("oaihub-data")
    )
    store_url: Annotated[
        str,
        Meta(
            description="The store: sqlite:///PATH or postgresql+psycopg://…; empty is store.sqlite in the data folder",
            extra={"env": "OAIHUB_STORE_URL", "file": True},
        ),
    ] = ""
    store_password: Annotated[
        str,
        Meta(
            description="Password of the store, where its URL holds none",
            extra={"env": "OAIHUB_STORE_PASSWORD", "secret": True},
        ),
    ] = ""
    archive_url: Annotated[
        str,
        Meta(
            description="The archive: a folder, or s3://BUCKET[/PREFIX]; empty is archive/ in the data folder",
            extra={"env": "OAIHUB_ARCHIVE_URL"},
        ),
    ] = ""
    archive_endpoint: Annotated[
        str,
        Meta(
            description="Address of the server of an s3:// archive; empty is AWS_ENDPOINT_URL, else Amazon's",
            extra={"env": "OAIHUB_ARCHIVE_ENDPOINT"},
        ),
    ] = ""
    archive_region: Annotated[
        str,
        Meta(
            description="Region of an s3:// archive; empty is AWS_REGION, else us-east-1",
            extra={"env": "OAIHUB_ARCHIVE_REGION"},
        ),
    ] = ""
    archive_key_id: Annotated[
        str,
        Meta(
            description="Name of the key to an s3:// archive; empty is AWS_ACCESS_KEY_ID, else the role of the machine",
            extra={"env": "OAIHUB_ARCHIVE_KEY_ID", "secret": True},
        ),
    ] = ""
    archive_secret_key: Annotated[
        str,
        Meta(
            description="The key to an s3:// archive; empty is AWS_SECRET_ACCESS_KEY, else the role of the machine",
            extra={"env": "OAIHUB_ARCHIVE_SECRET_KEY", "secret": True},
        ),
    ] = ""
    disk_mark: Annotated[
        str,
        Meta(
            pattern=FORM,
            description="Least room on the archive's disk, such as 500 MB or 5 %; below it nothing is fetched",
            extra={"env": "OAIHUB_DISK_MARK"},
        ),
    ] = "500 MB"
    contact: Annotated[
        str,
        Meta(
            pattern=r"^([^@\s]+@[^@\s]+)?$",
            description="Mail address sent to repositories in User-Agent and From; needed for public addresses",
            extra={"env": "OAIHUB_CONTACT"},
        ),
    ] = ""
    allow_private: Annotated[
        bool,
        Meta(
            description="1 lets every endpoint be at a private or loopback address",
            extra={"env": "OAIHUB_ALLOW_PRIVATE"},
        ),
    ] = False
    timeout_s: Annotated[
        float, Meta(gt=0, description="Longest silence of a server", extra={"env": "OAIHUB_TIMEOUT_S", "unit": "s"})
    ] = 60.0
    deadline_s: Annotated[
        float, Meta(gt=0, description="Longest time for one answer", extra={"env": "OAIHUB_DEADLINE_S", "unit": "s"})
    ] = 600.0
    max_page_bytes: Annotated[
        int,
        Meta(
            gt=0,
            description="Largest page, after decompression",
            extra={"env": "OAIHUB_MAX_PAGE_BYTES", "unit": "bytes"},
        ),
    ] = 256 * 1024 * 1024
    lease_s: Annotated[
        float,
        Meta(
            ge=1,
            description="How long a page stays with a worker that gives no sign",
            extra={"env": "OAIHUB_LEASE_S", "unit": "s"},
        ),
    ] = 10.0

    backoff_s: Annotated[
        float,
        Meta(
            gt=0,
            description="First wait before a page that failed is tried again; it doubles with each try, up to 300 s",
            extra={"env": "OAIHUB_BACKOFF_S", "unit": "s"},
        ),
    ] = 1.0

    doi: Annotated[
        str,
        Meta(
            pattern="^(on|off)$",
            description="on has DOI registries asked for the DOIs of records, as soon as OAIHUB_CONTACT is set; or off",
            extra={"env": "OAIHUB_DOI"},
        ),
    ] = "on"
    crossref_url: Annotated[
        str, Meta(description="Address of Crossref's API", extra={"env": "OAIHUB_CROSSREF_URL"})
    ] = "https://api.crossref.org"
    datacite_url: Annotated[
        str, Meta(description="Address of DataCite's API", extra={"env": "OAIHUB_DATACITE_URL"})
    ] = "https://api.datacite.org"
    doi_url: Annotated[
        str, Meta(description="Address of the DOI resolver, which knows all agencies", extra={"env": "OAIHUB_DOI_URL"})
    ] = "https://doi.org"

    def asks_registries(self) -> bool:
        """Tell whether DOI registries are asked: only by somebody who can be written to."""
        return self.doi == "on" and bool(self.contact)

    def resolved_store_url(self) -> str:
        """Give the store's URL with the default and the password filled in. Raises: SettingError (two passwords)."""
        url = self.store_url or f"sqlite:///{self.data_dir / 'store.sqlite'}"
        return with_password(url, "OAIHUB_STORE_PASSWORD", self.store_password)

    def resolved_archive_url(self) -> str:
        """Give the archive's URL with the default filled in."""
        return self.archive_url or str(self.data_dir / "archive")

    def archive_access(self) -> BucketAccess:
        """Give how an archive in a bucket is reached."""
        return BucketAccess(
            endpoint=self.archive_endpoint,
            region=self.archive_region,
            key_id=self.archive_key_id,
            secret_key=self.archive_secret_key,
        )


def environment() -> Mapping[str, str]:
    """Give the process's environment: the one place that reads it, besides the settings of the other packages."""
    return os.environ


def replace_environment(environ: Mapping[str, str]) -> None:
    """Have this process, which was forked, live with these variables instead of its parent's."""
    os.environ.clear()
    os.environ.update(environ)


def read_settings(kind: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Read a settings struct from variables.

    Unset and empty ones keep their default. A secret, or a URL that may hold one, is read from the file that
    NAME_FILE names, without the line's end there. Raises: SettingError naming the variable.
    """
    values: dict[str, Any] = {}
    for field, name, meta in _fields(kind):
        text = environ.get(name)
        if _may_lie_in_a_file(meta) and (path := environ.get(name + FILE)):
            text = _text_of_file(name, path, given=bool(text))
        if not text:  # as `docker compose` and shells leave a variable that nobody filled in
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            reason = f"it should be: {meta.description}" if meta.pattern else str(error)
            raise SettingError(name, text, reason) from error
    return kind(**values)


def with_password(url: str, name: str, password: str) -> str:
    """Put a password, read from the variable `name`, into a URL that has none. Raises: SettingError (it has one)."""
    if not password:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if ":" in user or not host:
        raise SettingError(name, "(hidden)", "the URL holds a password already, or no host that could ask for one")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def describe_settings(settings: Struct) -> list[SettingRow]:
    """List the settings of a struct that was read; values of secrets are hidden."""
    rows = []
    for field, name, meta in _fields(type(settings)):
        secret = bool((meta.extra or {}).get("secret"))
        value = getattr(settings, field.name)
        rows.append(
            SettingRow(
                name=name,
                value="(hidden)" if secret and value else without_password(str(value)),
                default=str(field.default),
                unit=str((meta.extra or {}).get("unit", "")),
                meaning=meta.description or "",
            )
        )
    return rows


def without_password(text: str) -> str:
    """Give a text with the passwords of the URLs in it hidden."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:(hidden)@", text)


def _fields(kind: type[Struct]) -> list[tuple[msgspec.structs.FieldInfo, str, Meta]]:
    found = []
    for field in msgspec.structs.fields(kind):
        meta = _meta(field.type)
        found.append((field, str((meta.extra or {})["env"]), meta))
    return found


def _may_lie_in_a_file(meta: Meta) -> bool:
    extra = meta.extra or {}
    return bool(extra.get("secret") or extra.get("file"))


def _text_of_file(name: str, path: str, *, given: bool) -> str:
    """Give the text of the file that NAME_FILE names. Raises: SettingError (two texts, no file, nothing in it)."""
    if given:
        raise SettingError(name + FILE, path, f"{name} is set, too: keep one of the two")
    try:
        text = Path(path).expanduser().read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingError(name + FILE, path, f"the file cannot be read ({reason})") from error
    if not text:
        raise SettingError(name + FILE, path, "the file is empty")
    return text


def _meta(annotation: object) -> Meta:
    for part in typing.get_args(annotation):
        if isinstance(part, Meta):
            return part
    raise TypeError(f"a setting without its variable: {annotation!r}")


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)
