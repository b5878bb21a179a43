"""Whatever a rule file says, reading it ends with its problems and never with an exception."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.files.source import Parsed
from automator.model import Severity
from automator.rules import load_rules
from automator.rules.reading import load as loading
from automator.rules.reading import read_file
from tests.support.rules import load, real_rule_context
from tests.support.words import advice_on, said

GOOD = "rules: [{id: good, trigger: {event: comment.created}, actions: [{reply: x}]}]\n"


def with_key(limit: str, key: str) -> str:
    more = {
        "once": "",
        "throttle": ", limit: 1, period: 1h",
        "debounce": ", quiet: 1s, max_wait: 2s",
        "concurrency": "",
    }
    return (
        "rules:\n  - id: broken\n    trigger: {event: comment.created}\n"
        f"    limits:\n      {limit}: {{key: {key}{more[limit]}}}\n    actions: [{{reply: x}}]\n"
    )


@pytest.mark.parametrize("limit", ["once", "throttle", "debounce", "concurrency"])
def test_a_limit_whose_key_is_no_expression_is_a_problem_at_its_place(limit: str) -> None:
    loaded = load({"a.yaml": with_key(limit, '"{{ event.actor.id }}"'), "b.yaml": GOOD})

    (problem,) = loaded.problems
    assert (problem.file, problem.line, problem.code) == ("a.yaml", 5, "condition-syntax")


_WORDS = st.sampled_from(
    ["{{ event.actor.id }}", "event.actor.id", "[event.id", "keywords(", "'x'", "null", "@", "`1`"]
)
_PLACES = st.sampled_from(["limits", "conditions", "if", "key", "reply", "cancel_on"])


@given(place=_PLACES, text=_WORDS | st.text(max_size=12))
def test_a_text_in_any_place_for_an_expression_never_raises(place: str, text: str) -> None:
    rule: dict[str, Any] = {
        "id": "a",
        "trigger": {"event": "comment.created"},
        "actions": [{"reply": "x"}],
    }
    if place == "limits":
        rule["limits"] = {"once": {"key": text}}
    elif place == "conditions":
        rule["conditions"] = [text, {"any": [text]}]
    elif place == "key":
        rule["trigger"] = {
            "absence": {"of": "order.paid", "after": "order.created", "within": "1h", "key": text}
        }
    elif place == "cancel_on":
        cancel_on = {"event": "message.received", "conditions": [text]}
        follow_up = {"after": "1h", "actions": [{"reply": text}], "cancel_on": cancel_on}
        rule["actions"] = [{"follow_up": follow_up}]
    else:
        rule["actions"] = [{"reply": text} if place == "reply" else {"reply": "x", "if": text}]

    load({"a.yaml": yaml_of({"rules": [rule]})})


def yaml_of(data: Any) -> str:
    """The data as JSON, which is YAML as well."""
    import orjson

    return orjson.dumps(data).decode()


def test_a_fault_of_the_reader_is_a_problem_of_the_one_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = read_file.parse_yaml

    def failing(name: str, text: str) -> Parsed:
        if name == "a.yaml":
            raise ZeroDivisionError("by the reader")
        return really(name, text)

    monkeypatch.setattr(read_file, "parse_yaml", failing)

    (problem,) = load({"a.yaml": GOOD.replace("good", "a"), "b.yaml": GOOD}).problems

    assert (problem.file, problem.code, problem.severity) == (
        "a.yaml",
        "cannot-read",
        Severity.ERROR,
    )
    assert "ZeroDivisionError" in said(problem.reason)
    assert advice_on(problem.reason)


def test_a_file_that_is_saved_again_and_again_keeps_few_of_its_versions_in_memory() -> None:
    loading._READ.clear()
    texts = [f"# version {number}\n{GOOD}" for number in range(100)]

    for text in texts:
        load({"a.yaml": text})
    weight = loading._READ.weight

    assert len(loading._READ) == 1
    assert weight < 10 * (loading._BYTES + loading._BYTES_PER_CHARACTER * len(texts[-1]))


def test_the_version_in_force_is_read_once_however_often_another_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loading._READ.clear()
    read: list[str] = []
    original = loading.read_file

    def count(rule_context: Any, name: str, text: str, included: Any) -> Any:
        read.append(text)
        return original(rule_context, name, text, included)

    monkeypatch.setattr(loading, "read_file", count)
    for number in range(20):
        load({"a.yaml": GOOD})
        load({"a.yaml": f"# trial {number}\n{GOOD}"})

    assert read.count(GOOD) == 1


@pytest.mark.parametrize("condition", ["between(now, '08:00', '21:00')", "between(now, 8, 21)"])
def test_the_zone_that_a_call_lacks_is_guessed_by_the_settings(condition: str) -> None:
    around = replace(real_rule_context(), timezone="Europe/Berlin")
    text = GOOD.replace("trigger:", f'conditions: ["{condition}"], trigger:')

    (problem,) = load_rules(around, {"a.yaml": text}).problems

    assert "'08:00', '21:00', 'Europe/Berlin'). The zone is a guess" in advice_on(problem.reason)


def test_a_connection_that_is_named_by_its_provider_is_found() -> None:
    text = GOOD.replace("comment.created}", "comment.created, connection: generic}")

    (problem,) = load({"a.yaml": text}).problems

    assert advice_on(problem.reason).startswith("write its name, orders;")
