"""Plans replays and carries them out in chunks, at a bounded rate, behind live traffic.

A replay starts at most `rate` runs a second, and nothing while more than WINDOW of its runs are due
and not begun. So a live event waits behind at most WINDOW + CHUNK runs of a replay, whatever its
size.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from automator.clock import Clock, iso_time
from automator.engine.replay.decisions import ReplayReader
from automator.engine.replay.plan import LeftOut, Planned, ReplayPlan
from automator.engine.replay.request import ReplayRequest, read_request
from automator.engine.rulesets.revisions import Revisions
from automator.model import (
    LOOK_IN_LIST,
    N_,
    ConflictError,
    IdSource,
    NotFoundError,
    StoreUnavailableError,
    UsageError,
    format_id,
)
from automator.reasons.replays import other_reasons
from automator.store import EventRow, Replay, RunRow, Store, WorkState
from automator.store.runs.replays import Chunk

logger = logging.getLogger(__name__)

#: Runs or events of one replay, at most.
MOST_SOURCES = 50_000
#: Runs or events that a plan reads and decides about at once.
PAGE = 100
#: Runs or events of one commit.
CHUNK = 25
#: Runs of one replay that are due and not begun, at most, before the next chunk.
WINDOW = 50
#: Seconds until the next look for room for a chunk.
_LOOK_S = 0.25
#: Seconds between two chunks that start nothing.
_PAUSE_S = 0.02
#: Seconds before the next try while the store cannot commit.
_OUTAGE_S = 1.0
#: Milliseconds without a chunk after which another node continues a replay.
_ABANDONED_MS = 15_000
#: How many reasons a replay counts one by one: reasons of failed conditions name values, so there
#: can be many.
_MOST_REASONS = 20


async def plan_replay(reader: ReplayReader, now_ms: int) -> ReplayPlan:
    """Reads all runs or events of a request and decides about each, without starting anything.

    Raises:
        UsageError: more than MOST_SOURCES runs or events match.
    """
    plan = ReplayPlan(reader.request)
    async for page in _pages(reader):
        plan.found += len(page)
        for item in await reader.decide(page, now_ms):
            plan.add(item)
    return plan


async def _pages(reader: ReplayReader) -> AsyncIterator[Sequence[RunRow | EventRow]]:
    """All runs or events of a request, the oldest first.

    Raises:
        UsageError: more than MOST_SOURCES runs or events match.
    """
    after = found = 0
    while page := await reader.page(after, PAGE):
        found += len(page)
        if found > MOST_SOURCES:
            raise UsageError(
                N_("more than {most:number} {over:text} fit"),
                fix=N_("Narrow the filter, with since= and until= for example."),
                most=MOST_SOURCES,
                over=reader.request.over,
            )
        yield page
        after = page[-1].id


class Replays:
    """Plans replays, starts them and continues them. One instance per process."""

    def __init__(
        self,
        store: Store,
        revisions: Revisions,
        ids: IdSource,
        clock: Clock,
        *,
        window: int = WINDOW,
    ) -> None:
        self._store = store
        self._revisions = revisions
        self._ids = ids
        self._clock = clock
        self._window = window
        self._going: dict[int, asyncio.Task[None]] = {}

    async def plan(self, request: ReplayRequest) -> ReplayPlan:
        """The plan of a replay; nothing is stored.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        return await plan_replay(self._reader(request), self._now())

    async def confirm(self, request: ReplayRequest, who: str) -> tuple[Replay, bool]:
        """Starts a replay and its first chunk; returns the replay, and whether it is new.

        A plan that was confirmed before starts nothing.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        known = await asyncio.to_thread(self._store.log.replay, request.id)
        if known is not None:
            return known, False
        replay, is_new = await self._store.replays.begin(await self.announced(request, who))
        if is_new:
            logger.info("replay.started id=%s found=%d", format_id(replay.id), replay.found)
            waiting: set[int] = set()
            replay = await self._advance(replay, waiting)
            self._carry_on(replay, waiting)
        return replay, is_new

    async def announced(self, request: ReplayRequest, who: str) -> Replay:
        """A replay before its first chunk, with the number of its runs or events.

        Nothing is decided here, since each chunk decides about its own.

        Raises:
            UsageError: more than MOST_SOURCES runs or events match.
        """
        found = sum([len(page) async for page in _pages(self._reader(request))])
        return Replay(
            id=request.id,
            created_at=self._clock.now_ms(),
            author=who,
            request=request.as_data(),
            found=found,
        )

    async def stop(self, replay_id: int) -> None:
        """Stops a replay; the runs that it has started go on.

        Raises:
            NotFoundError: there is no such replay.
            ConflictError: it is already over.
        """
        if await asyncio.to_thread(self._store.log.replay, replay_id) is None:
            raise NotFoundError(
                N_("there is no replay {id}"), fix=LOOK_IN_LIST, id=format_id(replay_id)
            )
        if not await self._store.replays.stop(replay_id):
            raise ConflictError(
                N_("this replay is over already"), fix=N_("Start another one for the rest.")
            )

    async def resume(self, *, at_start: bool = False) -> None:
        """Continues unfinished replays that no node works on, after a restart or a node's death."""
        is_own = at_start and not self._store.is_shared
        since = self._clock.now_ms() - (0 if is_own else _ABANDONED_MS)
        for replay in await asyncio.to_thread(self._store.log.replays_going, since):
            if replay.id not in self._going:
                logger.info("replay.resumed id=%s seen=%d", format_id(replay.id), replay.seen)
                self._carry_on(replay, set())

    async def close(self) -> None:
        """Stops work; unfinished replays are continued at the next start."""
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reader(self, request: ReplayRequest) -> ReplayReader:
        return ReplayReader(self._store.log, self._revisions, request)

    def _carry_on(self, replay: Replay, waiting: set[int]) -> None:
        if replay.state is WorkState.GOING and replay.id not in self._going:
            task = asyncio.get_running_loop().create_task(self._work(replay, waiting))
            self._going[replay.id] = task
            task.add_done_callback(lambda ended: self._ended(replay.id, ended))

    def _ended(self, replay_id: int, task: asyncio.Task[None]) -> None:
        self._going.pop(replay_id, None)
        if not task.cancelled() and task.exception() is not None:
            # `resume` tries it again later.
            logger.error("replay.failed id=%s", format_id(replay_id), exc_info=task.exception())

    async def _work(self, going: Replay, waiting: set[int]) -> None:
        """Starts chunk after chunk, as soon as there is room and the rate allows it.

        `waiting` are runs that it has started and that may not have begun yet.
        """
        rate = int(going.request["rate"])
        while going.state is WorkState.GOING:
            before = going.started
            try:
                if len(waiting) >= self._window:
                    waiting &= await self._still_due(waiting)
                if len(waiting) >= self._window:
                    await asyncio.sleep(_LOOK_S)
                    continue
                going = await self._advance(going, waiting)
            except StoreUnavailableError:
                await asyncio.sleep(_OUTAGE_S)
            else:
                await asyncio.sleep(max(_PAUSE_S, (going.started - before) / rate))
        logger.info(
            "replay.%s id=%s started=%d", going.state.label, format_id(going.id), going.started
        )

    async def _still_due(self, run_ids: set[int]) -> set[int]:
        return await asyncio.to_thread(self._store.log.still_due, list(run_ids), self._now())

    async def _advance(self, replay: Replay, waiting: set[int]) -> Replay:
        """Carries out the next chunk of a replay."""
        request = read_request(replay.request, now_ms=self._now(), revision=_ANY_REVISION)
        reader = self._reader(request)
        page = await reader.page(replay.cursor, CHUNK)
        now_ms = self._now()
        decided = await reader.decide(page, now_ms)
        mark = {"id": format_id(replay.id), "by": replay.author, "at": iso_time(now_ms)}
        planned = [item for item in decided if isinstance(item, Planned)]
        starts = [item.start(self._ids.next(), mark, now_ms) for item in planned]
        skipped = Counter(item.reason.key for item in decided if isinstance(item, LeftOut))
        after, run_ids = await self._store.replays.advance(
            Chunk(
                replay_id=replay.id,
                cursor=replay.cursor,
                last=page[-1].id if page else replay.cursor,
                seen=len(page),
                starts=starts,
                skipped=_few(replay, skipped),
                again=request.again,
                is_last=len(page) < CHUNK,
            )
        )
        waiting.update(run_ids)
        return after

    def _now(self) -> int:
        return self._clock.now_ms()


#: Larger than every revision, since a stored request may name any.
_ANY_REVISION = 1 << 31


def _few(replay: Replay, skipped: Counter[str]) -> Counter[str]:
    """The reasons of a chunk; new reasons become OTHER_REASONS once the replay has many."""
    kept: Counter[str] = Counter()
    for key, count in skipped.items():
        is_known = key in replay.skipped or len(replay.skipped) + len(kept) < _MOST_REASONS
        kept[key if is_known else other_reasons().key] += count
    return kept
