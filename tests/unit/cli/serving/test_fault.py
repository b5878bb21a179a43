"""What `automator fault` makes of its arguments."""

import pytest

from automator.cli.serving.sandbox import faults_text, require_known, waiting_text
from automator.model import AutomatorError
from tests.support.words import error_said


@pytest.mark.parametrize(
    ("provider", "error", "message", "fix"),
    [
        ("zallo", "window", "does not answer for 'zallo'", "Did you mean 'zalo'?"),
        ("zalo", "windo", "zalo has no error 'windo'", "Did you mean 'window'?"),
        ("zalo", None, "which error is zalo to answer with?", "Its errors are: token_expired"),
        ("stripe", "window", "does not answer for 'stripe'", "parts of the sandbox"),
    ],
)
def test_what_cannot_fail_names_what_can(
    provider: str, error: str | None, message: str, fix: str
) -> None:
    with pytest.raises(AutomatorError) as caught:
        require_known(provider, error)

    wrong, how = error_said(caught.value)
    assert message in wrong
    assert fix in how


def test_the_list_says_what_each_error_means() -> None:
    assert "Too many messages to one person at once" in faults_text()


def test_what_waits_is_told_in_its_order() -> None:
    waiting = [
        {"error": "gone", "times": 1, "path": "/line/"},
        {"error": "", "times": 2, "path": ""},
    ]

    assert waiting_text({"next": waiting}) == (
        "the next answer of line: gone\nthe next 2 answers of anybody: slow"
    )
