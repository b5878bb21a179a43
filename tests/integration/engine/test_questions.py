"""Questions of rules: an answer belongs to its question alone, and is judged by it."""

import asyncio
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.configuration.settings import Budgets
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome, StepPerformer
from automator.engine.operations.run_review import mark_done
from automator.model import OptOut, RetryableError, RunState, UnknownOutcome, format_id
from automator.store import RunDetail
from automator.store.runs.claims import MAX_CRASHES
from automator.store.runs.recovery import REST_MS
from tests.support.explained import explained
from tests.support.http import HeldReply
from tests.support.page_events import delivery, echo, message
from tests.support.words import said
from tests.support.world import CONNECTION, LEASE_S, World, a_world, two_worlds

MINUTE = 60
LEAD = """\
rules:
  - id: lead
    trigger: {event: message.received}
    conditions: ["event.text == 'giá'"]
    actions:
      - id: tel
        ask:
          text: "Số điện thoại ạ?"
          expect: phone
          retries: 1
          retry_text: "Số {{ event.text }} chưa đúng ạ"
          within: 30m
      - message: "Shop sẽ gọi {{ steps.tel.output.value }}"
    on_error: [message: "Shop chờ tin ạ"]
  - id: greet
    trigger: {event: message.received}
    actions: [log: "{{ event.text }}"]
"""
OPT_OUT = """\
  - id: stop
    trigger: {event: message.received}
    conditions: ["event.text == 'thôi'"]
    actions: [remember: {opted_out: true}]
"""
PAUSED = LEAD.replace(
    "    actions:\n      - id: tel",
    "    pause_on: {human_reply: 2h}\n    actions:\n      - id: tel",
)
BY_STATUS = """\
rules:
  - id: lead
    trigger: {event: message.received}
    conditions: ["event.text == 'giá'"]
    actions:
      - id: tel
        ask: {text: "Số ạ?", expect: phone, retries: 0, within: 30m}
        continue_on_error: true
      - message: "Gọi {{ steps.tel.output.value }}"
        if: steps.tel.output.status == 'answered'
      - message: "Không sao ạ: {{ steps.tel.output.status }}"
        if: steps.tel.output.status != 'answered'
"""
TWO = """\
rules:
  - id: size
    trigger: {event: message.received}
    conditions: ["event.text == 'size'"]
    actions:
      - id: size
        ask: {text: "Size nào ạ?", choices: [S, M, L]}
      - id: colour
        ask: {text: "Màu nào ạ?", choices: [Đen, Trắng]}
      - message: "{{ steps.size.output.value }} {{ steps.colour.output.value }}"
  - id: comments
    trigger: {event: comment.created}
    actions:
      - id: mail
        ask: {text: "Email ạ?", expect: email}
      - message: "Đã gửi {{ steps.mail.output.value }}"
"""


async def of_rule(world: World, rule: str) -> list[RunDetail]:
    return [detail for detail in await world.runs() if detail.run.rule == rule]


async def texts(world: World) -> list[str]:
    """Everything that was said, in order."""
    found = [
        (attempt.started_at, attempt.id, attempt.said)
        for detail in await world.runs()
        for attempt in detail.attempts
        if attempt.said is not None
    ]
    return [text for _, _, text in sorted(found)]


async def greeted(world: World) -> list[tuple[RunState, str]]:
    """What became of the runs of a rule that takes every message."""
    return [
        (detail.run.state, said(detail.run.reason).partition(", run ")[0])
        for detail in await of_rule(world, "greet")
    ]


async def test_a_good_answer_goes_on_and_belongs_to_no_other_rule(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "11", "dạ 0901 234 567 nhé")
        await world.handles_message(3, "11", "cảm ơn")

        assert await texts(world) == ["Số điện thoại ạ?", "Shop sẽ gọi +84901234567"]
        held = "the message answers the question tel of the rule lead"
        assert await greeted(world) == [
            (RunState.DONE, ""),
            (RunState.SUPPRESSED, held),
            (RunState.DONE, ""),
        ]
        asked, waited, answer = await of_rule(world, "lead")
        assert asked.run.state is waited.run.state is RunState.DONE
        assert waited.run.parent_id == asked.run.id
        assert answer.run.parent_id == waited.run.id
        assert said(answer.run.reason).endswith(": +84901234567")


async def test_a_bad_answer_is_asked_again_until_the_tries_are_used_up(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "11", "để xem")
        await world.handles_message(3, "11", "không")

        assert await texts(world) == ["Số điện thoại ạ?", "Số giá chưa đúng ạ", "Shop chờ tin ạ"]
        states = {detail.run.path: detail for detail in await of_rule(world, "lead")}
        waited = next(d for d in await of_rule(world, "lead") if len(d.run.answers) == 2)
        assert waited.run.state is RunState.CANCELLED
        assert said(waited.run.reason) == (
            "tel: no good answer in 2 tries: 'không' has no telephone number"
        )
        assert "!on_error" in states


async def test_a_good_answer_after_a_bad_one_goes_on(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        # The second comes before the first is answered.
        await world.writes(2, "11", "để xem")
        await world.handles_message(3, "11", "0901234567")

        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"
        assert [state for state, _ in await greeted(world)][1:] == [RunState.SUPPRESSED] * 2


async def test_a_question_without_an_answer_ends_in_time(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        await world.passes(31 * MINUTE)
        await world.handles_message(2, "11", "0901234567")

        assert await texts(world) == ["Số điện thoại ạ?", "Shop chờ tin ạ"]
        assert [state for state, _ in await greeted(world)] == [RunState.DONE] * 2


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("0901234567", "Gọi +84901234567"),
        ("không", "Không sao ạ: refused"),
        (None, "Không sao ạ: expired"),
    ],
)
async def test_later_steps_see_how_a_question_ended(
    tmp_path: Path, answer: str | None, text: str
) -> None:
    async with a_world(tmp_path, BY_STATUS) as world:
        await world.handles_message(1, "11", "giá")
        if answer is not None:
            await world.writes(2, "11", answer)
        await world.passes(31 * MINUTE)

        assert await texts(world) == ["Số ạ?", text]


async def test_somebody_else_does_not_answer(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "12", "0901234567")

        assert await texts(world) == ["Số điện thoại ạ?"]


async def test_who_opts_out_is_heard_by_that_rule(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD + OPT_OUT) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "11", "thôi")

        await world.handles_message(3, "11", "0901234567")

        (stop,) = await of_rule(world, "stop")
        assert (await greeted(world))[-1] == (RunState.DONE, "")
        assert stop.run.state is RunState.DONE
        assert await texts(world) == ["Số điện thoại ạ?"]


@pytest.mark.parametrize(
    "rule",
    [
        """\
    actions: [{if: "event.text == 'thôi'", remember: {opted_out: true}}]
""",
        """\
    conditions: ["contact.state.vip != 'x' && event.text == 'thôi'"]
    actions: [remember: {opted_out: true}]
""",
        """\
    conditions: ["contact.state.vip == 'x'"]
    actions: [remember: {opted_out: true}]
""",
        """\
    conditions: ["event.text == 'thôi'"]
    actions: [remember: {opted_out: "yes"}]
""",
    ],
    ids=["a step's if", "decided in its turn", "does not match in its turn", "in quotes"],
)
async def test_a_rule_by_which_people_can_opt_out_takes_no_other_message(
    tmp_path: Path, rule: str
) -> None:
    stop = f"  - id: stop\n    trigger: {{event: message.received}}\n{rule}"
    async with a_world(tmp_path, LEAD + stop) as world:
        await world.handles_message(1, "11", "giá")
        if "'thôi'" in rule:
            await world.handles_message(2, "12", "giá")
            await world.handles_message(3, "12", "thôi")
            contact = await world.store.contacts.find(CONNECTION, "12")
            assert contact["opted_out"] is True
            assert "chưa đúng" not in str(await texts(world))
        await world.handles_message(4, "11", "0901 234 567")

        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"


async def test_a_message_to_a_colleague_is_no_answer(tmp_path: Path) -> None:
    async with a_world(tmp_path, PAUSED) as world:
        await world.handles_message(1, "11", "giá")
        await world.answers_by_hand(2, "11")
        await world.handles_message(3, "11", "0901234567")

        assert await texts(world) == ["Số điện thoại ạ?"]
        assert (await greeted(world))[-1] == (RunState.DONE, "")


async def test_an_answer_that_is_delivered_twice_counts_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        await asyncio.gather(*(world.writes(2, "11", "để xem") for _ in range(3)))
        await world.settled()

        assert await texts(world) == ["Số điện thoại ạ?", "Số giá chưa đúng ạ"]


async def test_one_question_follows_another_and_choices_are_taken_as_words(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        await world.handles_message(1, "11", "size")
        await world.handles_message(2, "11", "em lấy size m ạ")
        await world.handles_message(3, "11", "den")

        assert await texts(world) == ["Size nào ạ?", "Màu nào ạ?", "M Đen"]


@pytest.mark.parametrize("is_click", [False, True])
async def test_a_tapped_choice_counts_although_the_platform_shows_a_part_of_it(
    tmp_path: Path, is_click: bool
) -> None:
    long, other = "XL (trên 60 ký và cao hơn 1m65)", "XL (trên 60 ký và thấp hơn)"
    rule = f"""\
rules:
  - id: size
    trigger: {{event: message.received}}
    conditions: ["event.text == 'size'"]
    actions:
      - id: size
        ask: {{text: "Size nào ạ?", choices: ["{other}", "{long}"]}}
      - message: "Size {{{{ steps.size.output.value }}}}"
"""
    async with a_world(tmp_path, rule) as world:
        await world.handles_message(1, "11", "size")
        tapped = message(2, "11", long[:20], at=world.clock.now_ms())
        if is_click:
            del tapped["message"]
            tapped["postback"] = {"mid": "m_2", "title": long[:20], "payload": long}
        else:
            tapped["message"]["quick_reply"] = {"payload": long}
        await world.receives_messages(tapped)
        await world.settled()

        assert (await texts(world))[-1] == f"Size {long}"


async def test_a_new_question_takes_the_place_of_an_open_one(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        await world.handles_message(1, "11", "size")
        await world.handles_comment(2, "11", "email nhé")
        await world.handles_message(3, "11", "Lan@Example.com")

        assert (await texts(world))[-1] == "Đã gửi lan@example.com"
        waited = next(d.run for d in await of_rule(world, "size") if d.run.path)
        assert waited.state is RunState.CANCELLED
        assert said(waited.reason).startswith("comments has asked the person something else")


async def test_a_rule_in_shadow_mode_asks_nobody(tmp_path: Path) -> None:
    shadow = LEAD.replace("  - id: lead\n", "  - id: lead\n    mode: shadow\n")
    async with a_world(tmp_path, shadow) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "11", "0901234567")

        assert [state for state, _ in await greeted(world)] == [RunState.DONE] * 2
        (run,) = await of_rule(world, "lead")
        assert [attempt.step for attempt in run.attempts] == ["tel"]


async def test_an_answer_that_comes_while_the_question_is_sent_belongs_to_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, LEAD) as world:
        held = HeldReply()
        world.http.script = [held]
        await world.writes(1, "11", "giá")
        await asyncio.wait_for(held.asked.wait(), 30)
        await world.writes(2, "11", "0901234567")
        held.answered.set()
        await world.settled()

        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"
        assert (await greeted(world))[-1][0] is RunState.SUPPRESSED


async def test_a_question_that_was_not_sent_takes_no_message(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        world.http.script = [RetryableError("too much", code="429", retry_after_s=600)]
        await world.handles_message(1, "11", "giá")
        await world.handles_comment(2, "11", "alo")
        closed = [d.run for d in await of_rule(world, "lead") if d.run.path]
        await world.passes(700)
        await world.handles_message(3, "11", "0901234567")

        (run,) = closed
        assert run.state is RunState.CANCELLED
        assert said(run.reason) == "the question tel could not be asked"
        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"


async def test_nobody_is_asked_again_after_the_question_is_over(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        world.http.script = [RetryableError("too much", code="429", retry_after_s=2400)]
        await world.handles_message(2, "11", "để xem")
        await world.passes(31 * MINUTE)
        await world.passes(31 * MINUTE)

        assert (await texts(world)).count("Số giá chưa đúng ạ") == 1, "the one that was refused"
        ended = {said(d.run.reason): d.run.state for d in await of_rule(world, "lead")}
        assert ended["the question is no longer open"] is RunState.CANCELLED


async def test_bad_answers_at_once_say_that_the_question_is_over(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        now_ms = world.clock.now_ms()
        bad = [message(n, "11", text, at=now_ms) for n, text in ((2, "đợi"), (3, "chưa có"))]
        await world.receives_messages(*bad)
        await world.settled()

        states = [said(d.run.reason) for d in await of_rule(world, "lead")]
        assert "the question is no longer open" in states
        assert (await texts(world))[1:] == ["Shop chờ tin ạ"]


async def test_a_message_before_the_question_was_sent_goes_to_the_rules(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        world.http.script = [RetryableError("too much", code="429", retry_after_s=600)]
        await world.handles_message(1, "11", "giá")
        await world.writes(2, "11", "0901234567")
        await world.passes(700)

        assert await greeted(world) == [(RunState.DONE, "")] * 2
        assert "Shop sẽ gọi +84901234567" not in await texts(world)


async def test_an_answer_proves_that_the_question_was_sent(tmp_path: Path) -> None:
    async with a_world(tmp_path, LEAD) as world:
        world.http.script = [UnknownOutcome("the answer was lost", code="disconnected")]
        await world.handles_message(1, "11", "giá")
        await world.writes(2, "11", "0901234567")
        await world.passes(3600)

        assert [request.body for request in world.http.requests if b"tho" in request.body] != []
        assert len(world.http.requests) == 2
        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"


@pytest.mark.parametrize("after_sending", [False, True])
async def test_a_crash_while_it_asks_loses_neither_question_nor_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after_sending: bool
) -> None:
    async with a_world(tmp_path, LEAD) as world:
        left = ["a fault of the program"]
        perform = StepPerformer.perform

        async def fail_first(performer: StepPerformer, attempted: NextStep) -> StepOutcome:
            outcome = await perform(performer, attempted) if after_sending or not left else None
            if left:
                raise RuntimeError(left.pop())
            assert outcome is not None
            return outcome

        monkeypatch.setattr(StepPerformer, "perform", fail_first)
        await world.handles_message(1, "11", "giá")
        await world.writes(2, "11", "0901234567")
        await world.passes(3600)
        await world.passes(3600)

        assert (await texts(world))[-1] == "Shop sẽ gọi +84901234567"
        asked, *_ = await of_rule(world, "lead")
        assert asked.run.state is RunState.DONE
        assert (await greeted(world))[-1][0] is RunState.SUPPRESSED


@pytest.mark.parametrize("is_echoed", [False, True])
async def test_a_run_that_is_quarantined_while_it_asks_leaves_a_question_only_if_it_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_echoed: bool
) -> None:
    async with a_world(tmp_path, LEAD.replace("30m", "2h")) as world:
        crashes = 0
        perform = StepPerformer.perform

        async def fail(performer: StepPerformer, attempted: NextStep) -> StepOutcome:
            nonlocal crashes
            if not attempted.step.asks:
                return await perform(performer, attempted)
            crashes += 1
            if is_echoed and crashes == MAX_CRASHES:
                sent = echo(77, "11", "Số điện thoại ạ?", at=world.clock.now_ms())
                sent["message"]["metadata"] = f"automator:run-{attempted.claimed.run.id}-tel"
                await world.receives(delivery(messaging=[sent]))
            raise RuntimeError("a fault of the program")

        with monkeypatch.context() as patched:
            patched.setattr(StepPerformer, "perform", fail)
            await world.handles_message(1, "11", "giá")
            while crashes < MAX_CRASHES:
                await world.passes(REST_MS[-1] / 1000)
        await world.handles_message(2, "11", "0901234567")

        asked, waited, *_ = await of_rule(world, "lead")
        assert asked.run.state is RunState.DEAD
        *_, (greeting, _) = await greeted(world)
        if is_echoed:
            assert (waited.run.state, greeting) == (RunState.DONE, RunState.SUPPRESSED)
        else:
            assert (waited.run.state, greeting) == (RunState.CANCELLED, RunState.DONE)
            assert said(waited.run.reason) == "the question tel could not be asked"


async def test_whoever_cancels_a_run_in_doubt_closes_its_question(tmp_path: Path) -> None:
    rules = LEAD.replace("within: 30m\n", "within: 30m\n        on_unknown: hold\n")
    async with a_world(tmp_path, rules) as world:
        world.http.script = [UnknownOutcome("the answer was lost", code="disconnected")]
        await world.handles_message(1, "11", "giá")
        await world.passes(5 * MINUTE)
        (doubted,) = [d.run for d in await world.runs() if d.run.state is RunState.UNKNOWN]

        await world.store.run_edits.cancel(doubted.id, "Lan")
        await world.handles_message(2, "11", "0901234567")

        assert (await greeted(world))[-1] == (RunState.DONE, "")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_of_two_nodes_that_get_answers_at_once_one_answer_goes_on(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, LEAD, clock) as (one, other):
        await one.handles_message(1, "11", "giá")
        await other.settled()
        # What is said then sorts behind the question, whichever node says it.
        clock.advance(1)
        await asyncio.gather(
            one.writes(2, "11", "0901234567"),
            other.writes(3, "11", "0907654321"),
            other.writes(2, "11", "0901234567"),
        )
        await one.settled()
        await other.settled()

        said_then = (await texts(one))[1:]
        assert len(said_then) == 1
        assert said_then[0].startswith("Shop sẽ gọi +849")
        held = [state for state, _ in await greeted(one)][1:]
        assert sorted(held) == [RunState.DONE, RunState.SUPPRESSED]


async def test_an_answer_waits_on_disk_for_a_process_that_goes_on(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, LEAD, clock=clock) as world:
        await world.handles_message(1, "11", "giá")
        await world.runner.stop()
        await world.writes(2, "11", "0901234567")
    clock.advance(LEASE_S + 3600)
    async with a_world(tmp_path, LEAD, clock=clock, node=2) as world:
        await world.passes(60)

        assert await texts(world) == ["Số điện thoại ạ?", "Shop sẽ gọi +84901234567"]


async def test_why_says_which_question_took_the_answer_and_how_it_was_judged(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, LEAD) as world:
        await world.handles_message(1, "11", "giá")
        accepted = await world.handles_message(2, "11", "để xem")

        event_id = accepted.receipts[0].event_id
        account = await explained(world, event_id)
        told = {
            item.explanation.rule: [said(row.run.because).replace(",", "") for row in item.runs]
            for item in account.rules
        }
        waited = next(d.run for d in await of_rule(world, "lead") if d.run.is_open_question)
        run = format_id(waited.id)
        assert told == {
            "lead": [
                f"no good answer to the question tel run {run}: 'để xem' has no telephone number"
            ],
            "greet": [f"the message answers the question tel of the rule lead run {run}"],
        }
        assert said(waited.because) == "tel waits for an answer"
        assert [answer["text"] for answer in waited.answers] == ["để xem"]


CHECKED = """\
rules:
  - id: lead
    trigger: {event: message.received}
    conditions: ["event.text == 'giá'"]
    actions:
      - message: "Chào bạn"
        if: "event.text != contact.state.silent"
      - id: tel
        ask: {text: "Số ạ?", expect: phone, within: 30m}
      - log: "gọi {{ steps.tel.output.value }}"
    on_error: [log: "không có số"]
"""


async def logged(world: World) -> list[str]:
    """What steps have written to the log, in order."""
    return [
        said(attempt.summary)
        for detail in await world.runs()
        for attempt in detail.attempts
        if attempt.action == "log"
    ]


@pytest.mark.parametrize("reason", ["opted_out", "contact_budget", "outside_window"])
async def test_behind_a_question_that_may_not_be_asked_nothing_is_done_as_if_it_were_answered(
    tmp_path: Path, reason: str
) -> None:
    rules, budgets = CHECKED, Budgets()
    if reason == "contact_budget":
        budgets = Budgets(per_contact=1)
    if reason == "outside_window":
        rules = CHECKED.replace(
            'ask: {text: "Số ạ?"', 'follow_up: {after: 8d, actions: [{ask: {text: "Số ạ?"'
        ).replace("within: 30m}\n      - log", "within: 30m}}, {log: 'gọi'}]}\n      - log")
        rules = rules.replace('      - log: "gọi {{ steps.tel.output.value }}"\n', "")
    async with a_world(tmp_path, rules, budgets=budgets) as world:
        if reason == "opted_out":
            effect = OptOut(opted_out=True, by="tester")
            await world.handles_message(1, "11", "alo")
            await world.store.contacts.opt_out(CONNECTION, "11", effect)
        await world.handles_message(2, "11", "giá")
        await world.passes(8 * 86400 + 1)

        assert await logged(world) == ["không có số"]
        runs = [detail.run for detail in await world.runs()]
        assert RunState.DEAD not in {run.state for run in runs}
        assert [run.state for run in runs if run.is_open_question] == []
        not_asked = [said(run.not_sent[name]) for run in runs for name in run.not_sent]
        assert len(not_asked) >= 1


async def test_with_continue_on_error_later_steps_see_that_nobody_was_asked(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, BY_STATUS) as world:
        await world.handles_message(1, "11", "alo")
        await world.store.contacts.opt_out(CONNECTION, "11", OptOut(opted_out=True, by="tester"))
        await world.handles_message(2, "11", "giá")

        (run,) = [detail for detail in await of_rule(world, "lead") if not detail.run.path]
        assert run.run.state is RunState.DONE
        said_last = run.attempts[-1]
        assert (said_last.status, said_last.error_code) == ("skipped", "opted_out")
        assert said_last.said == "Không sao ạ: not_asked"


async def test_a_question_whose_if_does_not_hold_is_left_out_and_the_rule_goes_on(
    tmp_path: Path,
) -> None:
    rules = CHECKED.replace(
        "within: 30m}\n", "within: 30m}\n        if: contact.state.tel == 'none'\n"
    )
    rules = rules.replace("output.value", "output.status")
    async with a_world(tmp_path, rules) as world:
        await world.handles_message(1, "11", "giá")

        assert await logged(world) == ["gọi not_asked"]


@pytest.mark.parametrize("goes_on", ["false", "true"])
async def test_a_question_that_may_have_been_asked_decides_alone_what_follows(
    tmp_path: Path, goes_on: str
) -> None:
    rules = CHECKED.replace(
        "within: 30m}\n",
        f"within: 30m}}\n        continue_on_error: {goes_on}\n"
        "        retry: {max_attempts: 1}\n",
    ).replace("output.value", "output.status")
    rules = rules.replace("event.text != contact.state.silent", "event.text == 'no'")
    async with a_world(tmp_path, rules) as world:
        world.http.script = [UnknownOutcome("the answer was lost", code="disconnected")]
        await world.handles_message(1, "11", "giá")
        await world.passes(5 * MINUTE)
        before = await logged(world)
        await world.passes(31 * MINUTE)

        assert before == []
        assert await logged(world) == ["gọi expired" if goes_on == "true" else "không có số"]


async def test_whoever_says_that_a_question_was_asked_leaves_the_rest_to_its_answer(
    tmp_path: Path,
) -> None:
    rules = CHECKED.replace("within: 30m}\n", "within: 30m}\n        on_unknown: hold\n").replace(
        "event.text != contact.state.silent", "event.text == 'no'"
    )
    async with a_world(tmp_path, rules) as world:
        world.http.script = [UnknownOutcome("the answer was lost", code="disconnected")]
        await world.handles_message(1, "11", "giá")
        await world.passes(5 * MINUTE)
        (doubted,) = [d.run for d in await world.runs() if d.run.state is RunState.UNKNOWN]

        await mark_done(world.store, world.rulebook.revisions, doubted.id, "Lan")
        await world.settled()
        before = await logged(world)
        await world.handles_message(2, "11", "0901234567")

        assert before == []
        assert await logged(world) == ["gọi +84901234567"]
