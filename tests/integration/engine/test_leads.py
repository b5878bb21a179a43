"""Rules that read what somebody has filled in in the form of an advertisement."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from automator.engine.explanation.why import explain_event
from automator.http.types import HttpReply
from automator.model import Reason, RetryableError, RunState, quoted
from automator.providers.facebook import FacebookProvider
from automator.reasons.attempts.look_ups import lead_awaited, lead_not_asked, lead_refused
from automator.reasons.explanations import lead_looked_up, lead_unknown, waits_for_turn
from tests.support import words
from tests.support.http import a_reply, asked_of_graph
from tests.support.page_events import delivery, lead
from tests.support.world import World, a_world

ANSWERS = {"full_name": "Lan Nguyễn", "phone_number": "+84901234567", "size_nào?": "M"}
FIELDS = [{"name": name, "values": [value]} for name, value in ANSWERS.items()]
FOUND = a_reply(200, json.dumps({"field_data": FIELDS, "platform": "ig", "id": "7"}).encode())
REFUSED = a_reply(403, b'{"error": {"code": 200, "message": "needs leads_retrieval"}}')
GONE = a_reply(400, b'{"error": {"code": 100, "error_subcode": 33, "message": "not exist"}}')
DOWN = RetryableError(quoted("no connection"))
ASKED = "7?fields=field_data,is_organic,platform"

STEPS = """\
rules:
  - id: take
    trigger: {event: lead.created}
    actions:
      - remember: {phone: "{{ event.lead.phone_number }}", size: "{{ event.lead['size_nào?'] }}"}
      - log: "{{ event.actor.name }} {{ event.lead.platform }} {{ event.lead.form_id }}"
      - request: {url: "https://crm.example/leads", body: "{{ event.lead.answers }}"}
"""
CONDITION = """\
rules:
  - id: take
    trigger: {event: lead.created}
    conditions:
      - event.lead.form_id == '12'
      - starts_with(event.lead.phone_number, '+84')
      - event.lead."size_nào?" == 'M'
    actions: [{log: "{{ event.lead.full_name }}"}]
"""


async def comes(world: World, number: int = 7) -> int:
    accepted = await world.receives(delivery(changes=[lead(number, at=world.clock.now_ms())]))
    await world.settled()
    event_id: int = accepted.receipts[0].event_id
    return event_id


async def notes(world: World, event_id: int) -> list[Reason]:
    account = await explain_event(world.store.log, world.rulebook.revisions, event_id, "take")
    return list(account.rules[0].notes)


async def body_of(world: World, event_id: int) -> Any:
    found = await asyncio.to_thread(world.store.log.event, event_id)
    assert found is not None
    return found.event.body


async def test_steps_read_the_answers_which_are_looked_up_once_and_kept_with_the_contact(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, STEPS) as world:
        world.http.script += [FOUND, a_reply(200, b"{}")]
        await comes(world)

        (row,) = await world.runs()
        assert (row.run.state, asked_of_graph(world.http)) == (RunState.DONE, [ASKED])
        assert words.said(row.attempts[1].summary) == "Lan Nguyễn ig 12"
        assert json.loads(world.http.requests[-1].body) == ANSWERS
        contact = await asyncio.to_thread(world.store.log.contact, "shop-page:lead:7")
        assert contact["name"] == "Lan Nguyễn"
        assert contact["state"] == {"phone": "+84901234567", "size": "M"}


async def test_a_condition_reads_the_answers_and_why_shows_them_as_they_were(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, CONDITION) as world:
        world.http.script += [FOUND]
        event = await comes(world)

        (row,) = await world.runs()
        assert words.said(row.attempts[0].summary) == "Lan Nguyễn"
        assert asked_of_graph(world.http) == [ASKED]
        assert await notes(world, event) == [lead_looked_up()]
        account = await explain_event(world.store.log, world.rulebook.revisions, event)
        assert "event.lead.phone_number is '+84901234567'" in words.told(account)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "7"}',
        b'{"error": {"code": 4, "message": "Application request limit reached"}}',
        b'{"field_data": "none", "id": "7"}',
        b'{"field_data": {"name": "phone_number"}, "id": "7"}',
    ],
)
async def test_an_answer_that_is_no_lead_loses_none(tmp_path: Path, body: bytes) -> None:
    async with a_world(tmp_path, CONDITION) as world:
        world.http.script += [a_reply(200, body), FOUND]
        await comes(world)
        assert [row.run.state for row in await world.runs()] == [RunState.QUEUED]
        await world.passes(120)

        (row,) = await world.runs()
        assert words.said(row.attempts[0].summary) == "Lan Nguyễn"


async def test_a_lead_of_another_form_asks_for_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, CONDITION.replace("'12'", "'13'")) as world:
        event = await comes(world)

        assert (asked_of_graph(world.http), await world.runs()) == ([], [])
        assert "answers" not in (await body_of(world, event))["lead"]


async def test_no_rule_that_reads_ids_alone_asks_for_the_answers(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: take
    trigger: {event: lead.created}
    conditions: ["event.lead.form_id == '12'"]
    actions: [{log: "{{ event.lead.id }} {{ event.lead.ad_id }}"}]
"""
    async with a_world(tmp_path, rules) as world:
        await comes(world)

        (row,) = await world.runs()
        assert (words.said(row.attempts[0].summary), asked_of_graph(world.http)) == ("7 34", [])


@pytest.mark.parametrize("answer", [REFUSED, GONE], ids=["permission", "gone"])
async def test_a_step_that_cannot_have_the_answers_fails_and_says_what_to_do(
    tmp_path: Path, answer: HttpReply
) -> None:
    async with a_world(tmp_path, STEPS) as world:
        world.http.script += [answer]
        await comes(world)

        (row,) = await world.runs()
        assert row.run.state is RunState.DEAD
        summary = row.attempts[0].summary
        assert (summary.code, summary.params["lead"]) == (lead_refused.code, "7")
        assert "leads_retrieval" in words.advice_on(summary)
        assert "90 days" in words.advice_on(summary)


async def test_a_step_waits_while_the_answers_cannot_be_had(tmp_path: Path) -> None:
    async with a_world(tmp_path, STEPS) as world:
        world.http.script += [DOWN, FOUND, a_reply(200, b"{}")]
        await comes(world)
        (row,) = await world.runs()
        assert row.run.state is RunState.QUEUED

        await world.passes(3_600)
        (row,) = await world.runs()
        assert (row.run.state, len(asked_of_graph(world.http))) == (RunState.DONE, 2)


async def test_conditions_wait_longer_for_answers_than_for_posts_because_no_lead_may_be_lost(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, CONDITION) as world:
        world.http.script += [*[DOWN] * 4, FOUND]
        event = await comes(world)
        (row,) = await world.runs()
        assert row.run.reason == lead_awaited(because=quoted("no connection"))
        assert await notes(world, event) == [waits_for_turn(), row.run.reason]

        for seconds in (6, 21, 61, 301):
            await world.passes(seconds)
        (row,) = await world.runs()
        assert words.said(row.attempts[0].summary) == "Lan Nguyễn"


async def test_a_refusal_leaves_the_answers_unknown_and_why_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, CONDITION) as world:
        world.http.script += [REFUSED]
        event = await comes(world)

        assert await world.runs() == []
        (note,) = await notes(world, event)
        assert note.code == lead_unknown.code
        assert "leads_retrieval" in words.said(note)


async def test_nobody_is_asked_without_a_token(tmp_path: Path) -> None:
    async with a_world(tmp_path, CONDITION) as world:
        options = world.provider.options.model_copy(update={"page_access_token": None})
        world.provider.options = options
        event = await comes(world)

        assert (asked_of_graph(world.http), await world.runs()) == ([], [])
        assert await notes(world, event) == [lead_unknown(because=lead_not_asked())]


async def test_a_rule_in_shadow_mode_says_that_it_would_look_the_answers_up(
    tmp_path: Path,
) -> None:
    shadow = STEPS.replace("    trigger", "    mode: shadow\n    trigger")
    async with a_world(tmp_path, shadow) as world:
        await comes(world)

        (row,) = await world.runs()
        assert asked_of_graph(world.http) == []
        assert {one.status.value for one in row.attempts} == {"skipped"}
        assert row.attempts[0].summary.code == "lead_not_in_a_test"


async def test_each_lead_is_somebody_of_its_own_who_cannot_be_written_to(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: take
    trigger: {event: lead.created}
    actions: [{message: "Chào bạn"}]
"""
    async with a_world(tmp_path, rules) as world:
        await comes(world, 7)
        await comes(world, 8)

        first, second = await world.runs()
        assert [first.run.contact, second.run.contact] == ["shop-page:lead:7", "shop-page:lead:8"]
        assert first.attempts[0].summary.code == "lead_has_no_chat"
        assert world.http.requests == []


async def test_a_lead_that_the_code_of_a_provider_cannot_read_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = FacebookProvider.find

    async def fails(*_: object) -> str:
        return str(int("--5"))

    async with a_world(tmp_path, STEPS) as world:
        monkeypatch.setattr(FacebookProvider, "find", fails)
        await comes(world)
        (run,) = await world.runs()
        assert run.run.state is RunState.QUEUED

        monkeypatch.setattr(FacebookProvider, "find", find)
        world.http.script += [FOUND]
        await world.passes(60)

        assert asked_of_graph(world.http) == [ASKED]
