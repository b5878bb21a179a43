"""Rules that read the text of the post under which somebody comments."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from automator.engine.explanation.why import explain_event
from automator.engine.outbound.destinations import EVERYTHING
from automator.http.types import HttpReply
from automator.model import (
    PermanentError,
    Reason,
    RetryableError,
    RunState,
    StepError,
    Waits,
    quoted,
)
from automator.reasons.attempts.look_ups import post_awaited, post_not_asked, post_not_read
from automator.reasons.explanations import (
    post_looked_up,
    post_not_kept,
    post_unknown,
    waits_for_turn,
)
from tests.support import words
from tests.support.http import SentRequest, a_reply, asked_of_graph
from tests.support.page_events import PAGE, comment, delivery
from tests.support.world import World, a_world

SALE = """\
rules:
  - id: sale
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['giá'])
      - contains(event.post.message, '#sale')
    actions:
      - reply: "Giảm 20% ạ"
"""
SENT = a_reply(200, b'{"id": "1_2"}')
ON_SALE = a_reply(200, '{"message": "Áo len #sale cuối tuần", "id": "1_2"}'.encode())
NO_WORDS = a_reply(200, b'{"id": "1_2"}')
REFUSED = a_reply(400, b'{"error": {"code": 10, "message": "needs pages_read_engagement"}}')
DOWN = RetryableError(quoted("no connection"))


def answers(world: World) -> int:
    return sum(one.method == "POST" for one in world.http.requests)


async def notes(world: World, event_id: int, rule: str = "sale") -> list[Reason]:
    account = await explain_event(world.store.log, world.rulebook.revisions, event_id, rule)
    return list(account.rules[0].notes)


async def matches(world: World, event_id: int) -> bool:
    account = await explain_event(world.store.log, world.rulebook.revisions, event_id, "sale")
    return account.rules[0].explanation.matched


async def first_event(world: World, text: str = "giá?") -> int:
    accepted = await world.comments(1, "11", text)
    return accepted.receipts[0].event_id


def published(world: World, message: str | None, verb: str = "add", *, post: str = "700") -> bytes:
    """The Page publishes a post, or changes it."""
    words_of_it = {} if message is None else {"message": message}
    value = {
        "from": {"id": PAGE, "name": "Shop"},
        "post_id": f"{PAGE}_{post}",
        "created_time": world.clock.now_ms() // 1000,
        "item": "status",
        "published": 1,
        "verb": verb,
        **words_of_it,
    }
    return delivery(changes=[{"field": "feed", "value": value}])


async def test_a_condition_reads_the_text_of_the_post_which_is_looked_up_once(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [ON_SALE, SENT, SENT]
        event = await first_event(world)
        await world.settled()
        await world.handles_comment(2, "12", "giá bao nhiêu?")

        assert asked_of_graph(world.http) == [f"{PAGE}_700?fields=message"]
        assert answers(world) == 2
        (row, _) = await world.runs()
        assert row.event.body["post"]["message"] == "Áo len #sale cuối tuần"
        assert await matches(world, event)
        assert await notes(world, event) == [post_looked_up()]


async def test_all_comments_that_come_at_once_share_one_look_up(tmp_path: Path) -> None:
    async def slowly(request: SentRequest) -> HttpReply:
        await asyncio.sleep(0.05)
        return ON_SALE if request.method == "GET" else SENT

    async with a_world(tmp_path, SALE) as world:
        world.http.answer = slowly
        await asyncio.gather(*(world.comments(one, f"1{one}", "giá?") for one in range(9)))
        await world.settled()

        assert (len(asked_of_graph(world.http)), answers(world)) == (1, 9)


@pytest.mark.parametrize("answer", [NO_WORDS, a_reply(200, b'{"message": "Chao", "id": "1"}')])
async def test_a_post_with_other_words_or_none_does_not_match_and_leaves_no_run(
    tmp_path: Path, answer: HttpReply
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [answer]
        event = await first_event(world)
        await world.settled()

        assert await world.runs() == []
        assert not await matches(world, event)
        assert await notes(world, event) == [post_looked_up()]


async def test_what_the_page_publishes_is_known_without_a_look_up_and_so_are_its_edits(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [SENT, ON_SALE, SENT]
        await world.receives(published(world, "Hàng mới"))
        await world.handles_comment(1, "11", "giá?")
        assert answers(world) == 0

        await world.receives(published(world, "Hàng mới #sale", "edited"))
        await world.handles_comment(2, "11", "giá?")
        assert (asked_of_graph(world.http), answers(world)) == ([], 1)

        await world.receives(published(world, None, "update"))
        await world.handles_comment(3, "11", "giá?")
        assert (len(asked_of_graph(world.http)), answers(world)) == (1, 2)


@pytest.mark.parametrize("answer", [REFUSED, PermanentError(quoted("gone"))])
async def test_a_text_that_is_refused_is_not_known_and_why_says_so(
    tmp_path: Path, answer: HttpReply | StepError
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [answer, ON_SALE, SENT]
        event = await first_event(world)
        await world.settled()
        await world.handles_comment(2, "12", "giá?")

        assert (len(asked_of_graph(world.http)), await world.runs()) == (1, [])
        (note,) = await notes(world, event)
        assert note.code == post_unknown.code
        assert "post.message" not in str((await detail(world, event)).body)

        await world.passes(601)
        await world.handles_comment(3, "11", "giá?")
        assert (len(asked_of_graph(world.http)), answers(world)) == (2, 1)


async def detail(world: World, event_id: int) -> Any:
    found = await asyncio.to_thread(world.store.log.event, event_id)
    assert found is not None
    return found.event


async def test_an_event_waits_for_a_post_that_cannot_be_read_just_now(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [DOWN, DOWN, ON_SALE, SENT]
        event = await first_event(world)
        await world.settled()

        (row,) = await world.runs()
        assert (row.run.state, row.run.is_undecided) == (RunState.QUEUED, True)
        assert row.run.reason == post_awaited(because=quoted("no connection"))
        assert await notes(world, event) == [waits_for_turn(), row.run.reason]

        await world.passes(6)
        assert answers(world) == 0
        await world.passes(21)
        assert answers(world) == 1
        assert await matches(world, event)


async def test_the_wait_for_a_post_has_an_end(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [DOWN] * 4
        event = await first_event(world)
        for seconds in (1, 6, 21, 61):
            await world.passes(seconds)

        assert (await world.runs(), len(asked_of_graph(world.http))) == ([], 4)
        assert await notes(world, event) == [post_unknown(because=quoted("no connection"))]


async def test_while_sending_is_paused_the_event_waits_for_its_end_however_long_it_is(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [ON_SALE, SENT]
        await world.gate.pause(EVERYTHING, "Lan")
        await world.comments(1, "11", "giá?")
        for _ in range(5):
            await world.passes(3_600)
        (row,) = await world.runs()
        assert (row.run.is_undecided, row.run.waits_for, asked_of_graph(world.http)) == (
            True,
            Waits.TARGET,
            [],
        )

        await world.gate.resume(EVERYTHING, "Lan")
        await world.passes(60)
        assert (len(asked_of_graph(world.http)), answers(world)) == (1, 1)


async def test_comments_of_one_person_keep_their_order_while_a_post_is_waited_for(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE.replace("Giảm 20% ạ", "{{ event.text }}")) as world:
        world.http.script += [DOWN, ON_SALE, SENT, SENT]
        await world.handles_comment(1, "11", "giá 1?")
        await world.handles_comment(2, "11", "giá 2?")
        assert answers(world) == 0

        await world.passes(6)
        assert [row.attempts[0].said for row in await world.runs()] == ["giá 1?", "giá 2?"]
        assert b"1?" in world.http.requests[-2].body


async def test_a_text_that_was_known_once_stays_when_it_cannot_be_had_again(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [ON_SALE, SENT, DOWN, SENT]
        await world.handles_comment(1, "11", "giá?")
        await world.passes(3_601)
        await world.handles_comment(2, "11", "giá?")

        assert (len(asked_of_graph(world.http)), answers(world)) == (2, 2)


@pytest.mark.parametrize(
    "options", [{"look_up_posts": False}, {"page_access_token": None}], ids=["off", "no token"]
)
async def test_nobody_is_asked_where_the_connection_may_not(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.provider.options = world.provider.options.model_copy(update=options)
        event = await first_event(world)
        await world.settled()

        assert (asked_of_graph(world.http), await world.runs()) == ([], [])
        assert await notes(world, event) == [post_unknown(because=post_not_asked())]


async def test_an_event_that_other_conditions_refuse_asks_for_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE) as world:
        event = await first_event(world, "đẹp quá")
        await world.settled()

        assert (asked_of_graph(world.http), await world.runs()) == ([], [])
        assert await notes(world, event) == []


async def test_rules_that_do_not_read_the_post_are_decided_when_the_event_comes_in(
    tmp_path: Path,
) -> None:
    other = (
        SALE + "  - {id: other, trigger: {event: comment.created}, actions: [{log: Có khách}]}\n"
    )
    async with a_world(tmp_path, other) as world:
        world.http.script += [DOWN]
        await world.comments(1, "11", "giá?")
        (waits, other_run) = await world.runs()

        assert waits.run.undecided_rules == ["sale"]
        assert other_run.run.rule == "other"


async def test_a_comment_of_somebody_unknown_is_decided_by_its_post_as_well(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [ON_SALE, SENT]
        change = comment(1, "11", "giá?", at=world.clock.now_ms())
        del change["value"]["from"]
        await world.receives(delivery(changes=[change]))
        await world.settled()

        assert answers(world) == 1


async def test_an_event_that_carries_the_text_is_decided_at_once(tmp_path: Path) -> None:
    rule = SALE.replace("comment.created", "post.created, include_self: true").replace(
        "      - keywords(event.text, ['giá'])\n", ""
    )
    rule = rule.replace('reply: "Giảm 20% ạ"', "log: Có bài mới")
    async with a_world(tmp_path, rule) as world:
        await world.receives(published(world, "#sale hôm nay"))
        (row,) = await world.runs()

        assert not row.run.is_undecided
        await world.receives(published(world, "bài khác", post="701"))
        assert len(await world.runs()) == 1


STEPS = """\
rules:
  - id: sale
    trigger: {event: comment.created}
    actions:
      - reply: "Về bài: {{ event.post.message | default('?') | truncate(20) }}"
      - if: contains(event.post.message, '#sale')
        log: Bài sale
"""


async def test_steps_read_the_text_too_and_say_when_it_is_not_known(tmp_path: Path) -> None:
    async with a_world(tmp_path, STEPS) as world:
        world.http.script += [ON_SALE, SENT]
        await world.handles_comment(1, "11", "giá?")
        change = comment(2, "11", "giá?", post="701", at=world.clock.now_ms())
        world.http.script += [REFUSED, SENT]
        await world.receives(delivery(changes=[change]))
        await world.settled()

        known, unknown = await world.runs()
        assert "Áo len #sale" in (known.attempts[0].said or "")
        assert [one.status.value for one in known.attempts] == ["ok", "ok"]
        assert unknown.attempts[0].said == "Về bài: ?"
        assert unknown.attempts[0].summary.code == post_not_read.code
        assert "pages_read_engagement" in words.said(unknown.attempts[0].summary)
        assert unknown.attempts[1].status.value == "skipped"


def _of(rows: Sequence[Any]) -> list[str]:
    return [row.run.rule for row in rows]


async def test_a_rule_that_reads_the_post_and_says_stop_stops_the_rules_behind_it(
    tmp_path: Path,
) -> None:
    rules = SALE.replace("    trigger", "    stop: true\n    trigger", 1)
    rules += "  - {id: other, trigger: {event: comment.created}, actions: [{log: Có khách}]}\n"
    async with a_world(tmp_path, rules) as world:
        world.http.script += [ON_SALE, SENT, NO_WORDS]
        await world.handles_comment(1, "11", "giá?")
        assert _of(await world.runs()) == ["sale"]

        change = comment(2, "11", "giá?", post="701", at=world.clock.now_ms())
        await world.receives(delivery(changes=[change]))
        await world.settled()
        assert _of(await world.runs()) == ["sale", "other"]


async def test_a_limit_may_count_by_the_text(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: sale
    trigger: {event: comment.created}
    limits: {once: {key: "[event.actor.id, event.post.message]"}}
    actions: [{log: Có khách}]
"""
    async with a_world(tmp_path, rules) as world:
        world.http.script += [ON_SALE, ON_SALE]
        for number, post in enumerate(("700", "701")):
            change = comment(number, "11", "giá?", post=post, at=world.clock.now_ms())
            await world.receives(delivery(changes=[change]))
            await world.settled()

        assert [row.run.state for row in await world.runs()] == [
            RunState.DONE, RunState.SUPPRESSED,
        ]  # fmt: skip


async def test_a_long_text_decides_and_is_not_kept_with_the_event(tmp_path: Path) -> None:
    long = "ờ" * 9_000 + " #sale"
    async with a_world(tmp_path, SALE) as world:
        world.http.script += [SENT]
        await world.receives(published(world, long))
        event = await first_event(world)
        await world.settled()

        assert answers(world) == 1
        assert await notes(world, event) == [post_not_kept()]
