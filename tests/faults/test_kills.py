"""P1 to P6 under kill -9: at any time and at each named point, under load, again and again."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.killer import POINTS, Killer, wait_for_claim
from tests.faults.load import Senders, is_held
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target
from tests.support.process import ServerProgram, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

PEOPLE = 8
KILLS_OF_A_ROUND = size(8, 25)
ROUNDS = size(1, 8)


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
            pause_s=0.08,
            reached=self.killer.reached,
        )
        self.in_flight: Counter[tuple[int, int]] = Counter()
        self.points: Counter[str] = Counter()
        self.sometimes = Sometimes(
            "a claim was interrupted",
            "an effect was repeated",
            "a delivery was sent again",
            "a held step became unknown",
            "a duplicate was absorbed",
        )
        self._copies = folder / "copies"

    def kill_once(self, server: ServerProgram, point: str) -> None:
        """Lets the last kill be overcome, then waits for the point, and looks at what is left."""
        # A held step may never have an effect.
        before = {number for number in list(self.senders.acknowledged) if not is_held(number)}
        wait_until(lambda: before <= self._answered(), "what was acknowledged before", 60.0)
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
        claimed = stored.claimed()
        self.in_flight.update(claimed)
        self.sometimes.note("a claim was interrupted", len(claimed))

    def start(self) -> ServerProgram:
        server = self.installation.start()
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

    def _answered(self) -> set[int]:
        """The numbers whose last step has reached the target."""
        return {effect.number for effect in self.target.effects if effect.target == "erp"}


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
        points=dict(one.points),
    )
    assert violations(history, stored) == []
    assert one.target.unsigned == 0
    one.sometimes.require()
