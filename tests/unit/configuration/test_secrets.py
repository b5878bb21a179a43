"""Secrets are named by reference and never show themselves."""

from pathlib import Path

import pytest

from automator.configuration import secrets
from automator.configuration.secrets import (
    REDACTED,
    KnownSecrets,
    MissingSecretError,
    Secret,
    redacted_url,
    resolve_secret,
    secrets_of_address,
)
from automator.model import SettingsError
from tests.support.words import advice_on, said


def test_a_secret_shows_only_where_it_came_from() -> None:
    secret = resolve_secret("env:TOKEN", {"TOKEN": "hush-hush"})

    assert f"{secret} {secret!r} {[secret]}".count("env:TOKEN") == 3
    assert "hush" not in f"{secret} {secret!r} {[secret]}"


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush-hush\n")

    assert resolve_secret(f"file:{tmp_path}/token").reveal() == "hush-hush"


@pytest.mark.parametrize("value", ["hush-hush\r", " hush-hush ", "hush-hush\n"])
def test_blanks_around_a_variable_are_no_part_of_a_secret(value: str) -> None:
    assert resolve_secret("env:TOKEN", {"TOKEN": value}).reveal() == "hush-hush"


def test_a_variable_that_is_no_text_says_so() -> None:
    with pytest.raises(MissingSecretError) as refused:
        resolve_secret("env:TOKEN", {"TOKEN": "\udcff\udcfeabc"})

    assert said(refused.value.reason) == "the environment variable TOKEN is not UTF-8 text"


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

    assert KnownSecrets(secrets).hidden("?access_token=page-token-123&x=short") == (
        "?access_token=<secret env:PAGE>&x=short"
    )


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("tgram://123456:AAtoken_token/5", "https://api.telegram.org/bot123456:AAtoken_token/send"),
        ("discord://12345678/token_token", "https://discord.com/api/webhooks/12345678/token_token"),
        ("jsons://user:token_token@h.example/in", "authorization token_token"),
        ("gotify://h.example/up/token_token", "x-gotify-key: token_token"),
        ("jsons://u:token%40token@h.example/in", "token@token"),
        ("workflow://h.example/12345678/token_token", "?sig=token_token"),
        ("https://hooks.slack.com/services/T/B/token_token", "/services/T/B/token_token"),
        ("mailtos://h.example?pass=token_token&to=a@shop.example", "token_token"),
    ],
)
def test_no_part_of_an_address_that_gives_access_is_shown(address: str, sent: str) -> None:
    known = KnownSecrets(secrets_of_address(Secret(address, "env:OPS")))

    assert "token" not in known.hidden(sent).replace("x-gotify-key", "")
    assert "token" not in known.hidden(f"at {address}")


def test_who_got_a_letter_and_the_names_of_servers_are_shown() -> None:
    address = Secret("mailtos://me:token_token@mail.shop.example?to=owner@shop.example", "env:OPS")
    sent = "smtp://mail.shop.example:587 owner@shop.example"

    assert KnownSecrets(secrets_of_address(address)).hidden(sent) == sent


def test_long_names_are_looked_at_and_not_kept() -> None:
    before = secrets._kept_verdict.cache_info().currsize

    assert secrets.names_secret("x" * 60_000 + "-token")
    assert not secrets.names_secret("x" * 60_000)

    assert secrets._kept_verdict.cache_info().currsize == before


def test_the_mark_that_editors_put_before_a_text_is_no_part_of_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_bytes(b"\xef\xbb\xbfkept-in-notepad\r\n")

    assert resolve_secret(f"file:{file}").reveal() == "kept-in-notepad"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xfes\x00", "is not UTF-8 text"),
        (None, "there is no such file or folder"),
    ],
)
def test_a_file_without_a_text_says_so(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    file = tmp_path / "secret.txt"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(MissingSecretError) as refused:
        resolve_secret(f"file:{file}")

    assert expected in said(refused.value.reason)


@pytest.mark.timeout(20)
def test_what_an_address_hides_costs_no_more_than_its_length() -> None:
    behind = "?" * 200_000

    hidden = redacted_url(f"https://shop.example/?token=hush&{behind}")

    assert hidden == f"https://shop.example/?token={REDACTED}&{behind}"
