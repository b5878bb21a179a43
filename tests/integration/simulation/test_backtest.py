"""`automator backtest`: what other rules would have done about the events of the log."""

import asyncio
import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import format_id
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests.setup import setup_of
from automator.simulation import backtest
from automator.simulation.backtest import Range, packed_of, unpacked
from automator.store import EventPlan, Log
from tests.support.commands import Result, command
from tests.support.store import Shop, opened, with_tables

RULES = """
rules:
  - id: price
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    limits: {throttle: {key: event.actor.id, limit: 1, period: 1h}}
    actions:
      - reply: "Chào {{ event.actor.name }}"
      - follow_up: {after: 2h, actions: [{message: Bạn còn hỏi không}]}
  - id: thanks
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['đẹp'])"]
    actions: [{reply: Cảm ơn}]
"""
#: Who wrote what, each ten minutes after the one before.
EVENTS = (("lan", "giá vậy shop"), ("lan", "giá?"), ("minh", "giá sao"), ("hoa", "đẹp quá"))
OLD = ("--since", "2026-01-01", "--data", "data")


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """The ids of the stored events, in a folder whose rules are in force."""
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    return asyncio.run(_stored(tmp_path / "data"))


def compared(folder: Path, changes: Mapping[str, str], *options: str) -> Result:
    """The command for the rules with other texts."""
    text = RULES
    for before, now in changes.items():
        assert before in text
        text = text.replace(before, now)
    (folder / "rules.yaml").write_text(text, encoding="utf-8")
    return command(folder, "backtest", "rules.yaml", *OLD, *options)


def difference(folder: Path, changes: Mapping[str, str], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compared(folder, changes, "--json", *options).stdout)
    return found


def counts(found: dict[str, Any], rule: str) -> tuple[int, int, int, int]:
    (item,) = [item for item in found["rules"] if item["rule"] == rule]
    return item["new"], item["gone"], item["same"], item["changed"]


def examples(found: dict[str, Any], kind: str) -> list[tuple[str, Any, Any]]:
    return [
        (item["event"], item["before"], item["now"])
        for rule in found["rules"]
        for item in rule["examples"][kind]
    ]


def test_the_same_rules_do_the_same(tmp_path: Path, ids: list[str]) -> None:
    found = difference(tmp_path, {})

    assert (found["events"], found["partial"]) == (len(ids), False)
    assert counts(found, "price") == (0, 0, 2, 0)
    assert found["messages"]["before"] == found["messages"]["now"]
    assert found["messages"]["now"]["messages"] == 5
    assert "nothing would have been different" in compared(tmp_path, {}).stdout


def test_a_delivery_is_forwarded_byte_by_byte_as_on_a_server(
    tmp_path: Path, ids: list[str]
) -> None:
    forward = "{forward: {to: 'https://crm.example/in', raw: true}}"
    found = difference(tmp_path, {"{reply: Cảm ơn}": forward})
    (now,) = (now for _, _, now in examples(found, "changed") if now is not None)

    assert "https://crm.example/in" in now
    assert now.endswith('{"entry":[]}')


def test_deliveries_are_read_only_for_steps_that_forward_their_bytes(
    tmp_path: Path, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, delivery = list[int](), Log.delivery
    monkeypatch.setattr(Log, "delivery", lambda log, one: read.append(one) or delivery(log, one))

    difference(tmp_path, {"{reply: Cảm ơn}": "{reply: 'raw: true'}"})
    assert read == []

    forward = '{forward: {to: "https://crm.example/in", "r\\x61w": true}}'
    difference(tmp_path, {"{reply: Cảm ơn}": forward})
    # Once for each event, and once by the step.
    assert len(read) == len(ids) + 1


def test_rules_that_match_otherwise_are_told_with_their_events(
    tmp_path: Path, ids: list[str]
) -> None:
    found = difference(tmp_path, {"'giá'": "'sao', 'đẹp'"})

    assert counts(found, "price") == (1, 1, 1, 0)
    assert examples(found, "new") == [(ids[3], None, None)]
    assert examples(found, "gone") == [(ids[0], None, None)]


def test_texts_that_change_are_told_also_those_of_follow_ups(
    tmp_path: Path, ids: list[str]
) -> None:
    found = difference(tmp_path, {"Bạn còn": "Mình còn", "reply: Cảm": "reply: Xin cảm"})

    assert counts(found, "price") == (0, 0, 2, 2)
    assert (ids[0], "Bạn còn hỏi không", "Mình còn hỏi không") in examples(found, "changed")
    assert (ids[3], "Cảm ơn", "Xin cảm ơn") in examples(found, "changed")


FORWARDS = """
rules:
  - id: kept
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - id: crm
        forward: {to: "https://example.com/in", body: {text: "{{ event.text }}", source: page}}
      - moderate: hide
      - remember: {asked: price}
      - log: "{{ event.text }} asked"
      - cancel_follow_ups: {rule: other}
      - follow_up:
          after: 2h
          within: 1h
          cancel_on: {event: message.received, conditions: [event.text != null]}
          actions: [{message: Bạn còn hỏi không}]
  - id: other
    trigger: {event: message.deleted, connection: demo-page}
    actions: [log: x]
"""


@pytest.mark.parametrize(
    ("before", "now", "shown"),
    [
        ("source: page", "source: shop", ('"source":"page"', '"source":"shop"')),
        ("com/in", "com/other", ("com/in ", "com/other ")),
        ("moderate: hide", "moderate: like", ("is_hidden", "/likes")),
        ("asked: price", "asked: size", ('{"asked":"price"}', '{"asked":"size"}')),
        ("after: 2h", "after: 90m", ("2h", "90m")),
        ("within: 1h", "within: 2h", ("within: 1h", "within: 2h")),
        ("event: message.received", "event: message.*", ("message.received", "message.*")),
        ("event.text != null]", "event.text == '1']", ("event.text != null", "event.text == '1'")),
        ("rule: other", "key: other", ('"rule":"other"', '"key":"other"')),
        (" asked", " asks", (" asked", " asks")),
        ("{{ event.text }} asked", "bought", (" asked", "bought")),
        (
            'log: "{{ event.text }} asked"',
            "log: {text: asked, level: warning}",
            (" asked", "warning: asked"),
        ),
        (
            "- moderate: hide",
            "- moderate: hide\n        if: event.text == 'x'",
            ("is_hidden", None),
        ),
    ],
)
def test_everything_that_goes_out_or_is_kept_is_compared(
    before: str,
    now: str,
    shown: tuple[str, str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.integration.simulation.test_backtest.RULES", FORWARDS)
    asyncio.run(_stored(tmp_path / "data"))

    found = difference(tmp_path, {before: now})

    assert counts(found, "kept") == (0, 0, 3, 3)
    for _event, was, becomes in examples(found, "changed"):
        assert shown[0] in was
        assert becomes is None if shown[1] is None else shown[1] in becomes


def test_a_body_that_differs_far_behind_is_told_where_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = FORWARDS.replace("source: page", f"source: {'x' * 5000}y")
    monkeypatch.setattr("tests.integration.simulation.test_backtest.RULES", rules)
    asyncio.run(_stored(tmp_path / "data"))

    assert counts(difference(tmp_path, {}), "kept") == (0, 0, 3, 0)
    assert counts(difference(tmp_path, {"xy": "xz"}), "kept") == (0, 0, 3, 3)
    said = compared(tmp_path, {"xxxxy": "xx" * 500 + "q"}).stdout
    assert "3 as before, 3 steps changed" in said


EMITS = """
rules:
  - id: found
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions: [{emit: {event: lead.found, data: {said: "{{ event.text }}"}}}]
  - id: lead
    trigger: {event: lead.found}
    actions: [{reply: "Chào bạn: {{ event.data.said }}"}]
"""


def test_what_follows_of_events_that_rules_raise_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.integration.simulation.test_backtest.RULES", EMITS)
    asyncio.run(_stored(tmp_path / "data"))

    assert counts(difference(tmp_path, {}), "lead") == (0, 0, 3, 0)
    assert counts(difference(tmp_path, {"Chào bạn": "Xin chào"}), "lead") == (0, 0, 3, 3)
    assert counts(difference(tmp_path, {"['giá']": "['sao']"}), "lead") == (0, 2, 1, 0)


def test_limits_and_time_are_replayed_and_not_guessed(tmp_path: Path, ids: list[str]) -> None:
    found = difference(tmp_path, {"period: 1h": "period: 5m"})

    assert counts(found, "price") == (1, 0, 2, 0)
    assert examples(found, "new") == [(ids[1], None, None)]
    assert found["messages"]["now"]["busiest_messages"] == 4
    assert found["messages"]["now"]["busiest_contact"] == "demo-page:lan"


def test_an_earlier_revision_can_be_compared_with(tmp_path: Path, ids: list[str]) -> None:
    assert difference(tmp_path, {"Cảm ơn": "Xin"}, "--against", "1")["rules"][0]["rule"] == "thanks"
    assert ids
    assert compared(tmp_path, {}, "--against", "7").returncode == 1
    assert compared(tmp_path, {}, "--against", "old").returncode == 2


def test_a_pull_request_gets_a_table_that_no_text_of_a_stranger_breaks(
    tmp_path: Path, ids: list[str]
) -> None:
    said = compared(tmp_path, {"'đẹp'": "'xấu'"}, "--markdown").stdout

    assert ids[3] in said
    assert "| `thanks` | 0 | 1 | 0 | 0 |" in said
    assert "`đẹp quá`" in said


def test_a_person_reads_it_in_their_language(tmp_path: Path, ids: list[str]) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.replace("'đẹp'", "'sao'"), encoding="utf-8")
    english, vietnamese = (
        command(tmp_path, "--lang", language, "backtest", "rules.yaml", *OLD).stdout
        for language in ("en", "vi")
    )

    assert "thanks: 1 new, 1 gone" in english
    assert f"− {ids[3]} “đẹp quá”" in english
    assert "Messages a day, about: 5 before, 5 now." in english
    assert f"− {ids[3]} “đẹp quá”" in vietnamese
    assert "before" not in vietnamese


def test_nothing_is_written_to_the_servers_store(tmp_path: Path, ids: list[str]) -> None:
    file = tmp_path / "data" / "automator.db"
    before = file.read_bytes()

    assert difference(tmp_path, {})["events"] == len(ids)
    assert file.read_bytes() == before


def test_a_side_can_be_handed_to_another_process(tmp_path: Path) -> None:
    config = load_config(None, tmp_path, demo=True)
    rule_context = rule_context_of(config, is_configured=True)
    setup = setup_of({"rules.yaml": RULES}, rule_context, config.settings, config.connections)

    packed = pickle.loads(pickle.dumps(packed_of(setup)))  # noqa: S301 - we wrote it.

    again = unpacked(packed)
    assert again.connections.keys() == setup.connections.keys()
    assert again.rule_context.known_paths == setup.rule_context.known_paths


@pytest.mark.long
def test_many_events_take_two_processes_and_what_was_done_so_far_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    ids = asyncio.run(_stored(tmp_path / "data", times=30))
    here = difference(tmp_path, {"'giá'": "'sao'"})
    monkeypatch.setattr(backtest, "_FEW", 0)

    there = difference(tmp_path, {"'giá'": "'sao'"})

    assert there | {"seconds": 0} == here | {"seconds": 0}
    assert there["events"] == len(ids)


@pytest.mark.long
def test_a_backtest_that_is_stopped_compares_what_both_sides_have_seen(tmp_path: Path) -> None:
    ids = asyncio.run(_stored(tmp_path / "data", times=150))
    config = load_config(None, tmp_path, demo=True)
    before = setup_of(
        {"rules.yaml": RULES}, rule_context_of(config), config.settings, config.connections
    )
    now = replace(before, files={"rules.yaml": RULES.replace("'giá'", "'sao'")})
    events = Range(after=0, until_ms=1 << 41, most=len(ids))
    url = with_tables(tmp_path / "data")
    seen = []

    def show(done: int) -> None:
        seen.append(done)

    monkey = pytest.MonkeyPatch()
    monkey.setattr(backtest, "_FEW", 0)
    try:
        found = backtest.backtest(before, now, events, url, lambda: max(seen, default=0) > 0, show)
    finally:
        monkey.undo()

    assert 0 < found.events <= len(ids)
    (price,) = [rule for rule in found.rules if rule.rule == "price"]
    assert price.gone + price.same > 0
    assert found.events == len(ids) or found.is_partial


async def _stored(folder: Path, times: int = 1) -> list[str]:
    shop, ids = Shop(ManualClock()), []
    async with opened(with_tables(folder), shop.clock) as store:
        await store.rulesets.publish({"rules.yaml": RULES}, "digest", "a test")
        for number, (person, text) in enumerate(EVENTS * times):
            shop.clock.advance(600)
            delivery = shop.delivery(connection="demo-page")
            event = shop.event(
                delivery,
                connection="demo-page",
                contact=f"demo-page:{person}",
                body={
                    "text": text,
                    "actor": {"id": person, "name": person.title(), "is_self": False},
                    "comment": {"id": f"1_{number}"},
                },
            )
            (receipt,) = await store.ingest(delivery, [EventPlan(event, (), 1)])
            ids.append(format_id(receipt.event_id))
    return ids
