"""The splits of a rule: all `arm()` of one name, in its conditions and its texts, as one field."""

import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from automator.conditions import ExpressionError
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.values import constant
from automator.files import Path
from automator.files.editing import put_all
from automator.model import N_
from automator.rules.editing.edits import data_of
from automator.rules.editing.expressions import arms_in, quoted, written_arms
from automator.rules.editing.fields import Edit, FormField, names_from_yaml
from automator.rules.editing.notations import shown_rows
from automator.rules.templates.inputs import texts_in

_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`"""
#: `arm(person, 'name', arms)` of a condition or `person | arm('name', arms)` of a text, and the arm
#: that it is compared with.
_CALL = re.compile(
    r"""\barm\((?P<person>(?:[^'"`(){}]|\([^'"`(){}]*\))*,)?\s*"""
    rf"""(?P<name>{_TEXT})\s*,\s*"""
    rf"""(?P<arms>\[(?:[^][(){{}}'"`]|{_TEXT})*\]|\{{(?:[^][(){{}}'"`]|{_TEXT})*\}})\s*\)"""
    rf"""(?:\s*[!=]=\s*(?P<arm>{_TEXT}))?"""
)
#: Where a rule writes the colleague who looks after a person.
_ASSIGNEE = ("remember", "assignee")


def split_fields(rule: Path, written: Any) -> Iterator[FormField]:
    """The field for the arms of each split in the rule at this place."""
    found = set[str]()
    for path, text in texts_in(written, rule):
        for name, arms in splits_in(text):
            rows = shown_rows(arms)
            if name in found or rows is None:
                continue
            found.add(name)
            is_staff = path[-2:] == _ASSIGNEE
            yield FormField(
                f"split.{name}",
                N_("Staff who take turns") if is_staff else N_("The parts of this split"),
                "rows",
                rows,
                _setter(rule, name, arms),
                hint=N_("A share is a number, such as 70 beside 30. Without shares all are equal."),
                unit="" if is_staff else name,
                columns=(N_("Name"), N_("Share")),
            )


def splits_in(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and the arms of each `arm()` in a text."""
    for call in _CALL.finditer(text) if "arm(" in text else ():
        name, arms = _value(call, "name"), arms_in(_value(call, "arms"))
        if isinstance(name, str) and arms:
            yield name, arms


def _value(call: re.Match[str], part: str) -> Any:
    """The value of a part that is written out; None if it is no literal of its language."""
    try:
        # In a template the person comes before the filter.
        return constant(parse(call[part]))[1] if call["person"] else literal_eval(call[part])
    except (ExpressionError, ValueError, SyntaxError):
        return None


def _setter(rule: Path, name: str, before: Mapping[str, Any]) -> Edit:
    """The edit that writes other arms in the rule, and in rules of the file that had the same ones.

    A comparison with an arm that has a new name follows it.
    """

    def edit(text: str, value: str) -> str:
        arms = {one: share for one, share in names_from_yaml(value).items() if one}
        pairs = zip(before, arms, strict=False) if len(arms) >= len(before) else ()
        renames = {old: new for old, new in pairs if old not in arms and new not in before}

        def rewritten(call: re.Match[str], *, is_here: bool) -> str:
            known, place = arms_in(_value(call, "arms")), call.start("arms") - call.start()
            if _value(call, "name") != name or not known or not (is_here or known == before):
                return call[0]
            head, tail = call[0][:place], call[0][place + len(call["arms"]) :]
            if call["arm"] and (arm := renames.get(_value(call, "arm"))) is not None:
                tail = tail.removesuffix(call["arm"]) + (
                    quoted(arm) if call["person"] else repr(arm)
                )
            return head + written_arms(arms, in_template=not call["person"]) + tail

        changed = dict[Path, Any]()
        for path, leaf in texts_in(data_of(text), ()) if arms else ():
            new = _CALL.sub(partial(rewritten, is_here=path[: len(rule)] == rule), leaf)
            changed |= {path: new} if new != leaf else {}
        return put_all(text, changed) if changed else text

    return edit
