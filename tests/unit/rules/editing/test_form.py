"""Any sequence of form edits changes what was meant and leaves every other byte as it was."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.actions.log import Log
from automator.files import parse_yaml
from automator.files.editing import SpliceError, put, remove
from automator.language import Translator
from automator.model import DAY_MS, MessagingPolicy, NotFoundError, UsageError
from automator.providers.facebook import FacebookProvider
from automator.providers.zalo import ZaloProvider
from automator.rules.editing.condition_groups import ConditionList, with_group
from automator.rules.editing.edits import data_of, rules_in, without_rule
from automator.rules.editing.expressions import words_in
from automator.rules.editing.fields import FormField, apply_fields, at
from automator.rules.editing.form import RuleForm, rule_form
from automator.rules.editing.form_changes import (
    addable,
    speaker,
    with_action,
    with_action_moved,
    with_later,
    with_rule,
    without_action,
)
from automator.rules.editing.step_forms import Choices

ROOT = Path(__file__).parents[4]
FILES = {path.stem: path.read_text("utf-8") for path in sorted(ROOT.glob("rules/**/*.yaml"))}
NESTED = """\
rules:
  - id: nested
    trigger: {event: comment.created}
    conditions:
      # either of these
      - any:   # the group
          - keywords(event.text, ['giá'])   # the price
          # a post
          - event.post.id == '1_2'
          - length(event.text) > `3`
          - {all: [event.parent == null, "keywords(event.text, ['ib'], {mode: 'exact'})"]}
      - not: [ "between(now, '22:00', '06:00', 'UTC')" ]
      - keywords(event.text, ['shop'])
    actions:
      - reply: Chào   # first
      # the second
      - log: |
          two
          lines

      - follow_up:
          after: 2h
          actions:
            - message: Một   # one
            # two
            - message: Hai
          next:
            # three
            - after: 1d   # a day
              actions: [{message: Ba}]
            - at: "09:00"
              actions:
                # four
                - message: Bốn
                - log: x
"""
FILES["nested"] = NESTED
FILES["weekly"] = """\
rules:
  - id: weekly
    trigger:
      # in the morning
      schedule: {cron: "0 9 * * 6", timezone: Asia/Ho_Chi_Minh}   # on Saturday
      contacts: {connection: demo-page, tag: vip}   # some of them
    actions: [message: Hàng mới ạ]
  - id: often
    trigger: {schedule: {every: 15m}}
    actions: [log: x]
  - id: odd
    trigger: {schedule: {cron: "*/5 8-17 * * *"}}
    actions: [log: x]
"""
FILES["snippets"] = """\
include: _shared.yaml   # the words of the shop
defaults:
  limits: {once: {key: event.actor.id, period: 1d}}   # not more
  active: {times: "08:00-21:00"}
snippets:
  thanks:
    parameters: [text]
    actions: [reply: "{{ with.text }}"]
rules:
  - id: uses
    trigger: {event: comment.created}
    actions:
      - reply: Chào
      # the snippet
      - use: thanks   # it thanks
        with: {text: "Chào {{ event.actor.name }}", after: 5h}
      - follow_up:
          after: 2h
          actions:
            - use: remind
            # both
            - {use: remind, with: {text: Hai}}
  - id: other
    trigger: {event: comment.created}
    actions: [use: remind]
"""
FILES["splits"] = """\
rules:
  - id: shared
    trigger: {event: message.received}
    conditions:
      # who is new
      - contact.state.assignee == null   # nobody yet
      - "arm(event.actor.id, 'greeting', {short: `70`, long: '30'}) == 'short'"   # most
    actions:
      - remember:
          # whose
          assignee: "{{ event.actor.id | arm('staff', ['lan', 'mai']) }}"
          tags: {add: ["{{ event.actor.id | arm('staff', ['lan', 'mai']) }}"]}
      - log: |   # lines
          for {{ event.actor.id | arm('staff', ['lan', 'mai']) }}
          of us
      - reply: Hi
        if: event.text && arm(event.actor.id, 'order', ['a', 'b']) == 'b'   # half
"""
CHOICES = Choices(
    actions=builtin_actions(),
    events={"demo-page": ["comment.created", "message.received"], "demo-oa": ["message.received"]},
    can_send={"demo-page": ["reply", "private_reply", "message", "hide"], "demo-oa": ["message"]},
    zone="Asia/Ho_Chi_Minh",
)
RULES = [(name, index) for name, text in FILES.items() for index in range(len(rules_in(text)))]
#: A field of a condition: the place of its list, its kind, and which of its kind it is.
_NAME = re.compile(
    r"(c[\d-]+\.)?(words|mode|exclude|from|until|posts|tagged|top_level|found|kind|expression|asks"
    r"|first_time|split|arm|pressed|command|came_by)(\d*)"
)
#: The place of an action: those before its last number, and whether that is one of a sequence.
_KEY = re.compile(r"(.*?)(n?)(\d+)")
AS_YAML = "as YAML"
VALUES = st.sampled_from(
    ["", "giá", "giá, bao nhiêu", "it's: #1", "Chào {{ event.actor.name }}", "two\nlines", "20h",
     "1", "08:00", "[x]", "null", '"', "contains", "event.actor.id", "*", "any", "all", "not"]
)  # fmt: skip


def form_of(text: str, index: int) -> RuleForm:
    return rule_form(text, index, CHOICES)


def values_of(form: RuleForm) -> dict[str, str]:
    """What a browser sends."""
    fields, rows = form.fields(), [one for one in form.fields() if one.kind == "rows"]
    return {one.name: one.value for one in fields if one.kind != "rows"} | {
        f"{one.name}.{part}{number}": cell
        for one in rows
        for number, row in enumerate(one.rows, 1)
        for part, cell in zip(("name", "value"), row, strict=True)
    }


def comments(text: str) -> list[str]:
    return re.findall(r"^ *#.*$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("defaults: {pause_on: {human_reply: 12h}}\n", True),
        ("include: _shared.yaml\n", True),
        ("vars: {a: 1}\n", False),
    ],
)
def test_a_form_knows_whether_empty_fields_may_have_defaults(text: str, expected: bool) -> None:
    form = form_of(text + FILES["weekly"], 0)

    assert form.may_have_defaults is expected


@pytest.mark.parametrize(("name", "index"), RULES)
def test_a_form_that_nobody_changed_changes_no_byte(name: str, index: int) -> None:
    form = form_of(FILES[name], index)

    assert len({one.name for one in form.fields()}) == len(form.fields())
    assert apply_fields(FILES[name], form.fields(), values_of(form)) == FILES[name]


@example(("messages", 3), [(20, '"'), (26, '"'), (31, "[x]"), (26, "it's: #1")])
@given(st.sampled_from(RULES), st.lists(st.tuples(st.integers(0, 500), VALUES), max_size=5))
def test_a_sequence_of_edits_leaves_all_other_rules_fields_and_comments(
    which: tuple[str, int], edits: list[tuple[int, str]]
) -> None:
    text, index = FILES[which[0]], which[1]
    for number, value in edits:
        form = form_of(text, index)
        one = form.fields()[number % len(form.fields())]
        after = edited(text, form, one, value)
        assert not parse_yaml("x.yaml", after).problems
        assert others(after, index) == others(text, index)
        if one.unit != AS_YAML:  # What is written anew as YAML has the comments that it is given.
            assert comments(after) == comments(text)
        kept = values_of(form_of(after, index))
        for name, seen in values_of(form).items():
            if (
                name != one.name
                and name in kept
                and not related(name, one.name, is_gone=not words_in(value))
            ):
                assert kept[name] == seen, (name, one.name)
        text = after


def others(text: str, index: int) -> list[Any]:
    return [rule for place, rule in enumerate(rules_in(text)) if place != index]


@example(("nested", 0), [1])
@given(st.sampled_from(RULES), st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_actions_that_change_places_take_their_bytes_along_and_come_back(
    which: tuple[str, int], picks: list[int]
) -> None:
    text, index = FILES[which[0]], which[1]
    form = form_of(text, index)
    keys = [action.key for beside, action in form.steps() if beside > 1]
    for pick in picks if keys else []:
        key = keys[pick % len(keys)]
        place, begin, last = _KEY.fullmatch(key).groups()  # type: ignore[union-attr]
        after = with_action_moved(text, form, key, up=False)
        count = next(beside for beside, action in form.steps() if action.key == key)
        if int(last) == count - 1:
            assert after == text
            continue
        assert sorted(after) == sorted(text)
        assert others(after, index) == others(text, index)
        assert sorted(comments(after)) == sorted(comments(text))
        back = f"{place}{begin}{int(last) + 1}"
        assert with_action_moved(after, form_of(after, index), back, up=True) == text


@given(st.sampled_from(RULES), st.data())
def test_groups_that_are_added_and_removed_leave_every_other_byte(
    which: tuple[str, int], data: st.DataObject
) -> None:
    text, index = FILES[which[0]], which[1]
    for _ in range(2):
        form = form_of(text, index)
        lists = list(lists_of(form.conditions))
        one = data.draw(st.sampled_from([each for each in lists if each.takes_groups]))
        more = with_group(text, form.conditions, f"any:{one.place.key}", str)
        assert comments(more) == comments(text)
        assert others(more, index) == others(text, index)
        grown = form_of(more, index)
        places = {each.place.indexes for each in lists_of(grown.conditions)}
        (added,) = places - {each.place.indexes for each in lists}
        assert added[:-1] == one.place.indexes
        gone = grown.fields("-".join(map(str, added)))
        assert apply_fields(more, gone, values_of(grown)) == text
        text = more


def lists_of(one: ConditionList) -> Iterator[ConditionList]:
    yield one
    for group in one.groups:
        yield from lists_of(group)


def edited(text: str, form: RuleForm, one: FormField, value: str) -> str:
    try:
        return apply_fields(text, form.fields(), {**values_of(form), one.name: value})
    except (SpliceError, UsageError):
        return text


def related(one: str, other: str, *, is_gone: bool) -> bool:
    """Fields that are written as one condition or one limit, or whose condition takes a place.

    A condition that is gone lets those behind it, and what is in them, move up.
    """
    if one.rpartition(".")[0] and one.rpartition(".")[0] == other.rpartition(".")[0]:
        return True
    # The parts of a split are in every text that names it.
    if {one, other} == {"state", "disabled.reason"} or "split." in (one[:6], other[:6]):
        return True
    if one.removesuffix(".*") == other.removesuffix(".*") or one.startswith(f"{other}."):
        return True  # A box to tick, and the same value as YAML; or a row of the field.
    if one in ("event", "connection") and other.startswith(
        ("absence.", "both.", "contacts.", "schedule.")
    ):
        return True  # The trigger is of another kind now, whose fields show these in another way.
    groups = ({"words", "mode", "exclude"}, {"from", "until"}, {"split", "arm"})
    found = [_NAME.fullmatch(name) for name in (one, other)]
    if not all(found):
        return any(one in group and other in group for group in groups)
    (where, name, number), (place, beside, count) = (match.groups() for match in found if match)
    is_one = (where, number) == (place, count)
    return is_gone or (is_one and any(name in group and beside in group for group in groups))


def set_(text: str, **given: str) -> str:
    form = form_of(text, 0)
    return apply_fields(text, form.fields(), {**values_of(form), **given})


ONCE, PAUSE = "limits.once.key", "pause_on.human_reply"
THROTTLE, PERIOD = "limits.throttle.limit", "limits.throttle.period"
DEBOUNCE, LONGEST = "limits.debounce.quiet", "limits.debounce.max_wait"
TEXT = """\
# Prices.
rules:
  - id: price   # the id
    trigger: {event: comment.created, connection: demo-page}
    conditions:
      - keywords(event.text, ['giá'])   # the word
      - event.parent == null
      - length(event.text) > `3`
    actions:
      - reply: 'Chào'   # short
      # then
      - follow_up:
          after: 2h
          actions: [{message: Còn quan tâm không ạ?}]
      - forward: {to: crm, body: {a: 1}}
    on_error:
      - log: failed
"""


def test_words_are_changed_in_their_place() -> None:
    assert set_(TEXT, words="giá, bao nhiêu") == TEXT.replace("['giá']", "['giá', 'bao nhiêu']")
    excluding = "\"keywords(event.text, ['giá'], {exclude: ['đánh giá']})\""
    assert set_(TEXT, exclude="đánh giá") == TEXT.replace(
        "keywords(event.text, ['giá'])", excluding
    )
    assert set_(TEXT, words="") == TEXT.replace(
        "      - keywords(event.text, ['giá'])   # the word\n", ""
    )


def test_a_condition_is_added_behind_the_others_and_taken_away() -> None:
    tagged = set_(TEXT, tagged=" khách  sỉ ")
    both = set_(TEXT, posts="1_2")

    assert "      - event.post.id == '1_2'\n    actions:" in both
    assert set_(both, posts="") == TEXT
    assert "      - contains(contact.tags, 'khách sỉ')\n    actions:" in tagged
    assert "contains(contact.tags, 'vip')" in set_(tagged, tagged="vip")
    assert set_(tagged, tagged="") == TEXT
    assert "between(now, '08:00', '23:59', 'Asia/Ho_Chi_Minh')" in set_(TEXT, **{"from": "08:00"})
    assert "event.parent" not in set_(TEXT, top_level="")
    assert "      - phones(event.text)\n    actions:" in (found := set_(TEXT, found="phones"))
    assert "      - links(event.text)\n    actions:" in set_(found, found="links")
    assert set_(found, found="") == TEXT


def test_newcomers_arms_of_a_split_and_pressed_buttons_are_chosen_in_fields() -> None:
    pressed = TEXT.replace("comment.created", "button.clicked")
    offered = {one.name for one in form_of(pressed, 0).conditions.more}
    assert {"first_time", "split", "pressed"} <= offered
    assert not {"command", "came_by", "posts"} & offered
    assert "pressed" not in {one.name for one in form_of(TEXT, 0).conditions.more}

    chosen = set_(pressed, first_time="1", split="greeting", pressed="ORDER")
    assert rules_in(chosen)[0]["conditions"][3:] == [
        "contact.last_inbound_at == null",
        "event.button.id == 'ORDER'",
        "arm(event.actor.id, 'greeting', ['a', 'b']) == 'a'",
    ]
    arms = {"split.greeting": "short:\nlong:"}
    other = set_(chosen, **arms, arm="b", first_time="", pressed="")
    assert rules_in(other)[0]["conditions"][3:] == [
        "arm(event.actor.id, 'greeting', ['short', 'long']) == 'long'"
    ]
    assert rules_in(set_(other, arm="short"))[0]["conditions"][3].endswith("== 'short'")
    assert set_(other, split="") == pressed


def test_a_second_tag_is_added_beside_the_first() -> None:
    one = set_(TEXT, tagged="vip")

    both = set_(one, tagged2="wholesale")

    assert rules_in(both)[0]["conditions"][3:] == [
        "contains(contact.tags, 'vip')",
        "contains(contact.tags, 'wholesale')",
    ]
    assert set_(both, tagged2="") == one


def test_conditions_are_rows_in_the_order_of_the_file() -> None:
    conditions = form_of(NESTED, 0).conditions
    group = conditions.groups[0]

    names = [row.fields[0].name if row.fields else "group" for row in conditions.rows]

    assert names == ["group", "group", "words"]
    assert [row.expression for row in group.rows[:3]] == rules_in(NESTED)[0]["conditions"][0][
        "any"
    ][:3]
    assert [one.value for one in (group.kind, group.groups[0].kind) if one] == ["any", "all"]


def test_the_conditions_of_a_group_are_changed_in_their_place() -> None:
    def changed(**given: str) -> str:
        form = form_of(NESTED, 0)
        names = {f"c{name}": value for name, value in given.items()}
        return apply_fields(NESTED, form.fields(), {**values_of(form), **names})

    assert changed(**{"0.words": "giá, bao nhiêu"}) == NESTED.replace(
        "['giá']", "['giá', 'bao nhiêu']"
    )
    assert changed(**{"0.kind": "all"}) == NESTED.replace("- any:", "- all:")
    assert changed(**{"0-3.kind": "not", "0-3.words": "ship"}) == NESTED.replace(
        "{all:", "{not:"
    ).replace("['ib']", "['ship']")
    # What is emptied goes, with a group that nothing is left of.
    both = changed(**{"0-3.top_level": "", "0-3.words": "", "1.from": ""})
    lines = NESTED.splitlines(keepends=True)
    assert both == "".join(line for line in lines if "{all:" not in line and "- not:" not in line)
    assert changed(**{"0.words": "", "0-3.words": "ship"}) == NESTED.replace(
        "          - keywords(event.text, ['giá'])   # the price\n", ""
    ).replace("['ib']", "['ship']")
    assert changed(**{"0.kind": "all", "0.expression0": "event.x"}) == NESTED.replace(
        "- any:", "- all:"
    ).replace("length(event.text) > `3`", "event.x")


def test_a_group_is_begun_with_words_and_goes_at_a_press() -> None:
    grouped = with_group(TEXT, form_of(TEXT, 0).conditions, "any:", lambda _: "giá, ib")

    conditions = at(data_of(grouped), ("rules", 0, "conditions"))
    assert conditions[3] == {"any": ["keywords(event.text, ['giá', 'ib'])"]}
    form = form_of(grouped, 0)
    assert apply_fields(grouped, form.fields("3"), values_of(form)) == TEXT
    # Even if what stands before it is emptied in the same moment.
    given = {**values_of(form), "words": "", "c3.words": ""}
    without_words = set_(TEXT, words="")
    assert apply_fields(grouped, form.fields("3"), given) == without_words
    with pytest.raises(UsageError):
        with_group(TEXT, form_of(TEXT, 0).conditions, "any:7", str)


def test_groups_beyond_what_a_form_can_hold_are_yaml() -> None:
    deep: Any = "event.parent == null"
    for _ in range(6):
        deep = {"any": [deep]}
    many = put(TEXT, ("rules", 0, "conditions"), [deep, *({"not": ["event.x"]} for _ in range(30))])

    lists = list(lists_of(form_of(many, 0).conditions))

    assert max(len(one.place.indexes) for one in lists) == 3
    assert len(lists) == 21
    rows = form_of(many, 0).conditions.rows
    assert sum(field.name.startswith("expression") for row in rows for field in row.fields) == 13


def test_an_action_takes_the_comments_above_and_beside_it_along() -> None:
    first = "      - reply: Chào   # first\n"
    second = "      # the second\n      - log: |\n          two\n          lines\n"

    swapped = NESTED.replace(first + second, second + first)
    assert with_action_moved(NESTED, form_of(NESTED, 0), "1", up=True) == swapped
    inner = with_action_moved(NESTED, form_of(NESTED, 0), "2-0", up=False)
    one, two = (
        "            - message: Một   # one\n",
        "            # two\n            - message: Hai\n",
    )
    assert inner == NESTED.replace(one + two, two + one)


def test_a_follow_up_that_an_answer_makes_unnecessary_is_a_box_to_tick() -> None:
    box = next(one for one in form_of(NESTED, 0).steps() if one[1].action == "follow_up")[1]
    (field,) = [one for one in box.fields if one.name.endswith("cancel_on")]
    path = ("rules", 0, "actions", 2, "follow_up", "cancel_on")

    ticked = field.edit(NESTED, "1")
    (again,) = [
        one
        for _, action in form_of(ticked, 0).steps()
        for one in action.fields
        if one.name.endswith("cancel_on")
    ]
    other = ticked.replace("message.received", "comment.created", 1)
    written_by_hand = next(one for _, one in form_of(other, 0).steps() if one.action == "follow_up")

    assert (field.kind, field.value, again.value) == ("check", "", "1")
    assert at(data_of(ticked), path) == {"event": "message.received"}
    assert again.edit(ticked, "") == NESTED
    # Another event than an answer is written as YAML, also where nothing is ticked yet.
    (yaml,) = [one for one in written_by_hand.fields if "cancel_on" in one.name]
    assert (yaml.kind, yaml.value, yaml.is_more) == ("text", "event: comment.created", False)
    (more,) = [one for one in box.fields if one.name.endswith("cancel_on.*")]
    assert at(data_of(more.edit(NESTED, "event: order.paid")), path) == {"event": "order.paid"}


def test_what_a_person_approves_is_a_box_to_tick_beside_what_sends_something() -> None:
    def box(text: str) -> FormField:
        fields = form_of(text, 0).actions[0].fields
        return next(one for one in fields if one.name.endswith(".approve"))

    ticked = box(NESTED).edit(NESTED, "1")
    timed = ticked.replace("approve: true", "approve: {within: 2h}")
    log = form_of(NESTED, 0).actions[1]

    assert (box(NESTED).value, box(ticked).value) == ("", "1")
    assert at(data_of(ticked), ("rules", 0, "actions", 0, "approve")) is True
    assert box(ticked).edit(ticked, "") == NESTED
    # A time has a field of its own, also beside the box.
    first = form_of(timed, 0).actions[0]
    assert not any(one.name.endswith(".approve") for one in (*first.fields, *log.fields))
    within = {one.name: one for one in first.fields}["s0-0.approve.within"]
    assert (within.value, within.edit(timed, "")) == ("2h", NESTED)
    assert "approve: {within: 2h}" in set_(ticked, **{"s0-0.approve.within": "2h"}).replace(
        "\n        ", " "
    )


def test_a_text_in_short_and_one_inside_a_follow_up_are_changed() -> None:
    form = form_of(TEXT, 0)
    reply, later = form.actions[0].fields[0], form.actions[1].inner[0].fields[0]

    assert set_(TEXT, **{reply.name: "Dạ: chào"}) == TEXT.replace("'Chào'", "'Dạ: chào'")
    assert set_(TEXT, **{later.name: "Còn không?"}) == TEXT.replace(
        "Còn quan tâm không ạ?", "Còn không?"
    )
    (with_answers,) = [
        one for one in form.actions[1].inner[0].fields if one.name.endswith("quick_replies")
    ]
    assert not with_answers.is_more
    changed = data_of(set_(TEXT, **{with_answers.name: "Có\nKhông"}))
    assert at(changed, ("rules", 0, "actions", 1, "follow_up", "actions", 0, "message")) == {
        "text": "Còn quan tâm không ạ?",
        "quick_replies": ["Có", "Không"],
    }


def test_buttons_are_lines_of_a_form() -> None:
    fields = form_of(TEXT, 0).actions[1].inner[0].fields
    (buttons,) = [field.name for field in fields if field.name.endswith("buttons")]

    with_two = set_(TEXT, **{buttons: "Xem | https://shop.example/ao\nĐặt {{ 1 | money }} | order"})

    place = ("rules", 0, "actions", 1, "follow_up", "actions", 0, "message")
    assert at(data_of(with_two), place)["buttons"] == [
        {"text": "Xem", "url": "https://shop.example/ao"},
        {"text": "Đặt {{ 1 | money }}", "payload": "order"},
    ]
    assert values_of(form_of(with_two, 0))[buttons].startswith("Xem | https://")
    unnamed = set_(TEXT, **{buttons: "Xem"})
    assert at(data_of(unnamed), place)["buttons"] == [{"text": "Xem"}]
    assert "buttons" not in set_(with_two, **{buttons: ""})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20s - 90s", {"between": ["20s", "90s"]}),
        ("20s – 90s", {"between": ["20s", "90s"]}),
        ("3h", "3h"),
        ("{{ vars.wait }}", "{{ vars.wait }}"),
    ],
)
def test_a_wait_is_one_time_or_drawn_between_two(written: str, meant: object) -> None:
    (wait,) = [name for name, value in values_of(form_of(TEXT, 0)).items() if value == "2h"]

    changed = set_(TEXT, **{wait: written})

    place = ("rules", 0, "actions", 1, "follow_up", "after")
    assert at(data_of(changed), place) == meant
    assert values_of(form_of(changed, 0))[wait] == written.replace("–", "-")
    assert at(data_of(set_(changed, **{wait: "2h"})), place) == "2h"


def test_a_wait_that_a_line_cannot_say_is_written_as_yaml() -> None:
    text = TEXT.replace("after: 2h", "after: {between: [20s, 1m, 2m]}")

    assert values_of(form_of(text, 0))["a0-1.after"] == "between: [20s, 1m, 2m]"
    assert set_(text, **{"a0-1.after": "2h"}) == TEXT


@pytest.mark.parametrize(
    "buttons", ['[{text: Xem, url: "{{ vars.address }}"}]', "[Xem]", "{text: Xem}"]
)
def test_buttons_that_lines_cannot_say_are_written_as_yaml(buttons: str) -> None:
    text = TEXT.replace("reply: 'Chào'", f"reply: {{text: Chào, buttons: {buttons}}}")

    (field,) = [one for one in form_of(text, 0).fields() if one.name == "a0-0.buttons"]
    assert (field.kind, data_of(field.value)) == ("text", data_of(buttons))


@pytest.mark.parametrize("inputs", ["{text: Chào}", "{one_of: [Chào, Xin chào]}"])
def test_an_action_stays_while_its_only_text_is_written_anew(inputs: str) -> None:
    text = TEXT.replace("reply: 'Chào'", f"reply: {inputs}")
    (one,) = [name for name, value in values_of(form_of(text, 0)).items() if "Chào" in value]

    emptied = set_(text, **{one: ""})

    assert comments(emptied) == comments(text)
    assert len(at(data_of(emptied), ("rules", 0, "actions"))) == 3
    assert values_of(form_of(set_(emptied, **{one: "Dạ"}), 0))[one] == "Dạ"


def test_limits_are_set_and_taken_away_again() -> None:
    once = set_(TEXT, **{ONCE: "event.actor.id"})

    assert at(data_of(once), ("rules", 0, "limits", "once")) == {"key": "event.actor.id"}
    assert "period: 7d" in set_(once, **{"limits.once.period": "7d"})
    assert set_(once, **{ONCE: ""}) == TEXT
    paused = set_(TEXT, **{PAUSE: "12h"})
    assert at(data_of(paused), ("rules", 0, "pause_on")) == {"human_reply": "12h"}
    assert set_(paused, **{PAUSE: ""}) == TEXT


def test_a_limit_of_several_parts_is_begun_by_one_of_them_and_goes_with_it() -> None:
    throttled = set_(TEXT, **{THROTTLE: "3"})
    limits = at(data_of(throttled), ("rules", 0, "limits"))
    assert limits == {"throttle": {"key": "event.actor.id", "period": "1h", "limit": 3}}
    assert "period: 2h" in set_(throttled, **{PERIOD: "2h"})
    assert set_(throttled, **{PERIOD: ""}) == throttled
    assert set_(throttled, **{THROTTLE: ""}) == TEXT

    quiet = set_(TEXT, **{DEBOUNCE: "30s"})
    limits = at(data_of(quiet), ("rules", 0, "limits"))
    assert limits == {"debounce": {"key": "event.actor.id", "max_wait": "5m", "quiet": "30s"}}
    assert "max_wait: 10m" in set_(quiet, **{LONGEST: "10m"})
    assert set_(quiet, **{DEBOUNCE: ""}) == TEXT


def test_the_further_values_of_a_limit_are_seen_before_there_is_one() -> None:
    fields = {one.name: one.value for one in form_of(TEXT, 0).limits}
    assert (fields[PERIOD], fields[LONGEST]) == ("1h", "5m")

    daily = set_(TEXT, **{THROTTLE: "5", PERIOD: "1d"})
    limits = at(data_of(daily), ("rules", 0, "limits"))

    assert limits == {"throttle": {"key": "event.actor.id", "period": "1d", "limit": 5}}
    assert set_(TEXT, **{THROTTLE: "", PERIOD: "1h", LONGEST: "5m"}) == TEXT


def test_a_text_can_have_the_values_of_its_event_its_vars_and_its_questions() -> None:
    text = """\
vars: {hotline: 0901}
rules:
  - id: ask
    vars: {price: 250}
    trigger: {event: message.received, connection: page}
    actions:
      - id: size
        ask: {text: "Size?", expect: text}
      - message: "Ok"
"""
    assert list(form_of(text, 0).values) == [
        ("the person's name", "{{ event.actor.name | default('') }}"),
        ("what was written", "{{ event.text | default('') }}"),
        ("hotline", "{{ vars.hotline }}"),
        ("price", "{{ vars.price }}"),
        ("size", "{{ steps.size.output.value }}"),
    ]
    by_time = text.replace("event: message.received, connection: page", "schedule: {every: 1h}")
    assert form_of(by_time, 0).values[0] == ("hotline", "{{ vars.hotline }}")


def test_a_rule_is_told_to_watch_to_rest_and_to_act() -> None:
    watching = set_(TEXT, state="shadow")
    paused = TEXT.replace(
        "    trigger", "    enabled: false\n    disabled_reason: sale\n    trigger", 1
    )
    resting = set_(watching, state="off")
    states = [
        next(one.value for one in form_of(text, 0).head if one.name == "state")
        for text in (TEXT, watching, resting, paused)
    ]

    assert states == ["live", "shadow", "off", "off"]
    assert at(data_of(watching), ("rules", 0, "mode")) == "shadow"
    assert set_(resting, state="live") == TEXT
    assert set_(paused, state="live") == TEXT


def test_a_limit_with_a_key_of_its_own_is_changed_in_its_place() -> None:
    own = TEXT.replace(
        "    actions:\n      - reply",
        "    limits: {throttle: {key: event.post.id, limit: 2, period: 1h}}\n"
        "    actions:\n      - reply",
    )

    assert values_of(form_of(own, 0))["limits.throttle.key"] == "event.post.id"
    assert "key: event.post.id, limit: 5" in set_(own, **{THROTTLE: "5"})
    changed = set_(own, **{"limits.throttle.key": "event.text"})
    assert changed == own.replace("event.post.id, limit", "event.text, limit")


@pytest.mark.parametrize(("name", "index"), RULES)
def test_one_more_rule_leaves_every_byte_of_the_others(name: str, index: int) -> None:
    text = FILES[name]
    more = with_rule(text, form_of(text, index), "one-more", str, CHOICES)
    rules = rules_in(more)

    assert rules[:-1] == rules_in(text)
    assert rules[-1]["id"] == "one-more"
    assert comments(more) == comments(text)
    assert without_rule(more, "one-more") == text
    assert len({one.name for one in form_of(more, len(rules) - 1).fields()}) > 4


def test_a_condition_of_another_kind_is_an_expression_that_is_changed_in_its_place() -> None:
    assert values_of(form_of(TEXT, 0))["expression0"] == "length(event.text) > `3`"
    assert set_(TEXT, expression0="length(event.text) > `9`") == TEXT.replace("`3`", "`9`")
    line = "      - length(event.text) > `3`\n"
    assert set_(TEXT, expression0="") == TEXT.replace(line, "")
    more = set_(TEXT, expression="event.x")
    assert more == TEXT.replace(line, f"{line}      - event.x\n")
    # Also if those before it go in the same moment.
    fewer = set_(more, words="", top_level="", expression0="", expression1="event.y")
    assert at(data_of(fewer), ("rules", 0, "conditions")) == ["event.y"]
    named = TEXT.replace("length(event.text) > `3`", "{name: Long, expr: event.x}")
    assert values_of(form_of(named, 0))["expression0"] == "name: Long\nexpr: event.x"
    changed = set_(named, expression0="name: Long\nexpr: event.y")
    assert changed == named.replace("event.x", "event.y")


def test_what_an_action_remembers_and_when_is_shown_with_its_words() -> None:
    text = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - remember: {asked_price_at: "{{ now }}", tags: {add: [x]}}   # for later
        if: contact.state.asked_price_at == null
      - forward:
          to: crm
          body: {a: 1}
"""

    first, second = (action for _, action in form_of(text, 0).steps())
    shown = {
        one.name: one.value for one in (*first.all_fields, *second.all_fields) if not one.is_more
    }

    assert shown["a0-0.remember.*"] == 'asked_price_at: "{{ now }}"'
    assert shown["s0-0.if.expression0"] == "contact.state.asked_price_at == null"
    assert shown["a0-1.body"] == "a: 1"
    more = set_(text, **{"a0-0.remember.*": 'asked_price_at: "{{ now }}"\nsize: L'})
    assert at(data_of(more), ("rules", 0, "actions", 0, "remember")) == {
        "asked_price_at": "{{ now }}", "tags": {"add": ["x"]}, "size": "L"}  # fmt: skip
    assert comments(more) == comments(text)


def test_an_unknown_choice_changes_nothing() -> None:
    assert set_(TEXT, connection="not-mine", event="a\nb: c", **{ONCE: "x"}) == TEXT


KNOWN = replace(CHOICES, receivers=["ops"], targets=["crm"], texts=["shop"], speaking=["demo-page"])


def test_every_action_can_be_added_to_a_rule_about_comments_and_taken_out_again() -> None:
    form = form_of(TEXT, 0)
    assert addable(form, KNOWN) == list(builtin_actions())
    for name in addable(form, KNOWN):
        more = with_action(TEXT, form, name, str, KNOWN)
        assert len(form_of(more, 0).actions) == 4
        assert without_action(more, form_of(more, 0), "3") == TEXT
    for unknown in ("write", "?", ""):
        with pytest.raises(UsageError):
            with_action(TEXT, form, unknown, str, KNOWN)
    alone = TEXT[: TEXT.index("      # then")]
    with pytest.raises(UsageError):
        without_action(alone, form_of(alone, 0), "0")
    with pytest.raises(UsageError):
        without_action(TEXT, form, "7")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_an_action_that_was_added_is_right_as_it_is_in_every_language(language: str) -> None:
    form, say = form_of(TEXT, 0), Translator(language)
    for name, action in builtin_actions().items():
        more = with_action(TEXT, form, name, say, KNOWN)
        inputs = rules_in(more)[0]["actions"][3][name]
        given = inputs if isinstance(inputs, dict) else {action.shorthand: inputs}
        action.inputs_model.model_validate(given)


def test_an_action_of_a_plugin_is_offered_with_its_own_example() -> None:
    class Parcel(Log):
        name = "book_parcel"
        example: ClassVar[Mapping[str, Any]] = {"text": "{{ event.text }}", "level": "warning"}

    known = replace(CHOICES, actions={**CHOICES.actions, "book_parcel": Parcel()})

    assert addable(form_of(TEXT, 0), known)[-1] == "book_parcel"
    more = with_action(TEXT, form_of(TEXT, 0), "book_parcel", str, known)
    assert rules_in(more)[0]["actions"][3] == {"book_parcel": Parcel.example}


def test_what_one_rule_raises_and_plans_another_rule_can_listen_to_and_cancel() -> None:
    raised = with_action(TEXT, form_of(TEXT, 0), "emit", str, CHOICES)
    other = with_rule(raised, form_of(raised, 0), "other", str, CHOICES)
    last = len(rules_in(other)) - 1
    event = next(one for one in form_of(other, last).fields() if one.name == "event")
    assert dict(event.choices)["complaint.received"] == "complaint.received"
    heard = apply_fields(other, [event], {"event": "complaint.received"})
    assert rules_in(heard)[last]["trigger"]["event"] == "complaint.received"

    more = with_action(heard, form_of(heard, last), "cancel_follow_ups", str, CHOICES)
    (rule,) = (one for one in form_of(more, last).fields() if one.name == f"a{last}-1.rule")
    with_follow_ups = rules_in(TEXT)[0]["id"]
    assert dict(rule.choices) == {"": "every rule", with_follow_ups: with_follow_ups}
    assert rules_in(more)[last]["actions"][1] == {"cancel_follow_ups": {}}
    chosen = apply_fields(more, [rule], {rule.name: with_follow_ups})
    assert rules_in(chosen)[last]["actions"][1] == {"cancel_follow_ups": {"rule": with_follow_ups}}


def test_a_notice_is_offered_where_somebody_can_be_told_and_names_who() -> None:
    form = form_of(TEXT, 0)
    known = replace(CHOICES, receivers=["boss", "ops"])
    assert "notify" not in addable(form, CHOICES)
    assert "notify" in addable(form, known)

    more = with_action(TEXT, form, "notify", str, known)
    fields = {one.name.rsplit(".")[-1]: one for one in rule_form(more, 0, known).actions[3].fields}

    assert fields["to"].value == "boss"
    assert fields["to"].choices == (("boss", "boss"), ("ops", "ops"))
    assert apply_fields(more, [fields["to"]], {fields["to"].name: "ops"}) == more.replace(
        "to: boss", "to: ops"
    )


def test_what_a_step_can_have_beside_its_action_is_in_parts_of_its_own() -> None:
    reply = form_of(TEXT, 0).actions[0]
    parts = {
        part: [one.name.partition(".")[2] for one in reply.of_section(part) if one.is_more]
        for part in ("", "if", "approving", "failing", "about")
    }

    assert reply.action == "reply"
    assert parts[""] == ["one_of", "attachments", "quick_replies", "buttons", "mention"]
    assert parts["if"] == []
    assert reply.condition
    assert reply.condition.rows == []
    assert parts["approving"] == ["approve.within", "approve.otherwise"]
    assert {"retry.max_attempts", "timeout", "on_unknown"} < {*parts["failing"]}
    assert parts["about"] == ["id", "name"]
    assert sum(map(len, parts.values())) == sum(one.is_more for one in reply.fields)


STEP = """\
rules:
  - id: one
    trigger: {event: message.received}
    actions:
      - message: Chào   # first
        if: contains(contact.tags, 'vip')   # only them
      - log: x
"""


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        ("contains(contact.tags, 'vip')", {"tagged": "b2b"}, "contains(contact.tags, 'b2b')"),
        ("contains(contact.tags, 'vip')", {"tagged": ""}, None),
        ("phones(event.text)", {"found": "emails"}, "emails(event.text)"),
        (
            "contains(contact.tags, 'vip')",
            {"found": "phones"},
            "contains(contact.tags, 'vip') && phones(event.text)",
        ),
        ("a.b == `1`", {"tagged": "vip"}, "a.b == `1` && contains(contact.tags, 'vip')"),
        ("a  ||  b", {"tagged": "vip"}, "(a  ||  b) && contains(contact.tags, 'vip')"),
        ("(a || b) && c", {"expression1": ""}, "(a || b)"),
        ("a && b || c", {"expression0": "d || e"}, "d || e"),
        ("f('&& x') && [a && b][0] && c", {"expression2": ""}, "f('&& x') && [a && b][0]"),
        ("a[?b && c] && d", {"expression1": "e"}, "a[?b && c] && e"),
        (None, {"first_time": "1"}, "contact.last_inbound_at == null"),
        (None, {"expression": "a || b"}, "a || b"),
    ],
)
def test_the_condition_of_a_step_is_changed_by_the_fields_of_a_rules_conditions(
    before: str | None, given: Mapping[str, str], after: str | None
) -> None:
    path = ("rules", 0, "actions", 0, "if")
    text = put(STEP, path, before) if before else remove(STEP, path)
    named = {f"s0-0.if.{name}": value for name, value in given.items()}

    changed = set_(text, **named)

    assert at(data_of(changed), path) == after
    back = put(changed, path, before) if before and after else changed
    assert back == text if before and after else data_of(back)["rules"][0]["actions"][1]


def test_what_is_no_condition_of_a_step_stays_as_it_is() -> None:
    text = STEP.replace("contains(contact.tags, 'vip')", "[a, b]")
    form = form_of(text, 0)

    assert form.actions[0].condition is None
    assert values_of(form)["s0-0.if"] == "- a\n- b"
    assert apply_fields(text, form.fields(), values_of(form)) == text


def test_only_what_the_connection_can_do_is_offered() -> None:
    assert "private_reply" in addable(form_of(TEXT, 0), CHOICES)
    message = TEXT.replace("comment.created", "message.received").replace("demo-page", "demo-oa")
    assert addable(form_of(message, 0), CHOICES) == [
        "message",
        "ask",
        "follow_up",
        "cancel_follow_ups",
        "remember",
        "emit",
        "request",
        "set",
        "log",
    ]


def test_a_message_of_orders_is_offered_through_a_connection_that_can_send_it() -> None:
    text = TEXT.replace("comment.created", "order.paid").replace("demo-page", "orders")
    known = replace(CHOICES, can_send={**CHOICES.can_send, "orders": []}, speaking=["demo-page"])
    form = rule_form(text, 0, known)
    assert speaker(form, known) == "demo-page"
    others = ["cancel_follow_ups", "remember", "emit", "request", "set", "log"]
    assert addable(form, known) == ["message", *others]
    assert speaker(form, replace(known, speaking=[])) == ""
    assert speaker(rule_form(TEXT, 0, known), known) == ""

    more = with_action(text, form, "message", str, known)
    fields = {one.name.rsplit(".")[-1]: one for one in rule_form(more, 0, known).actions[3].fields}

    assert fields["via"].value == "demo-page"
    assert fields["via"].choices == (("", "–"), ("demo-page", "demo-page"))
    assert fields["to"].value == "{{ event.data.psid }}"


def test_the_days_the_time_and_the_people_of_a_schedule_are_fields() -> None:
    text = FILES["weekly"]
    fields = {one.name: one for one in form_of(text, 0).trigger.fields}

    assert [fields[name].value for name in ("event", "days", "time", "contacts.tag")] == [
        "schedule.contact", "* * sat", "09:00", "vip"]  # fmt: skip
    assert fields["schedule.timezone"].value == "Asia/Ho_Chi_Minh"
    given = {"days": "* * mon-fri", "time": "18:30", "contacts.tag": "", "contacts.most": "500"}
    assert set_(text, **given) == text.replace('"0 9 * * 6"', '"30 18 * * mon-fri"').replace(
        "tag: vip", "most: 500"
    )
    assert set_(text, time="", days="x") == text


@pytest.mark.parametrize(
    ("index", "name", "value", "new"),
    [(1, "schedule.every", "15m", "2h"), (2, "cron", "*/5 8-17 * * *", "0 8 * * 1-5")],
)
def test_times_that_are_not_usual_are_a_line(index: int, name: str, value: str, new: str) -> None:
    text = FILES["weekly"]
    form = form_of(text, index)

    assert values_of(form)[name] == value
    changed = apply_fields(text, form.fields(), {**values_of(form), name: new})
    assert changed == text.replace(value, new)
    assert apply_fields(text, form.fields(), {**values_of(form), name: ""}) == text


def test_a_rule_becomes_one_that_speaks_to_many_and_comes_back() -> None:
    known = replace(CHOICES, speaking=["demo-oa", "demo-page"])
    form = rule_form(TEXT, 0, known)
    given = {**values_of(form), "event": "schedule.contact"}
    many = apply_fields(TEXT, form.fields(), given)
    rule = rules_in(many)[0]

    assert rule["trigger"] == {
        "schedule": {"cron": "0 9 * * *"},
        "contacts": {"connection": "demo-page"},
    }
    assert rule["actions"][0] == {"message": "Chào"}
    # Nobody has written words that could be looked for.
    assert rule["conditions"] == rules_in(TEXT)[0]["conditions"][1:]
    form = rule_form(many, 0, known)
    assert addable(form, known) == [
        "message",
        "ask",
        "follow_up",
        "cancel_follow_ups",
        "remember",
        "emit",
        "request",
        "set",
        "log",
    ]
    nobody = apply_fields(many, form.fields(), {**values_of(form), "event": "schedule.fired"})
    form = rule_form(nobody, 0, known)
    assert rules_in(nobody)[0]["trigger"] == {"schedule": {"cron": "0 9 * * *"}}
    assert addable(form, known) == ["emit", "request", "set", "log"]
    back = apply_fields(nobody, form.fields(), {**values_of(form), "event": "message.received"})
    assert rules_in(back)[0]["trigger"] == {"event": "message.received"}


def test_nobody_is_offered_a_schedule_for_people_whom_nobody_can_write_to() -> None:
    (event,) = (one for one in form_of(TEXT, 0).trigger.fields if one.name == "event")

    assert "schedule.fired" in dict(event.choices)
    assert "schedule.contact" not in dict(event.choices)


def test_a_rule_about_the_server_itself_listens_to_no_connection_that_people_choose() -> None:
    text = FILES["messages"]
    form = form_of(text, 0)
    event = next(one for one in form.fields() if one.name == "event")

    told = apply_fields(text, form.fields(), {**values_of(form), "event": "approval.waiting"})
    after = form_of(told, 0)

    assert {"connection.silent", "connection.rejecting"} <= dict(event.choices).keys()
    assert rules_in(told)[0]["trigger"] == {"event": "approval.waiting"}
    assert "connection" not in values_of(after)
    assert addable(after, replace(CHOICES, receivers=["owner"])) == [
        "notify",
        "emit",
        "request",
        "set",
        "log",
    ]
    back = apply_fields(told, after.fields(), {**values_of(after), "event": "message.received"})
    assert "connection" in values_of(form_of(back, 0))


def test_a_sequence_grows_step_by_step_and_each_step_is_changed_in_its_place() -> None:
    form = form_of(TEXT, 0)
    one = with_later(TEXT, form, "1", str, CHOICES)
    two = with_later(one, form_of(one, 0), "1", str, CHOICES)
    more = with_action(two, form_of(two, 0), "remember", str, CHOICES, "1-n1")
    inputs = rules_in(more)[0]["actions"][1]["follow_up"]

    assert [len(each["actions"]) for each in inputs["next"]] == [1, 2]
    assert not form_of(more, 0).actions[1].others
    changed = set_(more, **{"a0-1-n1.after": "1d", "a0-1-n0-0.text": "Còn hàng ạ"})
    follow_up = rules_in(changed)[0]["actions"][1]["follow_up"]
    assert follow_up["next"][1]["after"] == "1d"
    assert follow_up["next"][0]["actions"] == [{"message": "Còn hàng ạ"}]
    assert without_action(two, form_of(two, 0), "1-n1") == one
    assert without_action(one, form_of(one, 0), "1-n0") == TEXT
    for key in ("0", "1-0"):
        with pytest.raises(UsageError):
            with_later(TEXT, form, key, str, CHOICES)
        with pytest.raises(UsageError):
            with_action(TEXT, form, "log", str, CHOICES, key)


def test_there_is_no_form_for_what_cannot_be_read() -> None:
    for text, index in (("rules: {{ x }}", 0), (TEXT, 1), ("rules: [x]", 0), ("", 0)):
        with pytest.raises(NotFoundError):
            form_of(text, index)


def test_words_stand_between_commas_and_on_lines() -> None:
    assert words_in(" giá ,ib;\nbao  nhiêu,, ib") == ("giá", "ib", "bao nhiêu")


@pytest.mark.parametrize(
    ("active", "kind", "days"),
    [
        (
            '{days: mon-sat, times: "08:00-21:00"}',
            "hours",
            {"mon", "tue", "wed", "thu", "fri", "sat"},
        ),
        ("{days: [tue, wed]}", "hours", {"tue", "wed"}),
        ("open", "hours", set()),
        ("sun", "line", set()),
        ("[open, late]", "line", set()),
        ("{months: jan-mar}", "text", set()),
    ],
)
def test_times_are_boxes_and_clocks_where_these_can_say_them(
    active: str, kind: str, days: set[str]
) -> None:
    text = TEXT.replace("    trigger:", f"    active: {active}\n    trigger:")

    form = rule_form(text, 0, replace(CHOICES, intervals=["late", "open"]))

    (field,) = (one for one in form.fields() if one.name == "active")
    assert (field.kind, field.hours.days if kind == "hours" else set()) == (kind, days)
    sent = {**values_of(form), "active.from1": "", "active.until1": "", "active.named": field.value}
    sent |= {f"active.{day}": "1" for day in days}
    del sent["active"]
    for number, (first, last) in enumerate(field.hours.spans, 1):
        sent |= {f"active.from{number}": first, f"active.until{number}": last}
    assert kind != "hours" or apply_fields(text, form.fields(), sent) == text


def test_a_trigger_of_all_events_stays_a_trigger() -> None:
    written = TEXT.replace(
        "{event: comment.created, connection: demo-page}", "{event: comment.created}"
    )

    everything = set_(written, event="*")

    assert rules_in(everything)[0]["trigger"] == {"event": "*"}
    assert values_of(form_of(everything, 0))["event"] == "*"
    (event,) = (one for one in form_of(everything, 0).fields() if one.name == "event")
    assert [value for value, _ in event.choices].count("*") == 1
    back = set_(everything, event="comment.created")
    assert rules_in(back) == rules_in(written)
    elsewhere = written.replace("{event: comment.created}", "{connection: demo-oa}")
    assert set_(elsewhere, connection="*") == everything


@pytest.mark.parametrize("written", ["reply: 'Chào'   # short", "reply: {text: Chào}   # short"])
def test_texts_that_take_turns_are_fields_of_their_own(written: str) -> None:
    text = TEXT.replace("reply: 'Chào'   # short", written)
    one_of = ("rules", 0, "actions", 0, "reply", "one_of")

    two = set_(text, **{"a0-0.one_of": "Hai\nhai dòng"})
    three = set_(two, **{"a0-0.one_of2": "Ba"})

    assert at(data_of(two), one_of) == ["Chào", "Hai\nhai dòng"]
    assert at(data_of(three), one_of) == ["Chào", "Hai\nhai dòng", "Ba"]
    shown = values_of(form_of(three, 0))
    names = ["a0-0.text", "a0-0.one_of", "a0-0.one_of2", "a0-0.one_of3"]
    assert [shown[name] for name in names] == ["Chào", "Hai\nhai dòng", "Ba", ""]
    changed = set_(three, **{"a0-0.text": "Một", "a0-0.one_of": ""})
    assert at(data_of(changed), one_of) == ["Một", "Ba"]
    alone = set_(changed, **{"a0-0.text": ""})
    assert rules_in(alone)[0]["actions"][0]["reply"] == {"text": "Ba"}
    assert comments(alone) == comments(text)


def test_a_variant_that_goes_takes_its_comment_and_no_other() -> None:
    listed = """reply:
          one_of:
            - Một   # one
            - Hai   # two
            - Ba   # three
"""
    text = TEXT.replace("reply: 'Chào'   # short\n", listed)

    assert set_(text, **{"a0-0.one_of": ""}) == text.replace("            - Hai   # two\n", "")
    assert set_(text, **{"a0-0.one_of2": "Bốn"}) == text.replace("Ba ", "Bốn ")


@pytest.mark.parametrize("odd", ["{text: a, one_of: [b, c]}", "{one_of: x}", "{one_of: [1, 2]}"])
def test_texts_that_fields_cannot_hold_apart_stay_one_field(odd: str) -> None:
    text = TEXT.replace("'Chào'   # short", odd)

    names = [name for name in values_of(form_of(text, 0)) if name.startswith("a0-0.one_of")]

    assert names == ["a0-0.one_of"]


def test_pictures_are_addresses_on_lines() -> None:
    inputs = (
        "{text: Chào, attachments: [{type: video, url: https://x.vn/a}, {url: https://x.vn/b}]}"
    )
    text = TEXT.replace("'Chào'   # short", inputs)
    lines = values_of(form_of(text, 0))["a0-0.attachments"]

    assert lines == "video | https://x.vn/a\nhttps://x.vn/b"
    more = set_(text, **{"a0-0.attachments": f"{lines}\nhttps://x.vn/c"})
    assert at(data_of(more), ("rules", 0, "actions", 0, "reply", "attachments"))[1:] == [
        {"url": "https://x.vn/b"},
        {"url": "https://x.vn/c"},
    ]
    odd = text.replace("type: video, ", "type: video, name: x, ")
    assert "name: x" in values_of(form_of(odd, 0))["a0-0.attachments"]


def test_a_question_has_a_name_by_which_later_texts_have_its_answer() -> None:
    one = with_action(TEXT, form_of(TEXT, 0), "ask", str, CHOICES)
    two = with_action(one, form_of(one, 0), "ask", str, CHOICES)

    form = form_of(two, 0)

    asked = form.actions[3:]
    fields = [next(one for one in each.fields if one.name.endswith(".id")) for each in asked]
    assert [(field.value, field.is_more) for field in fields] == [
        ("answer", False),
        ("answer2", False),
    ]
    assert ("answer2", "{{ steps.answer2.output.value }}") in form.values


def test_a_target_to_forward_to_is_chosen_by_its_name() -> None:
    known = replace(CHOICES, targets=["crm", "sheet"])
    assert "forward" not in addable(form_of(TEXT, 0), CHOICES)
    assert "forward" in addable(form_of(TEXT, 0), known)

    form = rule_form(TEXT, 0, known)

    (target,) = (one for one in form.fields() if one.name == "a0-2.to")
    assert (target.value, dict(target.choices)) == ("crm", {"crm": "crm", "sheet": "sheet"})
    changed = apply_fields(TEXT, form.fields(), {**values_of(form), "a0-2.to": "sheet"})
    assert changed == TEXT.replace("to: crm", "to: sheet")
    elsewhere = TEXT.replace("to: crm", "to: https://crm.example/x")
    assert "https://crm.example/x" in values_of(rule_form(elsewhere, 0, known))["a0-2.to"]


def test_the_texts_to_answer_from_are_ticked() -> None:
    known = replace(CHOICES, texts=["prices", "shop"])
    assert "answer" not in addable(form_of(TEXT, 0), CHOICES)
    assert "answer" in addable(form_of(TEXT, 0), known)
    text = with_action(TEXT, rule_form(TEXT, 0, known), "answer", str, known)

    def ticked(text: str, *names: str) -> str:
        form = rule_form(text, 0, known)
        given = {f"a0-3.texts.{name}": "1" for name in ("ticks", *names)}
        return apply_fields(text, form.fields(), {**values_of(form), **given})

    (texts,) = [one for one in rule_form(text, 0, known).fields() if ".texts" in one.name]
    assert (texts.kind, texts.value, [*dict(texts.choices)]) == (
        "lines",
        "prices",
        ["prices", "shop"],
    )
    assert ticked(text, "prices") == text
    assert ticked(text, "shop") == text.replace("answer: prices", "answer: shop")
    both = ticked(text, "prices", "shop")
    assert both == text.replace("answer: prices", "answer: {texts: [prices, shop]}")
    # Texts that no file has, and their order, stay as they are written.
    other = both.replace("[prices, shop]", "[x, shop, prices]")
    assert ticked(other, "shop", "prices", "x") == other
    assert ticked(both, "shop") == both.replace("[prices, shop]", "[shop]")


def test_the_box_of_an_approval_is_ticked_where_a_person_decides_unless_told_otherwise() -> None:
    known = replace(CHOICES, texts=["shop"])
    text = with_action(TEXT, rule_form(TEXT, 0, known), "answer", str, known)

    def box(text: str) -> FormField:
        return next(it for it in rule_form(text, 0, known).fields() if it.name == "s0-3.approve")

    assert (box(text).kind, box(text).value) == ("check", "1")
    form = rule_form(text, 0, known)
    at_once = apply_fields(text, form.fields(), {**values_of(form), box(text).name: ""})
    assert "approve: false" in at_once
    assert (box(at_once).kind, box(at_once).value) == ("check", "")
    form = rule_form(at_once, 0, known)
    again = apply_fields(at_once, form.fields(), {**values_of(form), box(text).name: "1"})
    assert again == text


FACEBOOK, ZALO = FacebookProvider.policy.asking, ZaloProvider.policy.asking


def test_what_a_platform_asks_itself_is_chosen_and_filled_in_by_fields() -> None:
    known = replace(CHOICES, asking={"demo-page": FACEBOOK, "demo-oa": ZALO})
    page = TEXT.replace("comment.created", "message.received")
    oa = page.replace("demo-page", "demo-oa")
    assert "notification_messages" in addable(rule_form(page, 0, known), known)
    assert "request_user_info" not in addable(rule_form(page, 0, known), known)
    assert "request_user_info" in addable(rule_form(oa, 0, known), known)
    assert addable(rule_form(oa, 0, CHOICES), CHOICES)[-1] == "log"

    more = with_action(oa, rule_form(oa, 0, known), "request_user_info", str, known)

    form = rule_form(more, 0, known)
    step = form.actions[3]
    assert step.asking == ZALO["request_user_info"]
    place = "a0-3.template.elements.0."
    shown = {one.name: one.label for one in step.fields if one.name.startswith("a0-3.template")}
    assert shown == {
        f"{place}title": "Title",
        f"{place}subtitle": "Text",
        f"{place}image_url": "Address of the picture",
    }
    given = {**values_of(form), f"{place}title": "Giao hàng"}
    changed = apply_fields(more, form.fields(), given)
    assert changed == more.replace("title: Delivery", "title: Giao hàng")
    (message,) = (
        builtin_actions()["message"]
        .inputs_model.model_validate(rules_in(changed)[0]["actions"][3]["message"])
        .model_dump(include={"template"})
        .values()
    )
    assert message["template_type"] == "request_user_info"


@pytest.mark.parametrize(
    ("policy", "days"), [(FacebookProvider.policy, 1), (ZaloProvider.policy, 7)]
)
def test_the_limit_that_a_question_tells_is_the_limit_of_the_platform(
    policy: MessagingPolicy, days: int
) -> None:
    told = {1: "24 hours", 7: "7 days"}[days]

    assert policy.message_ms == days * DAY_MS
    assert all(told in asking.limits for asking in policy.asking.values())
    assert all(asking.template["template_type"] == kind for kind, asking in policy.asking.items())
