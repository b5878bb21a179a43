"""What `automator send` makes of its arguments and of the answers."""

import json
from typing import Any

import pytest

from automator.cli.serving.send import (
    choose,
    parse_change,
    samples_meant,
    say_each,
    say_many,
    say_one,
)
from automator.cli.terminal.send_samples import Tally
from automator.model import AutomatorError, NotFoundError, UsageError
from automator.plugins import Provider
from automator.providers import BUILTIN
from tests.support.words import error_said


def connection(name: str, provider: str) -> Provider:
    kind = BUILTIN[provider]
    return kind(name, kind.options_model.model_validate({"provider": provider, "secret": "s" * 24}))


CONNECTIONS = {
    "issues": connection("issues", "github"),
    "paid": connection("paid", "standard_webhooks"),
    "paid-two": connection("paid-two", "standard_webhooks"),
}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("event.text=giá bao nhiêu", ("event.text", "giá bao nhiêu")),
        ("event.data.total=250000", ("event.data.total", 250000)),
        ("event.data.paid=true", ("event.data.paid", True)),
        ("event.text=a=b", ("event.text", "a=b")),
        ('event.text="250"', ("event.text", "250")),
        ("event.text=", ("event.text", "")),
    ],
)
def test_a_change_is_a_path_and_json_or_text(text: str, change: tuple[str, object]) -> None:
    assert parse_change(text) == change


@pytest.mark.parametrize("text", ["event.text", "=x", " =x"])
def test_a_change_without_a_path_or_a_value_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="names no value"):
        parse_change(text)


def test_a_sample_goes_to_the_first_connection_of_its_provider() -> None:
    assert choose(CONNECTIONS, "standard_webhooks/order.paid", None)[0] == "paid"


def test_a_sample_goes_to_the_connection_that_was_named() -> None:
    assert choose(CONNECTIONS, "standard_webhooks/order.paid", "paid-two")[0] == "paid-two"


@pytest.mark.parametrize("wanted", [None, "issues", "nowhere"])
def test_a_sample_without_a_fitting_connection_names_those_there_are(wanted: str | None) -> None:
    with pytest.raises(NotFoundError) as caught:
        choose(CONNECTIONS, "facebook/comment.created", wanted)

    assert error_said(caught.value)[1] == "The connections are: issues, paid, paid-two."


def test_a_stored_delivery_names_its_events_and_the_next_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_one({"delivery": "0d", "events": ["0e1", "0e2"]}, as_json=False)

    assert capsys.readouterr().out == (
        "✓ stored as delivery 0d\n  event 0e1\n  event 0e2\n\nNext: automator why 0e1\n"
    )


@pytest.mark.parametrize("answer", [{}, {"type": 5}])
def test_an_answer_in_the_words_of_the_sender_names_no_delivery(
    answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    say_one(answer, as_json=False)

    assert capsys.readouterr().out == "✓ stored\n\nNext: automator log\n"


def test_many_deliveries_are_counted_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    say_many(Tally(acknowledged=10, seconds=0.5), as_json=True)

    assert json.loads(capsys.readouterr().out) == {
        "acknowledged": 10,
        "failed": 0,
        "seconds": 0.5,
        "failures": {},
    }


def test_deliveries_that_were_not_acknowledged_are_a_problem() -> None:
    tally = Tally(acknowledged=7, seconds=1.0)
    tally.failures.update({"answered 503": 2, "no connection": 1})

    with pytest.raises(AutomatorError, match="3 were not acknowledged:\n  2 × answered 503"):
        say_many(tally, as_json=True)


def test_the_name_of_a_provider_stands_for_all_of_its_samples() -> None:
    assert samples_meant("zoom") == ["zoom/meeting.participant_joined", "zoom/meeting.started"]
    assert samples_meant("zoom/meeting.started") == ["zoom/meeting.started"]


@pytest.mark.parametrize("name", ["zooom", "zoom/meeting", "*"])
def test_what_is_neither_a_sample_nor_a_provider_is_not_found(name: str) -> None:
    with pytest.raises(NotFoundError, match="there is no sample"):
        samples_meant(name)


def test_several_samples_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        "a/one": {"delivery": "0d", "events": ["0e1", "0e2"]},
        "a/two": {"delivery": "0e", "events": []},
        "a/six": {"type": 5},
    }

    say_each(answers, as_json=False)

    assert capsys.readouterr().out.splitlines()[1:] == [
        "✓ a/one  0e1, 0e2",
        "✓ a/two  nothing that is an event",
        "✓ a/six  stored; the answer is in the sender's own words",
    ]
