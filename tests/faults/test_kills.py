"""P1 to P6 under kill -9: at any time and at each named point, under load, again and again."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.killer import POINTS, Killer, wait_for_claim
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target
from tests.support.process import ServerProgram

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

PEOPLE = 32
#: With more kills in a row, the runs of all people rest after their third crash, and none reaches a
#: point any more.
KILLS_OF_A_ROUND = size(8, 25)
ROUNDS = size(1, 8)
#: Acknowledged deliveries without an effect at which the senders pause: interrupted runs rest, and
#: their lanes with them.
MOST_AHEAD = 120


class Round:
    """One installation that is killed many times."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - it shall repeat.
        self.killer = Killer()
        self.target = Target(self.killer.reached)
        self.installation = Installation(folder, self.target)
        self.addresses: list[str] = []
        self.senders = Senders(
            lambda: self.addresses,
            people=PEOPLE,
            seed=seed,
            pause_s=0.06,
            reached=self.killer.reached,
            may_send=lambda count: count - len(self.target.numbers) < MOST_AHEAD,
        )
        self.in_flight: Counter[tuple[int, int]] = Counter()
        self.points: Counter[str] = Counter()
        self.slowest_start_s = 0.0
        self.sometimes = Sometimes(
            "an attempt was interrupted",
            "an effect was repeated",
            "a delivery was sent again",
            "a held step became unknown",
            "a duplicate was absorbed",
        )
        self._copies = folder / "copies"

    def kill_once(self, server: ServerProgram, point: str) -> None:
        """Waits for the point, and looks at what is left."""
        if point == "anywhere":
            self.killer.fired.clear()
            self.killer.fired.wait(self.chance.uniform(0.02, 0.4))
            server.kill()
        else:
            self.killer.arm(server.pid, point, self.chance.randrange(1, 25))
            if point == "after_claim":
                wait_for_claim(self.installation.database_file, self.killer)
            assert self.killer.fired.wait(30), f"never reached {point}:\n{server.printed}"
        self.addresses.clear()
        acknowledged = dict(self.senders.acknowledged)
        server.kill()
        self.points[point] += 1
        stored = read_copy(self.installation.database_file, self._copies)
        assert lost_now(acknowledged, stored) == []
        assert stored.integrity == "ok"
        self.in_flight.update(stored.begun())
        self.sometimes.note("an attempt was interrupted", len(stored.begun()))

    def start(self) -> ServerProgram:
        began = time.monotonic()
        server = self.installation.start()
        self.slowest_start_s = max(self.slowest_start_s, time.monotonic() - began)
        self.addresses[:] = [server.url]
        return server

    def finish(self, server: ServerProgram) -> History:
        """Faults are over: everything must come to its end."""
        self.senders.stop()
        until_idle(server)
        assert server.terminate() == 0
        self.target.close()
        return History(
            people=PEOPLE,
            acknowledged=self.senders.acknowledged,
            sent=self.senders.sent,
            effects=self.target.effects,
            in_flight=self.in_flight,
        )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_server_that_is_killed_again_and_again_keeps_every_promise(
    tmp_path: Path, number: int
) -> None:
    seed = new_seed() + number
    one = Round(tmp_path, seed)
    server = one.start()
    one.senders.start()
    try:
        for kill in range(KILLS_OF_A_ROUND):
            one.kill_once(server, POINTS[(kill + number) % len(POINTS)])
            server = one.start()
        history = one.finish(server)
    finally:
        if not server.has_ended():
            server.kill()
    stored = read(one.installation.url)
    effects = Counter(effect.key for effect in history.effects)
    repeated = sum(effects.values()) - len(effects)
    unknown = sum(run.state.label == "unknown" for run in stored.runs)
    one.sometimes.note("an effect was repeated", repeated)
    one.sometimes.note("a delivery was sent again", len(one.senders.sent_again))
    one.sometimes.note("a held step became unknown", unknown)
    one.sometimes.note("a duplicate was absorbed", stored.duplicates)
    report(
        "kill -9",
        seed=seed,
        kills=sum(one.points.values()),
        people=PEOPLE,
        acknowledged=len(history.acknowledged),
        lost=len(lost_now(history.acknowledged, stored)),
        effects=sum(effects.values()),
        repeated=repeated,
        in_flight_at_a_kill=sum(history.in_flight.values()),
        held_as_unknown=unknown,
        sent_again=len(one.senders.sent_again),
        slowest_start=f"{one.slowest_start_s:.1f} s",
        points=dict(one.points),
    )
    assert violations(history, stored) == []
    assert one.target.unsigned == 0
    one.sometimes.require()
