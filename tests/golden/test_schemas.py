"""The JSON Schemas say yes to every file that is right, and no to frequent mistakes."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from automator.actions import builtin_actions
from automator.configuration.settings import Settings
from automator.files import parse_yaml, settings_schema
from automator.providers import BUILTIN
from automator.rules.assistance.schema import rule_file_schema
from tests.meta.test_examples import ROOT, as_file, examples

RULES = Draft7Validator(rule_file_schema(builtin_actions()))
SETTINGS = Draft7Validator(settings_schema(BUILTIN.values()))
FOLDER = Path(__file__).parent / "problems"
#: What a schema for rule files cannot know: other names in the file, and the language inside texts.
BEYOND_A_SCHEMA = {
    "absences", "audience", "condition-syntax", "conditions", "curly-quotes", "dates-in-templates",
    "every-minute", "forms-of-code", "forms-of-other-languages", "ids-and-connections",
    "meaning-always", "meaning-arms", "meaning-audience", "meaning-buttons", "meaning-comparisons",
    "meaning-events",
    "meaning-filled-in", "meaning-lost-values", "meaning-nothing-there",
    "meaning-set-and-output", "meaning-vars",
    "meaning-schedules", "meaning-scopes", "meaning-sending",
    "meaning-misnamed-inputs", "meaning-other-connections", "meaning-rule-tests", "meaning-slips",
    "meaning-values",
    "meaning-waits",
    "not-possible", "options-without-quotes", "references", "schedules", "slips-in-conditions",
    "template-syntax", "templates", "times-spelt-out",
    "unknown-function", "unknown-interval-and-provider",
}  # fmt: skip


def data_of(text: str) -> Any:
    return parse_yaml("file.yaml", text).data


def wrong(validator: Draft7Validator, data: Any) -> list[str]:
    return [
        f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(data)
    ]


def test_the_schemas_are_schemas() -> None:
    Draft7Validator.check_schema(RULES.schema)
    Draft7Validator.check_schema(SETTINGS.schema)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "rules/demo").rglob("*.yaml")), ids=lambda path: path.name
)
def test_every_rule_of_the_demo_fits_the_schema(path: Path) -> None:
    assert wrong(RULES, data_of(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(("place", "text"), examples(), ids=[place for place, _ in examples()])
def test_every_example_of_the_documents_fits_its_schema(place: str, text: str) -> None:
    text = as_file(place, text)
    first = re.match(r"[a-z_]+", text)
    is_settings = first is not None and first[0] in Settings.model_fields and first[0] != "vars"

    assert wrong(SETTINGS if is_settings else RULES, data_of(text)) == []


@pytest.mark.parametrize("case", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_a_broken_file_does_not_fit_where_a_schema_can_tell(case: str) -> None:
    parsed = parse_yaml("file.yaml", (FOLDER / f"{case}.yaml").read_text(encoding="utf-8"))

    if not parsed.problems and case not in BEYOND_A_SCHEMA:
        assert wrong(RULES, parsed.data) != []


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: a, triger: {}, trigger: {event: x}, actions: [{log: x}]}]",
        "rules: [{id: A, trigger: {event: x}, actions: [{log: x}]}]",
        "rules: [{id: a, trigger: {event: x}, actions: [{if: 'true'}]}]",
        "rules: [{id: a, trigger: {event: x}, actions: [{moderate: burn}]}]",
        "rules: [{id: a, trigger: {event: x}, actions: [{follow_up: {after: 30, actions: []}}]}]",
        "rules: [{id: a, trigger: {event: x}, limits: {once: {}}, actions: [{log: x}]}]",
        "rules: [{id: a, mode: dead, trigger: {event: x}, actions: [{log: x}]}]",
    ],
)
def test_a_frequent_mistake_in_a_rule_is_marked(text: str) -> None:
    assert wrong(RULES, data_of(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "connections: {page: {provider: facebok}}",
        "connections: {page: {provider: github, secrets: x}}",
        "targets: {crm: {url: 'https://crm.example', timeout: 15}}",
        "retention: {log: 90}",
        "worker: 5",
    ],
)
def test_a_frequent_mistake_in_the_settings_is_marked(text: str) -> None:
    assert wrong(SETTINGS, data_of(text)) != []


@pytest.mark.parametrize("provider", BUILTIN.values(), ids=lambda provider: provider.name)
def test_every_option_of_a_provider_says_what_it_is_for(provider: Any) -> None:
    options = SETTINGS.schema["$defs"][f"connection_{provider.name}"]["properties"]

    assert [name for name, schema in options.items() if not schema.get("description")] == []


def test_every_key_of_a_rule_says_what_it_is_for() -> None:
    definitions = RULES.schema["$defs"]

    assert [
        f"{definition}.{name}"
        for definition, schema in definitions.items()
        for name, inner in schema.get("properties", {}).items()
        if not inner.get("description")
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "snippets: {a: {parameters: [x], actions: [{reply: '{{ with.x }}'}]}}",
        "snippets: {a: {parameters: {x: 20h}, actions: [{log: x}]}}",
        "include: _shared.yaml",
        "defaults: {active: office, outside: wait, pause_on: {human_reply: 12h}}",
        "defaults: {limits: {once: {key: event.actor.id, period: 1d}}}",
        "rules: [{id: a, trigger: {event: x}, actions: [{use: a}, {use: a, with: {x: 1}}]}]",
    ],
)
def test_snippets_and_defaults_fit_the_schema(text: str) -> None:
    assert wrong(RULES, data_of(text)) == []
