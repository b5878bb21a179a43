"""An explanation from kept values says what was decided, whatever contact and `vars` became."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automator.engine.explanation.why import explain_detail
from automator.model import Event, SeenValues
from automator.rules import EventFacts
from automator.rules.compiled.deferred_rules import seen_in_turn, seen_on_arrival
from automator.store import EventDetail
from automator.store.runs.seen_values import dump_seen, load_seen
from tests.support.rules import a_scope, rule_set

FACTS = EventFacts("comment.created", "shop-page", "facebook")
CONDITIONS = (
    "contact.name == 'Hoa'",
    "contact.name == null",
    "contact.state.step == null",
    "contact.state.step == 'size'",
    "contains(contact.tags || `[]`, 'vip')",
    "contact.opted_out",
    "length(keys(contact)) > `2`",
    "vars.word == 'giá'",
    "vars.word == null",
    "vars.other == 'giá'",
    "length(keys(vars)) > `1`",
    "vars.own == 'giá'",
    "event.text != null",
    "event.text == null",
)
RULES = st.lists(
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3), min_size=1, max_size=9
)
WORDS = st.sampled_from(["giá", "size"])
VARS = st.dictionaries(st.sampled_from(["word", "other", "own"]), WORDS)
CONTACTS = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "Hoa"]),
            "state": st.dictionaries(st.just("step"), st.just("size")),
            "tags": st.lists(st.just("vip"), max_size=1),
            "opted_out": st.booleans(),
        }
    ),
)


def text_of(rules: list[list[str]]) -> str:
    """A rule file with a value of its own."""
    lines = ["vars: {own: giá}", "rules:"]
    for number, conditions in enumerate(rules):
        lines += [
            f"  - id: r{number}",
            "    trigger: {event: comment.created}",
            "    conditions:",
            *(f'      - "{condition}"' for condition in conditions),
            "    actions: [{reply: x}]",
        ]
    return "\n".join(lines)


def detail_of(event: Mapping[str, Any], seen: list[SeenValues]) -> EventDetail:
    """The event as it is stored, with what was seen."""
    stored = Event(
        id=1,
        delivery_id=1,
        connection=FACTS.connection,
        provider=FACTS.provider,
        type=FACTS.event_type,
        dedupe_key="k",
        lane="l",
        contact="shop-page:1",
        is_self=False,
        occurred_at=None,
        received_at=0,
        body=event,
    )
    kept = load_seen(dump_seen(seen)) if seen else ()
    return EventDetail(event=stored, delivery=None, runs=(), revision=1, seen=kept)


@given(RULES, VARS, VARS, CONTACTS, CONTACTS, CONTACTS, st.booleans())
def test_what_is_explained_is_what_was_decided(
    conditions: list[list[str]],
    vars_then: dict[str, str],
    vars_now: dict[str, str],
    on_arrival: dict[str, Any],
    in_turn: dict[str, Any],
    now: dict[str, Any],
    may_defer: bool,
) -> None:
    rules = rule_set(text_of(conditions), **vars_then)
    scope = {**a_scope(), "contact": on_arrival}
    decide = rules.decide_on_arrival if may_defer else rules.decide
    seen = [rules.seen(scope, FACTS, on_arrival=may_defer)]
    decided: set[str] = set()
    for decision in decide(scope, 0, FACTS):
        if not decision.undecided:
            decided.add(decision.rule.spec.id)
            continue
        ids = [rule.spec.id for rule in decision.undecided]
        contact = seen_in_turn(in_turn, seen_on_arrival(on_arrival))
        later = {**scope, "contact": contact}
        decided |= {item.rule.spec.id for item in rules.decide_in_turn(ids, later, 0, FACTS)}
        seen.append(rules.seen_in_turn(ids, later))
    detail = detail_of(scope["event"], [item for item in seen if item is not None])

    account = explain_detail(detail, rule_set(text_of(conditions), **vars_now), now, None)

    matched = {item.explanation.rule for item in account.rules if item.explanation.matched}
    assert matched == decided


def test_nothing_is_seen_where_rules_read_the_event_and_their_own_file_alone() -> None:
    rules = rule_set(text_of([["event.text != null", "vars.own == 'giá'"]]), word="giá")

    assert rules.seen(a_scope(), FACTS) is None


def test_rules_for_another_kind_of_event_see_nothing() -> None:
    rules = rule_set(text_of([["contact.name == null"]]))

    assert rules.seen(a_scope(), FACTS._replace(event_type="message.received")) is None
    assert rules.seen(a_scope(), FACTS) == SeenValues(absent=frozenset({"contact.name"}))
