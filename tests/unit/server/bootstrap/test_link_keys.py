"""Every node makes and knows the same tracked links, and old ones while a key is rotated."""

from pathlib import Path

import pytest

from automator.configuration.settings import Settings
from automator.engine.links.link_tokens import Link
from automator.server.bootstrap.keys_and_tokens import tracked_links
from automator.server.reading.config import read_config
from tests.support.words import rendered

LINK = Link(7, "told", "https://shop.example/ao")
OLD, NEW = "an-old-link-secret-0123456789-abcdef", "a-new-link-secret-0123456789-abcdefg"
SEALING = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def settings(*secrets: str, url: str = "https://bot.example/") -> Settings:
    return Settings.model_validate({"public_url": url, "links": {"secret": list(secrets)}})


def token(address: str) -> str:
    begin, _, last = address.partition("/l/")
    assert begin == "https://bot.example"
    return last


def test_a_link_of_before_the_rotation_works_and_new_ones_have_the_new_key(tmp_path: Path) -> None:
    before = token(tracked_links(settings(OLD), tmp_path).address(LINK))
    rotated = tracked_links(settings(NEW, OLD), tmp_path)
    after = tracked_links(settings(NEW), tmp_path)

    assert rotated.link_of(before) == LINK
    assert rotated.address(LINK) == after.address(LINK)
    assert after.link_of(before) is None
    assert not (tmp_path / "sealing.key").exists()


def test_without_a_secret_the_key_is_that_of_the_data_folder(tmp_path: Path) -> None:
    plain = Settings(public_url="https://bot.example")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    made = token(tracked_links(plain, here).address(LINK))

    assert tracked_links(plain, here).link_of(made) == LINK
    assert tracked_links(plain, there).link_of(made) is None


def test_nodes_with_one_sealing_key_know_each_others_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOMATOR_SEALING_KEY", SEALING)
    plain = Settings(public_url="https://bot.example")
    made = token(tracked_links(plain, tmp_path / "a").address(LINK))

    assert tracked_links(plain, tmp_path / "b").link_of(made) == LINK


def test_a_server_without_an_address_sends_the_target_itself(tmp_path: Path) -> None:
    links = tracked_links(settings(OLD, url=""), tmp_path)

    assert links.address(LINK) == LINK.target
    assert links.link_of("") is None


def test_a_secret_that_could_be_guessed_is_refused() -> None:
    text = "public_url: https://bot.example\nlinks: {secret: [env:LINK_SECRET]}\n"
    found = read_config("automator.yaml", text, environ={"LINK_SECRET": "x" * 31})

    assert "env:LINK_SECRET" in rendered(found.problems)
    assert read_config("automator.yaml", text, environ={"LINK_SECRET": OLD}).problems == []
