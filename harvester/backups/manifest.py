"""What a backup is: a folder whose manifest names all that belongs to it.

manifest.json      what is in it, with the SHA-256 of each file of rows; replaced last, so it is always of a whole one
store-ID/*.zst     the rows of each table, and in `locations` the names of the archive's files
archive/…          those files, as in the archive; they are shared by all backups into this folder
oaihub-backup      that the folder is one for backups; locked while one is made
"""

import os
import re
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from harvester.errors import FatalError, cut

FORMAT: Final = 1
MARK: Final = "oaihub-backup"
MANIFEST: Final = "manifest.json"
ARCHIVE: Final = "archive"
LOCATIONS: Final = "locations"
SECRETS: Final = "password hashes and digests of API keys; no password, no key and not OAIHUB_SECRET"
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")


class BackupError(FatalError):
    """A backup that cannot be made, checked or restored; the text says why."""


class RowsFile(Struct, frozen=True):
    """A file of rows: its table (or `locations`), how many rows and bytes it has, and its SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds; `missing` are files that the archive did not have or that were damaged in it."""

    format: int
    made: float
    folder: str
    revision: str
    items: int
    secrets: str
    tables: tuple[RowsFile, ...]
    locations: RowsFile
    missing: tuple[str, ...]


DECODER: Final = msgspec.json.Decoder(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """Give what a folder's backup holds. Raises: BackupError."""
    try:
        manifest = DECODER.decode((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        state = "has a backup that was never finished" if (folder / MARK).exists() else "is no backup"
        raise BackupError(f"{folder} {state}: `oaihub backup FOLDER` makes one") from error
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {cut(error)}") from error
    if manifest.format > FORMAT:
        raise BackupError(f"{folder} was written by a newer oaihub (format {manifest.format}, this one knows {FORMAT})")
    for name in (manifest.folder, *(file.name for file in (*manifest.tables, manifest.locations))):
        if not PLAIN_NAME.fullmatch(name):
            raise BackupError(f"{folder / MANIFEST} names {cut(name)!r}, which is no name of a backup's file")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one that may be there, whole or not at all."""
    draft = folder / f"{MANIFEST}.part"
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / MANIFEST)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
