"""Firings: how far a schedule that fires for people has come among its contacts.

The fire stores the firing in its commit. Contacts are taken in portions, in the order of their
keys. A portion is one commit: the events of its contacts, their runs, and the key after which the
next portion begins. A second portion from the same key, on another node or after a crash, finds the
key changed and stores nothing. So no contact is taken twice, and none is left out.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, literal_column, select, update

from automator.model import Reason, format_id, record
from automator.store.batch.batch import Batch, Edit
from automator.store.database.statements import Statement, WriteConnection
from automator.store.runs.schedules import Fire
from automator.store.runs.work_state import WorkState
from automator.store.schema.encoding import clean_text, dataclass_of, dump_json, load_json
from automator.store.schema.state_tables import FIRING_GOES, firings
from automator.store.schema.tables import UNFINISHED, runs

#: Firings of a rule that are kept, including the firing that begins.
_KEPT = 100
#: Milliseconds during which no server ran, although the firing could have taken contacts.
STALE_MS = 3_600_000


@record
class Firing:
    """The progress of a firing. Times are milliseconds."""

    #: The id of the event with which its schedule fired.
    id: int
    rule: str
    #: The revision of the rules that it fired by.
    revision: int
    #: The time of the schedule for which it fires.
    scheduled_at: int
    created_at: int
    state: WorkState
    #: The key of the last contact that was considered.
    cursor: str
    #: Contacts that were considered, and contacts for whom an event was stored.
    seen: int
    started: int
    #: How many were left out for a reason, by its key.
    skipped: Mapping[str, int]
    #: It takes nobody before this time.
    next_at: int
    finished_at: int | None
    #: The person who stopped it.
    stopped_by: str

    @property
    def is_going(self) -> bool:
        """Whether it still takes contacts."""
        return self.state is WorkState.GOING

    @property
    def event(self) -> str:
        """The id of its event, as people see it."""
        return format_id(self.id)

    @property
    def left_out(self) -> list[tuple[Reason, int]]:
        """The reasons why contacts were left out, with their counts, the most frequent first."""
        most_first = sorted(self.skipped.items(), key=lambda item: -item[1])
        return [(Reason.from_key(key), count) for key, count in most_first]


@record
class Portion:
    """The contacts that a firing takes next; their events and runs are stored with it."""

    firing: Firing
    #: The key of the last contact.
    last: str
    seen: int
    started: int
    skipped: Mapping[str, int]
    #: Whether it is the last portion.
    is_last: bool
    next_at: int


NEWEST_FIRINGS = select(firings).order_by(firings.c.id.desc())
_ADVANCE = Statement(
    update(firings)
    .where(
        firings.c.id == bindparam("of_id"),
        firings.c.state == int(WorkState.GOING),
        firings.c.cursor == bindparam("behind"),
    )
    .values({name: bindparam(f"new_{name}") for name in (
        "state", "cursor", "seen", "started", "skipped", "next_at", "finished_at"
    )})
)  # fmt: skip


def runs_under_way(rule: str, firing_id: int) -> Select[Any]:
    """The query for one unfinished run of a firing, other than a follow-up."""
    return (
        select(runs.c.id)
        .where(
            literal_column(f"runs.{UNFINISHED}"),
            runs.c.rule == rule,
            runs.c.event_id > firing_id,
            runs.c.path == "",
        )
        .limit(1)
    )


def firing_from_row(row: Any) -> Firing:
    """The firing of a row of the table."""
    return dataclass_of(Firing, row, state=WorkState(row.state), skipped=load_json(row.skipped))


def begin_firing(
    db: WriteConnection, fire: Fire, batch: Batch, *, event_id: int, revision: int
) -> None:
    """Stores the firing of a fire, unless an earlier firing of its rule is still under way.

    A stale firing ends instead: people get the message of the new time.
    """
    # The row of the schedule is moved in the same transaction, so that no other node is here.
    of_rule = select(firings.c.id).where(firings.c.rule == fire.rule)
    going = db.core.execute(
        select(firings.c.id, firings.c.next_at).where(firings.c.rule == fire.rule, FIRING_GOES)
    ).first()
    if going is not None:
        is_late = batch.now_ms - going.next_at > STALE_MS
        if not is_late or db.core.execute(runs_under_way(fire.rule, going.id)).first() is not None:
            return
        _stop(db, going.id, "", batch)
    old = db.core.execute(of_rule.order_by(firings.c.id.desc()).offset(_KEPT - 1)).scalars().all()
    if old:
        db.core.execute(delete(firings).where(firings.c.id.in_(old)))
    db.core.execute(
        insert(firings).values(
            id=event_id,
            rule=fire.rule,
            revision=revision,
            scheduled_at=fire.at,
            created_at=batch.now_ms,
            state=int(WorkState.GOING),
            cursor="",
            seen=0,
            started=0,
            skipped=b"{}",
            next_at=batch.now_ms,
            stopped_by="",
        )
    )


def take_portion(db: WriteConnection, portion: Portion, batch: Batch) -> bool:
    """Moves a firing past its portion; False if somebody else was first, or has stopped it."""
    before = portion.firing
    skipped = Counter(before.skipped) + Counter(portion.skipped)
    moved = db.run(
        _ADVANCE,
        of_id=before.id,
        behind=before.cursor,
        new_state=int(WorkState.DONE if portion.is_last else WorkState.GOING),
        new_cursor=portion.last,
        new_seen=before.seen + portion.seen,
        new_started=before.started + portion.started,
        new_skipped=dump_json(dict(skipped)),
        new_next_at=portion.next_at,
        new_finished_at=batch.now_ms if portion.is_last else None,
    )
    return moved > 0


class Firings:
    """The part of the store that firings write, beside the commits of their events."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def advance(self, portion: Portion) -> bool:
        """Takes a portion without an event for any of its contacts."""
        return await self._edit(lambda db, batch: take_portion(db, portion, batch))

    async def stop(self, firing_id: int, by: str) -> bool:
        """Stops a firing; False if it was over already."""
        return await self._edit(lambda db, batch: _stop(db, firing_id, by, batch))


def _stop(db: WriteConnection, firing_id: int, by: str, batch: Batch) -> bool:
    changed = db.core.execute(
        update(firings)
        .where(firings.c.id == firing_id, firings.c.state == int(WorkState.GOING))
        .values(state=int(WorkState.STOPPED), stopped_by=clean_text(by), finished_at=batch.now_ms)
    ).rowcount
    return changed > 0
