"""Finds the changes of the log since a moment: rows of runs, and revisions of the rules."""

import asyncio
from collections.abc import Callable, Sequence

from automator.model import first_id_of, format_id, parse_id, record
from automator.server.pages.activity.run_rows import RowOfRun, every_row_of
from automator.server.web.services import Services
from automator.store import RevisionRow, RunRow

#: At most this many revisions of the rules are shown between runs, as on the page of the history.
MOST_REVISIONS = 30
#: Rows are searched this many milliseconds back, because a commit follows the making of its ids.
OVERLAP_MS = 2_000
#: The same for commits that waited for a slow disk, and for nodes with slow clocks.
LATE_MS = 20_000


@record(kw_only=False)
class Cursor:
    """The newest run and the newest attempt that were seen."""

    run_id: int
    attempt_id: int

    def __str__(self) -> str:
        return f"{format_id(self.run_id)}.{format_id(self.attempt_id)}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Reads a cursor as `str` writes it; None if the text is not a cursor."""
        run, _, attempt = text.partition(".")
        run_id, attempt_id = parse_id(run), parse_id(attempt)
        return None if run_id is None or attempt_id is None else cls(run_id, attempt_id)

    @classmethod
    def at(cls, ms: int) -> "Cursor":
        """The cursor of somebody who has seen everything before this millisecond."""
        return cls(first_id_of(ms), first_id_of(ms))

    def earlier(self, by_ms: int) -> "Cursor":
        """This cursor, moved back by some milliseconds."""
        back = first_id_of(by_ms)
        return Cursor(max(0, self.run_id - back), max(0, self.attempt_id - back))


@record(kw_only=False)
class Batch:
    """The changes that one poll found."""

    #: The rows of the runs that have changed.
    single: Sequence[RowOfRun]
    #: The same rows, with each follow-up replaced by the run that it belongs to.
    folded: Sequence[RowOfRun]
    cursor: Cursor
    #: The new revisions of the rules.
    changes: Sequence[RevisionRow] = ()


async def changes_since(services: Services, seen: Cursor) -> tuple[Sequence[RunRow], Cursor]:
    """The runs that have changed since `seen`, and the cursor for the next poll."""
    rows, run_id, attempt_id = await asyncio.to_thread(
        services.store.log.changed_since, seen.run_id, seen.attempt_id
    )
    return rows, Cursor(max(run_id, seen.run_id), max(attempt_id, seen.attempt_id))


async def rule_changes(
    services: Services, is_wanted: Callable[[RevisionRow], bool]
) -> list[RevisionRow]:
    """The wanted revisions of the rules, without the very first, which changed nothing."""
    found = await asyncio.to_thread(services.store.log.revisions, MOST_REVISIONS)
    return [one for one in found if one.revision > 1 and is_wanted(one)]


async def told_of(services: Services, changed: Sequence[RunRow], cursor: Cursor) -> Batch:
    """Makes the rows of changed runs; a change of a follow-up changes the row of its parent run."""

    def read() -> Batch:
        roots = services.store.log.roots_of(changed)
        known = {row.id: row for row in (*changed, *roots)}
        told = {row.id: row for row in every_row_of(services, list(known.values()))}
        single = [told[row.id] for row in changed]
        return Batch(single, [told[row.id] for row in roots], cursor)

    return await asyncio.to_thread(read)
