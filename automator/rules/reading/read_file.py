"""Reads one rule file: its rules, its tests and its problems.

`read_file` has `automator.files` read the YAML. `_FileReader` goes through the rules one by one:
the keys of each, then its trigger, limits and rollout, conditions, times, actions and tests, which
have their parts below in this order. All of them write to one `Collector`, which places every
problem at the word that it is about. A well-formed rule is checked by `automator.rules.meaning`,
also for names that do not exist; it is compiled at the end, if the file has no error.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from automator.conditions import (
    INTENTS,
    SCOPE_NAMES,
    CompiledExpression,
    Finding,
    cancelled_by,
    check_expression,
    compile_expression,
    meant_in_expression,
    unparse,
    with_own_words,
)
from automator.configuration.everyday_times import meant_times
from automator.configuration.time_intervals import DEFAULT_ZONE, names_meant
from automator.configuration.values import StrictModel, parse_status_range
from automator.files import (
    MAX_PROBLEMS,
    Parsed,
    Path,
    Position,
    did_you_mean,
    kind_of,
    mistake_in_line,
    parse_yaml,
    suggest,
    suggest_sample,
    validate,
)
from automator.files.one_line import inline, scalar_text
from automator.files.positions import problem_at
from automator.files.yaml_mistakes import text_between_brackets
from automator.model import (
    Condition,
    Expression,
    Place,
    Problem,
    Reason,
    Rule,
    Schedule,
    Severity,
    Step,
    Trigger,
    record,
)
from automator.model.own_events import SCHEDULE, SCHEDULE_CONTACT, SCHEDULE_FIRED
from automator.model.rule import (
    Absence,
    Approval,
    Audience,
    Both,
    CancelOn,
    Group,
    Limits,
    RetryPolicy,
    Rollout,
    expressions_of,
)
from automator.plugins import AnyAction
from automator.reasons import ReasonKind
from automator.reasons.attempts.questions import belongs_to_question
from automator.reasons.limits import (
    answered_by_hand,
    collected,
    collected_for_place,
    collected_last,
    concurrency_full,
    once,
    once_within,
    outside,
    outside_for_ever,
    throttled,
)
from automator.reasons.problems import functions, phrases, rule_tests, rules, shape, triggers
from automator.reasons.problems.files.syntax import syntax_condition_with_colon
from automator.reasons.problems.references import unusable_var
from automator.reasons.runs import came_with
from automator.rules.compiled.globs import matches, matches_any
from automator.rules.compiled.rule import CompiledRule
from automator.rules.compiled.shop_texts import (
    ANSWER,
    MOST_CHARACTERS,
    as_one_text,
    is_shop_text,
    shop_text_file,
    texts_named,
)
from automator.rules.meaning.comparisons import meaning_constant_comparison
from automator.rules.meaning.event_paths import event_paths, seen_of
from automator.rules.meaning.listening import SHARED_EVENTS
from automator.rules.meaning.references import ReferenceCheck
from automator.rules.meaning.subject import RuleContext, Subject, later_follow_ups, uses_in
from automator.rules.meaning.table import CHECKS
from automator.rules.meaning.values import odd_values
from automator.rules.reading.cron import Cron, parse_cron
from automator.rules.reading.snippets import (
    Budget,
    Filled,
    SharedParts,
    Snippet,
    TooLargeError,
    included_places,
    is_use,
    lists_of_actions,
    put_in,
)
from automator.rules.schema.foreign_actions import (
    called_otherwise,
    names_app,
    other_file,
    written_otherwise,
)
from automator.rules.schema.foreign_conditions import GROUPS, meant_condition, meant_conditions
from automator.rules.schema.old_spellings import take_as_new
from automator.rules.schema.rule_file import (
    STEP_KEYS,
    USUAL_PER_SECOND,
    ApproveSource,
    AudienceSource,
    BothSource,
    CancelOnSource,
    DefaultsSource,
    IntentSource,
    LimitsSource,
    NamedConditionSource,
    RetrySource,
    RolloutSource,
    RuleFileSource,
    RuleSource,
    ScheduleSource,
    SnippetSource,
    StepSource,
    TriggerSource,
)
from automator.rules.schema.rule_tests import (
    ExpectSource,
    RuleTestSource,
    SentExpectation,
    StepExpectation,
    lacks_status,
    seen_words,
)
from automator.rules.templates.inputs import compile_text, is_address, texts_in
from automator.rules.templates.template import is_template

ModelT = TypeVar("ModelT", bound=BaseModel)


@record(kw_only=False)
class RuleTest:
    """A test of a rule, and its place in the file."""

    rule: str
    place: Place
    source: RuleTestSource
    #: Every file that the test names, with the problem to report if the file cannot be read; the
    #: reason is added then.
    files: tuple[tuple[str, Problem], ...] = ()
    #: Why the test cannot be run; None = it can.
    failure: Reason | None = None
    #: The places of the parts of `expect`, by their paths from there.
    places: Mapping[Path, Place] = field(default_factory=dict)

    def place_of(self, path: Path) -> Place:
        """The place of a part of `expect`, or of the innermost part around it that is written."""
        here: Path = ()
        for part in path:
            # The only item of a list may be written without the list.
            here = (*here, part) if (*here, part) in self.places else here
        return self.places.get(here, self.place)


@record(kw_only=False)
class ReadFile:
    """The result of reading one file."""

    #: The rules; empty if the file has an error.
    rules: tuple[CompiledRule, ...]
    #: The tests of these rules.
    tests: tuple[RuleTest, ...]
    #: All problems; a report lists only the first of them.
    problems: tuple[Problem, ...]
    #: Every id in the file, with the problem to report if another file has the same id.
    ids: Mapping[str, Problem]
    #: Every rule that an action names and every event that one raises: the key of its input, the
    #: name, and the problem to report if there is no such rule, or if no rule listens to the event.
    mentions: tuple[tuple[str, str, Problem], ...]
    #: The parts that files see which include this one; with the parts that it includes itself.
    shared: SharedParts = field(default_factory=SharedParts)
    #: What it was given for each file that it looked for, to include it; None = no such file.
    included: "Mapping[str, ReadFile | None]" = field(default_factory=dict)
    #: Of a text from which rules answer: the text.
    shop_text: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether it has an error, so that none of its rules can be used."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def sees(self, included: "Included") -> bool:
        """Whether it would be given the same versions of the files that it includes."""
        return all(included(name) is file for name, file in self.included.items())


#: Gives the version to use of a file, for a file that includes it; None if there is no such file.
Included = Callable[[str], ReadFile | None]


def includes_nothing(_: str) -> None:
    """The `Included` of a file that is included itself."""


def read_file(
    rule_context: RuleContext, name: str, text: str, included: Included = includes_nothing
) -> ReadFile:
    """Reads and compiles one file."""
    if is_shop_text(name):
        return ReadFile((), (), _shop_text_problems(name, text), {}, (), shop_text=text)
    parsed = parse_yaml(name, text)
    reader = _FileReader(rule_context, parsed, included)
    above = _errors_before_mistake(rule_context, parsed, included)
    problems = (*reader.collector.problems, *above)
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    known = rule_context.time_intervals or {}
    compiled = (CompiledRule(rule, rule_context.actions, known) for rule in reader.rules)
    rules = () if broken else tuple(compiled)
    tests = () if broken else tuple(reader.tests)
    return ReadFile(
        rules,
        tests,
        problems,
        reader.ids,
        tuple(reader.mentions),
        reader.shared,
        reader.included,
    )


def _shop_text_problems(name: str, text: str) -> tuple[Problem, ...]:
    """An error if a text is too long to answer from."""
    if len(text) <= MOST_CHARACTERS:
        return ()
    reason = rules.rule_text_too_long(count=len(text), most=MOST_CHARACTERS)
    return (problem_at(name, text.split("\n"), Position(1, 1), reason),)


def _errors_before_mistake(
    rule_context: RuleContext, parsed: Parsed, included: Included
) -> Iterator[Problem]:
    """The errors in the rules above a mistake in the YAML; otherwise people would see them only
    after mending it.

    Warnings are left out, because a rule further down may prove them wrong.
    """
    if parsed.data is not None or not parsed.problems:
        return
    above = _before_mistake(parsed)
    if above is None:
        return
    for problem in _FileReader(rule_context, above, included).collector.problems:
        if problem.severity is Severity.ERROR:
            yield problem


# --- Files with a mistake in their YAML: the rules above it are complete ---


_ITEM = re.compile(r"( *)- ")
#: Keys of a file that may follow the rules and apply to all of them.
_FOR_ALL = re.compile(r"(?:include|vars|intents|snippets|defaults|enabled)\s*:")
#: The parser notices an unclosed quote or bracket far below it, so some earlier ends are tried.
_MOST_TRIES = 4


def _before_mistake(file: Parsed) -> Parsed | None:
    """The rules above the mistake, if they are valid YAML without the rest; else None."""
    lines = file.lines
    first = min(problem.line for problem in file.problems) - 1
    for begin in list(_begins(lines[:first]))[: -_MOST_TRIES - 1 : -1]:
        if any(_FOR_ALL.match(line) for line in lines[begin:]):
            return None
        parsed = parse_yaml(file.file, "\n".join(lines[:begin]))
        if not parsed.problems:
            return parsed
    return None


def _begins(lines: Sequence[str]) -> Iterator[int]:
    """The lines with which a rule begins, apart from the first."""
    indent: str | None = None
    is_below_rules = False
    for number, line in enumerate(lines):
        if not is_below_rules:
            is_below_rules = line.rstrip() == "rules:"
            continue
        item = _ITEM.match(line)
        if item is None:
            continue
        if indent is None:
            indent = item[1]
        elif item[1] == indent:
            yield number


# --- The problems of a file, each at the word that it is about ---


#: Problems that a better explanation of the same line replaces.
_OF_SHAPE = frozenset({"unknown-key", "wrong-kind", "unknown-action", "missing-key"})
#: Problems of names without values between braces, such as `{a, b}`: quotes would not help.
_OF_SETS = frozenset({shape.shape_value_as_key.code, shape.shape_written_otherwise.code})


class TooManyProblemsError(Exception):
    """The file has more errors than are listed; this stops the reading."""


class Collector:
    """Collects the problems of a file, each at the word that it is about.

    It takes one error more than are listed, which ends the reading of the file, and the same number
    of warnings.
    """

    def __init__(self, parsed: Parsed, zone: str | None = None) -> None:
        """`zone` is the zone of automator.yaml, which a call without a zone most likely means."""
        self.parsed = parsed
        self.zone = zone or DEFAULT_ZONE
        self.problems: list[Problem] = []
        #: The valid expressions, kept so that compiling one again returns the same object.
        self.expressions: list[CompiledExpression] = []
        #: The words that the file adds to intents.
        self.own_words: dict[str, dict[str, list[str]]] = {}
        self._counts: Counter[Severity] = Counter()
        # The lines that YAML misreads; each gets only one problem.
        self._unread: set[int] = set()
        with suppress(TooManyProblemsError):
            for problem in parsed.problems:
                self._take(problem)
        self._unread = {problem.line for problem in parsed.problems}

    @property
    def is_full_of_warnings(self) -> bool:
        """Whether there are as many warnings as are listed, so that no more are needed."""
        return self._counts[Severity.WARNING] > MAX_PROBLEMS

    def _add(self, problem: Problem) -> None:
        if problem.line in self._unread:
            return
        better = self._better(problem) if problem.code in _OF_SHAPE else None
        if better is not None:
            problem = better
            self._unread.add(problem.line)
        self._take(problem)

    def add(self, problems: Iterable[Problem]) -> None:
        """Adds problems whose places are known already."""
        for problem in problems:
            self._add(problem)

    def _take(self, problem: Problem) -> None:
        self._counts[problem.severity] += 1
        count = self._counts[problem.severity]
        if count <= MAX_PROBLEMS + 1:
            self.problems.append(problem)
        if count > MAX_PROBLEMS and problem.severity is Severity.ERROR:
            raise TooManyProblemsError

    def _better(self, problem: Problem) -> Problem | None:
        """A problem that explains the same line better, such as a missing quote; or None."""
        mistake = mistake_in_line(self.parsed.lines, problem.line)
        if mistake is None and problem.reason.code not in _OF_SETS:
            position = Position(problem.line, problem.column)
            mistake = text_between_brackets(self.parsed.lines, position)
        return None if mistake is None else self.parsed.problem(*mistake)

    def at_key(self, path: Path, reason: Reason, severity: Severity = Severity.ERROR) -> None:
        """Adds a problem with the key at the end of `path`."""
        self._add(self.parsed.problem(self.parsed.positions.key(path), reason, severity))

    def at_value(self, path: Path, reason: Reason, severity: Severity = Severity.ERROR) -> None:
        """Adds a problem with the value at `path`."""
        self._add(self.parsed.problem(self.parsed.positions.value(path), reason, severity))

    def inside(self, path: Path, found: Finding, severity: Severity = Severity.ERROR) -> None:
        """Adds a problem with a part of the text at `path`."""
        position = self.parsed.positions.inside(path, found.offset, found.length)
        reason = found.reason
        if reason.code == functions.condition_zone_missing.code:
            reason = replace(reason, params={**reason.params, "zone": self.zone})
        self._add(self.parsed.problem(position, reason, severity))

    def is_cut_at_comma(self, path: Path) -> bool:
        """Whether the text at `path` is only a part of a text, which YAML has cut at a comma
        between brackets. If so, reports this.

        It is then the only problem of its line.
        """
        position = self.parsed.positions.value(path)
        cut = text_between_brackets(self.parsed.lines, position)
        if cut is not None and position.written_at is None:
            self._add(self.parsed.problem(*cut))
            self._unread.add(cut[0].line)
            return True
        return False

    def unknown_name(self, path: Path, text: str, word: str, known: Collection[str]) -> None:
        """Adds a problem if a name inside a text is not among the known names."""
        found = re.search(rf"(?<![\w.'\"]){re.escape(word)}(?!\w)", text)
        offset = found.start() if found else 0
        suggestion = suggest(word, known, phrases.word_names)
        kind = rules.rule_unknown_name if did_you_mean(word, known) else rules.rule_name_or_text
        reason = kind(name=word, suggestion=suggestion)
        meant = meant_in_expression(word)
        if meant is not None:
            reason = rules.rule_name_of_elsewhere(name=word, better=meant)
        self.inside(path, Finding(offset, len(word), reason))

    def unknown_names(
        self,
        path: Path,
        names: Iterable[str],
        known: Collection[str],
        kind: ReasonKind[...],
        many: ReasonKind[...],
    ) -> None:
        """Adds a problem for each unknown name at `path`, which has one name or a list."""
        for number, name in enumerate(names):
            if name not in known:
                reason = kind(name=name, suggestion=suggest(name, known, many))
                self.at_value(self.item(path, number), reason)

    def item(self, path: Path, number: int) -> Path:
        """The path of one of the texts at `path`, where the file has a text or a list of texts."""
        return (*path, number) if isinstance(self.parsed.at(path), list) else path

    def model(
        self,
        model: type[ModelT],
        path: Path,
        data: Any,
        exempt: Callable[[Path, Any], bool] | None = None,
    ) -> ModelT | None:
        """The data as a model; None if it has mistakes, which are added as problems."""
        instance, problems = validate(model, self.parsed, path, data, exempt=exempt)
        for problem in problems:
            self._add(problem)
        return instance

    def place(self, path: Path) -> Place:
        """The place of the key or the value at `path`."""
        position, at = self.parsed.positions.key(path), None
        if position.written_at is not None:
            at = Place(*position.written_at, 1)
        return Place(self.parsed.file, position.line, position.column, at)


# --- The rules of a file, one by one ---


class _FileReader:
    """Reads the rules of a file; their problems go into the collector."""

    def __init__(self, rule_context: RuleContext, parsed: Parsed, included: Included) -> None:
        self._rule_context = rule_context
        self._get_included = included
        #: What it was given for each file that it has looked for.
        self.included: dict[str, ReadFile | None] = {}
        self.shared = SharedParts()
        self._quotes = [(parsed.positions.value(path), reason) for path, reason in parsed.quotes]
        old_spellings = take_as_new(parsed)
        self.collector = Collector(parsed, rule_context.timezone)
        self._triggers = TriggerReader(self.collector, rule_context)
        #: Whether the file leaves its rules switched on.
        self._is_on = True
        self._tests = RuleTestReader(self.collector, rule_context)
        self.rules: list[Rule] = []
        self.tests = self._tests.tests
        self.ids: dict[str, Problem] = {}
        self.mentions: list[tuple[str, str, Problem]] = []
        with suppress(TooManyProblemsError):
            self._read(parsed.data)
        if rule_context.advises:
            self.collector.add(old_spellings)

    def _read(self, data: Any) -> None:
        if data is None:
            return
        if (other := other_file(data)) is not None:
            self.collector.at_key((other[0],), other[1])
            return
        source = self.collector.model(RuleFileSource, (), data)
        shared = {"include", "snippets", "defaults"}
        if source is None and isinstance(data, Mapping) and data.keys() & shared:
            # Without them, the rules would have many more mistakes.
            return
        self._is_on = source is None or source.enabled
        around = self._included_parts(source.include if source else ())
        self._read_intents(source.intents if source else {})
        own = data.get("vars") if isinstance(data, Mapping) else None
        own = own if isinstance(own, Mapping) else {}
        snippets = self._read_snippets(source.snippets if source else {})
        parts = SharedParts(
            vars=own,
            words=self.collector.own_words,
            snippets=snippets,
            defaults=self._read_defaults(source.defaults if source else DefaultsSource()),
        )
        self.shared = (around or self.shared).under(parts)
        are_all = around is not None
        self.collector.add(put_in(self.collector.parsed, self.shared, are_all=are_all))
        values = {
            **self._rule_context.vars,
            **self.shared.vars,
            **self._rule_context.assumed,
        }
        own_names = frozenset(self.shared.vars)
        for name in own if self._rule_context.advises else ():
            if (reason := unusable_var(name)) is not None:
                self.collector.at_key(("vars", name), reason, Severity.WARNING)
        items = source.rules if source else data.get("rules") if isinstance(data, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else []):
            self._read_rule(("rules", index), item, values, own_names)
        if self._rule_context.advises:
            for path, reason in odd_values(self.collector.parsed, self.rules):
                self.collector.at_value(path, reason, Severity.WARNING)
            self._check_quotes()

    def _read_intents(self, intents: Mapping[str, IntentSource]) -> None:
        """Takes the words that the file adds to intents, and reports what can have no effect."""
        collector = self.collector
        for name, source in intents.items():
            here = ("intents", name)
            if name not in INTENTS:
                reason = functions.condition_unknown_intent(intent=name, known=[*INTENTS])
                collector.at_key(here, reason)
                continue
            for number, added in enumerate(source.add):
                if excepted := cancelled_by(added, source.excepted):
                    reason = functions.condition_words_cancelled(added=added, excepted=excepted)
                    collector.at_value(collector.item((*here, "add"), number), reason)
            known = collector.own_words.get(name, {})
            words = {
                "add": [*known.get("add", ()), *source.add],
                "except": [*known.get("except", ()), *source.excepted],
            }
            collector.own_words[name] = {key: texts for key, texts in words.items() if texts}

    def _included_parts(self, names: Sequence[str]) -> SharedParts | None:
        """The parts of all included files; of the same name, the later file's counts. None if one
        of the files cannot be included, which is reported.
        """
        found, are_all = SharedParts(), True
        for number, name in enumerate(names):
            file = self._look_for(name)
            reason = rules.rule_include_missing(file=name)
            if file is not None:
                kind = rules.rule_include_nested if file.included else rules.rule_include_broken
                reason = kind(file=name)
            if file is None or file.included or file.is_broken:
                self.collector.at_value(self.collector.item(("include",), number), reason)
                are_all = False
                continue
            self.collector.own_words |= file.shared.words
            found = found.under(file.shared)
        return found if are_all else None

    def _look_for(self, name: str) -> ReadFile | None:
        """The file of this name in the folder of this file, or in the nearest folder above it."""
        for place in included_places(self.collector.parsed.file, name):
            self.included[place] = self._get_included(place)
            if self.included[place] is not None:
                return self.included[place]
        return None

    def _read_defaults(self, source: DefaultsSource) -> dict[str, Parsed]:
        """Takes the keys of `defaults`, without one whose mistake each rule would repeat."""
        collector = self.collector
        found: dict[str, Parsed] = {}
        for key in source.model_fields_set:
            path: Path = ("defaults", key)
            written, count = collector.parsed.at(path), len(collector.problems)
            if key == "limits":
                read_limits(collector, path, written)
            elif key == "active":
                read_active(collector, path, written or (), self._rule_context)
            if len(collector.problems) == count:
                found[key] = collector.parsed
        return found

    def _read_snippets(self, sources: Mapping[str, SnippetSource]) -> dict[str, Snippet]:
        """Takes the snippets of the file, and reports their mistakes that no value can mend."""
        parsed = self.collector.parsed
        found: dict[str, Snippet] = {}
        budget = Budget()
        for name, source in sources.items():
            path: Path = ("snippets", name)
            found[name] = Snippet(parsed=parsed, path=path, source=source)
            for where, holder, key in lists_of_actions(path, parsed.at(path)):
                for number, item in enumerate(holder[key]):
                    if is_use(item):
                        here: Path = (*where, key, number, "use")
                        self.collector.at_key(here, rules.rule_use_in_snippet())
            with suppress(TooLargeError):
                # What is too large without values is so in each rule, which reports it.
                self._check_snippet(path, Filled(found[name], {}, budget), source.parameters)
        return found

    def _check_snippet(self, path: Path, filled: Filled, parameters: Mapping[str, Any]) -> None:
        here: Path = (*path, "actions")
        for inner, reason in filled.mistakes:
            self.collector.at_value((*here, *inner), reason)
        for parameter, reason in filled.unusable.items():
            self.collector.at_value((*path, "parameters", parameter), reason)
        is_read = not filled.mistakes and not filled.unusable
        if is_read and self._is_open(filled, parameters):
            places = self.collector.parsed.positions
            places.put_at_value((*here, *inner) for inner in filled.changed)
            ActionReader(self.collector, self._rule_context).read(here, filled.actions)

    def _is_open(self, filled: Filled, parameters: Mapping[str, Any]) -> bool:
        """Whether each text that is replaced by an unknown value may be a template."""
        actions = self._rule_context.actions
        for path, name in filled.whole.items():
            start = max(number for number, part in enumerate(path) if isinstance(part, int))
            key, *inner = path[start + 1 :] or ("",)
            literal = actions[str(key)].literal_inputs if key in actions else None
            if parameters[name] is None and (
                literal is None or key == _FOLLOW_UP or (inner and inner[0] in literal)
            ):
                return False
        return True

    def _check_quotes(self) -> None:
        """Reports texts between typographic quotes, unless they have another problem."""
        parsed, problems = self.collector.parsed, self.collector.problems
        told = {(problem.line, problem.column) for problem in problems}
        for place, reason in self._quotes:
            columns = range(place.column, place.column + place.length)
            if not any((place.line, column) in told for column in columns):
                self.collector.add([parsed.problem(place, reason, Severity.WARNING)])

    def _read_rule(
        self, path: Path, item: Any, values: Mapping[str, Any], own_names: frozenset[str]
    ) -> None:
        collector = self.collector
        if not isinstance(item, Mapping):
            collector.at_value(path, rules.rule_not_a_rule(found=kind_of(item)))
            return
        data = dict(item)
        self._triggers.check_written(path, data)
        limits = read_limits(collector, (*path, "limits"), data.pop("limits", None))
        source, conditions = self._read_source(path, data)
        steps, on_error_steps, ids = self._read_steps(path, data)
        if isinstance(data.get("id"), str):
            self._note_id(path, data["id"])
        if source is None:
            return
        active = self._read_active(path, source, data.get("active"))
        trigger = self._triggers.read((*path, "trigger"), source.trigger)
        limits = replace(limits, both=both_of(source.trigger.both))
        assumed, here = self._rule_context.rollout, (*path, "rollout")
        rollout = read_rollout(collector, here, source.rollout, trigger, assumed)
        shop_texts = self._read_texts(path, item, values)
        self._check_references(path, data, trigger, steps, on_error_steps, values)
        self._check_meaning(path, item, trigger, limits, values)
        rule = source.as_rule(
            is_on=self._is_on,
            active=active,
            limits=limits,
            rollout=rollout,
            trigger=trigger,
            conditions=conditions,
            steps=tuple(ids.with_sent(steps)),
            on_error_steps=tuple(ids.with_sent(on_error_steps)),
            shop_texts=shop_texts,
            vars=values,
            own_vars=own_names,
            place=collector.place((*path, "id")),
        )
        lists = lists_of_actions(path, item)
        if not any(is_use(one) for _, holder, key in lists for one in holder[key]):
            # Otherwise the rule lacks steps, whose problem has been reported.
            self._tests.read((*path, "tests"), source.tests, rule)
        self.rules.append(rule)

    def _read_source(
        self, path: Path, data: dict[str, Any]
    ) -> tuple[RuleSource | None, tuple[Condition, ...]]:
        """The model of a rule's keys (None if one is wrong), and its conditions."""
        written = data.get("conditions")
        if isinstance(written, Mapping):
            # The reader of conditions reports it, with the expressions that it means.
            data["conditions"] = []
        source = self.collector.model(RuleSource, path, data)
        return source, read_conditions(self.collector, (*path, "conditions"), written)

    def _read_steps(
        self, path: Path, data: Mapping[str, Any]
    ) -> tuple[tuple[Step, ...], tuple[Step, ...], "StepIds"]:
        """The steps of the rule and of `on_error`, and their ids."""
        reader = ActionReader(self.collector, self._rule_context)
        for key in ("actions", "on_error"):
            reader.ids.set_aside(data.get(key))
        steps, on_error_steps = (
            reader.read((*path, key), data.get(key)) for key in ("actions", "on_error")
        )
        self.mentions += reader.mentions
        return steps, on_error_steps, reader.ids

    def _read_texts(
        self, path: Path, item: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, str]:
        """The shop's own texts that the actions of a rule name; reports those that are missing, and
        actions with too many.
        """
        found: dict[str, str] = {}
        for where, holder, key in lists_of_actions(path, item):
            for index, action in enumerate(holder[key]):
                names, here = texts_named(action), (*where, key, index, ANSWER)
                if names and self._rule_context.has_model is False and self._wants_warnings:
                    self.collector.at_key(here, rules.rule_no_model(), Severity.WARNING)
                for number, name in enumerate(names):
                    file = self._look_for(shop_text_file(name))
                    if file is not None:
                        found[name] = file.shop_text
                        continue
                    is_list = isinstance(self.collector.parsed.at((*here, "texts", 0)), str)
                    place = (*here, "texts", number) if is_list else here
                    reason = rules.rule_no_text(name=name, file=shop_text_file(name))
                    self.collector.at_value(place, reason)
                count = len(as_one_text(found, names, values)) if names else 0
                if count > MOST_CHARACTERS:
                    reason = rules.rule_texts_too_long(count=count, most=MOST_CHARACTERS)
                    self.collector.at_value(here, reason)
        return found

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
        collector, advises = self.collector, self._wants_warnings
        check = self._references(trigger, values, knows_events=advises)
        for wrong in check.check(steps, on_error_steps, path, data):
            if wrong.severity is Severity.ERROR or advises:
                collector.inside(wrong.path, wrong.finding, wrong.severity)

    def _references(
        self, trigger: Trigger, values: Mapping[str, Any], *, knows_events: bool
    ) -> ReferenceCheck:
        around = self._rule_context
        known = around.known_paths
        seen = seen_of(trigger, around.connections, around.seen)
        return ReferenceCheck(
            actions=around.actions,
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
        """Adds the findings of all checks of meaning for a well-formed rule."""
        around, collector = self._rule_context, self.collector
        subject = Subject(
            path=path,
            data=data,
            trigger=trigger,
            limits=limits,
            context=around,
            vars=values,
            missing=self._references(trigger, values, knows_events=False).in_condition,
        )
        told: set[Path] = set()
        for check in CHECKS:
            is_error = check.severity is Severity.ERROR
            if not is_error and not self._wants_warnings:
                continue
            for remark in check.find(subject):
                is_constant = remark.reason.code == meaning_constant_comparison.code
                if is_constant and collector.parsed.positions.value(remark.path).written_at:
                    # A snippet may do otherwise for other values of its parameters.
                    continue
                if remark.is_general and remark.path in told:
                    continue
                told.add(remark.path)
                if remark.finding is not None:
                    collector.inside(remark.path, remark.finding, check.severity)
                elif remark.about_key:
                    collector.at_key(remark.path, remark.reason, check.severity)
                else:
                    collector.at_value(remark.path, remark.reason, check.severity)
                if not is_error and not self._wants_warnings:
                    break

    @property
    def _wants_warnings(self) -> bool:
        """Whether warnings are wanted, and one more would be listed."""
        return self._rule_context.advises and not self.collector.is_full_of_warnings

    def _note_id(self, path: Path, rule_id: str) -> None:
        parsed = self.collector.parsed
        position = parsed.positions.value((*path, "id"))
        reason = rules.rule_id_taken(id=rule_id, file=parsed.file, line=position.line)
        problem = parsed.problem(position, reason)
        first = self.ids.setdefault(rule_id, problem)
        if first is not problem:
            self.collector.at_value((*path, "id"), first.reason)

    def _read_active(self, path: Path, source: RuleSource, written: Any) -> Any:
        """The times at which the rule acts; `outside` needs `active` beside it."""
        if source.enabled and source.disabled_reason:
            self.collector.at_key((*path, "disabled_reason"), rules.rule_reason_but_enabled())
        defaults = self.collector.parsed.at(("defaults",)) or {}
        if not (source.active or defaults.get("active")) and "outside" in source.model_fields_set:
            self.collector.at_key((*path, "outside"), rules.rule_outside_alone())
        return read_active(self.collector, (*path, "active"), written or (), self._rule_context)


# --- The trigger of a rule, with every name in it checked ---

#: The kind of the reason for an unknown name, and the word for the known names.
#: The keys of a trigger that waits for events.
_WAITS = ("absence", "both")
_CONNECTIONS = rules.rule_unknown_connection, phrases.word_connections
_PROVIDERS = rules.rule_unknown_provider, phrases.word_providers


class TriggerReader:
    """Reads triggers, and checks the names in them if the known names are not None."""

    def __init__(self, collector: Collector, rule_context: RuleContext) -> None:
        self._collector = collector
        self._actions = rule_context.actions
        self._connections = rule_context.connections
        self._providers = rule_context.abilities
        self._timezone = rule_context.timezone

    def read(self, path: Path, source: TriggerSource) -> Trigger:
        """The trigger at `path`."""
        if source.schedule is not None:
            return self._schedule(path, source, source.schedule)
        if source.contacts is not None:
            self._collector.at_key(
                (*path, "contacts"), triggers.trigger_contacts_without_schedule()
            )
        self._check_beside(path, source.model_fields_set)
        self._check_names(path, source)
        absence, both = source.absence, source.both
        if both and (len(both.of) != 2 or any(map(matches, both.of, reversed(both.of)))):
            self._collector.at_value((*path, "both", "of"), triggers.trigger_both_of_two())
        return Trigger(
            events=absence.after if absence else both.of if both else source.event,
            connections=source.connection,
            providers=source.provider,
            include_self=source.include_self,
            absence=Absence(of=absence.of, within_ms=_ms(absence.within), key=absence.key)
            if absence
            else None,
        )

    def check_written(self, path: Path, rule: Mapping[str, Any]) -> None:
        """Reports mistakes about schedules and waits that the models do not find."""
        trigger = rule.get("trigger")
        if not isinstance(trigger, Mapping):
            return
        if trigger.get("schedule") is not None:
            line = _inside(trigger["schedule"], "cron")
            if isinstance(line, str):
                self._check_cron((*path, "trigger", "schedule", "cron"), line)
            for key in ("actions", "on_error") if trigger.get("contacts") is None else ():
                self._check_actions((*path, key), rule.get(key))
        for wait in (one for one in _WAITS if trigger.get(one) is not None):
            expression = _inside(trigger[wait], "key")
            if isinstance(expression, str):
                self._check_key((*path, "trigger", wait, "key"), expression)
            for key in ("limits", "stop", "fallback"):
                if rule.get(key):
                    self._collector.at_key(
                        (*path, key), triggers.trigger_limit_beside_absence(key=key)
                    )

    def _check_key(self, path: Path, expression: str) -> None:
        if not check_text(self._collector, path, expression):
            return
        if compile_expression(expression).roots != {"event"}:
            self._collector.at_value(path, triggers.trigger_absence_key())

    def _check_cron(self, path: Path, line: str) -> None:
        cron = parse_cron(line)
        findings = (cron,) if isinstance(cron, Finding) else cron.warnings
        severity = Severity.ERROR if isinstance(cron, Finding) else Severity.WARNING
        for finding in findings:
            self._collector.inside(path, finding, severity)

    def _check_actions(self, path: Path, items: Any) -> None:
        for here, name, item in uses_in(path, items, self._actions):
            inputs = item[name]
            action = self._actions[name]
            names_person = isinstance(inputs, Mapping) and action.connection(inputs)
            if action.needs_person and not names_person:
                self._collector.at_key(here, triggers.trigger_action_without_person(action=name))
            if isinstance(inputs, Mapping) and inputs.get("cancel_on") is not None:
                self._collector.at_key(
                    (*here, "cancel_on"), triggers.trigger_cancel_without_person()
                )

    # --- Schedules ---

    def _schedule(self, path: Path, source: TriggerSource, written: ScheduleSource) -> Trigger:
        for key in sorted(source.model_fields_set - {"schedule", "contacts"}):
            self._collector.at_key((*path, key), triggers.trigger_beside_schedule(key=key))
        schedule = _schedule(
            written, self._collector.parsed.at((*path, "schedule")), self._timezone
        )
        people = source.contacts
        if people is None:
            return Trigger(events=(SCHEDULE_FIRED,), connections=(SCHEDULE,), schedule=schedule)
        if self._connections is not None:
            here, known = (*path, "contacts", "connection"), self._connections
            self._collector.unknown_names(here, (people.connection,), known, *_CONNECTIONS)
        return Trigger(
            events=(SCHEDULE_CONTACT,),
            connections=(people.connection,),
            schedule=schedule,
            audience=_audience(people),
        )

    def _check_beside(self, path: Path, keys: Collection[str]) -> None:
        """Reports keys beside a wait for events, because the wait names its events itself."""
        for wait in (one for one in _WAITS if one in keys):
            for key in sorted({"event", "schedule", "both"}.intersection(keys) - {wait}):
                self._collector.at_key(
                    (*path, key), triggers.trigger_beside_wait(key=key, wait=wait)
                )

    def _check_names(self, path: Path, source: TriggerSource) -> None:
        for key, names, known, kinds in (
            ("connection", source.connection, self._connections, _CONNECTIONS),
            ("provider", source.provider, self._providers, _PROVIDERS),
        ):
            if known is not None and not self._are_providers((*path, key), names, known):
                self._collector.unknown_names((*path, key), names, known, *kinds)

    def _are_providers(self, path: Path, names: Collection[str], known: Collection[str]) -> bool:
        """Whether there are providers in place of connections, as in `connection: zalo`; reports
        them.
        """
        if not isinstance(known, Mapping) or len(names) != 1:
            return False
        (name,) = names
        meant = [one for one, provider in known.items() if provider == name]
        if name in known or not meant:
            return False
        self._collector.at_value(
            self._collector.item(path, 0),
            rules.rule_connection_by_provider(name=name, nearest=meant[0]),
        )
        return True


def both_of(source: BothSource | None) -> Both | None:
    """The limit that collects the two events of a trigger, if it has `both`."""
    if source is None:
        return None
    within_ms = _ms(source.within)
    return Both(
        key=source.key,
        quiet_ms=within_ms,
        max_wait_ms=within_ms,
        limit=len(source.of),
        of=source.of,
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _inside(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _audience(source: AudienceSource) -> Audience:
    return Audience(
        connection=source.connection,
        tag=source.tag,
        value=source.value,
        text=source.text,
        most=source.most,
        per_second=source.rate or USUAL_PER_SECOND,
    )


def _schedule(source: ScheduleSource, written: Mapping[str, Any], zone: str | None) -> Schedule:
    names_zone = zone is None or "timezone" in source.model_fields_set
    cron = parse_cron(source.cron) if source.cron is not None else None
    return Schedule(
        written=source.cron or f"every {written['every']}",
        cron=cron.lines if isinstance(cron, Cron) else (),
        timezone=(source.timezone if names_zone else str(zone)) if source.cron else "UTC",
        every_ms=round((source.every or 0) * 1000),
        missed=source.missed,
        summary_days=round((source.summary or 0) / 86_400),
    )


# --- The limits and the rollout of a rule ---


def read_limits(collector: Collector, path: Path, written: Any) -> Limits:
    """The limits at `path`; empty if there are none, or if they have a mistake."""
    if written is None:
        return Limits()
    keys_are_right = not isinstance(written, Mapping) or _check_keys(collector, path, written)
    source = collector.model(LimitsSource, path, written)
    if source is None or not keys_are_right:
        return Limits()
    debounce = source.debounce
    if debounce is not None and debounce.max_wait < debounce.quiet:
        collector.at_value((*path, "debounce", "max_wait"), rules.rule_short_max_wait())
    concurrency = source.concurrency
    if concurrency is not None and concurrency.mode == "restart" and concurrency.limit > 1:
        collector.at_value((*path, "concurrency", "limit"), rules.rule_restart_with_limit())
    return Limits(**{name: one.as_limit() for name, one in source if one is not None})


def read_rollout(
    collector: Collector,
    path: Path,
    source: RolloutSource | None,
    trigger: Trigger,
    assumed: bool | None,
) -> Rollout | None:
    """The rollout at `path`; None if the rule has no rollout, or a wrong one."""
    if source is None:
        return None
    if trigger.has_nobody:
        collector.at_key(path, triggers.trigger_beside_schedule(key="rollout"))
        return None
    if "key" in source.model_fields_set and not check_text(collector, (*path, "key"), source.key):
        return None
    place, percent = collector.place(path), source.percent
    percent = int(percent) if percent == int(percent) else percent
    return Rollout(percent=percent, key=source.key, place=place, assumed=assumed)


def _check_keys(collector: Collector, path: Path, written: Mapping[str, Any]) -> bool:
    """Whether every `key` is an expression; reports the others, whatever else is wrong."""
    keys = {
        name: limit["key"]
        for name, limit in written.items()
        if isinstance(limit, Mapping) and isinstance(limit.get("key"), str)
    }
    wrong = [
        name for name, key in keys.items() if not check_text(collector, (*path, name, "key"), key)
    ]
    return not wrong


# --- The conditions of a rule, with every expression checked ---

#: How many characters of conditions a problem rewrites.
_LONGEST = 500


def read_conditions(collector: Collector, path: Path, items: Any) -> tuple[Condition, ...]:
    """The conditions of a list, without those that have a problem."""
    if isinstance(items, Mapping):
        _refuse_mapping(collector, path, items)
    if not isinstance(items, list):
        return ()
    found = [_condition(collector, (*path, index), item) for index, item in enumerate(items)]
    return tuple(condition for condition in found if condition)


def _condition(collector: Collector, path: Path, item: Any) -> Condition | None:
    if isinstance(item, str):
        return _expression(collector, path, path, item, "")
    if not isinstance(item, Mapping):
        collector.at_value(path, rules.rule_not_a_condition(found=kind_of(item)))
        return None
    kinds = [key for key in item if key in GROUPS]
    if kinds:
        return _group(collector, path, item, kinds)
    if not item.keys() & {"name", "expr"}:
        _refuse_keys(collector, path, item)
        return None
    named = collector.model(NamedConditionSource, path, dict(item))
    if named is None:
        return None
    return _expression(collector, path, (*path, "expr"), named.expr, named.name)


def _refuse_mapping(collector: Collector, path: Path, item: Mapping[str, Any]) -> None:
    """Reports a mapping in place of the list: `conditions: {keywords: [giá]}`."""
    found = meant_conditions(item, collector.zone)
    better = inline(found) if found else ""
    is_meant = found == [{key: value} for key, value in item.items()]
    if found and not is_meant and len(better) <= _LONGEST:
        collector.at_value(path, rules.rule_conditions_as_pairs(better=better))
        return
    collector.at_value(path, shape.shape_list_needs_dashes(key=next(iter(item), "all")))


def _refuse_keys(collector: Collector, path: Path, item: Mapping[str, Any]) -> None:
    """Reports a mapping that is no condition; mostly it is an expression that YAML has misread."""
    key = str(next(iter(item), ""))
    if "(" in key:
        collector.at_key((*path, key), syntax_condition_with_colon())
        return
    better = meant_condition(item, collector.zone)
    if better is not None:
        kind = rules.rule_condition_as_pair if len(item) == 1 else rules.rule_condition_as_parts
        collector.at_key((*path, key), kind(better=scalar_text(better)))
        return
    suggestion = suggest(key, (*GROUPS, "name", "expr"), phrases.word_keys)
    reason = rules.rule_condition_without_key(key=key, suggestion=suggestion)
    collector.at_key((*path, key), reason)


def _group(
    collector: Collector, path: Path, item: Mapping[str, Any], kinds: list[str]
) -> Group | None:
    kind = kinds[0]
    for key in item:
        if key != kind:
            collector.at_key((*path, key), rules.rule_key_beside_group(key=key, group=kind))
    items = item[kind]
    here: Path = (*path, kind)
    if kind == "not" and isinstance(items, str):
        expression = _expression(collector, here, here, items, "")
        inner: tuple[Condition, ...] = (expression,) if expression else ()
    elif isinstance(items, list) and items:
        inner = read_conditions(collector, here, items)
    else:
        collector.at_key(here, rules.rule_not_conditions(kind=kind))
        return None
    return Group(kind=kind, items=inner, place=collector.place(here)) if inner else None


def _expression(
    collector: Collector, path: Path, text_path: Path, text: str, name: str
) -> Expression | None:
    if not check_text(collector, text_path, text):
        return None
    text = with_file_words(collector, text_path, text)
    return Expression(text=text, place=collector.place(path), name=name)


def with_file_words(collector: Collector, path: Path, text: str) -> str:
    """The expression with the words that its file adds to intents, where asks() has none.

    With them it may be too long, which is reported.
    """
    if not collector.own_words or "asks" not in text:
        return text
    text = unparse(with_own_words(compile_expression(text).tree, collector.own_words))
    check_text(collector, path, text)
    return text


def check_text(collector: Collector, path: Path, text: str) -> bool:
    """Whether the text at `path` is an expression over existing names; reports its mistakes."""
    findings = check_expression(text)
    if findings and collector.is_cut_at_comma(path):
        return False
    for finding in findings:
        collector.inside(path, finding)
    if findings:
        return False
    # People write `null` for the value null. JMESPath reads it as a missing field, whose value is
    # null.
    compiled = compile_expression(text)
    collector.expressions.append(compiled)
    unknown = compiled.roots - SCOPE_NAMES - {"null"}
    for word in sorted(unknown):
        collector.unknown_name(path, text, word, SCOPE_NAMES)
    return not unknown


# --- The times when a rule or a follow-up may act ---


_TIMES: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}")


def read_active(collector: Collector, path: Path, active: Any, rule_context: RuleContext) -> Any:
    """The value of `active`, with the zone of automator.yaml added to times without a zone; checks
    names of time intervals.
    """
    timezone, known = rule_context.timezone, rule_context.time_intervals
    if isinstance(active, Mapping):
        return active if timezone is None else {"timezone": timezone, **active}
    names = names_meant(active)
    times = [None if name in (known or ()) else _time_in(name) for name in names]
    for number, (name, time) in enumerate(zip(names, times, strict=True)):
        if time is not None:
            reason = rules.rule_time_as_interval(text=name, better=time)
            collector.at_value(collector.item(path, number), reason)
    if known is not None and not any(times):
        collector.unknown_names(
            path, names, known, rules.rule_unknown_interval, phrases.word_time_intervals
        )
    return active


def _time_in(name: str) -> str | None:
    """The times that somebody wrote in place of a name, as `times` needs them: `08:00-21:00` for
    `8h-21h`, two times for `21h-8h`; None for a name.
    """
    times = name if _TIMES.fullmatch(name) else meant_times(name)
    if times is None:
        return None
    first, last = times.split("-")
    is_over_midnight = first.zfill(5) >= last.zfill(5)
    return f'["{first}-24:00", "00:00-{last}"]' if is_over_midnight else f'"{times}"'


# --- The actions of a rule: steps, with inputs and templates checked ---


_FOLLOW_UP, _LOG, _SET = "follow_up", "log", "set"
_ON_ERROR = "on_error"
_NEST_LIMIT = 3
#: Inputs of the first follow-up that apply to its whole sequence.
_OF_SEQUENCE = ("timezone", "active", "key")


class ActionReader:
    """Reads the actions of one rule, and gives each step an id."""

    def __init__(self, collector: Collector, rule_context: RuleContext) -> None:
        self._rule_context = rule_context
        self._collector = collector
        self._actions = rule_context.actions
        #: The zone of automator.yaml, which applies to times of day without a zone.
        self._timezone = rule_context.timezone
        self.ids = StepIds()
        #: As in `ReadFile`.
        self.mentions: list[tuple[str, str, Problem]] = []

    def read(self, path: Path, items: Any, depth: int = 0) -> tuple[Step, ...]:
        """The steps of a list, without those that have a problem."""
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
        if is_use(item):
            # It could not be put in, which has been reported.
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
        condition = self._read_options(path, name, options)
        inputs = self._inputs(here, self._actions[name], item[name])
        if name == _FOLLOW_UP:
            self._read_times(here, inputs)
        following = later_follow_ups(inputs) if name == _FOLLOW_UP else []
        # The ids of the later follow-ups are made from the first one's id.
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
            condition=condition,
            retry=self._retry(path, options.retry),
            timeout_s=options.timeout,
            continue_on_error=options.continue_on_error,
            on_unknown=options.on_unknown,
            approval=self._approval(name, options),
            asks=self._actions[name].asks,
            drafts=self._actions[name].drafts,
            steps=nested,
            cancel_on=cancel_on,
            part=(1, len(following) + 1) if following else None,
        )

    def _approval(self, name: str, options: StepSource) -> Approval | None:
        """The approval that a step needs. What a model has written needs one unless its rule says
        `approve: false`.
        """
        source = options.approve
        if source is None and self._actions[name].drafts:
            source = None if "approve" in options.model_fields_set else ApproveSource()
        return None if source is None else source.as_approval()

    def _read_options(self, path: Path, name: str, options: StepSource | None) -> str:
        """Checks that the action allows the keys beside it, such as `approve`; gives its `if`."""
        action = self._actions[name]
        if action.asks and _ON_ERROR in path:
            self._collector.at_key((*path, name), rules.rule_asks_after_error())
        if options and options.approve and (why := _not_approved(action)):
            self._collector.at_key((*path, "approve"), why)
        written, here = options.condition if options else "", (*path, "if")
        if not written or not check_text(self._collector, here, written):
            return written
        return with_file_words(self._collector, here, written)

    def _not_an_action(self, item: Any) -> Reason:
        """The reason for an item that is no mapping."""
        otherwise = called_otherwise(item) if isinstance(item, str) else None
        if otherwise is not None:
            return otherwise
        suggestion = suggest(str(item), self._actions, phrases.word_actions)
        return rules.rule_not_an_action(found=kind_of(item), suggestion=suggestion)

    def _action_name(self, path: Path, item: Mapping[str, Any]) -> str | None:
        others = [key for key in item if key not in STEP_KEYS]
        known = [key for key in others if key in self._actions]
        for key in others:
            if key in self._actions:
                continue
            self._collector.at_key((*path, key), self._wrong_action(key, known))
        if not others:
            self._collector.at_key(path, rules.rule_missing_action(known=sorted(self._actions)))
        if len(known) > 1:
            reason = rules.rule_two_actions(key=known[1], action=known[0], nearest=known[1])
            self._collector.at_key((*path, known[1]), reason)
        return known[0] if known else None

    def _wrong_action(self, key: str, known: list[str]) -> Reason:
        """The reason for a key that is no action."""
        otherwise = called_otherwise(key)
        if otherwise is not None:
            return otherwise
        for action in known:
            if key in self._actions[action].inputs_model.model_fields:
                return rules.rule_key_outside_action(key=key, action=action)
        if names_app(key):
            return rules.rule_app_beside_action(key=key)
        if known and (nearest := did_you_mean(key, self._actions)):
            return rules.rule_two_actions(key=key, action=known[0], nearest=nearest)
        if known or did_you_mean(key, [*self._actions, *STEP_KEYS]) in STEP_KEYS:
            suggestion = suggest(key, STEP_KEYS, phrases.word_keys_beside_action)
            return rules.rule_unknown_key_beside_action(key=key, suggestion=suggestion)
        suggestion = suggest(key, self._actions, phrases.word_actions)
        return rules.rule_unknown_action(key=key, suggestion=suggestion)

    def _id(self, path: Path, given: str | None, name: str) -> str:
        if given is None:
            return self.ids.make(name)
        if not self.ids.take(given):
            self._collector.at_value((*path, "id"), rules.rule_step_id_taken(id=given))
        return given

    # --- Inputs ---

    def _inputs(
        self, path: Path, action: AnyAction, value: Any, model: type[StrictModel] | None = None
    ) -> dict[str, Any]:
        """The inputs as a mapping; reports every mistake in them.

        `model` replaces the model of the action.
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
            is_named = name in action.rule_inputs or (action.name, name) == ("emit", "event")
            if is_named and isinstance(inner, str) and not is_template(inner):
                position = collector.parsed.positions.value(start)
                problem = collector.parsed.problem(position, rules.rule_unknown_rule(name=inner))
                self.mentions.append((name, inner, problem))
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
        """Adds the zone of automator.yaml to times of day, and checks names of time intervals."""
        zone = self._timezone
        if zone is not None and inputs.get("at") is not None:
            inputs.setdefault("timezone", zone)
        if "active" in inputs:
            here: Path = (*path, "active")
            active = read_active(self._collector, here, inputs["active"], self._rule_context)
            inputs["active"] = active

    def _follow_up(
        self, path: Path, name: str, inputs: Mapping[str, Any], depth: int
    ) -> tuple[tuple[Step, ...], CancelOn | None]:
        if name != _FOLLOW_UP:
            return (), None
        collector = self._collector
        if depth >= _NEST_LIMIT:
            collector.at_key(path, rules.rule_follow_ups_too_deep(most=_NEST_LIMIT))
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
        """Reads the later follow-ups of a sequence; each is the last step of the one before."""
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
            self._collector.at_key(path, rules.rule_not_actions(found=kind_of(items)))
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
                self._collector.at_value(place, rules.rule_not_a_status(value=item))
        return replace(policy, on_status=tuple(ranges))


def _not_approved(action: AnyAction) -> Reason | None:
    """The reason why this action cannot wait for approval; None if it can."""
    if action.asks:
        return rules.rule_question_to_approve(action=action.name)
    return None if action.reaches_out else rules.rule_nothing_to_approve(action=action.name)


# --- The ids of the steps of a rule: given by its file, or made up ---


class StepIds:
    """The ids of the steps of one rule, each given to one step."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._given: set[str] = set()
        #: For each action, the last number that was added to its name.
        self._numbers: dict[str, int] = {}

    def set_aside(self, items: Any) -> None:
        """Reserves the ids that the file gives, so that no made-up id equals one of them."""
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping):
                if isinstance(item.get("id"), str):
                    self._given.add(item["id"])
                inner = item.get("follow_up")
                if isinstance(inner, Mapping):
                    self.set_aside(inner.get("actions"))
                    for _, following in later_follow_ups(inner):
                        self.set_aside(following.get("actions"))

    def with_sent(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yields the steps; behind each that drafts an answer, the step that sends the answer, and
        that waits for the approval.
        """
        for step in steps:
            inner = tuple(self.with_sent(step.steps))
            yield replace(step, steps=inner, approval=None if step.drafts else step.approval)
            if step.drafts:
                text = f"steps.{step.id}.output.text"
                yield Step(
                    id=self.make(f"{step.id}_reply"),
                    action="reply",
                    inputs={"text": f"{{{{ {text} }}}}"},
                    place=step.place,
                    zone=step.zone,
                    condition=text,
                    retry=step.retry,
                    continue_on_error=step.continue_on_error,
                    on_unknown=step.on_unknown,
                    approval=step.approval,
                )

    def take(self, given: str) -> bool:
        """Gives a step the id in the file; False if another step has it."""
        is_free = given not in self._taken
        self._taken.add(given)
        return is_free

    def make(self, name: str) -> str:
        """Makes an id: the name of the action, with a number if the name is taken."""
        number, made = self._numbers.get(name, 0), ""
        while not made or made in self._taken or made in self._given:
            number += 1
            made = name if number == 1 else f"{name}_{number}"
        self._numbers[name] = number
        self._taken.add(made)
        return made


# --- The tests of a rule, including tests that can never hold or never fail ---

#: For the code of each reason that holds a rule back: the key of a rule that makes this possible,
#: and whether a rule has the key.
_HOLDING_BACK: Mapping[str, tuple[str, Callable[[Rule], object]]] = {
    **{kind.code: ("limits.once", lambda rule: rule.limits.once) for kind in (once, once_within)},
    throttled.code: ("limits.throttle", lambda rule: rule.limits.throttle),
    **{
        kind.code: ("limits.debounce", lambda rule: rule.limits.debounce)
        for kind in (collected, collected_for_place, collected_last)
    },
    came_with.code: ("trigger.both", lambda rule: rule.limits.both),
    concurrency_full.code: ("limits.concurrency", lambda rule: rule.limits.concurrency),
    answered_by_hand.code: ("pause_on", lambda rule: rule.pause_ms is not None),
    **{kind.code: ("active", lambda rule: rule.active) for kind in (outside, outside_for_ever)},
    belongs_to_question.code: ("", lambda _: True),
}
#: How only a question ends, and how only an action ends that reaches another system.
_OF_QUESTIONS = frozenset({"answered", "unanswered", "expired", "refused"})
_OF_SENDING = frozenset({"retry", "unknown"})
#: What a test may not expect of a rule that does not match.
_OF_MATCHES = (
    "matched", "actions", "on_error", "follow_ups", "sends", "log", "vars", "suppressed", "state",
    "outcome", "reason",
)  # fmt: skip


class RuleTestReader:
    """Reads the tests of one rule one by one."""

    def __init__(self, collector: Collector, rule_context: RuleContext) -> None:
        self._collector = collector
        self._actions = rule_context.actions
        #: The known samples; None = they are not checked.
        self._samples = rule_context.samples
        self.tests: list[RuleTest] = []

    def read(self, path: Path, written: Any, rule: Rule) -> None:
        """Reads the list at `path`. A rule with a schedule needs no event."""
        names: set[str] = set()
        known = {step.id: step for step in rule.every_step()}
        for number, item in enumerate(written if isinstance(written, list) else ()):
            here = (*path, number)
            test = self._collector.model(RuleTestSource, here, item)
            if test is None:
                continue
            if test.name in names:
                self._collector.at_value((*here, "name"), rule_tests.test_name_taken())
            names.add(test.name)
            self._check_answers((*here, "given", "answers"), test.given.answers, known)
            fires_itself = rule.trigger.schedule is not None
            files = self._check_arrivals(here, test, fires_itself=fires_itself)
            self._check_expectation((*here, "expect"), test.expect, rule)
            self._check_heard((*here, "expect"), test, rule.trigger)
            place, expect = self._collector.place((*here, "name")), (*here, "expect")
            places = {
                inner[len(expect) :]: self._collector.place(inner)
                for inner in _paths(expect, item["expect"])
            }
            self.tests.append(RuleTest(rule.id, place, test, tuple(files), places=places))

    def _check_answers(
        self, path: Path, answers: Mapping[str, Any], known: Mapping[str, Step]
    ) -> None:
        for name, answer in answers.items():
            if name not in known:
                self._collector.at_key((*path, name), _unknown_step(name, known))
            elif lacks_status(answer):
                self._collector.at_key(
                    (*path, name), rule_tests.test_answer_is_body(), Severity.WARNING
                )

    def _check_arrivals(
        self, path: Path, test: RuleTestSource, *, fires_itself: bool
    ) -> list[tuple[str, Problem]]:
        """Reports missing samples; returns the files of events, with the problem for each."""
        files: list[tuple[str, Problem]] = []
        if not test.arrivals and not fires_itself:
            self._collector.at_key((*path, "name"), rule_tests.test_has_no_event())
        places = [(*path, "event")] if test.event is not None else []
        places += [(*path, "events", number) for number in range(len(test.events))]
        for place, arrival in zip(places, test.arrivals, strict=True):
            if arrival.sample is not None and self._samples is not None:
                self._check_sample((*place, "sample"), arrival.sample, self._samples)
            if arrival.file is not None:
                parsed = self._collector.parsed
                position = parsed.positions.value((*place, "file"))
                reason = rule_tests.test_file_missing(file=arrival.file)
                files.append((arrival.file, parsed.problem(position, reason, Severity.WARNING)))
        return files

    def _check_sample(self, path: Path, name: str, known: Collection[str]) -> None:
        if name not in known:
            suggestion = suggest_sample(name, known)
            self._collector.at_value(
                path, rule_tests.unknown_sample(name=name, suggestion=suggestion)
            )

    def _check_heard(self, path: Path, test: RuleTestSource, trigger: Trigger) -> None:
        """Finds `expect: matched` where no event of the test can trigger the rule."""
        kinds = [
            one.type or (one.sample or "").partition("/")[2] * ("event.type" not in one.changes)
            for one in test.arrivals
        ]
        # The names of other samples may say something else than the type.
        is_known = kinds and SHARED_EVENTS.issuperset(kinds) and trigger.events
        if trigger.schedule or not is_known or not (test.expect.matched or test.expect.actions):
            return
        if not any(matches_any(kind, trigger.events) for kind in kinds):
            self._doubt(path, rule_tests.test_event_elsewhere(event=kinds[0]))

    def _check_expectation(self, path: Path, expect: ExpectSource, rule: Rule) -> None:
        keys, at_key = expect.expected_keys, self._collector.at_key
        if not keys:
            at_key(path, rule_tests.test_expects_nothing())
        for key in keys:
            if getattr(expect, key) == {} or (key == "never_sends" and not expect.never_sends):
                self._doubt((*path, key), rule_tests.test_compares_nothing())
        if expect.no_match or expect.matched in (False, 0):
            severity = Severity.ERROR if expect.no_match else Severity.WARNING
            for key in _OF_MATCHES:
                if getattr(expect, key):
                    at_key((*path, key), rule_tests.test_never_holds(key=key), severity)
        self._check_held_back(path, expect, rule)
        self._check_steps(path, expect, rule)
        outside = [step for step in rule.every_step() if self._actions[step.action].reaches_out]
        for key in ("sends", "never_sends"):
            for number, sent in enumerate(getattr(expect, key) or ()):
                self._check_sent(self._collector.item((*path, key), number), sent, outside)
        values = [name for step in rule.every_step() if step.action == _SET for name in step.inputs]
        for name in (expect.vars or {}).keys() - set(values):
            reason = rule_tests.test_name_never(
                name=name, suggestion=suggest(name, values, phrases.word_values)
            )
            self._doubt((*path, "vars", name), reason)

    def _doubt(self, path: Path, reason: Reason) -> None:
        """Warns of what never holds or always does: the rules themselves can be used."""
        self._collector.at_value(path, reason, Severity.WARNING)

    def _check_held_back(self, path: Path, expect: ExpectSource, rule: Rule) -> None:
        """Checks the condition that is to decide, and the reason that is to hold the rule back."""
        conditions, because = expressions_of(rule.conditions), expect.no_match
        written = [text for one in conditions for text in (one.text, one.name)]
        if isinstance(because, str) and not any(because in text for text in written):
            self._doubt((*path, "no_match"), rule_tests.test_condition_never(text=because))
        name, here = expect.suppressed, (*path, "suppressed")
        if not isinstance(name, str):
            return
        self._collector.unknown_names(
            here, [name], _HOLDING_BACK, rule_tests.unknown_reason_of_test, phrases.word_reasons
        )
        needed, is_there = _HOLDING_BACK.get(name, ("", lambda _: True))
        if not is_there(rule):
            self._doubt(here, rule_tests.test_rule_has_none(key=name, needed=needed))

    def _check_steps(self, path: Path, expect: ExpectSource, rule: Rule) -> None:
        """Checks the steps that are expected, each in the part of the rule that does it."""
        known = {step.id: step for step in rule.every_step()}
        inner = [step for step in known.values() if step.steps]
        # The steps behind a question count as the rule's own, also inside a follow-up.
        asking = [step for one in inner if any(s.asks for s in one.steps) for step in one.steps]
        parts: dict[str, Sequence[Step]] = {
            "actions": (*rule.steps, *asking),
            "on_error": rule.on_error_steps,
            "follow_ups": [step for one in inner for step in one.own_steps],
        }
        if expect.log and not any(step.action == _LOG for step in known.values()):
            self._doubt((*path, "log"), rule_tests.test_rule_has_none(key="log", needed=_LOG))
        for key, needed in (("on_error", "on_error"), ("follow_ups", _FOLLOW_UP)):
            if getattr(expect, key) and not parts[key]:
                self._doubt((*path, key), rule_tests.test_rule_has_none(key=key, needed=needed))
        ids = {name: {step.id for step in steps} for name, steps in parts.items()}
        for place, part, one in _named(path, expect):
            step = known.get(one.id)
            if step is None:
                self._collector.at_value(place, _unknown_step(one.id, known))
                continue
            where = next((name for name, found in ids.items() if one.id in found), part)
            if step.action == _FOLLOW_UP:
                where = "follow_ups"
            if parts[part] and (one.id not in ids[part] or step.action == _FOLLOW_UP):
                self._doubt(place, rule_tests.test_step_elsewhere(name=one.id, elsewhere=where))
                continue
            self._check_step(place, one, step)

    def _check_step(self, path: Path, expected: StepExpectation, step: Step) -> None:
        action, words = self._actions[step.action], seen_words(StepExpectation)
        can = [name for name, seen in words.items() if seen.of(action)]
        wrong = {name: name for name in words if getattr(expected, name) not in (None, ())}
        if not (action.asks if expected.status in _OF_QUESTIONS else action.reaches_out):
            wrong["status"] = f"status: {expected.status}"
        for name in wrong.keys() - set(can):
            if name != "status" or expected.status in (*_OF_QUESTIONS, *_OF_SENDING):
                reason = rule_tests.test_step_has_none(
                    key=wrong[name], action=step.action, step=step.id, known=can
                )
                self._doubt((*path, name), reason)
        self._check_receiver((*path, "to"), expected.to, [step])
        for number, sent in enumerate(expected.sends or () if action.reaches_out else ()):
            self._check_sent(self._collector.item((*path, "sends"), number), sent, [step])

    def _check_sent(self, path: Path, sent: SentExpectation, steps: Sequence[Step]) -> None:
        """Checks what one of these steps is expected to send."""
        actions = [self._actions[step.action] for step in steps]
        for word, seen in seen_words(SentExpectation).items():
            if getattr(sent, word) is not None and not any(map(seen.of, actions)):
                self._doubt((*path, word), rule_tests.test_sends_none(key=word))
                return
        self._check_receiver((*path, "to"), sent.to, steps)

    def _check_receiver(self, path: Path, expected: Any, steps: Sequence[Step]) -> None:
        """Checks the name of a target or of a receiver of notices, if all steps name theirs."""
        named = [step.inputs.get("to") for step in steps if not self._actions[step.action].speaks]
        texts = [name for name in named if isinstance(name, str) and not is_template(name)]
        literal = [name for name in texts if "://" not in name]
        if isinstance(expected, str) and len(literal) == len(steps) > 0 and expected not in literal:
            suggestion = suggest(expected, literal, phrases.word_names)
            self._doubt(path, rule_tests.test_name_never(name=expected, suggestion=suggestion))


def _unknown_step(name: str, known: Mapping[str, Step]) -> Reason:
    return rule_tests.unknown_step_of_test(
        name=name, suggestion=suggest(name, known, phrases.word_actions)
    )


def _named(path: Path, expect: ExpectSource) -> Iterator[tuple[Path, str, StepExpectation]]:
    """The actions that an expectation names, with their places, and the key of their list."""
    for key in ("actions", "on_error"):
        for number, step in enumerate(getattr(expect, key) or ()):
            yield (*path, key, number), key, step
    for number, follow_up in enumerate(expect.follow_ups or ()):
        for inner, step in enumerate(follow_up.actions or ()):
            yield (*path, "follow_ups", number, "actions", inner), "follow_ups", step


def _paths(path: Path, written: Any) -> Iterator[Path]:
    """The paths of a value and of its parts."""
    yield path
    if isinstance(written, Mapping | list):
        inner = written.items() if isinstance(written, Mapping) else enumerate(written)
        for key, value in inner:
            yield from _paths((*path, key), value)
