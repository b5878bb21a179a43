"""`automator test`: what it prints, writes and returns."""

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import typer

from automator.cli.serving.rule_tests import run_rule_tests
from automator.clock import ManualClock
from automator.model import NotFoundError, UsageError, format_id
from automator.store import EventPlan
from tests.support.store import Shop, opened, with_tables

RULES = """
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    conditions: ["keywords(event.text, ['bn'])"]
    actions: [{reply: Chào bạn}]
    tests:
      - name: asks for the price
        event: {sample: facebook/comment.created, with: {event.text: giá sao shop}}
        expect: matched
      - name: praises
        event: {sample: facebook/comment.created, with: {event.text: đẹp quá}}
        expect: no_match
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "price.yaml"
    file.write_text(RULES, encoding="utf-8")
    return file


def test_a_failed_test_is_told_with_the_values_and_ends_with_1(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        run_rule_tests([rules])

    said = capsys.readouterr().out
    assert ended.value.exit_code == 1
    assert "✓ price: praises" in said
    assert f"✗ price: asks for the price  [{rules}:8]" in said
    assert "the rule looks for bn, and the text 'giá sao shop' has none of these" in said
    assert f"change {rules}:5, which decides; or, if that is right, the test in {rules}:8" in said
    assert "1 passed, 1 failed" in said


def test_a_test_of_what_steps_do_names_the_steps_to_mend(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES.replace("'bn'", "'giá'")
    rules.write_text(text.replace("expect: matched", "expect: {actions: []}"), encoding="utf-8")
    with pytest.raises(typer.Exit):
        run_rule_tests([rules])

    said = capsys.readouterr().out
    assert f"change the steps of the rule; or, if they are right, the test in {rules}:8" in said


def test_what_settings_would_set_fails_the_test_that_needs_it_and_no_other(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES.replace("reply: Chào bạn", "reply: 'Giá {{ vars.price }}'")
    text = text.replace("'bn'", "'giá'").replace("expect: matched", "expect: {actions: [reply]}")
    rules.write_text(text, encoding="utf-8")
    with pytest.raises(typer.Exit):
        run_rule_tests([rules])

    said = capsys.readouterr().out
    assert "✓ price: praises" in said
    assert "✗ price: asks for the price" in said
    assert "there is no 'price' in this event's values" in said


def test_tests_leave_the_files_as_they_were(rules: Path) -> None:
    before = rules.stat().st_mtime_ns

    with pytest.raises(typer.Exit):
        run_rule_tests([rules])

    assert rules.stat().st_mtime_ns == before
    assert [file.name for file in rules.parent.iterdir()] == [rules.name]


def test_only_the_tests_of_one_rule_can_be_run(rules: Path) -> None:
    with pytest.raises(UsageError):
        run_rule_tests([rules], rule="another")


def test_a_file_with_errors_runs_no_test(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules.write_text(RULES.replace("expect: matched", "expect: {}"), encoding="utf-8")

    with pytest.raises(typer.Exit):
        run_rule_tests([rules])

    assert "test-expects-nothing" in capsys.readouterr().out


def test_programs_get_json_and_a_junit_report(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = rules.parent / "report.xml"
    with pytest.raises(typer.Exit):
        run_rule_tests([rules], junit=report, as_json=True)

    first, second = json.loads(capsys.readouterr().out)
    suite = ET.fromstring(report.read_bytes())  # noqa: S314 - we wrote it
    assert (first["passed"], second["passed"]) == (False, True)
    assert first["failures"][0]["code"] == "test_did_not_match"
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.find("failure") is not None for case in suite] == [True, False]


def test_a_stored_event_becomes_a_test(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = asyncio.run(_stored(rules.parent))
    monkeypatch.setenv("AUTOMATOR_DATA", str(rules.parent / "data"))

    run_rule_tests([rules], rule="price", from_event=event_id)

    assert f"{rules} has a test of price more: bn vậy shop" in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        # The test that failed before fails still; the new one passes.
        run_rule_tests([rules])
    assert "✓ price: bn vậy shop" in capsys.readouterr().out


def test_which_rule_is_tested_must_be_known(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = asyncio.run(_stored(rules.parent))
    monkeypatch.setenv("AUTOMATOR_DATA", str(rules.parent / "data"))

    with pytest.raises(UsageError):
        run_rule_tests([rules], from_event=event_id)
    with pytest.raises(NotFoundError):
        run_rule_tests([rules], from_event=format_id(1))


async def _stored(folder: Path) -> str:
    """An event of a comment in the database of a folder; returns its id."""
    shop = Shop(ManualClock())
    async with opened(with_tables(folder / "data"), shop.clock) as store:
        delivery = shop.delivery(connection="demo-page")
        event = shop.event(
            delivery,
            connection="demo-page",
            body={"text": "bn vậy shop", "actor": {"id": "lan", "name": "Lan"}},
        )
        receipts = await store.ingest(delivery, [EventPlan(event, (), 1)])
    return format_id(receipts[0].event_id)


def test_the_coverage_names_the_conditions_that_no_test_has_seen_both_ways(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules.write_text(RULES.replace("'bn'", "'giá'"), encoding="utf-8")
    run_rule_tests([rules], covered=True)
    both = capsys.readouterr().out
    rules.write_text(RULES.replace("'bn'", "'giá', 'đẹp'").replace("no_match", "matched"))
    run_rule_tests([rules], covered=True)
    one = capsys.readouterr().out
    run_rule_tests([rules], covered=True, as_json=True)
    told = json.loads(capsys.readouterr().out)

    assert "held last in “asks for the price”\n        did not hold last in “praises”" in both
    assert "held in every test: add one in which it does not hold" in one
    assert [test["passed"] for test in told["tests"]] == [True, True]
    assert told["coverage"][0]["conditions"][0]["finding"] == "always_true"
