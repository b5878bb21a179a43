"""Rows of the log: initials of names, and which steps are worth a line."""

import pytest

from automator.model import AttemptStatus, Reason
from automator.reasons.attempts.steps import condition_unmet, confirmed, value_is_empty
from automator.reasons.runs import not_sent
from automator.reasons.targets import access_renewed, retry_budget
from automator.server.pages.activity.run_rows import RunStory
from automator.server.web.templates import initials_of
from automator.store.log.story_log import StepStory
from tests.unit.model.test_run import a_run


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Trần Thị Ngọc Ánh", "NÁ"),
        ("Lan", "L"),
        ("  Minh   Anh ", "MA"),
        ("💐 Hoa", "H"),
        ("582000000000004471", "5"),
        ("\u202eevil", ""),
        ("", ""),
    ],
)
def test_initials_are_those_of_the_last_two_words(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def a_step(step: str, status: AttemptStatus, summary: Reason, action: str = "reply") -> StepStory:
    return StepStory(
        id=1,
        run_id=1,
        step=step,
        action=action,
        number=1,
        status=status,
        summary=summary,
        said=None,
        error_code="",
    )


SENT = a_step("reply", AttemptStatus.OK, confirmed())
FAILED = a_step("reply", AttemptStatus.FAILED, value_is_empty())
LEFT_OUT = a_step(
    "offer", AttemptStatus.SKIPPED, condition_unmet(condition="x", because=value_is_empty())
)
REMINDS = a_step("later", AttemptStatus.OK, confirmed(), "follow_up")


def test_a_step_whose_condition_did_not_hold_has_a_line_only_if_it_is_all_there_is() -> None:
    assert RunStory(a_run(), [SENT, LEFT_OUT]).lines == [SENT]
    assert RunStory(a_run(), [LEFT_OUT]).lines == [LEFT_OUT]


def test_a_step_that_made_a_follow_up_has_no_line_beside_that_follow_up() -> None:
    assert RunStory(a_run(), [SENT, REMINDS]).lines == [SENT, REMINDS]
    assert RunStory(a_run(), [SENT, REMINDS], has_follow_ups=True).lines == [SENT]


def test_the_reason_of_a_run_is_not_told_beside_the_failure_that_it_repeats() -> None:
    run = a_run(reason=not_sent(step="reply", because=value_is_empty()))

    assert not RunStory(run, [FAILED]).shows_reason
    assert RunStory(run, [SENT]).shows_reason
    assert not RunStory(a_run(), [SENT]).shows_reason


def test_a_reason_that_names_a_time_is_the_only_one_that_says_until_when_it_waits() -> None:
    put_off = retry_budget(until=1_000, target="graph.facebook.com")

    assert RunStory(a_run(note=put_off), [SENT]).names_end
    assert not RunStory(a_run(note=access_renewed(connection="shop")), [SENT]).names_end
    assert not RunStory(a_run(), [SENT]).names_end
