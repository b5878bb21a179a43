"""The index never decides: whatever it selects, the same rules match as without it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.rules import EventFacts, RuleSet, listens
from automator.rules.compiled.requirements import requirements_of
from automator.rules.matching.trigger_index import LiteralTable, TriggerIndex
from tests.support.rules import a_scope, matched_ids, rule_set
from tests.support.work import calls_of

WORDS = [
    "giá",
    "gia",
    "ib",
    "bao nhiêu",
    "c++",
    "#sale",
    "đẹp",
    "size M",
    "ไทย",
    "a",
    "123",
    "gia!",
    "🔥",
    "giá bao nhiêu",
]
TEXTS = [
    "Giá bao nhiêu vậy shop?",
    "gia bao  nhieu",
    "ib mình giá c++ #sale nhé",
    "đẹp quá",
    "ĐẸP size\nM",
    "ภาษาไทย gia",
    "giáo viên 123",
    "gia!",
    "nóng 🔥 gia_bao  nhiêu",
    "comment.created",
    "",
]

texts = st.one_of(
    st.sampled_from([*TEXTS, *WORDS, "bao nhieuu", "baonhieu", "dep!"]),
    st.text("giá ib+#123đM!\n", max_size=12),
)
quoted = st.sampled_from([*WORDS, *TEXTS[:3], "x", ""]).map(lambda text: f"'{text}'")
word_lists = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
paths = st.sampled_from(
    ["event.text", "event.post.id", "event.items", "event.data.kind", "contact.tags", "vars.word"]
)
options = st.sampled_from(
    [
        "",
        ", {mode: 'contains'}",
        ", {mode: 'exact'}",
        ", {all: `true`}",
        ", {mode: 'contains', all: `true`}",
        ", {typos: `1`}",
        ", {exclude: ['shop']}",
    ]
)
numbers = st.sampled_from(
    [-1, 0, -0.0, 0.5, 1, 1.0, 5, 2**53, 2**53 + 1, float(2**53), 2**70, 1e308, -(2**53) - 1]
)
signs = st.sampled_from([">", ">=", "<", "<=", "=="])


@st.composite
def expressions(draw: st.DrawFn, path: str = "") -> str:
    path, text = path or draw(paths), draw(quoted)
    words = str(draw(word_lists))
    number, sign = f"`{draw(numbers)}`", draw(signs)
    return draw(
        st.sampled_from(
            [
                f"{path} == {text}",
                f"{path} != {text}",
                f"{path} == {text} || {path} == 'x'",
                f"{path} == {text} && contains({path}, 'a')",
                f"{path} {sign} {number}",
                f"{number} {sign} {path}",
                f"{path} {sign} {number} && {path} < `2`",
                f"contains({path}, {text})",
                f"contains({words}, {path})",
                f"one_of({path}, {words})",
                f"one_of({path}, `[]`)",
                f"starts_with({path}, {text})",
                f"keywords({path}, {words}{draw(options)})",
                f"!keywords({path}, {words})",
                f"{path}",
            ]
        )
    )


conditions: st.SearchStrategy[Any] = st.recursive(
    expressions(),
    lambda inner: st.builds(
        lambda kind, items: {kind: items},
        st.sampled_from(["any", "all", "not"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
triggers = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "event": st.lists(
                st.sampled_from(["comment.created", "comment.*", "*", "order.?aid", "order.paid"]),
                min_size=1,
                max_size=2,
            ),
            "connection": st.sampled_from(["shop-page", "orders"]),
            "provider": st.sampled_from(["facebook", "generic"]),
            "include_self": st.booleans(),
        },
    ),
)
rules = st.lists(
    st.tuples(triggers, st.lists(conditions, min_size=1, max_size=2)), min_size=8, max_size=16
)
values = st.one_of(
    texts,
    texts,
    st.lists(texts, min_size=1, max_size=3),
    st.sampled_from([None, {"a": 1}, True, False]),
    numbers,
    numbers,
)
scopes = st.builds(
    lambda text, post, items, kind, tags: {
        **a_scope(text=text, post=post, items=items, data={"kind": kind}),
        "contact": {"tags": tags},
    },
    values,
    st.one_of(st.none(), st.builds(lambda id_: {"id": id_}, values)),
    values,
    values,
    values,
)
facts = st.fixed_dictionaries(
    {
        "event_type": st.sampled_from(["comment.created", "comment.created", "order.paid", "x"]),
        "connection": st.sampled_from(["shop-page", "shop-page.102938", "orders", "other"]),
        "provider": st.sampled_from(["facebook", "generic"]),
        "is_self": st.booleans(),
    }
)


def made(drawn: list[tuple[dict[str, Any], list[Any]]]) -> RuleSet:
    """A rule set of triggers and conditions; YAML reads JSON."""
    listed = [
        {
            "id": f"r{number}",
            "trigger": trigger,
            "conditions": items,
            "actions": [{"reply": "x"}],
        }
        for number, (trigger, items) in enumerate(drawn)
    ]
    return rule_set(
        json.dumps({"vars": {"word": "gia"}, "rules": listed}, ensure_ascii=False), word="ib"
    )


def without_index(rules: RuleSet, scope: dict[str, Any], about: dict[str, Any]) -> list[str]:
    return [
        rule.spec.id
        for rule in rules.rules
        if listens(rule, EventFacts(**about))
        and all(check(rule.scope_for(scope)) for check in rule.checks)
    ]


@given(rules, st.lists(st.tuples(scopes, facts), min_size=1, max_size=4))
def test_the_same_rules_match_with_the_index_and_without(
    drawn: list[tuple[dict[str, Any], list[Any]]],
    events: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    rules = made(drawn)

    for scope, about in events:
        assert matched_ids(rules, scope, **about) == without_index(rules, scope, about)


@given(
    st.lists(expressions("event.text"), min_size=8),
    st.lists(values, min_size=8, max_size=8),
)
def test_the_same_rules_match_for_one_path_that_all_of_them_read(
    drawn: list[str], met: list[Any]
) -> None:
    rules = made([({}, [expression]) for expression in drawn])
    about = {
        "event_type": "comment.created",
        "connection": "shop-page",
        "provider": "facebook",
        "is_self": False,
    }

    for value in met:
        scope = a_scope(text=value)
        assert matched_ids(rules, scope) == without_index(rules, scope, about)


# --- What is selected ---


def candidates(conditions: list[list[Any]], **event: Any) -> list[str]:
    rules = made([({}, items) for items in conditions])
    index = TriggerIndex(rules.rules)
    found = index.select(a_scope(**event), EventFacts("comment.created", "shop-page", "facebook"))
    return [rule.spec.id for rule in found]


def many(condition: str) -> list[list[Any]]:
    """Twenty rules that differ in a number."""
    return [[condition.replace("N", str(number))] for number in range(10, 30)]


@pytest.mark.parametrize(
    ("condition", "event"),
    [
        ("event.post.id == 'pN'", {"post": {"id": "p12"}}),
        ("starts_with(event.text, 'maN')", {"text": "ma12-34"}),
        ("contains(event.text, 'maN')", {"text": "hỏi ma12 ạ"}),
        ("contains(event.items, 'maN')", {"items": ["x", "ma12"]}),
        ("keywords(event.text, ['mãN'])", {"text": "cho MA12"}),
        ("keywords(event.text, ['giá maN'])", {"text": "giá ma12"}),
        ("keywords(event.text, ['🔥~~N'])", {"text": "giá 🔥~~12"}),
        ("keywords(event.text, ['maN'], {mode: 'contains'})", {"text": "xmã12x"}),
        ("keywords(event.text, ['giá', 'maN'], {all: `true`})", {"text": "ma12 giá?"}),
        ("event.data.total == `N`", {"data": {"total": 12.0}}),
        ("event.text != null && one_of(event.text, ['maN', 'x'])", {"text": "ma12"}),
    ],
)
def test_one_rule_of_many_is_selected(condition: str, event: dict[str, Any]) -> None:
    assert candidates(many(condition), **event) == ["r2"]


@pytest.mark.parametrize(
    ("comparison", "selected"),
    [
        ("event.data.total > `N`", ["r0", "r1"]),
        ("event.data.total >= `N`", ["r0", "r1", "r2"]),
        ("`N` < event.data.total", ["r0", "r1"]),
        ("event.data.total < `N`", [f"r{n}" for n in range(3, 20)]),
        ("event.data.total <= `N`", [f"r{n}" for n in range(2, 20)]),
    ],
)
def test_comparisons_that_hold_for_a_number_are_selected(
    comparison: str, selected: list[str]
) -> None:
    assert candidates(many(comparison), data={"total": 12}) == selected


@pytest.mark.parametrize("value", [True, "12", None, [12], {"a": 12}])
def test_what_is_no_number_selects_no_comparison(value: Any) -> None:
    assert candidates(many("event.data.total >= `N`"), data={"total": value}) == []


def test_a_rule_is_kept_under_its_post_rather_than_under_a_comparison() -> None:
    both = [[f"event.post.id == 'p{n % 15}' && event.data.total > `{n}`"] for n in range(10, 30)]

    assert candidates(both, post={"id": "p1"}, data={"total": 99}) == ["r6"]


def test_phrases_of_common_words_are_looked_up_as_a_whole() -> None:
    words = ["gia", "ship", "size", "mau"]
    listed = [[f"keywords(event.text, ['{one} {two}'])"] for one in words for two in words]

    assert candidates(listed, text="Giá, size mẫu nào?") == ["r2", "r11"]


def test_a_group_of_any_selects_by_each_of_its_branches() -> None:
    group = [
        [{"any": [f"event.post.id == 'p{n}'", f"contains(event.text, 'ma{n}')"]}]
        for n in range(10, 30)
    ]

    assert candidates(group, post={"id": "p11"}, text="ma13") == ["r1", "r3"]


def test_a_group_of_any_with_a_branch_that_cannot_be_looked_up_is_always_selected() -> None:
    group = [[{"any": ["event.post.id == 'p1'", "event.parent == null"]}]] * 10

    assert len(candidates(group, post={"id": "other"})) == 10


def test_a_rule_is_kept_under_what_the_fewest_rules_share() -> None:
    both = [
        [f"event.connection == 'shop-page' && contains(event.text, 'ma{n}')"] for n in range(10, 30)
    ]

    assert candidates(both, text="ma12") == ["r2"]


def test_rules_without_anything_to_look_up_are_always_selected_in_their_order() -> None:
    listed = [*many("event.post.id == 'pN'"), ["length(event.text) > `1`"]]

    assert candidates(listed, post={"id": "p29"}) == ["r19", "r20"]


def test_words_that_may_have_typos_are_not_looked_up() -> None:
    listed = many("keywords(event.text, ['mã hàng N'], {typos: `1`})")

    assert len(candidates(listed, text="ma hag 12")) == 20


def test_values_of_the_rule_file_are_not_looked_up() -> None:
    (rule,) = made([({}, ["vars.word == 'gia'"])]).rules

    assert requirements_of(rule.spec.conditions) == []


@pytest.mark.parametrize("kind", ["comment.created", "comment.other", "order.paid"])
def test_the_first_event_of_a_kind_builds_nothing_for_the_rules_that_listen_to_it(
    kind: str,
) -> None:
    rules = made(
        [
            (
                {"event": ["comment.*", f"order.{number}*", "order.paid"]},
                [f"keywords(event.text, ['giá {number}'])"],
            )
            for number in range(300)
        ]
    )

    def match() -> None:
        assert matched_ids(rules, a_scope(text="giá 12"), event_type=kind) == ["r12"]

    assert calls_of(match) < 2_000


@given(
    st.lists(st.text("ab😀\ud800\0", min_size=1, max_size=6), min_size=15),
    st.text("ab😀\ud800\0", min_size=9),
)
def test_the_texts_found_are_those_that_the_text_contains(literals: list[str], text: str) -> None:
    looking: dict[str, list[int]] = {}
    for number, literal in enumerate(literals):
        looking.setdefault(literal, []).append(number)
    table = LiteralTable(looking)

    found = {number for numbers in table.found_in(text) for number in numbers}

    assert found == {number for number, literal in enumerate(literals) if literal in text}


@pytest.mark.parametrize(
    "wanted",
    ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.*", "microsoft.STORAGE.blob?reated"],
)
def test_a_trigger_names_an_event_in_capitals_or_small_letters(wanted: str) -> None:
    rules = rule_set(
        f"rules:\n  - id: a\n    trigger: {{event: '{wanted}'}}\n    actions: [{{reply: a}}]\n"
    )
    kind = "microsoft.storage.blobcreated"

    assert matched_ids(rules, a_scope(type=kind), event_type=kind) == ["a"]
