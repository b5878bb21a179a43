"""What a run has sent, beside its state: known when it ends, and found by it."""

from pathlib import Path

import pytest

from automator.engine.operations.run_review import mark_done
from automator.engine.replay.filter_syntax import run_filter, run_words
from automator.model import Outcome, RunState
from tests.support.http import HeldReply, a_reply
from tests.support.words import said
from tests.support.world import World, a_world

TAGGING = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - remember: {tags: {add: [asked]}}
"""
BRANCHING = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - {forward: {to: crm}, if: "event.text == 'giá?'"}
      - {reply: Chào bạn, if: "event.text != 'giá?'"}
"""
UNMET = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - {forward: {to: crm}, if: "event.text == 'không'"}
"""
STOPPED = """\
rules:
  - id: stop
    priority: 10
    trigger: {event: comment.created}
    actions:
      - remember: {opted_out: true}
  - id: order
    trigger: {event: comment.created}
    actions:
      - private_reply: Giá 250k
      - log: done
"""
BOTH = """\
rules:
  - id: order
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
      - {id: second, forward: {to: crm}, continue_on_error: %s}
      - log: done
"""


async def ended(world: World) -> list[tuple[str, RunState, Outcome | None]]:
    await world.handles_comment(1, "11", "giá?")
    return [
        (detail.run.rule, detail.run.state, detail.run.outcome) for detail in await world.runs()
    ]


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (BOTH % "false", Outcome.ANSWERED),
        (TAGGING, Outcome.NOTHING_TO_SEND),
        (BRANCHING, Outcome.ANSWERED),
        (UNMET, Outcome.NOTHING_TO_SEND),
        (BOTH.replace("    actions:", "    mode: shadow\n    actions:") % "false",
         Outcome.WOULD_HAVE_SENT),
    ],
    ids=["sent", "tags", "one branch", "no branch", "shadow"],
)  # fmt: skip
async def test_a_run_that_is_done_says_whether_it_has_sent_something(
    tmp_path: Path, rules: str, outcome: Outcome
) -> None:
    async with a_world(tmp_path, rules) as world:
        assert await ended(world) == [("order", RunState.DONE, outcome)]
        (detail,) = await world.runs()
        assert detail.run.reason is None


async def test_a_run_whose_reply_was_skipped_does_not_look_like_success(tmp_path: Path) -> None:
    async with a_world(tmp_path, STOPPED) as world:
        assert await ended(world) == [
            ("stop", RunState.DONE, Outcome.NOTHING_TO_SEND),
            ("order", RunState.DONE, Outcome.NOTHING_SENT),
        ]
        _, detail = await world.runs()
        assert said(detail.run.reason).startswith(
            "private_reply sent nothing: the contact opted out on"
        )


@pytest.mark.parametrize(("goes_on", "state"), [("true", RunState.DONE), ("false", RunState.DEAD)])
async def test_a_run_that_sent_a_part_says_so(
    tmp_path: Path, goes_on: str, state: RunState
) -> None:
    async with a_world(tmp_path, BOTH % goes_on) as world:
        world.http.script = [a_reply(200), a_reply(400)]

        assert await ended(world) == [("order", state, Outcome.PARTLY)]


async def test_a_dead_run_that_reached_nobody_has_sent_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, BOTH % "false") as world:
        world.http.script = [a_reply(400)]

        assert await ended(world) == [("order", RunState.DEAD, Outcome.NOTHING_SENT)]


async def test_a_run_that_is_tried_again_has_no_outcome_until_it_ends_again(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, BOTH % "false") as world:
        world.http.script = [a_reply(400)]
        await ended(world)
        (detail,) = await world.runs()

        held = HeldReply()
        world.http.script = [held]
        await world.store.run_edits.retry(detail.run.id, "lan")
        await held.asked.wait()
        (detail,) = await world.runs()
        assert detail.run.outcome is None
        held.answered.set()
        await world.settled()
        (detail,) = await world.runs()
        assert detail.run.outcome is Outcome.ANSWERED


async def test_a_step_that_a_person_marks_as_done_counts_as_sent(tmp_path: Path) -> None:
    async with a_world(tmp_path, "\n".join((BOTH % "false").splitlines()[:-1]) + "\n") as world:
        world.http.script = [a_reply(200), a_reply(400)]
        await ended(world)
        (detail,) = await world.runs()

        await mark_done(world.store, world.rulebook.revisions, detail.run.id, "lan")
        (detail,) = await world.runs()
        assert (detail.run.state, detail.run.outcome) == (RunState.DONE, Outcome.ANSWERED)


@pytest.mark.parametrize("outcome", Outcome)
async def test_runs_are_found_by_their_outcome(tmp_path: Path, outcome: Outcome) -> None:
    async with a_world(tmp_path, STOPPED) as world:
        rows = await ended(world)
        wanted = run_filter({"outcome": outcome.label}, 0)
        found = world.store.log.runs(wanted)

        assert run_words(wanted) == {"outcome": outcome.label}
        assert [row.run.rule for row in found] == [rule for rule, _, of in rows if of is outcome]
        assert all(row.fits(wanted) for row in found)
