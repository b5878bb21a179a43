"""Compares the changes of two people who edited one rule file, and merges them if possible."""

import asyncio

from automator.engine.rulesets.rule_folder import RuleFile, etag_of
from automator.model import record
from automator.rules.editing.three_way import merged
from automator.server.shared.rule_files import difference, rule_files
from automator.server.web.services import Services

#: The opened text is searched for in this many revisions, the newest first.
_REVISIONS = 100


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
