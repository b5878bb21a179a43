"""What is said about an expression before it meets an event."""

import pytest

from automator.conditions import ExpressionError, check, check_expression, compile_expression
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.values import Node
from tests.support.words import advice_on, said

_FINDINGS = [
    # text, marked, message, code, fix
    ("a = 'b'", "=", "this is not JMESPath: unexpected '='", "condition-syntax",
     "write '==' to compare."),
    ("a => `1`", "=", "this is not JMESPath: unexpected '='", "condition-syntax", "write '>='."),
    ("a == 'b' and c", "and", "this is not JMESPath: unexpected 'and'", "condition-syntax",
     "write '&&' instead of 'and'."),
    ("a OR b", "OR", "this is not JMESPath: unexpected 'OR'", "condition-syntax",
     "write '||' instead of 'OR'."),
    ("not a", "not", "this is not JMESPath: unexpected 'not'", "condition-syntax",
     "write '!' instead of 'not'."),
    ("a > 5", "5", "the number 5 stands without backticks", "bare-number", "write `5`."),
    ("a == -1.5", "-1.5", "the number -1.5 stands without backticks", "bare-number",
     "write `-1.5`."),
    ("a == true", "true", "true without backticks names a field", "literal-quotes",
     "write `true`."),
    ("a == `b`", "`b`", "the text in backticks is neither a number nor JSON",
     "literal-quotes", "write 'b' for the text."),
    ('a == "giá"', '"giá"', "double quotes name a field", "quoted-field",
     "write 'giá' for the text."),
    ("contains(['a', \"b\"], c)", '"b"', "double quotes name a field", "quoted-field",
     "write 'b' for the text."),
    ("lenth(a)", "lenth", "unknown function lenth()", "unknown-function", "did you mean length()?"),
    ("a || b[?lenth(c)].d", "lenth", "unknown function lenth()", "unknown-function",
     "did you mean length()?"),
    ("length(a, b)", "length", "length() has 2 arguments, 1 needed", "wrong-arity",
     "write length(text_list_or_object)."),
    ("keywords(a)", "keywords", "keywords() has 1 argument, 2 to 3 needed", "wrong-arity",
     "write keywords(text, words, options?)."),
    ("merge()", "merge", "merge() has 0 arguments, at least 1 needed", "wrong-arity",
     "write merge(object, …)."),
    ("contains(a 'b')", "'", "a comma is missing before this", "missing-comma", "write ','."),
    ("!a.b", "!", "'!' applies to a alone here, not to the rest", "not-scope",
     "write !(a.b)."),
    ("!a == 'b'", "!", "'!' applies to a alone here, not to the rest", "not-scope",
     "write !(a == 'b')."),
    ("items[*].name == 'x'", "==", "items[*].name is a list, so it cannot be compared with 'x'",
     "list-compared", "write contains(items[*].name, 'x')."),
    ("a.items[*].name == 'x'", "==", "a.items[*].name is a list, so it cannot be compared with 'x'",
     "list-compared", "write contains(a.items[*].name, 'x')."),
    ("items[?a].price > `5`", ">", "items[?a].price is a list, so it cannot be compared with `5`",
     "list-compared", "compare inside the brackets, as in items[?price > `5`]."),
    ("a == 'b", "'b", "this is not JMESPath: the quote ' is not closed", "condition-syntax",
     "write ' at the end of the text as well."),
    ("a == )", ")", "this is not JMESPath: unexpected ')'", "condition-syntax",
     "remove it, or write the missing part before it."),
    ("foo(a", "(", "the '(' that opens here is not closed", "condition-syntax",
     "write ')' where it ends."),
    ("foo(a, {b: 'c')", "{", "the '{' that opens here is not closed", "condition-syntax",
     "write '}' where it ends."),
    ("a ==", "=", "this is not JMESPath: the expression ends too early", "condition-syntax",
     "finish it: a bracket, a quote or a value is missing."),
    ("{{ a }} == 'x'", "{{ a }}", "an expression has no braces around it: it is no template",
     "condition-syntax", "write a"),
    ("a == \u2018x\u2019", "\u2018x\u2019",
     "\u2018 is a quotation mark of word processors, and means nothing here", "condition-syntax",
     "write 'x' with straight quotes."),
    ("a ==\u00a0'x'", "\u00a0", "this blank (U+00A0) is not the one of the space bar",
     "condition-syntax", "type a space in its place."),
    ("a \uff1d 'x'", "\uff1d", "'\uff1d' means nothing in an expression", "condition-syntax",
     "write '='."),
    ("a not in ['x', 'y']", "not in", "this is not JMESPath: unexpected 'not in'",
     "condition-syntax", "write !one_of(a, ['x', 'y'])."),
    ("'x' in a.b", "in", "this is not JMESPath: unexpected 'in'", "condition-syntax",
     "write contains(a.b, 'x')."),
    ("fold(a) like '%x%'", "like", "this is not JMESPath: unexpected 'like'", "condition-syntax",
     "write contains(fold(a), 'x')."),
    ("a startswith 'x'", "startswith", "this is not JMESPath: unexpected 'startswith'",
     "condition-syntax", "write starts_with(a, 'x')."),
    ("a is not null", "is not", "this is not JMESPath: unexpected 'is not'", "condition-syntax",
     "write '!=' instead of 'is not'."),
    ("a <> 'x'", "<>", "this is not JMESPath: unexpected '<>'", "condition-syntax",
     "write '!=' instead of '<>'."),
    ("ago(a, 2h)", "2h", "the duration 2h stands without quotes", "literal-quotes", "write '2h'."),
    ("a.order-id == 'x'", "order-id", "'order-id' has a dash in it, so that it needs double quotes",
     "condition-syntax", 'write a."order-id".'),
    ("one_of(a, [giá rẻ])", "giá rẻ", "the text giá rẻ stands without quotes", "literal-quotes",
     "write 'giá rẻ'."),
    ("a + b > `3`", "+", "an expression does not calculate: unexpected '+'", "condition-syntax",
     "write sum([a, b]) to add; compare without it otherwise."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "marked", "message", "code", "fix"), _FINDINGS, ids=[row[0] for row in _FINDINGS]
)
def test_each_mistake_is_named_with_its_place_and_its_fix(
    text: str, marked: str, message: str, code: str, fix: str
) -> None:
    [finding] = check_expression(text)

    assert text[finding.offset : finding.offset + finding.length] == marked
    assert (said(finding.reason), finding.code, advice_on(finding.reason)) == (message, code, fix)


def test_all_mistakes_are_reported_at_once_in_their_order() -> None:
    findings = check_expression("a = 'b' and c > 3 or not d")

    assert [finding.offset for finding in findings] == [2, 8, 16, 18, 21]


@pytest.mark.parametrize(
    "text",
    [
        "event.type == 'comment.created'",
        "event.actor.id != null",
        '"first name" && event."họ tên".x == \'a\'',
        "a.\"b\" == 'c'",
        "a[0] == `5` && b[1:2:1]",
        "!a && !(a.b) && !length(c) && !a[0]",
        "!a == !b || !a == `true`",
        "event.and.or.not == 'x'",
        "a[?b == 'c'].d == `[]`",
        "length(a[?b].c) > `0`",
        "sort_by(a, &b)[0].c | contains(@, 'x')",
        "keywords(event.text, ['giá', 'ib'], {mode: 'contains', exclude: ['sỉ']})",
        "{a: b, c: d}.a == 'x'",
        '`"quoted"` == a',
    ],
)
def test_an_expression_without_a_mistake_has_no_finding(text: str) -> None:
    assert check_expression(text) == []


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="condition_expression_empty"):
        compile_expression(text)


def test_a_mistake_that_jmespath_can_read_is_compiled_as_jmespath_reads_it() -> None:
    assert compile_expression("!a.b").search({"a": {"b": False}}) is None


def test_an_error_carries_the_place_of_the_first_finding() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("event.x && lenth(a)")

    assert (caught.value.finding.offset, caught.value.finding.length) == (11, 5)
    assert caught.value.code == "unknown-function"


def test_an_expression_that_is_checked_and_then_compiled_is_parsed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[str] = []

    def noted(text: str) -> Node:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(check, "parse", noted)
    text = "contains(event.text, 'parsed once')"

    assert check_expression(text) == []
    compile_expression(text)

    assert parsed == [text]
