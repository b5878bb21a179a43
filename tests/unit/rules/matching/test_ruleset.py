from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.model import PermanentError, Trigger
from automator.model.rule import Absence
from automator.rules import CompiledRule, EventFacts, RuleSet, cancel_matches, rule_matches
from tests.support.rules import ACTIONS, a_scope, matched_ids, rule_set
from tests.support.words import raises_saying, said, told_of_rule


def rule(id_: str, trigger: str = "{}", *conditions: str, more: str = "") -> str:
    listed = "".join(f"\n      - {condition}" for condition in conditions)
    return (
        f"  - id: {id_}\n    trigger: {trigger}\n    conditions:{listed or ' []'}\n"
        f"    actions: [{{reply: x}}]\n{more}"
    )


def rules_of(*rules: str, head: str = "") -> Any:
    return rule_set(f"{head}rules:\n" + "".join(rules))


# --- Triggers ---


@pytest.mark.parametrize(
    ("trigger", "facts", "matches"),
    [
        ("{}", {}, True),
        ("{event: comment.created}", {}, True),
        ("{event: comment.edited}", {}, False),
        ("{event: comment.*}", {}, True),
        ("{event: '*'}", {"event_type": "a.b.c"}, True),
        ("{event: comment.?reated}", {}, True),
        ("{event: comment}", {}, False),
        ("{event: 'comment.[c]reated'}", {}, False),
        ("{event: [message.received, comment.created]}", {}, True),
        ("{connection: shop-page}", {}, True),
        ("{connection: orders}", {}, False),
        ("{connection: [orders, shop-page]}", {}, True),
        ("{provider: facebook}", {}, True),
        ("{provider: github}", {}, False),
        ("{}", {"is_self": True}, False),
        ("{include_self: true}", {"is_self": True}, True),
        ("{include_self: true}", {}, True),
    ],
)
def test_a_trigger_listens_to_events_connections_and_providers(
    trigger: str, facts: dict[str, Any], matches: bool
) -> None:
    rules = rules_of(rule("a", trigger))

    assert matched_ids(rules, a_scope(), **facts) == (["a"] if matches else [])


def test_rules_match_in_the_order_of_files_and_places() -> None:
    text = "rules:\n" + rule("c") + rule("a", "{event: comment.*}") + rule("b")

    rules = rule_set({"2.yaml": text, "1.yaml": "rules:\n" + rule("z")})

    assert matched_ids(rules, a_scope()) == ["z", "c", "a", "b"]


def test_a_rule_that_is_switched_off_matches_nothing_and_can_be_found() -> None:
    rules = rules_of(
        rule("a", more="    enabled: false\n"),
        rule("b", more="    enabled: false\n    disabled_reason: sale ended\n"),
    )
    found = rules.rule("b")

    assert matched_ids(rules, a_scope()) == []
    assert found is not None
    assert (found.spec.enabled, found.spec.disabled_reason) == (False, "sale ended")
    assert rules.rule("nothing") is None


def test_many_kinds_of_events_do_not_fill_the_memory() -> None:
    rules = rules_of(rule("a", "{event: order.*}"))

    for number in range(10_000):
        assert matched_ids(rules, a_scope(), event_type=f"order.{number}") == ["a"]

    assert rules._index._covering.cache_info().currsize == 4_096


# --- Conditions ---


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        (["event.id != null", "event.text != null"], True),
        (["event.id != null", "event.nothing != null"], False),
        (["any: [event.nothing, event.id]"], True),
        (["any: [event.nothing, event.none]"], False),
        (["all: [event.text, event.id]"], True),
        (["all: [event.text, event.none]"], False),
        (["not: [event.nothing, event.none]"], True),
        (["not: [event.nothing, event.id]"], False),
        (["not: event.nothing"], True),
        (["any: [{all: [event.id, {not: event.text}]}, {not: [event.none]}]"], True),
        (["{name: has an id, expr: event.id}"], True),
        (["event.text > `5`"], False),
        (["event.post.id == '100_200'"], True),
        (["event.post.id == '100_201'"], False),
        (["one_of(event.post.id, ['1', '100_200'])"], True),
        (["keywords(event.text, ['giá', 'ib'])"], True),
        (["keywords(event.text, ['size'])"], False),
        (["\"event.text && keywords(event.text, ['gia'], {exclude: ['shop']})\""], False),
    ],
)
def test_all_conditions_must_hold(conditions: list[str], matches: bool) -> None:
    rules = rules_of(rule("a", "{}", *conditions))

    assert matched_ids(rules, a_scope()) == (["a"] if matches else [])


def test_each_rule_sees_the_vars_of_its_own_file() -> None:
    text = "vars: {word: %s}\nrules:\n" + rule("%s", "{}", "vars.word == 'b' && vars.shop == 'S'")
    rules = rule_set({"a.yaml": text % ("a", "a"), "b.yaml": text % ("b", "b")}, shop="S")
    found = rules.rule("b")

    assert matched_ids(rules, a_scope()) == ["b"]
    assert found is not None
    assert found.vars == {"word": "b", "shop": "S"}


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (rule("a", "{}", "event.text"), False),
        (rule("a", "{}", "contact.state.vip == 'yes'"), True),
        (rule("a", "{}", "any: [event.id, {not: contact.opted_out}]"), True),
        (
            rule("a").replace(
                "reply: x",
                "follow_up: {after: 1h, actions: [{reply: x}], "
                "cancel_on: {event: x, conditions: [contact.id]}}",
            ),
            # It is read in the commit of the event, and only if a follow-up waits for that.
            False,
        ),
    ],
)
def test_the_contact_is_needed_only_where_a_condition_reads_it(text: str, needed: bool) -> None:
    assert rules_of(text).needs_contact is needed


@pytest.mark.parametrize(
    ("condition", "in_turn", "on_arrival"),
    [
        ("event.text == 'a'", False, False),
        ("contact.state.step == 'a'", True, False),
        ("contains(contact.tags || `[]`, 'vip')", True, False),
        ("not: [contact.opted_out]", True, False),
        ("contact.name == 'Hoa'", False, True),
        ("contact.last_inbound_at == null", False, True),
        ("contact.state.step == 'a' && contact.first_seen != null", True, True),
        ("length(keys(contact)) > `3`", True, True),
        ("contact.*.step | [0] == 'a'", True, True),
    ],
)
def test_a_rule_is_decided_in_its_turn_where_steps_may_change_what_it_reads(
    condition: str, in_turn: bool, on_arrival: bool
) -> None:
    rules = rules_of(rule("a", "{}", condition))

    assert rules.rules[0].in_turn is in_turn
    assert rules.needs_contact_on_arrival is on_arrival


def test_what_may_be_stopped_by_a_rule_in_its_turn_is_decided_with_it() -> None:
    stopping = rule("stops", "{}", "contact.state.a").replace("  - id", "  - stop: true\n    id")
    rules = rules_of(rule("early"), stopping, rule("later"), rule("no", "{}", "event.text == 'x'"))
    scope = {**a_scope(text="y"), "contact": {}}
    facts = EventFacts("e", "shop-page", "x")

    early, group = rules.decide_on_arrival(scope, 0, facts)

    assert early.rule.spec.id == "early"
    assert [item.spec.id for item in group.undecided] == ["stops", "later"]
    for state, acting in ({"a": 1}, ["stops"]), ({}, ["later"]):
        seen = {**scope, "contact": {"state": state}}
        decisions = rules.decide_in_turn(["stops", "later"], seen, 0, facts)
        assert [item.rule.spec.id for item in decisions] == acting


@pytest.mark.parametrize(
    ("spec", "stops"),
    [
        ({}, True),
        ({"shadow": True}, False),
        ({"trigger": Trigger(absence=Absence(of=("b",), within_ms=1_000, key="event.id"))}, False),
        ({"trigger": Trigger(absence=Absence(of=("b",), within_ms=1_000, key="event.no"))}, False),
    ],
)
def test_an_explanation_stops_behind_the_same_rule_as_the_decision(
    spec: dict[str, Any], stops: bool
) -> None:
    first, later = rules_of(rule("first"), rule("later")).rules
    first = CompiledRule(replace(first.spec, stop=True, **spec), ACTIONS)
    rules = RuleSet((first, later), files={}, digest="")
    scope, facts = a_scope(), EventFacts("a", "shop-page", "facebook")

    explained = rules.explain(scope, 0, facts)

    matched = ["first"] if stops else ["first", "later"]
    assert [item.rule.spec.id for item in rules.decide(scope, 0, facts)] == matched
    assert [item.rule for item in explained if item.matched] == matched


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_ANY_RULES = rules_of(
    rule("a", "{}", "event.text > `5`", "length(event.text) > `1`"),
    rule("b", "{}", "any: [event.post.id == 'x', \"keywords(event.text, ['giá'], {typos: `1`})\"]"),
    rule("c", "{event: '*.created'}", "starts_with(event.text, 'a')", "event.items[::0]"),
    rule("d", "{}", "contact.state.a == vars.b", "ago(event.text, '2h')"),
    rule("e", "{}", "event.text == 'a'"),
    rule("f", "{}", "keywords(event.text, ['a', 'b'])"),
)


@given(JSON, st.text(), st.booleans())
def test_match_and_explain_never_raise_and_agree(body: Any, kind: str, is_self: bool) -> None:
    from automator.rules import as_json

    for event in (body, {"text": body, "post": body, "items": body}):
        scope = {"event": event, "contact": body, "now": body}
        facts = {"event_type": kind, "is_self": is_self}
        matched = matched_ids(_ANY_RULES, scope, **facts)
        known = EventFacts(kind, "shop-page", "facebook", is_self)
        explained = _ANY_RULES.explain(scope, 0, known)
        alone = [one.spec.id for one in _ANY_RULES.rules if rule_matches(one, scope, known)]

        assert alone == matched
        assert [item.rule for item in explained if item.matched] == matched
        assert all(told_of_rule(item) and as_json(item) for item in explained)


# --- Steps ---


def test_a_step_renders_its_inputs_and_keeps_kinds() -> None:
    rules = rule_set(
        """\
vars: {shop: Áo Đẹp}
rules:
  - id: a
    trigger: {}
    actions:
      - forward:
          to: crm
          body:
            n: "{{ event.data.total }}"
            list: ["{{ event.actor.name }}", 5]
            shop: "{{ vars.shop }}!"
"""
    )
    compiled = rules.rules[0]
    scope = {**a_scope(), "vars": compiled.vars}

    assert compiled.steps["forward"].render(scope) == {
        "to": "crm",
        "body": {"n": 250000, "list": ["Nguyễn Thị Hoa", 5], "shop": "Áo Đẹp!"},
    }


def test_inputs_without_templates_are_prepared_once() -> None:
    step = rules_of(rule("a")).rules[0].steps["reply"]

    assert step.render(a_scope()) is step.render(a_scope(text="other"))


def test_one_rendering_does_not_show_in_the_next() -> None:
    rules = rule_set(
        "rules:\n  - id: a\n    trigger: {}\n    actions:\n"
        '      - forward: {to: crm, body: {a: ["{{ event.id }}"], b: {c: "{{ event.text }}"}}}\n'
    )
    step = rules.rules[0].steps["forward"]
    first = step.render(a_scope(text="một"))

    second = step.render(a_scope(text="hai"))

    assert first["body"]["b"] == {"c": "một"}
    assert second["body"]["b"] == {"c": "hai"}


def test_a_template_that_fails_says_where_and_which_name() -> None:
    rules = rule_set(
        "rules:\n  - id: a\n    trigger: {}\n    actions:\n"
        '      - forward: {to: crm, body: {list: [x, "{{ event.actor.nam }}"]}}\n'
    )

    with pytest.raises(PermanentError) as caught:
        rules.rules[0].steps["forward"].render(a_scope())

    assert caught.value.code == "template"
    assert said(caught.value.reason).startswith(
        "rules.yaml:5: forward.body.list[1]: there is no 'nam'"
    )
    assert "did you mean 'name'?" in said(caught.value.reason)


def _with_address() -> Any:
    rules = rule_set(
        "rules:\n  - id: a\n    trigger: {}\n    actions:\n"
        '      - request: {url: "https://a.vn/x/{{ event.text }}/y"}\n'
    )
    return rules.rules[0].steps["request"]


@pytest.mark.parametrize("value", ["../../admin", "a/b?c#d", "\r\nx: y", "@evil.vn", "a..b", "\\"])
def test_what_fills_an_address_cannot_leave_its_place(value: str) -> None:
    url = _with_address().render(a_scope(text=value))["url"]

    assert url.startswith("https://a.vn/x/")
    assert url.count("/") == 5
    assert not set(url) & set("?#@\r\n \\")


@pytest.mark.parametrize("value", ["..", "."])
def test_a_step_upwards_in_an_address_is_refused(value: str) -> None:
    with raises_saying(PermanentError, "in the path of an address"):
        _with_address().render(a_scope(text=value))


# --- What cancels a follow-up ---


@pytest.mark.parametrize(
    ("cancel_on", "cancels"),
    [
        ({"event": ["message.received"]}, True),
        ({"event": ["message.*"], "conditions": []}, True),
        ({"event": ["comment.created", "message.received"]}, True),
        ({"event": ["comment.created"]}, False),
        ({"event": []}, False),
        ({}, False),
        ({"event": ["message.*"], "conditions": ["event.text == 'ok'"]}, True),
        ({"event": ["message.*"], "conditions": ["event.text == 'no'"]}, False),
        ({"event": ["message.*"], "conditions": [{"any": ["event.x", "event.text"]}]}, True),
        ({"event": ["message.*"], "conditions": [{"all": ["event.x", "event.text"]}]}, False),
        ({"event": ["message.*"], "conditions": [{"not": ["event.x", "event.y"]}]}, True),
        ({"event": ["message.*"], "conditions": [{"name": "n", "expr": "event.text"}]}, True),
        ({"event": ["message.*"], "conditions": ["this is (not an expression"]}, False),
        ({"event": ["message.*"], "conditions": [5]}, False),
        ({"event": ["message.*"], "conditions": [{"other": 1}]}, False),
    ],
)
def test_a_follow_up_is_cancelled_by_its_event_and_conditions(
    cancel_on: dict[str, Any], cancels: bool
) -> None:
    scope = {"event": {"text": "ok"}}

    assert cancel_matches(cancel_on, event_type="message.received", scope=scope) is cancels


# --- The index: quicker, and never another answer ---

_SIGNS = st.sampled_from(
    [
        *("giá", "gia", "giao", "nhiêu", "nhiu", "bao nhiêu", "c++", "xc++y", "#sale", "a#b"),
        *("size L", "giá!", "ก", "กข", "ก+"),
    ]
)
_TEXTS = st.lists(_SIGNS, max_size=4).map(" ".join)
_TESTS = st.one_of(
    _SIGNS.map(lambda word: f"event.text == '{word}'"),
    _SIGNS.map(lambda word: f"event.post.id == '{word}' || event.post.id == 'x'"),
    _SIGNS.map(lambda word: f"one_of(event.text, ['{word}', 'b'])"),
    st.tuples(_SIGNS, _SIGNS, st.sampled_from(["word", "contains", "exact"])).map(
        lambda given: f"keywords(event.text, ['{given[0]}', '{given[1]}'], {{mode: '{given[2]}'}})"
    ),
    _SIGNS.map(lambda word: f"keywords(event.text, ['{word}'], {{typos: `1`}})"),
    st.tuples(_SIGNS, _SIGNS).map(
        lambda given: f"keywords(event.text, ['{given[0]}'], {{exclude: ['{given[1]}']}})"
    ),
    st.just("event.text"),
    st.just("contact.x == 'giá'"),
)


@given(
    st.lists(st.lists(_TESTS, max_size=3), min_size=10, max_size=14),
    st.one_of(_TEXTS, _TEXTS, _TEXTS, st.none(), st.lists(_SIGNS), st.integers()),
    _SIGNS,
)
def test_the_index_finds_exactly_what_evaluating_every_rule_finds(
    conditions: list[list[str]], text: Any, post: str
) -> None:
    quoted = [[f'"{one}"' for one in tests] for tests in conditions]
    rules = rules_of(*(rule(f"r{n}", "{}", *tests) for n, tests in enumerate(quoted)))
    scope = a_scope(text=text, post={"id": post}) | {"contact": {"x": post}}
    every = [r.spec.id for r in rules.rules if all(check(scope) for check in r.checks)]

    assert matched_ids(rules, scope) == every


def test_of_a_thousand_rules_only_those_worth_it_are_evaluated() -> None:
    rules = rules_of(
        *(rule(f"k{n}", "{}", f"keywords(event.text, ['từ {n}', 'x{n}'])") for n in range(500)),
        *(rule(f"e{n}", "{}", f"event.post.id == '{n}'") for n in range(500)),
        rule("any", "{}", "event.text != null"),
    )
    facts = EventFacts("comment.created", "shop-page", "facebook")
    scope = a_scope(text="cho hỏi x7 và x9", post={"id": "3"})

    selected = [found.spec.id for found in rules._index.select(scope, facts)]

    assert selected == ["k7", "k9", "e3", "any"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("keywords(event.text, ['gia'], {mode: 'contains'})", "giao hàng"),
        ("keywords(event.text, ['nhieu'], {typos: `1`})", "nhiu"),
        ("keywords(event.text, ['giá'], {mode: 'exact'})", "GIÁ!"),
        ("keywords(event.text, ['bao nhiêu', 'size L'], {all: `true`})", "size l bao nhieu"),
        ("keywords(event.text, ['c++'])", "học c++ ở đâu"),
        ("keywords(event.text, ['#sale'])", "mua #sale"),
        ("keywords(event.text, ['còn không'])", "còn hok"),
        ("keywords(event.text, ['bao nhiêu'], {mode: 'exact'})", "bn"),
        ("keywords(event.text, ['กข'])", "xกข"),
        ("event.text == 'a' || event.text == 'b'", "b"),
        ("contains(['a', 'b'], event.text)", "b"),
        ("event.id == '0r3kq5v5z0000' && keywords(event.text, ['x'])", "x"),
    ],
)
def test_no_rule_is_lost_among_many(condition: str, text: str) -> None:
    others = (rule(f"o{n}", "{}", f"event.text == 'no {n}'") for n in range(20))
    rules = rules_of(*others, rule("wanted", "{}", f'"{condition}"'))

    assert matched_ids(rules, a_scope(text=text)) == ["wanted"]


def test_the_index_over_many_rules_does_not_look_at_what_may_change_until_the_turn() -> None:
    steps = [rule(f"r{number}", "{}", f"contact.state.step == 's{number}'") for number in range(12)]
    rules = rules_of(*steps)
    scope = {**a_scope(), "contact": {"state": {"step": "s3"}}}
    facts = EventFacts("e", "shop-page", "x")

    (group,) = rules.decide_on_arrival(scope, 0, facts)

    assert len(group.undecided) == len(steps)
    ids = [item.spec.id for item in group.undecided]
    scope["contact"] = {"state": {"step": "s7"}}
    assert [item.rule.spec.id for item in rules.decide_in_turn(ids, scope, 0, facts)] == ["r7"]


# --- Fallbacks ---

FALLBACK = rule("otherwise", more="    fallback: true\n    priority: 9\n")
_LATER = "actions: [{follow_up: {after: 1h, actions: [{message: x}]}}]\n"


@pytest.mark.parametrize(
    ("other", "matched"),
    [
        (rule("other", "{}", "event.text == 'y'"), ["other"]),
        (rule("other", "{}", "event.text == 'z'"), ["otherwise"]),
        (rule("other").replace("actions: [{reply: x}]\n", _LATER), ["other"]),
        (rule("other", more="    limits: {once: {key: event.id}}\n"), ["other"]),
        (rule("other").replace("{reply: x}", "{forward: {to: crm}}"), ["other", "otherwise"]),
        (rule("other", more="    mode: shadow\n"), ["other", "otherwise"]),
        (rule("other", more="    fallback: true\n"), ["otherwise", "other"]),
        (rule("other", more="    enabled: false\n"), ["otherwise"]),
    ],
    ids=["matches", "no-match", "later", "limited", "forwards", "shadow", "fallback", "off"],
)
def test_a_fallback_acts_only_when_no_other_rule_answers(other: str, matched: list[str]) -> None:
    rules = rules_of(FALLBACK, other)
    scope = a_scope(text="y")
    facts = EventFacts("comment.created", "shop-page", "facebook")

    explained = rules.explain(scope, 0, facts)

    assert matched_ids(rules, scope) == matched
    assert [item.spec.id for item in rules.rules][-1] == matched[-1] or len(matched) == 1
    assert [item.rule for item in explained if item.matched] == matched


def test_an_answer_that_is_decided_in_its_turn_decides_about_the_fallback_there() -> None:
    asks = rule("asks", "{}", "contact.state.a")
    rules = rules_of(FALLBACK, asks)
    scope = {**a_scope(), "contact": {}}
    facts = EventFacts("e", "shop-page", "x")

    (group,) = rules.decide_on_arrival(scope, 0, facts)

    ids = [item.spec.id for item in group.undecided]
    assert ids == ["asks", "otherwise"]
    for state, acting in ({"a": 1}, ["asks"]), ({}, ["otherwise"]):
        seen = {**scope, "contact": {"state": state}}
        assert [one.rule.spec.id for one in rules.decide_in_turn(ids, seen, 0, facts)] == acting


def test_a_fallback_behind_a_rule_that_may_stop_still_knows_of_answers_before_that() -> None:
    asks = rule("asks", "{}", "contact.state.a", more="    priority: 5\n")
    stops = rule("stops", more="    stop: true\n    pause_on: {human_reply: 1h}\n").replace(
        "{reply: x}", "{forward: {to: crm}}"
    )
    rules = rules_of(FALLBACK, asks, stops)
    scope = {**a_scope(), "contact": {"state": {"a": 1}}}
    facts = EventFacts("e", "shop-page", "x")

    first, second, third = rules.decide_on_arrival(scope, 0, facts)

    assert [item.spec.id for item in first.undecided] == ["asks"]
    assert (second.rule.spec.id, third.instead_of) == ("stops", 1)
    assert [item.spec.id for item in third.undecided] == ["otherwise"]
    assert rules.decide_in_turn(["otherwise"], scope, 0, facts) == []
    assert rules.decide_behind(second.rule, scope, 0, facts) == []


def test_an_answer_on_arrival_needs_no_decision_about_the_fallback() -> None:
    rules = rules_of(FALLBACK, rule("other"), rule("asks", "{}", "contact.state.a"))
    scope = {**a_scope(), "contact": {}}

    decisions = rules.decide_on_arrival(scope, 0, EventFacts("e", "shop-page", "x"))

    assert [item.rule.spec.id for item in decisions] == ["other", "asks"]
    assert [item.spec.id for item in decisions[1].undecided] == ["asks"]


def test_whether_an_event_is_answered_is_asked_once_for_all_fallbacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fallbacks = [rule(f"f{number}", more="    fallback: true\n") for number in range(5)]
    rules = rules_of(*fallbacks, rule("asks", "{}", "contact.state.a"))
    asked: list[EventFacts] = []
    matching = RuleSet._matching

    def noted(self: RuleSet, scope: Any, facts: EventFacts, *rest: Any, **more: Any) -> Any:
        asked.append(facts)
        return matching(self, scope, facts, *rest, **more)

    monkeypatch.setattr(RuleSet, "_matching", noted)
    ids = ["asks", *(f"f{number}" for number in range(5))]
    seen = {**a_scope(), "contact": {"state": {}}}
    acting = rules.decide_in_turn(ids, seen, 0, EventFacts("e", "shop-page", "x"))

    assert [one.rule.spec.id for one in acting] == ids[1:]
    assert len(asked) == 1


# --- The text of a post ---


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("contains(event.post.message, 'a')", {"post"}),
        ("event.post.message", {"post"}),
        ("length(event.post.message) > `5`", {"post"}),
        ("event.post.id == '1'", set()),
        ("event.post != null", set()),
        ("event.message.text == 'a'", set()),
        ("event.lead.full_name == 'Lan'", {"lead"}),
        ("event.lead.answers", {"lead"}),
        ("event.lead.id == '1' && event.lead.form_id == '2'", set()),
        ("event.lead.email || event.post.message", {"lead", "post"}),
    ],
)
def test_a_rule_waits_for_what_a_condition_reads_and_events_may_only_name(
    condition: str, parts: set[str]
) -> None:
    for written in (f'"{condition}"', f'{{any: ["{condition}", "event.text == \'a\'"]}}'):
        (found,) = rules_of(rule("a", "{}", written)).rules
        assert found.waits_for == parts


def test_only_conditions_beside_the_text_are_asked_while_it_is_not_known() -> None:
    rules = rules_of(
        rule("sale", "{}", "contains(event.text, 'a')", "contains(event.post.message, '#sale')"),
        rule("other"),
    )
    scope = a_scope(text="a", post={"id": "1"})
    facts = EventFacts("comment.created", "shop-page", "facebook", is_self=False)

    early = rules.decide_on_arrival(scope, 0, facts, lacks="post")
    never = rules.decide_on_arrival(a_scope(text="b", post={"id": "1"}), 0, facts, lacks="post")
    carried = a_scope(text="a", post={"id": "1", "message": "#sale"})

    assert [[one.spec.id for one in item.undecided] for item in early] == [["sale"], []]
    assert [item.rule.spec.id for item in never] == ["other"]
    assert [item.undecided for item in rules.decide_on_arrival(carried, 0, facts)] == [(), ()]
    (decided,) = rules.decide_in_turn(["sale"], carried, 0, facts)
    assert decided.rule.spec.id == "sale"
    assert rules.decide_in_turn(["sale"], scope, 0, facts) == []
