"""Says which rules and fields of a file two versions of it differ in, as its form names them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from automator.model import record
from automator.rules.editing.edits import data_of
from automator.rules.editing.fields import FormField, shown
from automator.rules.editing.form import RuleForm, form_in
from automator.rules.editing.step_forms import Choices

#: Of longer versions only the lines are compared, because reading them takes long.
LONGEST_VERSION = 65_536
_MOST_CHANGES = 8
#: A longer value is not repeated; the number of its changed words is told.
_LONGEST_VALUE = 60


@record(kw_only=False)
class ChangeInWords:
    """One change of a rule."""

    #: The rule's name, or its id.
    rule: str
    kind: Literal["new", "deleted", "steps", "value", "choice", "words", "gone"]
    #: The label of the field.
    label: str = ""
    #: The new value, or the label of the new choice.
    value: str = ""
    #: How many words of a longer text are new, and how many are gone.
    added: int = 0
    removed: int = 0
    #: The actions of the rule, if there are others than before or in another order.
    steps: Sequence[str] = ()


def changes_in_words(before: str, after: str, choices: Choices) -> list[ChangeInWords]:
    """The first changes from one version of a file to another.

    Empty if a version cannot be read or is too long, and for changes that no form shows.
    """
    if max(len(before), len(after)) > LONGEST_VERSION:
        return []
    versions = data_of(before or "rules: []"), data_of(after or "rules: []")
    if None in versions:
        return []
    return list(islice(_changes(*versions, choices), _MOST_CHANGES))


def _changes(before: Any, after: Any, choices: Choices) -> Iterator[ChangeInWords]:
    old, new = _rules(before), _rules(after)
    for rule_id, (index, rule) in new.items():
        title = shown(rule.get("name")) or rule_id
        if rule_id not in old:
            yield ChangeInWords(title, "new")
        elif old[rule_id][1] != rule:
            was, now = form_in(before, old[rule_id][0], choices), form_in(after, index, choices)
            yield from _of_rule(title, was, now)
    for rule_id, (_, rule) in old.items():
        if rule_id not in new:
            yield ChangeInWords(shown(rule.get("name")) or rule_id, "deleted")


def _rules(file: Any) -> dict[str, tuple[int, Mapping[str, Any]]]:
    listed = file.get("rules") if isinstance(file, Mapping) else None
    return {
        shown(rule.get("id")): (index, rule)
        for index, rule in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(rule, dict)
    }


def _of_rule(title: str, before: RuleForm, after: RuleForm) -> Iterator[ChangeInWords]:
    steps = tuple(action.action for _, action in after.steps())
    same_steps = steps == tuple(action.action for _, action in before.steps())
    if not same_steps:
        yield ChangeInWords(title, "steps", steps=steps)
    old, new = (
        {one.name: one for one in (form.fields() if same_steps else form.fields_beside_steps())}
        for form in (before, after)
    )
    for name, field in new.items():
        former = old[name].value if name in old else ""
        if field.value != former:
            yield _of_field(title, field, former)
    for name, field in old.items():
        if name not in new and field.value:
            yield ChangeInWords(title, "gone", field.label)


def _of_field(title: str, field: FormField, former: str) -> ChangeInWords:
    if not field.value:
        return ChangeInWords(title, "gone", field.label)
    if field.kind == "check":
        return ChangeInWords(title, "value", field.label, "✓")
    if field.kind == "choice":
        return ChangeInWords(title, "choice", field.label, dict(field.choices)[field.value])
    if len(field.value) <= _LONGEST_VALUE and "\n" not in field.value:
        return ChangeInWords(title, "value", field.label, field.value)
    old, new = Counter(former.split()), Counter(field.value.split())
    counts = (new - old).total(), (old - new).total()
    return ChangeInWords(title, "words", field.label, added=counts[0], removed=counts[1])
