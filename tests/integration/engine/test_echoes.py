"""What may have been said is proved by the provider's echo, and only repeated without one."""

from pathlib import Path

import pytest

from automator.model import RunState, UnknownOutcome, format_id
from automator.store import RunDetail
from automator.store.runs.recovery import REST_MS
from tests.support.http import HeldReply, a_reply
from tests.support.page_events import PAGE, comment, delivery, echo
from tests.support.words import said
from tests.support.world import LEASE_S, World, a_world

RULES = """\
rules:
  - id: answer
    trigger: {event: message.received}
    actions:
      - reply: Chào bạn
      - log: "{{ steps.reply.output.message_id }}"
  - id: price
    trigger: {event: comment.created}
    actions:
      - id: public
        reply: Shop nhắn bạn rồi ạ
      - private_reply: Giá 250k
"""
HOLDING = RULES.replace("- reply: Chào bạn", "- reply: Chào bạn\n        on_unknown: hold")
LOST = UnknownOutcome("the answer was lost", code="disconnected")
SENT = a_reply(200, b'{"recipient_id":"11","message_id":"m-other"}')
REPLIED = a_reply(200, b'{"id":"700_99"}')


async def echoed(world: World, run: RunDetail, step: str, person: str = "11") -> None:
    """Facebook sends our own message back."""
    sent = echo(77, person, "Chào bạn", at=world.clock.now_ms())
    sent["message"]["metadata"] = f"automator:run-{run.run.id}-{step}"
    await world.receives(delivery(messaging=[sent]))


async def commented(world: World, parent: str, text: str) -> None:
    """Facebook says that the Page has commented."""
    change = comment(55, PAGE, text, at=world.clock.now_ms())
    change["value"]["parent_id"] = parent
    await world.receives(delivery(changes=[change]))


def steps_of(detail: RunDetail) -> list[tuple[str, str]]:
    return [(attempt.step, attempt.status.value) for attempt in detail.attempts]


@pytest.mark.parametrize("rules", [RULES, HOLDING])
async def test_a_message_whose_answer_was_lost_is_proved_by_its_echo(
    tmp_path: Path, rules: str
) -> None:
    async with a_world(tmp_path, rules) as world:
        world.http.script = [LOST]
        await world.handles_message(1, "11", "alo")
        (waiting,) = await world.runs()
        await world.passes(30)
        await echoed(world, waiting, "reply")
        await world.settled()

        (done,) = await world.runs()
        event = world.store.log.events(limit=1)[0]
        assert waiting.run.state is RunState.QUEUED
        assert said(waiting.run.reason) == (
            "reply: the answer was lost; the provider's echo is waited for"
        )
        assert done.run.state is RunState.DONE
        assert steps_of(done) == [("reply", "unknown"), ("reply", "ok"), ("log", "ok")]
        assert said(done.attempts[1].summary) == (
            f"confirmed by the provider's echo (event {format_id(event.id)})"
        )
        assert said(done.attempts[2].summary) == "m_77"
        assert len(world.http.requests) == 1


async def test_an_echo_that_came_before_its_answer_was_lost_proves_it_as_well(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        held = HeldReply(then=LOST)
        world.http.script = [held]
        await world.writes(1, "11", "alo")
        await held.asked.wait()
        (running,) = await world.runs()
        await echoed(world, running, "reply")
        held.answered.set()
        await world.settled()

        (done,) = await world.runs()
        assert steps_of(done) == [("reply", "unknown"), ("reply", "ok"), ("log", "ok")]
        assert len(world.http.requests) == 1


async def test_without_an_echo_it_is_done_again_after_a_minute(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        world.http.script = [LOST, SENT]
        await world.handles_message(1, "11", "alo")
        await world.passes(59)
        before = len(world.http.requests)
        await world.passes(2)

        (done,) = await world.runs()
        assert (before, len(world.http.requests)) == (1, 2)
        assert steps_of(done) == [("reply", "unknown"), ("reply", "ok"), ("log", "ok")]
        assert [attempt.number for attempt in done.attempts] == [1, 2, 1]


async def test_without_an_echo_what_must_be_held_is_held_and_a_late_one_proves_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, HOLDING) as world:
        world.http.script = [LOST]
        await world.handles_message(1, "11", "alo")
        await world.passes(61)
        (held,) = await world.runs()
        await world.passes(3600)
        await echoed(world, held, "reply")
        await world.settled()

        (done,) = await world.runs()
        assert held.run.state is RunState.UNKNOWN
        assert said(held.run.reason) == "reply: the answer was lost; no echo has come"
        assert done.run.state is RunState.DONE
        assert len(world.http.requests) == 1


async def test_who_has_it_tried_again_does_not_wait_for_the_echo(tmp_path: Path) -> None:
    async with a_world(tmp_path, HOLDING) as world:
        world.http.script = [LOST, SENT]
        await world.handles_message(1, "11", "alo")
        await world.passes(61)
        (held,) = await world.runs()
        assert await world.store.run_edits.retry(held.run.id, "hoa")
        await world.settled()

        (done,) = await world.runs()
        assert done.run.state is RunState.DONE
        assert len(world.http.requests) == 2


async def test_when_all_attempts_are_used_up_the_echo_is_the_last_chance(tmp_path: Path) -> None:
    rules = RULES.replace(
        "- reply: Chào bạn", "- reply: Chào bạn\n        retry: {max_attempts: 1}"
    )
    async with a_world(tmp_path, rules) as world:
        world.http.script = [LOST]
        await world.handles_message(1, "11", "alo")
        await world.passes(61)

        (run,) = await world.runs()
        assert run.run.state is RunState.UNKNOWN
        assert said(run.run.reason) == "reply: the answer was lost; no echo has come"
        assert steps_of(run) == [("reply", "unknown")]


async def test_a_comment_of_the_page_proves_the_public_answer(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        world.http.script = [LOST, SENT]
        await world.handles_comment(1, "11", "giá?")
        await commented(world, "700_1", "Shop nhắn bạn khác rồi ạ")
        await commented(world, "700_2", "Shop nhắn bạn rồi ạ")
        await world.settled()
        (waiting,) = await world.runs()
        change = comment(56, PAGE, "Shop nhắn  bạn rồi ạ ", at=world.clock.now_ms())
        change["value"]["parent_id"] = "700_1"
        await world.receives(delivery(changes=[change]))
        await world.settled()

        (done,) = await world.runs()
        assert waiting.run.state is RunState.QUEUED
        assert steps_of(done) == [("public", "unknown"), ("public", "ok"), ("private_reply", "ok")]
        assert done.run.data["steps"]["public"]["output"] == {"id": "700_56"}
        assert len(world.http.requests) == 2


async def test_an_answer_that_mentions_the_person_is_known_by_the_words_behind_their_name(
    tmp_path: Path,
) -> None:
    rules = RULES.replace("reply: Shop nhắn bạn rồi ạ", "reply: {text: Dạ có ạ, mention: true}")
    async with a_world(tmp_path, rules) as world:
        world.http.script = [LOST, SENT]
        await world.handles_comment(1, "6840000000000213", "giá?")
        (waiting,) = await world.runs()
        change = comment(56, PAGE, "Trần Ngọc Ánh Dạ có ạ", at=world.clock.now_ms())
        tag = {"id": "6840000000000213", "name": "Trần Ngọc Ánh", "type": "user"}
        change["value"] |= {"parent_id": "700_1", "message_tags": [tag]}
        await world.receives(delivery(changes=[change]))
        await world.settled()

        (done,) = await world.runs()
        assert waiting.run.state is RunState.QUEUED
        assert steps_of(done) == [("public", "unknown"), ("public", "ok"), ("private_reply", "ok")]
        assert len(world.http.requests) == 2


async def test_the_echo_of_a_private_reply_links_the_persons_other_id(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        world.http.script = [REPLIED, LOST]
        await world.handles_comment(1, "11", "giá?")
        (waiting,) = await world.runs()
        await echoed(world, waiting, "private_reply", person="psid-5")
        await world.settled()

        (done,) = await world.runs()
        assert done.run.state is RunState.DONE
        assert (await world.store.contacts.find("shop-page", "psid-5"))["id"] == "11"


async def test_after_a_crash_the_echo_is_waited_for_before_anything_is_repeated(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.runner.stop()
        await world.writes(1, "11", "alo")
        await world.store.claim(8)
        clock = world.clock

    clock.advance(LEASE_S + 1)
    async with a_world(tmp_path, RULES, clock=clock, node=2) as again:
        await again.passes(REST_MS[0] / 1000)
        (waiting,) = await again.runs()
        await echoed(again, waiting, "reply")
        await again.settled()

        (done,) = await again.runs()
        assert waiting.run.state is RunState.QUEUED
        assert steps_of(done) == [("reply", "unknown"), ("reply", "ok"), ("log", "ok")]
        assert again.http.requests == []


async def test_an_old_echo_proves_nothing_and_neither_does_that_of_another_run(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await commented(world, "700_1", "Shop nhắn bạn rồi ạ")
        await world.handles_message(9, "99", "alo")
        world.http.script = [LOST, REPLIED, SENT]
        world.clock.advance(1)
        await world.handles_comment(1, "11", "giá?")
        other, *_ = await world.runs()
        await echoed(world, other, "public")
        await world.settled()

        waiting = (await world.runs())[-1]
        assert waiting.run.state is RunState.QUEUED
        await world.passes(61)
        assert (await world.runs())[-1].run.state is RunState.DONE
