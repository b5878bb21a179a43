"""Stores up to which time each rule with a schedule has fired.

The commit of a fire moves the rule's row, and stores the event and its run. If another node fires
for the same time, or the same node after a restart, the row has moved and nothing is stored.
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from automator.model import record
from automator.store.batch.batch import Edit
from automator.store.database.statements import Statement, WriteConnection
from automator.store.schema.encoding import dataclass_of
from automator.store.schema.state_tables import schedules


@record(kw_only=False)
class ScheduleRow:
    """The stored state of a rule's schedule. Times are in milliseconds."""

    rule: str
    #: The newest revision with the rule.
    revision: int
    definition: str
    #: All times up to this one are done: fired, skipped, or before the rule existed.
    done_until: int
    last_fire: int | None
    #: The latest time that was missed, because no server ran, and not made up for; None if none.
    last_skipped: int | None


@record(kw_only=False)
class Fire:
    """A rule fires for the time `at`, unless this time is done already."""

    rule: str
    definition: str
    at: int
    #: Whether it fires for people, so that a firing begins.
    begins_firing: bool = False


ALL_SCHEDULES = select(schedules).order_by(schedules.c.rule)
_FIRE = Statement(
    update(schedules)
    .where(
        schedules.c.rule == bindparam("of_rule"),
        schedules.c.definition == bindparam("of_definition"),
        schedules.c.done_until < bindparam("fire_at"),
    )
    .values(done_until=bindparam("fire_at"), last_fire=bindparam("fire_at"))
)


def take_fire(db: WriteConnection, fire: Fire) -> bool:
    """Moves the row of a rule that fires. Returns False if somebody else was faster."""
    fired = db.run(_FIRE, of_rule=fire.rule, of_definition=fire.definition, fire_at=fire.at)
    return fired > 0


class Schedules:
    """The part of the store for schedules."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def follow(
        self, revision: int, definitions: Mapping[str, str], now_ms: int
    ) -> list[ScheduleRow]:
        """Brings the rows up to date with a rule set; `definitions` has the rules in force by id.

        A new or changed rule begins now, and does not fire for the past. Rows of rules that are
        gone or switched off are deleted. A row that a newer revision has changed stays as it is.
        Returns all rows.
        """
        return await self._edit(lambda db, _batch: _follow(db, revision, definitions, now_ms))

    async def move(self, seen: ScheduleRow, done_until: int, *, skipped: int | None = None) -> bool:
        """Marks a rule's times up to `done_until` as done, without an event.

        `skipped` is the latest of them if it was not made up for. Returns False if the row has
        changed meanwhile.
        """
        return await self._edit(lambda db, _batch: _move(db, seen, done_until, skipped))


def _follow(
    db: WriteConnection, revision: int, definitions: Mapping[str, str], now_ms: int
) -> list[ScheduleRow]:
    db.database.lock(db.core, "schedules")
    known = {row.rule: dataclass_of(ScheduleRow, row) for row in db.core.execute(ALL_SCHEDULES)}
    for row in known.values():
        if row.rule not in definitions and row.revision <= revision:
            db.core.execute(delete(schedules).where(schedules.c.rule == row.rule))
    for rule, definition in definitions.items():
        new = {"revision": revision, "definition": definition, "done_until": now_ms}
        found = known.get(rule)
        if found is None:
            db.core.execute(insert(schedules).values(rule=rule, **new))
        elif found.revision <= revision:
            changed = new if found.definition != definition else {"revision": revision}
            db.core.execute(update(schedules).where(schedules.c.rule == rule).values(**changed))
    return [dataclass_of(ScheduleRow, row) for row in db.core.execute(ALL_SCHEDULES)]


def _move(db: WriteConnection, seen: ScheduleRow, done_until: int, skipped: int | None) -> bool:
    values: dict[str, int] = {"done_until": done_until}
    if skipped is not None:
        values["last_skipped"] = skipped
    moved = db.core.execute(
        update(schedules)
        .where(
            schedules.c.rule == seen.rule,
            schedules.c.definition == seen.definition,
            schedules.c.done_until == seen.done_until,
        )
        .values(**values)
    ).rowcount
    return moved > 0
