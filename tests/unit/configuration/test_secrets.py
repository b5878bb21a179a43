"""Secrets are named by reference and never show themselves."""

from pathlib import Path

import pytest

from automator.configuration.secrets import MissingSecretError, Secret, redact, resolve_secret
from automator.model import SettingsError
from tests.support.words import advice_on


def test_a_secret_shows_only_where_it_came_from() -> None:
    secret = resolve_secret("env:TOKEN", {"TOKEN": "hush-hush"})

    assert f"{secret} {secret!r} {[secret]}".count("env:TOKEN") == 3
    assert "hush" not in f"{secret} {secret!r} {[secret]}"


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush-hush\n")

    assert resolve_secret(f"file:{tmp_path}/token").reveal() == "hush-hush"


@pytest.mark.parametrize("reference", ["env:MISSING", "env:EMPTY", "file:/nowhere/at/all"])
def test_a_missing_secret_is_an_error_that_says_what_to_do(reference: str) -> None:
    with pytest.raises(MissingSecretError) as caught:
        resolve_secret(reference, {"EMPTY": ""})

    assert advice_on(caught.value.reason)


def test_an_empty_secret_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(SettingsError):
        resolve_secret(f"file:{tmp_path}/empty")


def test_every_known_secret_in_a_text_is_replaced() -> None:
    secrets = (Secret("page-token-123", "env:PAGE"), Secret("short", "env:SHORT"))

    assert redact("?access_token=page-token-123&x=short", secrets) == (
        "?access_token=<secret env:PAGE>&x=short"
    )
