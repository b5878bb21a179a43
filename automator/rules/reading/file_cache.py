"""The rule files that were read lately: a file that has not changed is read once."""

import logging
from collections.abc import Hashable, Iterable
from itertools import islice
from typing import Final

from automator.caches import SizedCache
from automator.model import Problem
from automator.reasons import problem_code
from automator.reasons.problems.rules import READER_FAILED
from automator.rules.reading.read_file import ReadFile, read_file
from automator.rules.reading.surroundings import Surroundings

logger = logging.getLogger(__name__)

#: Bytes of the files in the cache: enough for 10,000 rules. Texts that are only checked, and never
#: saved, are in it too.
_MOST_BYTES: Final = 144_000_000
#: The estimated size of one file: as such, for each of its characters, and for what is written
#: shortly and compiled to something large.
_BYTES: Final = 10_000
_BYTES_PER_CHARACTER: Final = 30
_BYTES_OF: Final = {"matches(": 6_000, "{{": 1_000}
#: Versions of one file in the cache, the newest first: the one in force, the one on disk, and those
#: that somebody is trying. Saving a file a hundred times does not fill the cache.
_VERSIONS: Final = 4
Version = tuple[str, ReadFile]
_READ: Final[SizedCache[tuple[Hashable, str], tuple[Version, ...]]] = SizedCache(_MOST_BYTES)


def read_cached(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    """Reads and compiles one file. Raises nothing: a fault of ours is a problem of this file."""
    try:
        return _read_or_kept(surroundings, name, text)
    except Exception as error:
        # The other files are still read, and the server still starts.
        logger.exception("rules.reader_failed file=%s", name)
        reason = READER_FAILED(said=f"{type(error).__name__}: {error}")
        code = problem_code(reason)
        problem = Problem(file=name, line=1, column=1, reason=reason, code=code)
        return ReadFile((), (), (problem,), {}, ())


def _read_or_kept(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    key = (surroundings.key, name)
    known = dict(_READ.get(key) or ())
    read = known.pop(text, None) or read_file(surroundings, name, text)
    _keep(key, ((text, read), *known.items()))
    return read


def _weight(text: str) -> int:
    large = sum(size * text.count(word) for word, size in _BYTES_OF.items())
    return _BYTES + _BYTES_PER_CHARACTER * len(text) + large


def _keep(key: tuple[Hashable, str], versions: Iterable[Version]) -> None:
    """Keeps the newest of these versions, as many as the cache takes of one file."""
    kept: list[Version] = []
    weight = 0
    for version in islice(versions, _VERSIONS):
        more = _weight(version[0])
        if kept and weight + more > _READ.most_at_once:
            break
        kept.append(version)
        weight += more
    _READ.put(key, tuple(kept), weight)
