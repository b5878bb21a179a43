"""Confirmed replays: chunk by chunk, each run or event is replayed once.

A chunk is one commit: its new runs, what they replay, and how far the replay has come. So nothing
is started twice, whoever continues the replay. After a crash it goes on where it was.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import insert as core_insert
from sqlalchemy import select, update

from automator.model import NewRun, Reason, RunState, record
from automator.reasons.replays import already_replayed, changed_meanwhile
from automator.store.batch.batch import Batch, Edit
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.runs.run_edits import add_runs
from automator.store.runs.work_state import WorkState
from automator.store.schema.encoding import clean_text, dataclass_of, dump_json, load_json
from automator.store.schema.tables import events, runs
from automator.store.schema.upkeep_tables import replayed, replays


@record
class Replay:
    """A confirmed replay, and how far it has come. `request` is its ReplayRequest as plain data."""

    id: int
    created_at: int
    author: str
    request: Mapping[str, Any]
    state: WorkState = WorkState.GOING
    #: The id of the last run or event that was looked at.
    cursor: int = 0
    found: int = 0
    seen: int = 0
    started: int = 0
    #: How many runs or events were left out, by the key of the reason.
    skipped: Mapping[str, int] = field(default_factory=dict)
    updated_at: int = 0
    finished_at: int | None = None

    @property
    def left_out(self) -> list[tuple[Reason, int]]:
        """Reasons for leaving something out, each with a number; the most frequent comes first."""
        most_first = sorted(self.skipped.items(), key=lambda item: -item[1])
        return [(Reason.from_key(key), count) for key, count in most_first]


@record
class Start:
    """A run to start, and the run or event that it replays."""

    run: NewRun
    source_id: int
    #: The state of the replayed run when it was read; None for an event.
    state: RunState | None = None


@record
class Chunk:
    """The next portion of a replay, from `cursor` to `last`."""

    replay_id: int
    cursor: int
    last: int
    seen: int
    starts: Sequence[Start]
    #: How many runs or events to leave out, by the key of the reason.
    skipped: Mapping[str, int]
    #: Whether to replay again what was replayed before.
    again: bool
    #: Whether this is the last chunk.
    is_last: bool


NEWEST_REPLAYS = select(replays).order_by(replays.c.created_at.desc(), replays.c.id.desc())


def replay_from_row(row: Any) -> Replay:
    """Reads the replay from a row of the table."""
    return dataclass_of(
        Replay,
        row,
        request=load_json(row.request),
        state=WorkState(row.state),
        skipped=load_json(row.skipped),
    )


class Replays:
    """The part of the store for replays."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def begin(self, replay: Replay) -> tuple[Replay, bool]:
        """Stores a replay, unless it is stored already.

        Returns the stored replay, and whether it is new.
        """
        return await self._edit(lambda db, batch: _begin(db, replay, batch))

    async def advance(self, chunk: Chunk) -> tuple[Replay, list[int]]:
        """Starts the runs of a chunk; returns the replay afterwards, and these runs.

        There are no runs if somebody else has continued or stopped the replay meanwhile.
        """
        return await self._edit(lambda db, batch: _advance(db, chunk, batch))

    async def stop(self, replay_id: int) -> bool:
        """Stops a replay. Returns False if it was over already."""
        return await self._edit(lambda db, batch: _stop(db, replay_id, batch))


def _begin(db: WriteConnection, replay: Replay, batch: Batch) -> tuple[Replay, bool]:
    values = {
        "id": replay.id,
        "created_at": batch.now_ms,
        "author": clean_text(replay.author),
        "request": dump_json(dict(replay.request)),
        "state": int(replay.state),
        "cursor": replay.cursor,
        "found": replay.found,
        "seen": 0,
        "started": 0,
        "skipped": b"{}",
        "updated_at": batch.now_ms,
    }
    stored = db.core.execute(
        insert(replays)
        .values(values)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(replays.c.id)
    ).first()
    return _read(db, replay.id), stored is not None


def _read(db: WriteConnection, replay_id: int) -> Replay:
    return replay_from_row(
        db.core.execute(select(replays).where(replays.c.id == replay_id).with_for_update()).one()
    )


def _advance(db: WriteConnection, chunk: Chunk, batch: Batch) -> tuple[Replay, list[int]]:
    # With this lock, two replays of the same runs see what the other one has started.
    db.database.lock(db.core, "replays")
    replay = _read(db, chunk.replay_id)
    if replay.state is not WorkState.GOING or replay.cursor != chunk.cursor:
        return replay, []
    starts, refused = _still_right(db, chunk)
    add_runs(db, [start.run for start in starts], batch)
    if starts:
        rows = [
            {
                "run_id": start.run.id,
                "replay_id": replay.id,
                "source_id": start.source_id,
                "rule": start.run.rule,
            }
            for start in starts
        ]
        db.core.execute(core_insert(replayed), rows)
    skipped = Counter(replay.skipped) + Counter(chunk.skipped) + refused
    db.core.execute(
        update(replays)
        .where(replays.c.id == replay.id)
        .values(
            state=int(WorkState.DONE if chunk.is_last else WorkState.GOING),
            cursor=chunk.last,
            seen=replay.seen + chunk.seen,
            started=replay.started + len(starts),
            skipped=dump_json(dict(skipped)),
            updated_at=batch.now_ms,
            finished_at=batch.now_ms if chunk.is_last else None,
        )
    )
    return _read(db, replay.id), [start.run.id for start in starts]


def _still_right(db: WriteConnection, chunk: Chunk) -> tuple[list[Start], Counter[str]]:
    """The starts whose run or event is unchanged since the chunk was made.

    Also returns the reasons against the other starts, with numbers.
    """
    sources = {start.source_id for start in chunk.starts}
    # Retention deletes none of these events before the commit, nor afterwards while a run waits.
    wanted = events.c.id.in_({start.run.event_id for start in chunk.starts})
    lock = select(events.c.id).where(wanted).order_by(events.c.id)
    stored = set(db.core.scalars(lock.with_for_update(read=True, key_share=True)))
    states = dict(
        db.core.execute(
            select(runs.c.id, runs.c.state).where(runs.c.id.in_(sources)).with_for_update()
        ).all()
    )
    known = set() if chunk.again else _replayed_before(db, sources)
    right: list[Start] = []
    refused: Counter[str] = Counter()
    for start in chunk.starts:
        if (start.source_id, start.run.rule) in known:
            refused[already_replayed().key] += 1
        elif start.run.event_id not in stored or (
            start.state is not None and states.get(start.source_id) != start.state
        ):
            refused[changed_meanwhile().key] += 1
        else:
            right.append(start)
    return right, refused


def _replayed_before(db: WriteConnection, sources: Collection[int]) -> set[tuple[int, str]]:
    found = db.core.execute(
        select(replayed.c.source_id, replayed.c.rule).where(replayed.c.source_id.in_(sources))
    )
    return {(row.source_id, row.rule) for row in found}


def _stop(db: WriteConnection, replay_id: int, batch: Batch) -> bool:
    changed = db.core.execute(
        update(replays)
        .where(replays.c.id == replay_id, replays.c.state == int(WorkState.GOING))
        .values(state=int(WorkState.STOPPED), updated_at=batch.now_ms, finished_at=batch.now_ms)
    ).rowcount
    return changed > 0
