"""The events that this server raises itself, such as those of schedules and of the watchdog."""

from collections.abc import Mapping
from typing import Any

from automator.http.json_body import dump_json
from automator.model import SCHEDULE, Delivery, ParsedEvent, Verdict


def own_event(
    delivery_id: int,
    now_ms: int,
    *,
    kind: str,
    dedupe_key: str,
    subject: str,
    occurred_at: int,
    body: Mapping[str, Any],
) -> tuple[Delivery, ParsedEvent]:
    """The event, and the delivery that stands for it. Events of one `subject` are in order."""
    delivery = Delivery(
        id=delivery_id,
        connection=SCHEDULE,
        received_at=now_ms,
        method="",
        headers=(("content-type", "application/json"),),
        query="",
        body=dump_json(body["data"]),
        remote="",
        verdict=Verdict.ACCEPTED,
    )
    parsed = ParsedEvent(
        type=kind,
        dedupe_key=dedupe_key,
        lane=f"{SCHEDULE}:{subject}",
        actor_id=None,
        is_self=False,
        occurred_at=occurred_at,
        body=dict(body),
    )
    return delivery, parsed
