"""Tries agree with the engine: the same decisions, the same steps, the same requests."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from automator.engine.tryout.trial_result import Trial, TriedRun
from automator.engine.tryout.tryout import Subject, try_event
from automator.model import Block, RunState
from automator.store import RunDetail
from tests.support.tries import parts_of
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world

RULES = """\
vars: {shop: Áo Đẹp}
rules:
  - id: price
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['giá'])"]
    limits: {once: {key: "[event.actor.id, event.post.id]"}}
    actions:
      - reply: {one_of: ["Chào {{ event.actor.name }}"]}
      - private_reply: "Giá 250k ạ, {{ vars.shop }}"
      - forward: crm
      - remember: {asked: "{{ event.text }}"}
      - {id: never, if: event.parent.id == 'x', log: "nie"}
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions: [{message: "Còn {{ contact.state.asked }} không?"}]
    stop: true
  - id: others
    trigger: {event: comment.created}
    actions: [{moderate: like}]
  - id: quiet
    trigger: {event: message.received}
    actions: [{reply: "Chào bạn"}]
"""
_RUN_ID = re.compile(r"run-\d+")


async def trial_of(
    world: World, event_id: int, contact: Mapping[str, Any] = MappingProxyType({})
) -> Trial:
    """The stored event of somebody, tried at the time at which it came."""
    detail = await asyncio.to_thread(world.store.log.event, event_id)
    assert detail is not None
    event, own = detail.event, {row.id for row in detail.runs}
    subject = Subject(event=event, at=event.received_at, contact=contact, delivery=detail.delivery)
    return await asyncio.to_thread(
        try_event,
        parts_of(world.provider, targets=world.performer.ports.targets),
        world.rulebook.active.rule_set,
        subject,
        lambda run, at: world.store.log.limits_of(run, at, own),
    )


def made(requests: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Requests without what differs between runs: the run's id, and what signs it."""
    return [
        (item["method"], item["url"], json.loads(_RUN_ID.sub("run", item["body"])))
        for item in requests
    ]


def of_engine(detail: RunDetail) -> list[Any]:
    return [
        (
            item.step,
            item.status,
            made([item.request] if item.request else []),
        )
        for item in detail.attempts
    ]


def of_try(run: TriedRun) -> list[Any]:
    return [(step.id, step.status, made(step.requests)) for step in run.steps]


async def test_a_try_makes_the_same_steps_and_requests_as_the_engine(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.handles_comment(1, "7", "giá bao nhiêu")
        trial = await trial_of(world, accepted.receipts[0].event_id)
        await world.passes(20 * 3600)
        (first, later) = await world.runs()

        assert [(run.rule, run.path) for run in trial.runs] == [
            ("price", ""),
            ("price", "follow_up"),
        ]
        assert of_try(trial.runs[0]) == of_engine(first)
        assert of_try(trial.runs[1]) == of_engine(later)
        assert trial.runs[1].at == later.run.run_at


async def test_a_try_says_of_a_limit_what_the_store_says(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "7", "giá bao nhiêu")
        world.clock.advance(60)
        accepted = await world.handles_comment(2, "7", "giá sao shop")
        trial = await trial_of(world, accepted.receipts[0].event_id)
        runs = await world.runs()
        (held,) = [item.run for item in runs if item.run.state is RunState.SUPPRESSED]

        assert trial.runs[0].state is RunState.SUPPRESSED
        assert trial.runs[0].reason == held.reason
        # The rule behind the one that says `stop` acts instead.
        assert trial.runs[1].rule == "others"


async def test_a_try_does_nothing_for_somebody_who_is_blocked(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.handles_message(1, "11", "alo")
        await world.store.contacts.block(CONNECTION, "11", Block(blocked=True, by="hoa"))

        contact = await world.store.contacts.find(CONNECTION, "11")
        trial = await trial_of(world, accepted.receipts[0].event_id, contact)

        (run,) = trial.runs
        assert (run.state.label, said(run.reason).partition(" since")[0], run.steps) == (
            "cancelled",
            "the person is blocked",
            (),
        )


async def test_a_try_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.handles_comment(1, "7", "giá bao nhiêu")
        before = await world.runs()
        contact = await asyncio.to_thread(world.store.log.contact, f"{CONNECTION}:7")
        asked = len(world.http.requests)
        await trial_of(world, accepted.receipts[0].event_id)
        await world.settled()

        assert await world.runs() == before
        assert await asyncio.to_thread(world.store.log.contact, f"{CONNECTION}:7") == contact
        assert len(world.http.requests) == asked
