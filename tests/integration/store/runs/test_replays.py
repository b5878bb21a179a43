"""A chunk of a replay is one commit: its runs, what they replay, and how far the replay is."""

from collections.abc import Sequence

from automator.model import NewRun, RunState
from automator.model.log_filters import RunFilter
from automator.reasons.replays import already_replayed, changed_meanwhile, no_rule_matches
from automator.store import Replay, Store, WorkState
from automator.store.runs.replays import Chunk, Start
from tests.support.store import Shop


async def a_replay(store: Store, number: int = 5) -> Replay:
    replay, is_new = await store.replays.begin(
        Replay(id=number, created_at=0, author="hoa", request={"over": "runs"}, found=2)
    )
    assert is_new
    return replay


async def a_dead_run(store: Store, shop: Shop) -> tuple[int, NewRun]:
    """A run that ended badly, and the one that a replay would make of it."""
    event, _ = await shop.receive(store, who=f"{shop.ids.next()}")
    (claimed,) = await store.claim(1)
    await store.settle(shop.settlement(claimed, RunState.DEAD))
    return claimed.run.id, shop.run(event)


def chunk(starts: Sequence[Start], **changes: object) -> Chunk:
    fields: dict[str, object] = {
        "replay_id": 5,
        "cursor": 0,
        "last": 100,
        "seen": len(starts),
        "starts": starts,
        "skipped": {no_rule_matches().key: 1},
        "again": False,
        "is_last": False,
    }
    return Chunk(**fields | changes)  # type: ignore[arg-type]


async def test_a_replay_that_is_there_is_not_begun_again(store: Store, shop: Shop) -> None:
    replay = await a_replay(store)

    again, is_new = await store.replays.begin(
        Replay(id=5, created_at=9, author="minh", request={"over": "events"})
    )

    assert (again, is_new) == (replay, False)


async def test_the_same_chunk_is_carried_out_once(store: Store, shop: Shop) -> None:
    await a_replay(store)
    source, new = await a_dead_run(store, shop)
    start = Start(run=new, source_id=source, state=RunState.DEAD)

    first, run_ids = await store.replays.advance(chunk([start]))
    repeated = Start(run=shop.run(shop.event(shop.delivery()), event_id=new.event_id),
                     source_id=source, state=RunState.DEAD)  # fmt: skip
    second, nothing = await store.replays.advance(chunk([repeated], again=True))

    assert (run_ids, nothing) == ([new.id], [])
    assert first == second
    assert (second.cursor, second.seen, second.started, second.skipped) == (
        100, 1, 1, {no_rule_matches().key: 1},
    )  # fmt: skip
    assert store.log.replayed_as([source]) == {(source, "price-question"): new.id}


async def test_what_changed_or_was_replayed_since_the_chunk_was_made_is_left_out(
    store: Store, shop: Shop
) -> None:
    await a_replay(store)
    await a_replay(store, 6)
    changed, for_changed = await a_dead_run(store, shop)
    replayed, for_replayed = await a_dead_run(store, shop)
    await store.replays.advance(
        chunk([Start(run=for_replayed, source_id=replayed, state=RunState.DEAD)], replay_id=6)
    )
    await store.run_edits.cancel(changed, "hoa")

    late = shop.run(shop.event(shop.delivery()), event_id=for_replayed.event_id)
    replay, run_ids = await store.replays.advance(
        chunk(
            [
                Start(run=for_changed, source_id=changed, state=RunState.DEAD),
                Start(run=late, source_id=replayed, state=RunState.DEAD),
            ],
            is_last=True,
        )
    )

    assert run_ids == []
    assert replay.left_out == [
        (no_rule_matches(), 1),
        (changed_meanwhile(), 1),
        (already_replayed(), 1),
    ]
    assert replay.state is WorkState.DONE
    assert replay.finished_at is not None


async def test_an_event_that_retention_has_deleted_meanwhile_is_left_out(
    store: Store, shop: Shop
) -> None:
    await a_replay(store)
    gone = shop.event(shop.delivery())
    event, _ = await shop.receive(store)
    starts = [Start(run=shop.run(one), source_id=one.id) for one in (gone, event)]

    replay, run_ids = await store.replays.advance(chunk(starts, skipped={}))

    assert run_ids == [starts[1].run.id]
    assert replay.left_out == [(changed_meanwhile(), 1)]


async def test_a_stopped_replay_starts_nothing(store: Store, shop: Shop) -> None:
    await a_replay(store)
    source, new = await a_dead_run(store, shop)

    assert await store.replays.stop(5)
    assert not await store.replays.stop(5)
    replay, run_ids = await store.replays.advance(
        chunk([Start(run=new, source_id=source, state=RunState.DEAD)])
    )

    assert (replay.state, run_ids) == (WorkState.STOPPED, [])


async def test_runs_are_found_by_their_replay_and_sources_by_not_being_replayed(
    store: Store, shop: Shop
) -> None:
    await a_replay(store)
    source, new = await a_dead_run(store, shop)
    other, _ = await a_dead_run(store, shop)
    await store.replays.advance(chunk([Start(run=new, source_id=source, state=RunState.DEAD)]))

    def found(wanted: RunFilter) -> list[int]:
        return [row.id for row in store.log.runs(wanted)]

    assert found(RunFilter(replay_id=5)) == [new.id]
    assert found(RunFilter(states=(RunState.DEAD,), replayed=False)) == [other]
    assert found(RunFilter(states=(RunState.DEAD,), replayed=True)) == [source]
    assert store.log.still_due([new.id, other], shop.clock.now_ms()) == {new.id}
    assert [replay.id for replay in store.log.replays_going(shop.clock.now_ms())] == [5]


async def test_what_was_replayed_waits_for_no_decision(store: Store, shop: Shop) -> None:
    states = (RunState.DEAD, RunState.UNKNOWN)
    await a_replay(store)
    (source, new), (other, _) = await a_dead_run(store, shop), await a_dead_run(store, shop)
    assert store.log.undecided_count(states) == 2

    await store.replays.advance(chunk([Start(run=new, source_id=source, state=RunState.DEAD)]))

    assert store.log.undecided_count(states) == 1
    assert [group.newest.id for group in store.log.failures(states)] == [other]
