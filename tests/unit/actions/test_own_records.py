"""The actions that only write our own records: follow_up, remember, set, log."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from automator.actions import BUILTIN, builtin_actions
from automator.actions.follow_up import FollowUpInputs
from automator.actions.remember import RememberInputs
from automator.actions.set import SetInputs
from automator.model import (
    CancelFollowUps,
    Expression,
    PermanentError,
    Place,
    Remember,
    SetVars,
    SkippedStep,
    StartFollowUp,
)
from automator.model.rule import CancelOn, Group
from tests.support.errors import raises_code
from tests.support.steps import EVENT, NOW_MS, StepBench
from tests.support.words import raises_saying, said

HERE = Place("rules/a.yaml", 1, 1)


def test_every_action_has_its_own_name_and_describes_each_input():
    assert len(builtin_actions()) == len(BUILTIN)
    for action in BUILTIN:
        fields = action.inputs_model.model_fields
        assert all(field.description for field in fields.values()), action.name
        addresses = {name.partition(".")[0] for name in action.address_inputs}
        assert action.literal_inputs | addresses <= fields.keys()
        assert not action.shorthand or action.shorthand in fields


def test_only_what_writes_our_own_records_does_not_reach_out():
    quiet = {action.name for action in BUILTIN if not action.reaches_out}

    assert quiet == {"follow_up", "cancel_follow_ups", "remember", "emit", "set", "log"}


async def test_a_follow_up_starts_after_its_wait():
    result = await StepBench().run("follow_up", {"after": "20h", "actions": []}, id="ask")

    run_at = NOW_MS + 20 * 3600 * 1000
    assert result.effects == (StartFollowUp(path="ask", run_at=run_at, zone="Asia/Ho_Chi_Minh"),)
    assert said(result.summary) == (
        "follows up in 20 h, on Wed 2026-11-25 03:00 (Asia/Ho_Chi_Minh)"
    )


async def test_a_wait_is_drawn_between_two_and_the_same_for_every_attempt():
    inputs = {"after": {"between": ["20s", "90s"]}, "actions": []}
    waits = []
    for run_id in range(200):
        first = await StepBench(run_id=run_id).run("follow_up", inputs, id="ask")
        again = await StepBench(run_id=run_id).run("follow_up", inputs, id="ask")
        (effect,) = first.effects
        assert first == again
        assert isinstance(effect, StartFollowUp)
        waits.append(effect.run_at - NOW_MS)

    assert 20_000 <= min(waits) < 25_000
    assert 85_000 < max(waits) < 90_000
    assert len(set(waits)) > 190


async def test_a_rehearsal_waits_the_middle_and_says_what_it_was_drawn_from():
    inputs = {"after": {"between": ["20s", "90s"]}, "within": "1h", "actions": []}
    context = replace(StepBench().context("follow_up", inputs), is_rehearsal=True)
    action = builtin_actions()["follow_up"]

    result = await action.run(FollowUpInputs.model_validate(inputs), context)

    assert said(result.summary) == (
        "follows up in 55 s, drawn from 20 s to 1 min 30 s, on"
        " Tue 2026-11-24 07:00 (Asia/Ho_Chi_Minh) or up to 1 h later"
    )


async def test_a_follow_up_at_a_time_of_day_takes_its_zone():
    inputs = {"at": "09:00 +1d", "timezone": "Europe/Berlin", "actions": []}

    result = await StepBench().run("follow_up", inputs)

    assert result.output == {"run_at": "2026-11-25T08:00:00.000Z"}


async def test_a_follow_up_says_until_when_it_may_act_and_by_what_it_is_known():
    inputs = {"after": "20h", "within": "2h", "key": "order 7", "actions": []}

    result = await StepBench().run("follow_up", inputs, id="ask")

    (effect,) = result.effects
    assert isinstance(effect, StartFollowUp)
    assert (effect.until, effect.zone) == (NOW_MS + 22 * 3600 * 1000, "Asia/Ho_Chi_Minh")
    assert effect.key == "order 7"
    assert said(result.summary).endswith(" 03:00 (Asia/Ho_Chi_Minh) or up to 2 h later")


@pytest.mark.parametrize(
    ("inputs", "summary"),
    [
        ({}, "cancels the waiting follow-ups"),
        ("price", "cancels the waiting follow-ups of price"),
        ({"key": 7}, "cancels the waiting follow-ups with the key 7"),
    ],
)
async def test_follow_ups_are_cancelled_by_rule_and_key(inputs: Any, summary: str):
    result = await StepBench().run("cancel_follow_ups", inputs)

    (effect,) = result.effects
    assert isinstance(effect, CancelFollowUps)
    assert said(effect.reason).startswith("cancelled by price-question, run ")
    assert said(result.summary) == summary


async def test_nobody_has_no_follow_ups_to_cancel():
    bench = StepBench(event={**EVENT, "actor": None})

    with raises_saying(SkippedStep, "no contact"):
        await bench.run("cancel_follow_ups", {})


async def test_a_follow_up_carries_what_cancels_it_as_plain_data():
    either = Group(
        kind="any",
        items=(
            Expression(text="event.text != null", place=HERE),
            Group(kind="not", items=(Expression(text="event.x", place=HERE),), place=HERE),
        ),
        place=HERE,
    )
    cancel_on = CancelOn(events=("message.received",), conditions=(either,))

    result = await StepBench().run("follow_up", {"after": "1h", "actions": []}, cancel_on=cancel_on)

    (effect,) = result.effects
    assert isinstance(effect, StartFollowUp)
    assert effect.cancel_on == {
        "event": ["message.received"],
        "conditions": [{"any": ["event.text != null", {"not": ["event.x"]}]}],
    }


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "value_one_time_needed"),
        ({"after": "1h", "at": "09:00"}, "value_one_time_needed"),
        ({"after": "0s"}, "greater than 0"),
        ({"after": "400d"}, "less than or equal"),
        ({"after": "soon"}, "value_not_a_duration"),
        ({"after": "1h", "within": "0s"}, "greater than 0"),
        ({"after": "1h", "key": ""}, "at least 1 character"),
        ({"at": "nine"}, "value_not_a_clock_time"),
        ({"at": "09:00", "timezone": "Hanoi"}, "value_zone_misspelt"),
    ],
)
def test_a_follow_up_needs_one_time(inputs: dict[str, Any], message: str):
    with pytest.raises(ValidationError, match=message):
        FollowUpInputs.model_validate({"actions": [], **inputs})


async def test_values_and_tags_are_remembered():
    inputs = {"size": "M", "orders": 3, "tags": {"add": ["vip"], "remove": ["new"]}}

    result = await StepBench().run("remember", inputs)

    assert result.effects == (
        Remember(values={"size": "M", "orders": 3}, add_tags=("vip",), remove_tags=("new",)),
    )
    assert said(result.summary) == "remembered size, orders, +vip, -new"


async def test_nothing_can_be_remembered_about_nobody():
    bench = StepBench(event={**EVENT, "actor": None})

    with raises_code(PermanentError, "no_contact"):
        await bench.run("remember", {"size": "M"})


@pytest.mark.parametrize("model", [RememberInputs, SetInputs])
@pytest.mark.parametrize("inputs", [{}, {"a b": 1}, {"1a": 1}, {"cỡ": 1}, {"a" * 65: 1}])
def test_names_are_those_that_a_condition_can_write(model: Any, inputs: dict[str, Any]):
    with pytest.raises(ValidationError):
        model.model_validate(inputs)


async def test_set_evaluates_jmespath_and_keeps_everything_else():
    written = {"who": "event.actor.name", "greeting": "Chào {{ event.actor.name }}", "n": 5}
    rendered = {**written, "greeting": "Chào Lan"}

    result = await StepBench().run("set", rendered, written=written)

    values = {"who": "Lan", "greeting": "Chào Lan", "n": 5}
    assert result.output == values
    assert result.effects == (SetVars(values=values),)


def test_an_expression_is_checked_with_its_file_and_a_template_is_not():
    with pytest.raises(ValidationError):
        SetInputs.model_validate({"who": "Xin chào"}, context={})

    SetInputs.model_validate({"who": "event.actor.name", "a": "{{ event.text }} ạ"}, context={})
    SetInputs.model_validate({"who": "Xin chào"})


async def test_what_a_customer_wrote_is_never_an_expression():
    result = await StepBench().run(
        "set", {"said": "event.actor.id"}, written={"said": "{{ event.text }}"}
    )

    assert result.output == {"said": "event.actor.id"}


async def test_a_text_that_is_not_jmespath_ends_the_step():
    with raises_code(PermanentError, "expression"):
        await StepBench().run("set", {"hello": "Xin chào"})


@pytest.mark.parametrize(
    ("inputs", "summary"),
    [("đã xem", "đã xem"), ({"text": "lạ quá", "level": "warning"}, "warning: lạ quá")],
)
async def test_log_writes_its_line(inputs: Any, summary: str):
    result = await StepBench().run("log", inputs)

    assert (said(result.summary), result.effects) == (summary, ())


async def test_what_is_remembered_of_a_contact_has_a_bound():
    tags = [f"tag-{number}" for number in range(4_500)]
    bench = StepBench(contact={"state": {"size": "M"}, "tags": tags})

    await bench.run("remember", {"size": "L"})
    with pytest.raises(PermanentError) as caught:
        await bench.run("remember", {"note": "y" * 20_000})
    await bench.run("remember", {"note": "y" * 20_000, "tags": {"remove": tags}})

    assert caught.value.code == "too_much_kept"
