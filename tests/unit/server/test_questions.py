"""A question is declared once; its call, its command and its answer are made of the declaration."""

from importlib import import_module
from typing import Any, get_type_hints

import pytest
from typer.main import get_command

from automator.cli.commands import app
from automator.server.access.guard import Guarded
from automator.server.figures.asking import route_of
from automator.server.figures.questions import PROMOTION, QUESTIONS, Question


def name_of(question: Question[Any]) -> str:
    return question.name


@pytest.mark.parametrize("question", QUESTIONS, ids=name_of)
def test_the_command_and_the_call_of_a_question_take_the_same(question: Question[Any]) -> None:
    route = route_of(question)
    assert isinstance(route.endpoint, Guarded)
    in_address = {one.name for one in route.endpoint.parameters or ()} - {"as"}
    in_call = {*route.param_convertors, *in_address}

    command = get_command(app).commands[question.name]  # type: ignore[attr-defined]
    elsewhere = {"config", "data", "database", "as_json"}

    assert {one.name for one in command.params} - elsewhere == in_call == {*question.parameters()}


@pytest.mark.parametrize("question", [*QUESTIONS, PROMOTION], ids=name_of)
def test_the_file_of_a_question_answers_what_the_question_asks(question: Question[Any]) -> None:
    file = import_module(f"automator.server.figures.{question.name}")

    answered = get_type_hints(file.answer)
    worded = get_type_hints(file.as_text)

    assert answered["asked"] is question.asked
    assert next(iter(worded.values())) is answered["return"]
    assert hasattr(answered["return"], "as_json")


def test_the_address_of_a_question_names_only_what_was_asked_for() -> None:
    by_name = {one.name: one for one in QUESTIONS}
    funnel, missed = by_name["funnel"], by_name["missed"]

    asked = funnel.asked(rule="giá/50%", days=7, runs=20)
    left_out = missed.asked(days=7, minutes=None, events=9, limit=1, connection="")

    assert funnel.address(asked) == ("/api/funnels/gi%C3%A1%2F50%25", {"days": 7, "runs": 20})
    assert missed.address(left_out)[1] == {"days": 7, "events": 9, "limit": 1}
