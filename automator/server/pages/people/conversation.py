"""The conversation of a person and the shop, in the order of time."""

from collections.abc import Iterator, Sequence

from automator.model import format_id, id_time_ms, record
from automator.server.pages.activity.run_rows import RowOfRun
from automator.store import EventRow


@record(kw_only=False)
class Line:
    """One message of either side."""

    #: Milliseconds.
    at: int
    is_ours: bool
    text: str
    #: The page that tells more.
    address: str
    #: The rule that said it; "" of what a person wrote, on either side.
    rule: str = ""


def conversation(heard: Sequence[EventRow], told: Sequence[RowOfRun], most: int) -> list[Line]:
    """The newest lines, the oldest of these first.

    Platforms report our messages back; a message by a rule is shown only once.
    """
    said = list(_said(told))
    texts = {line.text for line in said}
    lines = said + [
        Line(event.received_at, event.is_self, event.text, f"/events/{format_id(event.id)}")
        for event in heard
        if event.text and not (event.is_self and event.text in texts)
    ]
    return sorted(lines, key=lambda line: line.at)[-most:]


def _said(told: Sequence[RowOfRun]) -> Iterator[Line]:
    for row in told:
        for run in (row.told, *row.follow_ups):
            for step in run.said:
                address = f"/runs/{format_id(run.run.id)}"
                yield Line(id_time_ms(step.id), True, step.said or "", address, row.rule_name)
