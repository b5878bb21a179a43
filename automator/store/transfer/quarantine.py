"""Quarantine: after a restore, holds the runs that may have been done already.

A backup is an earlier state. Runs that were due since then have most likely been done by the server
whose database the backup replaces. Doing them again would send everything twice.
"""

from collections import Counter

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from automator.lifecycle import Fact, On, move
from automator.model import RunState, Waits
from automator.reasons.connections import tokens_restored, tokens_restored_from
from automator.reasons.runs import RESTORED_BACKUP, cancelled_after_restore, restored, restored_from
from automator.store.batch.batch import Batch, Edit, read_beside
from automator.store.database.statements import WriteConnection
from automator.store.queue.run_moves import (
    attempt_after,
    chosen,
    columns_of,
    reasons_chosen,
    state_after,
)
from automator.store.runs.work_state import WorkState
from automator.store.schema.encoding import dump_reason, reason_columns
from automator.store.schema.state_tables import (
    FIRING_GOES,
    connection_tokens,
    echoes,
    firings,
    schedules,
)
from automator.store.schema.tables import (
    BEHIND,
    FAILED_AT_TARGET,
    NOT_DONE,
    UNFINISHED,
    WAITS_FOR_PLACE,
    WAITS_FOR_SOMETHING,
    WAITS_FOR_TARGET,
    runs,
)
from automator.store.schema.upkeep_tables import replays, sessions

_HELD = int(RunState.HELD)
_is_held: ColumnElement[bool] = literal_column(f"({NOT_DONE} AND state = {_HELD})")
#: The run was under way when the backup was made, so its attempt may have happened.
_was_interrupted = or_(runs.c.begun_at.is_not(None), runs.c.was_interrupted == 1)
#: The run was claimed behind another one: its attempt was counted, but never began.
_restored = {Fact.RESERVED: and_(runs.c.state == int(RunState.RUNNING), runs.c.begun_at.is_(None))}
_released = {Fact.INTERRUPTED: runs.c.was_interrupted == 1}


#: The run may have been due earlier than it says: its target recovered, its concurrency key let it
#: in, an echo or answer came, or a person approved its step.
_can_be_earlier = or_(
    runs.c.state == int(RunState.RUNNING),
    and_(literal_column(WAITS_FOR_SOMETHING), runs.c.waits_for.in_((Waits.APPROVAL, Waits.ANSWER))),
    literal_column(WAITS_FOR_PLACE),
    literal_column(WAITS_FOR_TARGET),
    literal_column(FAILED_AT_TARGET),
    runs.c.id.in_(select(echoes.c.run_id).where(echoes.c.run_id.is_not(None))),
)


def hold(connection: Connection, now_ms: int, made_at: int | None) -> int:
    """Holds every run that may have been done by now; ends all sessions and replays.

    Returns how many runs are held. If the clock is before the time of the backup, the time of the
    backup counts as now.

    Sessions end, because a session that somebody ended after the backup would be valid again.
    Schedules do not make up for times that were done after the backup. Access tokens may have been
    renewed since, and the old ones must not be used again.
    """
    codes, reason = reason_columns(restored() if made_at is None else restored_from(at=made_at))
    # A run that is due later may have been behind a run that is held now: it is first in its lane.
    connection.execute(update(runs).where(literal_column(BEHIND)).values(behind=0))
    held = connection.execute(
        update(runs)
        .where(
            literal_column(UNFINISHED),
            or_(runs.c.run_at <= max(now_ms, made_at or 0), _can_be_earlier),
        )
        .values(
            state=chosen(On.RESTORED, _restored, state_after),
            owner=None,
            lease_until=None,
            begun_at=None,
            attempt=chosen(On.RESTORED, _restored, attempt_after),
            reason_codes=codes,
            reason=reason,
            was_interrupted=case((_was_interrupted, 1), else_=0),
        )
    ).rowcount
    _end_what_is_outdated(connection, now_ms, made_at)
    return held


def _end_what_is_outdated(connection: Connection, now_ms: int, made_at: int | None) -> None:
    """Ends sessions, tokens, past fires, firings and replays, which may have gone on since then."""
    restored = tokens_restored() if made_at is None else tokens_restored_from(at=made_at)
    connection.execute(delete(sessions))
    connection.execute(
        update(connection_tokens)
        .where(connection_tokens.c.lost.is_(None))
        .values(lost=dump_reason(restored), leased_until=None)
    )
    connection.execute(
        update(schedules).where(schedules.c.done_until < now_ms).values(done_until=now_ms)
    )
    connection.execute(
        update(replays)
        .where(replays.c.state == int(WorkState.GOING))
        .values(state=int(WorkState.STOPPED), finished_at=now_ms)
    )
    connection.execute(
        update(firings)
        .where(FIRING_GOES)
        .values(state=int(WorkState.STOPPED), finished_at=now_ms, stopped_by=RESTORED_BACKUP)
    )


def release(db: WriteConnection, batch: Batch) -> int:
    """Puts all held runs back into the queue, in their old order; returns how many."""
    released = db.core.execute(
        update(runs)
        .where(_is_held)
        .values(
            state=chosen(On.RELEASED, _released, state_after),
            **reasons_chosen(On.RELEASED, _released),
        )
    ).rowcount
    batch.work_released = batch.work_released or released > 0
    return released


def cancel(db: WriteConnection, who: str, batch: Batch) -> int:
    """Cancels all held runs; returns how many."""
    said = {cancelled_after_restore: {"who": who}}
    rules = db.core.execute(
        update(runs)
        .where(_is_held)
        .values(
            **columns_of(move(On.DISCARDED), said=said, at=batch.now_ms),
        )
        .returning(runs.c.rule)
    ).scalars()
    cancelled = Counter(rules)
    for rule, count in cancelled.items():
        batch.tally.ended(move(On.DISCARDED).to, rule, batch.now_ms, count)
    return cancelled.total()


class Quarantine:
    """The part of the store for the runs that a restore holds."""

    def __init__(self, edit: Edit, readers: Engine) -> None:
        self._edit = edit
        self._readers = readers
        #: How many runs are held, by the last count.
        self.count = 0

    async def hold_restored(self) -> int:
        """If the database is a restored backup, holds the runs that may have been done already.

        Returns how many runs are held.
        """

        def hold_if_restored(db: WriteConnection, batch: Batch) -> int:
            made_at = db.database.take_backup_mark(db.core)
            return 0 if made_at is None else hold(db.core, batch.now_ms, made_at)

        held = await self._edit(hold_if_restored)
        await self.count_held()
        return held

    async def count_held(self) -> int:
        """Counts the held runs."""
        query = select(func.count()).select_from(runs).where(_is_held)
        self.count = await read_beside(
            self._readers, lambda reading: reading.execute(query).scalar_one()
        )
        return self.count

    async def release(self) -> int:
        """Makes all held runs due now; returns how many."""
        released = await self._edit(release)
        await self.count_held()
        return released

    async def cancel(self, who: str) -> int:
        """Cancels all held runs; returns how many."""
        cancelled = await self._edit(lambda db, batch: cancel(db, who, batch))
        await self.count_held()
        return cancelled
