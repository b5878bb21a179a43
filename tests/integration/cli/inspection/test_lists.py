"""`automator events` and `automator rules` list what the API lists."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from automator.cli.inspection.rules import _state
from tests.support.commands import Result, command
from tests.support.site import RULES, open_site

TWO_RULES = f"""{RULES}
  - id: thanks
    mode: shadow
    trigger: {{event: comment.created}}
    conditions: ["contains(event.text, 'đẹp')"]
    actions: [log: thanks]
  - id: late
    enabled: false
    trigger: {{event: comment.created}}
    actions: [log: late]
"""


async def listed(folder: Path, *words: str) -> Result:
    result = await asyncio.to_thread(command, folder, *words)
    assert result.returncode == 0, result.stderr
    return result


async def listed_json(folder: Path, *words: str) -> Any:
    return json.loads((await listed(folder, *words, "--json")).stdout)


async def test_events_are_listed_by_filters_and_pages_as_the_api_lists_them(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "site"
    async with open_site(folder) as site:
        silent, _ = await site.event("Đẹp\nquá!")
        first, _ = await site.event("Giá bao nhiêu?")
        second, _ = await site.event("Giá sao shop?")
        program = site.program()

        page = await listed_json(folder, "events", "type=comment.created", "--limit", "2")
        rest = await listed_json(
            folder, "events", "type=comment.created", "--cursor", page["next"], "--limit", "2"
        )
        shown = (await listed(folder, "events", "--limit", "2")).stdout
        lines = (await listed(folder, "events", "matched=no")).stdout.splitlines()
        none = (await listed(folder, "events", "text=zzz")).stdout

        address = "/api/events?type=comment.created&limit=2"
        assert page == (await program.get(address)).json()
        assert rest == (await program.get(f"{address}&cursor={page['next']}")).json()
    assert [item["id"] for item in page["items"]] == [second, first]
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([silent], None)
    assert shown.index(first) < shown.index(second) < shown.index("there are more: --cursor ")
    (line,) = lines
    assert "0 runs  demo-page  comment.created  Lan  “Đẹp quá!”" in line
    assert line.endswith(f"[{silent}]")
    assert none == "no event fits\n"


async def test_a_filter_that_only_runs_have_is_refused(tmp_path: Path) -> None:
    refused = await asyncio.to_thread(command, tmp_path, "events", "rule=price-question")

    assert refused.returncode == 2
    assert "there is no filter 'rule' here" in refused.stderr
    assert "connection, since, until, type" in refused.stderr


async def test_rules_are_listed_without_a_server_as_a_server_lists_them(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    async with open_site(folder, TWO_RULES) as site:
        await site.event("Giá bao nhiêu?")
        program = site.program()
        whole = (await program.get("/api/rules")).json()
        first = (await program.get("/api/rules?limit=2")).json()
        behind = (await program.get("/api/rules?limit=2&cursor=thanks")).json()
        wrong = await program.get("/api/rules?cursor=nothing")

    found = await listed_json(folder, "rules")
    page = await listed_json(folder, "rules", "--limit", "2")
    text = (await listed(folder, "rules")).stdout

    alone = [{**rule, "counts": None} for rule in whole["rules"]]
    assert found == {"rules": alone, "next": None}
    assert page == {"rules": alone[:2], "next": "thanks"}
    assert first["rules"] == whole["rules"][:2]
    assert [rule["id"] for rule in behind["rules"]] == ["late"]
    assert (wrong.status, wrong.json()["message"]) == (400, "cursor names no page")
    ran, shadow, off = whole["rules"]
    assert ran["last_run_at"]
    assert (ran["counts"]["considered"], ran["counts"]["matched"]) == (1, 1)
    assert (shadow["counts"]["unmet"], shadow["counts"]["lag_ms"]) == (1, None)
    assert shadow["last_run_at"] is None
    assert (ran["shadow"], shadow["shadow"], off["enabled"]) == (False, True, False)
    lines = [line.split() for line in text.splitlines()]
    assert lines[1][:3] == ["price-question", "live", "prices.yaml:2"]
    assert lines[2] == ["thanks", "shadow", "prices.yaml:10", "never"]
    assert lines[3] == ["late", "off", "prices.yaml:15", "never"]


@pytest.mark.parametrize(
    ("keys", "file", "shown"),
    [
        ({}, "in_force", "live"),
        ({"rollout": 12.5}, None, "12.5 %"),
        ({"shadow": True}, "earlier", "shadow, an earlier version is in force"),
        ({"enabled": False, "shadow": True}, "in_force", "off"),
    ],
)
def test_the_state_of_a_rule_says_for_whom_it_acts(
    keys: dict[str, Any], file: str | None, shown: str
) -> None:
    rule = {"enabled": True, "shadow": False, "rollout": None, **keys}

    assert _state(rule, file) == shown
