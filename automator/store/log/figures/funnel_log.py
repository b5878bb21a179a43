"""Reads the ways of people through a rule: its runs, the runs these started, and their steps."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from automator.model import Outcome, Reason, RunState, parse_id, record
from automator.model.log_filters import RunFilter
from automator.model.own_events import LINK_CLICKED
from automator.store.database.statements import KEYS, Queries, Statement
from automator.store.log import queries
from automator.store.log.reader import Reader, id_range
from automator.store.schema.encoding import load_json, load_legible_reason, load_summary
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.run_words import RunIndex
from automator.store.search.terms import wanted_in_index

#: How deep follow-ups of follow-ups are searched.
_DEEPEST = 60

_COLUMNS = (
    runs.c.id,
    runs.c.event_id,
    runs.c.contact,
    runs.c.path,
    runs.c.parent_id,
    runs.c.state,
    runs.c.waits_for,
    runs.c.outcome,
    runs.c.created_at,
    runs.c.reason_codes,
    runs.c.reason,
    runs.c.not_sent,
)
_STARTED = Statement(select(*_COLUMNS).where(runs.c.parent_id.in_(KEYS), runs.c.path != ""))
_TRIED = Statement(
    select(
        attempts.c.id,
        attempts.c.run_id,
        attempts.c.step,
        attempts.c.status,
        attempts.c.error_code,
        attempts.c.summary,
    ).where(attempts.c.run_id.in_(KEYS))
)
_CLICKS = Statement(
    select(events.c.body).where(events.c.contact.in_(KEYS), events.c.type == LINK_CLICKED)
)
_BODIES = Statement(select(events.c.id, events.c.body).where(events.c.id.in_(KEYS)))


@record
class PartOfWay:
    """One run of a person's way through a rule."""

    id: int
    event_id: int
    contact: str | None
    path: str
    state: RunState
    #: The cause of the run's wait, if it waits; see `Waits`.
    waits_for: str
    created_at: int
    reason: Reason | None
    #: For each step whose message was due but not sent, the reason.
    not_sent: Mapping[str, Reason]
    #: The last attempt of each step: its status, error code and reason.
    tries: dict[str, tuple[str, str, Reason]]


class FunnelLog(Reader):
    """Reads the ways of people through a rule."""

    def ways(self, rule: str, since_ms: int, limit: int) -> tuple[list[Sequence[PartOfWay]], bool]:
        """The ways that begin with a rule's newest runs, newest first; and whether there are more.

        A way is such a run, followed by the follow-ups and questions that it started. Runs of a
        rule in shadow mode are left out.
        """
        wanted = RunFilter(rule=rule, since_ms=since_ms, follow_ups=False)
        query = select(*_COLUMNS).where(*queries.run_conditions(wanted))
        rows = self.found_page(
            query,
            runs.c.id,
            RunIndex(is_narrow=True),
            wanted_in_index(wanted),
            id_range(wanted, None, None),
            limit + 1,
        )
        first = [row for row in rows[:limit] if row.outcome != int(Outcome.WOULD_HAVE_SENT)]
        with self.queries() as db:
            belongs = {row.id: row.id for row in first}
            started = _started_by(db, belongs)
            tries = _tries_of(db, belongs)
        found: dict[int, list[PartOfWay]] = {row.id: [] for row in first}
        for row in (*first, *started):
            found[belongs[row.id]].append(_part_of(row, tries.get(row.id, {})))
        return [*found.values()], len(rows) > limit

    def clicks(self, contacts: Collection[str]) -> set[tuple[int | None, str]]:
        """The steps whose tracked links these contacts have opened, each with its run."""
        with self.queries() as db:
            links = [load_json(row.body).get("link", {}) for row in db.query_in(_CLICKS, contacts)]
        return {(parse_id(link.get("run", "")), link.get("step", "")) for link in links}

    def bodies(self, event_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        """The bodies of these events."""
        with self.queries() as db:
            return {row.id: load_json(row.body) for row in db.query_in(_BODIES, event_ids)}


def _started_by(db: Queries, belongs: dict[int, int]) -> list[Any]:
    """All runs that these runs have started, directly or not; the oldest of each run come first.

    Adds each of them to `belongs`, with the first run of its way.
    """
    found: list[Any] = []
    parents = [*belongs]
    for _ in range(_DEEPEST):
        rows = sorted(
            (row for row in db.query_in(_STARTED, parents) if row.id not in belongs),
            key=lambda row: int(row.id),
        )
        belongs.update({row.id: belongs[row.parent_id] for row in rows})
        found += rows
        parents = [row.id for row in rows]
        if not parents:
            break
    return found


def _tries_of(db: Queries, run_ids: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """The last attempt of each step, by run and step. A successful attempt counts as the last."""
    found: dict[int, dict[str, Any]] = {}
    for row in sorted(db.query_in(_TRIED, [*run_ids]), key=lambda row: int(row.id)):
        found.setdefault(row.run_id, {})[row.step] = row
    return found


def _part_of(row: Any, tries: Mapping[str, Any]) -> PartOfWay:
    not_sent = {} if row.not_sent is None else load_json(row.not_sent)
    return PartOfWay(
        id=row.id,
        event_id=row.event_id,
        contact=row.contact,
        path=row.path,
        state=RunState(row.state),
        waits_for=row.waits_for,
        created_at=row.created_at,
        reason=load_legible_reason(row.reason_codes.partition(" ")[0], row.reason),
        not_sent={step: Reason.from_json(reason) for step, reason in not_sent.items()},
        tries={
            step: (one.status, one.error_code, load_summary(one.summary))
            for step, one in tries.items()
        },
    )
