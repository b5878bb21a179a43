"""A report is declared once; its call, its command and its answer are made of the declaration."""

from importlib import import_module
from typing import Any, get_type_hints

import pytest
from starlette.requests import Request
from typer.main import get_command

from automator.cli.commands import program
from automator.language import Translator
from automator.server.access.guard import Guarded
from automator.server.reports.declarations import MISSED, PROMOTION, REPORTS, Report
from automator.server.reports.routes import asked_in, further, route_of
from automator.server.web.request_context import NOBODY, RequestContext


def name_of(report: Report[Any]) -> str:
    return report.name


@pytest.mark.parametrize("report", REPORTS, ids=name_of)
def test_the_command_and_the_call_of_a_report_take_the_same(report: Report[Any]) -> None:
    route = route_of(report)
    assert isinstance(route.endpoint, Guarded)
    in_address = {one.name for one in route.endpoint.parameters or ()} - {"as"}
    in_call = {*route.param_convertors, *in_address}

    command = get_command(program()).commands[report.name]  # type: ignore[attr-defined]
    elsewhere = {"config", "data", "database", "as_json"}

    assert {one.name for one in command.params} - elsewhere == in_call == {*report.parameters()}


@pytest.mark.parametrize("report", [*REPORTS, PROMOTION], ids=name_of)
def test_the_file_of_a_report_answers_what_the_report_asks(report: Report[Any]) -> None:
    file = import_module(f"automator.server.reports.{report.name}")

    answered = get_type_hints(file.answer)
    worded = get_type_hints(file.as_text)

    assert answered["asked"] is report.asked
    assert next(iter(worded.values())) is answered["return"]
    assert hasattr(answered["return"], "as_json")


def test_the_address_of_a_report_names_only_what_was_asked_for() -> None:
    by_name = {one.name: one for one in REPORTS}
    funnel, missed = by_name["funnel"], by_name["missed"]

    asked = funnel.asked(rule="giá/50%", days=7, runs=20)
    left_out = missed.asked(days=7, minutes=None, events=9, limit=1, connection="")

    assert funnel.address(asked) == ("/api/funnels/gi%C3%A1%2F50%25", {"days": 7, "runs": 20})
    assert missed.address(left_out)[1] == {"days": 7, "events": 9, "limit": 1}


def context_at(address: str) -> RequestContext:
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    nothing: Any = None
    return RequestContext(Request(scope), nothing, NOBODY, Translator("en"))


def test_a_look_further_back_keeps_what_else_the_address_asks_for() -> None:
    looked = context_at("/contacts/answers?days=30&connection=gi%C3%A1")
    longer = further(looked, "events", 4_000)

    assert longer == "/contacts/answers?days=30&connection=gi%C3%A1&events=40000"
    assert further(context_at(longer), "events", 4_000) == ""


def test_what_an_address_leaves_out_is_the_usual_or_a_setting() -> None:
    asked = asked_in(context_at("/api/missed?days=2"), MISSED)
    told = asked_in(context_at("/api/missed?minutes=5"), MISSED)

    assert (asked.days, asked.minutes, asked.limit, asked.connection) == (2, None, 50, "")
    assert (told.days, told.minutes) == (7, 5)
    assert asked_in(context_at("/rules/promotion?rule=a"), PROMOTION).since == "7d"
