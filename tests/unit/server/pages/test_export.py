"""The log as a file, for a reader who is slow."""

import asyncio
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from automator.server.pages.activity import export


class Rows(list[Any]):
    """A list that can be watched."""


async def test_a_slow_reader_holds_the_text_of_a_page_and_not_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[weakref.ref[Rows]] = []

    def rows(_context: object, _chosen: object, _before: int | None) -> tuple[Rows, int]:
        page = Rows([SimpleNamespace(id=1)])
        made.append(weakref.ref(page))
        return page, 1

    monkeypatch.setattr(export, "_rows", rows)
    monkeypatch.setattr(export, "_values", lambda _context, row: {"run": row.id})
    monkeypatch.setattr(export, "LogFilter", SimpleNamespace(of=lambda _context: None))
    context: Any = SimpleNamespace(now_ms=0)
    answer: Any = await export.send_csv(context)
    pieces = aiter(answer.body_iterator)

    await anext(pieces)
    line = await anext(pieces)

    await asyncio.sleep(0)
    assert line.strip() == "1"
    assert made[0]() is None
