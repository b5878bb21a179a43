"""Reads the actions of a rule to steps, with their inputs and templates checked."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from automator.configuration.values import StrictModel, parse_status_range
from automator.files import Path, did_you_mean, kind_of, suggest
from automator.model import CancelOn, Problem, Reason, RetryPolicy, Step
from automator.plugins import AnyAction
from automator.reasons.problems import rules
from automator.reasons.problems.words import WORD_ACTIONS, WORD_KEYS_BESIDE_ACTION
from automator.rules.meaning.subject import later_follow_ups
from automator.rules.reading.active_times import read_active
from automator.rules.reading.collector import Collector
from automator.rules.reading.read_conditions import check_text, read_conditions
from automator.rules.reading.step_ids import StepIds
from automator.rules.references.outputs import texts_in
from automator.rules.schema.other_actions import called_otherwise, names_app, written_otherwise
from automator.rules.schema.rule_file import STEP_KEYS, CancelOnSource, RetrySource, StepSource
from automator.rules.templates.inputs import compile_text, is_address
from automator.rules.templates.template import is_template

_FOLLOW_UP = "follow_up"
_ON_ERROR = "on_error"
_NEST_LIMIT = 3
#: Inputs of the first follow-up of a sequence that hold for all of them.
_OF_SEQUENCE = ("timezone", "active", "key")


class ActionReader:
    """Reads the actions of one rule; ids are unique within it."""

    def __init__(
        self,
        collector: Collector,
        actions: Mapping[str, AnyAction],
        timezone: str | None = None,
        intervals: Collection[str] | None = None,
    ) -> None:
        """`timezone` is the zone of automator.yaml, for times of day without one, and `intervals`
        are the names of its time intervals.
        """
        self._timezone = timezone
        self._intervals = intervals
        self._collector = collector
        self._actions = actions
        self.ids = StepIds()
        #: Every rule that an input names, with the problem to report if there is none.
        self.mentions: list[tuple[str, Problem]] = []

    def read(self, path: Path, items: Any, depth: int = 0) -> tuple[Step, ...]:
        """The steps of a list; those with a problem are left out."""
        if not isinstance(items, list):
            return ()
        steps: list[Step | None] = []
        for index, item in enumerate(items):
            steps.append(self._step((*path, index), item, items[index + 1 :], depth))
        return tuple(step for step in steps if step)

    def _step(self, path: Path, item: Any, behind: list[Any], depth: int) -> Step | None:
        if not isinstance(item, Mapping):
            self._collector.at_value(path, self._not_an_action(item))
            return None
        otherwise = written_otherwise(item, behind, self._actions)
        if otherwise is not None:
            self._collector.at_key((*path, otherwise[0]), otherwise[1])
            return None
        name = self._action_name(path, item)
        common = {key: value for key, value in item.items() if key in STEP_KEYS}
        options = self._collector.model(StepSource, path, common)
        if name is None:
            return None
        here: Path = (*path, name)
        self._check_options(path, name, options)
        inputs = self._inputs(here, self._actions[name], item[name])
        if name == _FOLLOW_UP:
            self._read_times(here, inputs)
        following = later_follow_ups(inputs) if name == _FOLLOW_UP else []
        # Those behind it are numbered after it.
        step_id = self._id(path, options.id, name) if options and following else ""
        nested, cancel_on = self._follow_up(here, name, inputs, depth)
        if following:
            nested = (*nested, self._behind(here, step_id or name, inputs, cancel_on, depth))
        if options is None:
            return None
        return Step(
            id=step_id or self._id(path, options.id, name),
            action=name,
            inputs=inputs,
            place=self._collector.place(here),
            zone=self._timezone or "",
            name=options.name,
            condition=options.condition,
            retry=self._retry(path, options.retry),
            timeout_s=options.timeout,
            on_error=options.on_error,
            on_unknown=options.on_unknown,
            approval=options.approve.as_approval() if options.approve else None,
            asks=self._actions[name].asks,
            steps=nested,
            cancel_on=cancel_on,
            part=(1, len(following) + 1) if following else None,
        )

    def _check_options(self, path: Path, name: str, options: StepSource | None) -> None:
        """Checks that the action can be asked, approved, and done on a condition, as is written."""
        action = self._actions[name]
        if action.asks and _ON_ERROR in path:
            self._collector.at_key((*path, name), rules.ASKS_AFTER_ERROR())
        if options and options.approve and (why := _not_approved(action)):
            self._collector.at_key((*path, "approve"), why)
        if options and options.condition:
            check_text(self._collector, (*path, "if"), options.condition)

    def _not_an_action(self, item: Any) -> Reason:
        """The problem with an item that is no mapping."""
        otherwise = called_otherwise(item) if isinstance(item, str) else None
        if otherwise is not None:
            return otherwise
        suggestion = suggest(str(item), self._actions, WORD_ACTIONS)
        return rules.NOT_AN_ACTION(found=kind_of(item), suggestion=suggestion)

    def _action_name(self, path: Path, item: Mapping[str, Any]) -> str | None:
        others = [key for key in item if key not in STEP_KEYS]
        known = [key for key in others if key in self._actions]
        for key in others:
            if key in self._actions:
                continue
            self._collector.at_key((*path, key), self._wrong_action(key, known))
        if not others:
            self._collector.at_key(path, rules.MISSING_ACTION(known=sorted(self._actions)))
        if len(known) > 1:
            reason = rules.TWO_ACTIONS(key=known[1], action=known[0], nearest=known[1])
            self._collector.at_key((*path, known[1]), reason)
        return known[0] if known else None

    def _wrong_action(self, key: str, known: list[str]) -> Reason:
        """The problem with a key that is no action."""
        otherwise = called_otherwise(key)
        if otherwise is not None:
            return otherwise
        for action in known:
            if key in self._actions[action].inputs_model.model_fields:
                return rules.KEY_OUTSIDE_ACTION(key=key, action=action)
        if names_app(key):
            return rules.APP_BESIDE_ACTION(key=key)
        if known and (nearest := did_you_mean(key, self._actions)):
            return rules.TWO_ACTIONS(key=key, action=known[0], nearest=nearest)
        if known or did_you_mean(key, [*self._actions, *STEP_KEYS]) in STEP_KEYS:
            suggestion = suggest(key, STEP_KEYS, WORD_KEYS_BESIDE_ACTION)
            return rules.UNKNOWN_KEY_BESIDE_ACTION(key=key, suggestion=suggestion)
        suggestion = suggest(key, self._actions, WORD_ACTIONS)
        return rules.UNKNOWN_ACTION(key=key, suggestion=suggestion)

    def _id(self, path: Path, given: str | None, name: str) -> str:
        if given is None:
            return self.ids.make(name)
        if not self.ids.take(given):
            self._collector.at_value((*path, "id"), rules.STEP_ID_TAKEN(id=given))
        return given

    # --- Inputs ---

    def _inputs(
        self, path: Path, action: AnyAction, value: Any, model: type[StrictModel] | None = None
    ) -> dict[str, Any]:
        """The inputs as a mapping, with every mistake in them reported.

        `model` is another one than that of the action.
        """
        collector = self._collector
        plain = action.shorthand and isinstance(value, str | int | float | bool)
        data = {action.shorthand: value} if plain else {} if value is None else value

        def is_open(inner: Path, written: Any) -> bool:
            """Whether the value is a template, so that its result is not known yet."""
            is_literal = bool(inner) and inner[0] in action.literal_inputs
            return not is_literal and isinstance(written, str) and is_template(written)

        collector.model(model or action.inputs_model, path, data, exempt=is_open)
        if not isinstance(data, Mapping):
            return {}
        for name, inner in data.items():
            start = path if plain else (*path, name)
            if name in action.rule_inputs and isinstance(inner, str) and not is_template(inner):
                position = collector.parsed.positions.value(start)
                problem = collector.parsed.problem(position, rules.UNKNOWN_RULE(name=inner))
                self.mentions.append((inner, problem))
            if name not in action.literal_inputs:
                for leaf_path, text in texts_in(inner, start):
                    is_url = is_address(action, name, leaf_path[-1], text)
                    self._template(leaf_path, text, is_url=is_url)
        return dict(data)

    def _template(self, path: Path, text: str, *, is_url: bool) -> None:
        if is_template(text):
            for finding in compile_text(text, is_url=is_url)[1]:
                self._collector.inside(path, finding)

    # --- What needs more than a model ---

    def _read_times(self, path: Path, inputs: dict[str, Any]) -> None:
        """Gives times of day the zone of automator.yaml, and checks the names of intervals."""
        zone = self._timezone
        if zone is not None and inputs.get("at") is not None:
            inputs.setdefault("timezone", zone)
        if "active" in inputs:
            inputs["active"] = read_active(
                self._collector, (*path, "active"), inputs["active"], zone, self._intervals
            )

    def _follow_up(
        self, path: Path, name: str, inputs: Mapping[str, Any], depth: int
    ) -> tuple[tuple[Step, ...], CancelOn | None]:
        if name != _FOLLOW_UP:
            return (), None
        collector = self._collector
        if depth >= _NEST_LIMIT:
            collector.at_key(path, rules.FOLLOW_UPS_TOO_DEEP(most=_NEST_LIMIT))
            return (), None
        steps = self._inner((*path, "actions"), inputs.get("actions"), depth)
        cancel_path: Path = (*path, "cancel_on")
        if inputs.get("cancel_on") is None:
            return steps, None
        written = inputs["cancel_on"]
        source = collector.model(CancelOnSource, cancel_path, written)
        items = written.get("conditions") if isinstance(written, Mapping) else None
        conditions = read_conditions(collector, (*cancel_path, "conditions"), items)
        return steps, CancelOn(events=source.event, conditions=conditions) if source else None

    def _behind(
        self,
        path: Path,
        first_id: str,
        first: dict[str, Any],
        cancel_on: CancelOn | None,
        depth: int,
    ) -> Step:
        """The later follow-ups of a sequence: each is the last step of the follow-up before it."""
        action = self._actions[_FOLLOW_UP]
        items = later_follow_ups(first)
        del first["next"]
        shared = {key: first[key] for key in _OF_SEQUENCE if key in first}
        read: list[Step] = []
        for number, (index, item) in enumerate(items, 2):
            here: Path = (*path, "next", index)
            inputs = self._inputs(here, action, item, action.following_model)
            self._read_times(here, inputs)
            read.append(
                Step(
                    id=self._id(here, None, first_id),
                    action=_FOLLOW_UP,
                    inputs={**shared, **inputs},
                    place=self._collector.place(here),
                    zone=self._timezone or "",
                    steps=self._inner((*here, "actions"), inputs.get("actions"), depth),
                    cancel_on=cancel_on,
                    part=(number, len(items) + 1),
                )
            )
        behind = read.pop()
        for step in reversed(read):
            behind = replace(step, steps=(*step.steps, behind))
        return behind

    def _inner(self, path: Path, items: Any, depth: int) -> tuple[Step, ...]:
        """The steps inside a follow-up."""
        if items is not None and not (isinstance(items, list) and items):
            self._collector.at_key(path, rules.NOT_ACTIONS(found=kind_of(items)))
        return self.read(path, items, depth + 1)

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
                self._collector.at_value(place, rules.NOT_A_STATUS(value=item))
        return replace(policy, on_status=tuple(ranges))


def _not_approved(action: AnyAction) -> Reason | None:
    """The reason why nobody can approve what an action does; None where a person can."""
    if action.asks:
        return rules.QUESTION_TO_APPROVE(action=action.name)
    return None if action.reaches_out else rules.NOTHING_TO_APPROVE(action=action.name)
