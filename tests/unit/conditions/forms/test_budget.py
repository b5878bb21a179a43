"""Expressions and payloads that try to make an evaluation explode, or to make it raise."""

import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import ExpressionError, Outcome, check_expression, compile_expression
from automator.conditions.forms.budget import FREE_LIST, MAX_ELEMENTS, Context, OverBudget
from automator.conditions.forms.grammar import MAX_NODES
from tests.support.expressions import documents
from tests.support.words import advice_on, all_said, said

#: Seconds of CPU within which every blow-up must have stopped.
_LIMIT_S = 0.05
_BIG_TEXTS = ["x" * 10_000] * 10_000


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """What is timed here is an evaluation, not the collection of what other tests left behind."""
    gc.disable()
    yield
    gc.enable()


def _nested_pairs(depth: int) -> str:
    return f"[{_nested_pairs(depth - 1)},{_nested_pairs(depth - 1)}]" if depth else "@"


_BLOW_UPS: list[tuple[str, Any]] = [
    ("|".join(["[@,@][]"] * 24), {}),
    ("|".join(["[@,@]"] * 30) + "|to_string(@)", {}),
    ("|".join(["[@,@]"] * 30) + "|to_string(@)", 7),
    ("|".join(["{a:@,b:@}"] * 26) + "|to_string(@)", {}),
    ("|".join(["[@,@]"] * 30) + "|to_json(@)", {}),
    ("|".join(["[@,@]"] * 20) + "|[[@[0]],[@[1]]]|[0]==[1]|[@,@]", {}),
    ("join(a[0],a)", {"a": _BIG_TEXTS}),
    ("map(&length(to_string(@)),a[*].[@][])", {"a": list(range(1_000_000))}),
    ("a[?contains(to_array(to_array(@)),@)]", {"a": list(range(1_000_000))}),
    ("a[?contains('" + "x" * 500 + "',@)]", {"a": ["x"] * 1_000_000}),
    ("[[a,a,a,a],[a,a,a,a]][][][][?@>`1`]", {"a": list(range(50_000))}),
    ("sort_by(a,&to_string(@))", {"a": list(range(1_000_000))}),
    ("a[*].fold(@)", {"a": [f"Đẹp quá {number} " * 100 for number in range(10_000)]}),
    ("a[*].keywords(@, ['khuyến mãi'], {typos: `2`})", {"a": ["khuyen mai " * 1_000] * 500}),
    ("a[*].matches(@, '^(.*a){25}$')", {"a": ["a" * 16_000] * 500}),
    ("a[*]." + _nested_pairs(6), {"a": list(range(90_000))}),
    ("a[*].[" + ",".join("@" * 200) + "]", {"a": list(range(90_000))}),
    ("a[*].{" + ",".join(f"k{n}: @" for n in range(80)) + "}", {"a": list(range(90_000))}),
    ("[" + ",".join("a" * 100) + "][]", {"a": list(range(90_000))}),
    ("map(&contains(@, 'x'), [" + ",".join("a" * 100) + "])", {"a": list(range(90_000))}),
    (
        "a[*].keywords(@, ['khuyến mãi'], {typos: `2`})",
        {"a": [f"khuyeen mao {n} " * 60 for n in range(2_000)]},
    ),
    ("lower(lower(lower(lower(lower(lower(lower(a)))))))", {"a": "Đ" * 5_000_000}),
]


@pytest.mark.parametrize(("text", "scope"), _BLOW_UPS, ids=[text[:30] for text, _ in _BLOW_UPS])
def test_a_blow_up_is_stopped_in_time_with_a_reason(text: str, scope: Any) -> None:
    compiled = compile_expression(text)
    started = time.thread_time()

    outcome = compiled.evaluate(scope)

    assert time.thread_time() - started < _LIMIT_S
    assert said(outcome.reason).startswith("over budget: it ")
    assert compiled.holds(scope) is False
    assert said(compiled.explain(scope).reason).startswith("over budget: it ")


def test_two_equal_blow_ups_are_not_compared_without_end() -> None:
    copies = "|".join(["[@,@]"] * 25)
    compiled = compile_expression(f"[(@|{copies}),(@|{copies})]|[0]==[1]")
    started = time.thread_time()

    outcome = compiled.evaluate({})

    assert outcome.reason is not None
    assert outcome.reason.code == "over_budget"
    assert time.thread_time() - started < _LIMIT_S


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "a" + ")" * 10_000,
        "!" * 10_000 + "a",
        "!" * 1_900 + "a",
        "|".join("@" * 20_000),
        "|".join("@" * 900),
        "`" + "[" * 100_000 + "]" * 100_000 + "`",
        "`" + "[" * 990 + "]" * 990 + "`",
        "&" * 1_500 + "a",
        "a" + "[*]" * 600,
        "[" * 900,
        "!" * 40 + "a",
        "[" * 40 + "a" + "]" * 40,
    ],
    ids=lambda text: f"{text[:4]}…{len(text)}",
)
def test_an_expression_that_is_too_large_is_refused(text: str) -> None:
    started = time.thread_time()

    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)

    assert time.thread_time() - started < _LIMIT_S
    assert advice_on(caught.value.finding.reason)
    assert check_expression(text)


def test_a_long_keyword_list_is_not_too_large() -> None:
    words = ", ".join(f"'từ {number}'" for number in range(150))

    assert compile_expression(f"keywords(event.text, [{words}])").holds(
        {"event": {"text": "TU 149!"}}
    )


def test_data_of_ordinary_size_stays_within_the_budget() -> None:
    scope = {"items": [{"price": number, "name": "áo"} for number in range(10_000)]}

    outcome = compile_expression("items[?price > `9990` && name == 'áo'].price | max(@)").evaluate(
        scope
    )

    assert outcome == Outcome(9_999)


def test_the_budget_counts_every_element_once() -> None:
    context = Context()
    context.spend(MAX_ELEMENTS)

    with pytest.raises(OverBudget):
        context.spend(1)


def test_lists_that_are_too_short_to_count_cannot_add_up() -> None:
    short = {"a": [{"b": [0] * FREE_LIST}] * FREE_LIST}
    nested = compile_expression("|".join(["[@,@][]"] * 12) + "|[*].a[*].b[*]")

    assert MAX_NODES * FREE_LIST < MAX_ELEMENTS / 10
    assert compile_expression("a[*].b[*]").search(short) == [[0] * FREE_LIST] * FREE_LIST
    stopped = nested.evaluate(short).reason
    assert stopped is not None
    assert stopped.code == "over_budget"


def test_an_evaluation_that_takes_too_long_is_stopped_although_it_counts_little() -> None:
    context = Context()

    with pytest.raises(OverBudget, match="too_slow limit=20"):
        _spend_slowly(context)


def _spend_slowly(context: Context) -> None:
    for _ in range(60):
        context.spend(1_100)
        _use_cpu(0.002)


def _use_cpu(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


_SURPRISES: list[tuple[str, Any, str]] = [
    ("amount > `100`", {"amount": "150"}, "amount is text '150', not a number"),
    ("`100` < amount", {"amount": "150"}, "amount is text '150', not a number"),
    ("amount > '100'", {"amount": 150}, "amount is number 150, not text"),
    ("a > b", {"a": "x", "b": 1}, "a is text 'x', not a number"),
    ("a > b", {"a": 1, "b": "x"}, "b is text 'x', not a number"),
    ("a[?x > `1`]", {"a": [{"x": 2}, {"x": "2"}]}, "x is text '2', not a number"),
    ("a[::0]", {"a": [1]}, "the step of a slice is 0"),
    ("ceil(a)", {"a": float("inf")}, "a value is too large a number"),
    ("contains(a, 'x')", {}, "a is missing, not a list or text"),
    ("length(a)", {}, "a is missing, not text or a list or an object"),
    ("starts_with(a, 'x')", {"a": 5}, "a is number 5, not text"),
    ("sum(a)", {"a": [1, True]}, "a has true in it, it is not a list of numbers"),
    ("keywords(a, ['x'])", {"a": 5}, "a is number 5, not text"),
    ("keywords(a, vars.words)", {"a": "x"}, "vars.words is missing, not a list of texts"),
]


@pytest.mark.parametrize(
    ("text", "scope", "reason"), _SURPRISES, ids=[text for text, _, _ in _SURPRISES]
)
def test_a_value_of_the_wrong_kind_is_a_reason_and_not_an_error(
    text: str, scope: Any, reason: str
) -> None:
    compiled = compile_expression(text)

    outcome = compiled.evaluate(scope)
    assert outcome.value is None
    assert said(outcome.reason) == reason
    assert compiled.holds(scope) is False
    assert all_said(compiled.explain(scope).because) == reason


_CORPUS = [
    "a > `100`", "a[?x > `1`]", "a[::0]", "ceil(a)", "contains(a, b)", "length(a)", "a == b",
    "starts_with(a, b)", "to_number(a)", "a.b[0].c", "sum(a)", "sort(a)", "max_by(a, &b)",
    "keywords(a, ['giá'])", "keywords(a, b)", "matches(a, b)", "one_of(a, b)", "ago(a, '2h')",
    "ago(a, b)", "between(a, '08:00', '21:00', 'UTC')", "between(a, b, c, 'UTC')",
    "weekday(a, b)", "from_json(a)", "to_json(a)", "len(a)", "fold(a)", "merge(a, b)", "map(&c, a)",
    "keywords(a, ['giá'], {typos: `2`, exclude: ['không']})", "join(a, b)", "a[*].b.c[]", "*.*",
    "keywords(a, b, c)", "upper(trim(lower(a)))", "phones(a)", "emails(a)", "links(join('', a))",
]  # fmt: skip


@given(
    st.sampled_from(_CORPUS),
    st.dictionaries(st.sampled_from(["a", "b", "c", "now"]), documents, max_size=4),
)
def test_no_payload_makes_a_condition_raise(text: str, scope: Any) -> None:
    compiled = compile_expression(text)

    outcome = compiled.evaluate(scope)

    assert compiled.holds(scope) is outcome.holds
    assert compiled.explain(scope).holds is outcome.holds
