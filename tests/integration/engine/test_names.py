"""The name of somebody whose messages come without one is looked up when a step reads it."""

from pathlib import Path

import pytest

from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, RunState, StepError, quoted
from automator.providers.facebook import FacebookProvider
from automator.reasons.attempts.look_ups import name_looked_up, name_not_looked_up
from tests.support import words
from tests.support.http import a_reply
from tests.support.world import CONNECTION, World, a_world

GREETS = """\
rules:
  - id: greet
    trigger: {event: message.received}
    actions:
      - reply: "Chào {{ contact.name | default('bạn') }}"
      - log: "{{ event.actor.name | default('?') }}"
"""
SENT = a_reply(200, b'{"recipient_id": "11", "message_id": "m"}')
LAN = a_reply(200, '{"name": "Ngọc Lan", "id": "11"}'.encode())
REFUSED = a_reply(400, b'{"error": {"code": 230, "message": "Requires user consent"}}')


async def summaries(world: World) -> list[str]:
    return [
        words.said(attempt.summary) for detail in await world.runs() for attempt in detail.attempts
    ]


def asked(world: World) -> list[str]:
    """The addresses of the look-ups."""
    return [one.url for one in world.http.requests if one.method == "GET"]


async def test_the_first_step_that_reads_the_name_asks_once_and_the_contact_keeps_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, GREETS) as world:
        world.http.script += [LAN, SENT, SENT]
        await world.handles_message(1, "11", "giá?")
        await world.handles_message(2, "11", "còn không?")

        assert [url.partition("&")[0] for url in asked(world)] == [
            "http://127.0.0.1:1/facebook/v26.0/11?fields=name,first_name"
        ]
        sent = [one.body.decode() for one in world.http.requests if one.method == "POST"]
        assert [("Chào Ngọc Lan" in body) for body in sent] == [True, True]
        assert (await world.store.contacts.find(CONNECTION, "11"))["name"] == "Ngọc Lan"
        said = await summaries(world)
        assert [text.endswith("; the name was looked up: Ngọc Lan") for text in said] == [
            True, False, False, False,
        ]  # fmt: skip
        assert (said[1], said[3]) == ("Ngọc Lan", "Ngọc Lan")


@pytest.mark.parametrize(
    ("answer", "again_s", "because"),
    [
        (REFUSED, 86_400, "consent"),
        (a_reply(200, b'{"id": "11"}'), 86_400, "the provider did not give it"),
        (RetryableError(quoted("no connection")), 600, "no connection"),
    ],
)
async def test_a_name_that_cannot_be_had_stays_empty_and_the_step_says_why(
    tmp_path: Path, answer: HttpReply | StepError, again_s: int, because: str
) -> None:
    async with a_world(tmp_path, GREETS) as world:
        world.http.script += [answer, SENT, SENT, LAN, SENT]
        for number, after_s in enumerate((0, 1, again_s)):
            await world.passes(after_s)
            await world.handles_message(number, "11", "giá?")

        assert all(row.run.state is RunState.DONE for row in await world.runs())
        attempts = [one for row in await world.runs() for one in row.attempts]
        codes = [one.summary.code for one in attempts if one.action == "reply"]
        assert codes[0] == name_not_looked_up.code
        assert because in words.said(attempts[0].summary)
        assert codes[2] == name_looked_up.code
        assert len(asked(world)) == 2


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("actions: [{reply: Xin chào}]", "message"),
        ("actions: [{reply: 'Chào {{ event.actor.name }}'}]", "comment"),
        ("mode: shadow, actions: [{reply: 'Chào {{ contact.name }}'}]", "message"),
        ("actions: [{reply: 'Chào {{ contact.name }}', if: contact.opted_out}]", "off"),
    ],
)
async def test_nobody_is_asked_where_nothing_reads_the_name_or_it_is_known(
    tmp_path: Path, rule: str, text: str
) -> None:
    event = "comment.created" if text == "comment" else "message.received"
    file = f"rules:\n  - {{id: greet, trigger: {{event: {event}}}, {rule}}}\n"
    async with a_world(tmp_path, file) as world:
        if text == "off":
            options = world.provider.options.model_copy(update={"look_up_names": False})
            world.provider.options = options
        await (world.comments if text == "comment" else world.writes)(1, "11", "giá?")
        await world.settled()

        assert await world.runs()
        assert asked(world) == []


async def test_a_step_that_fails_keeps_the_name_all_the_same(tmp_path: Path) -> None:
    async with a_world(tmp_path, GREETS) as world:
        world.http.script += [LAN, PermanentError(quoted("no"))]
        await world.handles_message(1, "11", "giá?")

        (row,) = await world.runs()
        assert row.run.state is RunState.DEAD
        assert (await world.store.contacts.find(CONNECTION, "11"))["name"] == "Ngọc Lan"


async def test_a_name_that_the_code_of_a_provider_cannot_read_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> str:
        return str(int("--5"))

    async with a_world(tmp_path, GREETS) as world:
        monkeypatch.setattr(FacebookProvider, "name_of", fails)
        await world.handles_message(1, "11", "giá?")

        (run,) = await world.runs()
        assert run.run.state is RunState.DONE
        assert "Facebook" in words.said(run.attempts[0].summary)
        assert run.attempts[0].summary.code == name_not_looked_up.code
