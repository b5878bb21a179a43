"""A start says when tracked links of before, or of another node, do not work here."""

from pathlib import Path

import pytest

from automator.model import Reason
from tests.support.site import open_site

TRACKING = """\
rules:
  - id: prices
    trigger: {event: message.received, connection: shop-page}
    actions:
      - follow_up:
          after: 1h
          actions:
            - message: "Giá: {{ 'https://shop.example/prices' | tracked }}"
"""
PLAIN = TRACKING.replace("{{ 'https://shop.example/prices' | tracked }}", "250k")
SETTINGS = """\
public_url: https://bot.example
links: {secret: [%s]}
connections:
  shop-page:
    provider: facebook
    app_secret: "0123456789abcdef0123456789abcdef"
    verify_token: verify-token-for-tests
    page_access_token: page-token-for-tests-0123456789
"""
FIRST, SECOND = "1" * 40, "2" * 40


async def codes_at_start(
    folder: Path, *secrets: str, rules: str = TRACKING, database: str | None = None
) -> list[str]:
    """The codes of the warnings of a server that makes links with the first of these secrets."""
    number = len(list(folder.iterdir()))
    settings = SETTINGS % ", ".join(f'"{one}"' for one in secrets)
    here = folder / str(number)
    (here / "data").mkdir(parents=True)
    async with open_site(here, rules, settings_text=settings, database=database) as site:
        warnings: tuple[Reason, ...] = site.services.store_warnings
        said = (await site.program().get("/api/status")).json()["store_warnings"]
        assert len(said) == len(warnings)
        return [one.code for one in warnings if "link" in one.code]


async def test_a_node_with_another_key_than_the_last_one_says_so(
    tmp_path: Path, postgresql_store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await codes_at_start(tmp_path, FIRST, database=postgresql_store_url) == []
    assert await codes_at_start(tmp_path, FIRST, database=postgresql_store_url) == []
    assert "other_link_key" not in caplog.text

    found = await codes_at_start(tmp_path, SECOND, database=postgresql_store_url)
    assert found == ["other_link_key"]
    assert "other_link_key" in caplog.text


async def test_a_key_that_is_rotated_is_known(tmp_path: Path, postgresql_store_url: str) -> None:
    assert await codes_at_start(tmp_path, FIRST, database=postgresql_store_url) == []
    assert await codes_at_start(tmp_path, SECOND, FIRST, database=postgresql_store_url) == []
    # A node that has not got the new key yet.
    assert await codes_at_start(tmp_path, FIRST, database=postgresql_store_url) == [
        "other_link_key"
    ]


async def test_without_tracked_links_no_key_is_missed(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    assert await codes_at_start(tmp_path, FIRST, rules=PLAIN, database=postgresql_store_url) == []
    assert await codes_at_start(tmp_path, SECOND, rules=PLAIN, database=postgresql_store_url) == []
