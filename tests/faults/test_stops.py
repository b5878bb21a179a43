"""P11 for SIGTERM: what is under way is finished, nothing is lost, and nothing is done twice."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

STOPS = size(6, 50)
PEOPLE = 6
#: Seconds within which a server that is told to stop has ended.
STOP_S = 20.0


def test_a_server_that_is_told_to_stop_under_load_loses_and_repeats_nothing(tmp_path: Path) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    target.delay_s = 0.05
    installation = Installation(tmp_path, target)
    addresses: list[str] = []
    senders = Senders(lambda: addresses, people=PEOPLE, seed=seed, pause_s=0.06)
    sometimes = Sometimes("a request was under way", "something waited", "a delivery was refused")
    slowest = 0.0
    senders.start()
    for _ in range(STOPS):
        server = installation.start()
        addresses[:] = [server.url]
        time.sleep(chance.uniform(0.05, 0.6))
        under_way = target.under_way
        began = time.monotonic()
        exit_code = server.terminate(STOP_S)
        slowest = max(slowest, time.monotonic() - began)
        addresses.clear()
        left = read_copy(installation.database_file, tmp_path / "copy")
        assert exit_code == 0, server.printed
        assert left.claimed() == [], "a claim was left behind"
        sometimes.note("a request was under way", under_way)
        sometimes.note("something waited", sum(not run.state.is_final for run in left.runs))
    server = installation.start()
    addresses[:] = [server.url]
    senders.stop()
    sometimes.note("a delivery was refused", len(senders.sent_again))
    until_idle(server)
    assert server.terminate(STOP_S) == 0
    target.close()
    stored = read(installation.url)
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
    )
    effects = Counter(effect.key for effect in target.effects)
    report(
        "SIGTERM",
        seed=seed,
        stops=STOPS,
        people=PEOPLE,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        effects=len(effects),
        repeated=sum(effects.values()) - len(effects),
        under_way_at_a_stop=sometimes.seen["a request was under way"],
        slowest_exit=f"{slowest:.1f} s",
    )
    assert violations(history, stored) == []
    sometimes.require()
