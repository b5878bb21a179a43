"""The log of runs: lists, details, and waiting follow-ups."""

from collections.abc import Collection, Sequence
from itertools import product

from sqlalchemy import func, select, tuple_

from automator.model import RunState, first_id_of, id_time_ms, record
from automator.model.log_filters import EVERY_RUN, RunFilter
from automator.store.log import queries
from automator.store.log.reader import (
    MOST_COUNTED,
    FoundRows,
    IsAwaited,
    Reader,
    id_range,
    in_pages,
    newest_first,
)
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.candidates import Candidates
from automator.store.search.indexing import changed_runs
from automator.store.search.log_rows import (
    ATTEMPT_COLUMNS,
    EVENT_COLUMNS,
    RunDetail,
    RunRow,
    attempt_from_row,
    event_from_row,
    run_row_from_row,
)
from automator.store.search.run_words import RunIndex
from automator.store.search.terms import wanted_in_index

#: Rows that changed, reported at once, at most.
_MOST_CHANGES = 200
#: Attempts that are looked at for them.
_MOST_ATTEMPTS = 1_000
#: Runs in a state that are looked at one by one, rather than all that some filter finds.
_FEW = 5_000


def _in_rare_states(states: Sequence[RunState]) -> Candidates | None:
    """The runs in some states, where all of these have an index in the order of a page."""
    if not states or min(states) <= RunState.DONE:
        return None
    return Candidates(tuple(map(queries.in_state, states)))


@record(kw_only=False)
class Sender:
    """The rule of a run that has sent something, and the key of the person whom it is about."""

    rule: str
    contact: str | None


class RunLog(Reader):
    """Runs with what belongs to them. Pages are newest first; `before` is the last id."""

    def runs(
        self,
        wanted: RunFilter = EVERY_RUN,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> list[RunRow]:
        """A page of runs; with `after` the oldest first, beginning behind that id."""
        return list(self.find_runs(wanted, before=before, after=after, limit=limit).rows)

    def find_runs(
        self,
        wanted: RunFilter = EVERY_RUN,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        is_awaited: IsAwaited | None = None,
    ) -> FoundRows[RunRow]:
        """The same for somebody who waits for it; see `Reader.found_page`."""
        wanted = self.with_contact_keys(wanted)
        terms = wanted_in_index(wanted)
        if terms.is_hopeless:
            return FoundRows([])
        if not terms.groups or self._are_few(wanted):
            return FoundRows(self._runs_by_state(wanted, before, after, limit))
        query = queries.RUN_ROWS.where(*queries.run_conditions(wanted))
        if len(wanted.states) == 1:
            query = query.where(queries.in_state(wanted.states[0]))
        elif wanted.states:
            query = query.where(runs.c.state.in_([int(state) for state in wanted.states]))
        ids = id_range(wanted, before, after)
        found = self._marked(wanted) or _in_rare_states(wanted.states)
        if found is not None and not found.conditions:
            return FoundRows([])
        is_narrow = any((wanted.contact, wanted.rule, wanted.error_code, wanted.target))
        index = RunIndex(is_narrow=is_narrow)
        page = self.found_page(
            query, runs.c.id, index, terms, ids, limit, found, is_awaited=is_awaited
        )
        return page.each(run_row_from_row)

    def _are_few(self, wanted: RunFilter) -> bool:
        """So few runs are in these states, or of this event, that they are looked at one by one."""
        if wanted.text or RunState.DONE in wanted.states:
            return False
        if wanted.event_id is not None or wanted.run_ids:
            return True
        with self.engine.connect() as connection:
            return bool(wanted.states) and all(
                connection.execute(
                    select(func.count()).select_from(
                        select(runs.c.id).where(queries.in_state(state)).limit(_FEW).subquery()
                    )
                ).scalar_one()
                < _FEW
                for state in wanted.states
            )

    def _runs_by_state(
        self,
        wanted: RunFilter,
        before: int | None,
        after: int | None,
        limit: int,
    ) -> list[RunRow]:
        """One query a state and a mark: each has an index that is in the order of the page."""
        conditions, marked = queries.run_conditions(wanted), self._marked(wanted)
        found: list[RunRow] = []
        for state, mark in product(
            wanted.states or (None,), (None,) if marked is None else marked.conditions
        ):
            query = queries.RUN_ROWS.where(*conditions)
            if mark is not None:
                query = query.where(mark)
            if state is not None:
                query = query.where(queries.in_state(state))
            page = in_pages(query, runs.c.id, before=before, after=after, limit=limit)
            found += [run_row_from_row(row) for row in self.all_of(page)]
        found.sort(key=lambda row: row.id, reverse=after is None)
        return found[:limit]

    def _marked(self, wanted: RunFilter) -> Candidates | None:
        """The runs with the reason, the rare outcome or the wait that is asked for, if one is."""
        if wanted.reason_code is not None:
            with_it = [codes for codes in self._reasons() if wanted.reason_code in codes.split()]
            return Candidates(tuple(map(queries.has_reason, with_it)))
        if wanted.outcome is not None and wanted.outcome.is_rare:
            return Candidates((queries.has_outcome(wanted.outcome),))
        if wanted.waits_for is not None:
            return Candidates((queries.waits_for(wanted.waits_for),))
        return None

    def _reasons(self) -> list[str]:
        """The codes of reasons as runs have them together, each once: there are few."""
        found: list[str] = []
        with self.engine.connect() as connection:
            codes = ""
            while codes := connection.execute(queries.next_reason_codes(codes)).scalar() or "":
                found.append(codes)
        return found

    def reason_codes(self) -> list[str]:
        """The codes of the reasons that any run has, and of those inside them, in their order."""
        return sorted({code for codes in self._reasons() for code in codes.split()})

    def reason_counts(self, since_ms: int) -> dict[str, int]:
        """The number of runs since a time for each reason, alone or inside another one.

        The most frequent stand first. Each is counted up to `MOST_COUNTED`; one more stands for
        "more than these".
        """
        counts: dict[str, int] = {}
        for codes in self._reasons():
            run_ids = select(runs.c.id).where(
                queries.has_reason(codes), runs.c.id >= first_id_of(since_ms)
            )
            few = select(func.count().label("found")).select_from(
                run_ids.limit(MOST_COUNTED + 1).subquery()
            )
            number = self.all_of(few)[0].found
            for code in codes.split():
                counts[code] = min(counts.get(code, 0) + number, MOST_COUNTED + 1)
        by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {code: count for code, count in by_count if count}

    def rules_that_acted(self, event_ids: Collection[int]) -> dict[int, set[str]]:
        """The rules that have a run of their own for each event, or wait to be decided about it."""
        query = select(*RUN_COLUMNS).where(runs.c.event_id.in_(event_ids), runs.c.path == "")
        found: dict[int, set[str]] = {}
        for run in map(run_from_row, self.all_of(query)):
            rules = run.undecided_rules if run.is_undecided else (run.rule,)
            found.setdefault(run.event_id, set()).update(rules)
        return found

    def changed_since(self, run_id: int, attempt_id: int) -> tuple[list[RunRow], int, int]:
        """Runs that are new or have changed since, with the ids to ask with the next time."""
        new = select(runs.c.id).where(runs.c.id > run_id)
        tried = select(attempts.c.id, attempts.c.run_id).where(attempts.c.id > attempt_id)
        with self.engine.connect() as connection:
            new_runs = connection.execute(
                newest_first(new, runs.c.id, None, _MOST_CHANGES)
            ).scalars()
            ids = set(new_runs)
            newest_run = max(ids, default=run_id)
            for number, tried_run in connection.execute(
                newest_first(tried, attempts.c.id, None, _MOST_ATTEMPTS)
            ):
                attempt_id = max(attempt_id, number)
                ids.add(tried_run)
            ids |= changed_runs(connection, id_time_ms(run_id))
            page = queries.RUN_ROWS.where(runs.c.id.in_(sorted(ids)[-_MOST_CHANGES:]))
            rows = connection.execute(page.order_by(runs.c.id.desc())).all()
        return [run_row_from_row(row) for row in rows], newest_run, attempt_id

    def run(self, run_id: int) -> RunDetail | None:
        """A run with everything that belongs to it."""
        found = self.all_of(queries.RUN_ROWS.where(runs.c.id == run_id))
        if not found:
            return None
        row = run_row_from_row(found[0])
        event = self.all_of(select(*EVENT_COLUMNS).where(events.c.id == row.run.event_id))[0]
        tries = select(*ATTEMPT_COLUMNS).where(attempts.c.run_id == run_id).order_by(attempts.c.id)
        below = queries.RUN_ROWS.where(runs.c.parent_id == run_id).order_by(runs.c.id)
        rows = [run_row_from_row(item) for item in self.all_of(below)]
        return RunDetail(
            run=row.run,
            event=event_from_row(event),
            attempts=tuple(attempt_from_row(item, event.body) for item in self.all_of(tries)),
            children=tuple(item for item in rows if not item.run.is_collected),
            collected=tuple(item for item in rows if item.run.is_collected),
        )

    def sender(self, run_id: int) -> Sender | None:
        """The rule and the person of a run; None if it is not in the log any more."""
        query = select(runs.c.rule, runs.c.contact).where(runs.c.id == run_id)
        row = next(iter(self.all_of(query)), None)
        return None if row is None else Sender(row.rule, row.contact)

    def follow_ups_by_time(
        self, limit: int = 50, after: tuple[int, int] | None = None
    ) -> list[RunRow]:
        """Follow-ups that wait for their time, the next first; `after` is (`run_at`, id) of one."""
        query = queries.RUN_ROWS.where(queries.due_later())
        if after is not None:
            query = query.where(tuple_(runs.c.run_at, runs.c.id) > tuple_(*after))
        rows = self.all_of(query.order_by(runs.c.run_at, runs.c.id).limit(limit))
        return [run_row_from_row(row) for row in rows]

    def follow_ups(self, limit: int = 50, before: int | None = None) -> list[RunRow]:
        """Follow-ups that wait for their time."""
        query = queries.RUN_ROWS.where(queries.waiting_follow_up())
        return [
            run_row_from_row(row)
            for row in self.all_of(newest_first(query, runs.c.id, before, limit))
        ]
