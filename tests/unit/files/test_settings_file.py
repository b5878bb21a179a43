from automator.files import load_settings
from automator.model import Severity
from tests.support.words import said


def test_an_empty_file_means_the_defaults() -> None:
    loaded = load_settings("automator.yaml", "# nothing yet\n")

    assert loaded.problems == []
    assert loaded.settings is not None
    assert loaded.settings.connections == {}


def test_a_missing_secret_is_a_problem_at_its_place() -> None:
    text = "targets:\n  crm: {url: https://crm.example/in, secret: env:CRM_SECRET}\n"

    loaded = load_settings("automator.yaml", text, environ={})

    assert loaded.settings is None
    assert [(p.line, p.column) for p in loaded.problems] == [(2, 46)]
    assert "CRM_SECRET is not set" in said(loaded.problems[0].reason)


def test_secrets_are_left_alone_when_they_are_not_asked_for() -> None:
    text = "targets:\n  crm: {url: https://crm.example/in, secret: env:CRM_SECRET}\n"

    loaded = load_settings("automator.yaml", text, resolve_secrets=False)

    assert loaded.problems == []


def test_the_keys_of_connections_are_left_to_their_providers() -> None:
    loaded = load_settings(
        "automator.yaml", "connections:\n  shop: {provider: zalo, anything: 1}\n"
    )

    assert loaded.problems == []
    assert loaded.parsed.positions.key(("connections", "shop", "anything")).column == 26


def test_the_name_of_a_connection_is_checked_where_it_stands() -> None:
    loaded = load_settings("automator.yaml", "connections:\n  Shop Page: {provider: zalo}\n")

    assert [(p.line, p.column, p.length) for p in loaded.problems] == [(2, 3, 9)]


def test_a_value_between_typographic_quotes_is_warned_of() -> None:
    """A secret that was pasted so would never fit."""
    text = "timezone: Asia/Ho_Chi_Minh\npublic_url: “https://shop.example”\n"

    loaded = load_settings("automator.yaml", text)

    (wrong,) = [one for one in loaded.problems if one.code == "curly-quotes"]
    assert (wrong.line, wrong.column, wrong.severity) == (2, 13, Severity.WARNING)
    assert load_settings("automator.yaml", "public_url: https://shop.example\n").problems == []
