"""Describes the timeline of a simulation in the reader's language."""

from collections import Counter
from collections.abc import Sequence

from automator.language import Translator
from automator.model import N_, format_id
from automator.simulation.timeline import Entry, Kind

_SHOWN_TEXT = 200
_INDENT = " " * 4
_MARKS = {
    Kind.MATCHED: "✓",
    Kind.NOT_MATCHED: "✗",
    Kind.HELD_BACK: "⊘",
    Kind.PUT_OFF: "◷",
    Kind.NOTED: "·",
    Kind.PLANNED: "◷",
    Kind.FIRED: "▶",
    Kind.SENT: "→",
    Kind.STEP: "·",
    Kind.CANCELLED: "⊘",
    Kind.FAILED: "✗",
}
#: The texts of entries whose reason alone does not say enough.
_SAID = {
    Kind.HELD_BACK: N_("held back: {because}"),
    Kind.PUT_OFF: N_("put off: {because}"),
    Kind.PLANNED: N_("planned for {due:time}"),
    Kind.FIRED: N_("its time has come"),
    Kind.CANCELLED: N_("cancelled: {because}"),
    Kind.FAILED: N_("failed: {because}"),
}


def entry_text(entry: Entry, _: Translator) -> str:
    """One entry: an event with its time, person and text, or an action of a rule, indented."""
    if entry.kind is Kind.EVENT:
        return _event_text(entry, _)
    step = entry.step
    name = " › ".join(filter(None, [entry.rule, entry.path, step.id if step else ""]))
    if entry.is_shadow:
        name = _(N_("{run} in shadow"), run=name)
    said = _.say(entry.reason)
    if entry.kind in _SAID:
        said = _(_SAID[entry.kind], because=entry.reason or "-", due=entry.due_at)
    line = f"{_INDENT}{_MARKS[entry.kind]} {name}: {said}"
    if step is not None and step.text:
        line += f"\n{_INDENT}    “{step.text[:_SHOWN_TEXT]}”"
    return line


def summary_of(entries: Sequence[Entry], _: Translator) -> str:
    """The numbers of entries of each kind in a timeline, on one line."""
    count = Counter(entry.kind for entry in entries)
    text = N_(
        "events: {events:number}, sent: {sent:number}, held back: {held:number}; follow-ups:"
        " {planned:number} planned, {fired:number} carried out, {cancelled:number} cancelled"
    )
    return _(
        text,
        events=count[Kind.EVENT],
        sent=count[Kind.SENT],
        planned=count[Kind.PLANNED],
        fired=count[Kind.FIRED],
        cancelled=count[Kind.CANCELLED],
        held=count[Kind.HELD_BACK],
    )


def _event_text(entry: Entry, _: Translator) -> str:
    event = entry.event
    actor = event.body.get("actor") or {}
    parts = [event.type, actor.get("name") or actor.get("id"), event.connection]
    title = " · ".join(filter(None, [*parts, format_id(event.id)]))
    lines = [f"{_.time(entry.at)}  {title}"]
    said = event.body.get("text")
    if isinstance(said, str) and said:
        lines.append(f"{_INDENT}“{said[:_SHOWN_TEXT]}”")
    return "\n".join(lines)
