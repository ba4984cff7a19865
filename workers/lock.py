"""One `oaihub run` per data folder: a lock that the kernel lets go of with the process, however that ends."""

import fcntl
import os
from pathlib import Path

from workers.errors import DataFolderHeldError


class DataFolderLock:
    """The hold on a data folder; closing it lets the next `oaihub run` in."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let go; the file stays, empty."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def open_lock(data_dir: Path, page: str) -> DataFolderLock:
    """Take a data folder for this process, which shows its pages at `page`.

    Raises: DataFolderHeldError naming the process that has it.
    """
    path = data_dir / "run.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 500).decode(errors="replace").strip() or "another process"
        os.close(descriptor)
        raise DataFolderHeldError(
            f"{data_dir} is held by {holder}: stop that one, or choose another folder with OAIHUB_DATA_DIR"
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"`oaihub run`, process {os.getpid()}, {page}\n".encode())
    return DataFolderLock(descriptor)
