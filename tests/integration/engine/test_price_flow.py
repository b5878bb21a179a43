"""One rule file asks and answers on Facebook, Zalo and WhatsApp: only the connection differs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.engine.operations.token_keeper import TokenKeeper
from automator.http.types import HttpReply
from automator.plugins import Provider
from automator.providers.simulator import build_sample
from automator.sandbox import Record, Recorder, sandbox_app
from tests.support.http import SentRequest
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp, call
from tests.support.tokens import OpenSealer
from tests.support.words import said
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: price-question
    trigger: {event: message.received, connection: CONNECTION}
    pause_on: {human_reply: 12h}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu'])
    actions:
      - reply: "Dạ giá hôm nay là 250k ạ. Bạn cần size nào?"
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
"""
ANSWER, REMINDER = "Dạ giá hôm nay là 250k ạ. Bạn cần size nào?", "Bạn còn quan tâm không ạ?"
CONNECTIONS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "my-page": ("facebook", {"graph_url": f"{BASE}/facebook/v26.0"}),
    "my-oa": ("zalo", {"api_url": f"{BASE}/zalo"}),
    "my-number": ("whatsapp", {"graph_url": f"{BASE}/whatsapp/v26.0"}),
}
BY_HAND = {
    "facebook": "facebook/message.echo",
    "zalo": "zalo/message.by_hand",
    "whatsapp": "whatsapp/message.by_hand",
}
EXAMPLE = Path(__file__).parents[3] / "rules" / "demo" / "price-questions.yaml"

each_connection = pytest.mark.parametrize("name", list(CONNECTIONS))


class Scene:
    """A world whose outside is the sandbox."""

    def __init__(self, world: World, provider: Provider, recorder: Recorder) -> None:
        self.world = world
        self.provider = provider
        self._recorder = recorder
        self._serial = 0
        self.app = sandbox_app(recorder)
        outside = SandboxHttp(self.app)

        async def answer(request: SentRequest) -> HttpReply:
            return await outside.request(
                request.method, request.url, headers=request.headers, body=request.body
            )

        world.http.answer = answer

    async def writes(self, text: str, actor: str | None = None) -> None:
        self._serial += 1
        sample = build_sample(
            f"{self.provider.name}/message.received",
            serial=self._serial,
            now_ms=self.world.clock.now_ms(),
            text=text,
            actor=actor,
        )
        await self.world.arrives(self.provider, sample)
        await self.world.settled()

    async def later(self, hours: float) -> None:
        await self.world.passes(hours * 3600)

    def said(self) -> list[tuple[str, int]]:
        return [(record.text, record.status) for record in self.records()]

    def records(self) -> list[Record]:
        return self._recorder.records()


def scene_options(name: str) -> tuple[Provider, str]:
    kind, options = CONNECTIONS[name]
    provider = a_provider(kind, name, **options)
    return provider, RULES.replace("CONNECTION", name)


@each_connection
async def test_a_question_is_answered_and_asked_about_once_more(tmp_path: Path, name: str) -> None:
    provider, rules = scene_options(name)
    clock = ManualClock()
    async with a_world(tmp_path, rules, clock=clock, others={name: provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))

        await scene.writes("Giá bao nhiêu vậy shop?")
        assert scene.said() == [(ANSWER, 200)]

        await scene.later(19.9)
        assert len(scene.said()) == 1
        await scene.later(0.2)
        assert scene.said() == [(ANSWER, 200), (REMINDER, 200)]
        assert scene.records()[0].to == scene.records()[1].to


@each_connection
async def test_an_answer_of_the_person_ends_the_question(tmp_path: Path, name: str) -> None:
    provider, rules = scene_options(name)
    clock = ManualClock()
    async with a_world(tmp_path, rules, clock=clock, others={name: provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))

        await scene.writes("Giá bao nhiêu vậy shop?")
        await scene.later(1)
        await scene.writes("Mình lấy size M nhé")
        await scene.later(48)

        assert scene.said() == [(ANSWER, 200)]


@each_connection
async def test_the_rule_keeps_silent_while_a_person_of_the_shop_answers(
    tmp_path: Path, name: str
) -> None:
    provider, rules = scene_options(name)
    clock = ManualClock()
    async with a_world(tmp_path, rules, clock=clock, others={name: provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        by_hand = build_sample(BY_HAND[provider.name], serial=1, now_ms=clock.now_ms())
        accepted = await world.arrives(provider, by_hand)
        detail = world.store.log.event(accepted.receipts[0].event_id)
        assert detail is not None
        person = detail.event.body["conversation"]["id"]

        await scene.writes("Giá bao nhiêu vậy shop?", actor=person)
        assert scene.said() == []
        await scene.later(12.1)
        await scene.writes("Giá bao nhiêu vậy shop?", actor=person)
        assert scene.said() == [(ANSWER, 200)]


@pytest.mark.parametrize("sample", ["comment.created", "comment.on_photo"])
async def test_the_example_rule_answers_below_a_photo_as_below_any_post(
    tmp_path: Path, sample: str
) -> None:
    provider = a_provider("facebook", "demo-page", graph_url=f"{BASE}/facebook/v26.0")
    clock = ManualClock()
    rules = EXAMPLE.read_text(encoding="utf-8")
    async with a_world(tmp_path, rules, clock=clock, others={"demo-page": provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        asked = build_sample(
            f"facebook/{sample}", serial=1, now_ms=clock.now_ms(), text="giá bao nhiêu ạ?"
        )

        await world.arrives(provider, asked)
        await world.settled()

        assert [status for _, status in scene.said()] == [200, 200]


async def test_on_zalo_a_person_is_asked_no_more_after_seven_days(tmp_path: Path) -> None:
    provider, rules = scene_options("my-oa")
    clock = ManualClock()
    rules = rules.replace("after: 20h", "after: 8d")
    async with a_world(tmp_path, rules, clock=clock, others={"my-oa": provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))

        await scene.writes("Giá bao nhiêu vậy shop?")
        await scene.later(24 * 8 + 1)

        assert scene.said() == [(ANSWER, 200)]
        summaries = [said(a.summary) for run in await world.runs() for a in run.attempts]
        assert any("no message" in text and "more than 7 d after" in text for text in summaries)


async def test_on_zalo_an_ended_token_is_renewed_and_the_answer_still_given(
    tmp_path: Path,
) -> None:
    name = "my-oa"
    provider = a_provider(
        "zalo",
        name,
        app_secret="app-secret-of-tests",
        refresh_token="first-refresh-token",
        api_url=f"{BASE}/zalo",
        oauth_url=f"{BASE}/zalo",
    )
    first = provider.first_tokens()
    assert first is not None
    clock = ManualClock()
    rules = RULES.replace("CONNECTION", name)
    async with a_world(tmp_path, rules, clock=clock, others={name: provider}) as world:
        scene = Scene(world, provider, Recorder(clock=clock))
        keeper = TokenKeeper(
            provider,
            first,
            rows=world.store.tokens,
            sealer=OpenSealer(),
            new_http=lambda: world.http,
            clock=clock,
        )
        await keeper.open()
        provider.tokens = keeper
        await call(scene.app, "POST", "/control", body={"next": [{"error": "token_expired"}]})

        await scene.writes("Giá bao nhiêu vậy shop?")

        assert [record.answer["error"] for record in scene.records()] == [-216, 0]
        assert scene.said()[-1] == (ANSWER, 200)
        assert await keeper.access() == "sandbox-access-1"

        # The next end, with the answer to the renewal lost: a person is told, nothing is repeated.
        faults = [{"error": "token_expired", "path": "/message"}, {"status": 502, "path": "/v4/"}]
        await call(scene.app, "POST", "/control", body={"next": faults})
        await scene.writes("Bao nhiêu ạ?", actor="582000000000009999")

        assert "cannot be read (status 502)" in said(keeper.lost)
        errors = [said(a.summary) for run in await world.runs() for a in run.attempts]
        assert any("cannot be renewed" in text for text in errors)
