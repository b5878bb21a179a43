"""Each key of a rule and each input of an action has a field, which changes nothing else."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from automator.actions import builtin_actions
from automator.configuration.values import InForm, StrictModel
from automator.files import Path, parse_yaml
from automator.files.editing import SpliceError
from automator.files.editing.stretches import block
from automator.model import UsageError
from automator.rules import load_rules
from automator.rules.editing.edits import data_of
from automator.rules.editing.fields import (
    FormField,
    apply_fields,
    at,
    model_in,
    plain_type,
)
from automator.rules.editing.form import RuleForm, rule_form
from automator.rules.editing.step_forms import Choices
from automator.rules.schema.arrival_sources import TestArrivalSource
from automator.rules.schema.rule_file import (
    RuleFileSource,
    RuleSource,
    StepSource,
    TriggerSource,
    UseSource,
)
from automator.rules.schema.rule_tests import ExpectSource, RuleTestSource, StepExpectation
from tests.support.rules import real_rule_context

ACTIONS = builtin_actions()
CHOICES = Choices(
    actions=ACTIONS,
    events={"page": ["comment.created"]},
    can_send={"page": ["reply", "message"]},
    samples={"page": {"facebook/comment.created": "Somebody comments."}},
    zone="UTC",
    speaking=["page"],
    receivers=["ops"],
)
#: Shown by fields that are made by hand.
BY_HAND = {"trigger", "conditions", "actions", "enabled", "mode", "name", "event", "connection"}
WORDS = st.sampled_from(["x", "a b", "2h", "#1", "{{ event.text }}", "it's: so", "5", "true", "–"])
ODD: st.SearchStrategy[Any] = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(-2, 99),
    st.just(1.5),
    st.lists(WORDS, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["a", "b"]), WORDS, min_size=1),
    st.just([{"a": ["x", {"b": 1}]}]),
)
GIVEN = st.one_of(WORDS, st.sampled_from(["", "1", "x\ny", "a: 1", "[1, {a: b}]", "a: [", "ops"]))


def keys_of(model: type[StrictModel]) -> Iterator[tuple[str, Any]]:
    for name, info in model.model_fields.items():
        yield info.alias or name, info


def values_for(info: Any) -> st.SearchStrategy[Any]:
    kind, inner = plain_type(info.annotation), model_in(info.annotation)
    if inner is not None:
        return st.one_of(data_for(inner), ODD)
    if get_origin(kind) is Literal:
        return st.one_of(st.sampled_from(get_args(kind)), ODD)
    return ODD


def data_for(model: type[StrictModel], skipped: frozenset[str] = frozenset()) -> Any:
    keys = {key: values_for(info) for key, info in keys_of(model) if key not in skipped}
    return st.fixed_dictionaries({}, optional=keys) if keys else st.just({})


@st.composite
def steps(draw: st.DrawFn) -> Any:
    name = draw(st.sampled_from(sorted(ACTIONS)))
    inputs = draw(st.one_of(data_for(ACTIONS[name].inputs_model), WORDS))
    if name in ("set", "remember") and isinstance(inputs, dict):
        inputs |= draw(st.dictionaries(st.sampled_from(["size", "colour"]), WORDS))
    return {**draw(data_for(StepSource)), name: inputs}


@st.composite
def rule_tests(draw: st.DrawFn) -> Any:
    test = draw(data_for(RuleTestSource, frozenset({"event", "expect"})))
    event = draw(data_for(TestArrivalSource))
    changes = st.dictionaries(st.sampled_from(["event.text", "event.data.x"]), WORDS)
    event |= draw(st.fixed_dictionaries({}, optional={"with": changes}))
    expect = draw(data_for(ExpectSource))
    steps = st.lists(st.one_of(data_for(StepExpectation), WORDS), max_size=3)
    expect |= draw(st.fixed_dictionaries({}, optional={"actions": steps}))
    result = draw(st.sampled_from([expect, "no_match", "matched"]))
    return {**test, "event": draw(st.sampled_from([event, event, "x"])), "expect": result}


@st.composite
def files(draw: st.DrawFn) -> str:
    """A rule file, with a comment above some of its lines."""
    rule = draw(data_for(RuleSource, frozenset({"trigger", "conditions", "actions", "id"})))
    trigger = draw(data_for(TriggerSource))
    if draw(st.booleans()):
        rule["tests"] = draw(st.lists(rule_tests(), min_size=1, max_size=2))
    rule["conditions"] = draw(st.lists(ODD, max_size=3))
    rule = {"id": "one", **rule, "trigger": trigger, "actions": draw(st.lists(steps(), min_size=1))}
    other = {"id": "other", "trigger": {"event": "x"}, "actions": [{"log": "x"}]}
    lines = block({"rules": [rule, other]}, "").splitlines()
    commented = draw(st.sets(st.integers(0, len(lines) - 1)))
    found = []
    for number, line in enumerate(lines):
        if number in commented:
            found.append(f"{' ' * (len(line) - len(line.lstrip()))}# note {number}")
        found.append(line)
    return "\n".join(found) + "\n"


def form_of(text: str) -> RuleForm:
    return rule_form(text, 0, CHOICES)


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
    return re.findall(r"^ *(# note .*)$", text, re.MULTILINE)


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inner:
        if isinstance(value, dict | list) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def test_each_key_of_a_rule_and_each_input_of_an_action_has_a_labelled_field() -> None:
    def fields(rule: dict[str, Any]) -> dict[str, FormField]:
        text = block({"rules": [{"id": "one", **rule}]}, "")
        return {one.name: one for one in form_of(text).fields()}

    def check(model: type[StrictModel], prefix: str, found: dict[str, FormField]) -> None:
        for key, info in keys_of(model):
            if key in BY_HAND | {"tests"} and not prefix:
                continue
            inner = model_in(info.annotation)
            assert InForm.of(info).label or inner is not None, (model, key)
            if inner is not None:
                check(inner, f"{prefix}{key}.", found)
            else:
                place = f"{prefix}{key}"
                assert not found.keys().isdisjoint((place, f"{place}.expression")) or key in (
                    "cron",
                    "actions",
                    "next",
                ), (model, key)

    check(RuleSource, "", fields({}))
    check(TriggerSource, "", fields({}) | fields({"trigger": {"schedule": {}, "contacts": {}}}))
    for name, action in ACTIONS.items():
        found = fields({"actions": [{name: {}}]})
        check(action.inputs_model, "a0-0.", found)
        if action.reaches_out and not action.asks:
            check(StepSource, "s0-0.", found)
        else:
            assert {"s0-0.id", "s0-0.if.expression", "s0-0.retry.interval"} <= found.keys()


def test_keys_of_a_test_without_a_label_share_a_field_that_names_them() -> None:
    fields = form_of(FILES["tests"]).fields()
    shared = {key for one in fields if one.name.endswith("*") for key in one.hint.split(", ")}

    for model in (RuleTestSource, TestArrivalSource, ExpectSource, StepExpectation):
        own = {key for key, info in keys_of(model) if InForm.of(info).label}
        others = {key for key, _ in keys_of(model)} - own - {"event", "expect", "with", "actions"}
        assert others <= shared, model
    assert form_of(FILES["no list of tests"]).tests is None


def test_the_steps_of_a_rule_are_chosen_by_the_ids_that_tests_know() -> None:
    steps = [{"reply": "a"}, {"reply": "b"}, {"moderate": "hide", "id": "hidden"}]
    rule = {"id": "one", "actions": steps, "tests": [{"name": "a", "expect": "matched"}]}
    form = form_of(block({"rules": [rule]}, ""))

    assert form.tests is not None
    (one,) = [field for field in form.tests[0] if field.name == "t0.0.id"]
    assert [value for value, _ in one.choices] == ["", "reply", "reply_2", "hidden"]


def test_actions_inside_follow_ups_take_ids_before_the_actions_behind_them() -> None:
    later = {"after": "3h", "actions": [{"message": "c"}]}
    first = {"after": "2h", "actions": [{"message": "a"}], "next": [later]}
    plain = {"after": "2h", "actions": [{"follow_up": {"after": "1h", "actions": [{"log": "x"}]}}]}
    steps = [{"follow_up": first}, {"follow_up": plain}, {"message": "b"}, {"log": "y"}]
    rule = {"id": "one", "trigger": {"event": "message.received"}, "actions": steps}
    test = {"name": "a", "event": {"sample": "facebook/message.received"}, "expect": "matched"}
    text = block({"rules": [{**rule, "tests": [test]}]}, "")
    read = load_rules(real_rule_context(), {"x.yaml": text}).rule_set.rule("one")

    form = form_of(text)
    assert form.tests is not None
    (one,) = [field for field in form.tests[0] if field.name == "t0.0.id"]
    assert read is not None
    assert [value for value, _ in one.choices[1:]] == [step.id for step in read.spec.steps]
    assert [step.id for step in read.spec.steps][2:] == ["message_3", "log_2"]


@given(files())
def test_a_form_of_any_rule_that_nobody_changed_changes_no_byte(text: str) -> None:
    form = form_of(text)

    assert len({one.name for one in form.fields()}) == len(form.fields())
    assert apply_fields(text, form.fields(), values_of(form)) == text


@given(files(), st.integers(0, 500), GIVEN)
def test_an_edit_of_any_field_changes_its_own_part_and_keeps_the_comments(
    text: str, number: int, value: str
) -> None:
    form = form_of(text)
    (one,) = [form.fields()[number % len(form.fields())]]
    try:
        after = apply_fields(text, form.fields(), {**values_of(form), one.name: value})
    except (SpliceError, UsageError):
        return
    assert not parse_yaml("x.yaml", after).problems
    before, now = dict(leaves(data_of(text))), dict(leaves(data_of(after)))
    changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
    if after == text:
        return
    assert all(path[:2] == ("rules", 0) for path in changed), changed
    # What is made by hand, as the state of a rule, is tested beside it.
    if one.name.startswith(("a", "s", "limits.")) and "." in one.name:
        # A box and its value as YAML are one part; else the star stands for what is in the part.
        own = one.name.removesuffix(".*")
        place = own if own in values_of(form) else one.name
        names = [name for name in place.split(".")[1:-1] if name != "*"]
        # Where no keys were, the part takes the place of what was there.
        replaced = {
            path
            for path in changed - now.keys()
            if any(other[: len(path)] == path for other in changed - {path})
        }
        own_part = changed - replaced
        assert all(set(names) <= {str(part) for part in path} for path in own_part), changed
    if before.keys() <= now.keys():
        assert comments(after) == comments(text)


def first_text(name: str) -> str:
    """The field of the text that comes before the texts to take turns with it."""
    return f"{name.removesuffix('one_of')}text"


def test_another_text_where_there_is_no_first_one_becomes_the_first() -> None:
    rule = {"id": "one", "trigger": {"event": "message.received"}, "actions": [{"message": {}}]}
    text = block({"rules": [rule]}, "")
    (one,) = [field for field in form_of(text).fields() if field.name.endswith(".one_of")]

    after = apply_fields(text, [one], {one.name: "Dạ 250k ạ"})

    assert values_of(form_of(after))[first_text(one.name)] == "Dạ 250k ạ"


@given(files(), st.integers(0, 500))
def test_what_was_filled_in_is_shown_again(text: str, number: int) -> None:
    fields = [one for one in form_of(text).fields() if one.kind in ("line", "number", "text")]
    fields = [one for one in fields if one.is_more and not one.name.endswith("*")]
    assume(fields)
    one = fields[number % len(fields)]
    after = apply_fields(text, [one], {one.name: "xyz"})
    # A cron line that is written has a field made by hand.
    shown = "cron" if one.name == "schedule.cron" else one.name
    if one.name.endswith(".one_of") and not values_of(form_of(text))[first_text(one.name)]:
        shown = first_text(one.name)
    assert values_of(form_of(after))[shown] == "xyz"
    emptied = apply_fields(
        after, form_of(after).fields(), {**values_of(form_of(after)), one.name: ""}
    )
    # A schedule needs its interval: an empty text leaves it unchanged.
    kept = "xyz" if one.name == "schedule.every" else ""
    usual = ("", "event.actor.id", "1h", "5m")
    assert values_of(form_of(emptied)).get(one.name, "") in (kept, *usual)


def whole(model: type[StrictModel], skipped: Collection[str] = ()) -> dict[str, Any]:
    """Every key of a part of the language, with a value that its field can show."""
    return {key: one_for(info) for key, info in keys_of(model) if key not in skipped}


def one_for(info: Any) -> Any:
    kind, inner = plain_type(info.annotation), model_in(info.annotation)
    if inner is not None:
        return whole(inner)
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is tuple and plain_type(get_args(kind)[0]) is str:
        return ["one", "two"]
    plain: Mapping[Any, Any] = {bool: True, int: 3, float: 2.5, str: "word"}
    return plain.get(kind, {"name": "word", "others": ["one", {"two": "three"}]})


def commented(data: Any) -> str:
    """A file with a comment above and beside each of its lines, and blanks that nobody needs."""
    # A part that is written twice is written out.
    written = yaml.safe_dump(json.loads(json.dumps(data)), sort_keys=False)
    found = []
    for number, line in enumerate(written.splitlines()):
        indent = " " * (len(line) - len(line.lstrip()))
        wide = re.sub(r"(?<=\w): (?=\S)", ":   ", line, count=1)
        found += [f"{indent}# above {number}", f"{wide}  # beside {number}", *[""] * (number % 3)]
    return "\n".join(found) + "\n"


def of_each_key() -> Iterator[tuple[str, str]]:
    """A file for each part of the language, which has all keys of this part."""
    rule = {"id": "one", "trigger": {"event": "comment.created"}, "actions": [{"log": "word"}]}
    other = {"id": "other", "trigger": {"event": "x"}, "actions": [{"log": "x"}]}
    trigger = whole(TriggerSource)
    timed = {"schedule": trigger.pop("schedule"), "contacts": trigger.pop("contacts")}
    waits = [{name: trigger.pop(name)} for name in ("both", "absence")]
    parts = {
        "rule": {**whole(RuleSource, ("trigger", "conditions", "actions")), **rule},
        "use": {**rule, "actions": [whole(UseSource)]},
        "tests": {**rule, "tests": [whole_test(), {"name": "no", "expect": "no_match"}]},
        "no list of tests": {**rule, "tests": whole_test()},
        **{" ".join(one): {**rule, "trigger": one} for one in (trigger, timed, *waits)},
    }
    for name, action in ACTIONS.items():
        inputs = whole(action.inputs_model, ("actions", "next"))
        held = (
            {"actions": [{"log": "word"}]} if "actions" in action.inputs_model.model_fields else {}
        )
        later = {"next": [{"after": "2h", **held}]} if action.following_model else {}
        step = {name: {**inputs, **held, **later} or {"size": "word"}, **whole(StepSource)}
        parts[name] = {**rule, "actions": [step, {"log": "word"}]}
    file = whole(RuleFileSource, ("rules",))
    for name, part in parts.items():
        yield name, commented({**file, "rules": [part, other]})


def whole_test() -> dict[str, Any]:
    """A test with all keys that a test can have."""
    test = whole(RuleTestSource)
    # Beside `type`, `headers` would be an old spelling.
    del test["event"]["type"]
    test["event"]["with"] = {"event.text": "word", "event.data.x": ["one"]}
    test["expect"]["actions"] = [whole(StepExpectation), "log"]
    return test


FILES = dict(of_each_key())


def another(one: FormField) -> str:
    """A value of a field that differs from its present one."""
    if one.name.endswith("*"):
        return "another: word"
    if one.kind == "choice":
        return next((value for value, _ in one.choices if value and value != one.value), "")
    if one.kind == "check":
        return "" if one.value else "1"
    if one.kind == "number":
        return "7"
    return "09:30" if one.kind == "time" else "another" if one.kind != "lines" else "one\nanother"


@pytest.mark.parametrize("name", FILES)
def test_one_changed_field_of_a_file_with_all_keys_keeps_every_comment_line_and_blank(
    name: str,
) -> None:
    text = FILES[name]
    form, paths, lines = form_of(text), paths_by_line(text), text.splitlines()
    written = kinds_of(data_of(text))
    assert apply_fields(text, form.fields(), values_of(form)) == text
    changed = 0
    for one in form.fields():
        after = apply_fields(text, form.fields(), {**values_of(form), one.name: another(one)})
        before, now = dict(leaves(data_of(text))), dict(leaves(data_of(after)))
        gone = {path for path in before if before[path] != now.get(path)}
        changed += after != text
        kinds = kinds_of(data_of(after))
        stays = [
            line
            for line, on in zip(lines, paths, strict=True)
            if kinds.get(on[0]) is written[on[0]] and not touched(on, gone)
        ]
        lost = missing(stays, after.splitlines()) + [
            comment
            for line, on in zip(lines, paths, strict=True)
            if on[0] in kinds and (comment := line.partition("#")[2]) not in after
        ]
        assert not lost, (one.name, another(one), after)
    assert changed > 3 * len(form.fields()) // 4


def missing(lines: Sequence[str], among: Sequence[str]) -> list[str]:
    """The lines that are not among others, in this order."""
    found, begin = [], 0
    for line in lines:
        if line in among[begin:]:
            begin = among.index(line, begin) + 1
        else:
            found.append(line)
    return found


def touched(on_line: Sequence[Path], gone: Collection[Path]) -> bool:
    """Whether something on a line was changed."""
    return any(one == path[: len(one)] for path in on_line for one in gone)


def kinds_of(data: Any, path: Path = ()) -> dict[Path, type]:
    """The types of all parts of some data, by path."""
    listed = enumerate(data) if isinstance(data, list) else ()
    inner = data.items() if isinstance(data, dict) else listed
    parts = [kinds_of(value, (*path, key)) for key, value in inner]
    return {path: type(data), **{one: kind for part in parts for one, kind in part.items()}}


def paths_by_line(text: str) -> list[list[Path]]:
    """For each line, the paths of what is written on it, or on the next line that has something."""
    positions = parse_yaml("x.yaml", text).positions
    written: dict[int, list[Path]] = {}
    for path in sorted(positions.paths(), key=len):
        written.setdefault(positions.key(path).line, []).append(path)
    found, here = [], [()]
    for number in range(len(text.splitlines()), 0, -1):
        here = written.get(number, here)
        found.append(here)
    return found[::-1]


ROW_NAMES = st.sampled_from(["asked", "a b", "5", "null", "#", "giá", "{x}", "'", "a:b"])
ROW_VALUES: st.SearchStrategy[Any] = st.one_of(
    WORDS,
    st.sampled_from(
        [
            "",
            " x ",
            "two\nlines\n",
            "\r",
            '"',
            "'a' b",
            '"a": b',
            "'a'",
            "[x]",
            "{a: b}",
            "~",
            "1.50",
        ]
    ),
    st.sampled_from([None, True, False, 0, -7, 1.5, 10**17]),
)
ROWS = st.dictionaries(ROW_NAMES, ROW_VALUES, max_size=4)


def rows_file(values: dict[str, Any]) -> str:
    """A rule that remembers, sets, hands to a snippet and raises these values."""
    given = values or {"own": "x"}
    actions = [{"remember": given}, {"set": given}, {"use": "x", "with": given}]
    actions.append({"emit": {"event": "x", "data": given}})
    return commented({"rules": [{"id": "one", "actions": actions}]})


@given(ROWS, ROWS)
def test_rows_of_names_and_values_are_written_as_they_are_read(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    text, wanted = rows_file(before), form_of(rows_file(after))
    form = form_of(text)
    rows = [one for one in form.fields() if one.kind == "rows" and one.is_template and one.value]

    assert len(rows) == 4
    assert apply_fields(text, form.fields(), values_of(form)) == text
    other = {**values_of(form), **dict.fromkeys(values_of(form).keys() - values_of(wanted), "")}
    text = apply_fields(text, form.fields(), {**other, **values_of(wanted)})
    assert data_of(text) == data_of(rows_file(after))


def test_a_new_row_is_added_beside_the_comments_of_the_others() -> None:
    text = """\
rules:
  - id: one
    actions:
      - remember:
          # since when
          asked_at: "{{ now }}"   # by the clock
          tags: {add: [hot]}
          times: 3
"""
    form = form_of(text)
    rows = next(one for one in form.fields() if one.name == "a0-0.remember.*")
    assert rows.rows == [("asked_at", "{{ now }}"), ("times", "3"), ("", "")]
    more = {f"{rows.name}.name3": " note ", f"{rows.name}.value3": "Size: M"}
    assert apply_fields(text, form.fields(), {**values_of(form), **more}) == (
        text + '          note: "Size: M"\n'
    )
    gone = {f"{rows.name}.name2": "", f"{rows.name}.value2": ""}
    assert apply_fields(text, form.fields(), {**values_of(form), **gone}) == text.replace(
        "          times: 3\n", ""
    )


def test_values_inside_values_stay_yaml() -> None:
    text = "rules:\n  - id: one\n    actions: [remember: {cart: {a: 1}}]\n"

    (one,) = [field for field in form_of(text).fields() if field.name == "a0-0.remember.*"]

    assert (one.kind, one.value) == ("text", "cart: {a: 1}")


@pytest.mark.parametrize(
    ("value", "read"),
    [("percent: 10", 10), ("percent: 1.5", 1.5), ('percent: "{{ x }}"', "{{ x }}")],
)
def test_a_number_stays_a_number(value: str, read: Any) -> None:
    text = f"rules:\n  - id: one\n    rollout: {{{value}}}\n    actions: [log: x]\n"
    place = ("rules", 0, "rollout", "percent")

    assert at(data_of(text), place) == read
    shown = values_of(form_of(text))["rollout.percent"]
    (field,) = [one for one in form_of(text).fields() if one.name == "rollout.percent"]
    assert field.edit(field.edit(text, "20"), shown) == text


def test_a_value_that_is_longer_than_what_a_form_sends_is_not_cut() -> None:
    text = f"rules:\n  - id: one\n    actions: [log: {'x' * 5000}]\n"
    form = form_of(text)

    assert apply_fields(text, form.fields(), values_of(form)) == text
    many = "\n".join(str(number) + "n" for number in range(80))
    said = text.replace("log: " + "x" * 5000, "ask: {text: x}")
    changed = apply_fields(said, form_of(said).fields(), {"a0-0.choices": many})
    assert len(at(data_of(changed), ("rules", 0, "actions", 0, "ask", "choices"))) == 80


def test_yaml_that_is_changed_keeps_the_comments_of_what_stays() -> None:
    text = """\
rules:
  - id: one
    actions:
      - forward:
          to: crm
          body:
            # the first
            a: 1   # one
            b: [1, 2]
            # the last
            c: {d: x}
"""
    form = form_of(text)
    changed = apply_fields(text, form.fields(), {"a0-0.body": "a: 1\nb: [1, 3]\nc:\n  d: y"})

    assert changed == text.replace("[1, 2]", "[1, 3]").replace("d: x", "d: y")
    torn = apply_fields(text, form.fields(), {"a0-0.body": "a: ["})
    assert at(data_of(torn), ("rules", 0, "actions", 0, "forward", "body")) == "a: ["


def test_what_holds_when_a_test_begins_has_fields_with_labels() -> None:
    text = """\
rules:
  - id: one
    actions: [log: x]
    tests:
      - name: a
        given: {contact: {tags: [vip]}, vars: {shop: Áo}}   # known
        event: {sample: facebook/comment.created}
        expect: matched
"""
    form = form_of(text)
    given = {one.name: one for one in form.fields() if one.name.startswith("t0.given")}
    assert {one.kind for one in given.values() if one.is_set} == {"lines", "rows"}
    changes = {
        "t0.given.contact.tags": "vip\nnew",
        "t0.given.vars.value1": "Giày",
        "t0.given.rollout": "in",
        "t0.run_for": "2h",
    }
    changed = apply_fields(text, form.fields(), {**values_of(form), **changes})
    assert at(data_of(changed), ("rules", 0, "tests", 0)) == {
        "name": "a",
        "given": {"contact": {"tags": ["vip", "new"]}, "vars": {"shop": "Giày"}, "rollout": "in"},
        "event": {"sample": "facebook/comment.created"},
        "run_for": "2h",
        "expect": "matched",
    }
    assert "# known" in changed
