"""The input and the output of a check: a rule with the names it may refer to, and remarks."""

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

from automator.conditions import ExpressionError, Finding, compile_expression
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, parts_of
from automator.configuration.time_intervals import TimeInterval
from automator.files import Path
from automator.model import MessagingPolicy, Reason, Severity, Trigger, record
from automator.model.rule import LIMIT_NAMES, Limits
from automator.plugins import AnyAction
from automator.rules.templates.inputs import texts_in
from automator.rules.templates.template import is_template

#: The paths in samples, by type of event; `event.post.*` means all paths below `event.post`.
KnownPaths = Mapping[str, Collection[str]]
#: The kinds of messages that a provider can send, by its name.
Abilities = Mapping[str, Collection[str]]
#: The messaging policies of platforms, by the name of the provider.
Policies = Mapping[str, MessagingPolicy | None]
#: The form of receivers' ids, by provider; None if they have no common form.
Ids = Mapping[str, re.Pattern[str] | None]

#: The paths of requests that rules see, as in `event.headers.user-agent`, by the name of the
#: provider.
SeenOfRequests = Mapping[str, Collection[str]]

#: The keys of a condition that has a name or is a group.
_INNER = ("expr", "all", "any", "not")
#: Forms whose parts all see the same names.
_TRANSPARENT = frozenset(
    {
        "and_expression",
        "or_expression",
        "not_expression",
        "comparator",
        "function_expression",
        "multi_select_list",
        "multi_select_dict",
        "key_val_pair",
    }
)


@record(kw_only=False)
class Remark:
    """A finding about a rule, with its place in the file."""

    path: Path
    reason: Reason
    #: Start and length of a part of the text at `path`; None for the whole value, or the key.
    stretch: tuple[int, int] | None = None
    about_key: bool = False
    #: Whether it is left out beside another remark about the same value, which says more.
    is_general: bool = False

    @property
    def finding(self) -> Finding | None:
        """The remark as a finding within a text; None if it is about no part of a text."""
        return None if self.stretch is None else Finding(*self.stretch, self.reason)


@dataclass(frozen=True)
class WrittenExpression:
    """An expression in a file, and the part of the rule to which it belongs."""

    path: Path
    text: str
    #: `conditions`, `if`, `set`, `key` or `cancel_on`.
    role: str

    @cached_property
    def tree(self) -> Node | None:
        """Its syntax tree; None if it has mistakes, which the reader has reported."""
        try:
            compiled = compile_expression(self.text)
        except ExpressionError:
            return None
        return None if compiled.is_doubtful else compiled.tree

    @property
    def is_condition(self) -> bool:
        """Whether its truth matters, and not its value."""
        return self.role in ("conditions", "if", "cancel_on")

    @property
    def parts(self) -> Sequence[Node]:
        """Every part of its tree."""
        return parts_of(self.tree) if self.tree is not None else ()

    @property
    def parts_in_scope(self) -> Iterator[Node]:
        """The parts that see the event at the top of their scope."""
        return parts_in_scope(self.tree) if self.tree is not None else iter(())

    def reads(self, name: str) -> bool:
        """Whether it reads a name of the scope, such as `contact`."""
        try:
            return name in compile_expression(self.text).roots
        except ExpressionError:
            return False

    def remark(self, word: str, reason: Reason) -> Remark:
        """A remark about a word of the expression, or about the whole expression."""
        return Remark(self.path, reason, stretch_of(word, self.text))

    def remark_on(self, node: Node, reason: Reason) -> Remark:
        """A remark about a part, or about the whole expression if the part is written otherwise."""
        shown = unparse(node)
        return self.remark(shown if shown in self.text else "", reason)


class UsedAction(NamedTuple):
    """An action as a file writes it."""

    #: The path of the action's key.
    path: Path
    name: str
    action: AnyAction
    #: The inputs. A short form is expanded; the path of its input is the path of the action.
    inputs: Mapping[str, Any]
    is_short: bool
    #: The list item that contains it, with the keys beside it.
    item: Mapping[str, Any]

    def at(self, name: str) -> Path:
        """The place of an input."""
        return self.path if self.is_short else (*self.path, name)


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """The names that rule files may refer to. Where a list is None, its names are not checked."""

    actions: Mapping[str, AnyAction]
    #: The configured connections with their providers.
    connections: Mapping[str, str] | None = None
    #: The connections that send only through one of their accounts, with these accounts.
    accounts: Mapping[str, Collection[str]] = field(default_factory=dict)
    #: `vars` and `time_intervals` of automator.yaml.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Whether `vars` is complete, so that other names are wrong; it needs automator.yaml for that.
    knows_vars: bool = True
    time_intervals: Mapping[str, TimeInterval] | None = None
    #: The zone of schedules without a zone; None = the default zone of rule files.
    timezone: str | None = None
    #: The kinds of messages that each kind of provider can send.
    abilities: Abilities | None = None
    #: The paths in the samples of each type of event.
    known_paths: KnownPaths = field(default_factory=dict)
    #: The paths of requests that rules see, by configured provider.
    seen: SeenOfRequests = field(default_factory=dict)
    #: The types of events in the samples of each configured provider.
    event_types: Mapping[str, Collection[str]] = field(default_factory=dict)
    #: The names of further events by provider, each with its shared name here, or "".
    event_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Whether the senders of a provider choose the names of their events; None = not known.
    own_names: Mapping[str, bool] | None = None
    #: The names of the targets of automator.yaml.
    targets: Collection[str] | None = None
    #: The names under `notify` of automator.yaml.
    receivers: Collection[str] | None = None
    #: The names under `secrets` of automator.yaml, with the hosts that each may go to.
    secrets: Mapping[str, Collection[str]] | None = None
    #: Whether automator.yaml has a `public_url`; None = not known.
    has_public_url: bool | None = None
    #: Whether there is a model for `answer`; None = not known.
    has_model: bool | None = None
    #: The messaging policies of the providers' platforms.
    policies: Policies = field(default_factory=dict)
    #: The form of the ids that the providers take as receivers.
    ids: Ids = field(default_factory=dict)
    #: Whether to look for warnings too, which takes long.
    advises: bool = True
    #: The names of the samples that tests may use; None = they are not checked.
    samples: Collection[str] | None = None
    #: The values that a test gives for `vars`; they win over all others.
    assumed: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a test puts its people into every rollout, or into none; None if their keys decide.
    rollout: bool | None = None

    @cached_property
    def key(self) -> Hashable:
        """A cache key: equal for contexts in which a file has the same meaning."""
        known = {one.name: _ordered(getattr(self, one.name)) for one in fields(self)}
        actions = known.pop("actions")
        return tuple(actions.items()), repr(known)


def _ordered(value: Any) -> Any:
    """The value with lists in place of sets, so that equal values are written equally."""
    if isinstance(value, dict):
        return {name: _ordered(one) for name, one in value.items()}
    return sorted(value) if isinstance(value, set | frozenset) else value


@dataclass(kw_only=True)
class Subject:
    """A rule to check, with everything that the checks need."""

    path: Path
    #: The rule as its file writes it.
    data: Mapping[str, Any]
    trigger: Trigger
    limits: Limits
    #: The names that rules may refer to.
    context: RuleContext
    #: The values of `vars` that are known.
    vars: Mapping[str, Any]
    #: Returns the mistake in a path of a condition that does not begin with `event`, or None.
    missing: Callable[[tuple[str, ...]], tuple[Reason, int] | None]

    @cached_property
    def expressions(self) -> tuple[WrittenExpression, ...]:
        """Every expression of the rule, including those in `set`."""
        found = list(_conditions((*self.path, "conditions"), self.data.get("conditions")))
        for limit in self.limits:
            above = "trigger" if limit is self.limits.both else "limits"
            here: Path = (*self.path, above, LIMIT_NAMES[type(limit)], "key")
            found.append(WrittenExpression(here, limit.key, "key"))
        rollout = self.data.get("rollout")
        if isinstance(rollout, Mapping) and isinstance(rollout.get("key"), str):
            found.append(WrittenExpression((*self.path, "rollout", "key"), rollout["key"], "key"))
        for used in self.uses:
            condition = used.item.get("if")
            if isinstance(condition, str):
                found.append(WrittenExpression((*used.path[:-1], "if"), condition, "if"))
            if used.name == "set":
                found += [
                    WrittenExpression((*used.path, name), value, "set")
                    for name, value in used.inputs.items()
                    if isinstance(value, str) and not is_template(value)
                ]
            cancel_on = used.inputs.get("cancel_on")
            if used.name == "follow_up" and isinstance(cancel_on, Mapping):
                inner = cancel_on.get("conditions")
                waited = _conditions((*used.path, "cancel_on", "conditions"), inner)
                found += [replace(one, role="cancel_on") for one in waited]
        return tuple(found)

    @property
    def parts(self) -> Iterator[tuple[WrittenExpression, Node]]:
        """Every part of every expression, with the expression."""
        return ((written, node) for written in self.expressions for node in written.parts)

    @property
    def parts_in_scope(self) -> Iterator[tuple[WrittenExpression, Node]]:
        """The parts of every expression that see the event at the top of their scope."""
        return ((written, node) for written in self.expressions for node in written.parts_in_scope)

    @property
    def conditions(self) -> tuple[WrittenExpression, ...]:
        """The expressions of the rule's conditions."""
        return tuple(one for one in self.expressions if one.role == "conditions")

    @cached_property
    def uses(self) -> tuple[UsedAction, ...]:
        """Every action of the rule, including follow-ups' and `on_error`'s."""
        return tuple(
            used
            for key in ("actions", "on_error")
            for used in _uses((*self.path, key), self.data.get(key), self.context.actions)
        )

    @property
    def texts(self) -> Iterator[tuple[UsedAction, Path, str]]:
        """Every text of a step that can be a template, with its action and path."""
        for used in self.uses:
            for name, value in used.inputs.items():
                if name not in used.action.literal_inputs:
                    yield from ((used, *found) for found in texts_in(value, used.at(name)))

    @property
    def sure_vars(self) -> Mapping[str, Any]:
        """The known `vars`, without those that a `set` of the rule may change."""
        changed = {name for used in self.uses if used.name == "set" for name in used.inputs}
        return {name: value for name, value in self.vars.items() if name not in changed}

    @property
    def is_about_comments(self) -> bool:
        """Whether only events of comments trigger the rule."""
        events = self.trigger.events
        return bool(events) and all(one.startswith("comment.") for one in events)

    def value_at(self, path: Path) -> Any:
        """The file's value at a path inside this rule; None without a value."""
        value: Any = self.data
        for name in path[len(self.path) :]:
            if isinstance(value, Mapping):
                value = value.get(name)
            elif isinstance(value, list) and isinstance(name, int) and name < len(value):
                value = value[name]
            else:
                return None
        return value

    def value_of(self, path: str, unknown: Any = None) -> Any:
        """The value of a path of `vars`; `unknown` for other paths, and if it is not known."""
        root, *names = path.split(".")
        value: Any = self.vars if root == "vars" and names else unknown
        for name in names:
            value = value.get(name, unknown) if isinstance(value, Mapping) else unknown
        return value

    def platforms_of(self, used: UsedAction) -> frozenset[str] | None:
        """The providers through which an action may be carried out; None if unknown."""
        via = used.action.connection(used.inputs)
        if not via:
            return self.providers
        named = (self.context.connections or {}).get(via)
        return None if named is None else frozenset({named})

    @cached_property
    def providers(self) -> frozenset[str] | None:
        """The providers whose events may reach the rule; None = not known."""
        return providers_of(self.trigger, self.context.connections)


class MeaningCheck(NamedTuple):
    """One check, with the severity of its findings."""

    severity: Severity
    find: Callable[[Subject], Iterator[Remark]]


def error(find: Callable[[Subject], Iterator[Remark]]) -> MeaningCheck:
    """A check whose findings are errors: the file cannot be used."""
    return MeaningCheck(Severity.ERROR, find)


def warning(find: Callable[[Subject], Iterator[Remark]]) -> MeaningCheck:
    """A check whose findings are warnings. A mistake must be nearly certain: wrong warnings teach
    people to ignore all warnings.
    """
    return MeaningCheck(Severity.WARNING, find)


def providers_of(trigger: Trigger, connections: Mapping[str, str] | None) -> frozenset[str] | None:
    """The providers whose events a trigger may mean; None = not known."""
    if trigger.has_nobody:
        return frozenset()
    if connections is None:
        return frozenset(trigger.providers) or None
    names = trigger.connections or connections
    found = {connections[name] for name in names if name in connections}
    if trigger.providers:
        found &= set(trigger.providers)
    return frozenset(found) or None


def parts_in_scope(tree: Node) -> Iterator[Node]:
    """The parts of an expression that see the event at the top of their scope."""
    yield tree
    if tree["type"] in _TRANSPARENT:
        for child in tree["children"]:
            yield from parts_in_scope(child)


def stretch_of(word: str, text: str) -> tuple[int, int]:
    """Start and length of a word in a text, or of the whole text if the word is not found."""
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", text) if word else None
    return (found.start(), len(word)) if found else (0, max(1, len(text)))


def uses_in(
    path: Path, items: Any, known: Mapping[str, AnyAction]
) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Yields every action of a list and of the follow-ups in it: its path, name and item."""
    for number, item in enumerate(items if isinstance(items, list) else ()):
        for name in item if isinstance(item, Mapping) else ():
            if name in known:
                here: Path = (*path, number, name)
                yield here, name, item
                if isinstance(item[name], Mapping):
                    yield from uses_in((*here, "actions"), item[name].get("actions"), known)
                    for index, later in later_follow_ups(item[name]):
                        inner: Path = (*here, "next", index, "actions")
                        yield from uses_in(inner, later.get("actions"), known)


def later_follow_ups(follow_up: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The follow-ups after the first one of a sequence, with the index of each in `next`."""
    written = follow_up.get("next")
    items = enumerate(written if isinstance(written, list) else ())
    return [(index, item) for index, item in items if isinstance(item, Mapping)]


def _uses(path: Path, items: Any, known: Mapping[str, AnyAction]) -> Iterator[UsedAction]:
    for here, name, item in uses_in(path, items, known):
        action, written = known[name], item[name]
        is_short = bool(action.shorthand) and not isinstance(written, Mapping | list)
        inputs = written if isinstance(written, Mapping) else {}
        if is_short and written is not None:
            inputs = {action.shorthand: written}
        yield UsedAction(here, name, action, inputs, is_short, item)


def _conditions(path: Path, items: Any) -> Iterator[WrittenExpression]:
    """The expressions of a list of conditions, and of the groups in it."""
    for index, item in enumerate(items if isinstance(items, list) else ()):
        here: Path = (*path, index)
        if isinstance(item, str):
            yield WrittenExpression(here, item, "conditions")
        if not isinstance(item, Mapping):
            continue
        for kind in _INNER:
            inner = item.get(kind)
            if isinstance(inner, str):
                yield WrittenExpression((*here, kind), inner, "conditions")
            yield from _conditions((*here, kind), inner)
