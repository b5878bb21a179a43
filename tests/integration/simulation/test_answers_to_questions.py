"""A stored answer to a question becomes a test, or is tried, as it was live: it belongs to the
question.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from automator.actions import builtin_actions
from automator.clock import SystemClock
from automator.configuration.settings import Settings
from automator.engine.explanation.stored_event import events_before
from automator.engine.tryout.trial_result import Trial
from automator.engine.tryout.tryout import try_event_here
from automator.model import format_id
from automator.rules import load_rules
from automator.rules.editing.edits import with_rule_test
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.server.rule_tests.setup import setup_of
from automator.server.tryout.requests import read_try
from automator.server.tryout.subjects import Finder, tryout_parts
from automator.simulation.incoming import arrival_of_sample
from automator.simulation.recorded_tests import test_of as recorded
from automator.simulation.simulation import Setting, Simulation, SimulationSetup, simulating
from tests.support.rule_tests import codes_of, results_of
from tests.support.world import CONNECTION, a_world

RULES = """
rules:
  - id: lead
    trigger: {event: message.received, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - id: size
        ask: {text: "Size nào ạ?", choices: [S, M]}
      - id: tel
        ask: {text: "Số ạ?", expect: phone, retries: 1, retry_text: "Chưa đúng ạ", within: 30m}
      - message: "Gọi {{ steps.tel.output.value }} về size {{ steps.size.output.value }}"
    on_error: [message: "Không sao ạ"]
  - id: hotline
    trigger: {event: message.received, connection: demo-page}
    conditions: ["phones(event.text)"]
    actions: [reply: "Cảm ơn bạn"]
"""
START = 1_795_489_200_000


def setup(folder: Path) -> SimulationSetup:
    config = load_config(None, folder, demo=True)
    return setup_of({"a.yaml": RULES}, rule_context_of(config), config.settings, config.connections)


def after(texts: list[str], folder: Path, use: Callable[[Simulation, list[int]], Any]) -> Any:
    """What `use` finds when one person has written these texts, a minute apart each."""

    async def run() -> Any:
        found = setup(folder)
        page = found.connections["demo-page"]
        async with simulating(found, Setting(starts_at=START)) as simulation:
            ids: list[int] = []
            for number, text in enumerate(texts):
                at, changes = START + 60_000 * number, {"event.text": text}
                sample = "facebook/message.received"
                ids += await simulation.receive(
                    arrival_of_sample(page, sample, changes, at, number + 1)
                )
            made = use(simulation, ids)
            return await made if asyncio.iscoroutine(made) else made

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("texts", "rule", "expect"),
    [
        (
            ["giá sao", "m", "0901 234 567"],
            "lead",
            {
                "actions": [
                    {"id": "size", "status": "answered"},
                    {"id": "tel", "status": "answered"},
                    "message",
                ]
            },
        ),
        (
            ["giá sao", "m", "đợi chút"],
            "lead",
            {
                "actions": [
                    {"id": "size", "status": "answered"},
                    {"id": "tel", "status": "expired"},
                    {"id": "tel", "status": "expired"},
                ],
                "on_error": ["message_2"],
            },
        ),
        (["giá sao", "m", "0901 234 567"], "hotline", {"suppressed": "belongs_to_question"}),
        (["0901 234 567"], "hotline", {"actions": ["reply"]}),
    ],
)
def test_an_answer_becomes_a_test_with_the_events_that_led_to_its_question(
    texts: list[str], rule: str, expect: Any, tmp_path: Path
) -> None:
    async def use(simulation: Simulation, ids: list[int]) -> dict[str, Any]:
        log, found = simulation.store.log, setup(tmp_path)
        of_rule = load_rules(found.rule_context, found.files).rule_set.rule(rule)
        detail = log.event(ids[-1])
        assert of_rule is not None
        assert detail is not None
        before = events_before(log, ids[-1])
        return (await recorded(found, of_rule, detail.event, None, *before, answers={})).written

    written = after(texts, tmp_path, use)
    (result,) = results_of({"a.yaml": with_rule_test(RULES, rule, written)}, tmp_path).values()

    assert written["expect"] == expect
    events = (written["event"], *written.get("events", ()))
    assert [one["with"]["event.text"] for one in events] == texts
    assert codes_of(result) == []


def tried(texts: list[str], folder: Path, **request: Any) -> list[tuple[str, str, str, list[str]]]:
    """The runs of a try after these texts, of the last event unless a sample is named: the rule,
    the follow-up or the question, the reason of a run that is held back, and the texts.
    """

    async def use(simulation: Simulation, ids: list[int]) -> Trial:
        log, now_ms = simulation.store.log, simulation.clock.now_ms()
        config = load_config(None, folder, demo=True)
        finder = Finder(
            connections=config.connections, log=log, now_ms=now_ms, zone=config.settings.zone
        )
        named = request if "sample" in request else {"event": format_id(ids[-1]), **request}
        subject, limits_of = finder.subject(read_try(named))
        rules = load_rules(rule_context_of(config), {"a.yaml": RULES}).rule_set
        parts = tryout_parts(builtin_actions(), config.connections, config.settings, SystemClock())
        return await try_event_here(parts, rules, subject, limits_of)

    trial = after(texts, folder, use)
    return [
        (run.rule, run.path, run.reason.code if run.reason else "", list(run.texts))
        for run in trial.runs
    ]


HELD_BACK = ("hotline", "", "belongs_to_question", [])


def test_the_answer_that_is_tried_goes_to_its_question_and_to_no_other_rule(tmp_path: Path) -> None:
    texts = ["giá sao", "m", "0901 234 567"]

    assert tried(texts, tmp_path) == [
        ("lead", "tel", "", ["Gọi +84901234567 về size M"]),
        HELD_BACK,
    ]
    assert tried(texts[:2], tmp_path) == [("lead", "size", "", ["Số ạ?"])]


def test_another_text_of_the_answer_is_judged_anew(tmp_path: Path) -> None:
    texts = ["giá sao", "m", "0901 234 567"]

    assert tried(texts, tmp_path, **{"with": {"text": "đợi chút"}}) == [
        ("lead", "tel", "", ["Chưa đúng ạ"])
    ]
    assert tried([*texts[:2], "chưa", "không"], tmp_path) == [
        ("lead", "tel", "question_refused", []),
        ("lead", "!on_error", "", ["Không sao ạ"]),
    ]


def test_a_text_of_somebody_else_answers_no_question(tmp_path: Path) -> None:
    texts = ["giá sao", "m", "0901 234 567"]

    assert tried(texts, tmp_path, **{"with": {"actor": {"id": "7"}}}) == [
        ("hotline", "", "", ["Cảm ơn bạn"])
    ]


@pytest.mark.parametrize(
    ("said", "person", "paths"),
    [
        ("0901 234 567", "11", [("lead", "tel"), ("hotline", "")]),
        ("0901 234 567", "12", [("hotline", "")]),
        ("giá", "12", [("lead", "")]),
    ],
)
async def test_a_written_message_of_a_person_with_an_open_question_is_its_answer(
    said: str, person: str, paths: list[tuple[str, str]], tmp_path: Path
) -> None:
    written = {"type": "message.received", "text": said, "actor": {"id": person}}

    trial = await tried_after(["giá", "M"], written, tmp_path)

    assert [(run.rule, run.path) for run in trial.runs] == paths
    held_back = [run.reason and run.reason.code for run in trial.runs]
    assert ("belongs_to_question" in held_back) is (len(paths) > 1)


async def test_a_tapped_choice_is_the_answer_whatever_text_its_button_shows(tmp_path: Path) -> None:
    written = {"type": "button.clicked", "text": "Cỡ vừa", "button": {"id": "M"}}

    trial = await tried_after(["giá"], {**written, "actor": {"id": "11"}}, tmp_path)

    assert [(run.path, list(run.texts)) for run in trial.runs] == [("size", ["Số ạ?"])]


async def tried_after(texts: list[str], written: dict[str, Any], folder: Path) -> Trial:
    """The try of a written event, after one person has written these texts live."""
    rules = RULES.replace(", connection: demo-page", "")
    async with a_world(folder, rules) as world:
        for number, text in enumerate(texts, 1):
            await world.handles_message(number, "11", text)
        connections = {CONNECTION: world.provider}
        finder = Finder(
            connections=connections,
            log=world.store.log,
            now_ms=world.clock.now_ms(),
            zone=UTC,
        )
        subject, _ = await asyncio.to_thread(finder.subject, read_try({"written": written}))
        parts = tryout_parts(builtin_actions(), connections, Settings(), SystemClock())
        return await try_event_here(parts, world.rulebook.active.rule_set, subject)
