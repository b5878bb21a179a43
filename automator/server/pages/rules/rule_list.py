"""The page of all rules: each in words with its counts, and the problems of the files."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from automator.engine.rulesets.rulebook import FileState
from automator.engine.schedule.schedules import ScheduleState
from automator.model import (
    Expression,
    Problem,
    Rule,
    Severity,
    Step,
    id_time_ms,
    record,
    shortened,
    whole_number,
)
from automator.rules.editing.edits import is_file_on
from automator.rules.editing.expressions import Words, read_words
from automator.rules.editing.lines.waits import shown_active, shown_wait
from automator.rules.templates.inputs import compile_text
from automator.rules.templates.template import RenderError
from automator.server.shared.rule_files import rule_files
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import HOUR_MS, RuleCounts, RunFilter

_PAGE_SIZE = 100
#: Letters of a text that a row shows.
_SHOWN = 90
#: `{{ vars.shop }}` or `{{ event.actor.name | default('bạn') }}`.
_PLACE = re.compile(r"\{\{\s*([\w.]+)[^{}]*\}\}")


@record(kw_only=False)
class StepView:
    """A step in a row: its action, and its text or object."""

    action: str
    about: str


@record(kw_only=False)
class RuleView:
    """A rule as the list shows it."""

    spec: Rule
    words: Words | None
    #: Conditions that are not a list of words.
    more_conditions: int
    steps: Sequence[StepView]
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
                steps=[StepView(step.action, _text_of(step, rule.vars)) for step in rule.steps],
                last_fired=id_time_ms(latest[0].id) if latest else None,
                counts=counts.get(rule.id),
                schedule=schedules.get(rule.id),
                speaks_later=len(rule.steps) > 1
                or any(step.asks or step.steps for step in rule.steps),
                is_editable=rule.place.file in editable,
            )
        )
    return rows


def _text_of(step: Step, values: Mapping[str, Any]) -> str:
    """The text of a step, or its object; values that only an event can fill in are shown as
    `[name]`.
    """
    inputs = step.inputs
    given: Any = inputs.get("text") or inputs.get("one_of") or inputs.get("do") or inputs.get("to")
    if step.action == "follow_up":
        given = _times_of(step)
    given = given[0] if isinstance(given, list | tuple) and given else given
    text = " ".join(given.split()) if isinstance(given, str) else ""
    return shortened(_PLACE.sub(lambda found: _in_place(found[0], found[1], values), text), _SHOWN)


def _times_of(step: Step) -> str:
    """When a follow-up acts: its waits, of a sequence one behind the other, and its hours."""
    waits, one = [], step
    while True:
        wait = shown_wait(one.inputs.get("after")) or one.inputs.get("at")
        waits.append(wait if isinstance(wait, str) else "…")
        if one.following is None:
            break
        one = one.following
    active = shown_active(step.inputs.get("active"))
    return ", ".join(filter(None, (" → ".join(waits), active)))


def _in_place(written: str, path: str, values: Mapping[str, Any]) -> str:
    """The text that a row shows for an expression: a price as customers see it."""
    template, _ = compile_text(written, is_url=False)
    if template is not None and all(names[0] == "vars" for names in template.paths):
        with suppress(RenderError):
            known = template.render({"vars": values})
            if isinstance(known, str | int | float):
                return str(known)
    return f"[{path.rpartition('.')[2]}]"
