"""The machine's clock is set back and forth under a server that works."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import SECRETS, SETTINGS
from tests.support.moved_clock import MovedClock
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import Sandbox, ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

LEASE = "3s"
EVERY_S = 10
RULES = """\
rules:
  - id: every-ten-seconds
    trigger: {schedule: {every: 10s}}
    actions:
      - log: "{{ event.data.scheduled_at }}"
  - id: price-question
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - log: "{{ event.text }}"
"""


class Timed:
    """A server whose clock is moved."""

    def __init__(self, folder: Path, sandbox: Sandbox, url: str | None) -> None:
        self.clock = MovedClock(folder)
        rules, config = folder / "rules", folder / "automator.yaml"
        rules.mkdir()
        config.write_text(SETTINGS.format(port=sandbox.port) + f"lease: {LEASE}\n")
        self.rules = rules / "shop.yaml"
        self.rules.write_text(RULES)
        environ = {**SECRETS, **self.clock.environ}
        if url is not None:
            environ["AUTOMATOR_DATABASE"] = url
        arguments = ("--config", str(config), "--rules", str(rules))
        self.server = ServerProgram(folder, *arguments, environ=environ)
        self._comments = 0

    def fires(self) -> int:
        """How often the schedule has fired so far."""
        runs = self.server.everything("runs")
        return sum(run["rule"] == "every-ten-seconds" and run["state"] == "done" for run in runs)

    def fires_again(self) -> None:
        """The schedule goes on."""
        before = self.fires()
        wait_until(lambda: self.fires() > before, "the schedule to fire")

    def comments_are_answered(self) -> None:
        """What is acknowledged is done."""
        self._comments += 1
        body = delivery(changes=[comment(self._comments, "lan", "giá?")])
        assert call(self.server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
        wait_until(lambda: self._answered() == self._comments, "the comment to be answered")

    def changes_are_noticed(self, name: str) -> None:
        """A rule file that is changed is loaded."""
        before = self.server.api("GET", "/api/status")["rules"]["revision"]
        self.rules.write_text(RULES.replace("id: price-question", f"id: {name}"))
        wait_until(
            lambda: self.server.api("GET", "/api/status")["rules"]["revision"] > before,
            "the changed rules to be loaded",
            30,
        )

    def _answered(self) -> int:
        runs = self.server.everything("runs")
        return sum(run["rule"] != "every-ten-seconds" and run["state"] == "done" for run in runs)


@pytest.fixture(params=["sqlite", "postgresql"])
def timed(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> Iterator[Timed]:
    if request.param == "sqlite":
        started = Timed(tmp_path, sandbox, None)
        yield started
        started.server.terminate()
        return
    postgresql: PostgreSQLServer = request.getfixturevalue("postgresql")
    url = postgresql.empty_database()
    started = Timed(tmp_path, sandbox, url)
    yield started
    started.server.terminate()
    postgresql.drop(url)


def shortly_before_a_fire(seconds: float) -> float:
    """An offset near this one with which the schedule is to fire in three seconds."""
    return seconds + (EVERY_S - 3 - time.time()) % EVERY_S


def test_a_clock_that_is_set_back_and_forth_stops_nothing_that_goes_by_time(timed: Timed) -> None:
    for number, seconds in enumerate((0, -2 * 3_600, 30 * 86_400, 0)):
        timed.clock.set(shortly_before_a_fire(seconds))

        timed.comments_are_answered()
        timed.fires_again()
        timed.changes_are_noticed(f"changed-{number}")
        # With so short a lease a heartbeat that is late by half a second shows for a moment.
        wait_until(lambda: call(timed.server.url, "GET", "/readyz")[0] == 200, "the node's work")

    assert "Traceback" not in timed.server.printed
