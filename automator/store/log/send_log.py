"""Reads the messages and requests of runs about events; in shadow mode, those not really sent."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import exists, select

from automator.model import AttemptStatus, Reason, record
from automator.store.log.reader import Reader
from automator.store.schema.encoding import dataclass_of, load_summary
from automator.store.schema.tables import attempts, events, runs
from automator.store.schema.upkeep_tables import replayed
from automator.store.search.log_rows import request_of


@record
class SentStep:
    """A successful step of a run."""

    event_id: int
    rule: str
    action: str
    summary: Reason
    #: The text that the step sent to a person; None if there is none.
    said: str | None
    #: `{"method", "url", "headers", "body"}`; None if the step sent nothing.
    request: Mapping[str, Any] | None


class SendLog(Reader):
    """Reads the messages and requests that runs have sent about events."""

    def sent_about(self, event_ids: Collection[int], actions: Collection[str]) -> list[SentStep]:
        """The successful steps with these actions, oldest first, of events' runs and follow-ups.

        Runs of replays are left out.
        """
        query = (
            select(
                runs.c.event_id,
                runs.c.rule,
                attempts.c.action,
                attempts.c.summary,
                attempts.c.said,
                attempts.c.request,
                events.c.body,
            )
            .join(attempts, attempts.c.run_id == runs.c.id)
            .join(events, events.c.id == runs.c.event_id)
            .where(
                runs.c.event_id.in_(sorted(event_ids)),
                ~exists().where(replayed.c.run_id.in_((runs.c.id, runs.c.parent_id))),
                attempts.c.status == AttemptStatus.OK.value,
                attempts.c.action.in_(sorted(actions)),
            )
            .order_by(attempts.c.id)
        )
        return [
            dataclass_of(
                SentStep,
                row,
                summary=load_summary(row.summary),
                request=None if row.request is None else request_of(row.request, row.body),
            )
            for row in self.all_of(query)
        ]
