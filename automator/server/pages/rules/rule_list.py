"""The page with the list of rules, each in words with its counts, and the problems of the files."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

from automator.engine.rulesets.rulebook import FileState
from automator.engine.schedule.schedules import ScheduleState
from automator.model import (
    Condition,
    Expression,
    Problem,
    Rule,
    Severity,
    record,
    shortened,
    whole_number,
)
from automator.rules.editing.edits import is_file_on
from automator.rules.editing.expressions import Words, read_words
from automator.rules.editing.form import PERSON_NAME
from automator.server.pages import RequestContext, Response, Services, render
from automator.server.pages.rule_search import RuleSearch
from automator.server.pages.step_texts import StepText, steps_in_words
from automator.server.shared.rule_files import rule_files
from automator.server.shared.rule_list import last_run_ms
from automator.server.web.rule_words import whole_condition_words
from automator.store import HOUR_MS, RuleCounts

_PAGE_SIZE = 100
#: With this many rules or more, the list has a search field.
_SEARCHED_FROM = 8
#: At most this many conditions of a rule are shown beside its words, each cut to some characters.
_MOST_CONDITIONS = 3
_LONGEST_CONDITION = 140
#: At most this many problems are shown of a file, and in all; the page of a file shows all of them.
_MOST_OF_FILE = 3
_MOST_PROBLEMS = 20


@record(kw_only=False)
class RuleView:
    """A rule in the list."""

    spec: Rule
    words: Words | None
    #: The other conditions in words, without those that cannot be put into words.
    conditions: Sequence[str]
    #: The number of conditions that are not shown.
    more_conditions: int
    steps: Sequence[StepText]
    last_fired: int | None
    counts: RuleCounts | None
    schedule: ScheduleState | None
    #: Whether the rule has several steps, asks, or acts later, so that people can leave on the way.
    speaks_later: bool
    #: The connection through which nothing that it says arrives now; "" if all is well.
    silent: str
    #: Whether the buttons can change the file: its text on disk is in force.
    is_editable: bool


@record(kw_only=False)
class FileView:
    """A rule file in the list."""

    name: str
    state: FileState
    is_on: bool
    errors: int
    rules: int


@record(kw_only=False)
class Problems:
    """The shown problems: the first of each file, and the number of further problems."""

    shown: Sequence[Problem]
    more: Mapping[str, int]


async def show_rules(context: RequestContext, *, refused: Sequence[Problem] = ()) -> Response:
    """The list of the rules in force, and of the files with their problems.

    `refused` are the problems that prevented the change of a button.
    """
    services, text = context.services, context.query("text").strip()
    problems = sorted(services.rulebook.problems, key=lambda item: (item.severity, item))
    page = whole_number(context.query("page")) or 0
    schedules = {state.rule: state for state in await services.schedules.states()}
    files = await _files(services, problems)
    editable = {file.name for file in files if file.state == "in_force"}
    rules = await asyncio.to_thread(_listed, services, text)
    shown = rules[page * _PAGE_SIZE : (page + 1) * _PAGE_SIZE]
    rows = await asyncio.to_thread(_rows, context, shown, schedules, editable)
    rows.sort(key=lambda row: (row.spec.place.file, row.spec.place.line))
    return render(
        context,
        "rules.html",
        status=422 if refused else 200,
        refused=refused,
        active=services.rulebook.active,
        rules=rows,
        text=text,
        is_searched=bool(text) or len(rules) >= _SEARCHED_FROM,
        page=page,
        pages=-(-len(rules) // _PAGE_SIZE),
        is_last=(page + 1) * _PAGE_SIZE >= len(rules),
        files=files,
        problems=_some_of(problems),
        connections=list(services.connections.values()),
        deleted=context.query("deleted"),
        did=context.query("did"),
        done_to=_named(services, context.query("rule"), context.query("file")),
        speaks_otherwise=services.demo
        and any(context.translator(rule.name) != rule.name for rule in rules if rule.name),
        revision=whole_number(context.query("revision")) or 0,
    )


def address_of_list(services: Services, text: str, rule: str, file: str) -> dict[str, str]:
    """The query of the list's page with a rule or, if `rule` is "", with a file's first rule."""
    listed = _listed(services, text)
    here = (
        number
        for number, spec in enumerate(listed)
        if (spec.id == rule if rule else spec.place.file == file)
    )
    page = next(here, 0) // _PAGE_SIZE
    given = {"page": str(page) if page else "", "text": text}
    return {name: value for name, value in given.items() if value}


def _listed(services: Services, text: str) -> list[Rule]:
    """The rules in force, or the rules that a search finds, in the order in which they decide."""
    rules = [compiled.spec for compiled in services.rulebook.active.rule_set.rules]
    search = RuleSearch(text)
    return [rule for rule in rules if search.finds(rule)] if text else rules


def _named(services: Services, rule_id: str, file: str) -> str:
    """The name of a rule or of a file that is in force; "" for anything else."""
    rules = services.rulebook.active.rule_set
    rule = rules.rule(rule_id)
    if rule:
        return rule.spec.name or rule_id
    return next((file for one in rules.rules if one.spec.place.file == file), "")


def _some_of(problems: Sequence[Problem]) -> Problems:
    """The first problems of each file, and the number of the other problems by file."""
    shown: list[Problem] = []
    more: Counter[str] = Counter()
    of_file: Counter[str] = Counter()
    for problem in problems:
        if of_file[problem.file] < _MOST_OF_FILE and len(shown) < _MOST_PROBLEMS:
            of_file[problem.file] += 1
            shown.append(problem)
        else:
            more[problem.file] += 1
    return Problems(shown, more)


async def _files(services: Services, problems: Sequence[Problem]) -> list[FileView]:
    rulebook, found = services.rulebook, await rule_files(services)
    places = [compiled.spec.place.file for compiled in rulebook.active.rule_set.rules]
    is_error = [item.file for item in problems if item.severity is Severity.ERROR]
    return [
        FileView(
            name=name,
            state=rulebook.state_of(name),
            is_on=is_file_on(file.text),
            errors=is_error.count(name),
            rules=places.count(name),
        )
        for name, file in found.items()
    ]


def _rows(
    context: RequestContext,
    rules: Sequence[Rule],
    schedules: dict[str, ScheduleState],
    editable: set[str],
) -> list[RuleView]:
    log = context.services.store.log
    counts = log.rule_counts(context.now_ms - 24 * HOUR_MS)
    name = {"name": f"[{context.translator(PERSON_NAME)}]"}
    person = {"event": {"actor": name}, "contact": name}
    rows = []
    for rule in rules:
        words, conditions = _conditions(rule)
        said = [whole_condition_words(item, context.translator) for item in conditions]
        shown = [shortened(one, _LONGEST_CONDITION) for one in said if one][:_MOST_CONDITIONS]
        rows.append(
            RuleView(
                spec=rule,
                words=words,
                conditions=shown,
                more_conditions=len(conditions) - len(shown),
                steps=steps_in_words(rule.steps, {**person, "vars": rule.vars}),
                last_fired=last_run_ms(log, rule.id, context.is_awaited),
                counts=counts.get(rule.id),
                schedule=schedules.get(rule.id),
                speaks_later=len(rule.steps) > 1
                or any(step.asks or step.steps for step in rule.steps),
                is_editable=rule.place.file in editable,
                silent=_silent(context, rule),
            )
        )
    return rows


def _silent(context: RequestContext, rule: Rule) -> str:
    services = context.services
    speaks = any(services.actions[step.action].speaks for step in rule.every_step())
    through = rule.trigger.connections or tuple(services.connections)
    is_silent = speaks and len(through) == 1 and through[0] in context.attention.troubles
    return through[0] if is_silent else ""


def _conditions(rule: Rule) -> tuple[Words | None, list[Condition]]:
    """The condition of a rule that looks for words (the first, or None), and the others."""
    for index, item in enumerate(rule.conditions):
        words = read_words(item.text) if isinstance(item, Expression) else None
        if words:
            return words, [*rule.conditions[:index], *rule.conditions[index + 1 :]]
    return None, list(rule.conditions)
