"""Checks of rule files have a thread and a queue of their own, and differences a bound."""

import asyncio
import threading

import pytest

from automator.model import Problem
from automator.server.shared.rule_files import difference
from automator.server.web.one_thread import MOST_OF_ONE, MOST_WAITING, RuleChecks
from automator.server.web.security import RequestError
from tests.support.work import calls_of


def _waits_for(go_on: threading.Event) -> RuleChecks:
    def check(_name: str, _text: str) -> list[Problem]:
        go_on.wait(20)
        return []

    return RuleChecks(check)


async def test_checks_beyond_the_queue_are_refused_at_once_and_the_others_are_done() -> None:
    go_on = threading.Event()
    checks = _waits_for(go_on)
    people = [f"person {number}" for number in range(MOST_WAITING)]
    waiting = [asyncio.create_task(checks.problems("a.yaml", "", of=person)) for person in people]
    await asyncio.sleep(0)

    with pytest.raises(RequestError) as refused:
        await checks.problems("a.yaml", "", of="somebody else")
    # What the pages and the store use is not touched by it.
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 10) == "free"
    go_on.set()

    assert (refused.value.status, refused.value.code) == (503, "too_many_checks")
    assert await asyncio.gather(*waiting) == [[]] * MOST_WAITING
    assert await checks.problems("a.yaml", "", of="somebody else") == []
    checks.close()


async def test_one_person_cannot_take_the_whole_queue() -> None:
    go_on = threading.Event()
    checks = _waits_for(go_on)
    mine = [asyncio.create_task(checks.problems("a", "", of="me")) for _ in range(MOST_OF_ONE)]
    await asyncio.sleep(0)

    with pytest.raises(RequestError, match="Too many"):
        await checks.problems("a", "", of="me")
    other = asyncio.create_task(checks.problems("a", "", of="you"))
    go_on.set()

    assert await other == []
    assert await asyncio.gather(*mine) == [[], []]
    checks.close()


async def test_whoever_goes_away_leaves_no_place_taken() -> None:
    go_on = threading.Event()
    checks = _waits_for(go_on)
    gone = [asyncio.create_task(checks.problems("a", "", of="me")) for _ in range(MOST_OF_ONE)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    go_on.set()
    await asyncio.wrap_future(checks._thread.submit(lambda: None))
    await asyncio.sleep(0)

    assert await checks.problems("a", "", of="me") == []
    checks.close()


def test_a_small_change_is_shown_line_by_line() -> None:
    old, new = "a\nb\nc\nd\ne\n", "a\nb\nX\nd\ne\n"

    assert difference(old, new, "old", "new") == [
        "--- old", "+++ new", "@@ -1,5 +1,5 @@", " a", " b", "-c", "+X", " d", " e",
    ]  # fmt: skip


def test_two_texts_that_differ_everywhere_are_shown_as_replaced_without_comparing_all() -> None:
    head = "".join(f"kept {number}\n" for number in range(10))
    old = head + "x: 1\ny: 1\n" * 6_000 + "end\n"
    new = head + "y: 2\nx: 2\nx: 1\n" * 4_000 + "end\n"

    lines = difference(old, new, "old", "new")

    assert lines[2] == "@@ -8,12004 +8,12004 @@"
    assert [line for line in lines if line[0] == " "] == [
        " kept 7", " kept 8", " kept 9", " end",
    ]  # fmt: skip
    assert sum(line[0] == "-" for line in lines[3:]) == 12_000
    assert sum(line[0] == "+" for line in lines[3:]) == 12_000
    assert calls_of(lambda: difference(old, new, "old", "new")) < 200_000
