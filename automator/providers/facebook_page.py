"""What the readers of the feed and of messages share: the entry, and how an event is put up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.model import ParsedEvent
from automator.providers.reading import NO_ACTOR


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One entry of a delivery: the Page it is about, and what all its events have in common."""

    connection: str
    page_id: str
    #: As the entry writes it: part of the dedupe keys of changes without an id of their own.
    time: Any
    time_ms: int | None
    app_id: str | None
    #: Apps through which people write by hand.
    inbox_app_ids: frozenset[str]
    #: `headers` and `query` of the delivery.
    shared: Mapping[str, Any]

    def event(
        self,
        type_: str,
        key: str,
        data: Any,
        *,
        text: str | None = None,
        actor: Mapping[str, Any] = NO_ACTOR,
        person: str | None = None,
        lane_id: str | None = None,
        is_self: bool = False,
        occurred_at: int | None = None,
        parts: Mapping[str, Any],
    ) -> ParsedEvent:
        """An event of this entry; `person` is whose contact it is, `lane_id` what orders it."""
        body = {
            "text": text,
            "actor": actor,
            "page": {"id": self.page_id},
            **parts,
            "data": data,
            **self.shared,
        }
        return ParsedEvent(
            type=type_,
            dedupe_key=key,
            lane=f"{self.connection}:{lane_id}" if lane_id else None,
            actor_id=person,
            is_self=is_self,
            occurred_at=occurred_at if occurred_at is not None else self.time_ms,
            body=body,
        )
