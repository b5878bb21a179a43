"""What people of the shop write by hand: stored, sent once, and taken for an answer by hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from automator.engine.intake.written_messages import MOST_IN_A_MINUTE, Room, Written, WrittenAs
from automator.model import (
    Block,
    ConflictError,
    Event,
    OptOut,
    Outcome,
    Reason,
    RunState,
    UnknownOutcome,
    UsageError,
)
from automator.model.run import BY_HAND
from automator.providers.simulator import build_sample
from automator.store import RunDetail
from tests.support.http import HeldReply, a_reply, bodies
from tests.support.page_events import delivery, echo
from tests.support.providers import a_provider
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world, until

HOUR, DAY = 3_600, 86_400
RULES = """\
rules:
  - id: greeting
    trigger: {event: message.received}
    pause_on: {human_reply: 1h}
    actions: [reply: "Chào bạn"]
"""
NO_RULES = "rules: []\n"
LATER = """\
rules:
  - id: later
    trigger: {event: message.received}
    actions:
      - follow_up:
          after: 2d
          actions: [message: "Bạn còn quan tâm không ạ?"]
"""
LATER_TEMPLATE = LATER.replace(
    'message: "Bạn còn quan tâm không ạ?"', "message: {template: {name: ready, language: vi}}"
)
REMINDS = """\
rules:
  - id: reminds
    trigger: {event: message.received}
    actions:
      - follow_up:
          after: 2h
          cancel_on: {event: message.sent}
          actions: [message: "Bạn còn quan tâm không ạ?"]
"""
TAGGED = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
LOST = UnknownOutcome("the answer was lost", code="disconnected")
OUTSIDE = a_reply(
    400,
    b'{"error":{"message":"outside","code":10,"error_subcode":2018278,"type":"OAuthException"}}',
)


async def person(world: World) -> Any:
    return await world.store.contacts.find(CONNECTION, "11")


async def write(world: World, text: str = "Dạ còn ạ", once: str = "one") -> Written:
    contact = await person(world)
    return await world.written.take(CONNECTION, contact, text, who="lan", once=once)


async def room(world: World) -> Room | Reason:
    (way,) = world.written.ways(CONNECTION, await person(world))
    return way.room


async def by_hand(world: World) -> list[RunDetail]:
    return [detail for detail in await world.runs() if detail.run.rule == BY_HAND]


def texts(world: World) -> list[str]:
    return [body["message"]["text"] for body in bodies(world.http)]


def grant_human_agent(world: World) -> None:
    world.provider.options = world.provider.options.model_copy(update={"human_agent": True})


@pytest.mark.parametrize("text", ["Dạ mẫu này ạ", ""])
async def test_a_picture_goes_along_with_a_text_or_alone(tmp_path: Path, text: str) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        contact = await person(world)
        address = "https://shop.example/ao.jpg"
        await world.written.take(
            CONNECTION, contact, text, who="lan", once="one", picture=f" {address} "
        )
        await world.settled()

        (hand,) = await by_hand(world)
        picture = {"type": "image", "payload": {"url": address}}
        said = [body["message"] for body in bodies(world.http)]

    assert hand.run.outcome is Outcome.ANSWERED
    assert said[0]["attachment"] == picture
    assert [one["text"] for one in said[1:]] == ([text] if text else [])


@pytest.mark.parametrize(
    "address",
    ["http://shop.example/a.jpg", "file:///etc/passwd", "https://", "https://a b", "javascript:x",
     f"https://shop.example/{'a' * 2_000}", "https://[::1"],
)  # fmt: skip
async def test_an_address_that_no_platform_can_fetch_is_refused(
    tmp_path: Path, address: str
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        contact = await person(world)

        with pytest.raises(UsageError):
            await world.written.take(
                CONNECTION, contact, "Dạ", who="lan", once="one", picture=address
            )

        assert await by_hand(world) == []


async def test_it_is_sent_and_holds_back_the_rules_that_pause_while_a_person_answers(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_message(1, "11", "còn không")
        written = await write(world)
        await world.settled()
        await world.handles_message(2, "11", "size M")

        (first, hand, second) = await world.runs()
        assert (first.run.state, second.run.state) == (RunState.DONE, RunState.SUPPRESSED)
        assert second.run.reason
        assert second.run.reason.code == "answered_by_hand"
        assert (hand.run.id, hand.run.state) == (written.run_id, RunState.DONE)
        assert hand.event.body["actor"]["name"] == "lan"
        (attempt,) = hand.attempts
        assert attempt.said == "Dạ còn ạ"
        assert attempt.response
        assert attempt.response["status"] == 200
        assert bodies(world.http)[1]["recipient"] == {"id": "11"}
        assert bodies(world.http)[1]["messaging_type"] == "RESPONSE"


async def test_with_the_same_key_it_is_sent_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        both = await asyncio.gather(write(world), write(world))
        again = await write(world)
        other = await write(world, once="two")
        await world.settled()

        assert len({item.event_id for item in (*both, again)}) == 1
        assert {item.run_id for item in (*both, again)} == {again.run_id}
        assert sorted(item.is_new for item in both) == [False, True]
        assert (again.is_new, other.is_new) == (False, True)
        assert len(texts(world)) == 2


async def test_what_was_stored_before_a_crash_is_sent_after_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        await world.runner.stop()
        await write(world)
        assert texts(world) == []
        clock = world.clock
    async with a_world(tmp_path, NO_RULES, clock=clock, node=2) as world:
        await world.settled()
        assert texts(world) == ["Dạ còn ạ"]


async def test_one_whose_answer_was_lost_waits_for_a_person_and_is_not_repeated(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        world.http.script = [LOST]
        await write(world)
        await world.settled()
        await world.passes(HOUR)

        (held,) = await by_hand(world)
        assert held.run.state is RunState.UNKNOWN
        assert len(texts(world)) == 1


async def test_one_whose_answer_was_lost_is_proved_by_its_echo(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        world.http.script = [LOST]
        written = await write(world)
        await world.settled()
        sent = echo(77, "11", "Dạ còn ạ", at=world.clock.now_ms())
        sent["message"]["metadata"] = f"automator:run-{written.run_id}-write"
        await world.receives(delivery(messaging=[sent]))
        await world.settled()

        (done,) = await by_hand(world)
        assert done.run.state is RunState.DONE
        assert len(texts(world)) == 1


async def test_it_does_not_wait_behind_what_a_rule_says(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        held = HeldReply()
        world.http.script = [held]
        await world.writes(1, "11", "còn không")
        await held.asked.wait()
        await write(world)
        await until(lambda: len(texts(world)) == 2)
        held.answered.set()
        await world.settled()
        assert texts(world) == ["Chào bạn", "Dạ còn ạ"]


async def test_after_a_day_it_is_refused_and_the_reason_names_the_feature_of_the_app(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        await world.passes(DAY - 1)
        open_room = await room(world)
        await world.passes(2)
        with pytest.raises(ConflictError) as caught:
            await write(world)
        assert isinstance(open_room, Room)
        assert open_room.until_ms
        assert not open_room.is_late
        assert caught.value.reason.code == "write_too_late_for_app"
        assert await by_hand(world) == []


async def test_an_app_with_the_feature_has_seven_days_and_tags_what_is_late(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        grant_human_agent(world)
        await world.writes(1, "11", "còn không")
        await write(world, once="early")
        await world.settled()
        await world.passes(DAY + 1)
        late = await room(world)
        await write(world, once="late")
        await world.settled()
        await world.passes(6 * DAY)
        with pytest.raises(ConflictError) as caught:
            await write(world, once="too late")

        early, tagged = bodies(world.http)
        assert isinstance(late, Room)
        assert late.is_late
        assert early["messaging_type"] == "RESPONSE"
        assert "tag" not in early
        assert {name: tagged[name] for name in TAGGED} == TAGGED
        assert caught.value.reason.code == "write_too_late"


async def test_a_rule_has_one_day_even_where_people_have_seven(tmp_path: Path) -> None:
    async with a_world(tmp_path, LATER) as world:
        grant_human_agent(world)
        await world.handles_message(1, "11", "còn không")
        await world.passes(2 * DAY + 1)

        late = (await world.runs())[-1]
        assert texts(world) == []
        assert late.attempts[-1].summary.code == "only_a_template"


async def test_a_late_template_of_a_rule_has_no_tag_of_people(tmp_path: Path) -> None:
    async with a_world(tmp_path, LATER_TEMPLATE) as world:
        grant_human_agent(world)
        await world.handles_message(1, "11", "còn không")
        await world.passes(2 * DAY + 1)

        (sent,) = bodies(world.http)
        assert sent["messaging_type"] == "UTILITY"
        assert "tag" not in sent


async def test_one_that_the_platform_refuses_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        world.http.script = [OUTSIDE]
        await write(world)
        await world.settled()

        (refused,) = await by_hand(world)
        assert refused.run.outcome is Outcome.NOTHING_SENT
        assert "Facebook" in said(refused.run.not_sent["write"])


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (OptOut(opted_out=True, by="Lan"), "write_to_opted_out"),
        (Block(blocked=True, by="Lan"), "write_to_blocked"),
    ],
)
async def test_nothing_is_written_to_who_must_not_be_written_to(
    tmp_path: Path, effect: OptOut | Block, code: str
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        contacts = world.store.contacts
        if isinstance(effect, OptOut):
            await contacts.opt_out(CONNECTION, "11", effect)
        else:
            await contacts.block(CONNECTION, "11", effect)
        with pytest.raises(ConflictError) as caught:
            await write(world)
        assert caught.value.reason.code == code
        assert await by_hand(world) == []


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 2001, "Dạ\0"])
async def test_a_text_that_cannot_be_sent_is_refused(tmp_path: Path, text: str) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        with pytest.raises(UsageError):
            await write(world, text)
        assert await by_hand(world) == []


@pytest.mark.parametrize("once", ["", "x" * 101])
async def test_a_key_has_a_bound(tmp_path: Path, once: str) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        with pytest.raises(UsageError):
            await write(world, once=once)


async def test_the_messages_of_a_minute_have_a_bound(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        for number in range(MOST_IN_A_MINUTE):
            await write(world, once=str(number))
        with pytest.raises(ConflictError) as caught:
            await write(world, once="one more")
        again = await write(world, once="0")
        await world.passes(61)
        await write(world, once="after a minute")
        await world.settled()

        assert caught.value.reason.code == "written_too_often"
        assert not again.is_new
        # The budget of a person, of five within a minute, is for rules.
        assert len(texts(world)) == MOST_IN_A_MINUTE + 1


async def test_the_lines_of_a_text_are_sent_as_they_were_typed(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        await world.writes(1, "11", "còn không")
        await write(world, "Dạ còn ạ.\r\n{{ contact.name }}")
        await world.settled()
        assert texts(world) == ["Dạ còn ạ.\n{{ contact.name }}"]


async def test_it_cancels_the_follow_ups_that_an_answer_by_hand_cancels(tmp_path: Path) -> None:
    async with a_world(tmp_path, REMINDS) as world:
        await world.handles_message(1, "11", "còn không")
        await write(world)
        await world.settled()

        states = {detail.run.path: detail.run.state for detail in await world.runs()}
        assert states["follow_up"] is RunState.CANCELLED


@pytest.mark.parametrize("provider", ["instagram", "zalo"])
async def test_other_platforms_get_it_as_a_message_to_the_person(
    tmp_path: Path, provider: str
) -> None:
    other = a_provider(provider)
    async with a_world(tmp_path, NO_RULES, others={"shop": other}) as world:
        sample = build_sample(f"{provider}/message.received", serial=1, now_ms=world.clock.now_ms())
        await world.arrives(other, sample)
        (event,) = world.store.log.events(limit=1)
        number = (event.contact or "").partition(":")[2]
        contact = await world.store.contacts.find("shop", number)
        await world.written.take("shop", contact, "Dạ còn ạ", who="lan", once="one")
        await world.settled()

        (sent,) = bodies(world.http)
        assert sent["message"]["text"] == "Dạ còn ạ"
        assert number in sent["recipient"].values()
        assert "tag" not in sent


# --- Answers to comments: below them, or the one private message that each allows ---


async def asked(world: World, number: int = 1) -> Event:
    """The event of a comment that has just come in."""
    accepted = await world.comments(number, "11", "giá bao nhiêu")
    event_id = accepted.receipts[0].event_id
    return (await asyncio.to_thread(world.store.log.events_with_ids, [event_id]))[event_id]


async def answer(world: World, comment: Event, kind: WrittenAs, once: str = "one") -> Written:
    contact = await person(world)
    return await world.written.take(
        CONNECTION, contact, "Dạ 250k", who="lan", once=once, kind=kind, comment=comment
    )


async def kinds(world: World, comment: Event) -> dict[str, bool]:
    """The ways to answer a comment, and whether they are open."""
    ways = world.written.ways(CONNECTION, await person(world), comment)
    return {way.kind: way.is_open for way in ways}


async def test_an_answer_below_a_comment_goes_to_that_comment_and_into_its_thread(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        comment = await asked(world)
        written = await answer(world, comment, "reply")
        await world.settled()

        (request,) = world.http.requests
        (hand,) = await by_hand(world)
        rows = world.store.log.events_of_thread(comment.thread or "", 10)

    assert "/700_1/comments" in request.url
    assert hand.run.outcome is Outcome.ANSWERED
    assert [(row.id, row.is_self) for row in rows] == [
        (written.event_id, True),
        (comment.id, False),
    ]


async def test_a_comment_allows_one_private_message_by_hand(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        comment = await asked(world)
        await answer(world, comment, "private_reply", "one")
        await answer(world, comment, "private_reply", "two")
        await world.settled()

        sent = bodies(world.http)
        first, second = sorted(await by_hand(world), key=lambda one: one.run.id)
        contact = await person(world)

    assert [body["recipient"] for body in sent] == [{"comment_id": "700_1"}]
    assert first.run.outcome is Outcome.ANSWERED
    assert second.run.outcome is Outcome.NOTHING_SENT
    # As a private message by hand, it lets rules pause.
    assert contact["human_reply_at"] is not None


async def test_how_a_comment_can_be_answered_follows_from_its_age_and_from_what_came_since(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        comment = await asked(world)
        fresh = await kinds(world, comment)
        world.clock.advance(8 * DAY)
        old = await kinds(world, comment)
        with pytest.raises(ConflictError):
            await answer(world, comment, "private_reply")
        await world.writes(2, "11", "còn không")
        wrote = await kinds(world, comment)
        await world.store.contacts.block(CONNECTION, "11", Block(blocked=True, by="lan"))
        blocked = await kinds(world, comment)

    assert fresh == {"reply": True, "private_reply": True}
    assert old == {"reply": True, "private_reply": False}
    assert wrote == {"reply": True, "message": True}
    assert not any(blocked.values())
