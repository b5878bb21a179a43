"""The action of the how-to works as it is printed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from automator import reasons
from automator.actions import builtin_actions
from automator.model import PermanentError, RetryableError, SkippedStep
from automator.plugins import AnyAction
from tests.support import steps
from tests.support.http import ScriptedHttp, a_reply
from tests.support.steps import StepBench
from tests.support.words import said

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-an-action.md"
PARCEL = {"to": "12 Lê Lợi, Huế", "grams": 300}


@pytest.fixture(autouse=True)
def printed_action(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its reasons are declared anew by each test, and are gone after it.
    monkeypatch.setattr(reasons.kind, "_KINDS", dict(reasons.kinds()))
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "book_parcel"}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - the code of our own page.
    action: AnyAction = names["BookParcel"]()

    def with_it() -> Mapping[str, AnyAction]:
        return {**builtin_actions(), action.name: action}

    monkeypatch.setattr(steps, "builtin_actions", with_it)


async def test_the_printed_action_books_a_parcel_under_the_key_of_the_step() -> None:
    bench = StepBench(http=ScriptedHttp([a_reply(201, b'{"number": 7}')]))

    result = await bench.run("book_parcel", PARCEL)

    assert (said(result.summary), result.output) == ("booked parcel 7", {"number": "7"})
    assert json.loads(bench.http.last.body) == PARCEL
    assert bench.http.last.headers["idempotency-key"] == "run-42-book_parcel"


async def test_the_printed_action_takes_a_plain_text_for_the_address() -> None:
    bench = StepBench(http=ScriptedHttp([a_reply(201, b"[]")]))

    result = await bench.run("book_parcel", "Huế")

    assert json.loads(bench.http.last.body) == {"to": "Huế", "grams": 500}
    assert result.output == {"number": ""}


async def test_the_printed_action_sends_nothing_without_an_address() -> None:
    bench = StepBench()

    with pytest.raises(SkippedStep) as caught:
        await bench.run("book_parcel", {"to": " "})

    assert said(caught.value.reason) == "there is no address"


async def test_the_printed_action_refuses_a_weight_that_cannot_be() -> None:
    with pytest.raises(ValidationError):
        await StepBench().run("book_parcel", {**PARCEL, "grams": 0})


@pytest.mark.parametrize(("status", "kind"), [(503, RetryableError), (400, PermanentError)])
async def test_the_printed_action_tells_what_may_be_tried_again(
    status: int, kind: type[Exception]
) -> None:
    bench = StepBench(http=ScriptedHttp([a_reply(status)]))

    with pytest.raises(kind):
        await bench.run("book_parcel", PARCEL)
