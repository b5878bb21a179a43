"""The form of one rule: its fields in groups, and what stays text because no form can show it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.files import Path
from automator.files.editing import put, remove
from automator.files.editing.tree import Node, read_tree
from automator.model import LOOK_IN_LIST, N_, NotFoundError, record
from automator.plugins import AnyAction
from automator.rules.editing.action_fields import action_fields, approve_field
from automator.rules.editing.condition_groups import ConditionList, condition_list
from automator.rules.editing.edits import RULE_KEYS
from automator.rules.editing.fields import Edit, FormField, at, data_of, setter, shown, without
from automator.rules.editing.limit_fields import is_shown, limit_fields
from automator.rules.schema.rule_file import STEP_KEYS

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
_DEEPEST = 3
#: Characters of a part that no field shows.
_LONGEST = 200
_EVERY = "*"
#: Whether a rule acts; the name of each is the value of the field.
_STATES = (
    ("live", N_("it acts as soon as it is saved")),
    ("shadow", N_("it only watches, and the log says what it would do")),
    ("off", N_("it is switched off")),
)


@record(kw_only=False)
class Choices:
    """The choices that a form can offer in this installation."""

    actions: Mapping[str, AnyAction]
    #: The types of events of each connection.
    events: Mapping[str, Collection[str]]
    #: The kinds of messages that each connection can send.
    can_send: Mapping[str, Collection[str]]
    zone: str
    #: The connections through which people can be written to.
    speaking: Sequence[str] = ()
    #: The names of those who can be told something.
    receivers: Sequence[str] = ()


@record(kw_only=False)
class ActionForm:
    """One action of a rule, with those inside of it."""

    action: str
    path: Path
    fields: Sequence[FormField]
    #: Inputs and keys that are changed in the text.
    others: Sequence[str]
    inner: "Sequence[ActionForm]" = ()

    @property
    def key(self) -> str:
        """Its place as a button of the form names it."""
        return "-".join(str(part) for part in self.path[2:] if isinstance(part, int))


@record(kw_only=False)
class RuleForm:
    """The form of one rule."""

    rule_id: str
    path: Path
    head: Sequence[FormField]
    when: Sequence[FormField]
    conditions: ConditionList
    limits: Sequence[FormField]
    actions: Sequence[ActionForm]
    #: Parts of the text that no form can show, as they are written.
    as_text: Sequence[str] = field(default_factory=tuple)
    #: The connections that it listens to; empty = all.
    connections: Sequence[str] = ()
    events: Sequence[str] = ()

    def fields(self, gone: str = "") -> list[FormField]:
        """All fields, in the order of the page; of the group of conditions `gone` its removal."""
        found = [*self.head, *self.when, *self.conditions.all_fields(gone), *self.limits]
        return found + [one for _, action in self.steps() for one in action.fields]

    def steps(self) -> Iterator[tuple[int, ActionForm]]:
        """Every action in the order of the page, each with the number of those in its list."""
        waiting = [(len(self.actions), action) for action in self.actions]
        while waiting:
            beside, action = waiting.pop(0)
            yield beside, action
            waiting = [*((len(action.inner), inner) for inner in action.inner), *waiting]


def rule_form(text: str, index: int, choices: Choices) -> RuleForm:
    """The form of a rule by its place in the file.

    Raises:
        NotFoundError: there is no such rule, or the file cannot be read.
    """
    rule: Path = ("rules", index)
    data = at(data_of(text), rule)
    if not isinstance(data, dict):
        raise NotFoundError(N_("there is no such rule in this file"), fix=LOOK_IN_LIST)
    trigger = data.get("trigger")
    trigger = trigger if isinstance(trigger, dict) else {}
    events, connections = _names(trigger.get("event")), _names(trigger.get("connection"))
    of_comments = any(name.startswith("comment") for name in events)
    conditions = condition_list(
        rule, data.get("conditions"), of_comments=of_comments, zone=choices.zone
    )
    source = _Source.of(text)
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
        when=_trigger_fields(rule, trigger, events, connections, choices),
        conditions=conditions,
        limits=limit_fields(rule, data),
        actions=_actions(rule, data.get("actions"), choices, source),
        as_text=_others(source, rule, data, conditions),
        connections=connections,
        events=events,
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


def _trigger_fields(
    rule: Path,
    trigger: Mapping[str, Any],
    events: Sequence[str],
    connections: Sequence[str],
    choices: Choices,
) -> list[FormField]:
    if trigger.keys() & {"schedule", "absence"}:
        return []
    offered = {
        name for one in connections or choices.events for name in choices.events.get(one, ())
    }
    several = ", ".join(events)
    return [
        FormField(
            "connection",
            N_("At which connection"),
            "choice",
            ", ".join(connections) or _EVERY,
            _trigger_setter(rule, "connection"),
            choices=_offered(", ".join(connections), sorted(choices.events)),
        ),
        FormField(
            "event",
            N_("What happens"),
            "choice",
            several or _EVERY,
            _trigger_setter(rule, "event"),
            choices=_offered(several, sorted(offered)),
        ),
    ]


def _names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]


def _offered(value: str, known: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names to choose from: all of them, each, and what is written now."""
    names = dict.fromkeys([*([value] if value else []), *known])
    return ((_EVERY, N_("all")), *((name, name) for name in names))


def _trigger_setter(rule: Path, key: str) -> Edit:
    def edit(text: str, value: str) -> str:
        if value == _EVERY:
            return without(text, (*rule, "trigger", key))
        return put(text, (*rule, "trigger", key), value, order=RULE_KEYS)

    return edit


@record(kw_only=False)
class _Source:
    """A file as it is written, with the place of each of its parts."""

    text: str
    root: Node | None

    @classmethod
    def of(cls, text: str) -> "_Source":
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
        return cls(plain, read_tree(plain))

    def part(self, path: Path) -> str:
        """The key that ends the path, with its value; the key alone where they stand apart."""
        above = self.root.at(path[:-1]) if self.root else None
        entry = above.entry(path[-1]) if above else None
        if entry is None:
            return str(path[-1])
        return self.text[entry.start : entry.node.end][:_LONGEST]


def _actions(
    place: Path, items: Any, choices: Choices, source: _Source, depth: int = 0
) -> list[ActionForm]:
    found = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        path: Path = (*place, "actions", index)
        name = (
            next((key for key in item if key in choices.actions), "")
            if isinstance(item, dict)
            else ""
        )
        if not name or depth > _DEEPEST:
            found.append(ActionForm(name or "?", path, [], [shown(item)[:_LONGEST]]))
            continue
        prefix = "a" + "-".join(str(part) for part in path if isinstance(part, int))
        names = {"to": choices.receivers} if name == "notify" else {}
        if name == "message":
            names = {"via": choices.speaking}
        fields, others = action_fields(
            choices.actions[name], (*path, name), item[name], prefix, names
        )
        inputs = item[name] if isinstance(item[name], dict) else {}
        inner = _actions((*path, name), inputs.get("actions"), choices, source, depth + 1)
        hidden = [(*path, name, *one.split(".")) for one in others if one != "actions" or not inner]
        approve = approve_field(choices.actions[name], path, prefix, item.get("approve"))
        fields += [] if approve is None else [approve]
        own = {"id"} if approve is None else {"id", "approve"}
        hidden += [(*path, key) for key in sorted(item) if key in STEP_KEYS and key not in own]
        found.append(ActionForm(name, path, fields, [source.part(one) for one in hidden], inner))
    return found


def _others(
    source: _Source, rule: Path, data: Mapping[str, Any], conditions: ConditionList
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
    trigger = data.get("trigger")
    if isinstance(trigger, dict) and trigger.keys() - {"event", "connection"}:
        written = node.at(("trigger",))
        found += [plain[written.start : written.end]] if written else []
    return found
