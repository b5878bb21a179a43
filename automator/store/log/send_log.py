"""The messages and requests that runs sent about events, including runs of shadow rules."""

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
    """A step of a run that went well."""

    event_id: int
    rule: str
    action: str
    summary: Reason
    #: The text that the step sent to a person; None if it sends no text.
    said: str | None
    #: `{"method", "url", "headers", "body"}`; None if it sent nothing.
    request: Mapping[str, Any] | None


class SendLog(Reader):
    """The messages and requests that runs have sent about events."""

    def sent_about(self, event_ids: Collection[int], actions: Collection[str]) -> list[SentStep]:
        """The steps of some actions, the oldest first, in the runs of events and their follow-ups.

        Replays are left out.
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
