"""A kill between the claim of a private reply and its call sends no second one."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.acceptance.conftest import Shop
from tests.support.page_events import PAGE, comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

RULES = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - id: private
        private_reply: Giá 250k ạ
        retry: {max_attempts: 5, interval: 1s, strategy: fixed}
  - id: sale
    trigger: {event: comment.created}
    actions:
      - private_reply: Hôm nay giảm 10%
"""
COMMENTS = 3
_CLAIMED = text("SELECT count(*) FROM limits WHERE name = 'private_reply'")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSQLServer
) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'automator.db'}"
        return
    url = postgresql.empty_database()
    yield url
    postgresql.drop(url)


def killed_once_there_is(claimed: Callable[[], int], number: int, server: ServerProgram) -> None:
    """SIGKILL as soon as another process sees so many claims: the calls behind them are close."""
    deadline = time.monotonic() + 60
    while claimed() < number:
        assert time.monotonic() < deadline, "nothing was claimed"
    server.kill()


def claims_in(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(_CLAIMED).scalar_one())


def test_a_kill_between_the_claim_and_the_call_sends_no_second_one(
    shop: Shop, database: str
) -> None:
    environ = {"AUTOMATOR_DATABASE": database} if database.startswith("postgresql") else {}
    config = shop.config.read_text().replace("graph_url", "echo_within: 1s\n    graph_url")
    shop.config.write_text(f"{config}lease: 3s\n")
    (shop.rules / "shop.yaml").write_text(RULES)
    shop.sandbox.control(delay_ms=300)
    engine = create_engine(database)
    for number in range(COMMENTS):
        server = shop.start(**environ)
        body = delivery(changes=[comment(number, str(number), "giá?")])
        killing = threading.Thread(
            target=killed_once_there_is, args=(lambda: claims_in(engine), number + 1, server)
        )
        killing.start()
        status, _ = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
        killing.join()
        assert status == 200
    engine.dispose()

    server = shop.start(**environ)

    wait_until(lambda: is_over(server), "every run to end", 60.0)
    sent = [item["to"] for item in shop.sandbox.records("private_reply") if item["status"] == 200]
    attempts = [
        attempt
        for run in server.everything("runs")
        for attempt in server.api("GET", f"/api/runs/{run['id']}")["attempts"]
    ]
    skipped = [item for item in attempts if item["error_code"] == "private_reply_taken"]
    interrupted = [item for item in attempts if item["status"] == "unknown"]
    assert sorted(sent) == [f"700_{number}" for number in range(COMMENTS)]
    assert len(skipped) == COMMENTS
    assert len(interrupted) >= COMMENTS


def is_over(server: ServerProgram) -> bool:
    states = server.api("GET", "/api/status")["last_24_hours"]["runs"]
    return int(states.get("done", 0)) == 2 * COMMENTS


LOST = """\
rules:
  - id: answer
    trigger: {event: comment.created}
    actions:
      - id: public
        reply: Shop nhắn bạn rồi ạ
      - id: private
        private_reply: Giá 250k ạ
      - log: "{{ steps.private.output.recipient_id }}"
"""


def test_what_was_accepted_and_not_answered_is_proved_by_the_echo_and_not_repeated(
    shop: Shop, database: str
) -> None:
    environ = {"AUTOMATOR_DATABASE": database} if database.startswith("postgresql") else {}
    (shop.rules / "shop.yaml").write_text(LOST)
    shop.sandbox.control(next=[{"lost": True, "times": 2}])
    server = shop.start(**environ)
    body = delivery(changes=[comment(1, "11", "giá?")])
    call(server.url, "POST", "/hooks/shop-page", body, signed(body))

    for kind in ("public_reply", "private_reply"):
        prove_by_its_echo(shop, server, kind)

    wait_until(lambda: only_run(server)["state"] == "done", "the run to go on")
    attempts = server.api("GET", f"/api/runs/{only_run(server)['id']}")["attempts"]
    person = shop.sandbox.records("private_reply")[0]["answer"]["recipient_id"]
    assert [(item["step"], item["status"]) for item in attempts] == [
        ("public", "unknown"),
        ("public", "ok"),
        ("private", "unknown"),
        ("private", "ok"),
        ("log", "ok"),
    ]
    assert attempts[1]["summary"]["code"] == "by_echo"
    assert attempts[-1]["summary"]["params"] == {"text": person}
    assert len(shop.sandbox.records()) == 2


def waits_for_echo(run: dict[str, Any]) -> bool:
    return run["reason"] is not None and run["reason"]["code"] == "awaits_echo"


def prove_by_its_echo(shop: Shop, server: ServerProgram, kind: str) -> None:
    wait_until(lambda: shop.sandbox.records(kind), f"the {kind}")
    wait_until(lambda: waits_for_echo(only_run(server)), "the wait")
    record = shop.sandbox.records(kind)[0]
    path = f"/records/{record['id']}/echo?account={PAGE}"
    status, echo = call(shop.sandbox.url, "GET", path)
    assert status == 200
    assert call(server.url, "POST", "/hooks/shop-page", echo, signed(echo))[0] == 200


def only_run(server: ServerProgram) -> dict[str, Any]:
    (run,) = server.everything("runs")
    return run
