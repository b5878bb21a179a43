"""A kill between the claim of a private reply and its call sends no second one."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

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
    deadline = time.monotonic() + 20
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
    shop.config.write_text(shop.config.read_text() + "lease: 3s\n")
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
