"""`automator why` where no server works: it says which settings it does not know."""

import asyncio
from pathlib import Path

import pytest

from automator.cli.decisions.run import retry
from automator.cli.inspection.why import why
from automator.clock import ManualClock
from automator.model import RunState, format_id, quoted
from tests.support.store import Shop, opened, with_tables

RULES = """\
rules:
  - id: price-question
    trigger: {event: comment.created}
    actions: [log: "%s"]
"""


async def stored(folder: Path, *, revisions: int = 1) -> tuple[str, str]:
    """An event and its run, which has died: their ids."""
    clock, shop = ManualClock(), Shop(ManualClock())
    async with opened(with_tables(folder), clock) as store:
        for number in range(revisions):
            text = RULES % number
            await store.rulesets.publish({"shop.yaml": text}, str(number), "a test")
        event, _ = await shop.receive(store)
        (claimed,) = await store.claim(1)
        await store.settle(shop.settlement(claimed, RunState.DEAD, reason=quoted("x")))
        return format_id(event.id), format_id(claimed.run.id)


def test_without_settings_and_without_a_server_why_says_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    event, _ = asyncio.run(stored(tmp_path))

    why(event, config=None, data=tmp_path, database=None)
    shown = capsys.readouterr()

    assert "price-question matches" in shown.out
    assert "there is no automator.yaml here and no server to ask" in shown.err


def test_with_settings_there_is_nothing_to_say_about_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event, _ = asyncio.run(stored(tmp_path))
    config = tmp_path / "automator.yaml"
    config.write_text("connections: {}\n", encoding="utf-8")

    why(event, config=config, data=tmp_path, database=None)

    assert capsys.readouterr().err == ""


def test_a_retry_says_with_which_revision_of_the_rule_the_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, run = asyncio.run(stored(tmp_path, revisions=2))

    retry([run], config=None, data=tmp_path)

    assert capsys.readouterr().out.strip() == (
        f"{run} is tried again, with revision 1 of its rule; revision 2 is in force: "
        f"automator replay run={run} --rules now"
    )
