"""Lengths of time as rule files write them."""

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"))


def written_duration(ms: int) -> str:
    """A length of time in the largest unit that says it exactly."""
    for length, unit in _UNITS:
        if ms % length == 0:
            return f"{ms // length}{unit}"
    return f"{ms}ms"
