"""Which process does what: found by its command line among all that a process has started."""

import os

import psutil

QUEUE_OF = {"worker": "harvest", "indexer": "index", "repairer": "control", "asker": "doi"}


def find(role: str) -> list[psutil.Process]:
    """Give the processes below this one that have a role; `pool` are those that harvest pages for the worker."""
    if role == "pool":
        return [child for worker in find("worker") for child in _children(worker)]
    if role == "beat":
        return [one for one in ours() if _words(one)[-1:] == ["beat"]]
    if role == "broker":
        return [one for parent in find("parent") for one in _children(parent, recursive=True) if _is_broker(one)]
    if role == "parent":
        return [one for one in ours() if "run" in _words(one)]
    return [one for one in ours() if QUEUE_OF[role] in _words(one) and not _is_child(one)]


def ours() -> list[psutil.Process]:
    """Give the processes below this one that are of oaihub, or of Celery."""
    named = {"workers.commands", "oaihub", "celery"}  # `oaihub run` forks its processes, and names them
    return [one for one in _children(psutil.Process(), recursive=True) if named & {*_words(one)}]


def _is_child(process: psutil.Process) -> bool:
    """Tell whether a process was made by one with the same command line: of a pool."""
    try:
        parent = process.parent()
    except psutil.NoSuchProcess:
        return True
    return parent is not None and parent.pid != os.getpid() and _words(parent) == _words(process)


def _is_broker(process: psutil.Process) -> bool:
    return any(name in "".join(_words(process)[:1]) for name in ("redis-server", "valkey"))  # it writes its own title


def _words(process: psutil.Process) -> list[str]:
    try:
        return [word for word in process.cmdline() if word]  # a name that is shorter than the one before has a tail
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def _children(process: psutil.Process, *, recursive: bool = False) -> list[psutil.Process]:
    try:
        return process.children(recursive=recursive)
    except psutil.NoSuchProcess:
        return []
