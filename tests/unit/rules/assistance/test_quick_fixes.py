"""Quick fixes: each one mends the problem that it is offered for."""

from pathlib import Path

import pytest

from automator.model import Problem
from automator.rules.assistance.quick_fixes import QuickFix, quick_fixes
from tests.support.rules import applied, check, load

FOLDER = Path(__file__).resolve().parents[3] / "golden" / "problems"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
RULE = """\
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - CONDITION
    actions:
      - reply: TEXT
"""


def problems_of(text: str, *, is_complete: bool = False) -> list[Problem]:
    """The problems of a file; `is_complete`: with the actions and advice that the editor has."""
    read = check if is_complete else load
    return read({"rules.yaml": text}).problems


def offered(text: str) -> list[tuple[Problem, QuickFix]]:
    return [(problem, fix) for problem in problems_of(text) for fix in quick_fixes(text, problem)]


def mended(text: str) -> str:
    """The text after the first fix of its only problem."""
    (problem,) = problems_of(text)
    return applied(text, quick_fixes(text, problem)[0])


@pytest.mark.parametrize(
    ("item", "better"),
    [
        ("- type: reply\n        text: x\n      - log: y", "- reply: x\n      - log: y"),
        ("- {type: reply, text: x}\n      - log: y", "- reply: x\n      - log: y"),
        ("- if: event.text\n        type: reply\n        text: x", "- {if: event.text, reply: x}"),
        ("- notify: ops\n        text: x", "- notify: {to: ops, text: x}"),
        ("- reply: x\n        delay: 5m", "- follow_up: {after: 5m, actions: [{reply: x}]}"),
        ("- tag: vip", "- remember: {tags: {add: [vip]}}"),
    ],
)
def test_a_step_of_another_program_is_replaced_as_a_whole(item: str, better: str) -> None:
    text = RULE.replace("CONDITION", "event.text").replace("- reply: TEXT", item)
    (problem,) = problems_of(text, is_complete=True)

    assert better in applied(text, quick_fixes(text, problem)[0])


@pytest.mark.parametrize(
    "written",
    ["[{type: reply, text: x}]", "\n      - type: reply\n        # said\n        text: x"],
)
def test_an_item_between_brackets_or_with_a_comment_is_left_to_the_person(written: str) -> None:
    text = RULE.replace("CONDITION", "event.text").replace("\n      - reply: TEXT", f" {written}")
    (problem,) = problems_of(text, is_complete=True)

    assert quick_fixes(text, problem) == ()


@pytest.mark.parametrize("sign", ["\u00a0", "\u3000", "\t"])
def test_all_lines_that_are_indented_by_other_signs_are_mended_at_once(sign: str) -> None:
    text = "rules:\n  - id: a\n    trigger: {event: message.received}\n    actions:\n"
    pasted = "".join(
        line.replace(" " * 4, sign * (1 if sign == "\t" else 4))
        for line in f"{text}      - reply: Chào\n".splitlines(keepends=True)
    )

    assert problems_of(mended(pasted)) == []


@pytest.mark.parametrize("sign", ["\u200b", "\u200d", "\u2060"])
def test_signs_without_any_width_before_a_text_are_removed(sign: str) -> None:
    wrong = RULE.replace("    actions", f"    {sign}actions").replace("reply:", f"reply:{sign}")
    text = wrong.replace("CONDITION", "event.text")

    assert problems_of(mended(text)) == []


@pytest.mark.parametrize(
    ("wrong", "better"),
    [
        ("Chào {event.actor.name} ạ", "Chào {{ event.actor.name }} ạ"),
        ("Chào\n      - request: {url: crm.example/in}", "url: https://crm.example/in"),
    ],
)
def test_a_message_that_is_not_meant_so_is_mended(wrong: str, better: str) -> None:
    text = RULE.replace("CONDITION", "event.text == 'giá'").replace("TEXT", wrong)

    assert better in mended(text)
    assert problems_of(mended(text)) == []


def test_a_list_without_its_key_and_an_item_without_its_dash_are_mended() -> None:
    text = RULE.replace("CONDITION", "event.text == 'giá, ạ'").replace("TEXT", "Chào bạn")

    assert mended(text.replace("rules:\n", "")) == text
    assert mended(text.replace("- event.text", "event.text")) == text


@pytest.mark.parametrize(
    ("written", "better"),
    [
        (
            "[keywords(event.text, ['giá', 'bn']), event.post.id == '1']",
            "[\"keywords(event.text, ['giá', 'bn'])\", event.post.id == '1']",
        ),
        ("[event.text == 'a, b']", "[\"event.text == 'a, b'\"]"),
    ],
)
def test_a_text_between_brackets_gets_quotes_alone(written: str, better: str) -> None:
    text = RULE.replace("\n      - CONDITION", f" {written}").replace("TEXT", "Chào bạn")

    assert mended(text) == text.replace(written, better)
    assert problems_of(mended(text)) == []


@pytest.mark.parametrize(("written", "better"), [("20 giờ", "20h"), ("'1h30m'", "'90m'")])
def test_a_duration_in_another_form_gets_ours(written: str, better: str) -> None:
    text = RULE.replace("CONDITION", "event.text == 'giá'")
    text = text.replace("reply: TEXT", f"follow_up: {{after: {written}, actions: [message: x]}}")

    assert mended(text) == text.replace(written, better)


def test_what_has_several_meanings_is_left_to_the_person() -> None:
    """The same text twice in a line, and an object of which no value stands for it."""
    for condition in (
        "event.data.a > '5' || event.data.b > '5'",
        "contact.state == 'vip'",
    ):
        text = RULE.replace("CONDITION", condition).replace("TEXT", "Chào bạn")
        assert offered(text) == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_complete", [False, True])
def test_a_fix_mends_its_problem(case: str, is_complete: bool) -> None:
    text = (FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
    problems = problems_of(text, is_complete=is_complete)
    for problem, fix in [(one, fix) for one in problems for fix in quick_fixes(text, one)]:
        left = problems_of(applied(text, fix), is_complete=is_complete)

        assert not [
            one for one in left if one.reason == problem.reason and one.line == problem.line
        ], (problem.reason.code, fix)


@pytest.mark.parametrize(
    ("wrong", "better"),
    [
        ("- remember: {tag: vip, size: M}", "- remember: {tags: {add: [vip]}, size: M}"),
        ("- remember: {remove_tags: [new, old]}", "- remember: {tags: {remove: [new, old]}}"),
        ("- remember: {opt_out: true}", "- remember: {opted_out: true}"),
        (
            "- reply: {text: a, attachments: [{type: img, url: 'https://a.example/a'}]}",
            "- reply: {text: a, attachments: [{type: image, url: 'https://a.example/a'}]}",
        ),
        ("- reply: event.text", '- reply: "{{ event.text }}"'),
        ("- reply: 'Chào {{ event.actor }}'", "- reply: 'Chào {{ event.actor.name }}'"),
    ],
)
def test_an_action_is_mended(wrong: str, better: str) -> None:
    text = RULE.replace("CONDITION", "event.text != null").replace("- reply: TEXT", wrong)
    text = text.replace("comment.created", "message.received")
    (problem,) = problems_of(text, is_complete=True)

    assert better in applied(text, quick_fixes(text, problem)[0])


def test_half_of_the_known_mistakes_are_mended_by_a_press() -> None:
    texts = [(FOLDER / f"{case}.yaml").read_text(encoding="utf-8") for case in CASES]
    problems = [(text, problem) for text in texts for problem in problems_of(text)]

    assert sum(bool(quick_fixes(text, problem)) for text, problem in problems) >= 50


@pytest.mark.parametrize(
    ("condition", "better"),
    [
        ("event.text = 'giá'", "event.text == 'giá'"),
        ("event.text == 'giá' and event.post.id != null", "event.text == 'giá' && event.post"),
        ('event.text == "giá"', "event.text == 'giá'"),
        ("event.data.likes > 3", "event.data.likes > `3`"),
        ("lenght(event.text) > `3`", "length(event.text)"),
        ("evnt.text != null", "event.text"),
        ("keywords(event.text, ['giá'], {mode: 'word'})", "\"keywords(event.text, ['giá'], {mode"),
        ("event.data.total > '500000'", "event.data.total > `500000`"),
        ("event.data.total > `500.000`", "event.data.total > `500000`"),
        ("event.data.total > `500,000`", "event.data.total > `500000`"),
        ("event.text == `5`", "event.text == '5'"),
        ("event['text'] != null", "- event.text != null"),
        ("$.event.text != null", "- event.text != null"),
        ("event.text == 'don't'", "event.text == 'don\\'t'"),
        ("event.tеxt != null", "- event.text != null"),
        ("ago(event.received_at, '2 ngày')", "ago(event.received_at, '2d')"),
        ("event.attachments[*].type == 'image'", "contains(event.attachments[*].type, 'image')"),
        ("event.text: giá", "- event.text == 'giá'"),
        ("text == 'giá'", "- event.text == 'giá'"),
        ("contact.opted_out == 'true'", "contact.opted_out == `true`"),
        ("contact.tags == 'vip'", "contains(contact.tags, 'vip')"),
        ("event.actor == '2001'", "event.actor.id == '2001'"),
        ("contains(fold(event.text), 'giá')", "contains(fold(event.text), 'gia')"),
        ("keywords(['giá'], event.text)", "keywords(event.text, ['giá'])"),
        ("keywords(event.text, 'giá, ib')", "keywords(event.text, ['giá', 'ib'])"),
        ("keywords(event.text, ['giá, ib'])", "keywords(event.text, ['giá', 'ib'])"),
        ("\"keywords(event.text, 'giá, ib')\"", "\"keywords(event.text, ['giá', 'ib'])\""),
        ("'keywords(event.text, ''giá, ib'')'", "'keywords(event.text, [''giá'', ''ib''])'"),
        ("event.text == '{{ vars.shop }}'", "event.text == vars.shop"),
        ("event.text == ‘giá’", "event.text == 'giá'"),
        ("event.text ＝ 'giá'", "event.text == 'giá'"),
        ("ago(contact.last_inbound_at, 2h)", "ago(contact.last_inbound_at, '2h')"),
        ("event.data.order-id == '17'", "event.data.\"order-id\" == '17'"),
    ],
)
def test_a_condition_is_mended(condition: str, better: str) -> None:
    text = RULE.replace("CONDITION", condition).replace("TEXT", "Chào bạn")
    text = f"vars: {{shop: Áo}}\n{text}"

    assert better in mended(text)
    assert problems_of(mended(text)) == []


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("{{ event.text }} ạ", '"{{ event.text }} ạ"'),
        ("Giá: 250k", '"Giá: 250k"'),
        ("“Giá: 250k”", 'reply: "Giá: 250k"'),
        ("“Xin chào”", 'reply: "Xin chào"'),
        ("“Có 'size M' ạ”", "reply: \"Có 'size M' ạ\""),
        ("Xem #sale nhé", '"Xem #sale nhé"'),
        ("5", '"5"'),
        ('"{{ event.text | uper }}"', "| upper"),
        ('"{{ event.text.upper() }}"', "{{ event.text | upper }}"),
        ('"{{ upper(event.text) }}"', "{{ event.text | upper }}"),
        (
            "\"{{ arm(event.actor.id, 'a, (b', ['x', 'y']) }}\"",
            "{{ event.actor.id | arm('a, (b', ['x', 'y']) }}",
        ),
    ],
)
def test_a_text_is_mended(written: str, better: str) -> None:
    text = RULE.replace("CONDITION", "event.text != null").replace("TEXT", written)
    fixes = offered(text)
    assert fixes
    for _problem, fix in fixes:
        assert better in applied(text, fix)


def test_a_missing_key_is_added_where_it_belongs() -> None:
    text = "rules:\n  - id: a\n    trigger: {event: comment.created}\n"
    (problem,) = problems_of(text)
    (fix,) = quick_fixes(text, problem)

    assert applied(text, fix).startswith("rules:\n  - actions:\n      - \n    id: a\n")


def test_the_nearest_name_is_written_where_the_wrong_one_stands() -> None:
    text = "rules:\n  - id: a\n    triger: {event: x}\n    actions: [{log: triger}]\n"
    problem = next(one for one in problems_of(text) if one.code == "unknown-key")
    (fix,) = quick_fixes(text, problem)

    assert applied(text, fix) == text.replace("    triger", "    trigger", 1)
    assert (fix.label, fix.values) == ("Change to {text}", {"text": "trigger"})
