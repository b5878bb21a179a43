"""kill -9 at the N-th call into the system: between any two effects on the disk or the network.

strace kills the unmodified server. Where it is not installed this is skipped and says so; under
CI=true that is a failure.
"""

import os
import random
import shutil
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
from tests.support.process import EndedAtItsStartError, ServerProgram

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

#: Calls by name, and the highest N. Each kind of event makes a few of them.
CALLS = (
    ("fdatasync", 40),
    ("pwrite64", 160),
    ("write,writev,sendto,sendmsg", 200),
    ("rename,unlink", 1),
)
POINTS = size(4, 60)
PEOPLE = 16
_GIVE_UP_S = 8.0


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        assert os.environ.get("CI") != "true", "strace is missing: apt-get install strace"
        pytest.skip("strace is not installed: kills at system calls are not tested")
    return found


def start_until_killed(
    installation: Installation, strace: str, calls: str, number: int
) -> ServerProgram | None:
    """A server that ends at the N-th of these calls; None when that was before it answered."""
    inject = f"inject={calls}:signal=SIGKILL:when={number}"
    # -D: the server stays our child, and strace is its tracer from beside.
    prefix = (strace, "-D", "-f", "-qq", "--seccomp-bpf", "-o", os.devnull, "-e", inject)
    try:
        return installation.start(*prefix)
    except EndedAtItsStartError:
        return None


def test_a_kill_at_any_system_call_breaks_no_promise(tmp_path: Path, strace: str) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    installation = Installation(tmp_path, target)
    addresses: list[str] = []
    senders = Senders(
        lambda: addresses,
        people=PEOPLE,
        seed=seed,
        pause_s=0.03,
        may_send=lambda count: count - len(target.numbers) < 80,
    )
    sometimes = Sometimes("it died under load", "an attempt was under way")
    points: Counter[str] = Counter()
    in_flight: Counter[tuple[int, int]] = Counter()
    at_start = not_reached = 0
    senders.start()
    for point in range(POINTS):
        calls, highest = CALLS[point % len(CALLS)]
        # Some calls belong to the start; those under load come after them.
        number = chance.randrange(1, highest + 1)
        server = start_until_killed(installation, strace, calls, number)
        if server is None:
            at_start += 1
        else:
            addresses[:] = [server.url]
            ended = _ends_by_itself(server)
            not_reached += not ended
            sometimes.note("it died under load", int(ended))
        addresses.clear()
        if server is not None:
            server.kill()
        acknowledged = dict(senders.acknowledged)
        points[calls] += 1
        left = read_copy(installation.database_file, tmp_path / "copy")
        assert lost_now(acknowledged, left) == []
        assert left.integrity == "ok"
        in_flight.update(left.begun())
        sometimes.note("an attempt was under way", len(left.begun()))
    server = installation.start()
    addresses[:] = [server.url]
    senders.stop()
    until_idle(server)
    assert server.terminate() == 0
    target.close()
    stored = read(installation.url)
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
        in_flight=in_flight,
    )
    effects = Counter(effect.key for effect in target.effects)
    report(
        "kill at system calls",
        seed=seed,
        points=dict(points),
        at_the_start=at_start,
        not_reached=not_reached,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        effects=sum(effects.values()),
        repeated=sum(effects.values()) - len(effects),
        in_flight=sum(in_flight.values()),
    )
    assert violations(history, stored) == []
    sometimes.require()


def _ends_by_itself(server: ServerProgram) -> bool:
    deadline = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < deadline:
        if server.has_ended():
            return True
        time.sleep(0.01)
    return False
