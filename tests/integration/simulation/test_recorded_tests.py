"""An event that came in becomes a test of a rule, and the test passes."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from automator.engine.tryout.trial_events import written_event
from automator.model import UsageError
from automator.rules import load_rules
from automator.rules.editing.edits import with_rule_test
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests.setup import setup_of
from automator.simulation.recorded_tests import test_of as recorded
from automator.simulation.simulation import SimulationSetup
from tests.support.rule_tests import codes_of, results_of

RULES = """# A comment that stays.
rules:
  - id: price        # And this one.
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    limits: {throttle: {key: event.actor.id, limit: 1, period: 1d}}
    actions:
      - reply: "Chào {{ event.actor.name }}"
      - log: không
        if: event.text == null
      - follow_up: {after: 90m, actions: [{message: Bạn còn hỏi không}]}
"""


def setup(folder: Path, rules: str = RULES) -> SimulationSetup:
    config = load_config(None, folder, demo=True)
    return setup_of({"a.yaml": rules}, rule_context_of(config), config.settings, config.connections)


def record(
    folder: Path,
    text: str,
    *,
    connection: str = "demo-page",
    rules: str = RULES,
    wanted: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> str:
    """The rule file with a test of an event with this text."""
    found = setup(folder, rules)
    rule = load_rules(found.rule_context, found.files).rule_set.rule("price")
    assert rule is not None
    fields = {
        "text": text,
        "actor": {"id": "2511000009", "name": "Trần Thị Ngọc"},
        "comment": {"id": "12_34", "from": {"id": "2511000009"}},
        "data": {"item": "comment"},
        **(more or {}),
    }
    event = written_event(found.connections["demo-page"], "comment.created", fields, 0)
    event = replace(event, connection=connection)
    test = asyncio.run(recorded(found, rule, event, wanted, answers={})).written
    return with_rule_test(rules, "price", test)


@pytest.mark.parametrize("text", ["giá bao nhiêu", "đẹp quá"])
def test_a_recorded_test_passes_and_leaves_the_rest_of_the_file(text: str, tmp_path: Path) -> None:
    written = record(tmp_path, text)

    (result,) = results_of({"a.yaml": written}, tmp_path).values()
    assert codes_of(result) == []
    assert [line for line in written.splitlines() if line in RULES.splitlines()] == (
        RULES.splitlines()
    )


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("event.request.path == 'eu'", {"request"}),
        ("event.query.shop == '7'", {"query"}),
        ("", set()),
    ],
)
def test_a_recorded_test_keeps_what_the_rule_reads_of_the_request(
    condition: str, kept: set[str], tmp_path: Path
) -> None:
    shown = {"request": {"path": "eu"}, "query": {"shop": "7"}, "headers": {"user-agent": "a"}}
    rules = RULES.replace("'giá'])\"]", f'\'giá\'])", "{condition or "event.text"}"]')

    written = record(tmp_path, "giá", rules=rules, more=shown)

    (result,) = results_of({"a.yaml": written}, tmp_path).values()
    assert codes_of(result) == []
    (test,) = yaml.safe_load(written)["rules"][0]["tests"]
    assert {f"event.{name}" for name in shown} & test["event"]["with"].keys() == {
        f"event.{name}" for name in kept
    }


def test_a_recorded_test_expects_what_the_rule_does(tmp_path: Path) -> None:
    (test,) = yaml.safe_load(record(tmp_path, "giá bao nhiêu"))["rules"][0]["tests"]

    assert test["name"] == "giá bao nhiêu"
    assert test["expect"] == {"actions": ["reply"], "follow_ups": [{"after": "90m"}]}


def test_nobody_can_be_recognised_by_a_recorded_test(tmp_path: Path) -> None:
    written = record(tmp_path, "giá bao nhiêu")

    assert "2511000009" not in written
    assert "Trần Thị Ngọc" not in written


def test_the_providers_own_object_stays_away_from_rules_that_do_not_read_it(
    tmp_path: Path,
) -> None:
    (test,) = yaml.safe_load(record(tmp_path, "giá bao nhiêu"))["rules"][0]["tests"]

    assert "event.data" not in test["event"]["with"]


def test_a_second_test_of_the_same_words_has_another_name(tmp_path: Path) -> None:
    test = {"name": "giá", "event": {"type": "comment.created"}, "expect": "no_match"}

    twice = with_rule_test(with_rule_test(RULES, "price", test), "price", test)

    names = [item["name"] for item in yaml.safe_load(twice)["rules"][0]["tests"]]
    assert names == ["giá", "giá (2)"]


def test_an_event_whose_connection_is_gone_is_no_test(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        record(tmp_path, "giá", connection="taken-away")


def test_a_wanted_test_is_of_people_whom_a_rollout_has(tmp_path: Path) -> None:
    rules = RULES.replace("    limits:", "    rollout: {percent: 1}\n    limits:")

    written = record(tmp_path, "giá", rules=rules, wanted="matched")

    (result,) = results_of({"a.yaml": written}, tmp_path).values()
    assert codes_of(result) == []
