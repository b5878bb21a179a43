"""A rollout: which people are in it, for how long, and what is said of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.rules import EventFacts, RuleSet
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.rules.compiled.rule import place_of
from tests.support.rules import a_scope, load, matched_ids, rule_set
from tests.support.words import said

RULE = """
  - id: {}
    rollout: {}
    trigger: {{event: comment.created}}
    actions: [reply: x]
"""
NO_PEOPLE = {"actor": None}


def rolled_out(rollout: str, id_: str = "new") -> RuleSet:
    return rule_set("rules:" + RULE.format(id_, rollout))


def scope_of(person: str, contact: dict[str, Any] | None = None) -> dict[str, Any]:
    scope = a_scope(actor={"id": person})
    return {**scope, "contact": or_newcomer(contact or {}, scope["event"])}


def people_in(rules: RuleSet) -> set[int]:
    return {number for number in range(2_000) if matched_ids(rules, scope_of(str(number)))}


def decided(rules: RuleSet, scope: dict[str, Any]) -> Any:
    facts = EventFacts("comment.created", "shop-page", "facebook")
    (explanation,) = rules.explain(scope, 0, facts)
    return explanation


@pytest.mark.parametrize(
    ("percent", "least", "most"), [(0, 0, 0), (10, 150, 250), (100, 2_000, 2_000)]
)
def test_of_each_hundred_people_so_many_are_in_it(percent: int, least: int, most: int) -> None:
    assert least <= len(people_in(rolled_out(f"{{percent: {percent}}}"))) <= most


def test_who_is_in_it_stays_in_it_when_it_grows() -> None:
    assert people_in(rolled_out("{percent: 5}")) < people_in(rolled_out("{percent: 12.5}"))


def test_another_rule_is_rolled_out_to_other_people() -> None:
    assert people_in(rolled_out("{percent: 10}")) != people_in(rolled_out("{percent: 10}", "other"))


def test_a_person_has_the_same_place_in_every_process_and_version() -> None:
    assert [place_of("new", key) for key in ('"1"', '"2"')] == [3615, 7887]


def test_somebody_is_in_it_as_a_newcomer_as_later() -> None:
    rules = rolled_out("{percent: 50}")
    for number in range(20):
        person = str(number)
        later = scope_of(person, {"id": person, "name": "Lan"})
        assert matched_ids(rules, scope_of(person)) == matched_ids(rules, later)


def test_ids_that_are_one_contact_are_in_it_together() -> None:
    rules = rolled_out("{percent: 50}")
    found = {tuple(matched_ids(rules, scope_of(str(n), {"id": "root"}))) for n in range(20)}
    assert len(found) == 1


def test_another_key_decides_instead_of_the_person() -> None:
    rules = rolled_out("{percent: 50, key: event.post.id}")
    assert len({tuple(matched_ids(rules, scope_of(str(number)))) for number in range(20)}) == 1


def test_an_event_without_the_key_is_left_alone_and_told_so() -> None:
    rules = rolled_out("{percent: 100}")
    scope = a_scope(**NO_PEOPLE)

    assert matched_ids(rules, scope) == []
    assert said(decided(rules, scope).decided_by) == (
        "this rule is rolled out to 100 % by contact.id, and it is unknown whether this is one of"
        " them: it is null"
    )


@given(st.text(min_size=1), st.floats(0, 100))
def test_the_explanation_and_the_decision_agree(person: str, percent: float) -> None:
    rules, scope = rolled_out(f"{{percent: {percent:.6f}}}"), scope_of(person)
    explanation = decided(rules, scope)

    assert explanation.matched == bool(matched_ids(rules, scope))
    kind = "rolled_out" if explanation.matched else "not_rolled_out"
    assert explanation.decided_by.code == kind


def test_who_is_left_out_is_named_with_the_share() -> None:
    rules = rolled_out("{percent: 0}")

    assert said(decided(rules, scope_of("2001")).decided_by) == (
        'contact.id = "2001" is not in the 0 % that this rule is rolled out to'
    )


def test_a_rule_that_is_not_rolled_out_to_somebody_stops_no_other() -> None:
    texts = [
        RULE.format(id_, share)
        for id_, share in (("new", "{percent: 0}"), ("old", "{percent: 100}"))
    ]
    stopping = texts[0] + "    stop: true\n"

    assert matched_ids(rule_set("rules:" + stopping + texts[1]), scope_of("1")) == ["old"]


@pytest.mark.parametrize(
    ("rollout", "problem"),
    [
        ("{percent: 101}", "at most 100"),
        ("{percent: -1}", "at least 0"),
        ("{percent: 10%}", "a number is expected"),
        ("{}", "'rollout' has no 'percent'"),
        ("10", "a mapping"),
        ("{percent: 10, key: 'contact.'}", "not JMESPath"),
        ("{percent: 10, of: contact.id}", "'rollout' has no 'of'"),
    ],
)
def test_what_is_wrong_with_a_rollout_is_said_at_its_place(rollout: str, problem: str) -> None:
    found = load("rules:" + RULE.format("new", rollout)).problems

    assert [(item.line, problem in said(item.reason)) for item in found] == [(3, True)]


def test_a_schedule_has_no_people_to_be_rolled_out_to() -> None:
    text = RULE.format("new", "{percent: 10}").replace(
        "{event: comment.created}", "{schedule: {every: 1h}}"
    )
    (problem,) = load("rules:" + text.replace("reply: x", "forward: {to: crm}")).problems

    assert said(problem.reason) == (
        "'rollout' cannot stand beside 'schedule': such a rule fires by itself"
    )
