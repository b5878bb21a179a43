"""The calls of an agent on this machine while no server runs."""

from pathlib import Path

import pytest

from automator.cli.serving.agents import call_alone
from automator.cli.serving.starting import ServeArguments
from automator.cli.terminal.database import open_alone, open_log
from automator.model import AutomatorError
from tests.support.site import RULES, open_site

SETTINGS = """\
connections:
  oa:
    provider: zalo
    app_id: "123456"
    oa_id: "654321"
    oa_secret: env:OA_SECRET
    app_secret: env:OA_APP_SECRET
    access_token: env:OA_ACCESS_TOKEN
    refresh_token: env:OA_REFRESH_TOKEN
"""
SECRETS = ("OA_SECRET", "OA_APP_SECRET", "OA_ACCESS_TOKEN", "OA_REFRESH_TOKEN")


def arguments(folder: Path, config: Path | None = None) -> ServeArguments:
    return ServeArguments(config=config, rules=folder / "rules", data=folder / "data")


async def test_they_read_no_secrets_and_leave_the_stored_tokens_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cryptography")
    for name in SECRETS:
        monkeypatch.setenv(name, f"{name.lower()}-of-tests-0123456789")
    async with open_site(tmp_path, settings_text=SETTINGS) as site:
        before = await site.services.store.tokens.load("oa")
    assert before is not None
    for name in SECRETS:
        monkeypatch.delenv(name)
    folders = arguments(tmp_path, tmp_path / "automator.yaml")

    is_done, answer = await call_alone(folders, "GET", "/api/status", None)

    assert is_done, answer
    async with open_alone(tmp_path / "data") as store:
        assert await store.tokens.load("oa") == before


async def test_they_put_no_rules_in_force_that_a_person_has_only_written(tmp_path: Path) -> None:
    async with open_site(tmp_path):
        pass
    more = RULES.replace("price-question", "another")
    (tmp_path / "rules" / "more.yaml").write_text(more, encoding="utf-8")

    is_done, answer = await call_alone(arguments(tmp_path), "GET", "/api/rules", None)

    assert is_done, answer
    assert [rule["id"] for rule in answer["rules"]] == ["another", "price-question"]
    with open_log(tmp_path / "data") as log:
        assert log.latest_revision() == 1


async def test_where_nodes_may_share_the_database_a_server_is_needed(
    tmp_path: Path, postgresql_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(tmp_path, database=postgresql_store_url):
        pass
    monkeypatch.setenv("AUTOMATOR_DATABASE", postgresql_store_url)

    with pytest.raises(AutomatorError) as refused:
        await call_alone(arguments(tmp_path), "GET", "/api/rules", None)

    assert "no server works on" in str(refused.value)
