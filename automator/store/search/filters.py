"""The filters of the log, as pages, the API and replays give them."""

from automator.model import Outcome, RunState, Verdict, Waits, hook_of, record
from automator.store.search.log_rows import RunRow
from automator.store.search.tokenizer import Search


@record
class EventFilter:
    """A filter over events; a field that is None or empty does not filter.

    `contact` is a contact's key, `text` are words of the event or its author's name. Times are
    milliseconds: `since_ms` is the first one that counts, `until_ms` the first that does not. A
    `connection` stands for those of its accounts as well.
    """

    connection: str | None = None
    type: str | None = None
    contact: str | None = None
    text: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    #: Only events that started a run, or only events that did not.
    matched: bool | None = None
    event_id: int | None = None
    #: Those that came with one of these deliveries.
    delivery_ids: tuple[int, ...] = ()


@record
class DeliveryFilter:
    """A filter over deliveries; a field that is None or empty does not filter."""

    verdict: Verdict | None = None
    connection: str | None = None
    #: The code of the reason why it was refused.
    reason_code: str | None = None
    #: Letters of its body, or its id.
    part: str = ""
    since_ms: int | None = None
    until_ms: int | None = None


@record
class RunFilter:
    """A filter over runs, by their own fields and those of their event; the times are those of the
    run.
    """

    states: tuple[RunState, ...] = ()
    rule: str | None = None
    #: The code of its reason, or of one inside it.
    reason_code: str | None = None
    outcome: Outcome | None = None
    #: It is queued, and waits for this.
    waits_for: Waits | None = None
    #: One of its attempts ended with this code.
    error_code: str | None = None
    #: One of its attempts went there: to the target of that name, or to a `host:port`.
    target: str | None = None
    connection: str | None = None
    type: str | None = None
    contact: str | None = None
    text: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    event_id: int | None = None
    #: Those whose event came with one of these deliveries.
    delivery_ids: tuple[int, ...] = ()
    run_ids: tuple[int, ...] = ()
    #: False leaves out what a replay was made of.
    replayed: bool | None = None
    #: Started by this replay.
    replay_id: int | None = None
    #: False leaves out follow-ups, which stand in the rows of their runs.
    follow_ups: bool = True
    #: Also runs that waited for an absence in vain: there may be many, and they did nothing.
    ended_waits: bool = True

    def admits(self, row: RunRow) -> bool:
        """Whether the filter fits a run that has just changed; its attempts are ignored."""
        run = row.run
        return (
            (not self.states or run.state in self.states)
            and (self.ended_waits or not run.is_ended_wait)
            and (self.follow_ups or not run.path)
            and self.rule in (None, run.rule)
            and self.reason_code in (None, *(run.reason.codes() if run.reason else ()))
            and self.outcome in (None, run.outcome)
            and self.waits_for in (None, run.awaits)
            and self.connection in (None, row.connection, hook_of(row.connection))
            and self.type in (None, row.event_type)
            and self.contact in (None, run.contact)
            and (not self.text or self._finds(row))
            and (self.since_ms is None or run.created_at >= self.since_ms)
            and (self.until_ms is None or run.created_at < self.until_ms)
        )

    def _finds(self, row: RunRow) -> bool:
        last = row.last_summary.texts() if row.last_summary else ()
        return Search.of(self.text).finds(row.text, row.actor_name, *last)


EVERY_EVENT = EventFilter()
EVERY_RUN = RunFilter()
