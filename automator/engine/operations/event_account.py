"""The account of an event: what each rule decided about it, as text and as plain data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from automator.clock import iso_time
from automator.model import N_, Event, Reason, format_id, reason_json
from automator.model.sentence import Sentence
from automator.rules import RuleExplanation, as_json, render_text
from automator.store import RunRow

#: Said in place of what the rules made of an event.
EMPTIED = (
    "retention has emptied this event: of it and its runs only its key is kept, so that a"
    " repetition is known; see `retention` in automator.yaml"
)
_SHOWN_TEXT = 120
#: What people can decide about a run, as it is told.
_DECISIONS = {"retry": "tried again", "done": "marked done", "cancel": "cancelled"}

#: Makes a sentence of a reason.
Say = Callable[[Reason | None], str]


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """One rule: its explanation, and the runs that it started for this event."""

    explanation: RuleExplanation
    runs: tuple[RunRow, ...]
    #: What is to be said beside the explanation.
    notes: tuple[Sentence, ...] = ()

    def lines(self, say: Say) -> list[str]:
        """The explanation as text, what is to be said beside it, and a line for each run."""
        notes = [f"    {note}" for note in self.notes]
        lines = [f"    {line}" for row in self.runs for line in _run_lines(row, say)]
        return [*render_text(self.explanation), *notes, *lines]

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            **as_json(self.explanation),
            "notes": [{"text": note.text, "values": dict(note.values)} for note in self.notes],
            "runs": [_run_json(row) for row in self.runs],
        }


@dataclass(frozen=True, slots=True)
class RevisionAccount:
    """The rules of another revision with which replays of an event have started runs."""

    revision: int
    rules: tuple[RuleAccount, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"revision": self.revision, "rules": [rule.as_json() for rule in self.rules]}


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """An event and what every rule of its time made of it; rules that matched come first."""

    event: Event
    revision: int
    rules: tuple[RuleAccount, ...]
    #: Runs of rules that its revision does not have, such as replays with newer ones.
    others: tuple[RunRow, ...] = ()
    #: Rules of other revisions with which replays have started runs, the oldest revision first.
    beside: tuple[RevisionAccount, ...] = ()
    #: Files of its revision whose rules can no longer be read, and are missing here.
    unread: tuple[str, ...] = ()

    @property
    def replayed(self) -> int:
        """How many runs replays have started for it."""
        rows = [*self.others, *(row for account in self.rules for row in account.runs)]
        return sum(bool(row.run.replay) and not row.run.path for row in rows)

    def render_text(self, say: Say) -> str:
        """The whole account, as the terminal shows it; `say` makes sentences of reasons."""
        event = self.event
        said = event.body.get("text")
        actor = event.body.get("actor") or {}
        who = f" by {actor['name']}" if actor.get("name") else ""
        received = event.body.get("received_at") or iso_time(event.received_at)
        title = f"event {format_id(event.id)}: {event.type}{who}"
        lines = [f"{title} through {event.connection}, {received}"]
        if isinstance(said, str):
            cut = said if len(said) <= _SHOWN_TEXT else f"{said[: _SHOWN_TEXT - 1]}…"
            lines.append(f"    “{cut}”")
        if event.is_emptied:
            return "\n".join([*lines, EMPTIED])
        matched = sum(account.explanation.matched for account in self.rules)
        replayed = self.replayed
        more = N_("1 run") if replayed == 1 else f"{replayed} runs"
        apart = f"; replays have started {more} more" if replayed else ""
        lines.append(
            f"{matched} of {len(self.rules)} rules match (revision {self.revision}){apart}"
        )
        if self.unread:
            lines.append(f"rules that can no longer be read are missing: {', '.join(self.unread)}")
        for account in self.rules:
            lines += ["", *account.lines(say)]
        if self.others:
            lines += ["", f"runs of rules that revision {self.revision} does not have"]
            lines += [
                f"    {line}" for row in self.others for line in _run_lines(row, say, row.run.rule)
            ]
        for other in self.beside:
            lines += ["", f"replayed with revision {other.revision}"]
            lines += [f"    {line}" for account in other.rules for line in account.lines(say)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "event": format_id(self.event.id),
            "type": self.event.type,
            "connection": self.event.connection,
            "text": self.event.body.get("text"),
            "revision": self.revision,
            "emptied": self.event.is_emptied,
            "rules": [account.as_json() for account in self.rules],
            "replayed_with": [other.as_json() for other in self.beside],
            "unread_files": list(self.unread),
            "replayed": self.replayed,
            "other_runs": [_run_json(row) for row in self.others],
        }


def _run_json(row: RunRow) -> dict[str, Any]:
    return {
        "id": format_id(row.id),
        "rule": row.run.rule,
        "revision": row.run.revision,
        "state": row.state_label,
        "reason": reason_json(row.run.because),
        "shadow": row.run.is_shadow,
        "replay": dict(row.run.replay) or None,
        "decisions": list(row.run.decisions),
    }


def _run_lines(row: RunRow, say: Say, rule: str = "") -> list[str]:
    """The run, what it replays, and what people decided about it."""
    replay = row.run.replay
    lines = [_run_line(row, say, rule)]
    if replay:
        source = f"run {replay['of']}" if "of" in replay else N_("the event")
        at = replay["at"]
        lines.append(
            f"    replayed from {source} by {replay['by']} at {at}, replay {replay['id']},"
            f" with revision {row.run.revision}"
        )
    for decision in row.run.decisions:
        with_revision = f"; with revision {row.run.revision}" if decision["did"] == "retry" else ""
        reason = decision["reason"]
        why = f": {say(Reason.from_json(reason))}" if reason else ""
        was = f"{decision['state']}{why}"
        lines.append(
            f"    {_DECISIONS[decision['did']]} by {decision['by']} at {decision['at']};"
            f" it was {was}{with_revision}"
        )
    return lines


def _run_line(row: RunRow, say: Say, rule: str) -> str:
    run = row.run
    what = f"follow-up {run.path}" if run.path else "run"
    if rule:
        what = f"{rule} (revision {run.revision}): {what}"
    shadow = " in shadow" if run.is_shadow else ""
    reason = run.because
    because = f": {say(reason)}" if reason else ""
    last = f" ({row.last_summary})" if row.last_summary and not run.reason else ""
    return f"→ {what} {format_id(row.id)}{shadow} {row.state_label}{because}{last}"
