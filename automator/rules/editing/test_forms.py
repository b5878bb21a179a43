"""The fields of the tests of a rule: what comes in, and what the rule is expected to do."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from automator.configuration.values import InForm
from automator.files import Path
from automator.files.editing import remove
from automator.model import N_
from automator.rules.editing.edits import data_of
from automator.rules.editing.fields import Edit, FormField, Root, at, fields_of, put_changes, setter
from automator.rules.schema.arrival_sources import TestArrivalSource, UsualChanges
from automator.rules.schema.rule_tests import (
    MATCHED,
    NO_MATCH,
    ExpectSource,
    RuleTestSource,
    StepExpectation,
)

#: The results that a test can expect in one word, with their labels.
_RESULTS = {name: InForm.of(ExpectSource.model_fields[name]).label for name in (MATCHED, NO_MATCH)}


def fields_of_tests(
    place: Path, written: Any, names: Mapping[str, Mapping[str, str]]
) -> list[list[FormField]] | None:
    """The fields of each test at a path; None if this is no list of tests that fields can show.

    `names` has the choices for `sample` and for the `id` of a step, each with its label.
    """
    tests = [] if written is None else written
    if not isinstance(tests, list) or not all(map(_is_shown, tests)):
        return None
    return [
        [*_fields((*place, number), f"t{number}", one, names)] for number, one in enumerate(tests)
    ]


def _is_shown(test: Any) -> bool:
    parts = [test, *(at(test, path) or {} for path in (("event",), ("event", "with")))]
    return all(isinstance(one, Mapping) for one in parts)


def _fields(
    path: Path, name: str, test: Any, names: Mapping[str, Mapping[str, str]]
) -> Iterator[FormField]:
    root = partial(Root, names=names, is_labelled=True)
    event, expect = (*path, "event"), (*path, "expect")
    whole = root(path=path, prefix=name, skipped=("event", "expect"))
    yield from fields_of(RuleTestSource, whole, test)
    came = root(path=event, prefix=f"{name}.event", skipped=("with",))
    yield from fields_of(TestArrivalSource, came, at(test, ("event",)))
    changes = root(path=(*event, "with"), prefix=f"{name}.with")
    yield from fields_of(UsualChanges, changes, at(test, ("event", "with")))
    expected = at(test, ("expect",))
    result, said = _result(expected), N_("The rule is expected to")
    choices = tuple((_RESULTS if result else {"": "–", **_RESULTS}).items())
    yield FormField(f"{name}.expect", said, "choice", result, setter(expect), choices)
    steps = at(expected, ("actions",))
    steps = steps if isinstance(steps, list) else []
    for number, step in enumerate([*steps, None] if result != NO_MATCH else []):
        short = root(path=(*expect, "actions", number), prefix=f"{name}.{number}", short="id")
        first, *others = fields_of(StepExpectation, short, step)
        yield replace(first, edit=_step_setter(expect, number), is_more=False)
        yield from others if step is not None else ()
    rest = root(path=expect, prefix=f"{name}.expect", skipped=("actions", *_RESULTS))
    yield from fields_of(ExpectSource, rest, expected)


def _result(expected: Any) -> str:
    """The expected result; "" if a test expects something else."""
    if isinstance(expected, Mapping):
        found = [name for name in _RESULTS if expected.get(name)]
        return found[0] if found else MATCHED if expected.get("actions") else ""
    return expected if expected in (*_RESULTS,) else ""


def _step_setter(expect: Path, number: int) -> Edit:
    """The edit that expects another step, one more at the end, or a step no more ("")."""

    def edit(text: str, value: str) -> str:
        written = at(data_of(text), expect)
        kept = dict(written) if isinstance(written, Mapping) else {}
        steps = kept.pop("actions", None) or []
        if not value and len(steps) > 1:
            return remove(text, (*expect, "actions", number))
        now = at(steps, (number,))
        changed = {**now, "id": value} if isinstance(now, Mapping) else value
        actions = {"actions": [*steps[:number], changed, *steps[number + 1 :]]} if value else {}
        return put_changes(text, expect, {**kept, **actions} or MATCHED)

    return edit
