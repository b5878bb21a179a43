"""The form of one rule: its fields in groups, and what stays text because no form can show it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.files import Path
from automator.files.editing import put, remove
from automator.model import LOOK_IN_LIST, N_, NotFoundError, record
from automator.rules.editing.condition_groups import ConditionList, condition_list
from automator.rules.editing.edits import RULE_KEYS
from automator.rules.editing.fields import Edit, FormField, at, data_of, setter, shown
from automator.rules.editing.limit_fields import is_shown, limit_fields
from automator.rules.editing.step_forms import ActionForm, Choices, Source, step_forms, steps_in
from automator.rules.editing.trigger_fields import TriggerForm, trigger_form

_SHOWN_KEYS = frozenset(
    {
        "id",
        "name",
        "enabled",
        "disabled",
        "mode",
        "trigger",
        "conditions",
        "limits",
        "pause_on",
        "actions",
    }
)
#: Whether a rule acts; the name of each is the value of the field.
_STATES = (
    ("live", N_("it acts as soon as it is saved")),
    ("shadow", N_("it only watches, and the log says what it would do")),
    ("off", N_("it is switched off")),
)


@record(kw_only=False)
class RuleForm:
    """The form of one rule."""

    rule_id: str
    path: Path
    head: Sequence[FormField]
    trigger: TriggerForm
    conditions: ConditionList
    limits: Sequence[FormField]
    actions: Sequence[ActionForm]
    #: Parts of the text that no form can show, as they are written.
    as_text: Sequence[str] = ()

    def fields(self, gone: str = "") -> list[FormField]:
        """All fields, in the order of the page; of the group of conditions `gone` its removal."""
        found = [*self.head, *self.trigger.fields, *self.conditions.all_fields(gone), *self.limits]
        return found + [one for _, action in self.steps() for one in action.fields]

    def steps(self) -> Iterator[tuple[int, ActionForm]]:
        """Every action in the order of the page, each with the number of those in its list."""
        return steps_in(self.actions)


def rule_form(text: str, index: int, choices: Choices) -> RuleForm:
    """The form of a rule by its place in the file.

    Raises:
        NotFoundError: there is no such rule, or the file cannot be read.
    """
    rule: Path = ("rules", index)
    data = at(data_of(text), rule)
    if not isinstance(data, dict):
        raise NotFoundError(N_("there is no such rule in this file"), fix=LOOK_IN_LIST)
    trigger = trigger_form(rule, data.get("trigger"), choices)
    of_comments = any(name.startswith("comment") for name in trigger.events)
    conditions = condition_list(
        rule, data.get("conditions"), of_comments=of_comments, zone=choices.zone
    )
    source = Source.of(text)
    return RuleForm(
        rule_id=str(data.get("id", "")),
        path=rule,
        head=[
            FormField(
                "name",
                N_("Name"),
                "line",
                shown(data.get("name")),
                setter((*rule, "name"), RULE_KEYS),
            ),
            FormField(
                "state",
                N_("Whether it acts"),
                "choice",
                _state(data),
                _state_setter(rule),
                choices=_STATES,
            ),
        ],
        trigger=trigger,
        conditions=conditions,
        limits=limit_fields(rule, data),
        actions=step_forms(rule, data.get("actions"), choices, source),
        as_text=_others(source, rule, data, trigger, conditions),
    )


def _state(rule: Mapping[str, Any]) -> str:
    if rule.get("enabled") is False or "disabled" in rule:
        return "off"
    return "shadow" if rule.get("mode") == "shadow" else "live"


def _state_setter(rule: Path) -> Edit:
    def edit(text: str, value: str) -> str:
        if value == "off":
            return put(text, (*rule, "enabled"), False, order=RULE_KEYS)
        for key in ("enabled", "disabled"):
            text = remove(text, (*rule, key))
        if value == "shadow":
            return put(text, (*rule, "mode"), "shadow", order=RULE_KEYS)
        return remove(text, (*rule, "mode"))

    return edit


def _others(
    source: Source,
    rule: Path,
    data: Mapping[str, Any],
    trigger: TriggerForm,
    conditions: ConditionList,
) -> list[str]:
    """The parts of a rule that no field shows, as they are written."""
    plain, root = source.text, source.root
    node = root.at(rule) if root else None
    if root is None or node is None:
        return []
    found = [
        plain[entry.start : entry.node.end]
        for entry in node.entries
        if entry.key not in _SHOWN_KEYS
    ]
    found += [plain[one.start : one.end] for one in map(root.at, conditions.others) if one]
    limits = node.at(("limits",))
    found += [
        plain[entry.start : entry.node.end]
        for entry in (limits.entries if limits else [])
        if not is_shown(entry.key, at(data, ("limits", entry.key)))
    ]
    for path in trigger.others:
        found.append(source.part((*rule, "trigger", *path)))
    return found
