"""Who does what a command does, as the audit has it."""

import getpass


def actor() -> str:
    """Give the name of the person at this terminal, as the system has it."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "command:unknown"
