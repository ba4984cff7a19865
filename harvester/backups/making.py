"""Making a backup, while harvests and people go on.

The rows are of one reading transaction. The files of the archive that they name are never changed, only added to, so
they can be copied afterwards; those that the folder has already are not copied again. The manifest comes last: until
then, and after a kill at any moment, the folder has the former backup or none.
"""

import fcntl
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from harvester.archive import Archive, ArchiveDamagedError, open_archive
from harvester.backups.manifest import (
    ARCHIVE,
    FORMAT,
    LOCATIONS,
    MANIFEST,
    MARK,
    SECRETS,
    BackupError,
    Manifest,
    RowsFile,
    read_manifest,
    sync_folder,
    write_manifest,
)
from harvester.backups.rows import read_rows, write_rows
from harvester.store import Store
from harvester.store.copying.exporting import Snapshot, open_snapshot

PREFIX: Final = "store-"
AT_ONCE: Final = 2_000


class Made(Struct, frozen=True):
    """A backup, and how many files of the archive were copied for it and were there from before."""

    manifest: Manifest
    copied: int
    present: int


def make_backup(store: Store, archive: Archive, folder: Path, *, now: float) -> Made:
    """Write what the store and the archive hold into a folder of its own. Raises: BackupError, ArchiveError."""
    with _held(folder):
        drafts = folder / f"{PREFIX}{int(now)}-{secrets.token_hex(4)}"
        drafts.mkdir(mode=0o700)  # there are password hashes among the rows
        with open_snapshot(store) as snapshot:
            tables, locations = _write_tables(snapshot, drafts)
            revision, items = snapshot.revision, snapshot.items
        sync_folder(drafts)
        copied, present, missing = _copy_archive(archive, folder, drafts)
        manifest = Manifest(
            format=FORMAT,
            made=now,
            folder=drafts.name,
            revision=revision,
            items=items,
            secrets=SECRETS,
            tables=tables,
            locations=locations,
            missing=tuple(missing),
        )
        write_manifest(folder, manifest)
        _remove_others(folder, drafts.name)
    return Made(manifest, copied, present)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder for this backup alone; one with other things in it is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / MARK).exists() and any(folder.iterdir()):
            raise BackupError(f"{folder} holds something else: give a folder that is new, empty, or has a backup")
        with (folder / MARK).open("a") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"another process makes a backup in {folder} now") from None
            if (folder / MANIFEST).exists():
                _remove_others(folder, read_manifest(folder).folder)
            yield
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror}") from error


def _write_tables(snapshot: Snapshot, drafts: Path) -> tuple[tuple[RowsFile, ...], RowsFile]:
    tables = [write_rows(drafts, name, snapshot.columns(name), snapshot.rows(name)) for name in snapshot.tables]
    places = ((place,) for place in snapshot.locations())
    parts = iter(lambda: list(islice(places, AT_ONCE)), [])
    return tuple(tables), write_rows(drafts, LOCATIONS, ("location",), parts)


def _copy_archive(archive: Archive, folder: Path, drafts: Path) -> tuple[int, int, list[str]]:
    """Copy what the folder has not yet; give how many files that were, how many were there, and what was not had."""
    target = open_archive(str((folder / ARCHIVE).resolve()))
    copied, present, missing = 0, 0, []
    for place in iter_places(drafts):
        if target.has(place):
            present += 1
            continue
        try:
            target.keep(place, archive.read(place))
        except ArchiveDamagedError:
            missing.append(place)
            continue
        copied += 1
    return copied, present, missing


def iter_places(rows: Path) -> Iterator[str]:
    """Yield the names of the archive's files. Raises: BackupError."""
    for part in read_rows(rows, LOCATIONS)[1]:
        for (place,) in part:
            if not isinstance(place, str) or place.startswith("/") or ".." in place:
                raise BackupError(f"{rows / LOCATIONS} names {place!r}, which is no file of an archive")
            yield place


def _remove_others(folder: Path, kept: str) -> None:
    for other in folder.glob(f"{PREFIX}*"):
        if other.name != kept:
            shutil.rmtree(other)
