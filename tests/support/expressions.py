"""Generated JMESPath expressions and documents, and what jmespath.py makes of them."""

import json
import warnings
from typing import Any

import jmespath
from hypothesis import strategies as st
from jmespath.visitor import _Expression

from automator.conditions.forms.values import Reference

NAMES = ["a", "b", "c", "tên", "first name"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, -0.0, 2.5, 1e308, 10**20, float("inf"), float("nan")]),
    st.sampled_from(["", "a", "b", "ab", "5", "nan", "đẹp", "💬", "1_0", " 7 "]),
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        st.lists(st.integers(-5, 5), max_size=4),
        st.lists(st.sampled_from(["x", "y", "ab"]), max_size=4),
    ),
    max_leaves=15,
)


def _literal(value: Any) -> str:
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


fields = st.sampled_from(["a", "b", "c", '"tên"', '"first name"'])
raw_texts = st.sampled_from(["'a'", "'ab'", "''", "'đẹp'", "'it\\'s'", "'\\\\'", "'5'"])
literals = st.one_of(documents.map(_literal), raw_texts)
paths = st.lists(fields, min_size=1, max_size=4).map(".".join)
comparisons = st.tuples(
    paths,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.one_of(raw_texts, scalars.map(_literal)),
).map(" ".join)
atoms = st.one_of(
    paths,
    comparisons,
    fields,
    fields,
    literals,
    st.just("@"),
    st.just("*"),
    st.just("[*]"),
    st.just("[]"),
)
numbers = st.integers(-3, 3).map(str)
slices = st.tuples(
    st.one_of(st.just(""), numbers),
    st.one_of(st.just(""), numbers),
    st.sampled_from(["", "1", "-1", "2", "0"]),
).map(lambda parts: f"[{parts[0]}:{parts[1]}:{parts[2]}]")
suffixes = st.one_of(
    fields.map(lambda name: f".{name}"),
    numbers.map(lambda number: f"[{number}]"),
    st.sampled_from(["[*]", "[]", ".*", "[*][*]", "[][]"]),
    slices,
)
ONE_ARGUMENT = [
    "abs", "avg", "ceil", "floor", "keys", "length", "max", "merge", "min", "not_null", "reverse",
    "sort", "sum", "to_array", "to_number", "to_string", "type", "values",
]  # fmt: skip
TWO_ARGUMENTS = ["contains", "ends_with", "join", "merge", "not_null", "starts_with"]
BY_EXPRESSION = ["max_by", "min_by", "sort_by"]


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||", "|"])
    # Twice as often as any other form, because there are so many functions.
    calls = st.tuples(st.sampled_from(ONE_ARGUMENT), inner).map(lambda two: f"{two[0]}({two[1]})")
    return st.one_of(
        st.tuples(inner, suffixes).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}).{{x: {two[1]}, y: a}}"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]})[?{two[1]}]"),
        st.tuples(inner, inner, fields).map(lambda three: f"{three[0]}[?{three[1]}].{three[2]}"),
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(inner, operators, inner).map(lambda three: f"({' '.join(three)})"),
        inner.map(lambda text: f"!{text}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        pairs.map(lambda two: f'{{p: {two[0]}, "q r": {two[1]}}}'),
        st.tuples(fields, inner).map(lambda two: f"{two[0]}.[{two[1]}]"),
        calls,
        calls,
        st.tuples(st.sampled_from(TWO_ARGUMENTS), inner, inner).map(
            lambda three: f"{three[0]}({three[1]}, {three[2]})"
        ),
        st.tuples(st.sampled_from(BY_EXPRESSION), inner, inner).map(
            lambda three: f"{three[0]}({three[1]}, &{three[2]})"
        ),
        pairs.map(lambda two: f"map(&{two[0]}, {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"[&{two[0]}, {two[1]}][0]"),
    )


#: Texts that mostly are expressions; those that are not must be refused by both.
expressions = st.recursive(atoms, _compound, max_leaves=8)


#: Functions of our own, which jmespath.py does not have, with what their arguments mostly are.
_OWN_CALLS = [
    "lower({})", "upper({})", "trim({})", "fold({})", "len({})", "to_json({})", "from_json({})",
    "language({})", "asks({}, 'price')", "asks({}, ['size', 'order'], {{size: {{add: ['a']}}}})",
    "one_of({}, {})", "one_of({}, ['a', 'b'])", "matches({}, 'a+')", "matches({}, {})",
    "keywords({}, ['a', 'đẹp'])", "keywords({}, {})", "keywords({}, ['ab'], {{typos: `1`}})",
    "phones({})", "emails({})", "addresses({})", "links({})", "phones({})[0]", "spam_signals({})",
    "ago({}, '2h')", "between({}, '08:00', '21:00', 'UTC')", "weekday({}, 'UTC')",
    "arm({}, 'split', ['a', 'b'])", "arm({}, 'split', {{a: '3', b: '1'}})",
]  # fmt: skip
_own_calls = st.tuples(st.sampled_from(_OWN_CALLS), expressions, expressions).map(
    lambda three: three[0].format(*three[1:])
)
#: As above, and with our own functions: for what is compared with ourselves only.
any_expressions = st.one_of(
    expressions,
    _own_calls,
    st.tuples(_own_calls, expressions).map(lambda two: f"{two[0]} && {two[1]}"),
    st.tuples(fields, _own_calls).map(lambda two: f"{two[0]}[?{two[1]}]"),
    st.tuples(fields, _own_calls).map(lambda two: f"map(&{two[1]}, {two[0]})"),
)


def by_jmespath(text: str, document: Any) -> tuple[str, Any]:
    """The value, or the class of the error, that jmespath.py gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return outcome_of(lambda: jmespath.compile(text).search(document))


def outcome_of(work: Any) -> tuple[str, Any]:
    """`("value", …)` in a form that compares NaN and expression references, or `("error", …)`."""
    try:
        return "value", comparable(work())
    except Exception as error:  # noqa: BLE001 - the class of any error is compared
        return "error", type(error).__name__


def comparable(value: Any) -> Any:
    """The value with its types written out, so that 1, 1.0 and true differ and NaN equals NaN."""
    if isinstance(value, Reference | _Expression):
        return "expression"
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items()}
    return type(value).__name__, repr(value)
