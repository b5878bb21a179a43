"""The page of all rules: each in words with its counts, and the problems of the files."""

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from automator.engine.rulesets.rulebook import FileState
from automator.engine.schedule.schedules import ScheduleState
from automator.model import (
    Expression,
    Problem,
    Rule,
    Severity,
    id_time_ms,
    record,
    whole_number,
)
from automator.rules.editing.edits import is_file_on
from automator.rules.editing.expressions import Words, read_words
from automator.server.pages.step_texts import StepText, steps_in_words
from automator.server.shared.rule_files import rule_files
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import HOUR_MS, RuleCounts, RunFilter

_PAGE_SIZE = 100


@record(kw_only=False)
class RuleView:
    """A rule as the list shows it."""

    spec: Rule
    words: Words | None
    #: Conditions that are not a list of words.
    more_conditions: int
    steps: Sequence[StepText]
    last_fired: int | None
    counts: RuleCounts | None
    schedule: ScheduleState | None
    #: It asks, or acts later: people can leave on the way.
    speaks_later: bool
    #: The file that it stands in can be edited: it is in force as it stands on disk.
    is_editable: bool


@record(kw_only=False)
class FileView:
    """A file as the list shows it."""

    name: str
    state: FileState
    is_on: bool
    errors: int
    rules: int


async def show_rules(context: RequestContext, *, refused: Sequence[Problem] = ()) -> Response:
    """The active rules, and the files with what is wrong with them.

    `refused` are the problems for which a change was not made.
    """
    services = context.services
    problems = sorted(services.rulebook.problems, key=lambda item: (item.severity, item))
    page = whole_number(context.query("page")) or 0
    schedules = {state.rule: state for state in await services.schedules.states()}
    files = await _files(services, problems)
    editable = {file.name for file in files if file.state == "in_force"}
    rules = [compiled.spec for compiled in services.rulebook.active.rule_set.rules]
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
        count=len(rules),
        page=page,
        is_last=(page + 1) * _PAGE_SIZE >= len(rules),
        files=files,
        problems=problems,
        connections=list(services.connections.values()),
        deleted=context.query("deleted"),
        did=context.query("did"),
        speaks_otherwise=services.demo
        and any(context.translator(rule.name) != rule.name for rule in rules if rule.name),
        revision=whole_number(context.query("revision")) or 0,
    )


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
    rows = []
    for rule in rules:
        texts = [item.text for item in rule.conditions if isinstance(item, Expression)]
        words = next(filter(None, map(read_words, texts)), None)
        latest = log.runs(RunFilter(rule=rule.id), limit=1)
        rows.append(
            RuleView(
                spec=rule,
                words=words,
                more_conditions=len(rule.conditions) - (words is not None),
                steps=steps_in_words(rule.steps, {"vars": rule.vars}),
                last_fired=id_time_ms(latest[0].id) if latest else None,
                counts=counts.get(rule.id),
                schedule=schedules.get(rule.id),
                speaks_later=len(rule.steps) > 1
                or any(step.asks or step.steps for step in rule.steps),
                is_editable=rule.place.file in editable,
            )
        )
    return rows
