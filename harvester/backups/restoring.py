"""Checking a backup, and making a hub of it in an empty place.

The archive is copied first, the store made last and at once: after a kill at any moment there is no store yet, and the
same call again goes on with the archive.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from harvester.archive import Archive, ArchiveDamagedError, open_archive
from harvester.backups.making import iter_places
from harvester.backups.manifest import ARCHIVE, BackupError, Manifest, read_manifest
from harvester.backups.rows import check_rows, read_rows
from harvester.store.copying.exporting import Row
from harvester.store.copying.importing import check_empty, import_rows


class Verified(Struct, frozen=True):
    """A backup whose every file was compared with its checksum: `files` of the archive, and what is `wrong`."""

    manifest: Manifest
    files: int
    wrong: tuple[str, ...]


def verify_backup(folder: Path) -> Verified:
    """Read a whole backup and compare it with its checksums. Raises: BackupError where it has no readable manifest."""
    manifest = read_manifest(folder)
    wrong, files = [], 0
    for file in (*manifest.tables, manifest.locations):
        try:
            check_rows(folder / manifest.folder, file)
        except BackupError as error:
            wrong.append(str(error))
    if not wrong:
        source, known = open_archive(str((folder / ARCHIVE).resolve())), set(manifest.missing)
        for place in iter_places(folder / manifest.folder):
            files += 1
            try:
                source.read(place)
            except ArchiveDamagedError:
                if place not in known:
                    wrong.append(f"{source.shown(place)} is damaged: remove it, then back up again")
    return Verified(manifest, files, tuple(wrong))


def restore_backup(folder: Path, store_url: str, archive: Archive, *, now: float) -> Manifest:
    """Make the archive and the store of a backup; all items wait for the index then.

    The store must be empty; an archive may be there, what it lacks is added. Raises: BackupError, StoreError,
    ArchiveError.
    """
    manifest = read_manifest(folder)
    rows = folder / manifest.folder
    check_empty(store_url)
    for file in (*manifest.tables, manifest.locations):
        check_rows(rows, file)
    source, known = open_archive(str((folder / ARCHIVE).resolve())), set(manifest.missing)
    for place in iter_places(rows):
        if place not in known and not archive.has(place):
            archive.keep(place, source.read(place))
    import_rows(store_url, manifest.revision, _tables(manifest, rows), now=now)
    return manifest


def _tables(manifest: Manifest, rows: Path) -> Iterator[tuple[str, tuple[str, ...], Iterator[list[Row]]]]:
    for file in manifest.tables:
        columns, parts = read_rows(rows, file.name)
        yield file.name, columns, parts
