"""Reads one rule file to its rules or its problems, once as long as it does not change."""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson

from automator.caches import SizedCache
from automator.configuration.time_intervals import TimeInterval
from automator.files import Path, kind_of, parse_yaml, suggest
from automator.model import Limits, MessagingPolicy, Problem, Rule, Severity, Trigger
from automator.plugins import AnyAction
from automator.rules.compiled.rule import CompiledRule
from automator.rules.reading.check_abilities import Abilities, check_abilities
from automator.rules.reading.check_meaning import KnownPaths, check_meaning
from automator.rules.reading.check_policy import Policies, check_policy
from automator.rules.reading.collector import Collector, TooManyProblemsError
from automator.rules.reading.read_actions import ActionReader
from automator.rules.reading.read_conditions import read_conditions
from automator.rules.reading.read_limits import check_limits, read_limits
from automator.rules.reading.read_triggers import TriggerReader
from automator.rules.reading.schema import (
    NOT_YET_RULE,
    RuleFileSource,
    RuleSource,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file may refer to. Two are equal when every file means the same in both."""

    actions: tuple[tuple[str, AnyAction], ...]
    connections: tuple[tuple[str, str], ...] | None
    vars_text: str
    intervals_text: str
    abilities_text: str
    paths: frozenset[tuple[str, frozenset[str]]]
    policy_items: frozenset[tuple[str, MessagingPolicy]]
    actions_by_name: Mapping[str, AnyAction] = field(compare=False)
    connection_names: frozenset[str] | None = field(compare=False)
    vars: Mapping[str, Any] = field(compare=False)
    #: Time intervals by name, or None when they are not known and nothing is checked.
    intervals: Mapping[str, TimeInterval] | None = field(compare=False)
    known_paths: KnownPaths = field(compare=False)
    policies: Policies = field(compare=False)
    #: What can be sent through each kind of provider, or None when nobody knows the providers.
    abilities: Abilities | None = field(compare=False)

    @classmethod
    def of(
        cls,
        actions: Mapping[str, AnyAction],
        connections: Mapping[str, str] | None,
        server_vars: Mapping[str, Any],
        intervals: Mapping[str, TimeInterval] | None = None,
        abilities: Abilities | None = None,
        known_paths: Mapping[str, Iterable[str]] | None = None,
        policies: Policies | None = None,
    ) -> "Surroundings":
        """Puts them together."""
        paths = {kind: frozenset(of_kind) for kind, of_kind in (known_paths or {}).items()}
        options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        return cls(
            actions=tuple(sorted(actions.items())),
            connections=None if connections is None else tuple(sorted(connections.items())),
            vars_text=orjson.dumps(dict(server_vars), default=repr, option=options).decode(),
            intervals_text=repr(sorted(intervals.items()) if intervals is not None else None),
            abilities_text=repr(sorted((k, sorted(v)) for k, v in (abilities or {}).items())),
            abilities=None if abilities is None else dict(abilities),
            paths=frozenset(paths.items()),
            policy_items=frozenset((policies or {}).items()),
            known_paths=paths,
            policies=dict(policies or {}),
            intervals=intervals,
            actions_by_name=dict(actions),
            connection_names=None if connections is None else frozenset(connections),
            vars=dict(server_vars),
        )


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What one file says."""

    #: Empty when there is an error in the file.
    rules: tuple[CompiledRule, ...]
    problems: tuple[Problem, ...]
    #: Every id with the problem to report if another file has it.
    ids: Mapping[str, Problem]
    #: Every rule that an action names, with the problem to report if there is none.
    mentions: tuple[tuple[str, Problem], ...]

    @property
    def is_broken(self) -> bool:
        """It has an error, so that none of its rules can be used."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


#: Bytes of files that are kept as they were read: enough for 10,000 rules. Checks of texts that
#: are never saved come by here too.
_MOST_BYTES: Final = 128_000_000
#: About what one takes: as such, and for each of its characters.
_BYTES: Final = 10_000
_BYTES_PER_CHARACTER: Final = 30
#: Texts of one file that are kept, the newest first: the one in force, the one on disk, and those
#: that somebody is trying. Whoever saves a file a hundred times does not fill the cache with it.
_VERSIONS: Final = 4
Version = tuple[str, ReadFile]
_READ: Final[SizedCache[tuple[Surroundings, str], tuple[Version, ...]]] = SizedCache(_MOST_BYTES)


def read_file(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    """Reads and compiles one file. Raises nothing: a fault of ours is a problem of this file."""
    try:
        return _read_or_kept(surroundings, name, text)
    except Exception as error:
        # Whatever it is, the other files shall still be read, and the server shall start.
        logger.exception("rules.reader_failed file=%s", name)
        message = f"automator has a fault, and cannot read this: {type(error).__name__}: {error}"
        fix = "please report it with this file; write the rule differently until it is mended."
        problem = Problem(file=name, line=1, column=1, message=message, code="cannot-read", fix=fix)
        return ReadFile((), (problem,), {}, ())


def _read_or_kept(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    key = (surroundings, name)
    known = dict(_READ.get(key) or ())
    read = known.pop(text, None) or _read_file(surroundings, name, text)
    _keep(key, ((text, read), *known.items()))
    return read


def _keep(key: tuple[Surroundings, str], versions: Iterable[Version]) -> None:
    """Keeps the newest of these versions, as many as the cache takes of one file."""
    kept: list[Version] = []
    weight = 0
    for version in islice(versions, _VERSIONS):
        more = _BYTES + _BYTES_PER_CHARACTER * len(version[0])
        if kept and weight + more > _READ.most_at_once:
            break
        kept.append(version)
        weight += more
    _READ.put(key, tuple(kept), weight)


def _read_file(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    reader = _FileReader(surroundings, Collector(parse_yaml(name, text, exactly=False)))
    with suppress(TooManyProblemsError):
        reader.read()
    if reader.collector.problems:
        reader = _FileReader(surroundings, Collector(parse_yaml(name, text)))
        with suppress(TooManyProblemsError):
            reader.read()
    problems = tuple(reader.collector.problems)
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    known = surroundings.intervals or {}
    compiled = (CompiledRule(rule, surroundings.actions_by_name, known) for rule in reader.rules)
    rules = () if broken else tuple(compiled)
    return ReadFile(rules, problems, reader.ids, tuple(reader.mentions))


class _FileReader:
    def __init__(self, surroundings: Surroundings, collector: Collector) -> None:
        self._surroundings = surroundings
        self.collector = collector
        self._triggers = TriggerReader(
            collector,
            surroundings.actions_by_name,
            connections=surroundings.connection_names,
            providers=None if surroundings.abilities is None else frozenset(surroundings.abilities),
        )
        self.rules: list[Rule] = []
        self.ids: dict[str, Problem] = {}
        self.mentions: list[tuple[str, Problem]] = []

    def read(self) -> None:
        """Fills `rules`, `ids` and the collector's problems."""
        data = self.collector.parsed.data
        if data is None:
            return
        source = self.collector.model(RuleFileSource, (), data)
        own = data.get("vars") if isinstance(data, Mapping) else None
        values = {**self._surroundings.vars, **(own if isinstance(own, Mapping) else {})}
        items = source.rules if source else data.get("rules") if isinstance(data, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else []):
            self._read_rule(("rules", index), item, values)

    def _read_rule(self, path: Path, item: Any, values: Mapping[str, Any]) -> None:
        collector = self.collector
        if not isinstance(item, Mapping):
            message = f"a rule is a mapping with an id, and this is {kind_of(item)}"
            collector.at_value(path, message, "wrong-kind", "begin it with '- id: …'.")
            return
        data = collector.without(path, item, sorted(NOT_YET_RULE), "rules")
        self._triggers.check_written(path, data)
        limits = read_limits(collector, (*path, "limits"), data.pop("limits", None))
        source = collector.model(RuleSource, path, data)
        conditions = read_conditions(collector, (*path, "conditions"), data.get("conditions"))
        reader = ActionReader(collector, self._surroundings.actions_by_name)
        reader.note_ids(data.get("actions"))
        reader.note_ids(data.get("on_error"))
        steps = reader.read((*path, "actions"), data.get("actions"))
        on_error = reader.read((*path, "on_error"), data.get("on_error"))
        self.mentions += reader.mentions
        if isinstance(data.get("id"), str):
            self._note_id(path, data["id"])
        if source is None:
            return
        disabled = source.disabled
        self._check_active(path, source)
        trigger = self._triggers.read((*path, "trigger"), source.trigger)
        self._check_abilities(path, data, trigger)
        if not collector.is_full_of_warnings:
            self._advise(path, data, trigger, limits)
        self.rules.append(
            Rule(
                id=source.id,
                name=source.name,
                description=source.description,
                enabled=source.enabled and disabled is None,
                disabled_reason=disabled.reason if disabled else "",
                priority=source.priority,
                stop=source.stop,
                shadow=source.mode == "shadow",
                active=source.active,
                outside=source.outside,
                limits=limits,
                pause_ms=round(source.pause_on.human_reply * 1000) if source.pause_on else None,
                trigger=trigger,
                conditions=conditions,
                steps=steps,
                on_error_steps=on_error,
                vars=values,
                place=collector.place((*path, "id")),
            )
        )

    def _check_abilities(self, path: Path, data: Mapping[str, Any], trigger: Trigger) -> None:
        around = self._surroundings
        if around.abilities is None:
            return
        known, names = around.actions_by_name, dict(around.connections or ())
        for key in ("actions", "on_error"):
            items, here = data.get(key), (*path, key)
            check_abilities(self.collector, here, items, trigger, known, around.abilities, names)

    def _advise(
        self, path: Path, data: Mapping[str, Any], trigger: Trigger, limits: Limits
    ) -> None:
        """Warnings about what can be read and cannot be meant."""
        collector, known = self.collector, self._surroundings.known_paths
        check_meaning(collector, (*path, "conditions"), data.get("conditions"), trigger, known)
        check_limits(collector, (*path, "limits"), limits, trigger, known)
        names = dict(self._surroundings.connections or ())
        policies = self._surroundings.policies
        check_policy(collector, (*path, "actions"), data.get("actions"), trigger, policies, names)

    def _note_id(self, path: Path, rule_id: str) -> None:
        parsed = self.collector.parsed
        position = parsed.positions.value((*path, "id"))
        problem = parsed.problem(position, "", "duplicate-id", fix="choose another id.")
        first = self.ids.setdefault(rule_id, problem)
        if first is problem:
            return
        message = f"the id '{rule_id}' is already taken by {first.file}:{first.line}"
        self.collector.at_value((*path, "id"), message, "duplicate-id", problem.fix)

    def _check_active(self, path: Path, source: RuleSource) -> None:
        """The intervals that a rule names exist, and `outside` does not stand alone."""
        known = self._surroundings.intervals
        for number, name in enumerate(source.active if known is not None else ()):
            if known is not None and name not in known:
                message = f"there is no time interval '{name}'"
                fix = suggest(name, known, "time intervals of automator.yaml")
                place = self._item((*path, "active"), number)
                self.collector.at_value(place, message, "unknown-interval", fix)
        if not source.active and "outside" in source.model_fields_set:
            message = "'outside' says nothing without 'active'"
            fix = "add 'active: …' with the name of a time interval, or leave 'outside' out."
            self.collector.at_key((*path, "outside"), message, "outside-alone", fix)

    def _item(self, path: Path, number: int) -> Path:
        return (*path, number) if isinstance(self.collector.parsed.at(path), list) else path
