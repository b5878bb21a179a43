"""Three nodes on one PostgreSQL: one dies in the middle of its work, and nobody notices but us."""

import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from automator.model import RunState
from automator.store import open_reader
from tests.acceptance.conftest import RULES, SECRETS, SETTINGS
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import SandboxProgram, ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

NODES = 3
PEOPLE = 9
DELIVERIES = 360
LEASE = "3s"
NUMBER = re.compile(r"đặt hàng (\d+)")


class Nodes:
    """Servers with a folder each, and the database that they share."""

    def __init__(self, folder: Path, sandbox: SandboxProgram, url: str) -> None:
        self.running: list[ServerProgram] = []
        self._folder = folder
        self._url = url
        self._config = folder / "automator.yaml"
        self._config.write_text(SETTINGS.format(port=sandbox.port) + f"lease: {LEASE}\n")

    def rules(self, number: int) -> Path:
        return self._folder / f"node-{number}" / "rules"

    def busiest(self) -> str:
        """The node that holds the most runs now, as they are known in the database."""
        log = open_reader(self._url)
        held = Counter(row.run.owner for row in log.runs(state=RunState.RUNNING, limit=1_000))
        log.close()
        name = held.most_common(1)[0][0]
        assert name is not None
        return name

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
def nodes(tmp_path: Path, sandbox: SandboxProgram, postgresql: PostgreSQLServer) -> Iterator[Nodes]:
    url = postgresql.empty_database()
    started = Nodes(tmp_path, sandbox, url)
    yield started
    for node in started.running:
        if not node.has_ended():
            node.terminate()
    postgresql.drop(url)


def send_in_order(
    nodes: list[ServerProgram], person: int, acknowledged: dict[int, str], repeated: set[int]
) -> None:
    """What one person writes: each delivery goes to the next node, after the last was acknowledged.

    As a provider does, the sender repeats what was not acknowledged, here at another node.
    """
    for number in range(person, DELIVERIES, PEOPLE):
        body = delivery(changes=[comment(number, str(1000 + person), f"đặt hàng {number}")])
        for attempt in range(10 * NODES):
            node = nodes[(number // PEOPLE + attempt) % NODES]
            try:
                status, answer = call(node.url, "POST", "/hooks/shop-page", body, signed(body))
            except (OSError, HTTPException):
                status, answer = 0, b""
            if status == 200:
                acknowledged[number] = json.loads(answer)["events"][0]
                break
            repeated.add(number)
        else:
            raise AssertionError(f"no node took delivery {number}")


@pytest.mark.timeout(180)
def test_a_node_that_is_killed_loses_nothing_and_its_work_is_taken_over(
    nodes: Nodes, sandbox: SandboxProgram
) -> None:
    servers = [nodes.start(number) for number in range(NODES)]
    # Slow enough that the one that is killed has work in its hands.
    sandbox.control(delay_ms=150)
    names = {server.api("GET", "/api/status")["node"]: server for server in servers}
    acknowledged: dict[int, str] = {}
    repeated: set[int] = set()
    senders = [
        threading.Thread(target=send_in_order, args=(servers, person, acknowledged, repeated))
        for person in range(PEOPLE)
    ]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) >= DELIVERIES // 3, "a third to be acknowledged", 60.0)

    dead = names[nodes.busiest()]
    dead.kill()
    for sender in senders:
        sender.join()
    alive = next(server for server in servers if server is not dead)

    def unfinished() -> int:
        states = alive.api("GET", "/api/status")["last_24_hours"]["runs"]
        return int(states.get("queued", 0)) + int(states.get("running", 0))

    wait_until(lambda: unfinished() == 0, "every run to finish", 60.0)
    stored = {item["id"] for item in alive.everything("events")}
    states = Counter(run["state"] for run in alive.everything("runs"))
    forwards = sandbox.records("forward")
    effects = Counter(record["idempotency_key"] for record in forwards)
    firsts: defaultdict[int, list[int]] = defaultdict(list)
    for record in forwards:
        found = NUMBER.search(json.dumps(record["body"], ensure_ascii=False))
        assert found is not None, record["body"]
        number = int(found[1])
        if number not in firsts[number % PEOPLE]:
            firsts[number % PEOPLE].append(number)
    print(
        f"{len(acknowledged)} acknowledged ({len(repeated)} sent again), {len(stored)} stored, "
        f"runs {dict(states)}, {len(effects)} forwarded, "
        f"{sum(effects.values()) - len(effects)} repeated; took over: "
        f"{[line for node in servers for line in node.printed.splitlines() if 'took_over' in line]}"
    )
    assert len(acknowledged) == DELIVERIES
    assert set(acknowledged.values()) == stored
    assert states == {"done": DELIVERIES}
    assert len(effects) == DELIVERIES
    assert set(effects.values()) <= {1, 2}
    assert all(numbers == sorted(numbers) for numbers in firsts.values())
    assert any("took_over" in server.printed for server in servers)


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
