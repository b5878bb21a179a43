"""Plans name rules that come, go and move, and the keys of automator.yaml."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from automator.language import ENGLISH, Translator
from automator.model import NotFoundError, Waits
from automator.rules import load_rules
from automator.rules.editing.step_forms import Choices
from automator.server.bootstrap.assembly import ServeOptions, settings_file_of
from automator.server.reading.config import read_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests import plans
from automator.server.rule_tests.plans import Plan, plan_of
from tests.support.rules import ACTIONS

RULE = """\
  - id: {id}
    trigger: {{event: comment.created, connection: shop-page}}
    actions: [{{reply: "{text}"}}]
"""
ABSENT = """\
rules:
  - id: unpaid
    trigger: {absence: {of: own.paid, after: own.ordered, within: 1h, key: event.id}}
    actions: [{forward: {to: crm}}]
"""
SETTINGS = """\
connections:
  shop-page: {provider: facebook, app_secret: env:A, verify_token: env:B, page_access_token: env:C}
  orders: {provider: generic, verify: {token: env:D}, event: {type: body.kind}}
targets:
  crm: {url: "https://crm.example/in"}
"""


@pytest.fixture(autouse=True)
def _without_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "newest_compared", lambda *_: None)


def rules(**texts: str) -> str:
    """A file with these rules and the texts of their replies."""
    return "rules:\n" + "".join(RULE.format(id=name, text=text) for name, text in texts.items())


def plan(
    before: Mapping[str, str],
    texts: Mapping[str, str | None],
    *,
    file: Path | None = None,
    settings: str | None = None,
    waiting: Mapping[Waits, Mapping[str, int]] | None = None,
) -> Plan:
    config = read_config("automator.yaml", SETTINGS, resolve_secrets=False)
    names = rule_context_of(config)
    options = ServeOptions(
        config=file, rules=Path(), data=Path(), host="", port=0, demo=False, after_demo=None
    )
    if file is not None:
        file.write_text(SETTINGS, encoding="utf-8")
    log = SimpleNamespace(waiting_counts=lambda kind, _most: (waiting or {}).get(kind, {}))
    files = {name: SimpleNamespace(text=text) for name, text in before.items()}
    active = SimpleNamespace(rule_set=load_rules(names, before).rule_set)
    services: Any = SimpleNamespace(
        rulebook=SimpleNamespace(files=lambda: files, active=active),
        rule_context=names,
        settings=config.settings,
        connections=config.connections,
        settings_file=settings_file_of(options),
        store=SimpleNamespace(log=log),
    )
    choices = Choices(actions=ACTIONS, events={}, can_send={}, zone="UTC")
    return plan_of(services, texts, settings, choices)


def text_of(found: Plan) -> str:
    return str(found.as_json(Translator(ENGLISH))["text"])


def test_the_same_texts_change_nothing(tmp_path: Path) -> None:
    before = {"a.yaml": rules(one="x")}

    found = plan(before, before, file=tmp_path / "automator.yaml", settings=SETTINGS)

    assert not found.changes
    assert text_of(found) == "Nothing would change."


def test_rules_are_new_changed_or_deleted() -> None:
    before = {"a.yaml": rules(one="x", two="y", three="z")}

    found = plan(before, {"a.yaml": rules(one="w", two="y", four="v")})

    assert found.rules == {"four": "new", "one": "changed", "three": "deleted"}
    assert found.errors == []
    assert text_of(found).splitlines()[:4] == [
        "~ a.yaml",
        "+ rule four",
        "~ rule one",
        "− rule three",
    ]
    assert any("one: " in line and "w" in line for line in text_of(found).splitlines()[4:])


def test_a_rule_that_moves_into_another_file_is_no_change_of_the_rule() -> None:
    found = plan({"a.yaml": rules(one="x")}, {"a.yaml": None, "b.yaml": rules(one="x")})

    assert found.changes
    assert found.rules == {}
    assert found.files == {"a.yaml": "deleted", "b.yaml": "new"}


def test_a_rule_that_moves_between_files_is_neither_told_as_new_nor_as_deleted() -> None:
    before = {"a.yaml": rules(one="x", two="y"), "b.yaml": rules(three="z")}

    found = plan(before, {"a.yaml": rules(two="y"), "b.yaml": rules(three="z", one="x")})

    assert (found.rules, found.words) == ({}, ())
    assert text_of(found) == "~ a.yaml\n~ b.yaml"


def test_follow_ups_of_a_deleted_rule_go_on_and_its_waits_for_an_absence_end() -> None:
    before = {"a.yaml": rules(one="x", two="y"), "b.yaml": ABSENT}
    waiting = {Waits.TIME: {"one": 3, "two": 1}, Waits.ABSENCE: {"unpaid": 2}}

    found = plan(before, {"a.yaml": rules(two="y"), "b.yaml": None}, waiting=waiting)
    kept = plan(before, {"a.yaml": rules(one="x", two="z")}, waiting=waiting)

    assert (found.goes_on, found.ends) == ({"one": 3}, {"unpaid": 2})
    assert (kept.goes_on, kept.ends) == ({}, {})
    assert "one: follow-ups that wait, and still go out as they were planned: 3" in text_of(found)


def test_keys_of_automator_yaml_are_named_without_their_values(tmp_path: Path) -> None:
    now = SETTINGS.replace("crm:", "erp:").replace("env:A", "plain-secret") + "workers: 8\n"

    found = plan({"a.yaml": rules(one="x")}, {}, file=tmp_path / "automator.yaml", settings=now)

    assert found.settings == [
        "connections.shop-page.app_secret",
        "targets.crm",
        "targets.erp",
        "workers",
    ]
    assert found.changes
    assert "plain-secret" not in str(found.as_json(Translator(ENGLISH)))


def test_rules_are_read_with_the_automator_yaml_that_is_planned(tmp_path: Path) -> None:
    text = rules(one="x").replace('reply: "x"', "forward: {to: erp}")
    now = SETTINGS.replace("crm:", "erp:")

    alone = plan({"a.yaml": rules(one="x")}, {"a.yaml": text})
    both = plan({}, {"a.yaml": text}, file=tmp_path / "automator.yaml", settings=now)

    assert ([one.file for one in alone.errors], both.errors) == (["a.yaml"], [])


def test_a_server_without_automator_yaml_plans_none() -> None:
    with pytest.raises(NotFoundError):
        plan({"a.yaml": rules(one="x")}, {}, settings=SETTINGS)


@pytest.mark.parametrize("settings", ["- a list", "a: [", "colour: red\n"])
def test_a_broken_automator_yaml_is_told_with_its_place(tmp_path: Path, settings: str) -> None:
    found = plan(
        {"a.yaml": rules(one="x")}, {}, file=tmp_path / "automator.yaml", settings=settings
    )

    assert "automator.yaml" in {one.file for one in found.errors}
    assert "automator.yaml:1" in text_of(found)


def test_errors_are_told_in_place_of_the_plan() -> None:
    found = plan({"a.yaml": rules(one="x")}, {"a.yaml": rules(one="x").replace("reply", "repyl")})

    assert [one.file for one in found.errors] == ["a.yaml"]
    assert "a.yaml:4" in text_of(found)
