"""Replays of events in the worlds of tests."""

from automator.engine.replay.replays import Replays
from automator.engine.replay.request import read_request
from automator.model import IdSource, format_id
from tests.support.world import World


async def replayed(world: World, event_id: int) -> None:
    """Replays an event, with the rules that are in force now."""
    ids = IdSource(world.clock.now_ms, 7)
    replays = Replays(world.store, world.rulebook.revisions, ids, world.clock)
    request = read_request(
        {
            "over": "events",
            "rules": "now",
            "filters": {"event": format_id(event_id)},
            "again": True,
        },
        now_ms=world.clock.now_ms(),
        revision=world.rulebook.active.revision,
    )
    await replays.confirm(request, "hoa")
    await world.settled()


async def finished(replays: Replays, replay_id: int) -> None:
    """Waits until a replay has been carried to its end."""
    task = replays._going.get(replay_id)
    if task is not None:
        await task
