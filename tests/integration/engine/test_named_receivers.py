"""A step that writes to somebody whom it names, through the connection of its event."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from automator.model import Block, OptOut, RunState, Waits
from automator.store.log import log
from tests.support import words
from tests.support.http import HeldReply, a_reply
from tests.support.world import CONNECTION, World, a_world

RULES = """\
rules:
  - id: tell-other
    trigger: {event: message.received, connection: shop-page}
    conditions: ["event.actor.id == '501'"]
    pause_on: {human_reply: 2h}
    actions:
      - message: {to: "{{ vars.other }}", text: "Khách 501 hỏi: {{ event.text }}"}
"""
ASKER, OTHER = "501", "24601"
SENT = a_reply(200, b'{"recipient_id":"24601","message_id":"m-1"}')
HOUR_S = 3_600


async def asks(world: World, number: int = 100, text: str = "giá bao nhiêu") -> None:
    """Somebody writes, about whom the other one is told."""
    await world.handles_message(number, ASKER, text)


async def last_attempt(world: World) -> tuple[str, str, str]:
    """What became of the message of the latest run."""
    (attempt,) = (await world.runs())[-1].attempts
    return attempt.status.value, attempt.error_code, words.said(attempt.summary)


def told(world: World) -> list[str]:
    """Who has got messages."""
    return [json.loads(one.body)["recipient"]["id"] for one in world.http.requests]


async def test_the_window_is_that_of_the_receiver(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, variables={"other": OTHER}) as world:
        world.http.script = [SENT]
        await world.writes(1, OTHER, "chào shop")
        await world.passes(23 * HOUR_S)
        await asks(world, 2)
        await world.passes(2 * HOUR_S)
        await asks(world, 3)

        status, code, said = await last_attempt(world)
        assert told(world) == [OTHER]
        assert (status, code) == ("skipped", "outside_window")
        assert said.startswith(f"to {OTHER} through shop-page: the person was last heard of on ")


async def test_a_block_or_an_opt_out_of_the_receiver_leaves_the_step_out(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, variables={"other": OTHER}) as world:
        contacts = world.store.contacts
        await contacts.opt_out(CONNECTION, OTHER, OptOut(opted_out=True, by="tester"))
        await asks(world, 1)
        silent = await last_attempt(world)
        await contacts.opt_out(CONNECTION, OTHER, OptOut(opted_out=False, by="tester"))
        await contacts.block(CONNECTION, OTHER, Block(blocked=True, by="tester"))
        await asks(world, 2)

        assert silent[:2] == ("skipped", "opted_out")
        assert (await last_attempt(world))[:2] == ("skipped", "blocked")
        assert told(world) == []


async def test_while_staff_answer_the_receiver_the_message_waits(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, variables={"other": OTHER}) as world:
        world.http.script = [SENT]
        await world.answers_by_hand(1, OTHER)
        await world.settled()
        await asks(world, 2)
        waiting = (await world.runs())[-1].run
        assert (waiting.state, waiting.waits_for) == (RunState.QUEUED, Waits.COLLEAGUE)
        assert told(world) == []

        await world.passes(2 * HOUR_S + 1)
        assert told(world) == [OTHER]


async def test_a_message_is_put_off_while_its_receiver_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = log.load_contacts

    def fails(db: Any, keys: Collection[str]) -> Any:
        if f"{CONNECTION}:{OTHER}" in keys:
            raise PoolTimeoutError("all connections are in use")
        return load(db, keys)

    async with a_world(tmp_path, RULES, variables={"other": OTHER}) as world:
        world.http.script = [SENT]
        await world.writes(1, OTHER, "chào shop")
        with monkeypatch.context() as patch:
            patch.setattr(log, "load_contacts", fails)
            await asks(world, 2)

        assert (await last_attempt(world))[0] == "retry"
        await world.passes(60)
        assert told(world) == [OTHER]


@pytest.mark.parametrize("nobody", [None, "", "  "])
async def test_a_name_that_came_out_empty_never_means_the_person_of_the_event(
    tmp_path: Path, nobody: Any
) -> None:
    async with a_world(tmp_path, RULES, variables={"other": nobody}) as world:
        await asks(world)

        assert told(world) == []
        assert (await last_attempt(world))[:2] == ("skipped", "nobody_to_write_to")


@pytest.mark.parametrize("nobody", ["24601/x", "٢٤٦٠١", "2460" * 100, "an@shop.example"])
async def test_an_id_that_nobody_has_is_found_before_anything_is_sent(
    tmp_path: Path, nobody: str
) -> None:
    async with a_world(tmp_path, RULES, variables={"other": nobody}) as world:
        await asks(world)

        assert told(world) == []
        assert (await last_attempt(world))[:2] == ("failed", "wrong_receiver")


async def test_a_colleague_who_answers_the_person_of_the_event_stops_no_run_under_way(
    tmp_path: Path,
) -> None:
    second = f"      - id: second\n        message: {{to: '{ASKER}', text: Dạ}}\n"
    held = HeldReply()
    async with a_world(tmp_path, RULES + second, variables={"other": ASKER}) as world:
        world.http.script = [held, SENT]
        await world.writes(2, ASKER, "giá bao nhiêu")
        await held.asked.wait()
        await world.answers_by_hand(3, ASKER)
        held.answered.set()
        await world.settled()

        assert told(world) == [ASKER, ASKER]
        assert (await world.runs())[-1].run.state is RunState.DONE
