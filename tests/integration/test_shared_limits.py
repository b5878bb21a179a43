"""What a target takes is one limit for all nodes of a database: real PostgreSQL, real time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from automator.clock import SystemClock
from automator.configuration.target import Target
from automator.engine.outbound.target_gate import TargetGate
from automator.model.errors import TargetUnavailable
from automator.model.target import RatePortion
from automator.store import Store, open_store

CRM = "https://crm.example/in"
NODES = 3
#: Attempts that each node tries to make at the same time.
SENDERS = 8
RATE = 60.0
SECONDS = 2.0


@dataclass
class Node:
    """An engine's part of the limits, and how often it asked for turns."""

    store: Store
    gate: TargetGate
    asked: list[int]


@contextlib.asynccontextmanager
async def nodes(url: str, target: Target) -> AsyncIterator[list[Node]]:
    """Nodes that share a database."""
    async with contextlib.AsyncExitStack() as stack:
        opened = [await a_node(stack, url, target) for _ in range(NODES)]
        for node in opened:
            await node.gate.run_once()
        yield opened


async def a_node(stack: contextlib.AsyncExitStack, url: str, target: Target) -> Node:
    clock = SystemClock()
    store = await open_store(url, clock=clock, node="starting")
    stack.push_async_callback(store.close)
    await store.membership.join("a test")
    asked: list[int] = []
    take_rate_portion = store.targets.take_rate_portion

    async def counted(name: str, per_second: float, count: int) -> RatePortion:
        asked.append(count)
        return await take_rate_portion(name, per_second, count)

    store.targets.take_rate_portion = counted  # type: ignore[method-assign] - it only counts.
    gate = TargetGate(store=store, targets={"crm": target}, host_concurrency=4, clock=clock)
    return Node(store, gate, asked)


async def sends(gate: TargetGate, until: float, sent: list[float], answer_s: float = 0.0) -> None:
    """Sends again and again, as often as the gate lets it."""
    while time.monotonic() < until:
        try:
            destination = gate.destinations.of_url(CRM)
            if not destination.admit():
                await destination.wait(gate.on_waiting)
        except TargetUnavailable:
            await asyncio.sleep(0.01)
            continue
        sent.append(time.monotonic())
        await asyncio.sleep(answer_s)
        gate.ended(destination)


async def test_a_rate_is_that_of_the_target_however_many_nodes_send(
    postgresql_store_url: str,
) -> None:
    target = Target(url=CRM, rate=f"{RATE:g}/s", concurrency=64)
    async with nodes(postgresql_store_url, target) as opened:
        times: list[float] = []
        until = time.monotonic() + SECONDS
        await asyncio.gather(
            *(sends(node.gate, until, times) for node in opened for _ in range(SENDERS))
        )
        asked = sum(len(node.asked) for node in opened)
    sent = sum(at <= until for at in times)

    print(f"{sent} requests of {NODES} nodes in {SECONDS} s at {RATE}/s, {asked} commits")
    # More than each node's third would be, also on a machine that is busy with something else.
    assert 0.5 * RATE * SECONDS <= sent <= RATE * (SECONDS + 0.1) + 1
    assert asked <= sent / 2


async def test_what_a_target_takes_at_once_is_divided_among_the_nodes(
    postgresql_store_url: str,
) -> None:
    target = Target(url=CRM, concurrency=7)
    async with nodes(postgresql_store_url, target) as opened:
        crm = [node.gate.destinations.named("crm") for node in opened]
        assert sorted(destination.capacity.concurrency for destination in crm) == [2, 2, 3]

        await opened[0].store.membership.leave()
        for node in opened[1:]:
            await node.gate.run_once()
        assert sorted(destination.capacity.concurrency for destination in crm[1:]) == [3, 4]
