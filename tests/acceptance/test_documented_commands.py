"""Every command line that the documents show is typed, beside a running demo."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from docs.makers.commands import all_commands
from tests.support.commands import Result, command
from tests.support.documented_commands import DOCUMENTS, ROOT, Shown, commands_in
from tests.support.process import Program, SandboxProgram, ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

#: Rules by names of the documents, beside the rules of the demo.
RULES = """\
rules:
  - id: price-friendly
    mode: shadow
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions: [{reply: "Dạ giá 250k ạ."}]
  - id: praise
    mode: shadow
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['đẹp'])"]
    actions: [{reply: "Dạ shop cảm ơn ạ."}]
  - id: thanks
    mode: shadow
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['hay'])"]
    actions: [{reply: "Dạ shop cảm ơn ạ."}]
  - id: price-sequence
    trigger: {event: message.received, connection: demo-page}
    conditions: ["keywords(event.text, ['bảng giá'])"]
    actions: [{message: "Dạ giá hôm nay 250k ạ."}]
  - id: to-approve
    trigger: {event: message.received, connection: demo-page}
    conditions: ["keywords(event.text, ['duyệt'])"]
    actions: [{reply: "Dạ còn ạ.", approve: {within: 2h}}]
  - id: to-target
    trigger: {event: message.received, connection: demo-page}
    conditions: ["keywords(event.text, ['chuyển'])"]
    actions: [{forward: {to: demo-target}}]
"""
SALE = """\
rules:
  - id: weekend-sale
    trigger:
      schedule: {cron: "0 9 * * sat", timezone: Asia/Ho_Chi_Minh}
      contacts: {connection: demo-page, tag: vip}
    actions: [{message: "Cuối tuần này size M giảm 20% ạ."}]
"""
EVENING = '{"at": "2026-11-24T21:50+07:00", "sample": "facebook/comment.created"}\n'


class Demo:
    """A running demo, in a folder with every file that the documents name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = 5_000_000_000
        rules = folder / "rules"
        shutil.copytree(ROOT / "rules" / "demo", rules)
        (rules / "price-questions.yaml").rename(rules / "price.yaml")
        (rules / "named.yaml").write_text(RULES, encoding="utf-8")
        (rules / "sale.yaml").write_text(SALE, encoding="utf-8")
        for copy in ("drafts/prices.yaml", "data/demo-rules/shipping.yaml"):
            (folder / copy).parent.mkdir(parents=True)
            shutil.copy(rules / "price.yaml", folder / copy)
        shutil.copytree(ROOT / "docs" / "order-feed", folder / "docs" / "order-feed")
        (folder / "backup").mkdir()
        (folder / "evening.ndjson").write_text(EVENING, encoding="utf-8")
        (folder / "people.csv").write_text("id,name\n1001,Lan\n", encoding="utf-8")
        lines = "connection,id,name\ndemo-page,1001,Lan\n"
        (folder / "everybody.csv").write_text(lines, encoding="utf-8")
        (folder / "order.json").write_text('{"id": "1", "status": "paid"}', encoding="utf-8")
        (folder / "order.xml").write_text("<order id='1'/>", encoding="utf-8")
        self.server = ServerProgram(folder, "--demo", "--rules", "rules", cwd=folder)
        self.sandbox = SandboxProgram(folder)
        self.refused()
        # Another admin than those that the commands make and remove.
        self.done("account", "role", self.colleague("owner-two"), "admin")

    def types(self, *words: str) -> Result:
        """The result of a command, of which every question is answered with yes."""
        if words[0] == "bundle" and "--output" not in words:
            # It writes bytes, for which the output of this process has no room.
            program = [sys.executable, "-m", "automator", *words]
            ended = subprocess.run(program, cwd=self.folder, capture_output=True, check=False)
            return Result(ended.returncode, repr(ended.stdout), ended.stderr.decode())
        return command(self.folder, *words, answer="y\n")

    def follows(self, *words: str) -> Result:
        """What a command prints of what comes in, until it is ended."""
        log = self.folder / "followed.log"
        program = Program(list(words), log, {}, cwd=self.folder)

        def has_printed() -> bool:
            self.comment()
            self.done("token", "create", "followed")
            return bool(program.printed) or program.has_ended()

        wait_until(has_printed, f"a line of {words}")
        failed = program.has_ended()
        program.terminate()
        printed = program.printed
        log.unlink()
        return Result(int(failed), printed, printed)

    def done(self, *words: str) -> str:
        result = self.types(*words)
        assert result.returncode == 0, (words, result)
        return result.stdout

    def comment(self) -> str:
        """The event of a comment that asks for the price."""
        return self._sent("facebook/comment.created", "--text", "giá bao nhiêu")

    def message(self, text: str, person: str) -> str:
        """The event of a message that a person has written."""
        return self._sent("facebook/message.received", "--text", text, "--actor", person)

    def _sent(self, *words: str) -> str:
        (event,) = json.loads(self.done("send", *words, "--json"))["events"]
        return str(event)

    def person(self) -> str:
        """Somebody who has just written for the first time."""
        self.people += 1
        self.message("chào shop", str(self.people))
        return str(self.people)

    def proposal(self) -> str:
        return self._run("duyệt giúp mình", "waits=approval")

    def dead(self) -> str:
        """A run whose message was refused for good."""
        self.done("fault", "--clear")
        self.done("fault", "target", "permission")
        return self._run("chuyển giúp mình", "state=dead")

    def _run(self, text: str, filters: str) -> str:
        """The run of a rule that handles such a message, as soon as filters show it."""
        for target in ("*", "demo-target"):
            self.done("target", "resume", target)
        event = self.message(text, self.person())

        def found() -> list[str]:
            runs = self.server.api("GET", f"/api/runs?{filters}&limit=200")["items"]
            return [str(run["id"]) for run in runs if run["event_id"] == event]

        return str(wait_until(found, f"a run with {filters}")[0])

    def refused(self) -> str:
        """A delivery without a signature."""
        assert call(self.server.url, "POST", "/hooks/demo-page", b"{}")[0] == 401
        return str(self.server.api("GET", "/api/deliveries?limit=1")["items"][0]["id"])

    def colleague(self, name: str) -> str:
        """An account that somebody has signed in to, as an editor."""
        if f"\n{name} " in self.done("account", "list"):
            return name
        link = self.done("link", "--account", name, "--role", "editor").strip()
        form = urlencode({"token": link.rpartition("/")[2], "next": "/log"}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": self.server.url}
        status, told = call(self.server.url, "POST", "/sign-in", form, headers)
        assert status == 303, told
        return name

    def revision(self) -> str:
        return str(self.server.api("GET", "/api/rules")["revision"])

    def limit(self) -> str:
        """The id of something that a limit has counted."""
        return self.done("limit", "list").splitlines()[1].partition("  ")[0]

    def token(self) -> str:
        self.done("token", "create", "revoked")
        return self.done("token", "list").splitlines()[-1].split()[0]

    def replay(self) -> str:
        shown = json.loads(self.done("replay", self.comment(), "--yes", "--json"))
        return f"replay={shown['id']}"

    def backup(self) -> str:
        file = self.folder / "backup" / "held.db"
        file.unlink(missing_ok=True)
        self.done("backup", str(file))
        return str(file)

    def bundle(self) -> str:
        (self.folder / "case.zip").unlink(missing_ok=True)
        self.done("bundle", self.comment(), "--output", "case.zip")
        return "case.zip"

    def database(self, name: str) -> str:
        """The address of a database in a folder."""
        return f"sqlite:///{self.folder}/{name}/automator.db"

    def inside(self, path: str) -> str:
        """A path of the documents, in the folder of the demo."""
        return f"{self.folder}{path}"


#: What a word of the documents is filled in with, by the word, or by the command and the word.
FILLINGS: Mapping[str, str | Callable[[Demo], str]] = {
    **dict.fromkeys(("CONNECTION", "shop-page", "my-page"), "demo-page"),
    "shop-oa": "demo-oa",
    "line-shop": "demo-line",
    "bot": "demo-telegram",
    "app": "demo-discord",
    "team": "demo-slack",
    "orders": "demo-orders",
    "shop-whatsapp": "demo-whatsapp",
    # The other accounts of the demo have no address that is shown to people.
    "chat-link CONNECTION": "demo-oa",
    **dict.fromkeys(("crm", "target pause NAME", "target resume NAME"), "demo-target"),
    **dict.fromkeys(("EVENT", "0r3kq5v5z0000", "38gn590r1rm01"), Demo.comment),
    **dict.fromkeys(("RUN", "RUN…", "RUNS…"), Demo.dead),
    **dict.fromkeys((f"0f3k2m9qz81a{letter}" for letter in "abcd"), Demo.proposal),
    **dict.fromkeys(("approve RUNS…", "decline RUNS…"), Demo.proposal),
    **dict.fromkeys(("DELIVERY", "DELIVERIES…"), Demo.refused),
    **dict.fromkeys(("38gav8p000400", "38gav8p000401"), Demo.refused),
    **dict.fromkeys(("ID", "24100000001", "24813579246801357", "6840000000000213"), Demo.person),
    **dict.fromkeys(("limit reset ID", "5b1f0c7a9d2e4f6188a3c0d5e7f90b12"), Demo.limit),
    "token revoke ID": Demo.token,
    "log replay=ID": Demo.replay,
    **{name: partial(Demo.colleague, name=name) for name in ("lan", "mai")},
    "TO": partial(Demo.colleague, name="mai"),
    "NAME": partial(Demo.colleague, name="hoa"),
    "ROLE": "viewer",
    "41": Demo.revision,
    "RULE": "price-question",
    "audience RULE": "weekend-sale",
    "promote RULE": "thanks",
    "RULES…": "rules",
    "FOLDER": "data",
    "backup FILE": partial(Demo.inside, path="/backup/another.db"),
    "restore FILE": Demo.backup,
    "contact import FILE": "everybody.csv",
    "case.zip": Demo.bundle,
    "SOURCE": partial(Demo.inside, path="/var/lib/automator"),
    "TARGET": "copied",
    # SQLite takes the place of PostgreSQL; `test_backup.py` moves an installation to PostgreSQL.
    "postgresql+psycopg://…/automator_new": partial(Demo.database, name="data"),
    "postgresql+psycopg://…/automator_held": partial(Demo.database, name="held"),
    "TEXT": "giá bao nhiêu",
    "contact write [TEXT]": "Dạ còn ạ",
    "CODE": "unknown-key",
    "PAGE": "settings",
    "COMMAND": "status",
    "fault …": "transient",
    "http://127.0.0.1:8081": lambda demo: demo.sandbox.url,
}

#: Commands that do not end with 0 beside this demo: the exit code, what they say, and a test of
#: the case in which there is something to do.
OTHERWISE: Mapping[str, tuple[int, str, str]] = {
    **dict.fromkeys(
        ("doctor", "doctor DELIVERY", "doctor [DELIVERY]"),
        (
            1,
            "x-hub-signature-256",
            (
                "unit/cli/inspection/test_doctor_of_server.py"
                "::test_of_a_server_that_does_well_the_doctor_says_nothing"
            ),
        ),
    ),
    **dict.fromkeys(
        ("restore FILE", "restore /backup/automator-today.db"),
        (
            1,
            "in use by another process",
            (
                "acceptance/test_backup.py"
                "::test_a_restored_backup_sends_nothing_twice_until_somebody_says_so"
            ),
        ),
    ),
    "send facebook/comment.created --connection shop-page.5647382910": (
        1,
        "there is no connection 'shop-page.5647382910'",
        "unit/cli/serving/test_send.py::test_a_sample_goes_to_the_connection_that_was_named",
    ),
    **dict.fromkeys(
        (
            "chat-link shop-page --ref tiktok --qr tiktok.svg",
            "chat-link shop-whatsapp --text Shop ơi, mẫu này giá bao nhiêu ạ?",
        ),
        (
            1,
            "no link to a conversation",
            (
                "integration/server/pages/setup/test_chat_links.py"
                "::test_the_command_writes_the_code_and_needs_no_server"
            ),
        ),
    ),
    "audience weekend-sale --stop": (
        1,
        "weekend-sale is not taking contacts now",
        (
            "integration/server/pages/rules/test_audience.py"
            "::test_a_firing_is_stopped_though_its_rule_is_not_there_any_more"
        ),
    ),
    **dict.fromkeys(
        ("take-again DELIVERIES…", "take-again 38gav8p000400 38gav8p000401"),
        (
            1,
            "it would be refused now as well",
            (
                "integration/server/pages/activity/test_deliveries.py"
                "::test_a_refused_delivery_is_taken_in_on_its_page_once_its_cause_is_mended"
            ),
        ),
    ),
}
#: Commands that serve until they are stopped, with a test that starts them.
SERVING: Mapping[str, str] = {
    "serve": "acceptance/test_stop.py::test_an_idle_server_stops_within_a_few_seconds",
    "sandbox": "acceptance/test_backup.py"
    "::test_a_restored_backup_sends_nothing_twice_until_somebody_says_so",
    "mcp": "acceptance/test_agents.py::test_an_agent_does_the_same_while_no_server_runs",
}


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.setenv("NEW_DATABASE", f"sqlite:///{tmp_path}/new/automator.db")
    running = Demo(tmp_path)
    yield running
    running.sandbox.terminate()
    running.server.terminate()


def test_every_command_that_a_document_shows_does_what_it_says(demo: Demo) -> None:
    """In the order of the documents: later commands find what earlier ones have left."""
    shown = {" ".join(one.words): one for page in DOCUMENTS for one in commands_in(page)}
    wrong = {}
    for line, one in shown.items():
        if one.words[0] not in SERVING and (said := outcome(demo, one, line)):
            wrong[f"{one.place}: automator {one.text}"] = said

    assert not wrong, "\n".join(f"{where}: {said}" for where, said in wrong.items())
    assert [line for line in OTHERWISE if line not in shown] == []
    named = {" ".join(["automator", *one.name]) for one in shown.values()}
    assert [path for path, _ in all_commands() if path not in named] == []


def outcome(demo: Demo, shown: Shown, line: str) -> str:
    """What a command says that does not end as it should."""
    code, why, _ = OTHERWISE.get(line, (0, "", ""))
    words = filled(demo, shown)
    result = demo.follows(*words) if "--follow" in words else demo.types(*words)
    said = f"{result.stderr}{result.stdout}"
    if result.returncode == code and why in said:
        return ""
    # A sentence may name a command without what has to be behind it.
    return "" if shown.is_a_name and result.returncode == 2 else f"{result.returncode}: {said}"


def filled(demo: Demo, shown: Shown) -> list[str]:
    """The words of a command line, with a value in the place of each placeholder."""
    words = []
    for word in shown.words:
        places = (*(" ".join(shown.name[:count]) for count in (2, 1)), "")
        keys = [f"{place} {word}".strip() for place in places]
        filling = next((FILLINGS[key] for key in keys if key in FILLINGS), None)
        if filling is not None:
            words.append(filling if isinstance(filling, str) else filling(demo))
        elif word.startswith(("/backup/", "/var/lib/")):
            words.append(demo.inside(word))
        elif word != "…" and not word.startswith("["):
            words.append(word)
    return words


def test_what_is_not_done_beside_the_demo_is_done_by_a_test_that_exists() -> None:
    tests = {*SERVING.values(), *(test for _, _, test in OTHERWISE.values())}
    for path, _, name in (test.partition("::") for test in tests):
        assert f"def {name}(" in (ROOT / "tests" / path).read_text(encoding="utf-8"), path
