"""Conflicts of two people over one file: each one's changes, and both together."""

import asyncio

from automator.engine.rulesets.rule_folder import RuleFile, etag_of
from automator.model import record
from automator.rules.editing.three_way import merged
from automator.server.shared.rule_files import difference, rule_files
from automator.server.web.services import Services

#: Revisions, the newest first, among which the text that a person opened is looked for.
_REVISIONS = 100


@record
class Conflict:
    """The conflict about a file that somebody is changing."""

    #: The file as it is now; None = it was deleted.
    current: RuleFile | None
    #: How the text differs from the current file.
    lines: list[str]
    #: The changes since the text was opened: by others, and by its author; None = the opened text
    #: is not kept.
    theirs: list[str] | None
    mine: list[str] | None
    #: The text with both changes; None if they overlap, or the opened text is not kept.
    together: str | None


async def conflict_of(services: Services, name: str, text: str, opened: str) -> Conflict:
    """Compares a text with the current file; `opened` is the etag of the text that was opened."""
    current = (await rule_files(services)).get(name)
    base = await asyncio.to_thread(_opened, services, name, opened)
    return await asyncio.to_thread(_compared, name, text, current, base)


async def change_of(services: Services, name: str, text: str) -> list[str]:
    """The lines that saving a text would change; for a new file, the whole text."""
    current = (await rule_files(services)).get(name)
    old = current.text if current else ""
    return await asyncio.to_thread(difference, old, text, name, name)


def _opened(services: Services, name: str, etag: str) -> str | None:
    """The text with this etag; if it was valid, it was in force in one of the last revisions."""
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
