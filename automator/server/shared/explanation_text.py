"""Describes explanations in the reader's language, for `automator why` and the API."""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.clock import iso_time
from automator.engine.explanation.event_explanation import EventExplanation, ExplainedRule
from automator.language import Translator
from automator.model import N_, Event, Reason, format_id, shortened
from automator.model.own_events import SCHEDULE_CONTACT
from automator.rules import ConditionExplanation, RuleExplanation
from automator.store import RunRow

EMPTIED = N_(
    "this event was emptied, by retention or because its person was erased: only its key is "
    "kept, so that a repetition is recognised; see `retention` in automator.yaml"
)
_SHOWN_TEXT = 120
#: The texts for people's decisions about a run.
_DECISIONS = {
    "retry": N_(
        "tried again by {name:author} at {at:time}; it was {state}; with revision {revision}"
    ),
    "done": N_("marked done by {name:author} at {at:time}; it was {state}"),
    "cancel": N_("cancelled by {name:author} at {at:time}; it was {state}"),
    "move": N_("moved by {name:author} at {at:time}; it was {state}"),
    "approve": N_("approved by {name:author} at {at:time}; it was {state}"),
    "decline": N_("declined by {name:author} at {at:time}; it was {state}"),
}


def explanation_text(explanation: EventExplanation, _: Translator) -> str:
    """The explanation of an event as text, for the terminal."""
    lines = _event_lines(explanation.event, _)
    if explanation.event.is_emptied:
        return "\n".join([*lines, _(EMPTIED)])
    notes = filter(None, (explanation.taken_again, explanation.kept_because))
    lines += [f"    {_.say(note)}" for note in notes]
    lines.append(_count_line(explanation, _))
    if explanation.unread:
        files = ", ".join(explanation.unread)
        lines.append(_(N_("rules that can no longer be read are missing: {files}"), files=files))
    for rule in explanation.rules:
        lines += ["", *_explained_lines(rule, _)]
    if explanation.others:
        revision = explanation.revision
        title = _(N_("runs of rules that revision {revision} does not have"), revision=revision)
        lines += ["", title]
        for row in explanation.others:
            lines += [f"    {line}" for line in _run_lines(row, _, row.run.rule)]
    for other in explanation.beside:
        lines += ["", _(N_("replayed with revision {revision}"), revision=other.revision)]
        for rule in other.rules:
            lines += [f"    {line}" for line in _explained_lines(rule, _)]
    return "\n".join(lines)


def rule_lines(explanation: RuleExplanation, _: Translator) -> list[str]:
    """The explanation of one rule as lines."""
    verdict = N_("matches") if explanation.matched else N_("does not match")
    if explanation.matched and explanation.shadow:
        verdict = N_("matches in shadow mode")
    title = f" ({explanation.name})" if explanation.name else ""
    mark = _mark(explanation.matched)
    lines = [
        f"{mark} {explanation.rule}{title} {_(verdict)}  [{explanation.place}]",
    ]
    # The line of a deciding condition says that it decides.
    if not any(condition.decides for condition in explanation.conditions):
        lines.append(f"    {_.say(explanation.decided_by)}")
    for condition in explanation.conditions:
        lines += _condition_lines(condition, "    ", _)
    return lines


def _event_lines(event: Event, _: Translator) -> list[str]:
    said = event.body.get("text")
    actor = event.body.get("actor") or {}
    values = {
        "id": format_id(event.id),
        "type": event.type,
        "connection": event.connection,
        "at": event.body.get("received_at") or iso_time(event.received_at),
    }
    if actor.get("name"):
        text = N_("event {id}: {type} by {name} through {connection}, {at:time}")
        lines = [_(text, **values, name=actor["name"])]
    else:
        lines = [_(N_("event {id}: {type} through {connection}, {at:time}"), **values)]
    if event.is_emitted:
        text = N_("raised by the rule {rule} in run {run}, because of event {event}")
        lines.append(f"    {_(text, **event.body['emitted'])}")
    if event.type == SCHEDULE_CONTACT and event.body:
        text = N_("taken by the schedule of the rule {rule}, which fired with event {firing}")
        lines.append(f"    {_(text, **event.body['data'])}")
    if isinstance(said, str):
        lines.append(f"    “{shortened(said, _SHOWN_TEXT)}”")
    return lines


def _count_line(explanation: EventExplanation, _: Translator) -> str:
    matched = sum(rule.explanation.matched for rule in explanation.rules)
    line = _(
        N_("{matched} of {count} rules match (revision {revision})"),
        matched=matched,
        count=len(explanation.rules),
        revision=explanation.revision,
    )
    if not explanation.replayed:
        return line
    return line + _.counted(
        "; replays have started {count} run more",
        "; replays have started {count} runs more",
        explanation.replayed,
    )


def _explained_lines(rule: ExplainedRule, _: Translator) -> list[str]:
    """The explanation of a rule, the notes on it, and its runs, as lines."""
    notes = [f"    {_.say(note)}" for note in rule.notes]
    lines = [f"    {line}" for row in rule.runs for line in _run_lines(row, _)]
    return [*rule_lines(rule.explanation, _), *notes, *lines]


def _condition_lines(condition: ConditionExplanation, indent: str, _: Translator) -> Iterator[str]:
    title = f"{condition.name}: " if condition.name else ""
    decides = "  <- " + _(N_("decides")) if condition.decides else ""
    because = "; ".join(map(_.say, condition.because))
    said, below = (
        (_.say(condition.group), because) if condition.group else (because, condition.text)
    )
    yield f"{indent}{_mark(condition.holds)} {title}{said}  [{condition.place}]{decides}"
    yield f"{indent}    {below}"
    if condition.hint:
        yield f"{indent}    {_.say(condition.hint)}"
    for child in condition.children:
        yield from _condition_lines(child, indent + "    ", _)


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"


def _run_lines(row: RunRow, _: Translator, rule: str = "") -> Iterator[str]:
    """The lines about a run: its state, the replay that started it, and people's decisions."""
    yield _run_line(row, _, rule)
    revision = row.run.revision
    if replay := row.run.replay:
        source = _(N_("run {id}"), id=replay["of"]) if "of" in replay else _(N_("the event"))
        text = N_(
            "replayed from {source} by {name:author} at {at:time}, replay {id}, "
            "with revision {revision}"
        )
        values = {"name": replay["by"], "at": replay["at"], "id": replay["id"]}
        yield f"    {_(text, source=source, revision=revision, **values)}"
    for decision in row.run.decisions:
        state = _with_reason(decision["state"], decision["reason"], _)
        values = {"name": decision["by"], "at": decision["at"], "state": state}
        text = _DECISIONS[decision["did"]]
        yield f"    {_(text, revision=revision, **values)}"


def _with_reason(state: str, reason: Mapping[str, Any] | None, _: Translator) -> str:
    said = _.state(state)
    return f"{said}: {_.stored(reason)}" if reason else said


def _run_line(row: RunRow, _: Translator, rule: str) -> str:
    run, number = row.run, format_id(row.id)
    what = _(N_("run {id}"), id=number)
    if run.path:
        what = _(N_("follow-up {path} {id}"), path=run.path, id=number)
    if rule:
        text = N_("{rule} (revision {revision}): {run}")
        what = _(text, rule=rule, revision=run.revision, run=what)
    if run.is_shadow:
        what = _(N_("{run} in shadow"), run=what)
    reason: Reason | None = run.because
    because = f": {_.say(reason)}" if reason else ""
    last = f" ({_.say(row.last_summary)})" if row.last_summary and not run.reason else ""
    became = _.state(row.state_label)
    if row.became != row.state_label:
        became = f"{became}, {_.state(row.became)}"
    return f"→ {what} {became}{because}{last}"
