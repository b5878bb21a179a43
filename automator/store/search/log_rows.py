"""The results of the log: rows of lists, and details with all that belongs to them."""

from collections.abc import Mapping
from typing import Any

from automator.model import (
    Attempt,
    AttemptStatus,
    Delivery,
    Event,
    Reason,
    Run,
    RunState,
    SeenValues,
    Verdict,
    record,
    shortened,
)
from automator.model.log_filters import Listed, RunFilter, set_in
from automator.model.run import MAX_BODY
from automator.reasons.replays import taken_again
from automator.store.queue.run_rows import run_from_row
from automator.store.runs.seen_values import load_seen
from automator.store.schema.encoding import (
    dataclass_of,
    load_json,
    load_legible_json,
    load_legible_reason,
    load_summary,
)
from automator.store.schema.tables import attempts, deliveries, events
from automator.store.search.tokenizer import Search

#: The bytes that the column `seen` contains if a part of the event was looked up.
_POST, _LEAD = b'"post"', b'"lead"'


@record
class RunRow:
    """A run in a list, with its event and its last attempt."""

    run: Run
    event_type: str
    connection: str
    actor_name: str | None
    text: str | None
    dedupe_key: str
    last_summary: Reason | None
    attempts: int

    @property
    def id(self) -> int:
        return self.run.id

    @property
    def state_label(self) -> str:
        """The state in the form that people see: a queued run that is not due is `sleeping`."""
        return self.run.state.label

    @property
    def became(self) -> str:
        """The label of the run's outcome if it is done, else of its state."""
        run = self.run
        if run.state is not RunState.DONE or run.outcome is None:
            return self.state_label
        return run.outcome.label

    def fits(self, wanted: RunFilter) -> bool:
        """Whether a filter lets this row through, as its query would.

        Filters that this row cannot answer are ignored, for example by the target of an attempt.
        """
        return (
            (wanted.ended_waits or not self.run.is_ended_wait)
            and (wanted.follow_ups or not self.run.path)
            and all(
                one.admits is None or one.admits(wanted, self)
                for one, _ in set_in(wanted, Listed.RUNS)
            )
        )

    def has_reason(self, code: str) -> bool:
        """Whether the run's reason has this code, or a reason inside it has."""
        return self.run.reason is not None and code in self.run.reason.codes()

    def has_words(self, text: str) -> bool:
        """Whether these words are in the event, its author's name, or the last attempt."""
        last = self.last_summary.texts() if self.last_summary else ()
        return Search.of(text).finds(self.text, self.actor_name, *last)


@record
class RunDetail:
    """A run with its event, its attempts in order, and the runs that it has started."""

    run: Run
    event: Event
    attempts: tuple[Attempt, ...]
    children: tuple[RunRow, ...]
    #: The runs that `debounce` has collected into it: one suppressed run for each event.
    collected: tuple[RunRow, ...]


@record
class EventRow:
    """An event in a list."""

    id: int
    delivery_id: int
    connection: str
    provider: str
    type: str
    dedupe_key: str
    contact: str | None
    #: The key under which the inbox lists the event; None if it does not.
    thread: str | None
    is_self: bool
    received_at: int
    actor_name: str | None
    text: str | None
    revision: int
    runs: int


@record
class EventDetail:
    """An event with the delivery that carried it, its runs, and the revision that has decided."""

    event: Event
    delivery: Delivery | None
    runs: tuple[RunRow, ...]
    revision: int
    #: The values besides the event that conditions could read: first when it came in, then when it
    #: was decided in its turn.
    seen: tuple[SeenValues, ...] = ()

    @property
    def taken_again(self) -> Reason | None:
        """The reason that names whoever took the refused delivery in; None if nobody had to."""
        reason = None if self.delivery is None else self.delivery.reason
        return reason if reason is not None and reason.code == taken_again.code else None


@record
class DeliveryRow:
    """A delivery in a list, without its bytes."""

    id: int
    connection: str
    received_at: int
    method: str
    remote: str
    verdict: Verdict
    reason: Reason | None
    size: int
    events: int
    is_duplicate: bool

    @property
    def reason_code(self) -> str:
        """The code of the reason; "" if there is none."""
        return self.reason.code if self.reason else ""


@record
class Counts:
    """Counts since a time, and of all that waits now, up to `MOST_COUNTED` plus one."""

    events: int
    #: By the label of the state: runs that have ended since then, or are in the other states now. 0
    #: for a state without runs.
    runs: Mapping[str, int]
    rejected_deliveries: int
    waiting_follow_ups: int


@record
class RuleCounts:
    """The number of runs of a rule."""

    started: int
    #: How many runs have ended, by the label of their state.
    ended: Mapping[str, int]

    @property
    def failed(self) -> int:
        """The number of runs that ended badly and wait for a person's decision."""
        return sum(self.ended[state.label] for state in RunState if state.needs_review)


@record
class HourCounts:
    """Counts of the hour that begins at `hour`, in milliseconds."""

    hour: int
    events: int
    started: int
    ended: Mapping[str, int]
    rejected_deliveries: int


EVENT_COLUMNS = (
    events.c.id,
    events.c.delivery_id,
    events.c.connection,
    events.c.provider,
    events.c.type,
    events.c.dedupe_key,
    events.c.lane,
    events.c.contact,
    events.c.is_self,
    events.c.occurred_at,
    events.c.received_at,
    events.c.body,
    events.c.seen,
    events.c.revision,
)
DELIVERY_COLUMNS = tuple(deliveries.c)
ATTEMPT_COLUMNS = tuple(attempts.c)


def event_from_row(row: Any) -> Event:
    """Makes an event from a row of EVENT_COLUMNS.

    If its post's text or its lead's answers were looked up for the decision, they are added.
    """
    return Event(
        id=row.id,
        delivery_id=row.delivery_id,
        connection=row.connection,
        provider=row.provider,
        type=row.type,
        dedupe_key=row.dedupe_key,
        lane=row.lane,
        contact=row.contact,
        is_self=bool(row.is_self),
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        body=_body_of(row),
    )


def _body_of(row: Any) -> Mapping[str, Any]:
    body: Mapping[str, Any] = load_json(row.body)
    if row.seen is not None and (_POST in row.seen or _LEAD in row.seen):
        for part in load_seen(row.seen):
            body = part.in_event(body)
    return body


def delivery_from_row(row: Any) -> Delivery:
    """Makes a delivery from a row of DELIVERY_COLUMNS."""
    headers = tuple([(name, value) for name, value in load_legible_json(row.headers, [])])
    return dataclass_of(
        Delivery,
        row,
        headers=headers,
        verdict=Verdict(row.verdict),
        reason=load_legible_reason(row.reason_code, row.reason),
    )


def attempt_from_row(row: Any, event_json: bytes) -> Attempt:
    """Makes an attempt from a row of ATTEMPT_COLUMNS, and from the stored body of its event."""
    return dataclass_of(
        Attempt,
        row,
        status=AttemptStatus(row.status),
        summary=load_summary(row.summary),
        request=None if row.request is None else request_of(row.request, event_json),
        response=None if row.response is None else load_legible_json(row.response, None),
    )


def request_of(stored: bytes, event_json: bytes) -> Any:
    """Decodes the request of an attempt, whose body may be the event's; None after damage."""
    request = load_legible_json(stored, None)
    if isinstance(request, dict) and request.get("body") is None:
        request["body"] = shortened(event_json.decode("utf-8", "replace"), MAX_BODY)
    return request


def run_row_from_row(row: Any) -> RunRow:
    """Makes a row of a list from a row of `queries.RUN_ROWS`."""
    try:
        run = run_from_row(row)
    except ValueError:
        # The file is damaged, and nothing of the run's data is legible.
        run = run_from_row(row, data={})
    last = None if row.last_summary is None else load_summary(row.last_summary)
    return dataclass_of(RunRow, row, run=run, last_summary=last)


def event_row_from_row(row: Any) -> EventRow:
    """Makes a row of a list from a row of `queries.EVENT_ROWS`."""
    return dataclass_of(EventRow, row, is_self=bool(row.is_self))


def delivery_row_from_row(row: Any) -> DeliveryRow:
    """Makes a row of a list from a row of `queries.DELIVERY_ROWS`."""
    is_duplicate = bool(row.duplicate)
    return dataclass_of(
        DeliveryRow,
        row,
        verdict=Verdict(row.verdict),
        reason=load_legible_reason(row.reason_code, row.reason),
        is_duplicate=is_duplicate,
    )
