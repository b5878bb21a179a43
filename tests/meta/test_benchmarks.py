"""The benchmarks that others rely on: the meters find their parts, and the bar can fail."""

import asyncio
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from automator.engine.network.egress import Egress
from automator.model import PermanentError, RetryableError, UnknownOutcome
from benchmarks import cost, libraries
from benchmarks.bar import BOUNDS, DELIVERED, FORWARDED, verdict
from benchmarks.meters import LOOP_PARTS, PARTS, WRITER_PARTS, Meters, Totals, place_of


@pytest.mark.parametrize("part", PARTS)
def test_each_part_that_is_metered_is_there(part: str) -> None:
    holder, name = place_of(PARTS[part])

    assert callable(getattr(holder, name))


@pytest.fixture
def totals(tmp_path: Path) -> Totals:
    return Totals(tmp_path / "meters")


def test_what_a_part_calls_of_another_one_counts_there_alone(
    totals: Totals, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "thread_time", lambda: now[0])
    meters = Meters(totals)

    def spend(seconds: float) -> None:
        now[0] += seconds

    inner = meters.wrap(2, spend)

    def work() -> None:
        spend(1)
        inner(10)
        inner(10)

    meters.wrap(1, work)()

    assert list(totals.numbers[1:3]) == [1, 20]


async def test_a_coroutine_counts_its_steps_and_not_what_it_waits_for(
    totals: Totals, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    meters = Meters(totals)

    async def work() -> str:
        now[0] += 1
        await asyncio.sleep(0)
        now[0] += 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(3600)
        return "done"

    async def others() -> None:
        now[0] += 100
        await asyncio.sleep(0)

    with monkeypatch.context() as patched:
        patched.setattr(time, "thread_time", lambda: now[0])
        answers = await asyncio.gather(meters.wrap(1, work)(), others())

    assert answers[0] == "done"
    assert totals.numbers[1] == 3


def test_both_processes_read_the_same_totals(totals: Totals, tmp_path: Path) -> None:
    totals.numbers[0], totals.numbers[3] = 4711, 2.5

    again = Totals(tmp_path / "meters")

    assert again.writer == 4711
    assert list(again.seconds().values())[2] == 2.5


def test_the_table_has_every_part_once_and_what_is_left_of_each_thread() -> None:
    found = {**dict.fromkeys(PARTS, 1.0), "event loop": 100.0, "writer": 50.0, "other threads": 5.0}

    lines = list(cost.lines(found, found))

    assert [sum(line.strip().startswith(part + " ") for line in lines) for part in PARTS] == [
        1
    ] * len(PARTS)
    rests = [line.split()[-1] for line in lines if "the rest" in line]
    assert rests == [str(100 - len(LOOP_PARTS)), str(50 - len(WRITER_PARTS))]
    assert lines[-1].split() == ["all", "155", "155"]


def test_the_bar_fails_for_the_median_of_the_turns_and_not_for_one_of_them() -> None:
    fine = {name: bound - 1 for name, bound in BOUNDS.items()}
    dear = {name: bound + 1 for name, bound in BOUNDS.items()}

    assert verdict([fine, dear, fine])[1] is False
    lines, failed = verdict([fine, {**fine, FORWARDED: dear[FORWARDED]}, dear])
    assert failed
    assert [DELIVERED in lines[0], "fine" in lines[0]] == [True, True]
    assert [FORWARDED in lines[1], "TOO MUCH" in lines[1]] == [True, True]


@pytest.mark.parametrize("name", [name for name in libraries.CLIENTS if name != "niquests"])
async def test_each_client_that_is_compared_keeps_the_guard_and_tells_what_was_sent(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def inside(_host: str, _port: int) -> Sequence[str]:
        return ["10.0.0.1"]

    for method in ("request", "close"):
        monkeypatch.setattr(Egress, method, getattr(Egress, method))
    libraries.install(name)
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    open_port = server.sockets[0].getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        closed_port = closed.getsockname()[1]
    egress = Egress([f"127.0.0.1:{open_port}", f"127.0.0.1:{closed_port}"], lookup=inside)

    with pytest.raises(PermanentError):
        await egress.request("POST", "http://inside.example/")
    with pytest.raises(RetryableError):
        await egress.request("POST", f"http://127.0.0.1:{closed_port}/")
    with pytest.raises(UnknownOutcome):
        await egress.request("POST", f"http://127.0.0.1:{open_port}/")
    await egress.close()
    server.close()
