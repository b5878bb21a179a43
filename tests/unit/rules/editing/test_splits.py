"""The parts of a split are one field, and every `arm()` of the rule has the same parts."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.conditions import compile_expression
from automator.files import parse_yaml
from automator.model import UsageError
from automator.rules.editing.edits import data_of
from automator.rules.editing.fields import FormField, apply_fields, at
from automator.rules.editing.form import RuleForm, rule_form
from automator.rules.editing.notations import shown_rows
from automator.rules.editing.step_forms import Choices
from automator.rules.templates.template import compile_template

CHOICES = Choices(
    actions=builtin_actions(),
    events={"page": ["message.received"]},
    can_send={"page": ["reply", "message"]},
    zone="UTC",
)
TEXT = """\
# Who looks after whom.
rules:
  - id: one
    trigger: {event: message.received}
    conditions:
      - contact.state.assignee == null   # nobody yet
      - not: ["arm(contact.id, 'greeting', {short: `70`, long: '30'}) == 'long'"]   # most
    actions:
      - remember: {assignee: "{{ event.actor.id | arm('staff', ['lan', 'mai']) }}"}   # whose
      # told
      - log: |
          for {{ event.actor.id | arm('staff', ["lan", 'mai']) }}
          {% if event.actor.id | arm('staff', ['lan', 'mai']) == 'mai' %}today{% endif %}
      - reply: Hi
        if: "event.text && arm(event.actor.id, 'greeting', {short: `70`, long: '30'}) != 'long'"
  - id: other
    trigger: {event: message.received}
    actions: [log: "{{ event.actor.id | arm('staff', ['a', 'b']) }}"]
"""
NAMES = st.text(st.sampled_from("aBé '\"\\`[]{}(),:|#5"), min_size=1, max_size=6).filter(
    lambda name: name == " ".join(name.split())
)
SHARES = st.one_of(st.none(), st.integers(1, 99), st.just(2.5))


def form_of(text: str, index: int = 0) -> RuleForm:
    return rule_form(text, index, CHOICES)


def changed(text: str, **given: str) -> str:
    form = form_of(text)
    values = {one.name: one.value for one in form.fields() if f"{one.name}.name1" not in given}
    return apply_fields(text, form.fields(), {**values, **given})


def split(text: str, name: str) -> FormField:
    return next(one for one in form_of(text).splits if one.name == f"split.{name}")


def picked(name: str, *rows: tuple[str, str]) -> dict[str, str]:
    """What a browser sends for the rows of a split."""
    return {
        f"split.{name}.{part}{number}": value
        for number, row in enumerate(rows, 1)
        for part, value in zip(("name", "value"), row, strict=True)
    }


def arm(person: str, written: str) -> Any:
    """The part of a person, by an expression or by a placeholder."""
    data = {"event": {"actor": {"id": person}, "text": ""}, "contact": {"id": person}}
    if not written.startswith("{{"):
        return compile_expression(written).evaluate(data).value
    template, findings = compile_template(written, is_url=False)
    assert template is not None
    assert not [*findings]
    return template.render(data)


def test_a_split_has_one_field_with_its_parts_and_their_shares() -> None:
    greeting, staff = form_of(TEXT).splits

    assert greeting.rows == [("short", "70"), ("long", "30"), ("", "")]
    assert staff.rows == [("lan", ""), ("mai", ""), ("", "")]
    assert staff.label == "Staff who take turns"
    assert changed(TEXT) == TEXT
    assert changed(TEXT, **picked("staff", *staff.rows)) == TEXT


def test_another_name_is_written_wherever_the_rule_names_the_part() -> None:
    text = changed(TEXT, **picked("greeting", ("short", "50"), ("all", "50")))

    new = "{short: '50', all: '50'}"
    assert text == TEXT.replace("{short: `70`, long: '30'}", new).replace("'long'", "'all'")
    staff = changed(TEXT, **picked("staff", ("lan", ""), ("Mai Anh", ""), (" hoa ", "")))
    listed = "['lan', 'Mai Anh', 'hoa']"
    assert staff == TEXT.replace("['lan', 'mai']", listed).replace(
        """["lan", 'mai']""", listed
    ).replace("== 'mai'", "== 'Mai Anh'")
    # Another rule with the same parts has the same split; one with other parts stays as it is.
    assert "['a', 'b']" in staff
    both = TEXT.replace("['a', 'b']", "['lan', 'mai']")
    assert "['lan', 'mai']" not in changed(both, **picked("staff", ("lan", ""), ("hoa", "")))


def test_parts_that_stay_keep_their_names_when_one_goes() -> None:
    three = changed(TEXT, **picked("greeting", ("short", "1"), ("long", "1"), ("other", "")))
    assert "{short: '1', long: '1', other: '1'}" in three

    fewer = changed(three, **picked("greeting", ("", ""), ("long", "1"), ("other", "1")))

    assert fewer.count("{long: '1', other: '1'}) == 'long'") == 1
    assert changed(TEXT, **picked("greeting", ("", ""), ("", ""))) == TEXT


def test_a_new_condition_on_a_split_of_the_rule_has_its_parts() -> None:
    text = changed(TEXT, **{"c1.split2": "staff", "s0-2.if.split": "new"})

    assert "arm(event.actor.id, 'staff', ['lan', 'mai']) == 'lan'" in text
    assert "arm(event.actor.id, 'new', ['a', 'b']) == 'a'" in text


@pytest.mark.parametrize(
    "written",
    [
        "arm(event.actor.id, event.type, ['a', 'b'])",
        "arm(event.actor.id, 'x', ['a', 'a'])",
        "arm(event.actor.id, 'x', event.data)",
        "arm('x', ['a', 'b']",
        "{{ event.actor.id | arm('x', names) }}",
        "charm(event.actor.id, 'x', ['a', 'b'])",
    ],
)
def test_what_is_no_split_with_parts_has_no_field(written: str) -> None:
    text = TEXT.partition("    conditions")[0] + f"    actions:\n      - log: {written!r}\n"

    assert [*form_of(text).splits] == []


@given(
    st.dictionaries(NAMES, SHARES, min_size=2, max_size=4), st.sampled_from(["greeting", "staff"])
)
def test_every_place_divides_people_alike_and_keeps_its_comments(
    arms: dict[str, Any], name: str
) -> None:
    rows = shown_rows(arms)
    assert rows is not None
    text = changed(TEXT, **{f"split.{name}": rows})

    assert not parse_yaml("x.yaml", text).problems
    assert re.findall(r"#.*$", text, re.M)[:1] == ["# Who looks after whom."]
    for comment in ("# nobody yet", "# most", "# whose", "# told"):
        assert comment in text
    # One has a share, so each has.
    shares = {one: share or (1 if any(arms.values()) else None) for one, share in arms.items()}
    assert split(text, name).value == shown_rows(shares)
    assert changed(text) == text
    assert at(data_of(text), ("rules", 1)) == at(data_of(TEXT), ("rules", 1))
    rule = at(data_of(text), ("rules", 0))
    calls = {
        "greeting": [rule["conditions"][1]["not"][0], rule["actions"][2]["if"][14:]],
        "staff": [rule["actions"][0]["remember"]["assignee"]],
    }[name]
    calls = [call if call.startswith("{{") else re.sub(r" [!=]= .*", "", call) for call in calls]
    if name == "staff":
        calls.append(rule["actions"][1]["log"].partition("\n")[0].removeprefix("for "))
    found = [{person: arm(person, call) for person in map(str, range(9))} for call in calls]
    assert all(one == found[0] for one in found)
    assert {*found[0].values()} <= {*arms}


def test_parts_that_no_file_can_have_are_refused() -> None:
    with pytest.raises(UsageError):
        changed(TEXT, **{"split.greeting.name1": "a\x00", "split.greeting.value1": "1"})


def test_two_rows_with_one_name_are_refused_so_that_none_is_lost() -> None:
    rows = {"name1": "lan", "value1": "1", "name2": " lan ", "value2": "2"}

    with pytest.raises(UsageError, match="two rows have the name 'lan'"):
        changed(TEXT, **{f"split.greeting.{part}": value for part, value in rows.items()})


@pytest.mark.parametrize(
    "value", ["x\u202ey", "\ufeffx", "a\u2028b", "a\x85b", "\uffff", "x\t\U0001f600"]
)
def test_a_value_that_a_file_writes_as_an_escape_is_a_row_and_stays_one(value: str) -> None:
    escaped = value.encode("unicode_escape").decode()
    text = TEXT.replace("reply: Hi", f'set: {{size: "{escaped}", colour: red}}')
    (rows,) = (one for one in form_of(text).fields() if one.name.endswith(".set.*"))
    assert rows.rows[0] == ("size", value)

    (_, cell), (name, _), _ = rows.rows
    row = {"name1": "size", "value1": cell, "name2": name, "value2": "blue"}
    new = changed(text, **{f"{rows.name}.{part}": given for part, given in row.items()})

    assert not parse_yaml("", new).problems
    assert new == text.replace("red", "blue")


def test_a_name_that_is_too_long_for_a_line_keeps_no_form_from_being_shown() -> None:
    long = f'set:\n          ? "{"a" * 2_000}"\n          : 5'
    fields = form_of(TEXT.replace("reply: Hi", long)).fields()

    assert [one.rows for one in fields if one.kind == "rows"]
