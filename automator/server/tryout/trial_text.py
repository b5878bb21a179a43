"""Describes trials in the reader's language, for `automator try` and the API."""

from collections.abc import Iterator, Mapping

from automator.engine.tryout.trial_result import Trial, TriedMessage, TriedRun, TriedStep
from automator.language import Translator
from automator.model import N_, AttemptStatus, RunState, in_one_line, shortened
from automator.server.shared.explanation_text import rule_lines

_SHOWN_TEXT = 120
_SHOWN_BODY = 400
#: Rules that do not listen to the event are explained one by one only if there are at most this
#: many.
_MOST_OTHERS = 2
#: The names of the kinds of messages.
KINDS: Mapping[str, str] = {
    "reply": N_("reply"),
    "private_reply": N_("private reply"),
    "message": N_("message"),
}


def trial_text(trial: Trial, _: Translator, rule_id: str | None) -> str:
    """A trial as text: the event, the decision of each rule, and the actions that would follow.

    `rule_id` limits it to one rule; None = all.
    """
    lines = [*_event_lines(trial, _), _(N_("Nothing is sent and nothing is kept."))]
    rules = [rule for rule in trial.rules if rule_id in (None, rule.rule)]
    others = [rule for rule in rules if not rule.matched and not rule.conditions]
    if len(others) <= _MOST_OTHERS:
        others = []
    for rule in rules:
        if rule not in others:
            lines += ["", *rule_lines(rule, _)]
    if others:
        names = [rule.rule for rule in others]
        text = N_("Switched off, or not for such events: {rules:list}")
        lines += ["", _(text, rules=names)]
    runs = [run for run in trial.runs if rule_id in (None, run.rule)]
    lines += ["", _(N_("What would happen")) if runs else _(N_("Nothing would happen."))]
    for run in runs:
        lines += ["", *(f"  {line}" for line in _run_lines(run, trial.at, _))]
    if trial.cut is not None:
        lines += ["", _.say(trial.cut)]
    return "\n".join(lines)


def _event_lines(trial: Trial, _: Translator) -> Iterator[str]:
    event = trial.event
    values = {"type": event.type, "connection": event.connection, "at": trial.at}
    actor = event.body.get("actor") or {}
    if actor.get("name"):
        text = N_("{type} by {name} through {connection}, at {at:time}")
        yield _(text, **values, name=actor["name"])
    else:
        yield _(N_("{type} through {connection}, at {at:time}"), **values)
    said = event.body.get("text")
    if isinstance(said, str):
        yield f"    “{shortened(said, _SHOWN_TEXT)}”"


def when(run: TriedRun, at: int, _: Translator) -> str:
    """The time at which a run would act, seen from the moment of the trial."""
    if run.at <= at:
        return _(N_("at once"))
    return _(N_("in {wait:duration}, at {at:time}"), wait=run.at - at, at=run.at)


def title_of(run: TriedRun, _: Translator) -> str:
    """The title of a run: its rule and, for a follow-up, the path of the follow-up."""
    name = run.name or run.rule
    return f"{name} › {run.path}" if run.path and not run.path.startswith("!") else name


def _run_lines(run: TriedRun, at: int, _: Translator) -> Iterator[str]:
    shadow = f" ({_(N_('shadow: it would only be shown'))})" if run.shadow else ""
    yield f"{when(run, at, _)}: {title_of(run, _)}{shadow}  [{run.place}]"
    if run.reason is not None:
        yield f"    {_.state(run.state.label)}: {_.say(run.reason)}"
    for limit in run.limits:
        if run.state is not RunState.SUPPRESSED or not limit.holds_back:
            yield f"    {_.say(limit.reason)}"
    if run.cancel_on is not None:
        events = ", ".join(run.cancel_on["event"])
        text = N_("not if this happens before: {events}")
        if run.cancel_on["conditions"]:
            text = N_("not if this happens before, and its conditions hold: {events}")
        yield f"    {_(text, events=events)}"
    for step in run.steps:
        yield from _step_lines(step, _)


def _step_lines(step: TriedStep, _: Translator) -> Iterator[str]:
    mark = {AttemptStatus.OK: "→", AttemptStatus.SKIPPED: "–"}.get(step.status, "✗")
    if step.said is not None:
        yield f"    {mark} {step.id}: {said_line(step.said, _)}"
    elif step.status is AttemptStatus.OK and step.requests:
        last = step.requests[-1]
        yield f"    {mark} {step.id}: {last['method']} {last['url']}"
    else:
        yield f"    {mark} {step.id}: {_.say(step.summary)}"
        advice = _.advice(step.summary) if step.status is AttemptStatus.FAILED else ""
        if advice:
            yield f"        {advice}"
    if step.note is not None:
        yield f"        {_.say(step.note)}"
    for request in step.requests:
        yield f"        {request['method']} {request['url']}"
        if request["body"]:
            yield f"        {in_one_line(str(request['body']), _SHOWN_BODY)}"


def said_line(said: TriedMessage, _: Translator) -> str:
    """A message that would be sent, on one line: its kind, receiver and text."""
    kind = _(KINDS.get(said.outgoing.kind, said.outgoing.kind))
    if not said.is_private:
        line = _(N_("{kind} that everybody sees: “{text}”"), kind=kind, text=said.outgoing.text)
    elif said.to is None:
        line = _(N_("{kind}: “{text}”"), kind=kind, text=said.outgoing.text)
    else:
        text = N_("{kind} to {to}: “{text}”")
        line = _(text, kind=kind, to=said.to, text=said.outgoing.text)
    if said.outgoing.via:
        line += " " + _(N_("(through {connection})"), connection=said.outgoing.via)
    if said.variants > 1:
        line += " " + _(N_("(one of {count} texts)"), count=said.variants)
    return line
