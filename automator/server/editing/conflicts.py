"""Compares the changes of two people who edited one rule file, and merges them if possible."""

import asyncio
from collections.abc import Iterator
from difflib import SequenceMatcher

from automator.engine.rulesets.rule_folder import RuleFile, etag_of
from automator.model import record
from automator.server.shared.rule_files import difference, rule_files
from automator.server.web.services import Services

#: The opened text is searched for in this many revisions, the newest first.
_REVISIONS = 100
#: How many pairs of lines may be compared.
_MOST_COMPARED = 1_000_000


@record
class Conflict:
    """The difference between a person's text and a file that others have changed meanwhile."""

    #: The file as it is now; None = it was deleted.
    current: RuleFile | None
    #: The lines in which the person's text differs from the file.
    lines: list[str]
    #: The changes of others, and of the person, since the person opened the file; None if the
    #: opened text is not stored any more.
    theirs: list[str] | None
    mine: list[str] | None
    #: The text with the changes of both; None if they overlap, or the opened text is unknown.
    together: str | None


async def conflict_of(services: Services, name: str, text: str, opened: str) -> Conflict:
    """Compares a text with the current file; `opened` is the etag that the file had when opened."""
    current = (await rule_files(services)).get(name)
    base = await asyncio.to_thread(_opened, services, name, opened)
    return await asyncio.to_thread(_compared, name, text, current, base)


async def change_of(services: Services, name: str, text: str) -> list[str]:
    """The lines that saving a text would change; for a new file, the whole text."""
    current = (await rule_files(services)).get(name)
    old = current.text if current else ""
    return await asyncio.to_thread(difference, old, text, name, name)


def _opened(services: Services, name: str, etag: str) -> str | None:
    """The text of a file with this etag in one of the last revisions; None if none has it."""
    for row in services.store.log.rulesets(_REVISIONS) if etag else ():
        text = row.files.get(name)
        if text is not None and etag_of(text) == etag:
            return text
    return None


def _compared(name: str, text: str, current: RuleFile | None, base: str | None) -> Conflict:
    now = current.text if current else ""
    return Conflict(
        current=current,
        lines=difference(now, text, name, name),
        theirs=None if base is None else difference(base, now, name, name),
        mine=None if base is None else difference(base, text, name, name),
        together=None if base is None or current is None else merged(base, text, now),
    )


# --- Two independent changes of a text, merged line by line ---


@record(kw_only=False)
class _Stretch:
    """Lines that all three texts have: where they begin in each, and how many they are."""

    base: int
    mine: int
    theirs: int
    length: int


def merged(base: str, mine: str, theirs: str) -> str | None:
    """The text with both changes; None if they change the same lines in different ways.

    Also None for long texts that differ everywhere, since comparing them would take too long.
    """
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    texts = [text.splitlines(keepends=True) for text in (base, mine, theirs)]
    if len(texts[0]) * max(len(texts[1]), len(texts[2])) > _MOST_COMPARED:
        return None
    lines: list[str] = []
    at = _Stretch(0, 0, 0, 0)
    for same in _in_common(*texts):
        between = _decided(
            texts[0][at.base : same.base],
            texts[1][at.mine : same.mine],
            texts[2][at.theirs : same.theirs],
        )
        if between is None:
            return None
        lines += between + texts[0][same.base : same.base + same.length]
        length = same.length
        at = _Stretch(same.base + length, same.mine + length, same.theirs + length, 0)
    return "".join(lines)


def _decided(base: list[str], mine: list[str], theirs: list[str]) -> list[str] | None:
    """The merged lines between two common stretches; None if both changes touch them."""
    if mine == base:
        return theirs
    return mine if theirs in (base, mine) else None


def _in_common(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Stretch]:
    """The stretches that all three texts share, in order; the last one is empty, at the ends."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    first = second = 0
    while first < len(ours) and second < len(others):
        one, other = ours[first], others[second]
        start, end = max(one.a, other.a), min(one.a + one.size, other.a + other.size)
        if start < end:
            yield _Stretch(start, one.b + start - one.a, other.b + start - other.a, end - start)
        if one.a + one.size < other.a + other.size:
            first += 1
        else:
            second += 1
    yield _Stretch(len(base), len(mine), len(theirs), 0)
