"""`why` tells what conditions saw when an event was decided, whatever has changed since."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.why import explain_detail
from automator.model.seen_values import MOST_SEEN_BYTES
from automator.reasons import kinds
from automator.reasons.explanations import (
    contact_as_now,
    contact_as_then,
    decided_after_others,
    of_replay,
    paths_as_now,
    stops_nothing,
    vars_as_now,
    vars_as_then,
)
from automator.store.schema.tables import events
from tests.support.explained import explained, notes
from tests.support.page_events import SECRET
from tests.support.replaying import replayed
from tests.support.words import told
from tests.support.world import World, a_world

STATE = """\
rules:
  - id: asks
    trigger: {event: comment.created}
    conditions: ["contact.state.step == null", "!contains(contact.tags, 'vip')"]
    actions: [remember: {step: size, tags: {add: [vip]}}]
"""
NAME_AND_VARS = """\
vars: {own: giá}
rules:
  - id: unknown
    trigger: {event: comment.created}
    conditions: ["contact.name == null"]
    actions: [log: new]
  - id: word
    trigger: {event: comment.created}
    conditions: ["contains(event.text, vars.word)", "contains(lower(event.text), vars.own)"]
    actions: [log: word]
  - id: event-only
    trigger: {event: comment.created}
    conditions: ["now < '2099'"]
    actions: [log: all]
"""
PLAIN = """\
rules:
  - id: plain
    trigger: {event: comment.created}
    conditions: ["event.text != null", "connection.name == 'shop-page'", "now != null"]
    actions: [log: all]
"""


def verdicts(account: EventExplanation) -> dict[str, bool]:
    """Whether each rule matches, as the account says."""
    return {item.explanation.rule: item.explanation.matched for item in account.rules}


def seen_bytes(world: World, event_id: int) -> int | None:
    """The bytes of what was kept with an event; None when nothing was."""
    with world.store.log.engine.connect() as connection:
        seen = connection.execute(events.select().where(events.c.id == event_id)).one().seen
    return None if seen is None else len(seen)


async def commented(world: World, number: int, text: str = "Giá bao nhiêu?") -> int:
    """The event of a comment, with its runs done."""
    event_id = (await world.comments(number, "11", text)).receipts[0].event_id
    await world.settled()
    return event_id


async def test_a_rule_decided_in_its_turn_keeps_what_it_saw_of_the_contact(tmp_path: Path) -> None:
    async with a_world(tmp_path, STATE) as world:
        first, second = await commented(world, 1), await commented(world, 2)

        assert verdicts(await explained(world, first)) == {"asks": True}
        assert verdicts(await explained(world, second)) == {"asks": False}
        assert notes(await explained(world, first), "asks") == [
            decided_after_others,
            contact_as_then,
        ]
        text = told(await explained(world, second))
        assert "contact.state.step is 'size'" in text


async def test_what_was_seen_of_a_contact_and_of_vars_stands_after_both_have_changed(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    then, later = {"word": "Giá"}, {"word": "Size"}
    async with a_world(tmp_path, NAME_AND_VARS, clock=clock, variables=then) as world:
        first = await commented(world, 1)
    clock.advance(60)
    async with a_world(tmp_path, NAME_AND_VARS, clock=clock, variables=later) as world:
        account = await explained(world, first)
        assert verdicts(account) == {"unknown": True, "word": True, "event-only": True}
        assert notes(account, "unknown") == [contact_as_then]
        assert notes(account, "word") == [vars_as_then]
        assert notes(account, "event-only") == []
        assert "vars.word is 'Giá'" in told(account)

        second = await commented(world, 2)
        account = await explained(world, second)
        assert verdicts(account) == {"unknown": False, "word": False, "event-only": True}


async def test_nothing_is_kept_where_rules_read_only_the_event(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        event_id = await commented(world, 1)
        assert seen_bytes(world, event_id) is None
        assert notes(await explained(world, event_id), "plain") == []


async def test_an_event_without_kept_values_is_explained_as_it_is_now(tmp_path: Path) -> None:
    async with a_world(tmp_path, NAME_AND_VARS, variables={"word": "Giá"}) as world:
        event_id = await commented(world, 1)
        detail = await asyncio.to_thread(world.store.log.event, event_id)
        assert detail is not None
        contact = await asyncio.to_thread(world.store.log.contact, "shop-page:11")
        rules = world.rulebook.active.rule_set
        account = explain_detail(replace(detail, seen=()), rules, contact, None)
        assert notes(account, "unknown") == [contact_as_now]
        assert notes(account, "word") == [vars_as_now]
        assert verdicts(account)["unknown"] is False


@pytest.mark.parametrize("large", ["x" * 20_000, SECRET])
async def test_what_is_too_large_or_secret_is_left_out_and_said(tmp_path: Path, large: str) -> None:
    async with a_world(tmp_path, NAME_AND_VARS, variables={"word": large}) as world:
        event_id = await commented(world, 1)
        kept = seen_bytes(world, event_id)
        assert kept is not None
        assert kept < 200 < MOST_SEEN_BYTES
        account = await explained(world, event_id)
        assert notes(account, "word") == [vars_as_now]
        assert notes(account, "unknown") == [contact_as_then]


STOPPING = """\
rules:
  - id: answer
    trigger: {event: message.received}
    pause_on: {human_reply: 12h}
    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 10m}}
    stop: true
    actions: [log: answer]
  - id: tells-new
    trigger: {event: message.received}
    conditions: ["contact.name == null", "contact.human_reply_at == null"]
    actions: [log: tells]
  - id: tells-vip
    trigger: {event: message.received}
    conditions: ["contact.state.step == null"]
    actions: [remember: {step: size}]
"""


async def test_rules_behind_one_that_was_held_back_keep_what_they_saw_then(tmp_path: Path) -> None:
    async with a_world(tmp_path, STOPPING) as world:
        event_id = (await world.writes(1, "11", "một")).receipts[0].event_id
        await world.settled()
        await world.answers_by_hand(3, "11")
        await world.passes(120)
        account = await explained(world, event_id)
        acted = {row.run.rule for item in account.rules for row in item.runs}

        assert notes(account, "answer") == [stops_nothing]
        assert verdicts(account)["tells-vip"] is ("tells-vip" in acted) is True
        assert verdicts(account)["tells-new"] is ("tells-new" in acted)
        assert contact_as_then in notes(account, "tells-vip")


async def test_a_replay_with_newer_rules_is_explained_beside_with_the_present_contact(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, STATE) as world:
        event_id = await commented(world, 1)
        newer = STATE.replace("step == null", "step == 'size'").replace("!contains", "contains")
        (tmp_path / "rules" / "shop.yaml").write_text(newer, encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        await replayed(world, event_id)

        account = await explained(world, event_id)

        assert verdicts(account) == {"asks": True}
        assert notes(account, "asks") == [decided_after_others, contact_as_then]
        (other,) = account.beside
        (beside,) = other.rules
        assert (other.revision, beside.explanation.matched) == (2, True)
        assert [kinds()[note.code] for note in beside.notes] == [
            of_replay,
            decided_after_others,
            contact_as_now,
        ]
        assert "replayed with revision 2" in told(account)
        assert account.as_json()["replayed_with"][0]["revision"] == 2


async def test_a_large_value_is_left_out_alone(tmp_path: Path) -> None:
    rules = NAME_AND_VARS.replace("vars.word)", "vars.word) || vars.other")
    variables = {"word": "Giá", "other": "x" * 20_000}
    async with a_world(tmp_path, rules, variables=variables) as world:
        event_id = await commented(world, 1)
        account = await explained(world, event_id)
        (found,) = [item for item in account.rules if item.explanation.rule == "word"]
        assert [kinds()[note.code] for note in found.notes] == [vars_as_then, paths_as_now]
        assert found.notes[1].params == {"paths": ["vars.other"]}
