"""F-07 and F-08: the N-th call that writes or syncs fails, with every N and both kinds of error.

The sender is told 503, or nothing; the process goes on when there is room again, or ends with 74.
Whatever was acknowledged is there at the next start, once.
"""

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import FULL, new_seed, size
from tests.faults.stored import read, read_copy
from tests.faults.target import Target
from tests.support.faults import failing_syscalls
from tests.support.process import ServerProgram, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

#: What SQLite does to a disk; what goes to sockets and to the terminal is something else.
CALLS = ("pwrite64", "fdatasync,fsync")
#: No space, and a disk that fails. A sync says both.
ERRORS = ("ENOSPC", "EIO")
#: The first N of each sweep, and the steps to the last one.
STEP, LAST = size(5, 2), size(5, 30)
STORE_FAILED = 74
PEOPLE = 6
#: Seconds of load around the fault, and in which a process that failed must have ended.
_LOAD_S = 0.6
_ENDED_WITHIN_S = 15.0


class Sweep:
    """One installation whose disk fails again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.target = Target()
        self.installation = Installation(folder, self.target, settings="disk: {keep_free: 0}\n")
        self.addresses: list[str] = []
        self.senders = Senders(
            lambda: self.addresses,
            people=PEOPLE,
            seed=seed,
            pause_s=0.02,
            may_send=lambda count: count - len(self.target.numbers) < 60,
        )
        self.in_flight: Counter[tuple[int, int]] = Counter()
        self.ends: Counter[str] = Counter()

    def start(self) -> ServerProgram:
        server = self.installation.start()
        self.addresses[:] = [server.url]
        return server

    def fail_once(self, server: ServerProgram, calls: str, error: str, number: int) -> None:
        """The N-th call from now on fails; looks at what came of it, and at what is stored."""
        trace = self.folder / "trace"
        with failing_syscalls(server.pid, f"{calls}:error={error}:when={number}", trace):
            deadline = time.monotonic() + _ENDED_WITHIN_S
            while "INJECTED" not in trace.read_text() and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(_LOAD_S)
        if "INJECTED" not in trace.read_text():
            self.ends["not reached"] += 1
            return
        before = len(self.senders.acknowledged)
        if self._has_failed(server):
            wait_until(server.has_ended, "the process to end", _ENDED_WITHIN_S)
            assert server.terminate() == STORE_FAILED, server.printed
            self.ends["ended with 74"] += 1
        else:
            wait_until(lambda: len(self.senders.acknowledged) > before, "it to go on", 30.0)
            self.ends["went on"] += 1
        assert "Traceback" not in server.printed, server.printed[-3000:]

    def look(self, server: ServerProgram) -> None:
        """What was acknowledged until now stands there, when the process has ended."""
        self.addresses.clear()
        acknowledged = dict(self.senders.acknowledged)
        left = read_copy(self.installation.database_file, self.folder / "copy")
        assert server.has_ended()
        assert lost_now(acknowledged, left) == []
        assert left.integrity == "ok"
        self.in_flight.update(left.begun())

    def _has_failed(self, server: ServerProgram) -> bool:
        return server.has_ended() or "store.failed" in server.printed[self._printed_before :]

    _printed_before = 0

    def note_printed(self, server: ServerProgram) -> None:
        self._printed_before = len(server.printed)


@pytest.mark.parametrize("error", ERRORS)
def test_whichever_write_or_sync_fails_nothing_acknowledged_is_lost(
    tmp_path: Path, error: str
) -> None:
    seed = new_seed()
    sweep = Sweep(tmp_path, seed)
    sometimes = Sometimes(
        "it ended with 74", *(["it went on"] if FULL and error == "ENOSPC" else [])
    )
    server = sweep.start()
    sweep.senders.start()
    for calls in CALLS:
        for number in range(1, LAST + 1, STEP):
            sweep.note_printed(server)
            sweep.fail_once(server, calls, error, number)
            if server.has_ended():
                sweep.look(server)
                server = sweep.start()
    sweep.senders.stop()
    until_idle(server)
    assert server.terminate() == 0, server.printed[-2000:]
    sweep.target.close()
    stored = read(sweep.installation.url)
    history = History(
        people=PEOPLE,
        acknowledged=sweep.senders.acknowledged,
        sent=sweep.senders.sent,
        effects=sweep.target.effects,
        in_flight=sweep.in_flight,
    )
    sometimes.note("it ended with 74", sweep.ends["ended with 74"])
    if "it went on" in sometimes.seen:
        sometimes.note("it went on", sweep.ends["went on"])
    report(
        f"{error} at the N-th write or sync",
        seed=seed,
        points=sum(sweep.ends.values()),
        **sweep.ends,
        acknowledged=len(history.acknowledged),
        lost=len(lost_now(history.acknowledged, stored)),
        sent_again=len(sweep.senders.sent_again),
        effects=len(history.effects),
        in_flight=sum(history.in_flight.values()),
    )
    assert violations(history, stored) == []
    sometimes.require()
