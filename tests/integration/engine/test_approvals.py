"""Steps that a person approves: nothing is sent before, and exactly what was shown afterwards."""

import asyncio
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.engine.runs import run_carrier
from automator.model import (
    AttemptStatus,
    Block,
    OptOut,
    Proposal,
    Remember,
    RunState,
    UnknownOutcome,
    Waits,
)
from automator.store import RunDetail
from automator.store.runs.recovery import REST_MS
from tests.support.http import HeldReply
from tests.support.page_events import comment, delivery
from tests.support.words import said
from tests.support.world import CONNECTION, LEASE_S, World, a_world, two_worlds

HOUR = 3600
REPLY = """\
rules:
  - id: price
    trigger: {event: message.received}
    actions:
      - id: answer
        message: "Dạ {{ event.text }}: 250k, {{ contact.state.size | default('?') }}"
        approve: {within: 2h}
      - log: "{{ steps.answer.status }}"
"""
SENT_ANYWAY = REPLY.replace("within: 2h", "within: 2h, otherwise: send")
ONE_OF = """\
rules:
  - id: price
    trigger: {event: message.received}
    actions:
      - message: {one_of: ["Một", "Hai", "Ba"], quick_replies: [S, M]}
        approve: true
"""
COMMENT = """\
rules:
  - id: hide
    trigger: {event: comment.created}
    actions:
      - moderate: hide
        approve: true
"""


async def only(world: World) -> RunDetail:
    (detail,) = await world.runs()
    return detail


async def proposed(world: World) -> tuple[int, str, Proposal]:
    """The run that waits, its step, and what it would send."""
    run = (await only(world)).run
    assert run.open_proposal is not None, (run.state, said(run.reason))
    return run.id, *run.open_proposal


async def asked(world: World) -> tuple[int, str]:
    """Somebody asks for the price: the run and the step about which a person has to decide."""
    await world.handles_message(1, "11", "giá")
    run_id, step, _ = await proposed(world)
    return run_id, step


def sent(world: World) -> list[str]:
    return [request.body.decode() for request in world.http.requests]


async def test_nothing_is_sent_before_a_person_approves_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        await world.handles_message(1, "11", "giá")
        run = (await only(world)).run
        run_id, step, proposal = await proposed(world)
        assert (run.state, run.awaits, run.owner, run.attempt) == (
            RunState.QUEUED,
            Waits.APPROVAL,
            None,
            0,
        )
        assert (step, proposal.text) == ("answer", "Dạ giá: 250k, ?")
        assert not world.http.requests

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        detail = await only(world)
        assert detail.run.state is RunState.DONE
        assert len(world.http.requests) == 1
        assert said(detail.attempts[0].summary).startswith("approved by Lan on ")
        assert detail.run.decisions[-1]["did"] == "approve"


async def test_the_text_that_somebody_wrote_instead_is_sent(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)

        assert await world.store.approvals.approve(run_id, step, "Lan", "Dạ 240k ạ")
        await world.settled()

        detail = await only(world)
        assert "240k" in sent(world)[0]
        assert "250k" not in sent(world)[0]
        assert "instead of 'Dạ giá: 250k, ?'" in said(detail.attempts[0].summary)


async def test_a_declined_step_is_left_out_and_later_ones_see_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)

        assert await world.store.approvals.decline(run_id, step, "Lan", "sai giá")
        await world.settled()

        detail = await only(world)
        assert not world.http.requests
        assert [attempt.status for attempt in detail.attempts] == ["skipped", "ok"]
        assert said(detail.attempts[0].summary).endswith(": sai giá")
        assert "skipped" in said(detail.attempts[1].summary)
        assert "declined by Lan" in said(detail.run.reason)


@pytest.mark.parametrize(
    ("rules", "count", "why"),
    [
        (REPLY, 0, "nobody has approved it within 2 h"),
        (SENT_ANYWAY, 1, "nobody has decided within 2 h, so that the rule has sent it"),
    ],
)
async def test_the_rule_says_what_is_done_when_nobody_decides(
    tmp_path: Path, rules: str, count: int, why: str
) -> None:
    async with a_world(tmp_path, rules) as world:
        run_id, step = await asked(world)
        await world.passes(2 * HOUR + 1)

        detail = await only(world)
        assert detail.run.state is RunState.DONE
        assert len(world.http.requests) == count
        assert why in said(detail.attempts[0].summary)
        assert not await world.store.approvals.approve(run_id, step, "Lan")


async def test_nobody_decides_any_more_once_the_time_is_over(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)
        await world.runner.stop()
        world.clock.advance(2 * HOUR)

        assert not await world.store.approvals.approve(run_id, step, "Lan")


async def test_of_several_who_decide_at_once_one_does(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)
        edits = world.store.approvals

        decided = await asyncio.gather(
            edits.approve(run_id, step, "Lan"),
            edits.decline(run_id, step, "Mai"),
            edits.approve(run_id, step, "Hoa"),
        )
        await world.settled()

        assert sorted(decided) == [False, False, True]
        assert len(world.http.requests) == (0 if decided[1] else 1)


async def test_what_is_remembered_meanwhile_changes_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        await world.handles_message(1, "11", "giá")
        run_id, step, proposal = await proposed(world)
        await world.store.contacts.assume(CONNECTION, "11", Remember(values={"size": "XL"}))
        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        assert proposal.text is not None
        assert proposal.text in sent(world)[0]
        assert "XL" not in sent(world)[0]


async def test_the_one_of_several_texts_that_was_shown_is_sent(tmp_path: Path) -> None:
    async with a_world(tmp_path, ONE_OF) as world:
        await world.handles_message(1, "11", "giá")
        run_id, step, proposal = await proposed(world)
        assert proposal.text in ("Một", "Hai", "Ba")
        assert proposal.shown["quick_replies"] == ["S", "M"]
        assert proposal.ends_at == proposal.at + 24 * HOUR * 1000

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        assert (await only(world)).attempts[0].said == proposal.text


async def test_a_person_may_approve_that_a_comment_is_hidden(tmp_path: Path) -> None:
    async with a_world(tmp_path, COMMENT) as world:
        await world.handles_comment(1, "11", "lừa đảo")
        run_id, step, proposal = await proposed(world)
        assert (proposal.shown["action"], proposal.shown["does"]) == ("moderate", "hide")

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        assert len(world.http.requests) == 1


async def test_a_comment_that_is_deleted_meanwhile_is_left_alone(tmp_path: Path) -> None:
    async with a_world(tmp_path, COMMENT) as world:
        await world.handles_comment(1, "11", "lừa đảo")
        run_id, step, _ = await proposed(world)
        gone = comment(1, "11", "", at=world.clock.now_ms())
        gone["value"] = {**gone["value"], "verb": "remove"}
        await world.receives(delivery(changes=[gone]))
        await world.settled()

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        (run,) = [detail.run for detail in await world.runs() if detail.run.id == run_id]
        assert not world.http.requests
        assert said(run.reason).startswith(f"{step} sent nothing: the comment, post or message")


LATER = """\
rules:
  - id: first
    trigger: {event: comment.created}
    actions: [{private_reply: Giá 250k ạ}]
  - id: later
    trigger: {event: comment.created}
    actions:
      - follow_up: {after: 1h, actions: [{STEP, approve: true}]}
"""


@pytest.mark.parametrize(
    ("step", "is_deleted", "code"),
    [
        ("reply: Còn ạ", True, "place_deleted"),
        ("moderate: hide", True, "place_deleted"),
        ("private_reply: Còn ạ", False, "private_reply_taken"),
    ],
)
async def test_nobody_is_asked_about_a_message_that_may_not_be_sent_any_more(
    tmp_path: Path, step: str, is_deleted: bool, code: str
) -> None:
    async with a_world(tmp_path, LATER.replace("STEP", step)) as world:
        await world.handles_comment(1, "11", "giá?")
        if is_deleted:
            gone = comment(1, "11", "", at=world.clock.now_ms())
            gone["value"] = {**gone["value"], "verb": "remove"}
            await world.receives(delivery(changes=[gone]))
        await world.passes(3601)

        (detail,) = [one for one in await world.runs() if one.run.path]
        assert detail.run.state is RunState.DONE
        assert [item.error_code for item in detail.attempts] == [code]


async def test_a_message_that_is_proposed_takes_no_private_reply_yet(tmp_path: Path) -> None:
    rules = LATER.replace("{private_reply: Giá 250k ạ}", "{private_reply: Giá ạ, approve: true}")
    async with a_world(tmp_path, rules.replace("STEP, approve: true", "private_reply: A")) as world:
        await world.handles_comment(1, "11", "giá?")
        await world.passes(3601)

        (detail,) = [one for one in await world.runs() if one.run.path]
        assert [item.status for item in detail.attempts] == [AttemptStatus.OK]


@pytest.mark.parametrize(
    ("effect", "why"),
    [(OptOut(opted_out=True, by="Lan"), "opted out"), (Block(blocked=True, by="Lan"), "blocked")],
)
async def test_who_wants_nothing_any_more_gets_nothing(
    tmp_path: Path, effect: OptOut | Block, why: str
) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)
        contacts = world.store.contacts
        if isinstance(effect, OptOut):
            await contacts.opt_out(CONNECTION, "11", effect)
        else:
            await contacts.block(CONNECTION, "11", effect)

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        assert not world.http.requests
        assert why in said((await only(world)).run.reason)


async def test_what_a_platform_takes_no_more_is_refused_with_its_reason(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY.replace("within: 2h", "within: 2d")) as world:
        run_id, step = await asked(world)
        await world.passes(25 * HOUR)

        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()

        assert not world.http.requests
        assert (await only(world)).attempts[0].error_code == "outside_window"


async def test_a_step_that_would_send_nothing_asks_nobody(tmp_path: Path) -> None:
    unmet = REPLY.replace("        approve:", "        if: event.text == 'x'\n        approve:")
    async with a_world(tmp_path, unmet) as world:
        await world.handles_message(1, "11", "giá")

        detail = await only(world)
        assert detail.run.state is RunState.DONE
        assert [attempt.status for attempt in detail.attempts] == ["skipped", "ok"]


async def test_later_messages_go_ahead_of_what_waits(tmp_path: Path) -> None:
    rules = f"""{REPLY}  - id: other
    trigger: {{event: message.received}}
    conditions: ["event.text == 'alo'"]
    actions: [message: "Dạ"]
"""
    async with a_world(tmp_path, rules) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "11", "alo")

        waiting = [d.run for d in await world.runs() if d.run.awaits is Waits.APPROVAL]
        assert len(waiting) == 2
        assert len(world.http.requests) == 1


async def test_a_newer_message_takes_the_place_of_what_waits_where_the_rule_says_so(
    tmp_path: Path,
) -> None:
    rules = REPLY.replace(
        "    actions:",
        "    limits: {concurrency: {key: contact.id, limit: 1, mode: restart}}\n    actions:",
    )
    async with a_world(tmp_path, rules) as world:
        run_id, step = await asked(world)
        await world.handles_message(2, "11", "giá cũ")

        first, second = [detail.run for detail in await world.runs()]
        assert (first.state, second.awaits) == (RunState.CANCELLED, Waits.APPROVAL)
        assert not await world.store.approvals.approve(run_id, step, "Lan")


async def test_what_is_approved_is_sent_by_the_next_process(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, REPLY, clock=clock) as world:
        run_id, step = await asked(world)
        await world.runner.stop()
        assert await world.store.approvals.approve(run_id, step, "Lan")
        assert not world.http.requests
    clock.advance(LEASE_S + 3600)
    async with a_world(tmp_path, REPLY, clock=clock, node=2) as world:
        await world.passes(60)

        assert len(world.http.requests) == 1
        assert (await only(world)).run.state is RunState.DONE


@pytest.mark.parametrize(
    ("unknown", "state", "count"), [("retry", "done", 2), ("hold", "unknown", 1)]
)
async def test_an_approved_step_whose_outcome_is_unknown_follows_its_rule(
    tmp_path: Path, unknown: str, state: str, count: int
) -> None:
    rules = REPLY.replace("        approve:", f"        on_unknown: {unknown}\n        approve:")
    async with a_world(tmp_path, rules) as world:
        await world.handles_message(1, "11", "giá")
        run_id, step, proposal = await proposed(world)
        world.http.script = [UnknownOutcome("lost")]
        assert await world.store.approvals.approve(run_id, step, "Lan")
        await world.settled()
        await world.passes(2 * HOUR)

        detail = await only(world)
        assert (detail.run.state.label, len(world.http.requests)) == (state, count)
        assert proposal.text is not None
        assert all(proposal.text in body for body in sent(world))


@pytest.mark.parametrize("otherwise", ["skip", "send"])
async def test_a_crash_before_the_decision_is_no_attempt_and_one_after_it_is(
    tmp_path: Path, otherwise: str
) -> None:
    approve = f"        on_unknown: hold\n        approve: {{within: 2h, otherwise: {otherwise}}}\n"
    rules = REPLY.replace("        approve: {within: 2h}\n", approve)
    clock = ManualClock()
    async with a_world(tmp_path, rules, clock=clock) as world:
        await world.runner.stop()
        await world.writes(1, "11", "giá")
        assert len(await world.store.claim(8)) == 1
    clock.advance(LEASE_S + 1)
    async with a_world(tmp_path, rules, clock=clock, node=2) as world:
        await world.passes(REST_MS[0] / 1000)
        run_id, step, _ = await proposed(world)
        await world.runner.stop()
        assert await world.store.approvals.approve(run_id, step, "Lan")
        assert len(await world.store.claim(8)) == 1
    clock.advance(LEASE_S + 1)
    async with a_world(tmp_path, rules, clock=clock, node=3) as world:
        await world.passes(REST_MS[1] / 1000)
        # Its echo would prove it, and does not come.
        await world.passes(2 * HOUR)

        assert (await only(world)).run.state is RunState.UNKNOWN
        assert not world.http.requests


async def test_a_crash_while_the_rule_sends_what_nobody_decided_about_is_an_attempt(
    tmp_path: Path,
) -> None:
    rules = SENT_ANYWAY.replace("        approve:", "        on_unknown: hold\n        approve:")
    clock = ManualClock()
    held = HeldReply()
    async with a_world(tmp_path, rules, clock=clock) as world:
        await world.handles_message(1, "11", "giá")
        world.http.script = [held]
        await world.moves_clock(2 * HOUR + 1)
        await asyncio.wait_for(held.asked.wait(), 30)
        run = (await only(world)).run
        assert run.proposals["answer"].decided["did"] == "send"
        clock.advance(LEASE_S + 1)
        assert await world.store.recover() == 1
        held.answered.set()
        await world.settled()
        await world.passes(REST_MS[0] / 1000)
        await world.passes(2 * HOUR)

        detail = await only(world)
        assert detail.run.state is RunState.UNKNOWN
        assert len(world.http.requests) == 1


async def test_nobody_runs_it_now_without_deciding(tmp_path: Path) -> None:
    async with a_world(tmp_path, REPLY) as world:
        run_id, step = await asked(world)

        assert not await world.store.run_edits.run_now(run_id)
        assert await world.store.run_edits.cancel(run_id, "Lan")
        assert not await world.store.approvals.approve(run_id, step, "Lan")
        assert await world.store.run_edits.retry(run_id, "Lan")
        await world.settled()

        await proposed(world)
        assert not world.http.requests


async def test_no_more_than_a_bound_wait_and_the_rest_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_carrier, "MOST_OF_RULE", 1)
    async with a_world(tmp_path, REPLY) as world:
        await world.handles_message(1, "11", "giá")
        await world.handles_message(2, "12", "giá")

        first, second = [detail.run for detail in await world.runs()]
        assert (first.awaits, second.state) == (Waits.APPROVAL, RunState.DONE)
        assert "1 steps wait for approval already" in said(second.reason)


async def test_a_burst_lets_no_more_wait_than_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_carrier, "MOST_OF_RULE", 2)
    async with a_world(tmp_path, REPLY) as world:
        await asyncio.gather(*(world.writes(n, str(10 + n), "giá") for n in range(1, 9)))
        await world.settled()

        runs = [detail.run for detail in await world.runs()]
        assert sum(run.open_proposal is not None for run in runs) == 2
        full = [run for run in runs if run.state is RunState.DONE]
        assert {said(run.reason) for run in full} == {
            "answer sent nothing: 2 steps wait for approval already, and at most 2 may"
        }
        assert len(full) == 6

        # A place that somebody frees is taken again.
        waiting = next(run for run in runs if run.open_proposal is not None)
        assert await world.store.approvals.decline(waiting.id, "answer", "Lan")
        await world.settled()
        await world.handles_message(9, "19", "giá")
        assert (await world.runs())[-1].run.open_proposal is not None


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_two_nodes_let_no_more_wait_than_may(
    tmp_path: Path, postgresql_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_carrier, "MOST_OF_RULE", 3)
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, REPLY, clock) as (one, other):
        await asyncio.gather(
            *(one.writes(n, str(10 + n), "giá") for n in range(1, 9)),
            *(other.writes(n, str(10 + n), "giá") for n in range(11, 19)),
        )
        await one.settled()
        await other.settled()

        runs = [detail.run for detail in await one.runs()]
        assert sum(run.open_proposal is not None for run in runs) == 3
        assert sum(run.state is RunState.DONE for run in runs) == 13


async def test_a_rule_in_shadow_mode_asks_nobody(tmp_path: Path) -> None:
    shadow = REPLY.replace("  - id: price\n", "  - id: price\n    mode: shadow\n")
    async with a_world(tmp_path, shadow) as world:
        await world.handles_message(1, "11", "giá")

        detail = await only(world)
        assert detail.run.state is RunState.DONE
        assert said(detail.attempts[0].summary).startswith("once a person approves it, within 2 h")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_of_two_nodes_on_which_people_decide_at_once_one_sends_it(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, REPLY, clock) as (one, other):
        await one.handles_message(1, "11", "giá")
        run_id, step, _ = await proposed(one)

        decided = await asyncio.gather(
            one.store.approvals.approve(run_id, step, "Lan"),
            other.store.approvals.approve(run_id, step, "Mai"),
            other.store.approvals.decline(run_id, step, "Hoa"),
        )
        await one.settled()
        await other.settled()

        assert sorted(decided) == [False, False, True]
        assert len(one.http.requests) + len(other.http.requests) == (0 if decided[2] else 1)
