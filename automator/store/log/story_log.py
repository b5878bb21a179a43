"""Reads the stories of runs in a list: their steps, the messages they sent, their follow-ups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from automator.model import AttemptStatus, Reason, Run, record
from automator.store.log import queries
from automator.store.log.reader import Reader
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.encoding import dataclass_of, load_summary
from automator.store.schema.tables import attempts, runs
from automator.store.search.log_rows import RunRow, run_row_from_row

#: How deep follow-ups of follow-ups are searched.
_DEEPEST = 60
#: How many attempts and follow-ups are read for one list.
_MOST = 2_000


@record
class StepStory:
    """The last attempt of a step: its result, and the text that it sent."""

    id: int
    run_id: int
    step: str
    action: str
    number: int
    status: AttemptStatus
    summary: Reason
    said: str | None
    error_code: str


@record(kw_only=False)
class Story:
    """The story of one run."""

    #: The run's steps, in the order in which they were done.
    steps: Sequence[StepStory] = ()
    #: The run's follow-ups, and their follow-ups, each with its steps.
    follow_ups: Sequence["FollowUpStory"] = ()


@record(kw_only=False)
class FollowUpStory:
    """A follow-up, and the results of its steps."""

    run: Run
    steps: Sequence[StepStory]


_STEPS = select(
    attempts.c.id,
    attempts.c.run_id,
    attempts.c.step,
    attempts.c.action,
    attempts.c.number,
    attempts.c.status,
    attempts.c.summary,
    attempts.c.said,
    attempts.c.error_code,
)


class StoryLog(Reader):
    """Reads the stories of runs in a list."""

    def stories(self, run_ids: Iterable[int]) -> Mapping[int, Story]:
        """The story of each of these runs, with its follow-ups."""
        ids = list(dict.fromkeys(run_ids))
        if not ids:
            return {}
        children = self._follow_ups_of(ids)
        later = [run.id for below in children.values() for run in below]
        steps = self._steps_of([*ids, *later])

        def told(parent: int) -> Iterator[FollowUpStory]:
            for run in children.get(parent, ()):
                yield FollowUpStory(run, steps.get(run.id, ()))
                yield from told(run.id)

        return {number: Story(steps.get(number, ()), tuple(told(number))) for number in ids}

    def roots_of(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """Replaces each follow-up in `rows` by the run to which it belongs; lists each run once."""
        kept = {row.id: row for row in rows if not row.run.path}
        wanted = {row.run.parent_id for row in rows if row.run.path and row.run.parent_id}
        for _ in range(_DEEPEST):
            missing = sorted(number for number in wanted if number and number not in kept)
            wanted = set()
            if not missing:
                break
            for item in self.all_of(queries.RUN_ROWS.where(runs.c.id.in_(missing))):
                row = run_row_from_row(item)
                if row.run.path and row.run.parent_id:
                    wanted.add(row.run.parent_id)
                else:
                    kept[row.id] = row
        return [kept[number] for number in sorted(kept, reverse=True)]

    def _follow_ups_of(self, ids: Sequence[int]) -> dict[int, list[Run]]:
        """The follow-ups of these runs, and their follow-ups, by the run that started them."""
        found: dict[int, list[Run]] = {}
        asked: set[int] = set()
        parents = set(ids)
        for _ in range(_DEEPEST):
            query = (
                select(*RUN_COLUMNS)
                .where(runs.c.parent_id.in_(sorted(parents)), runs.c.path != "")
                .order_by(runs.c.id)
                .limit(_MOST)
            )
            children = [run_from_row(row) for row in self.all_of(query)]
            for run in children:
                found.setdefault(run.parent_id or 0, []).append(run)
            asked |= parents
            parents = {run.id for run in children} - asked
            if not parents:
                break
        return found

    def _steps_of(self, ids: Sequence[int]) -> dict[int, list[StepStory]]:
        query = _STEPS.where(attempts.c.run_id.in_(ids)).order_by(attempts.c.id.desc())
        last: dict[tuple[int, str], StepStory] = {}
        rows: Sequence[Any] = self.all_of(query.limit(_MOST))
        for row in reversed(rows):
            told = dataclass_of(
                StepStory,
                row,
                status=AttemptStatus(row.status),
                summary=load_summary(row.summary),
            )
            last[told.run_id, told.step] = told
        found: dict[int, list[StepStory]] = {}
        for told in last.values():
            found.setdefault(told.run_id, []).append(told)
        return found
