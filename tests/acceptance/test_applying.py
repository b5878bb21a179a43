"""A folder of rules is planned, applied, and then there is nothing to plan."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.conftest import RULES, Shop
from tests.acceptance.test_nodes import Nodes, nodes
from tests.support.commands import command
from tests.support.faults import failing_syscalls
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until

__all__ = ["nodes"]

DOCS = Path(__file__).parents[2] / "docs"
WORKFLOW = yaml.safe_load((DOCS / "deploy" / "github-actions.yaml").read_text("utf-8"))
PAGE = (DOCS / "how-to" / "keep-rules-in-git.md").read_text("utf-8")

pytestmark = pytest.mark.acceptance

CHANGES, OVERTAKEN = 3, 4
MORE = """\
rules:
  - id: greeting
    trigger: {event: message.received, connection: shop-page}
    actions:
      - message: "Chào bạn ạ."
    tests:
      - name: a hello is answered
        event: {sample: facebook/message.received, with: {event.text: "hello"}}
        expect: {matched: true}
"""


@pytest.fixture
def checkout(tmp_path: Path, shop: Shop) -> Path:
    """A checkout of the shop's rules and automator.yaml, beside the installation."""
    folder = tmp_path / "checkout"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "shop.yaml").write_text(RULES)
    shutil.copyfile(shop.config, folder / "automator.yaml")
    return folder


def planned(shop: Shop, checkout: Path) -> tuple[int, dict[str, Any]]:
    result = command(shop.folder, "plan", str(checkout), "--json")
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout)


def test_what_is_planned_is_applied_and_then_nothing_is_planned(shop: Shop, checkout: Path) -> None:
    server = shop.start()
    body = delivery(changes=[comment(1, "6001", "giá bao nhiêu ạ")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
    assert planned(shop, checkout)[0] == 0
    (checkout / "rules" / "more.yaml").write_text(MORE)
    changed = RULES.replace("id: order", "id: orders").replace("Answer price", "Tell price")
    (checkout / "rules" / "shop.yaml").write_text(changed)

    code, plan = planned(shop, checkout)
    revision = str(plan["revision"])
    applied = command(shop.folder, "apply", str(checkout), "--revision", revision)

    assert code == CHANGES
    assert plan["files"] == {"more.yaml": "new", "shop.yaml": "changed"}
    assert plan["rules"] == {
        "greeting": "new",
        "order": "deleted",
        "orders": "new",
        "price-question": "changed",
    }
    assert "Tell price questions" in plan["text"]
    assert plan["compared"]["rules"][0]["same"] == 1
    assert applied.returncode == 0, applied.stderr + applied.stdout
    assert "Applied as revision 2." in applied.stdout
    assert (shop.rules / "more.yaml").read_text() == MORE
    code, plan = planned(shop, checkout)
    assert (code, plan["changes"]) == (0, False)
    (row, *_) = server.api("GET", "/api/audit?what=rules_changed")["items"]
    assert row["what"]["params"]["files"] == ["more.yaml", "shop.yaml"]
    assert (row["who"], row["before"], row["after"]) == (
        "command line",
        {"revision": 1},
        {"revision": 2},
    )
    # The comparisons of a plan have a store of their own, which is nobody's concern.
    assert server.printed.count("store.created") == 1
    assert server.printed.count("rules.loaded revision=2 rules=3") == 1


def test_files_that_are_gone_from_the_folder_are_deleted(shop: Shop, checkout: Path) -> None:
    (shop.rules / "more.yaml").write_text(MORE)
    shop.start()

    assert command(shop.folder, "apply", str(checkout)).returncode == 0

    assert sorted(path.name for path in shop.rules.iterdir()) == ["shop.yaml"]


def test_red_tests_are_refused_unless_forced(shop: Shop, checkout: Path) -> None:
    server = shop.start()
    (checkout / "rules" / "more.yaml").write_text(MORE.replace("matched: true", "matched: false"))

    red = command(shop.folder, "apply", str(checkout))
    before = server.api("GET", "/api/rules")["revision"]
    forced = command(shop.folder, "apply", str(checkout), "--force")

    assert red.returncode == 1
    assert "✗ greeting: a hello is answered" in red.stdout
    assert before == 1
    assert forced.returncode == 0


@pytest.mark.parametrize("by", ["another command", "an edit on disk"])
def test_a_change_by_somebody_else_since_the_plan_is_never_overwritten(
    shop: Shop, checkout: Path, by: str
) -> None:
    server = shop.start()
    (checkout / "rules" / "more.yaml").write_text(MORE)
    _, plan = planned(shop, checkout)
    others = MORE.replace("greeting", "others")
    if by == "another command":
        body = {"files": {"others.yaml": others}, "revision": plan["revision"]}
        server.api("POST", "/api/rules", body)
    else:
        (shop.rules / "others.yaml").write_text(others)

    overtaken = command(
        shop.folder, "apply", str(checkout), "--revision", str(plan["revision"]), "--json"
    )

    assert overtaken.returncode == OVERTAKEN
    assert "the rules are at revision 2 by now" in overtaken.stderr
    assert (shop.rules / "others.yaml").read_text() == others
    assert not (shop.rules / "more.yaml").exists()
    assert planned(shop, checkout)[1]["files"] == {"more.yaml": "new", "others.yaml": "deleted"}


def test_settings_and_rules_that_need_them_are_planned_together_and_settings_stay(
    shop: Shop, checkout: Path
) -> None:
    server = shop.start()
    before = shop.config.read_text()
    target = "  log: {url: https://log.example.com/in-secret}\n"
    (checkout / "automator.yaml").write_text(before.replace("targets:\n", f"targets:\n{target}"))
    (checkout / "rules" / "shop.yaml").write_text(RULES.replace("to: crm", "to: log"))

    code, plan = planned(shop, checkout)
    early = command(shop.folder, "apply", str(checkout))
    kept = shop.config.read_text()
    shutil.copyfile(checkout / "automator.yaml", shop.config)
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: server.printed.count("server.started") == 2, "the reload")
    applied = command(shop.folder, "apply", str(checkout))

    assert (code, plan["settings"], plan["errors"]) == (CHANGES, ["targets.log"], [])
    assert "~ automator.yaml: targets.log" in plan["text"]
    assert "in-secret" not in json.dumps(plan)
    assert (early.returncode, kept) == (1, before)
    assert "'log'" in early.stdout
    assert applied.returncode == 0, applied.stderr + applied.stdout
    assert "automator.yaml is left as it is" in applied.stdout
    assert planned(shop, checkout)[0] == 0


def test_a_server_killed_between_the_files_works_and_a_second_apply_finishes(
    shop: Shop, checkout: Path, tmp_path: Path
) -> None:
    (shop.rules / "old.yaml").write_text(MORE.replace("greeting", "old-greeting"))
    server = shop.start()
    (checkout / "rules" / "more.yaml").write_text(MORE)

    body = {"files": {"more.yaml": MORE, "old.yaml": None}, "revision": 1}

    # As `apply` sends it. Files are written before others are deleted.
    with (
        failing_syscalls(server.pid, "unlink:signal=SIGKILL:when=1", tmp_path / "strace"),
        pytest.raises((OSError, HTTPException)),
    ):
        server.api("POST", "/api/rules", body)
    wait_until(server.has_ended, "the kill")
    between = sorted(path.name for path in shop.rules.glob("*.yaml"))
    again = shop.start()
    rules = {rule["id"] for rule in again.api("GET", "/api/rules")["rules"]}
    finished = command(shop.folder, "apply", str(checkout))

    assert between == ["more.yaml", "old.yaml", "shop.yaml"]
    assert rules == {"greeting", "old-greeting", "price-question", "order"}
    assert finished.returncode == 0, finished.stderr
    assert sorted(path.name for path in shop.rules.glob("*.yaml")) == ["more.yaml", "shop.yaml"]
    assert planned(shop, checkout)[0] == 0


def test_what_is_applied_on_one_node_is_in_force_on_the_other(nodes: Nodes, tmp_path: Path) -> None:
    one, two = nodes.start(0), nodes.start(1)
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "more.yaml").write_text(MORE)
    wait_until(lambda: revision(two) == 1, "both nodes to have the rules")

    applied = command(tmp_path, "apply", "checkout", "--data", str(one.data))

    assert applied.returncode == 0, applied.stderr
    wait_until(lambda: revision(two) == 2, "the other node to follow")
    wait_until(lambda: not (nodes.rules(1) / "shop.yaml").exists(), "its folder to follow")
    assert (nodes.rules(1) / "more.yaml").read_text() == MORE
    for node in (one, two):
        assert command(tmp_path, "plan", "checkout", "--data", str(node.data)).returncode == 0


def revision(node: ServerProgram) -> int:
    return int(node.api("GET", "/api/status")["rules"]["revision"])


def test_without_a_server_nothing_is_planned_or_applied(shop: Shop, checkout: Path) -> None:
    shop.start().terminate()

    for name in ("plan", "apply"):
        refused = command(shop.folder, name, str(checkout))

        assert refused.returncode == 1
        assert "no server works on" in refused.stderr


def test_a_token_for_rules_applies_them_from_elsewhere_and_plans_no_settings(
    shop: Shop, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = shop.start()
    secret = token(server, "ci", "editor", "read", "rules")
    monkeypatch.setenv("AUTOMATOR_URL", server.url)
    monkeypatch.setenv("AUTOMATOR_TOKEN", secret)
    (checkout / "rules" / "shop.yaml").write_text(MORE)

    refused = command(checkout, "plan")
    planned = command(checkout, "plan", "rules")
    applied = command(checkout, "apply", "rules")

    assert (refused.returncode, planned.returncode) == (1, CHANGES)
    assert "automator.yaml is planned for admins alone" in refused.stderr
    assert applied.returncode == 0, applied.stderr
    assert server.api("GET", "/api/audit?what=rules_changed")["items"][0]["who"] == "token ci"


@pytest.mark.parametrize(
    ("role", "scopes", "connection", "codes"),
    [
        ("viewer", ("read",), "", (CHANGES, 1)),
        ("editor", ("read", "replay"), "", (CHANGES, 1)),
        ("editor", ("read", "rules"), "shop-page", (1, 1)),
    ],
)
def test_a_token_applies_only_with_the_scope_for_the_rules_of_all_connections(
    shop: Shop,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    scopes: tuple[str, ...],
    connection: str,
    codes: tuple[int, int],
) -> None:
    server = shop.start()
    more = {"connections": [connection]} if connection else {}
    monkeypatch.setenv("AUTOMATOR_URL", server.url)
    monkeypatch.setenv("AUTOMATOR_TOKEN", token(server, "ci", role, *scopes, **more))
    (checkout / "rules" / "shop.yaml").write_text(MORE)

    plan, applied = (command(checkout, name, "rules") for name in ("plan", "apply"))

    assert (plan.returncode, applied.returncode) == codes
    assert (shop.rules / "shop.yaml").read_text() == RULES


def test_broken_rules_are_told_and_nothing_is_applied(shop: Shop, checkout: Path) -> None:
    shop.start()
    (checkout / "rules" / "more.yaml").write_text(MORE.replace("message:", "mesage:"))

    told = command(shop.folder, "plan", str(checkout))
    applied = command(shop.folder, "apply", str(checkout), "--force")

    assert (told.returncode, applied.returncode) == (1, 1)
    assert "more.yaml:5" in told.stdout
    assert not (shop.rules / "more.yaml").exists()


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({"../outside.yaml": MORE}, "this cannot be the name of a rule file"),
        ({"automator.yaml/../../x.yaml": None}, "this cannot be the name of a rule file"),
        ({f"{number}.yaml": "" for number in range(501)}, "files has at most 500 items"),
    ],
)
@pytest.mark.parametrize(("path", "more"), [("/api/plan", {}), ("/api/rules", {"revision": 1})])
def test_files_outside_the_folder_and_too_many_are_refused(
    shop: Shop, files: dict[str, str | None], wrong: str, path: str, more: dict[str, int]
) -> None:
    server = shop.start()
    headers = {
        "authorization": f"Bearer {server.control_token}",
        "content-type": "application/json",
    }
    body = json.dumps({"files": files, **more}).encode()

    status, answer = call(server.url, "POST", path, body, headers)

    assert (status, json.loads(answer)["message"]) == (400, wrong)
    assert [file.name for file in shop.rules.iterdir()] == ["shop.yaml"]


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("rules/more.yaml", b"rules: \xe1", 1, "more.yaml:1:8: this is not UTF-8 text"),
        ("rules/more.yaml", b"a: &a [x]\nb: *a\n", 1, "more.yaml:2:4: an alias"),
        ("automator.yaml", b"workers: \xe1", 78, "automator.yaml is not UTF-8 text"),
        ("automator.yaml", b"a: &a [x]\nb: *a\n", 1, "automator.yaml:2:4: an alias"),
        ("automator.yaml", b"[" * 5_000, 1, "this is nested more than 20 levels deep"),
    ],
)
def test_a_broken_file_of_the_folder_is_told_with_its_place(
    shop: Shop, checkout: Path, name: str, content: bytes, code: int, told: str
) -> None:
    shop.start()
    (checkout / name).write_bytes(content)

    result = command(shop.folder, "plan", str(checkout))

    assert result.returncode == code
    assert told in result.stdout + result.stderr


def test_an_empty_checkout_deletes_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.start()
    (tmp_path / "empty").mkdir()

    assert command(shop.folder, "apply", str(tmp_path / "empty")).returncode == 2
    assert (shop.rules / "shop.yaml").exists()


def test_a_link_out_of_the_folder_is_told_and_nothing_is_applied(
    shop: Shop, checkout: Path, tmp_path: Path
) -> None:
    shop.start()
    (tmp_path / "outside.yaml").write_text(MORE)
    (checkout / "rules" / "more.yaml").symlink_to(tmp_path / "outside.yaml")

    applied = command(shop.folder, "apply", str(checkout))

    assert applied.returncode == 1
    assert "more.yaml" in applied.stdout
    assert not (shop.rules / "more.yaml").exists()


def test_the_steps_of_the_workflow_comment_the_plan_and_then_apply_it(
    shop: Shop, checkout: Path, tmp_path: Path
) -> None:
    server = shop.start()
    known = {
        "vars.AUTOMATOR_URL": server.url,
        "secrets.AUTOMATOR_READ_TOKEN": token(server, "plans", "viewer", "read"),
        "secrets.AUTOMATOR_RULES_TOKEN": token(server, "rules", "editor", "read", "rules"),
        "github.token": "",
        "github.event.number": "7",
    }
    (checkout / "automator.yaml").unlink()
    (checkout / "rules" / "more.yaml").write_text(MORE)
    programs = tmp_path / "programs"
    programs.mkdir()
    # Only these two would reach for the network.
    for name in ("pip", "gh"):
        written(programs / name, f'echo "$@" >> {tmp_path / name}.txt')
    written(programs / "automator", f'exec {sys.executable} -m automator "$@"')

    for job in ("plan", "apply"):
        for step in WORKFLOW["jobs"][job]["steps"]:
            if "run" in step:
                given = {name: filled(text, known) for name, text in step.get("env", {}).items()}
                path = f"{programs}:{os.environ['PATH']}"
                subprocess.run(
                    ["bash", "-e", "-c", step["run"]],
                    cwd=checkout,
                    env={**os.environ, "PATH": path, **given},
                    check=True,
                )

    (comment,) = (tmp_path / "gh.txt").read_text().splitlines()
    assert comment == "pr comment 7 --body-file plan.md --edit-last --create-if-none"
    plan = (checkout / "plan.md").read_text().splitlines()
    assert "    + rule greeting" in plan
    assert all(line.startswith("    ") for line in plan)
    assert (shop.rules / "more.yaml").read_text() == MORE


def written(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def filled(text: str, known: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], text)


def token(server: ServerProgram, name: str, role: str, *scopes: str, **more: list[str]) -> str:
    body = {"name": name, "role": role, "scopes": scopes, **more}
    return str(server.api("POST", "/api/tokens", body)["token"])


def test_the_commands_of_the_page_plan_and_apply(shop: Shop, checkout: Path) -> None:
    data = str(shop.start().data)
    shown = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    (checkout / "rules" / "more.yaml").write_text(MORE)
    codes = []
    for line in shown:
        program = f"{sys.executable} -m automator"
        told = line.replace("--revision 41", "--revision 1").replace("automator ", f"{program} ", 1)
        environ = {**os.environ, "AUTOMATOR_DATA": data}
        codes.append(
            subprocess.run(["sh", "-c", told], cwd=checkout, env=environ, check=False).returncode
        )

    assert codes == [CHANGES, 0, 0, 0]
