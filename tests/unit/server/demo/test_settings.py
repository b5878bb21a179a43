"""The settings of a demo: a connection of every provider, secrets of its own."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from automator.actions import builtin_actions
from automator.model import SettingsError
from automator.plugins import Provider
from automator.providers import BUILTIN, ProviderAttribute
from automator.resources import example_rules_folder
from automator.rules import RuleContext, load_rules, read_rule_files
from automator.server.demo.settings import SECRETS_FILE, demo_name
from automator.server.reading.config import load_config
from automator.server.shared.sample_paths import sample_paths

URL = "http://127.0.0.1:8080"


def connections(data: Path) -> dict[str, Provider]:
    return dict(load_config(None, data, True, url=URL).connections)


@pytest.mark.parametrize("provider", BUILTIN.values())
def test_every_provider_has_a_title_and_a_connection_in_the_demo(
    provider: type[Provider], tmp_path: Path
) -> None:
    made = connections(tmp_path)[demo_name(provider.name)]

    assert isinstance(made, provider)
    assert provider.title


def test_the_shipped_examples_have_no_problems_with_the_connections_of_the_demo(
    tmp_path: Path,
) -> None:
    config = load_config(None, tmp_path, True, url=URL)
    rule_context = RuleContext(
        actions=builtin_actions(),
        connections={name: provider.name for name, provider in config.connections.items()},
        vars=config.settings.vars,
        abilities=ProviderAttribute("can_send"),
        known_paths=sample_paths(config.connections),
        policies=ProviderAttribute("policy"),
    )

    loaded = load_rules(rule_context, read_rule_files(example_rules_folder()))

    assert loaded.problems == []
    assert not loaded.refused
    rules = [compiled.spec for compiled in loaded.rule_set.rules]
    assert {rule.id for rule in rules if rule.trigger.absence} == {"unpaid-order"}
    assert {rule.id for rule in rules if rule.trigger.schedule} == {"morning-report"}
    assert {rule.id for rule in rules if rule.shadow} == {"morning-report"}


def test_every_address_of_an_api_is_the_sandbox_with_the_path_of_the_real_one(
    tmp_path: Path,
) -> None:
    settings = load_config(None, tmp_path, True, url=URL).settings

    for keys in settings.connections.values():
        for key, value in keys.items():
            if key.endswith("_url"):
                assert value.startswith(f"{URL}/sandbox/{keys['provider']}"), value
    slack = settings.connections["demo-slack"]["api_url"]
    assert urlsplit(slack).path == "/sandbox/slack/api"


def test_secrets_are_the_same_at_the_next_start_and_others_in_another_folder(
    tmp_path: Path,
) -> None:
    first, again, other = (
        connections(tmp_path / folder)["demo-github"].secrets() for folder in ("a", "a", "b")
    )

    assert first == again
    assert set(first).isdisjoint(other)


def test_the_secrets_of_an_older_demo_are_replaced(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text(json.dumps({"app_secret": "x" * 48}), encoding="utf-8")

    first, again = (connections(tmp_path)["demo-page"].secrets() for _ in range(2))

    assert first == again


def test_secrets_that_cannot_be_read_say_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text("[", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        connections(tmp_path)

    assert caught.value.fix == "Delete it; the next start of the demo makes a new one."
