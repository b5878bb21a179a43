"""The ready-made rules work in tests, in tries and in the form, for a shop's own settings."""

import re
from pathlib import Path
from typing import Any

import pytest

from automator.actions import builtin_actions
from automator.clock import ms_of
from automator.engine.tryout.tryout import Subject, try_event
from automator.files.editing import put
from automator.language import Translator
from automator.model import AttemptStatus, Reason
from automator.rules import load_rules, with_test_files
from automator.rules.editing.fields import apply_fields
from automator.rules.editing.form import rule_form
from automator.rules.editing.step_forms import Choices
from automator.rules.gallery.gallery import gallery_rule
from automator.rules.gallery.gallery_rule import GalleryRule
from automator.server.rule_tests.setup import setup_of
from automator.simulation.rule_tests import run_tests
from tests.support.gallery import COMBINATIONS, FITTING, as_parameters, configured, real, text_of
from tests.support.tries import parts_of, sample_event

#: A Tuesday, in the night.
NIGHT = "2026-11-24T22:30:00+07:00"
#: An id that every platform accepts; WhatsApp's ids are phone numbers.
PHONE = "84901234567"
WITHOUT_TEXT = ("review.created", "lead.created", "contact.submitted_info")


@pytest.mark.parametrize(("item", "connection", "language"), FITTING)
def test_every_ready_made_rule_passes_a_test_of_its_own(
    item: GalleryRule, connection: str, language: str
) -> None:
    text, say = text_of(item, connection, language), Translator(language)
    (rule,) = load_rules(real()[0], {"made.yaml": text}).rule_set.rules
    provider = real()[1][connection].name

    for event in rule.spec.trigger.events:
        test: dict[str, Any] = {
            "name": "fires",
            "given": {"clock": NIGHT},
            "expect": {"matched": 1},
        }
        if item.is_for_people:
            tags = [say("regular")]
            test["given"] |= {"contacts": [{"id": PHONE, "tags": tags}, {"id": "84901234568"}]}
            test["given"] |= {"clock": "2026-11-28T09:00:00+07:00"}
            test |= {"run_for": "2h", "expect": {"actions": [{"id": "message", "to": PHONE}]}}
        elif item.is_scheduled:
            test["given"] = {"clock": "2026-11-30T07:59:00+07:00"}
            test["event"] = {"sample": f"{provider}/message.received", "connection": connection}
            test |= {"run_for": "2m", "expect": {"actions": [{"id": "notify", "contains": "1"}]}}
        else:
            said = {} if event in WITHOUT_TEXT else {"with": {"event.text": say(item.sample)}}
            test["event"] = {"sample": f"{provider}/{event}", "connection": connection, **said}

        assert _failures(put(text, ("rules", 0, "tests"), [test])) == [], event


@pytest.mark.parametrize(
    ("item", "connection", "language"),
    as_parameters(one for one in COMBINATIONS if not (one[0].is_for_people or one[0].is_scheduled)),
)
def test_every_ready_made_rule_is_tried_without_a_failed_step(
    item: GalleryRule, connection: str, language: str
) -> None:
    rules = load_rules(real()[0], {"made.yaml": text_of(item, connection, language)}).rule_set
    provider = real()[1][connection]
    parts = parts_of(*real()[1].values(), notify=configured().settings.notify)

    for event in rules.rules[0].spec.trigger.events:
        said = {} if event in WITHOUT_TEXT else {"text": Translator(language)(item.sample)}
        came = sample_event(provider, f"{provider.name}/{event}", **said)
        trial = try_event(parts, rules, Subject(event=came, at=ms_of(NIGHT), contact={}))

        assert trial.runs, event
        steps = [step for run in trial.runs for step in run.steps]
        assert [step.summary for step in steps if step.status is AttemptStatus.FAILED] == []


@pytest.mark.parametrize(("item", "connection", "language"), FITTING)
def test_the_form_shows_every_text_of_a_ready_made_rule_and_saves_it_unchanged(
    item: GalleryRule, connection: str, language: str
) -> None:
    text, around = text_of(item, connection, language), real()[2]
    choices = Choices(
        actions=builtin_actions(),
        events={name: one.events for name, one in around.items()},
        can_send={name: one.can_send for name, one in around.items()},
        zone="Asia/Ho_Chi_Minh",
        speaking=sorted(around),
        receivers=["ops"],
    )

    form = rule_form(text, 0, choices)

    shown = {field.value for field in form.fields()}
    said = {
        step.inputs["text"]
        for step in load_rules(real()[0], {"made.yaml": text}).rule_set.rules[0].spec.every_step()
        if step.action in ("reply", "private_reply", "message", "ask")
    }
    assert said <= shown
    assert not item.is_scheduled or re.findall(r"summary: (\w+)", text)[0] in shown
    assert apply_fields(text, form.fields(), {one.name: one.value for one in form.fields()}) == text


@pytest.mark.parametrize("key", ["price", "ask_again", "price_link"])
def test_other_matters_are_no_questions_for_the_price(key: str) -> None:
    item = gallery_rule(key)
    assert item
    text, event = text_of(item, "shop-page", "vi"), item.events[0]
    tests = [
        {
            "name": said,
            "event": {"sample": f"facebook/{event}", "connection": "shop-page",
                      "with": {"event.text": said}},
            "expect": expected,
        }
        for said, expected in {
            "giá sao shop": "matched",
            "gia bao nhieu": "matched",
            "gia đình mình thích lắm": "no_match",
            "mình đánh giá 5 sao": "no_match",
            "cọc bao nhiêu ạ": "no_match",
            "phi ship bao nhieu": "no_match",
            "nang bao nhieu kg mac duoc": "no_match",
            "khi nào giảm giá": "no_match",
        }.items()
    ]  # fmt: skip

    assert _failures(put(text, ("rules", 0, "tests"), tests)) == []


def test_who_is_silent_in_the_evening_is_asked_again_in_the_morning() -> None:
    item = gallery_rule("ask_again")
    assert item
    test = {
        "name": "in the morning",
        "given": {"clock": "2026-11-24T09:30:00+07:00"},
        "event": {
            "sample": "facebook/message.received",
            "connection": "shop-page",
            "with": {"event.text": "giá sao shop"},
        },
        "expect": {"follow_ups": [{"after": "1350m", "actions": ["message"]}]},
    }
    text = text_of(item, "shop-page", "vi")

    assert _failures(put(text, ("rules", 0, "tests"), [test])) == []


def _failures(text: str) -> list[Reason]:
    files, (rule_context, connections, _) = {"made.yaml": text}, real()
    read = with_test_files(load_rules(rule_context, files), Path())
    assert read.problems == []
    setup = setup_of(files, rule_context, configured().settings, connections)
    return [failure for result in run_tests(setup, read.tests) for failure in result.failures]
