"""Completion in rule files, with the cursor where the sign ‸ stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.rules.assistance.completion import Knowledge, complete, listened_to, seen_in
from automator.rules.assistance.languages import Completion

EVENTS = [
    (
        "comment.created",
        {
            "text": "Giá bao nhiêu vậy shop?",
            "actor": {"id": "77", "name": "Lan"},
            "post": {"id": "9_1", "message": "Áo mới về #sale"},
            "attachments": [{"type": "image"}],
            "data": {"likes": 3},
        },
    ),
    ("message.received", {"text": "còn hàng không?", "conversation": {"id": "55"}}),
]
KNOWN = Knowledge.of(
    builtin_actions(),
    connections={"shop-page": "facebook", "orders": "generic"},
    speaking=["shop-page"],
    targets=["crm"],
    receivers=["ops"],
    time_intervals=["business_hours"],
    vars={"shop": "Áo Đẹp"},
    rules=["price"],
    providers=["facebook", "generic"],
    seen=seen_in(EVENTS),
    samples={"comment.deleted": frozenset({"event.comment", "event.comment.id", "event.parent.*"})},
)
RULE = "rules:\n  - id: price\n    trigger: {event: comment.created}\n"


def at(text: str) -> tuple[str, int]:
    position = text.index("‸")
    return text.replace("‸", ""), position


def completed(text: str) -> Completion:
    return complete(*at(text), KNOWN)


def labels(text: str) -> list[str]:
    return [option.label for option in completed(text).options]


def written(text: str, label: str) -> str:
    """The text after the option of this label was taken."""
    plain, _ = at(text)
    found = completed(text)
    option = next(one for one in found.options if one.label == label)
    return plain[: found.start] + (option.insert or option.label) + plain[found.end :]


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("‸", ["rules", "vars"], ["id"]),
        ("ru‸", ["rules"], ["id"]),
        ("rules:\n  - ‸", ["id", "trigger", "actions"], ["rules"]),
        ("rules:\n- ‸", ["id", "trigger"], ["rules"]),
        ("rules:\n  - na‸", ["name"], ["rules"]),
        ("rules:\n  - id: a\n    ‸", ["trigger", "limits"], ["id", "rules"]),
        ("rules:\n  - id: a\n    tri‸\n    actions: []\n", ["trigger"], ["id", "actions"]),
        ("rules:\n  - id: a\n  - ‸\n", ["id", "trigger"], []),
        (f"{RULE}    limits:\n      ‸", ["once", "throttle"], ["trigger"]),
        (f"{RULE}    limits:\n      once:\n        ‸", ["key", "period"], ["limit"]),
        (f"{RULE}    limits: {{once: {{‸", ["key", "period"], ["once"]),
        (f"{RULE}    limits: {{once: {{key: event.actor.id, ‸", ["period"], ["key"]),
        (f"{RULE}    actions:\n      - ‸", ["reply", "forward", "if", "retry"], ["trigger"]),
        (f"{RULE}    actions:\n      - reply: x\n        ‸", ["if", "id"], ["reply"]),
        (f"{RULE}    actions:\n      - follow_up:\n          ‸", ["after", "actions"], ["reply"]),
        (
            f"{RULE}    actions:\n      - follow_up:\n          actions:\n            - ‸",
            ["message", "reply"],
            ["after"],
        ),
        ("rules:\n  - id: 'a\n    ‸", ["trigger"], ["rules"]),
        ("rules:\n  - {{ x }}\n  - id: b\n    ‸", ["trigger"], ["id"]),
    ],
)
def test_keys_are_offered_where_they_can_stand(
    text: str, wanted: list[str], unwanted: list[str]
) -> None:
    found = labels(text)

    assert [name for name in wanted if name not in found] == []
    assert [name for name in unwanted if name in found] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rules:\n  - mode: ‸", ["live", "shadow"]),
        ("rules:\n  - stop: ‸", ["true", "false"]),
        ("rules:\n  - id: a\n    trigger: {event: ‸", ["comment.created", "message.received"]),
        (
            "rules:\n  - id: a\n    trigger:\n      event: com‸",
            ["comment.created", "review.created"],
        ),
        ("rules:\n  - id: a\n    trigger: {event: [comment.created, ‸", ["message.received"]),
        ("rules:\n  - id: a\n    trigger: {event: x, connection: ‸}", ["shop-page", "orders"]),
        ("rules:\n  - id: a\n    trigger:\n      connection: sh‸\n", ["shop-page"]),
        ("rules:\n  - active: ‸", ["business_hours"]),
        (f"{RULE}    actions:\n      - forward: {{to: ‸", ["crm"]),
        (f"{RULE}    actions:\n      - forward: ‸", ["crm"]),
        (f"{RULE}    actions:\n      - message: {{via: ‸", ["shop-page"]),
        (f"{RULE}    actions:\n      - message:\n          via: ‸", ["shop-page"]),
        (f"{RULE}    actions:\n      - notify: {{to: ‸", ["ops"]),
        (f"{RULE}    actions:\n      - moderate: ‸", ["hide", "unhide", "delete", "like"]),
        (f"{RULE}    actions:\n      - cancel_follow_ups: {{rule: ‸", ["price"]),
        (f"{RULE}    actions:\n      - follow_up:\n          after: ‸", ["20h"]),
        (f"{RULE}    limits: {{concurrency: {{mode: ‸", ["queue", "skip", "restart"]),
    ],
)
def test_values_and_names_are_offered(text: str, wanted: list[str]) -> None:
    found = labels(text)

    assert [name for name in wanted if name not in found] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{RULE}    conditions:\n      - ‸", ["event", "keywords", "any", "expr"]),
        (f"{RULE}    conditions:\n      - event.‸", ["text", "actor", "post"]),
        (f"{RULE}    conditions:\n      - event.post.m‸", ["message"]),
        (f"{RULE}    conditions:\n      - contains(event.attachments[0].‸", ["type"]),
        (f"{RULE}    conditions:\n      - event.actor.name == ‸", ["'Lan'"]),
        (f"{RULE}    conditions:\n      - event.data.likes == ‸", ["`3`"]),
        (f"{RULE}    conditions:\n      - any:\n          - keyw‸", ["keywords", "event"]),
        (f"{RULE}    conditions:\n      - not: event.te‸", ["text"]),
        (f"{RULE}    actions:\n      - reply: x\n        if: event.‸", ["text"]),
        (f"{RULE}    limits: {{once: {{key: event.‸", ["actor"]),
        (f'{RULE}    actions:\n      - reply: "Chào {{{{ event.actor.‸ }}}}"', ["name", "id"]),
        (f'{RULE}    actions:\n      - reply: "Chào {{{{ ‸', ["event", "contact", "vars"]),
        (
            f'{RULE}    actions:\n      - reply: "{{{{ event.text | ‸',
            ["truncate", "money", "default"],
        ),
        (f'{RULE}    actions:\n      - reply: "{{% ‸', ["if", "for item in"]),
        (f"{RULE}    actions:\n      - reply: >-\n          Chào {{{{ vars.‸", ["shop"]),
    ],
)
def test_conditions_and_templates_are_completed(text: str, wanted: list[str]) -> None:
    found = labels(text)

    assert [name for name in wanted if name not in found] == []


def test_paths_are_those_of_the_events_that_the_rule_listens_to() -> None:
    of_messages = RULE.replace("comment.created", "message.*")

    assert "conversation" in labels(f"{of_messages}    conditions:\n      - event.‸")
    assert "post" not in labels(f"{of_messages}    conditions:\n      - event.‸")
    assert "conversation" not in labels(f"{RULE}    conditions:\n      - event.‸")


def test_names_of_the_text_itself_are_offered() -> None:
    text = (
        'vars:\n  hotline: "0901"\n  price: 5\n'
        + RULE
        + "    actions:\n      - id: first\n        remember: {asked_at: x, size: y}\n"
        + "      - reply: "
    )

    assert {"hotline", "price", "shop"} <= set(labels(f'{text}"{{{{ vars.‸'))
    assert labels(f'{text}"{{{{ steps.‸') == ["first"]
    assert set(labels(f'{text}"{{{{ steps.first.‸')) == {"status", "output"}
    assert {"asked_at", "size"} == set(labels(f'{text}"{{{{ contact.state.‸'))
    assert {"name", "tags", "opted_out"} <= set(labels(f'{text}"{{{{ contact.‸'))
    assert set(labels(f'{text}"{{{{ connection.‸')) == {"name", "provider"}


def test_keys_of_a_test_of_a_rule_are_offered() -> None:
    assert {"name", "event", "expect"} <= set(labels(f"{RULE}    tests:\n      - ‸"))
    assert "no_match" in labels(f"{RULE}    tests:\n      - name: x\n        expect: ‸")


def test_a_path_shows_the_values_that_were_really_seen() -> None:
    found = completed(f"{RULE}    conditions:\n      - event.‸")

    text = next(option for option in found.options if option.label == "text")
    assert text.examples == ('"Giá bao nhiêu vậy shop?"',)


def test_a_text_that_is_no_template_and_no_condition_is_left_alone() -> None:
    assert labels(f"{RULE}    actions:\n      - reply: Chào ‸") == []
    assert labels(f"{RULE}    actions:\n      - reply: >-\n          event: ‸") == []
    assert labels(f'{RULE}    actions:\n      - reply: "{{{{ event.text }}}} và ‸') == []


def test_what_is_needed_comes_first_and_continues_as_its_value_asks() -> None:
    found = completed("rules:\n  - ‸")

    assert [option.label for option in found.options[:3]] == ["id", "trigger", "actions"]
    assert written("rules:\n  - ‸", "id") == "rules:\n  - id: "
    assert written("rules:\n  - id: a\n    li‸", "limits").endswith("\n    limits:\n      ")
    assert written("rules:\n  - id: a\n    a‸", "actions").endswith("    actions:\n      - ")
    assert written("rules:\n  - mode: sh‸", "shadow") == "rules:\n  - mode: shadow"
    assert (
        written(f"{RULE}    conditions:\n      - event.actor.name == 'L‸", "Lan'")
        == f"{RULE}    conditions:\n      - event.actor.name == 'Lan'"
    )


def test_every_option_of_a_key_says_what_it_is() -> None:
    for text in ("rules:\n  - ‸", f"{RULE}    actions:\n      - ‸", f"{RULE}    limits:\n      ‸"):
        assert [one.label for one in completed(text).options if not one.info] == []


def test_the_events_of_a_rule_are_found_whatever_their_order() -> None:
    text = (
        "rules:\n  - id: a\n    actions: []\n    trigger:\n      event: [a.b, 'c.*']\n  - id: b\n"
    )

    assert listened_to(text, text.index("actions")) == ["a.b", "c.*"]
    assert listened_to(text, text.index("id: b")) == []


@given(st.text(alphabet="rules: -\n{}[]'\"|>#.idevnta", max_size=120), st.integers(0, 120))
def test_no_text_breaks_it(text: str, position: int) -> None:
    found = complete(text, min(position, len(text)), KNOWN)

    assert 0 <= found.start <= found.end <= len(text)


def test_a_huge_text_is_completed_in_bounded_steps() -> None:
    text = RULE + "    conditions:\n" + "      - event.text != null\n" * 9_000 + "      - event."

    assert "text" in [one.label for one in complete(text, len(text), KNOWN).options]


def test_a_message_goes_through_a_connection_that_can_send_it() -> None:
    text = f"{RULE}    actions:\n      - message:\n          via: ‸"

    assert labels(text) == ["shop-page"]


def test_a_use_is_completed_by_the_snippets_with_their_parameters() -> None:
    known = KNOWN.with_events({}, [], {"thanks": ("text", "after"), "bye": ()})
    found = complete(*at(RULE + "    actions:\n      - use: ‸"), known)

    assert [(one.label, one.detail) for one in found.options] == [
        ("bye", ""),
        ("thanks", "text, after"),
    ]
    assert {"use", "with"} <= set(labels(RULE + "    actions:\n      - ‸"))
