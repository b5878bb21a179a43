"""Texts that nobody types or may read: garbled letters and secrets; and what runs can collect."""

import pytest

from automator.actions import builtin_actions
from automator.model import Reason
from automator.providers import ProviderAttribute
from automator.rules import RuleContext, load_rules
from tests.support.rules import check

COMMENT = "{event: comment.created, connection: shop-page}"


def told(step: str, trigger: str = COMMENT) -> list[Reason]:
    """The problems of a step, where the platforms and the `vars` are known."""
    known = RuleContext(
        actions=builtin_actions(),
        connections={"shop-page": "facebook", "chat": "discord"},
        policies=ProviderAttribute("policy"),
        vars={"shop": "Áo Đẹp"},
    )
    text = f"rules:\n  - id: a\n    trigger: {trigger}\n    actions:\n      - {step}\n"
    return [item.reason for item in load_rules(known, {"a.yaml": text}).problems]


def codes(step: str, keys: str = "") -> list[str]:
    text = f"rules:\n  - id: a\n    trigger: {COMMENT}\n{keys}    actions:\n      - {step}\n"
    told = {"meaning_garbled", "meaning_typed_as_keys", "sending_secret_in_rule"}
    found = [item.reason.code for item in check(text).problems]
    return [code for code in found if code in told | {"meaning_contradiction"}]


@pytest.mark.parametrize("word", ["Ðơn hàng", "ðặt", "giÃ¡", "Ä‘áº·t", "ChÃ\u00a0o"])
def test_signs_that_nobody_types_are_told(word: str) -> None:
    assert codes(f"log: '{word}'") == ["meaning_garbled"]


@pytest.mark.parametrize("word", ["gias", "gia1", "Chaof", "nhieeu", "nhie6u", "ddawtj", "d9a85t"])
def test_the_bare_keys_of_a_frequent_word_are_told(word: str) -> None:
    assert codes(f"log: '{word}'") == ["meaning_typed_as_keys"]


@pytest.mark.parametrize(
    "text",
    [
        "Đơn hàng, đặt ngay",
        "það við Íslandi",
        "Élan, château, São Paulo, Ãnh, ângulo",
        "bus car max maxi gif ship has box tax conf these sheet rich",
        "gia re, mua ngay, ao1, size2, ib",
        "https://shop.example/gias/banj.png",
    ],
)
def test_a_text_that_may_be_meant_so_is_left_alone(text: str) -> None:
    assert codes(f"log: '{text}'") == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{first_name}", "event.actor.name"),
        ("${name}", "event.actor.name"),
        ("#{FULL_NAME}", "event.actor.name"),
        ("<tên khách>", "event.actor.name"),
        ("*|FNAME|*", "event.actor.name"),
        ("[[name]]", "event.actor.name"),
        ("__name__", "event.actor.name"),
        ("${event.text}", "event.text"),
        ("{ event.text }}", "event.text"),
        ("{shop}", "vars.shop"),
    ],
)
def test_a_placeholder_of_another_program_is_told_wherever_people_read_it(
    text: str, path: str
) -> None:
    for step in (
        f"reply: 'Chào {text} ạ'",
        f"message: {{text: OK?, quick_replies: ['{text}', B]}}",
        f"message: {{text: OK?, buttons: [{{text: 'A {text}', payload: a}}]}}",
        f"notify: {{to: ops, text: 'Khách {text} hỏi'}}",
    ):
        (reason,) = told(step, "{event: message.received, connection: shop-page}")
        assert (reason.code, reason.params["path"]) == ("sending_other_placeholder", path)


def test_a_path_in_single_braces_is_told_in_every_input_of_a_step() -> None:
    for step in (
        "log: 'of {event.actor.name}'",
        "remember: {name: '{event.actor.name}'}",
        "request: {url: 'https://a.example/users/{event.actor.name}'}",
        "request: {url: 'https://a.example/', body: {name: '${event.actor.name}'}}",
    ):
        assert [reason.code for reason in told(step)] == ["sending_other_placeholder"]


@pytest.mark.parametrize(
    "text",
    [
        "{order_id}",
        "{{ 'x' }} ${code}",
        "{phone}",
    ],
)
def test_a_placeholder_of_an_unknown_value_is_told(text: str) -> None:
    assert [reason.code for reason in told(f'reply: "{text}"')] == ["sending_unknown_placeholder"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Chào\\nbạn", "sending_escape_shown"),
        ("Shirts &amp; shoes", "sending_markup_shown"),
        ("Giá&nbsp;250k", "sending_markup_shown"),
        ("Chào<br/>bạn", "sending_markup_shown"),
        ("**Giá** 250k", "sending_markup_shown"),
        ("[ở đây](https://shop.example/)", "sending_markup_shown"),
        ("Xem http://localhost:3000/", "sending_unfinished"),
        ("Xem https://your-shop.com/", "sending_unfinished"),
        ("Xem htps://shop.example/", "sending_broken_link"),
        ("Xem http:/shop.example", "sending_broken_link"),
        ("Xem https//shop.example.", "sending_broken_link"),
        ("(https:///shop.example)", "sending_broken_link"),
        ("C?m ?n b?n ?ã mua hàng", "sending_letters_lost"),
    ],
)
def test_a_text_that_people_would_see_otherwise_than_meant_is_told(text: str, code: str) -> None:
    assert [reason.code for reason in told(f"reply: '{text}'")] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "{a}, {giảm giá}, (name), 5% of 10%, #sale #new, <3, a < b > c",
        "AT&T, S&M; 1 * 2 ** 3, [x] (https://shop.example/)",
        "https://shop.example/?a=b&c=d, http://shop.example, www.shop.example/a//b",
        "D:\\new, ok? được? S?M, todo, xxx",
        "HTTP/1.1, https://shop.example/?to=http://b.example, http:// là gì, còn?không, ??? giá?",
        "${{ vars.shop }} {{ event.text | replace('\\n', ' ') }}",
    ],
)
def test_signs_that_may_be_meant_so_are_left_alone(text: str) -> None:
    assert [reason.code for reason in told(f"reply: |-\n          {text}")] == []


@pytest.mark.parametrize(
    ("step", "is_told"),
    [
        ("remember: {phone: 'phones(event.text)[0]'}", True),
        ("reply: lower(event.text)", True),
        ("log: event.text == 'a'", True),
        ("reply: lower(chữ thường) nhé", False),
        ("reply: keywords (event.text)", False),
        ("set: {phone: 'phones(event.text)[0]'}", False),
    ],
)
def test_an_expression_that_nothing_computes_is_told(step: str, is_told: bool) -> None:
    told_of = [reason.code for reason in told(step)]

    assert told_of == ["sending_bare_expression"] * is_told


def test_the_event_behind_a_question_is_not_its_answer() -> None:
    message = "{event: message.received, connection: shop-page}"
    ask = "{id: size, ask: {text: Size?, choices: [S, M]}}\n      - "
    behind, other = (f"{{log: x, if: event.text == '{text}'}}" for text in "SX")

    assert [one.code for one in told(ask + behind, message)] == ["sending_answer_elsewhere"]
    assert told(ask + other, message) == []
    assert told(f"{behind}\n      - {ask}log: x", message) == []
    for path in ("steps.size", "steps.size.output"):
        said = f"reply: 'Size {{{{ {path} }}}}'"
        assert [one.code for one in told(ask + said, message)] == ["sending_object_in_text"]


def test_a_platform_that_formats_texts_may_get_them() -> None:
    assert not told("reply: '**Giá**'", "{event: discord.command, connection: chat}")
    assert told("reply: 'Shirts &amp; shoes'", "{event: discord.command, connection: chat}")


def test_garbled_texts_are_told_in_vars_and_in_the_words_of_intents() -> None:
    head = "vars: {hello: 'ChÃ\u00a0o'}\nintents: {price: {add: ['giÃ¡ sao']}}\n"
    rule = f"rules:\n  - {{id: a, trigger: {COMMENT}, actions: [{{log: x}}]}}\n"

    assert [item.code for item in check(head + rule).problems] == ["garbled-text"] * 2


KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.mark.parametrize(
    "step",
    [
        f"reply: {KEY}",
        f"remember: {{k: {KEY}}}",
        f"{{log: a, if: \"event.text == '{KEY}'\"}}",
        "request: {url: 'https://a.example/', body: {password: hunter2hunter2}}",
        f"request: {{url: 'https://api.example/bot123456789:AA{'x' * 33}/send'}}",
        f"request: {{url: 'https://hooks.slack.com/services/T0/B0/{'x' * 24}'}}",
    ],
)
def test_a_secret_is_told_wherever_the_rule_has_it(step: str) -> None:
    assert codes(step) == ["sending_secret_in_rule"]


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("length(events) >= `200`", True),
        ("length(events) > `100`", True),
        ("length(events) >= `100`", False),
        ("length(events) > `1`", False),
        ("length(events) != `200`", False),
    ],
)
def test_a_number_of_events_that_no_run_collects_is_told(condition: str, is_told: bool) -> None:
    limits = "    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 5m}}\n"

    assert bool(codes(f"{{log: x, if: {condition}}}", limits)) is is_told


def test_a_number_of_events_beyond_the_limit_of_the_rule_is_told() -> None:
    limits = "    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 5m, limit: 5}}\n"

    assert codes("{log: x, if: length(events) > `5`}", limits)
    assert not codes("{log: x, if: length(events) >= `5`}", limits)


@pytest.mark.parametrize(
    ("step", "is_told"),
    [
        ("message: {text: OK?, quick_replies: [Có, có]}", True),
        ("message: {text: OK?, quick_replies: [Có, Không]}", False),
        ("message: {text: OK?, quick_replies: ['{{ vars.shop }}', '{{ vars.shop }}']}", False),
        (
            "message: {text: OK?, buttons: [{text: A, payload: a}, {text: A, payload: b}]}",
            True,
        ),
    ],
)
def test_a_title_that_is_offered_twice_is_told(step: str, is_told: bool) -> None:
    found = told(step, "{event: message.received, connection: shop-page}")

    assert [reason.code for reason in found] == ["value_choices_twice"] * is_told


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ("moderate: delete", "reply: A", True),
        ("moderate: delete", "private_reply: A", True),
        ("moderate: delete", "log: A", False),
        ("moderate: hide", "reply: A", False),
        ("{moderate: delete, if: event.text}", "reply: A", False),
        ("private_reply: A", "moderate: delete", False),
    ],
)
def test_an_answer_to_a_comment_that_is_deleted_is_told(
    first: str, second: str, is_told: bool
) -> None:
    found = [reason.code for reason in told(f"{first}\n      - {second}")]

    assert found == ["sending_after_deletion"] * is_told


def test_a_name_is_no_receiver() -> None:
    known = RuleContext(
        actions=builtin_actions(),
        connections={"shop-page": "facebook"},
        ids=ProviderAttribute("receivers"),
    )

    def codes_of(to: str) -> list[str]:
        rule = f"{{id: a, trigger: {COMMENT}, actions: [{{message: {{to: '{to}', text: Hi}}}}]}}"
        problems = load_rules(known, {"a.yaml": f"rules:\n  - {rule}\n"}).problems
        return [item.reason.code for item in problems if item.code == "wrong-address"]

    assert codes_of("{{ event.actor.name }}") == ["sending_no_id_there"]
    assert codes_of("{{ event.actor.id }}") == []
    assert codes_of("0901234567") == ["sending_no_id_there"]


@pytest.mark.parametrize(
    ("read", "is_told"),
    [
        ("contains(contact.tags, 'VIP')", True),
        ("contains(contact.tags, 'khach vip')", True),
        ("contains(contact.tags, 'khách vip')", False),
        ("contains(contact.tags, 'other')", False),
        ("contact.state.Size == 'M'", True),
        ("contact.state.size == 'M'", False),
        ("contact.state.colour == 'M'", False),
    ],
)
def test_what_a_file_reads_and_writes_by_two_spellings_is_told(read: str, is_told: bool) -> None:
    text = (
        f'rules:\n  - id: a\n    trigger: {COMMENT}\n    conditions: ["{read}"]\n'
        "    actions: [{remember: {size: M, tags: {add: [vip, khách vip], remove: [Other]}}}]\n"
    )
    known = RuleContext(actions=builtin_actions())
    problems = load_rules(known, {"a.yaml": text}).problems

    assert [item.reason.code for item in problems] == ["reference_spelt_otherwise"] * is_told


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("vars.open", True),
        ("'!vars.open'", True),
        ("event.text && vars.open", True),
        ("vars.open == 'false'", False),
        ("event.text", False),
    ],
)
def test_a_text_in_quotes_that_a_condition_takes_for_a_flag_is_told(
    condition: str, is_told: bool
) -> None:
    rule = f"{{id: a, trigger: {COMMENT}, conditions: [{condition}], actions: [{{log: x}}]}}"
    problems = check(f"vars: {{open: 'false'}}\nrules:\n  - {rule}\n").problems

    assert ("reference_word_for_flag" in [item.reason.code for item in problems]) is is_told
