"""What the process that writes to the generation in use leaves for the one who builds another beside it.

Two processes cannot write to one generation, so the writer notes which items it writes, before it commits them; the
builder takes them from the store, where they are at least as new.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from indexer.engines.embedded_files import MISSED, builder_lives, next_generation, point_next

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(str)


def note_missed(root: Path, ids: Sequence[str]) -> None:
    """Note items that are about to be written, where a generation is being built. To be called with the write lock.

    What a builder that died has left is not noted for any more.
    """
    folder = next_generation(root)
    if folder is None or not ids:
        return
    if not builder_lives(root):
        point_next(root, None)
        return
    with (folder / MISSED).open("ab") as file:
        file.write(b"".join([_ENCODER.encode(item_id) + b"\n" for item_id in ids]))


class MissedReader:
    """Reads what is noted, each item once a call."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MISSED
        self._offset = 0
        self._path.write_bytes(b"")

    def take(self) -> list[str]:
        """Give the items noted since the last call; a line that is just being written is left for the next."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return list(dict.fromkeys(map(_DECODER.decode, whole.splitlines())))

    def close(self) -> None:
        """Remove the notes."""
        self._path.unlink(missing_ok=True)
