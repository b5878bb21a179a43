"""Reads the actions of a rule to steps, with their inputs and templates checked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from automator.configuration.values import parse_status_range
from automator.files import Path, did_you_mean, kind_of, suggest
from automator.model import CancelOn, Problem, RetryPolicy, Step
from automator.plugins import AnyAction
from automator.rules.reading.collector import Collector
from automator.rules.reading.read_conditions import check_text, read_conditions
from automator.rules.reading.schema import (
    NOT_YET_ACTIONS,
    STEP_KEYS,
    CancelOnSource,
    RetrySource,
    StepSource,
)
from automator.rules.templates.inputs import compile_text, is_address
from automator.rules.templates.template import is_template

_FOLLOW_UP = "follow_up"
_NEST_LIMIT = 3


class ActionReader:
    """Reads the actions of one rule; ids are unique within it."""

    def __init__(self, collector: Collector, actions: Mapping[str, AnyAction]) -> None:
        self._collector = collector
        self._actions = actions
        self._taken: set[str] = set()
        self._given: set[str] = set()
        #: Every rule that an input names, with the problem to report if there is none.
        self.mentions: list[tuple[str, Problem]] = []

    def note_ids(self, items: Any) -> None:
        """Sets aside the ids that people wrote, so that no made-up id takes one of them."""
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping):
                if isinstance(item.get("id"), str):
                    self._given.add(item["id"])
                inner = item.get(_FOLLOW_UP)
                if isinstance(inner, Mapping):
                    self.note_ids(inner.get("actions"))

    def read(self, path: Path, items: Any, depth: int = 0) -> tuple[Step, ...]:
        """The steps of a list; those with a problem are left out."""
        if not isinstance(items, list):
            return ()
        steps = [self._step((*path, index), item, depth) for index, item in enumerate(items)]
        return tuple(step for step in steps if step)

    def _step(self, path: Path, item: Any, depth: int) -> Step | None:
        if not isinstance(item, Mapping):
            message = f"an action is a mapping such as 'reply: …', and this is {kind_of(item)}"
            fix = suggest(str(item), self._actions, "actions")
            self._collector.at_value(path, message, "wrong-kind", fix)
            return None
        name = self._action_name(path, item)
        common = {key: value for key, value in item.items() if key in STEP_KEYS}
        options = self._collector.model(StepSource, path, common)
        if name is None:
            return None
        here: Path = (*path, name)
        inputs = self._inputs(here, self._actions[name], item[name])
        nested, cancel_on = self._follow_up(here, name, inputs, depth)
        if options is None:
            return None
        if options.condition:
            check_text(self._collector, (*path, "if"), options.condition)
        return Step(
            id=self._id(path, options.id, name),
            action=name,
            inputs=inputs,
            place=self._collector.place(here),
            name=options.name,
            condition=options.condition,
            retry=self._retry(path, options.retry),
            timeout_s=options.timeout,
            on_error=options.on_error,
            on_unknown=options.on_unknown,
            steps=nested,
            cancel_on=cancel_on,
        )

    def _action_name(self, path: Path, item: Mapping[str, Any]) -> str | None:
        others = [key for key in item if key not in STEP_KEYS]
        known = [key for key in others if key in self._actions]
        for key in others:
            if key in self._actions:
                continue
            if key in NOT_YET_ACTIONS:
                message, fix = f"the action '{key}' is not available yet", "leave it out for now."
                self._collector.at_key((*path, key), message, "not-yet", fix)
            elif known and (nearest := did_you_mean(key, self._actions)):
                message = f"'{key}' cannot stand in one item with '{known[0]}'"
                fix = f"begin a new item: '- {nearest}: …'."
                self._collector.at_key((*path, key), message, "two-actions", fix)
            elif known or did_you_mean(key, [*self._actions, *STEP_KEYS]) in STEP_KEYS:
                message = f"an action has no '{key}' beside it"
                fix = suggest(key, STEP_KEYS, "keys beside an action")
                self._collector.at_key((*path, key), message, "unknown-key", fix)
            else:
                fix = suggest(key, self._actions, "actions")
                message = f"there is no action '{key}'"
                self._collector.at_key((*path, key), message, "unknown-action", fix)
        if not others:
            fix = f"add one of: {', '.join(sorted(self._actions))}."
            self._collector.at_key(path, "this item names no action", "missing-action", fix)
        if len(known) > 1:
            message = f"'{known[1]}' cannot stand in one item with '{known[0]}'"
            fix = f"begin a new item: '- {known[1]}: …'."
            self._collector.at_key((*path, known[1]), message, "two-actions", fix)
        return known[0] if known else None

    def _id(self, path: Path, given: str | None, name: str) -> str:
        if given is not None:
            if given in self._taken:
                message = f"the id '{given}' is already taken within this rule"
                self._collector.at_value(
                    (*path, "id"), message, "duplicate-id", "choose another id."
                )
            self._taken.add(given)
            return given
        made, number = name, 1
        while made in self._taken or made in self._given:
            number += 1
            made = f"{name}_{number}"
        self._taken.add(made)
        return made

    # --- Inputs ---

    def _inputs(self, path: Path, action: AnyAction, value: Any) -> dict[str, Any]:
        """The inputs as a mapping, with every mistake in them reported."""
        collector = self._collector
        plain = action.shorthand and isinstance(value, str | int | float | bool)
        data = {action.shorthand: value} if plain else {} if value is None else value
        collector.model(action.inputs_model, path, data, exempt=_has_template)
        if not isinstance(data, Mapping):
            return {}
        for name, inner in data.items():
            start = path if plain else (*path, name)
            if name in action.rule_inputs and isinstance(inner, str) and not is_template(inner):
                position = collector.parsed.positions.value(start)
                problem = collector.parsed.problem(position, "", "unknown-rule", fix="")
                self.mentions.append((inner, problem))
            if name not in action.literal_inputs:
                for leaf_path, text in _texts(inner, start):
                    self._template(leaf_path, text, is_url=is_address(action, name))
        return dict(data)

    def _template(self, path: Path, text: str, *, is_url: bool) -> None:
        if is_template(text):
            for finding in compile_text(text, is_url=is_url)[1]:
                self._collector.inside(path, finding)

    # --- What needs more than a model ---

    def _follow_up(
        self, path: Path, name: str, inputs: Mapping[str, Any], depth: int
    ) -> tuple[tuple[Step, ...], CancelOn | None]:
        if name != _FOLLOW_UP:
            return (), None
        collector = self._collector
        if depth >= _NEST_LIMIT:
            message = f"follow-ups stand at most {_NEST_LIMIT} deep inside one another"
            collector.at_key(path, message, "too-deep", "put the rest into a rule of its own.")
            return (), None
        here: Path = (*path, "actions")
        items = inputs.get("actions")
        if items is not None and not (isinstance(items, list) and items):
            message = f"'actions' is a list of actions, and this is {kind_of(items)}"
            fix = "write each action on a line of its own, after '- '."
            collector.at_key(here, message, "wrong-kind", fix)
        steps = self.read(here, items, depth + 1)
        cancel_path: Path = (*path, "cancel_on")
        if inputs.get("cancel_on") is None:
            return steps, None
        written = inputs["cancel_on"]
        source = collector.model(CancelOnSource, cancel_path, written)
        items = written.get("conditions") if isinstance(written, Mapping) else None
        conditions = read_conditions(collector, (*cancel_path, "conditions"), items)
        return steps, CancelOn(events=source.event, conditions=conditions) if source else None

    def _retry(self, path: Path, source: RetrySource) -> RetryPolicy:
        policy = RetryPolicy(
            max_attempts=source.max_attempts, interval_s=source.interval, strategy=source.strategy
        )
        if source.on_status is None:
            return policy
        ranges: list[tuple[int, int]] = []
        for index, item in enumerate(source.on_status):
            try:
                ranges.append(parse_status_range(item))
            except ValueError:
                place: Path = (*path, "retry", "on_status", index)
                message = f"'{item}' is not a status or a range of them"
                fix = 'write a number from 100 to 599, or "500-599".'
                self._collector.at_value(place, message, "wrong-value", fix)
        return replace(policy, on_status=tuple(ranges))


def _has_template(value: Any) -> bool:
    """A template stands here; what it will give is not known yet."""
    return isinstance(value, str) and is_template(value)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text inside a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
