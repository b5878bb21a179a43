"""The page of one run: what started it, its steps and attempts, and the buttons for it."""

import asyncio
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from automator.engine.explanation.why import explain_run
from automator.engine.operations.run_review import Decision, decide, echo_of, may_echo, run_detail
from automator.model import (
    Attempt,
    AttemptStatus,
    Event,
    NotFoundError,
    Rule,
    RunState,
    Step,
    format_id,
    record,
    shortened,
)
from automator.plugins import AnyAction
from automator.rules import CompiledRule, RuleSet
from automator.rules.templates.inputs import paths_read
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.activity.run_rows import rows_of
from automator.store import RunDetail


@record(kw_only=False)
class StepView:
    """A step of a run with its attempts; `step` is None if its rule does not have it any more."""

    id: str
    step: Step | None
    attempts: Sequence[Attempt]
    is_next: bool
    #: The paths and values that were filled into the texts of the step.
    values: Sequence[tuple[str, str]] = ()


async def show_run(context: RequestContext) -> Response:
    """The page of a run."""
    services = context.services
    detail = await run_detail(services.store.log, context.id_in_path())
    run = detail.run
    rule_set = await _rules_of(services, run.revision)
    compiled = rule_set.rule(run.rule) if rule_set else None
    rule = compiled.spec if compiled else None
    why = await _why(services, detail, rule_set) if rule_set and rule else None
    return render(
        context,
        "run.html",
        run=run,
        event=detail.event,
        rule=rule,
        steps=_steps(services, detail, compiled),
        children=await asyncio.to_thread(rows_of, services, detail.children),
        collected=await asyncio.to_thread(rows_of, services, detail.collected),
        why=why,
        rule_then=await asyncio.to_thread(_rule_then, services, run.revision, rule),
        advice=_advice(context, detail),
        curls={item.id: as_curl(item.request) for item in detail.attempts if item.request},
        is_going=not run.state.is_final,
        replayed_as=(await asyncio.to_thread(services.store.log.replayed_as, [run.id])).get(
            (run.id, run.rule)
        ),
        can_retry=run.state.can_be_retried,
        active_revision=services.rulebook.active.revision,
        can_cancel=run.state.can_be_cancelled,
        waits=run.state in (RunState.QUEUED, RunState.HELD),
        can_be_done=run.state.needs_review,
        may_echo=may_echo(detail.attempts[-1] if detail.attempts else None, services.actions),
        echo=await echo_of(services.store.log, detail, services.actions)
        if run.state.needs_review
        else None,
        now_due=run.run_at <= context.now_ms and not run.waits_for_others,
    )


async def decide_here(decision: Decision, context: RequestContext) -> Response:
    """The buttons “Retry now”, “It worked”, “Run now” and “Cancel”.

    Leads back to the run, or to the list of follow-ups if the button was there.
    """
    services, run_id = context.services, context.id_in_path()
    revisions = services.rulebook.revisions
    await decide(services.store, revisions, decision, run_id, context.actor.name)
    from_list = context.form.get("from") == "follow-ups"
    return see_other("/follow-ups" if from_list else f"/runs/{format_id(run_id)}")


async def release_held(context: RequestContext) -> Response:
    """The button “Run them now” for the runs that a restored backup holds."""
    await context.services.store.quarantine.release()
    return see_other("/log")


async def cancel_held(context: RequestContext) -> Response:
    """The button “Cancel them” for the runs that a restored backup holds."""
    await context.services.store.quarantine.cancel(context.actor.name)
    return see_other("/log")


async def _rules_of(services: Services, revision: int) -> RuleSet | None:
    """The rules of a revision; None if they are not stored or this version cannot read them."""
    try:
        return await services.rulebook.revisions.of(revision)
    except NotFoundError:
        return None


def _rule_then(services: Services, revision: int, rule: Rule | None) -> str:
    """The text of the rule in its revision; "" if it is not stored any more. Blocks."""
    stored = services.store.log.ruleset(revision) if rule else None
    file = stored.files.get(rule.place.file, "") if stored and rule else ""
    return rule_text(file, rule.place.line) if rule else ""


def _advice(context: RequestContext, detail: RunDetail) -> str:
    """The advice about the state of a run or its last attempt; "" if nothing has to be done."""
    run, say = detail.run, context.translator
    if run.because is not None and (text := say.advice(run.because)):
        return text
    last = detail.attempts[-1] if detail.attempts else None
    if last is None or last.status in (AttemptStatus.OK, AttemptStatus.SUPERSEDED):
        return ""
    return say.advice(last.summary)


async def _why(services: Services, detail: RunDetail, rule_set: RuleSet) -> dict[str, Any] | None:
    """The explanation why the rule matched, by the rules of the run's own revision."""
    why = await explain_run(services.store.log, detail.run, rule_set)
    return why.as_json() if why else None


def _steps(services: Services, detail: RunDetail, rule: CompiledRule | None) -> list[StepView]:
    """The steps in the order of the rule, and then attempts of steps that the rule lacks."""
    tries: dict[str, list[Attempt]] = {}
    for attempt in detail.attempts:
        tries.setdefault(attempt.step, []).append(attempt)
    views: list[StepView] = []
    for index, step in enumerate(rule.spec.sequence(detail.run.path) if rule else ()):
        is_next = not detail.run.state.is_final and index == detail.run.step
        attempts, action = tries.pop(step.id, ()), services.actions.get(step.action)
        values = (
            step_values(step, action, rule, detail.run.data, detail.event)
            if rule and action and attempts
            else ()
        )
        views.append(StepView(step.id, step, attempts, is_next, values))
    return views + [StepView(name, None, left, False) for name, left in tries.items()]


# --- Beside a run: its rule as it was, its requests as curl, and its texts ---

#: Headers that curl sets by itself.
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent"})
_LONGEST_RULE = 400
_MOST_VALUES = 12
_LONGEST_VALUE = 160


def rule_text(file: str, line: int) -> str:
    """The text of the rule that begins at this line of a file, up to the next rule."""
    lines = file.splitlines()[max(line - 1, 0) :]
    if not lines:
        return ""
    indent = _indent(lines[0])
    for number, text in enumerate(lines[1:], 1):
        if text.strip() and not text.lstrip().startswith("#") and _indent(text) <= indent:
            lines = lines[:number]
            break
    return "\n".join(text[indent:] for text in lines[:_LONGEST_RULE]).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def as_curl(request: Mapping[str, Any]) -> str:
    """A request as a curl command; redacted parts are shown as `<redacted>`."""
    headers = [
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in (request.get("headers") or {}).items()
        if name.lower() not in _OWN_HEADERS
    ]
    method = str(request.get("method") or "GET")
    parts = [
        f"curl -X {shlex.quote(method)} {shlex.quote(str(request.get('url') or ''))}",
        *headers,
    ]
    body = request.get("body")
    if body:
        parts.append(f"--data-raw {shlex.quote(str(body))}")
    return " \\\n  ".join(parts)


def step_values(
    step: Step, action: AnyAction, rule: CompiledRule, data: Mapping[str, Any], event: Event
) -> list[tuple[str, str]]:
    """The paths that a step's texts read, with their values.

    Values that were not stored, such as the contact's at the time, are left out.
    """
    scope: Mapping[str, Any] = {
        "event": event.body,
        "connection": {"name": event.connection, "provider": event.provider},
        "vars": {**rule.vars, **data.get("vars", {})},
        "steps": data.get("steps", {}),
    }
    known = [names for names in paths_read(step, action) if names[0] in scope and event.body]
    return [(".".join(names), _shown(scope, names)) for names in known[:_MOST_VALUES]]


def _shown(value: Any, names: tuple[str, ...]) -> str:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return shortened(json.dumps(value, ensure_ascii=False, default=str), _LONGEST_VALUE)
