"""How fast people are answered, by the messages of a Page and what was said to their writers."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from automator.clock import ManualClock
from automator.engine.figures.answer_times import AnswerTimes, answer_times
from automator.model import DAY_MS, Block
from tests.support.world import CONNECTION, World, a_world

RULES = """\
rules:
  - id: price
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['giá'])"]
    actions: [message: "Dạ 250k ạ."]
  - id: comments
    trigger: {event: comment.created}
    actions: [reply: "Shop đã nhắn tin ạ."]
"""
MINUTE = 60_000


def looked_at(
    world: World, *, days: int = 7, connection: str = "", most: int = 1_000
) -> AnswerTimes:
    return answer_times(
        world.store.log, world.clock.now_ms(), UTC, days=days, connection=connection, most=most
    )


async def scenario(folder: Path) -> AnswerTimes:
    """One answered by a rule, one by hand after ten minutes, one not at all, and one who waits."""
    async with a_world(folder, RULES) as world:
        await world.handles_message(1, "11", "giá bao nhiêu?")
        await world.writes(2, "12", "còn hàng không?")
        await world.passes(300)
        await world.writes(3, "12", "alo?")
        await world.passes(300)
        await world.answers_by_hand(4, "12")
        await world.writes(5, "13", "ship không?")
        await world.passes(86_500)
        await world.handles_message(6, "14", "có ai không?")
        return looked_at(world)


async def test_answers_are_counted_by_rules_and_by_people_with_their_waits(tmp_path: Path) -> None:
    found = await scenario(tmp_path)

    assert (found.all.inquiries, found.all.answered.count) == (4, 2)
    assert (found.all.unanswered, found.all.open, found.all.percent) == (1, 1, 67)
    assert (found.all.by_rules.count, found.all.by_people.count) == (1, 1)
    assert found.all.by_people.median_ms == found.all.answered.late_ms == 10 * MINUTE
    assert (found.all.quick, found.all.soon, found.all.late) == (1, 1, 0)
    assert [one.inquiries for one in found.days] == [1, 3]
    assert [(one.key, one.inquiries) for one in found.connections] == [(CONNECTION, 4)]
    assert sum(one.inquiries for one in found.hours) == 4


async def test_a_late_answer_is_none_and_the_next_message_begins_anew(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.writes(1, "11", "còn hàng không?")
        await world.passes(86_401)
        await world.handles_message(2, "11", "giá?")
        found = looked_at(world)

    assert (found.all.inquiries, found.all.answered.count, found.all.unanswered) == (2, 1, 1)
    assert found.all.answered.late_ms is not None
    assert found.all.answered.late_ms < MINUTE


async def test_what_stands_below_a_comment_answers_no_private_message(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.writes(1, "11", "còn hàng không?")
        await world.handles_comment(2, "11", "hello")
        found = looked_at(world)

    assert (found.all.inquiries, found.all.answered.count, found.all.open) == (1, 0, 1)


async def test_who_is_blocked_is_left_out_and_a_pause_by_hand_is_an_answer(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number, person in enumerate(("11", "12"), 1):
            await world.writes(number, person, "còn hàng không?")
        await world.settled()
        await world.store.contacts.block(CONNECTION, "11", Block(blocked=True, by="hoa"))
        world.clock.advance(60)
        await world.store.contacts.pause(CONNECTION, "12", paused=True)
        found = looked_at(world)

    assert (found.all.inquiries, found.all.by_people.count) == (1, 1)
    assert found.all.by_people.median_ms == MINUTE


async def test_only_the_newest_events_are_looked_at_and_it_says_since_when(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number in range(1, 6):
            await world.writes(number, str(number), "chào")
            await world.passes(10)
        cut = looked_at(world, most=3)
        whole = looked_at(world)
        elsewhere = looked_at(world, connection="another")

    assert (cut.all.inquiries, cut.is_cut) == (3, True)
    assert cut.until_ms - cut.since_ms == 30_000
    assert (whole.all.inquiries, whole.is_cut) == (5, False)
    assert whole.until_ms - whole.since_ms == 7 * DAY_MS
    assert elsewhere.all.inquiries == 0
    assert elsewhere.all.percent is None


async def test_the_hour_in_which_people_wait_longest_is_one_of_the_readers_clock(
    tmp_path: Path,
) -> None:
    # 22:00 in Hanoi is 15:00 UTC.
    clock = ManualClock(1_795_478_400_000 - 1_795_478_400_000 % DAY_MS + 15 * 60 * MINUTE)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        number = 0
        for hour in range(2):
            for person in range(3):
                number += 1
                await world.writes(number, f"{hour}{person}", "giá?" if hour else "còn không?")
            await world.settled()
            await world.passes(3_600)
        await world.passes(86_400)
        hanoi = ZoneInfo("Asia/Ho_Chi_Minh")
        found = answer_times(
            world.store.log, clock.now_ms(), hanoi, days=7, connection="", most=1_000
        )

    assert found.longest is not None
    assert found.longest.key == "22"
    assert [one.key for one in found.hours if one.inquiries] == ["22", "23"]


async def test_what_is_written_by_hand_here_is_an_answer_by_a_person(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.writes(1, "12", "còn hàng không?")
        await world.passes(60)
        contact = await world.store.contacts.find(CONNECTION, "12")
        await world.written.take(CONNECTION, contact, "Dạ còn", who="lan", once="one")
        await world.settled()
        found = looked_at(world)

    assert (found.all.by_rules.count, found.all.by_people.count) == (0, 1)
    assert found.all.by_people.median_ms == MINUTE
