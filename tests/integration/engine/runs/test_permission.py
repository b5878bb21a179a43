"""What is not said after all: to somebody who opted out, and more than the budgets allow."""

from collections import Counter
from pathlib import Path

import pytest

from automator.configuration.settings import Budgets
from automator.engine.explanation.why import explain_event
from automator.model import AttemptStatus, RunState, StoreUnavailableError
from automator.model.speech import Permission, Speech
from automator.store import Store
from tests.support.words import said, told
from tests.support.world import World, a_world

STOP = """\
rules:
  - id: stop
    priority: 10
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['stop', 'dừng'])"]
    actions:
      - remember: {opted_out: true}
  - id: again
    trigger: {event: message.received}
    conditions: ["event.text == 'tiếp'"]
    actions:
      - remember: {opted_out: false}
  - id: answer
    trigger: {event: message.received}
    conditions: ["!(contact.opted_out)"]
    actions:
      - reply: Chào bạn
  - id: price
    trigger: {event: comment.created}
    actions:
      - reply: Shop đã nhắn tin cho bạn ạ
      - private_reply: Giá 250k
      - forward: {to: crm}
      - follow_up: {after: 1h, actions: [message: Bạn còn quan tâm không ạ?]}
"""
OPTED_OUT = "the contact opted out on 2026-11-24 00:00:00 UTC"


def tried(detail: object) -> list[str]:
    """Each attempt of a run: its step, how it ended, and what the log says of a skipped one."""
    return [
        f"{attempt.step} {attempt.status.value}"
        + (f": {said(attempt.summary)}" if attempt.status is AttemptStatus.SKIPPED else "")
        for attempt in detail.attempts  # type: ignore[attr-defined] # any detail
    ]


async def test_who_opted_out_gets_no_private_message_and_public_answers_stay(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, STOP) as world:
        await world.handles_message(1, "11", "STOP")
        await world.handles_comment(2, "11", "giá?")
        await world.passes(3601)

        stop, answer, price, later = await world.runs()
        assert tried(stop) == ["remember ok"]
        assert tried(answer) == [f"reply skipped: {OPTED_OUT}"]
        assert tried(price) == [
            "reply ok",
            f"private_reply skipped: {OPTED_OUT}",
            "forward ok",
            "follow_up ok",
        ]
        assert tried(later) == [f"message skipped: {OPTED_OUT}"]
        assert len(world.http.requests) == 2


async def test_a_store_that_cannot_say_now_costs_an_attempt_and_not_the_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, failing = Store.ask_to_speak, [StoreUnavailableError("the connection was lost")]

    async def ask_or_fail(store: Store, speech: Speech) -> Permission:
        if failing:
            raise failing.pop()
        return await ask(store, speech)

    monkeypatch.setattr(Store, "ask_to_speak", ask_or_fail)
    async with a_world(tmp_path, STOP) as world:
        await world.handles_comment(1, "11", "giá?")
        assert world.http.requests == []
        await world.passes(60)

        price = (await world.runs())[0]
        assert tried(price)[:2] == ["reply retry", "reply ok"]


async def test_an_opt_out_counts_from_the_moment_of_sending(tmp_path: Path) -> None:
    """The answer was claimed together with the run that notes the opt-out."""
    async with a_world(tmp_path, STOP) as world:
        await world.handles_comment(1, "11", "giá?")
        before = len(world.http.requests)
        await world.writes(2, "11", "dừng lại")
        await world.handles_message(3, "11", "còn đó không")
        await world.passes(3601)

        # The answer to the opt-out is skipped when it is sent; the one to what comes after it does
        # not begin, because its rule is decided in its turn.
        rules = [run.run.rule for run in await world.runs()]
        assert rules == ["price", "price", "stop", "answer"]
        assert {run.run.state for run in await world.runs()} == {RunState.DONE}
        assert len(world.http.requests) == before


async def test_who_opts_in_again_is_answered(tmp_path: Path) -> None:
    async with a_world(tmp_path, STOP) as world:
        for number, text in enumerate(("stop", "giá?", "tiếp", "giá?"), 1):
            await world.handles_message(number, "11", text)

        assert len(world.http.requests) == 1


REPLY = """\
rules:
  - id: answer
    trigger: {event: message.received}
    actions:
      - log: seen
      - reply: Chào bạn
      - log: "{{ steps.reply.status }}"
"""


async def how_ended(world: World) -> Counter[str]:
    """How the replies ended: `ok`, `skipped`, or the state of a run that waits."""
    return Counter(
        next(
            (tried.status.value for tried in run.attempts if tried.step == "reply"),
            run.run.state.label,
        )
        for run in await world.runs()
    )


async def test_somebody_who_floods_us_is_not_flooded_in_turn(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        for number in range(12):
            await world.writes(number, "11", "alo")
        await world.settled()
        first = await how_ended(world)
        await world.passes(61)
        await world.handles_message(20, "11", "alo")

        assert first == {"ok": 5, "skipped": 7}
        assert await how_ended(world) == {"ok": 6, "skipped": 7}
        assert len(world.http.requests) == 6
        skipped = (await world.runs())[-2]
        assert skipped.run.state is RunState.DONE
        assert "got 5 messages within a minute" in said(skipped.attempts[1].summary)


async def test_what_is_too_much_for_the_connection_is_said_in_its_turn(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY, budgets=Budgets(per_connection=2)) as world:
        accepted = [await world.writes(number, str(number), "alo") for number in range(5)]
        await world.settled()
        now = len(world.http.requests)
        account = await explain_event(
            world.store.log, world.rulebook.revisions, accepted[-1].receipts[0].event_id
        )
        for _ in range(2):
            await world.passes(60)

        assert now == 2
        assert "put off until" in told(account)
        assert "sends at most 2 messages a minute" in told(account)
        assert await how_ended(world) == {"ok": 5}
        numbers = {tried.number for run in await world.runs() for tried in run.attempts}
        assert numbers == {1}


async def test_without_budgets_everything_is_said_at_once(tmp_path: Path) -> None:
    budgets = Budgets(per_contact=0, per_connection=0)
    async with a_world(tmp_path, REPLY, budgets=budgets) as world:
        for number in range(70):
            await world.writes(number, "11", "alo")
        await world.settled()

        assert len(world.http.requests) == 70


async def test_a_follow_up_whose_turn_would_be_too_late_is_cancelled(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: ask-again
    trigger: {event: message.received}
    actions:
      - follow_up: {after: 1h, within: 30s, actions: [message: Bạn còn đó không?]}
"""
    async with a_world(tmp_path, rules, budgets=Budgets(per_connection=1)) as world:
        for number in range(2):
            await world.writes(number, str(number), "alo")
        await world.settled()
        await world.passes(3600)

        reasons = sorted(said(run.run.reason) for run in await world.runs() if run.run.path)
        assert len(world.http.requests) == 1
        assert reasons[0] == ""
        assert reasons[1].startswith("too late: put off until")
