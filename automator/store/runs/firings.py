"""Firings: how far a schedule for people has come among its contacts.

The commit of a fire also stores the firing. Contacts are taken in portions, in the order of their
keys. A portion is one commit: the events of its contacts, their runs, and the key after which the
next portion begins. If another node takes the same portion, or it is repeated after a crash, the
key has changed and nothing is stored. So no contact is taken twice or left out.
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

#: How many firings of a rule are kept, the newest.
_KEPT = 100
#: After how many milliseconds without a server a firing counts as stale.
STALE_MS = 3_600_000


@record
class Firing:
    """The progress of a firing. Times are in milliseconds."""

    #: The id of the event with which the schedule has fired.
    id: int
    rule: str
    #: The revision of the rules by which it has fired.
    revision: int
    #: The time of the schedule for which it has fired.
    scheduled_at: int
    created_at: int
    state: WorkState
    #: The key of the last contact that was looked at.
    cursor: str
    #: How many contacts were looked at; below, for how many an event was stored.
    seen: int
    started: int
    #: How many contacts were left out, by the key of the reason.
    skipped: Mapping[str, int]
    #: Nobody is taken before this time.
    next_at: int
    finished_at: int | None
    #: The person who stopped the firing; "" if nobody did.
    stopped_by: str

    @property
    def is_going(self) -> bool:
        """Whether the firing still takes contacts."""
        return self.state is WorkState.GOING

    @property
    def event(self) -> str:
        """The id of the firing's event, in the form that people see."""
        return format_id(self.id)

    @property
    def left_out(self) -> list[tuple[Reason, int]]:
        """Reasons for leaving contacts out, each with a number; the most frequent comes first."""
        most_first = sorted(self.skipped.items(), key=lambda item: -item[1])
        return [(Reason.from_key(key), count) for key, count in most_first]


@record
class Portion:
    """The contacts that a firing takes next. The same commit stores their events and runs."""

    firing: Firing
    #: The key of the portion's last contact.
    last: str
    seen: int
    started: int
    skipped: Mapping[str, int]
    #: Whether this is the last portion.
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
    """Selects one unfinished run of a firing that is no follow-up."""
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
    """Reads the firing from a row of the table."""
    return dataclass_of(Firing, row, state=WorkState(row.state), skipped=load_json(row.skipped))


def begin_firing(
    db: WriteConnection, fire: Fire, batch: Batch, *, event_id: int, revision: int
) -> None:
    """Stores the firing that begins with a fire, unless an earlier one of the rule goes on.

    If the earlier one is stale, it ends: people then get the message of the new time.
    """
    # The schedule's row was moved in this transaction, so no other node can be here too.
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
    """Moves a firing past a portion. Returns False if somebody was faster or has stopped it."""
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
    """The part of the store for changes of firings outside of the commits of their events."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def advance(self, portion: Portion) -> bool:
        """Takes a portion in which no contact gets an event."""
        return await self._edit(lambda db, batch: take_portion(db, portion, batch))

    async def stop(self, firing_id: int, by: str) -> bool:
        """Stops a firing. Returns False if it was over already."""
        return await self._edit(lambda db, batch: _stop(db, firing_id, by, batch))


def _stop(db: WriteConnection, firing_id: int, by: str, batch: Batch) -> bool:
    changed = db.core.execute(
        update(firings)
        .where(firings.c.id == firing_id, firings.c.state == int(WorkState.GOING))
        .values(state=int(WorkState.STOPPED), stopped_by=clean_text(by), finished_at=batch.now_ms)
    ).rowcount
    return changed > 0
