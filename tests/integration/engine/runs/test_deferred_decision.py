"""Rules that look at what steps remember are decided when the turn of their event has come."""

from pathlib import Path

import pytest

from automator.model import RunState
from tests.support import words
from tests.support.http import HeldReply
from tests.support.world import CONNECTION, World, a_world

FLOW = """\
rules:
  - id: ask
    trigger: {event: comment.created}
    conditions: ["contact.state.step == null"]
    actions:
      - remember: {step: size}
      - log: asks for the size
  - id: size
    trigger: {event: comment.created}
    conditions: ["contact.state.step == 'size'", "length(event.text) < `3`"]
    actions:
      - remember: {step: phone}
      - log: "size {{ event.text }}"
  - id: phone
    trigger: {event: comment.created}
    conditions: ["contact.state.step == 'phone'"]
    actions:
      - remember: {step: done}
      - log: "phone {{ event.text }}"
  - id: always
    trigger: {event: comment.created}
    actions: [log: "seen {{ event.text }}"]
"""
BLOCKED = """\
rules:
  - id: send
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
      - remember: {sent: true}
  - id: first
    trigger: {event: comment.created}
    conditions: ["!(contact.state.sent)"]
    stop: true
    actions: [log: first]
  - id: rest
    trigger: {event: comment.created}
    actions: [log: rest]
"""
NEW_PERSON = """\
rules:
  - id: welcome
    trigger: {event: message.received}
    conditions: ["contact.last_inbound_at == null", "!(contact.state.welcomed)"]
    actions:
      - remember: {welcomed: true}
      - log: welcome
"""
LIMITED = """\
rules:
  - id: once
    trigger: {event: comment.created}
    conditions: ["contact.state.open != `false`"]
    limits: {once: {key: event.actor.id, period: 1d}}
    stop: true
    actions: [log: once]
  - id: other
    trigger: {event: comment.created}
    actions: [log: other]
"""


async def said(world: World) -> list[str]:
    """What was logged, in the order in which it was done."""
    lines = [
        (attempt.id, words.said(attempt.summary))
        for detail in await world.runs()
        for attempt in detail.attempts
        if attempt.action == "log"
    ]
    return [summary for _, summary in sorted(lines)]


async def test_quick_answers_in_a_conversation_each_find_the_state_that_the_one_before_left(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, FLOW) as world:
        for number, text in enumerate(["giá?", "XL", "0901234567"]):
            await world.comments(number, "11", text)
        await world.settled()

        assert await said(world) == [
            "asks for the size",
            "seen giá?",
            "size XL",
            "seen XL",
            "phone 0901234567",
            "seen 0901234567",
        ]
        assert (await world.store.contacts.find(CONNECTION, "11"))["state"] == {"step": "done"}
        assert {d.run.state for d in await world.runs()} == {RunState.DONE}


async def test_rules_of_one_event_are_decided_before_any_of_them_acts(tmp_path: Path) -> None:
    async with a_world(tmp_path, FLOW) as world:
        await world.handles_comment(1, "11", "XL")

        assert await said(world) == ["asks for the size", "seen XL"]


STARTS = """\
rules:
  - id: start
    trigger: {event: comment.created}
    conditions: ["event.text == 'bắt đầu'"]
    actions: [remember: {step: one}]
  - id: one
    trigger: {event: comment.created}
    conditions: ["contact.state.step == 'one'"]
    actions: [log: one]
  - id: last
    trigger: {event: comment.created}
    actions: [log: last]
"""


async def test_what_an_event_starts_changes_nothing_for_the_decisions_about_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, STARTS) as world:
        for number, text in enumerate(["bắt đầu", "một"]):
            await world.comments(number, "11", text)
        await world.settled()

        assert await said(world) == ["last", "one", "last"]
        assert [d.run.rule for d in await world.runs()] == ["start", "last", "one", "last"]


async def test_a_rule_that_does_not_match_in_its_turn_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, BLOCKED) as world:
        held = HeldReply()
        world.http.script.append(held)
        await world.comments(1, "11", "một")
        await held.asked.wait()
        await world.comments(2, "11", "hai")
        waiting = [d.run for d in await world.runs() if d.run.is_undecided]
        assert [list(run.undecided_rules) for run in waiting] == [["first", "rest"]]
        held.answered.set()
        await world.settled()

        ran = [f"{d.run.rule} {d.run.state.label}" for d in await world.runs()]
        assert ran == ["send done", "first done", "send done", "rest done"]


async def test_what_waits_for_its_turn_is_decided_after_a_restart(tmp_path: Path) -> None:
    async with a_world(tmp_path, BLOCKED) as world:
        await world.gate.pause("crm", "a test")
        await world.comments(1, "11", "một")
        await world.handles_comment(2, "11", "hai")
        clock = world.clock
        assert [d.run.is_undecided for d in await world.runs()] == [False, False, True, False]

    async with a_world(tmp_path, BLOCKED, clock=clock, node=2) as again:
        await again.gate.resume("crm", "a test")
        await again.passes(10)
        await again.passes(3600)

        assert await said(again) == ["first", "rest"]


async def test_who_wrote_before_is_seen_as_it_was_when_the_event_came_in(tmp_path: Path) -> None:
    async with a_world(tmp_path, NEW_PERSON) as world:
        await world.writes(1, "11", "alo")
        await world.handles_message(2, "11", "alo?")
        await world.handles_message(3, "11", "alo?")

        assert await said(world) == ["welcome"]


async def test_limits_of_a_rule_are_counted_in_its_turn_and_what_is_held_back_stops_nothing(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, LIMITED) as world:
        for number in range(2):
            await world.comments(number, "11", "giá?")
        await world.settled()

        ran = [f"{d.run.rule} {d.run.state.label}" for d in await world.runs()]
        assert ran == ["once done", "once suppressed", "other done"]


@pytest.mark.parametrize("action", ["cancel", "nothing"])
async def test_a_person_can_cancel_what_waits_for_its_turn(tmp_path: Path, action: str) -> None:
    async with a_world(tmp_path, BLOCKED) as world:
        await world.gate.pause("crm", "a test")
        await world.handles_comment(1, "11", "một")
        await world.comments(2, "11", "hai")
        (waiting,) = [d.run for d in await world.runs() if d.run.is_undecided]
        if action == "cancel":
            assert await world.store.run_edits.cancel(waiting.id, "hoa")
        await world.gate.resume("crm", "a test")
        await world.passes(3600)

        assert await said(world) == (["first"] if action == "cancel" else ["first", "rest"])


SEND = """\
rules:
  - id: send
    trigger: {event: message.received}
    actions: [forward: {to: crm}]
"""
HELD_BACK = """\
rules:
  - id: answer
    trigger: {event: message.received}
    pause_on: {human_reply: 12h}
    stop: true
    %s
    actions: [log: answer]
  - id: tell-us
    trigger: {event: message.received}
    actions: [log: "tells {{ event.text }}"]
"""


async def test_a_stop_rule_that_is_held_back_when_its_debounce_is_over_stops_nothing(
    tmp_path: Path,
) -> None:
    rules = HELD_BACK % "limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 10m}}"
    async with a_world(tmp_path, rules) as world:
        await world.writes(1, "11", "một")
        await world.writes(2, "11", "hai")
        await world.passes(10)
        await world.answers_by_hand(3, "11")
        await world.passes(120)

        assert await said(world) == ["tells một", "tells hai"]
        assert [f"{d.run.rule} {d.run.state.label}" for d in await world.runs()] == [
            "answer suppressed",
            "answer suppressed",
            "tell-us done",
            "tell-us done",
        ]


async def test_a_stop_rule_that_acts_after_its_debounce_stops_the_later_ones(
    tmp_path: Path,
) -> None:
    rules = HELD_BACK % "limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 10m}}"
    async with a_world(tmp_path, rules) as world:
        await world.writes(1, "11", "một")
        await world.writes(2, "11", "hai")
        await world.passes(120)

        assert await said(world) == ["answer"]


async def test_a_stop_rule_that_is_paused_in_its_turn_lets_the_later_ones_act_in_its_place(
    tmp_path: Path,
) -> None:
    rules = SEND
    rules += (HELD_BACK % "name: x").removeprefix("rules:\n")
    async with a_world(tmp_path, rules) as world:
        held = HeldReply()
        world.http.script.append(held)
        await world.writes(1, "11", "một")
        await held.asked.wait()
        await world.moves_clock(10)
        await world.answers_by_hand(2, "11")
        held.answered.set()
        await world.settled()

        assert await said(world) == ["tells một"]
