"""A shop's installation: the real server, the provider sandbox beside it, a Page connected."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.page_events import SECRET
from tests.support.process import Sandbox, SandboxProgram, SandboxThread, ServerProgram

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECRETS = {
    "SHOP_APP_SECRET": SECRET,
    "SHOP_VERIFY_TOKEN": "verify-token-for-tests",
    "SHOP_PAGE_TOKEN": "page-token-for-tests-0123456789",
    "CRM_SECRET": "crm-secret-for-tests-0123456789",
}

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: env:SHOP_APP_SECRET
    verify_token: env:SHOP_VERIFY_TOKEN
    page_access_token: env:SHOP_PAGE_TOKEN
    graph_url: http://127.0.0.1:{port}/facebook/v26.0
targets:
  crm: {{url: "http://127.0.0.1:{port}/target/crm", secret: env:CRM_SECRET}}
egress: {{allow: ["127.0.0.1:{port}"]}}
"""

RULES = """\
rules:
  - id: price-question
    name: Answer price questions
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu', 'ib'])
    actions:
      - id: public
        reply: "Chào {{ event.actor.name }}, shop đã nhắn tin cho bạn ạ."
      - private_reply: "Giá hôm nay: 250k. Bạn cần size nào ạ?"
      - id: later
        follow_up:
          after: 3s
          cancel_on: {event: message.received}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
  - id: order
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - contains(event.text, 'đặt hàng')
    actions:
      - forward: {to: crm}
"""


class Shop:
    """The folder of one installation; `start` may be called again after a kill."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.config = folder / "automator.yaml"
        self.config.write_text(SETTINGS.format(port=sandbox.port))
        (self.rules / "shop.yaml").write_text(RULES)
        self._started: list[ServerProgram] = []

    def start(self, **environ: str) -> ServerProgram:
        server = ServerProgram(
            self.folder,
            "--config",
            str(self.config),
            "--rules",
            str(self.rules),
            environ={**SECRETS, **environ},
        )
        self._started.append(server)
        return server

    def stop(self) -> None:
        for server in self._started:
            if not server.has_ended():
                server.terminate()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The outside, which outlives the server."""
    running = SandboxThread()
    yield running
    running.stop()


@pytest.fixture
def sandbox_program(tmp_path: Path) -> Iterator[SandboxProgram]:
    """The outside as its users start it, for a module that gives it as its `sandbox`."""
    program = SandboxProgram(tmp_path)
    yield program
    program.terminate()


@pytest.fixture
def shop(tmp_path: Path, sandbox: Sandbox) -> Iterator[Shop]:
    """An installation that is not started yet."""
    installation = Shop(tmp_path, sandbox)
    yield installation
    installation.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; where it is missing a skip, but a failure in CI.

    Playwright's event loop runs in this thread while it is open; other modules need their own.
    """
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}: CI must run the browser tests")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium hangs with libfaketime. Under `make test-dates` it alone has the true time.
        environ = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=FLAGS, env=environ
        )
        yield chromium
        chromium.close()
