"""The review of what went wrong: what a person decides is done, and kept with who and when."""

from pathlib import Path

import pytest

from automator.clock import iso_time
from automator.engine.explanation.why import explain_event
from automator.engine.operations.run_review import NEEDS_REVIEW, cancel_run, mark_done, retry_run
from automator.model import ConflictError, NotFoundError, RunState, UnknownOutcome, quoted
from automator.reasons.runs import step
from automator.store import RunDetail
from tests.support.http import a_reply
from tests.support.words import said, told
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - id: crm
        forward: {to: crm}
        on_unknown: hold
      - id: note
        log: "crm: {{ steps.crm.status }}"
"""


async def unknown(world: World) -> RunDetail:
    """A run whose first step may have worked."""
    world.http.script = [UnknownOutcome("no answer within 15 s; it may have worked")]
    await world.handles_comment(1, "11", "đặt hàng")
    (detail,) = await world.runs()
    assert detail.run.state is RunState.UNKNOWN
    return detail


async def waiting(world: World) -> list[int]:
    return [row.id for row in world.store.log.runs(NEEDS_REVIEW, limit=9)]


async def test_it_worked_goes_on_with_the_next_step_and_says_who_said_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        before = await unknown(world)
        await world.passes(60)

        await mark_done(world.store, world.rulebook.revisions, before.run.id, "hoa")
        await world.settled()

        (after,) = await world.runs()
        assert after.run.state is RunState.DONE
        assert [said(attempt.summary) for attempt in after.attempts][1:] == ["crm: ok"]
        assert len(world.http.requests) == 1
        assert list(after.run.decisions) == [
            {
                "did": "done",
                "by": "hoa",
                "at": iso_time(world.clock.now_ms()),
                "state": "unknown",
                "reason": step(
                    step="crm", because=quoted("no answer within 15 s; it may have worked")
                ).to_json(),
            }
        ]
        assert await waiting(world) == []


async def test_after_the_last_step_it_is_simply_done(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES.partition("      - id: note")[0]) as world:
        before = await unknown(world)

        await mark_done(world.store, world.rulebook.revisions, before.run.id, "hoa")

        (after,) = await world.runs()
        assert (after.run.state, said(after.run.reason)) == (RunState.DONE, "marked done by hoa")


async def test_it_did_not_work_is_tried_again_and_the_reason_stays_known(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        before = await unknown(world)

        await retry_run(world.store, before.run.id, "minh")
        await world.settled()
        account = await explain_event(
            world.store.log, world.rulebook.revisions, before.run.event_id
        )

        (after,) = await world.runs()
        assert after.run.state is RunState.DONE
        assert len(world.http.requests) == 2
        assert (
            "tried again by minh at 2026-11-24 00:00:00 UTC;"
            " it was unknown: crm: no answer within 15 s"
        ) in told(account)
        assert (
            "được minh thử lại lúc 2026-11-24 00:00:00 UTC; trước đó là chưa rõ: crm: "
        ) in told(account, "vi")


async def test_what_is_left_is_cancelled_and_not_asked_about_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        before = await unknown(world)
        assert await waiting(world) == [before.run.id]

        await cancel_run(world.store, before.run.id, "hoa")

        (after,) = await world.runs()
        assert (after.run.state, said(after.run.reason)) == (RunState.CANCELLED, "cancelled by hoa")
        assert said(after.run.decisions[0]["reason"]).startswith("crm: no answer")
        assert await waiting(world) == []


async def test_two_people_decide_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        run_id = (await unknown(world)).run.id
        await cancel_run(world.store, run_id, "hoa")

        with pytest.raises(ConflictError, match="this run is cancelled"):
            await mark_done(world.store, world.rulebook.revisions, run_id, "minh")
        with pytest.raises(ConflictError, match="this run is cancelled"):
            await cancel_run(world.store, run_id, "minh")
        with pytest.raises(NotFoundError):
            await mark_done(world.store, world.rulebook.revisions, 7, "minh")


async def test_a_run_that_was_done_elsewhere_keeps_its_end(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        world.http.script = [a_reply(404)]
        await world.handles_comment(1, "11", "đặt hàng")
        (dead,) = await world.runs()
        await mark_done(world.store, world.rulebook.revisions, dead.run.id, "hoa")
        await world.settled()

        with pytest.raises(ConflictError, match="this run is done"):
            await retry_run(world.store, dead.run.id, "minh")
