"""The explanation of an event: the decision of each rule about it."""

from typing import Any

from automator.model import Event, Reason, format_id, reason_json, record
from automator.reasons.attempts.platform import account_not_named
from automator.rules import RuleExplanation, as_json
from automator.store import RunRow


@record(kw_only=False)
class ExplainedRule:
    """A rule's explanation, and the runs that the rule started for this event."""

    explanation: RuleExplanation
    runs: tuple[RunRow, ...]
    #: Notes in addition to the explanation.
    notes: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            **as_json(self.explanation),
            "notes": [note.to_json() for note in self.notes],
            "runs": [_run_json(row) for row in self.runs],
        }


@record(kw_only=False)
class ExplainedRevision:
    """The decisions of another revision's rules, by which replays of the event started runs."""

    revision: int
    rules: tuple[ExplainedRule, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"revision": self.revision, "rules": [rule.as_json() for rule in self.rules]}


@record(kw_only=False)
class EventExplanation:
    """An event, and what every rule of that time decided about it; matching rules come first."""

    event: Event
    revision: int
    rules: tuple[ExplainedRule, ...]
    #: Runs of rules that the event's revision does not have, such as replays with newer rules.
    others: tuple[RunRow, ...] = ()
    #: Decisions by other revisions with which replays started runs; the oldest revision is first.
    beside: tuple[ExplainedRevision, ...] = ()
    #: Files of the event's revision that can no longer be read, so that their rules are missing.
    unread: tuple[str, ...] = ()
    #: Who took the event's delivery in, if it was refused at first.
    taken_again: Reason | None = None

    @property
    def replayed(self) -> int:
        """The number of runs that replays have started for the event."""
        rows = [*self.others, *(row for rule in self.rules for row in rule.runs)]
        return sum(bool(row.run.replay) and not row.run.path for row in rows)

    @property
    def kept_because(self) -> Reason | None:
        """The reason of an event without a decision: its connection does not name its account."""
        account = self.event.unnamed_account
        if account is None:
            return None
        return account_not_named(account=account, connection=self.event.connection)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "event": format_id(self.event.id),
            "type": self.event.type,
            "connection": self.event.connection,
            "text": self.event.body.get("text"),
            "revision": self.revision,
            "emptied": self.event.is_emptied,
            "kept_as_it_came": reason_json(self.kept_because),
            "taken_again": reason_json(self.taken_again),
            "rules": [rule.as_json() for rule in self.rules],
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
        "outcome": row.run.outcome and row.run.outcome.label,
        "reason": reason_json(row.run.because),
        "shadow": row.run.is_shadow,
        "replay": dict(row.run.replay) or None,
        "decisions": list(row.run.decisions),
    }
