"""Nodes on one PostgreSQL have the same rules; tests/faults kills them and lets them sleep."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import RULES, SECRETS, SETTINGS
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import Sandbox, ServerProgram, wait_until

pytestmark = pytest.mark.acceptance

NODES = 3
LEASE = "3s"


class Nodes:
    """Servers with a folder each, and the database that they share."""

    def __init__(self, folder: Path, sandbox: Sandbox, url: str) -> None:
        self.running: list[ServerProgram] = []
        self._folder = folder
        self._url = url
        self._config = folder / "automator.yaml"
        self._config.write_text(SETTINGS.format(port=sandbox.port) + f"lease: {LEASE}\n")

    def rules(self, number: int) -> Path:
        return self._folder / f"node-{number}" / "rules"

    def start(self, number: int, *, rules: str = RULES) -> ServerProgram:
        self.rules(number).mkdir(parents=True)
        if rules:
            (self.rules(number) / "shop.yaml").write_text(rules)
        node = ServerProgram(
            self._folder / f"node-{number}",
            "--config",
            str(self._config),
            "--rules",
            str(self.rules(number)),
            environ={**SECRETS, "AUTOMATOR_DATABASE": self._url},
        )
        self.running.append(node)
        return node


@pytest.fixture
def nodes(tmp_path: Path, sandbox: Sandbox, postgresql: PostgreSQLServer) -> Iterator[Nodes]:
    url = postgresql.empty_database()
    started = Nodes(tmp_path, sandbox, url)
    yield started
    for node in started.running:
        if not node.has_ended():
            node.terminate()
    postgresql.drop(url)


def test_a_change_of_the_rules_on_one_node_is_in_force_on_all(nodes: Nodes) -> None:
    one, two = nodes.start(0), nodes.start(1)
    changed = RULES.replace("Answer price questions", "Giá")

    (nodes.rules(0) / "shop.yaml").write_text(changed)

    wait_until(lambda: _revision(one) == 2, "the first node to load it")
    wait_until(lambda: _revision(two) == 2, "the second node to follow")
    assert (nodes.rules(1) / "shop.yaml").read_text() == changed

    empty = nodes.start(2, rules="")
    assert _revision(empty) == 2
    assert (nodes.rules(2) / "shop.yaml").read_text() == changed
    shown = {row["revision"] for row in one.api("GET", "/api/status")["nodes"]}
    assert shown <= {0, 1, 2}
    assert len(one.api("GET", "/api/status")["nodes"]) == NODES


def _revision(node: ServerProgram) -> int:
    return int(node.api("GET", "/api/status")["rules"]["revision"])
