"""Event names with the wildcards `*` and `?`; capitals and small letters are the same.

Events carry their type in lower case, and senders document theirs as in
`Microsoft.Storage.BlobCreated`.
"""

import re
from fnmatch import translate
from functools import lru_cache


def is_glob(name: str) -> bool:
    """Whether a name has wildcards."""
    return "*" in name or "?" in name or "[" in name


@lru_cache(maxsize=4_096)
def _pattern(glob: str) -> re.Pattern[str]:
    # Only `*` and `?` are wildcards, a bracket is not.
    return re.compile(translate(glob.replace("[", "[[]")))


def matches(name: str, wanted: str) -> bool:
    """Whether `wanted` is this name, or a glob that covers it."""
    name, wanted = name.lower(), wanted.lower()
    return name == wanted or (is_glob(wanted) and _pattern(wanted).match(name) is not None)


def matches_any(name: str, wanted: tuple[str, ...]) -> bool:
    """Whether one of these names or globs covers a name."""
    return any(matches(name, one) for one in wanted)
