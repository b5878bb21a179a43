"""The commands beside a running demo and without one, as a person types them."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.process import SandboxProgram, ServerProgram, call, wait_until
from tests.support.store import with_tables

pytestmark = pytest.mark.acceptance


def process(
    folder: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `automator …` in an installation's folder, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "automator", *arguments],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def done(folder: Path, *arguments: str) -> str:
    """What a command prints that has to succeed."""
    result = command(folder, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


@dataclass(frozen=True)
class Demo:
    """A running demo and the folder that it was started in."""

    folder: Path
    server: ServerProgram

    def runs(self, event: str) -> list[dict[str, Any]]:
        """The runs of an event that are done."""
        items = self.server.api("GET", "/api/runs?state=done&limit=200")["items"]
        return [run for run in items if run["event_id"] == event]

    def events(self) -> int:
        return int(self.server.api("GET", "/api/status")["last_24_hours"]["events"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    server = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield Demo(folder, server)
    server.terminate()


def test_a_page_is_subscribed_to_what_rules_need(demo: Demo) -> None:
    told = done(demo.folder, "subscribe", "demo-page")
    other = command(demo.folder, "subscribe", "demo-stripe")

    assert "demo-page sends this server the events that its rules need" in told
    assert other.returncode == 2
    assert "demo-stripe cannot be subscribed from here" in other.stderr


def test_a_profile_is_compared_with_the_platforms(demo: Demo) -> None:
    told = done(demo.folder, "profile", "demo-page", "--plan")
    other = command(demo.folder, "profile", "demo-stripe")

    assert "it matches automator.yaml" in told
    assert other.returncode == 2
    assert "demo-stripe has no profile that can be set from here" in other.stderr


def test_the_command_that_resumes_all_sending_can_be_copied_into_a_shell(demo: Demo) -> None:
    told = done(demo.folder, "target", "pause", "*")
    resume = told.partition("automator ")[2].strip()

    assert resume == "target resume '*'"
    assert "resumed" in done(demo.folder, *shlex.split(resume))


def test_a_sent_sample_is_logged_explained_and_replayed(demo: Demo) -> None:
    comment = ("send", "facebook/comment.created", "--text", "gia bao nhieu", "--json")
    (event,) = json.loads(done(demo.folder, *comment))["events"]
    wait_until(lambda: demo.runs(event), "a run that is done")

    (logged,) = [
        run
        for run in map(json.loads, done(demo.folder, "log", "--json").splitlines())
        if run["event"] == event and run["status"] == "done"
    ]
    assert [step["step"] for step in logged["steps"]][:2] == ["public", "private_reply"]

    told = process(demo.folder, "why", event, "price-question")
    assert told.returncode == 0, told.stderr
    assert "✓ price-question" in told.stdout

    refused = command(demo.folder, "replay", event, answer="n\n")
    assert refused.returncode == 1
    assert len(demo.runs(event)) == 1

    done(demo.folder, "replay", event, "--yes")
    wait_until(lambda: len(demo.runs(event)) == 2, "a second run that is done")
    assert f"[{event}]" in done(demo.folder, "events", f"event={event}")
    (listed,) = json.loads(done(demo.folder, "rules", "--limit", "1", "--json"))["rules"]
    assert listed == demo.server.api("GET", "/api/rules?limit=1")["rules"][0]


def test_many_runs_are_replayed_by_a_filter_with_the_plan_shown_first(demo: Demo) -> None:
    comment = ("send", "facebook/comment.created", "--text", "giá áo dài bao nhiêu", "--json")
    events = [json.loads(done(demo.folder, *comment))["events"][0] for _ in range(3)]
    wait_until(lambda: all(map(demo.runs, events)), "runs that are done")
    demo.server.wait_until_found("áo dài", events=3)
    wanted = ("--where", "state=done", "rule=price-question", "text=áo dài")

    plan = done(demo.folder, "replay", *wanted, "--plan")
    by_default = done(demo.folder, "replay", "--where", "text=áo dài", "--plan")
    refused = command(demo.folder, "replay", *wanted, answer="n\n")
    replayed = json.loads(done(demo.folder, "replay", *wanted, "--yes", "--json"))
    once_more = done(demo.folder, "replay", *wanted, "--yes")

    assert "3 runs fit state=done rule=price-question" in plan
    assert "3  price-question (Answer price questions): public, private_reply" in plan
    assert "3 new runs, with the rules as they are now; at most 20 a second" in plan
    assert "nothing would be started" in by_default
    assert refused.returncode == 1
    assert (replayed["state"], replayed["started"], replayed["by"]) == ("done", 3, "command line")
    assert "3  replayed already" in once_more
    assert "started" not in once_more.replace("nothing would be started", "")
    wait_until(lambda: all(len(demo.runs(event)) == 2 for event in events), "second runs")
    (first, second) = sorted(demo.runs(events[0]), key=lambda run: run["id"])
    assert second["replay"] == {
        "id": replayed["id"],
        "of": first["id"],
        "by": "command line",
        "at": second["replay"]["at"],
    }


def test_a_replay_without_a_server_waits_for_one(tmp_path: Path) -> None:
    options = ("--demo", "--rules", str(tmp_path / "rules"))
    server = ServerProgram(tmp_path, *options)
    comment = ("send", "facebook/comment.created", "--text", "giá bao nhiêu", "--json")
    (event,) = json.loads(done(tmp_path, *comment))["events"]
    wait_until(lambda: Demo(tmp_path, server).runs(event), "a run that is done")
    server.terminate()

    said = done(tmp_path, "replay", event, "--yes")

    assert "it begins when a server starts" in said
    server = ServerProgram(tmp_path, *options)
    wait_until(lambda: len(Demo(tmp_path, server).runs(event)) == 2, "a second run that is done")
    server.terminate()


def test_the_coverage_is_the_same_beside_the_server_and_without_it(tmp_path: Path) -> None:
    server = ServerProgram(tmp_path, "--demo", "--rules", str(tmp_path / "rules"))
    for text in ("giá bao nhiêu", "qwertyuiop"):
        done(tmp_path, "send", "facebook/comment.created", "--text", text)

    beside = json.loads(done(tmp_path, "coverage", "--json"))
    said = done(tmp_path, "coverage", "price-question", "--events", "1")
    server.terminate()
    without = json.loads(done(tmp_path, "coverage", "--json"))

    (rule,) = [rule for rule in beside["rules"] if rule["rule"] == "price-question"]
    assert (beside["events"], rule["listened"], rule["matched"]) == (2, 2, 1)
    assert [group["text"] for group in beside["untaken"]] == ["qwertyuiop"]
    assert "0 of 1 matched" in said
    assert without == beside


def test_answers_and_funnels_are_the_same_beside_the_server_and_without_it(tmp_path: Path) -> None:
    server = ServerProgram(tmp_path, "--demo", "--rules", str(tmp_path / "rules"))
    done(tmp_path, "send", "facebook/comment.created", "--text", "giá bao nhiêu")
    done(tmp_path, "send", "facebook/message.received", "--text", "qwertyuiop")
    wait_until(lambda: server.api("GET", "/api/runs?limit=1&state=done")["items"], "a run")
    words = (
        ("answers", "--json"),
        ("funnel", "price-question", "--json"),
        ("missed", "--json", "--minutes", "1"),
    )

    beside = [json.loads(done(tmp_path, *each)) for each in words]
    said = done(tmp_path, "funnel", "price-question")
    server.terminate()
    without = [json.loads(done(tmp_path, *each)) for each in words]

    assert (beside[0]["inquiries"], beside[0]["open"]) == (1, 1)
    assert beside[1]["entered"] == 1
    assert beside[1]["stages"][0]["got"] == 1
    assert "1 entered (1 person)" in said
    for one in (*beside, *without):
        del one["since"], one["until"]
    assert without == beside


def test_a_bundle_is_tried_on_another_instance(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    server = ServerProgram(here, "--demo", "--rules", str(here / "rules"))
    sent = done(here, "send", "facebook/comment.created", "--text", "giá bao nhiêu", "--json")
    (event,) = json.loads(sent)["events"]
    case = there / "case.zip"

    with case.open("wb") as written:
        command_line = [sys.executable, "-m", "automator", "bundle", event]
        subprocess.run(command_line, cwd=here, stdout=written, check=True, timeout=60)
    named = done(here, "bundle", event, "-o", "case.zip")
    again = command(here, "bundle", event, "-o", "case.zip")
    server.terminate()
    tried = done(there, "try", "--bundle", str(case), "--rule", "price-question")
    case.write_bytes(case.read_bytes()[:-100])
    broken = command(there, "try", "--bundle", str(case))

    assert named == ""
    assert again.returncode == 2
    assert "case.zip is there already" in again.stderr
    assert "✓ price-question" in tried
    assert "The rules decide as they did when the bundle was made." in tried
    assert "Chào Lan" in tried
    assert broken.returncode == 2
    assert "it is no bundle, or is cut off" in broken.stderr


@pytest.mark.parametrize("arguments", [["log", "--help"], ["schema"]])
def test_a_reader_who_goes_is_no_problem(tmp_path: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        left = subprocess.run(
            [sys.executable, "-m", "automator", *arguments],
            cwd=tmp_path,
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)

    assert (left.returncode, left.stderr) == (141, b"")


SHADOW = """\
rules:
  - id: friendly   # tried out first
    mode: shadow
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'xin chào shop')"]
    actions: [reply: "Chào {{ event.actor.name }} ạ."]
"""


def test_a_shadow_is_compared_and_promoted_beside_the_server_and_without_it(
    tmp_path: Path,
) -> None:
    server = ServerProgram(tmp_path, "--demo", "--rules", str(tmp_path / "rules"))
    file = tmp_path / "rules" / "friendly.yaml"
    file.write_text(SHADOW, encoding="utf-8")
    rules = lambda: [rule["id"] for rule in server.api("GET", "/api/rules")["rules"]]  # noqa: E731
    wait_until(lambda: "friendly" in rules(), "the rule in force")
    done(tmp_path, "send", "facebook/comment.created", "--text", "xin chào shop")
    shown = "/api/runs?rule=friendly&outcome=would_have_sent"
    wait_until(lambda: server.api("GET", shown)["items"], "what it would have sent")

    compared = done(tmp_path, "promote", "friendly")

    assert "1  only this rule" in compared
    assert "this rule: reply “Chào Trần Thị Ngọc Ánh ạ.”" in compared
    revision = server.api("GET", "/api/rules")["revision"]
    assert "Nothing was changed." in compared
    assert compared.rstrip().endswith(f"--yes --revision {revision}")
    assert command(tmp_path, "promote", "friendly", "--yes", "--revision", "1").returncode == 1
    assert file.read_text(encoding="utf-8") == SHADOW
    told = json.loads(done(tmp_path, "promote", "friendly", "--yes", "--json"))
    assert (told["verdicts"]["only_this"], told["promoted"]) == (1, "friendly.yaml")
    assert file.read_text(encoding="utf-8") == SHADOW.replace("    mode: shadow\n", "")
    again = command(tmp_path, "promote", "friendly")
    assert "friendly is live for everybody already" in again.stderr
    server.terminate()

    file.write_text(SHADOW, encoding="utf-8")
    assert "1  only this rule" in done(tmp_path, "promote", "friendly", str(file), "--yes")
    assert file.read_text(encoding="utf-8") == SHADOW.replace("    mode: shadow\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("doctor",),
        ("coverage",),
        ("answers",),
        ("missed",),
        ("funnel", "price-question"),
        ("target", "list"),
        ("limit", "list"),
        ("account", "list"),
        ("token", "list"),
        ("run", "list"),
        ("prune", "--plan"),
        ("fault",),
    ],
    ids=" ".join,
)
def test_what_a_command_shows_of_a_running_server_is_read_without_a_fault(
    demo: Demo, words: tuple[str, ...]
) -> None:
    refused, _ = call(demo.server.url, "POST", "/hooks/demo-page", b"{}")
    assert refused == 401

    said = command(demo.folder, *words)

    # The doctor ends with 1, since it has found a delivery that was refused.
    assert (said.returncode, said.stderr) == (1 if words == ("doctor",) else 0, "")
    assert said.stdout


def test_the_doctor_looks_into_the_database_that_it_is_given_and_not_at_the_server(
    demo: Demo,
) -> None:
    elsewhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"

    said = command(demo.folder, "doctor", "--database", elsewhere)

    assert (said.returncode, said.stdout) == (69, "")
    assert "127.0.0.1" in said.stderr


def test_a_filter_that_nothing_fits_is_not_told_as_an_empty_log(demo: Demo) -> None:
    assert done(demo.folder, "log", "rule=no-such-rule") == "no run fits\n"
    assert done(demo.folder, "--lang", "vi", "log", "rule=no-such-rule") == (
        "không có lần xử lý nào khớp\n"
    )


def test_an_address_without_a_sandbox_is_told(demo: Demo) -> None:
    said = command(demo.folder, "fault", "--url", f"{demo.server.url}/elsewhere")

    assert said.returncode == 1
    assert said.stderr == (
        f"there is no sandbox at {demo.server.url}/elsewhere\n"
        "  fix: Start the demo with `automator serve --demo`, or name a sandbox with --url.\n"
    )


def test_what_is_neither_an_id_nor_a_filter_is_wrong_use(demo: Demo) -> None:
    for words, said in (
        (("dead",), "'dead' is neither an id nor a filter"),
        (("state=failed", "--plan"), "there is no state 'failed'"),
        (("--plan",), "which runs? all of them are too many"),
        (("0000000000007",), "there is no event and no run 0000000000007"),
    ):
        result = command(demo.folder, "replay", *words)

        assert result.returncode in (1, 2)
        assert said in result.stderr
        assert "fix: " in result.stderr


def test_many_samples_are_all_acknowledged_and_are_all_new_events(demo: Demo) -> None:
    before = demo.events()

    tally = json.loads(done(demo.folder, "send", "generic/order", "--count", "50", "--json"))

    assert (tally["acknowledged"], tally["failed"]) == (50, 0)
    assert demo.events() - before == 50


def test_a_token_opens_the_api_until_it_is_revoked(demo: Demo) -> None:
    secret = done(demo.folder, "token", "create", "reports").strip()
    bearer = {"authorization": f"Bearer {secret}"}
    (line,) = done(demo.folder, "token", "list").splitlines()[1:]
    token_id, name, role, *_ = line.split()

    assert (name, role) == ("reports", "viewer")
    assert secret not in line
    assert call(demo.server.url, "GET", "/api/status", headers=bearer)[0] == 200
    done(demo.folder, "token", "revoke", token_id)
    assert call(demo.server.url, "GET", "/api/status", headers=bearer)[0] == 401


def test_what_a_server_writes_into_its_log_signs_nobody_in_and_the_command_does(
    demo: Demo,
) -> None:
    server = demo.server
    wait_until(lambda: "Sign in     automator link" in server.printed, "the welcome")

    made = done(demo.folder, "link").split()[0]

    assert "/sign-in/" not in server.printed
    assert call(server.url, "GET", made.removeprefix(server.url))[0] == 200


def test_commands_that_change_something_work_without_a_server_too(tmp_path: Path) -> None:
    with_tables(tmp_path / "data")
    done(tmp_path, "token", "create", "reports", "--role", "editor")

    assert done(tmp_path, "token", "list").splitlines()[1].split()[1:3] == ["reports", "editor"]
    assert "/sign-in/" in done(tmp_path, "link")


def test_a_command_that_needs_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    result = process(tmp_path, "status")

    assert result.returncode == 1
    assert result.stderr == (
        "no server works on data\n  fix: Start one: automator serve. "
        "Of one that works on another folder, name that: --data FOLDER\n"
    )


def test_an_outside_address_without_https_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "automator.yaml").write_text("public_url: http://shop.example\n")

    result = process(tmp_path, "serve", "--host", "192.0.2.1")

    assert result.returncode == 2
    assert "--i-understand-plain-http" in result.stderr


def test_a_terminal_without_utf_8_shows_codes_for_the_letters_that_it_lacks(demo: Demo) -> None:
    text = "giá áo đỏ 👗"
    done(demo.folder, "send", "facebook/comment.created", "--text", text)
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}

    shown = process(demo.folder, "log", "--limit", "1", environ=ascii_only)
    read = process(demo.folder, "log", "--limit", "1", "--json", environ=ascii_only)
    refused = process(demo.folder, "--lang", "vi", "check", "none", environ=ascii_only)

    assert "gi\\xe1 \\xe1o \\u0111\\u1ecf \\U0001f457" in shown.stdout
    assert json.loads(read.stdout)["text"] == text
    assert refused.returncode == 2
    assert "none kh\\xf4ng t\\u1ed3n t\\u1ea1i" in refused.stderr


def test_a_reader_that_leaves_early_is_no_error(demo: Demo) -> None:
    done(demo.folder, "send", "generic/order", "--count", "20", "--json")
    log = subprocess.Popen(
        [sys.executable, "-m", "automator", "log", "--json"],
        cwd=demo.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert log.stdout is not None
    assert log.stderr is not None

    with log.stdout, log.stderr:
        log.stdout.readline()
        log.stdout.close()
        said = log.stderr.read()

    log.wait(30)
    assert said == b""


def test_the_sandbox_ends_quietly_when_somebody_presses_ctrl_c_twice(tmp_path: Path) -> None:
    sandbox = SandboxProgram(tmp_path)

    os.kill(sandbox.pid, signal.SIGINT)
    time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.kill(sandbox.pid, signal.SIGINT)
    wait_until(sandbox.has_ended, "the sandbox to end")

    assert sandbox.printed.count("\n") == 1
