"""Times and lengths of time as people read them, in commands and on pages alike."""

from harvester import moments


def utc(time_s: float | None) -> str:
    """Give a time (seconds since 1970) as people read it, in UTC; nothing for None."""
    return "" if time_s is None else moments.utc(time_s)


def span(seconds: float | None) -> str:
    """Give a length of time in its two greatest units, such as `3 min 5 s`, tenths below 10 s; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])
