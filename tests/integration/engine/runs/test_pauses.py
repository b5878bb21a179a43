"""Rules that say nothing while somebody of the shop answers by hand."""

from pathlib import Path

from automator.configuration.time_intervals import TimeInterval
from automator.engine.explanation.why import explain_event
from automator.engine.replay.replays import Replays
from automator.engine.replay.request import read_request
from automator.model import IdSource, RunState, format_id
from tests.support.http import a_reply
from tests.support.words import said, told
from tests.support.world import World, a_world

HOUR = 3600
PAUSED = """\
rules:
  - id: answer
    trigger: {event: [message.received, comment.created]}
    pause_on: {human_reply: 12h}
    %s
    actions:
      - log: answered
      - follow_up:
          after: 1h
          %s
          actions: [forward: {to: crm}]
  - id: always
    trigger: {event: message.received}
    actions: [log: seen]
"""
PLAIN = PAUSED % ("name: x", "key: x")
REASON = (
    "a person answered on 2026-11-24 00:00:00 UTC: paused for 12 h, until 2026-11-24 12:00:00 UTC"
)


async def ran(world: World) -> list[str]:
    """The runs of rules, not of their follow-ups, with what became of them."""
    return [f"{d.run.rule} {d.run.state.label}" for d in await world.runs() if not d.run.path]


async def follow_ups(world: World) -> list[str]:
    return [f"{d.run.state.label}" for d in await world.runs() if d.run.path]


async def test_a_rule_is_held_back_while_a_person_answers_and_not_after(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.answers_by_hand(1, "11")
        accepted = await world.handles_message(2, "11", "giá?")
        account = await explain_event(
            world.store.log, world.rulebook.revisions, accepted.receipts[0].event_id
        )
        await world.passes(12 * HOUR - 1)
        await world.writes(3, "11", "alo")
        await world.passes(1)
        await world.handles_message(4, "11", "alo")

        assert await ran(world) == [
            "answer suppressed",
            "always done",
            "answer suppressed",
            "always done",
            "answer done",
            "always done",
        ]
        assert REASON in told(account)


async def test_nobody_else_is_held_back_and_our_own_messages_hold_nothing_back(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.answers_by_hand(1, "12")
        await world.answers_by_hand(2, "11", app_id=4711)
        await world.handles_message(3, "11", "giá?")

        assert await ran(world) == ["answer done", "always done"]


async def test_a_pause_holds_under_every_id_of_the_person(tmp_path: Path) -> None:
    rules = (
        PLAIN
        + """\
  - id: first
    trigger: {event: comment.created}
    conditions: ["event.text == 'ib'"]
    actions: [private_reply: Chào bạn]
"""
    )
    async with a_world(tmp_path, rules) as world:
        world.http.script = [a_reply(200, b'{"recipient_id": "psid-11", "message_id": "m_9"}')]
        await world.handles_comment(1, "11", "ib")
        await world.answers_by_hand(2, "psid-11")
        await world.handles_comment(3, "11", "giá?")

        assert (await ran(world))[-1] == "answer suppressed"


async def test_a_rule_that_is_held_back_stops_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, PAUSED % ("stop: true", "key: x")) as world:
        await world.writes(1, "11", "giá?")
        await world.answers_by_hand(2, "11")
        await world.handles_message(3, "11", "giá?")

        assert await ran(world) == ["answer done", "answer suppressed", "always done"]


async def test_a_follow_up_waits_for_the_end_of_the_pause(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.handles_message(1, "11", "giá?")
        await world.passes(HOUR / 2)
        await world.answers_by_hand(2, "11")
        await world.passes(HOUR / 2)
        waiting = next(d.run for d in await world.runs() if d.run.path)
        # A run that waits does not hold up what comes after it in the conversation.
        await world.handles_message(3, "11", "ib")
        meanwhile = await ran(world)
        await world.passes(11.5 * HOUR - 1)
        before = await follow_ups(world)
        await world.passes(1)

        assert waiting.state is RunState.QUEUED
        assert "a person answered on 2026-11-24 00:30:00 UTC" in said(waiting.because)
        assert meanwhile[-2:] == ["answer suppressed", "always done"]
        assert (before, await follow_ups(world)) == (["queued"], ["done"])


async def test_a_follow_up_whose_window_ends_in_the_pause_is_cancelled(tmp_path: Path) -> None:
    async with a_world(tmp_path, PAUSED % ("name: x", "within: 2h")) as world:
        await world.handles_message(1, "11", "giá?")
        await world.answers_by_hand(2, "11")
        await world.passes(HOUR)

        (run,) = [d.run for d in await world.runs() if d.run.path]
        assert run.state is RunState.CANCELLED
        assert said(run.reason).startswith("too late: a person answered on")


async def test_somebody_may_do_a_follow_up_within_the_pause(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.handles_message(1, "11", "giá?")
        await world.answers_by_hand(2, "11")
        await world.passes(HOUR)
        (run,) = [d.run for d in await world.runs() if d.run.path]

        assert await world.store.run_edits.run_now(run.id)
        await world.settled()

        assert await follow_ups(world) == ["done"]


async def test_an_answer_after_the_event_holds_back_what_was_put_off(tmp_path: Path) -> None:
    rules = PAUSED % ("active: evening\n    outside: wait", "key: x")
    evening = {"evening": TimeInterval(times=("18:00-22:00",), timezone="Asia/Ho_Chi_Minh")}
    async with a_world(tmp_path, rules, intervals=evening) as world:
        await world.writes(1, "11", "giá?")
        await world.handles_message(2, "12", "giá?")
        await world.answers_by_hand(3, "11")
        await world.passes(11 * HOUR)

        assert await ran(world) == [
            "answer suppressed",
            "always done",
            "answer done",
            "always done",
        ]


async def test_what_acts_when_the_pause_is_over_is_not_held_back(tmp_path: Path) -> None:
    rules = PAUSED % ("active: night\n    outside: wait", "key: x")
    night = {"night": TimeInterval(times=("20:00-22:00",), timezone="Asia/Ho_Chi_Minh")}
    async with a_world(tmp_path, rules, intervals=night) as world:
        await world.answers_by_hand(1, "11")
        await world.handles_message(2, "11", "giá?")
        await world.passes(13 * HOUR)

        assert await ran(world) == ["answer done", "always done"]


async def test_a_replay_acts_all_the_same(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        await world.answers_by_hand(1, "11")
        accepted = await world.handles_comment(2, "11", "giá?")
        replays = Replays(
            world.store,
            world.rulebook.revisions,
            IdSource(world.clock.now_ms, 7),
            world.clock,
        )
        where = {"event": format_id(accepted.receipts[0].event_id)}
        request = read_request(
            {"over": "events", "filters": where, "again": True},
            now_ms=world.clock.now_ms(),
            revision=world.rulebook.active.revision,
        )
        await replays.confirm(request, "hoa")
        await world.settled()

        assert await ran(world) == ["answer suppressed", "answer done"]
