"""Reads one rule file to its rules or its problems."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from automator.files import Parsed, Path, curly_quotes, kind_of, parse_yaml
from automator.model import Condition, Limits, Problem, Rule, Severity, Step, Trigger, record
from automator.reasons.problems import rules
from automator.reasons.problems.references import unusable_var
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.named_events import emitted_by
from automator.rules.meaning.event_paths import event_paths, headers_of, paths_of_expression
from automator.rules.meaning.own_vars import odd_vars
from automator.rules.meaning.subject import Subject
from automator.rules.meaning.table import remarks
from automator.rules.reading.active_times import read_active
from automator.rules.reading.before_mistake import before_mistake
from automator.rules.reading.collector import Collector, TooManyProblemsError
from automator.rules.reading.read_actions import ActionReader
from automator.rules.reading.read_conditions import read_conditions
from automator.rules.reading.read_limits import read_limits, read_rollout
from automator.rules.reading.read_tests import RuleTest, RuleTestReader
from automator.rules.reading.read_triggers import TriggerReader
from automator.rules.reading.surroundings import Surroundings
from automator.rules.references.check import ReferenceCheck
from automator.rules.schema.other_files import other_file
from automator.rules.schema.rule_file import RuleFileSource, RuleSource


@record(kw_only=False)
class ReadFile:
    """The result of reading one file."""

    #: Empty when there is an error in the file.
    rules: tuple[CompiledRule, ...]
    #: The tests of these rules.
    tests: tuple[RuleTest, ...]
    problems: tuple[Problem, ...]
    #: Every id with the problem to report if another file has it.
    ids: Mapping[str, Problem]
    #: Every rule that an action names, with the problem to report if there is none.
    mentions: tuple[tuple[str, Problem], ...]
    #: The names of the events that its rules raise, with those of a file that has an error.
    emits: frozenset[str] = frozenset()

    @property
    def is_broken(self) -> bool:
        """Whether it has an error, so that none of its rules can be used."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def read_file(surroundings: Surroundings, name: str, text: str) -> ReadFile:
    """Reads and compiles one file."""
    parsed = parse_yaml(name, text)
    reader = _FileReader(surroundings, Collector(parsed, surroundings.timezone))
    with suppress(TooManyProblemsError):
        reader.read()
    problems = (*reader.collector.problems, *_errors_before_mistake(surroundings, parsed, text))
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    known = surroundings.time_intervals or {}
    compiled = (CompiledRule(rule, surroundings.actions, known) for rule in reader.rules)
    rules = () if broken else tuple(compiled)
    tests = () if broken else tuple(reader.tests)
    emits = frozenset(name for rule in reader.rules for name in emitted_by(rule))
    return ReadFile(rules, tests, problems, reader.ids, tuple(reader.mentions), emits)


def _errors_before_mistake(
    surroundings: Surroundings, parsed: Parsed, text: str
) -> Iterator[Problem]:
    """The errors of the rules above a mistake in the YAML, which else show when that is mended.

    Not the warnings: some of them doubt what a rule further down may say.
    """
    if parsed.data is not None or not parsed.problems:
        return
    above = before_mistake(parsed.file, text, parsed.problems)
    if above is None:
        return
    reader = _FileReader(surroundings, Collector(above, surroundings.timezone))
    with suppress(TooManyProblemsError):
        reader.read()
    for problem in reader.collector.problems:
        if problem.severity is Severity.ERROR:
            yield problem


class _FileReader:
    def __init__(self, surroundings: Surroundings, collector: Collector) -> None:
        self._surroundings = surroundings
        self.collector = collector
        self._triggers = TriggerReader(
            collector,
            surroundings.actions,
            connections=surroundings.connections,
            providers=surroundings.abilities,
            timezone=surroundings.timezone,
        )
        #: The file does not switch its rules off.
        self._is_on = True
        self._tests = RuleTestReader(collector, surroundings.samples)
        self.rules: list[Rule] = []
        self.tests = self._tests.tests
        self.ids: dict[str, Problem] = {}
        self.mentions: list[tuple[str, Problem]] = []

    def read(self) -> None:
        """Fills `rules`, `ids` and the collector's problems."""
        data = self.collector.parsed.data
        if data is None:
            return
        if (other := other_file(data)) is not None:
            self.collector.at_key((other[0],), other[1])
            return
        source = self.collector.model(RuleFileSource, (), data)
        self._is_on = source is None or source.enabled
        own = data.get("vars") if isinstance(data, Mapping) else None
        own = own if isinstance(own, Mapping) else {}
        values = {**self._surroundings.vars, **own, **self._surroundings.assumed}
        own_names = frozenset(own)
        for name in own if self._surroundings.advises else ():
            if (reason := unusable_var(name)) is not None:
                self.collector.at_key(("vars", name), reason, Severity.WARNING)
        if own and self._surroundings.advises:
            for path, reason in odd_vars(self.collector.parsed, own):
                self.collector.at_value(path, reason, Severity.WARNING)
        items = source.rules if source else data.get("rules") if isinstance(data, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else []):
            self._read_rule(("rules", index), item, values, own_names)
        if self._surroundings.advises:
            self._check_quotes()

    def _check_quotes(self) -> None:
        """Adds what is between typographic marks, unless something else is wrong with it."""
        parsed, problems = self.collector.parsed, self.collector.problems
        told = {(problem.line, problem.column) for problem in problems}
        for path, reason in curly_quotes(parsed):
            place = parsed.positions.value(path)
            columns = range(place.column, place.column + place.length)
            if not any((place.line, column) in told for column in columns):
                self.collector.at_value(path, reason, Severity.WARNING)

    def _read_rule(
        self, path: Path, item: Any, values: Mapping[str, Any], own_names: frozenset[str]
    ) -> None:
        collector = self.collector
        if not isinstance(item, Mapping):
            collector.at_value(path, rules.NOT_A_RULE(found=kind_of(item)))
            return
        data = dict(item)
        self._triggers.check_written(path, data)
        limits = read_limits(collector, (*path, "limits"), data.pop("limits", None))
        source, conditions = self._read_source(path, data)
        steps, on_error_steps = self._read_steps(path, data)
        if isinstance(data.get("id"), str):
            self._note_id(path, data["id"])
        if source is None:
            return
        active = self._read_active(path, source, data.get("active"))
        trigger = self._triggers.read((*path, "trigger"), source.trigger)
        assumed, here = self._surroundings.rollout, (*path, "rollout")
        rollout = read_rollout(collector, here, source.rollout, trigger, assumed)
        self._check_references(path, data, trigger, steps, on_error_steps, values)
        fires_itself, every_step = trigger.schedule is not None, (*steps, *on_error_steps)
        here = (*path, "tests")
        self._tests.read(here, source.tests, source.id, every_step, fires_itself=fires_itself)
        self._check_meaning(path, item, trigger, limits, values)
        self.rules.append(
            source.as_rule(
                is_on=self._is_on,
                active=active,
                limits=limits,
                rollout=rollout,
                trigger=trigger,
                conditions=conditions,
                steps=steps,
                on_error_steps=on_error_steps,
                vars=values,
                own_vars=own_names,
                place=collector.place((*path, "id")),
            )
        )

    def _read_source(
        self, path: Path, data: dict[str, Any]
    ) -> tuple[RuleSource | None, tuple[Condition, ...]]:
        """The keys of a rule, None if one is wrong, and its conditions."""
        written = data.get("conditions")
        if isinstance(written, Mapping):
            # Told where they are read, with the expressions that it means.
            data["conditions"] = []
        source = self.collector.model(RuleSource, path, data)
        return source, read_conditions(self.collector, (*path, "conditions"), written)

    def _read_steps(
        self, path: Path, data: Mapping[str, Any]
    ) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        around = self._surroundings
        reader = ActionReader(
            self.collector, around.actions, around.timezone, around.time_intervals
        )
        for key in ("actions", "on_error"):
            reader.ids.set_aside(data.get(key))
        steps, on_error_steps = (
            reader.read((*path, key), data.get(key)) for key in ("actions", "on_error")
        )
        self.mentions += reader.mentions
        return steps, on_error_steps

    def _check_references(
        self,
        path: Path,
        data: Mapping[str, Any],
        trigger: Trigger,
        steps: tuple[Step, ...],
        on_error_steps: tuple[Step, ...],
        values: Mapping[str, Any],
    ) -> None:
        """Checks that everything that steps read exists: values, earlier steps, and fields."""
        around, collector = self._surroundings, self.collector
        advises = around.advises and not collector.is_full_of_warnings
        check = self._references(trigger, values, knows_events=advises)
        for wrong in check.check(steps, on_error_steps, path, data):
            if wrong.severity is Severity.ERROR or advises:
                collector.inside(wrong.path, wrong.finding, wrong.severity)

    def _references(
        self, trigger: Trigger, values: Mapping[str, Any], *, knows_events: bool
    ) -> ReferenceCheck:
        around = self._surroundings
        known, headers = around.known_paths, around.headers
        seen = headers_of(trigger, around.connections, headers)
        return ReferenceCheck(
            actions=around.actions,
            paths_read=paths_of_expression,
            of_event=event_paths(trigger, known, seen) if knows_events else lambda _: None,
            vars=values if around.knows_vars else None,
        )

    def _check_meaning(
        self,
        path: Path,
        data: Mapping[str, Any],
        trigger: Trigger,
        limits: Limits,
        values: Mapping[str, Any],
    ) -> None:
        """Adds what the table of checks finds in a rule that is well formed."""
        around, collector = self._surroundings, self.collector
        subject = Subject(
            path=path,
            data=data,
            trigger=trigger,
            limits=limits,
            actions=around.actions,
            connections=around.connections,
            accounts=around.accounts,
            targets=around.targets,
            receivers=around.receivers,
            secrets=around.secrets,
            has_public_url=around.has_public_url,
            abilities=around.abilities,
            policies=around.policies,
            ids=around.ids,
            vars=values,
            intervals=around.time_intervals or {},
            known_paths=around.known_paths,
            headers=around.headers,
            event_types=around.event_types,
            own_names=around.own_names,
            missing=self._references(trigger, values, knows_events=False).in_condition,
        )
        for severity, remark in remarks(
            subject, lambda: around.advises and not collector.is_full_of_warnings
        ):
            if remark.finding is not None:
                collector.inside(remark.path, remark.finding, severity)
            elif remark.about_key:
                collector.at_key(remark.path, remark.reason, severity)
            else:
                collector.at_value(remark.path, remark.reason, severity)

    def _note_id(self, path: Path, rule_id: str) -> None:
        parsed = self.collector.parsed
        position = parsed.positions.value((*path, "id"))
        reason = rules.RULE_ID_TAKEN(id=rule_id, file=parsed.file, line=position.line)
        problem = parsed.problem(position, reason)
        first = self.ids.setdefault(rule_id, problem)
        if first is not problem:
            self.collector.at_value((*path, "id"), first.reason)

    def _read_active(self, path: Path, source: RuleSource, written: Any) -> Any:
        """The times at which the rule acts; `outside` must not stand alone."""
        if not source.active and "outside" in source.model_fields_set:
            self.collector.at_key((*path, "outside"), rules.OUTSIDE_ALONE())
        around = self._surroundings
        here: Path = (*path, "active")
        known = around.time_intervals
        return read_active(self.collector, here, written or (), around.timezone, known)
