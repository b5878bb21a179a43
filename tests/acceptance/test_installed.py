"""A stranger has the files of a release and an empty folder, and runs a shop with nothing else.

Everything here is what the wheel brings: no file of the checkout is on the way of an import, and
every command is the one that the installation has made.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automator import __version__
from tests.acceptance.conftest import SECRETS, SETTINGS
from tests.acceptance.test_openid import SETTINGS as SIGN_IN
from tests.acceptance.test_openid import signs_in
from tests.integration.test_release import LOCK, build, sources
from tests.support.golden_database import RULES as GOLDEN_RULES
from tests.support.golden_database import make_golden
from tests.support.identities import CLIENT_ID, CLIENT_SECRET, IdentityProvider, installed
from tests.support.process import SandboxProgram, ServerProgram, free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

PERSON = "24813579246801357"
PRICES = """\
rules:
  - id: price
    name: Answer price questions
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - keywords(event.text, ['giá bao nhiêu'])
    actions:
      - private_reply: "Dạ 250k ạ"
    tests:
      - name: a question is answered
        event: {sample: facebook/comment.created, with: {event.text: "giá bao nhiêu vậy?"}}
        expect: {actions: [private_reply]}
"""
TROUBLE = """\
rules:
  - id: trouble
    name: Tell the owner
    trigger: {event: rules.refused}
    actions:
      - notify: {to: ops, text: "{{ event.text }}"}
"""


class Installation:
    """A folder with settings and rules, and the program of the wheel."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.rules = folder / "rules"
        self.rules.mkdir(parents=True)
        self._program = program
        self.secrets = {**SECRETS, "CLIENT_SECRET": CLIENT_SECRET}
        self._started: list[SandboxProgram | ServerProgram] = []

    def sandbox(self) -> SandboxProgram:
        """The platforms, simulated by the installed program."""
        running = SandboxProgram(self.folder, str(self._program / "python"))
        self._started.append(running)
        self.secrets["OPS_ADDRESS"] = f"json://127.0.0.1:{running.port}/notify/ops"
        return running

    def serve(self, port: int = 0) -> ServerProgram:
        """The installed server, with the files of this folder."""
        files = ("--config", "automator.yaml", "--rules", "rules", "--port", str(port))
        running = ServerProgram(
            self.folder,
            *files,
            environ=self.secrets,
            cwd=self.folder,
            python=str(self._program / "python"),
        )
        self._started.append(running)
        return running

    def runs(self, *words: str, ends_with: int = 0) -> str:
        """Runs a command in the folder; returns what it prints."""
        result = subprocess.run(
            [self._program / "automator", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.secrets},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        printed = result.stdout + result.stderr
        assert result.returncode == ends_with, printed
        assert "Traceback" not in printed
        return printed

    def stop(self) -> None:
        for one in self._started:
            if not one.has_ended():
                one.terminate()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which only the wheel and its locked packages are."""
    folder = tmp_path_factory.mktemp("release")
    wheel = build("wheel", sources(folder / "sources"), folder / "dist")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=120)
    pip = [environment / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    shutil.rmtree(folder / "sources")
    for what in (["--require-hashes", "-r", LOCK], ["--no-deps", "--no-index", wheel]):
        subprocess.run([*pip, *what], check=True, timeout=280)
    return environment / "bin"


@pytest.fixture
def installation(tmp_path: Path, program: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "shop", program)
    yield made
    made.stop()


@pytest.fixture
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """The company's accounts."""
    home = installed(tmp_path_factory.mktemp("openid"))
    running = IdentityProvider(*home, f"http://127.0.0.1:{free_port()}")
    running.person("mai", "mai@shop.vn", "owners")
    running.start()
    yield running
    running.stop()


def test_a_shop_is_installed_run_broken_restored_and_audited_with_the_wheel_alone(
    browser: Any, installation: Installation, provider: IdentityProvider
) -> None:
    sandbox = installation.sandbox()
    sign_in = SIGN_IN.format(issuer=provider.issuer, client=CLIENT_ID, place=provider.place)
    settings = SETTINGS.format(port=sandbox.port).replace(
        "allow: [", f'allow: ["{provider.place}", '
    )
    (installation.folder / "automator.yaml").write_text(
        f"{settings}notify: {{ops: env:OPS_ADDRESS}}\n{sign_in.partition('egress')[0]}"
    )
    prices = installation.rules / "prices.yaml"
    prices.write_text(PRICES)
    (installation.rules / "trouble.yaml").write_text(TROUBLE)

    # Installed: the program says what it is, and the rules are whole before anything runs.
    assert installation.runs("version") == f"automator {__version__}\n"
    installation.runs("check", "rules", "--config", "automator.yaml")
    installation.runs("test", "rules", "--config", "automator.yaml")

    # Signed in at the company's provider, and connected: a question is answered, and explained.
    server = installation.serve(int(provider.server.rpartition(":")[2]))
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    signs_in(page, server, "mai")
    ask = ("send", "facebook/comment.created", "--text", "giá bao nhiêu vậy?", "--actor", PERSON)
    installation.runs(*ask, "--config", "automator.yaml")
    wait_until(lambda: len(sandbox.records("private_reply")) == 1, "the answer")
    assert "price@1" in installation.runs("log", f"contact=shop-page:{PERSON}")
    page.goto(f"{server.url}/log")
    page.locator("main li[id^=run-]", has_text="Answer price questions").first.wait_for()

    # Broken: told where, by the command and by a notice; the earlier rule goes on.
    prices.write_text(PRICES.replace("keywords(", "keywrods("))
    told = installation.runs("check", "rules", "--config", "automator.yaml", ends_with=1)
    assert "prices.yaml:6" in told
    assert "keywords" in told
    wait_until(lambda: "prices.yaml" in str(sandbox.records("notice")), "the notice", 120.0)
    installation.runs(*ask, "--config", "automator.yaml")
    wait_until(lambda: len(sandbox.records("private_reply")) == 2, "the earlier rule's answer")
    prices.write_text(PRICES)

    # Backed up, lost, and restored.
    assert "verified" in installation.runs("backup", "copy.db")
    server.kill()
    (installation.folder / "data" / "automator.db").unlink()
    installation.runs("restore", "copy.db", "--replace")
    again = installation.serve()
    assert len(again.everything("events")) >= 2

    # Erased: nothing names the person, and the trail of what people did is whole.
    installation.runs("contact", "erase", "shop-page", PERSON, "--yes")
    assert PERSON not in installation.runs("contact", "list")
    assert "the chain is whole" in installation.runs("audit", "--verify")
    trail = installation.runs("audit")
    assert "mai@shop.vn" in trail
    assert PERSON not in trail
    context.close()


def test_a_database_of_an_earlier_version_is_upgraded_by_the_wheel_alone(
    installation: Installation,
) -> None:
    sandbox = installation.sandbox()
    (installation.folder / "automator.yaml").write_text(SETTINGS.format(port=sandbox.port))
    (installation.rules / "shop.yaml").write_text(GOLDEN_RULES)
    (installation.folder / "data").mkdir()
    make_golden(installation.folder / "data" / "automator.db")
    installation.runs("backup", "before.db")

    server = installation.serve()

    assert "501" in people(server)
    installation.runs("contact", "erase", "shop-page", "501", "--yes")
    assert "501" not in people(server)
    assert "the chain is whole" in installation.runs("audit", "--verify")
    server.terminate()
    installation.runs("restore", "before.db", "--replace")
    assert "501" in people(installation.serve())


def people(server: ServerProgram) -> set[str]:
    """The ids of the people whom the shop knows."""
    return {one["id"] for one in server.everything("contacts")}
