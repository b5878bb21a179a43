"""What was acknowledged is on disk, whenever the process dies."""

import random
import subprocess
import sys
import time
from pathlib import Path

from automator.clock import ManualClock
from automator.model import RunState
from automator.store import open_reader
from tests.support.store import opened

_INGESTS = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from automator.clock import ManualClock
from automator.model import IdSource
from tests.support.store import Shop, opened

async def main():
    clock, round = ManualClock(), int(sys.argv[3])
    shop = Shop(clock, node=round)
    async with opened(sys.argv[1], clock) as store:
        async def send(sender):
            for number in range(1_000_000):
                key = f"{round}-{sender}-{number}"
                event, _ = await shop.receive(store, who=f"{sender}", key=key)
                os.write(1, f"{event.id}\\n".encode())
        async def work():
            while True:
                for claimed in await store.claim(8):
                    await store.settle(shop.settlement(claimed))
        await asyncio.gather(work(), *[send(sender) for sender in range(16)])

asyncio.run(main())
"""


def test_no_acknowledged_event_is_lost_when_the_process_is_killed(store_url: str) -> None:
    acknowledged: set[int] = set()
    for round_number in range(1, 5):
        process = subprocess.Popen(
            [sys.executable, "-c", _INGESTS, store_url, str(Path.cwd()), str(round_number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - any moment will do.
        process.kill()
        output, errors = process.communicate()
        assert not errors, errors.decode()
        # The last line may have been cut by the kill.
        lines = (first + output).split(b"\n")[:-1]
        acknowledged |= {int(line) for line in lines}

    log = open_reader(store_url)
    stored = {row.id: row.runs for row in log.events(limit=10_000_000)}
    states = {row.run.state for row in log.runs(limit=10_000_000)}
    log.close()

    assert len(acknowledged) > 50
    assert acknowledged <= stored.keys()
    assert set(stored.values()) == {1}
    assert states <= {RunState.QUEUED, RunState.RUNNING, RunState.DONE}


async def test_a_log_can_be_read_beside_the_server_and_without_it(
    store_url: str, clock: ManualClock
) -> None:
    async with opened(store_url, clock):
        beside = open_reader(store_url)
        assert beside.events() == []
        beside.close()

    alone = open_reader(store_url)
    assert alone.events() == []
    alone.close()
