"""The conversation of a person and the shop, in the order of time."""

from collections.abc import Iterator, Sequence
from typing import Literal

from automator.model import Outcome, Reason, Run, RunState, format_id, id_time_ms, record
from automator.server.pages.activity.run_rows import RowOfRun
from automator.store import EventRow

#: `unknown` says that nobody knows whether it was sent.
Fate = Literal["sent", "waits", "lost", "unknown"]


@record(kw_only=False)
class Line:
    """One message of either side."""

    #: Milliseconds.
    at: int
    is_ours: bool
    text: str
    #: The page that tells more.
    address: str
    #: The id of the rule that sent the message, its name, and the id of the step that says the
    #: text; "" for a message of a person, on either side.
    rule: str = ""
    rule_name: str = ""
    step: str = ""
    #: Who of the shop wrote it on a page here; "" of all others.
    by: str = ""
    #: The fate of a message that was written here.
    fate: Fate = "sent"
    #: Why it waits, or was not sent.
    because: Reason | None = None


def conversation(heard: Sequence[EventRow], told: Sequence[RowOfRun], most: int) -> list[Line]:
    """The newest lines, the oldest of these first.

    Platforms report our messages back; a message by a rule is shown only once.
    """
    said = [*_said(told), *(_written(row) for row in told if row.run.is_by_hand)]
    texts = {line.text for line in said}
    lines = said + [
        Line(event.received_at, event.is_self, event.text, f"/events/{format_id(event.id)}")
        for event in heard
        if event.text and not (event.is_self and event.text in texts)
    ]
    return sorted(lines, key=lambda line: line.at)[-most:]


def _said(told: Sequence[RowOfRun]) -> Iterator[Line]:
    for row in told:
        if row.run.is_by_hand:
            continue
        for run in (row.told, *row.follow_ups):
            for step in run.said:
                yield Line(
                    id_time_ms(step.id),
                    True,
                    step.said or "",
                    f"/runs/{format_id(run.run.id)}",
                    rule=run.run.rule,
                    rule_name=row.rule_name,
                    step=step.step,
                )


def _written(row: RowOfRun) -> Line:
    """A message that somebody wrote here, with its fate."""
    run = row.run
    fate = _fate(run)
    because = None if fate == "sent" else next(iter(run.not_sent.values()), run.because)
    return Line(
        run.created_at,
        True,
        row.row.text or "",
        f"/runs/{format_id(run.id)}",
        by=row.row.actor_name or "",
        fate=fate,
        because=because,
    )


def _fate(run: Run) -> Fate:
    if not run.state.is_final:
        return "waits"
    if run.outcome is Outcome.ANSWERED:
        return "sent"
    is_unknown = run.state is RunState.UNKNOWN or run.outcome is Outcome.MAYBE_SENT
    return "unknown" if is_unknown else "lost"
