"""Event names with the wildcards `*` and `?`; upper and lower case are equal.

The type of an event is in lower case, while senders document names such as
`Microsoft.Storage.BlobCreated`.
"""

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache

from automator.model import Trigger

#: Matches a whole name, in lower case, against a glob.
Glob = Callable[[str], re.Match[str] | None]


def is_glob(name: str) -> bool:
    """Whether a name has wildcards."""
    return "*" in name or "?" in name


@lru_cache(maxsize=4_096)
def glob_of(glob: str) -> Glob:
    """Makes the function that matches names against a glob; both must be in lower case."""
    # Only `*` and `?` are wildcards; brackets are not.
    return re.compile(translate(glob.replace("[", "[[]"))).match


def matches(name: str, wanted: str) -> bool:
    """Whether `wanted` is this name, or a glob that covers it."""
    name, wanted = name.lower(), wanted.lower()
    return name == wanted or (is_glob(wanted) and glob_of(wanted)(name) is not None)


def matches_any(name: str, wanted: tuple[str, ...]) -> bool:
    """Whether one of these names or globs covers a name."""
    return any(matches(name, one) for one in wanted)


def covers(wide: Trigger, narrow: Trigger) -> bool:
    """Whether `wide` listens to every event that `narrow` listens to."""

    def includes(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
        return not outer or (bool(inner) and set(inner) <= set(outer))

    events = not wide.events or (
        bool(narrow.events)
        and all(one in wide.events or matches_any(one, wide.events) for one in narrow.events)
    )
    return (
        events
        and (not wide.connections or bool(narrow.connections))
        and all(map(wide.hears, narrow.connections))
        and includes(wide.providers, narrow.providers)
        and (wide.include_self or not narrow.include_self)
    )
