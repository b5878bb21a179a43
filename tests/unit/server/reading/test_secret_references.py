"""References in automator.yaml that are most likely others than were meant."""

import pytest

from automator.model import Severity
from automator.server.reading.config import read_config
from tests.support.words import advice_on, said

PAGE = "connections:\n  page:\n    provider: facebook\n"


def found(text: str, code: str) -> list[tuple[int, str, str]]:
    """Line, message and fix of the warnings with a code."""
    config = read_config("automator.yaml", text, resolve_secrets=False)
    warnings = [item for item in config.problems if item.code == code]
    assert all(item.severity is Severity.WARNING for item in warnings)
    return [(item.line, said(item.reason), advice_on(item.reason)) for item in warnings]


def test_two_secrets_of_a_connection_that_are_read_from_one_variable_are_each_warned_of() -> None:
    text = f"{PAGE}    app_secret: env:PAGE\n    verify_token: env:PAGE\n"

    first, second = found(text, "shared-secret")

    assert (first[0], second[0]) == (4, 5)
    assert first[1] == (
        "'connections.page.app_secret' and 'connections.page.verify_token' are two secrets,"
        " and both are read from env:PAGE"
    )
    assert "a variable" in first[2]


def test_the_secrets_of_a_target_are_looked_at_behind_a_word_as_well() -> None:
    headers = "{authorization: Bearer env:CRM, x-key: env:OTHER}"
    target = f"{{url: 'https://crm.example/in', secret: env:CRM, headers: {headers}}}"

    assert len(found(f"targets:\n  crm: {target}\n", "shared-secret")) == 2


ROTATED = f"{PAGE}    app_secret: [env:NEW, env:OLD]\n    verify_token: env:TOKEN\n"
ONE_APP = (
    f"{PAGE}    app_secret: env:APP\n    verify_token: env:TOKEN\n"
    "  shop:\n    provider: instagram\n    app_secret: env:APP\n    verify_token: env:SHOP\n"
)
WRITTEN_OUT = f"{PAGE}    app_secret: the-same-text-here\n    verify_token: the-same-text-here\n"


@pytest.mark.parametrize("text", [ROTATED, ONE_APP, WRITTEN_OUT])
def test_what_may_well_be_one_secret_is_not_warned_of(text: str) -> None:
    assert found(text, "shared-secret") == []


@pytest.mark.parametrize("name", ["PAGE-SECRET", "PAGE.SECRET", "2PAGE"])
def test_a_variable_that_no_shell_sets_is_warned_of(name: str) -> None:
    text = f"{PAGE}    app_secret: env:{name}\n    verify_token: env:TOKEN\n"

    ((line, message, _),) = found(text, "odd-variable-name")

    assert line == 4
    assert message == f"a shell sets no variable that is called '{name}'"


def test_a_value_with_a_blank_in_its_name_is_warned_of() -> None:
    ((line, message, fix),) = found("vars:\n  shop name: Lan\n", "unusable-name")

    assert line == 2
    assert message.startswith("no rule can write vars.shop name")
    assert "vars.shop_name" in fix
