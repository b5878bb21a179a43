"""One entry of a delivery of Meta's, and how an event of it is put up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.model import ParsedEvent
from automator.providers.shared.reading import NO_ACTOR, event_type


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """The account that an entry is about, and what all its events have in common."""

    provider: str
    connection: str
    #: A Page, an Instagram account, or a phone number of a business.
    account_id: str
    #: As the entry writes it: part of the dedupe keys of changes without an id of their own.
    time: Any
    time_ms: int | None
    #: `headers` and `query` of the delivery.
    shared: Mapping[str, Any]

    def type(self, *words: Any) -> str:
        """A type name out of the product's own words, for what has no neutral name."""
        return event_type(self.provider, *words)

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
        echo: str | None = None,
        same_person: tuple[str, ...] = (),
    ) -> ParsedEvent:
        """An event of this entry; `person` is whose contact it is, `lane_id` what orders it."""
        body = {
            "text": text,
            "actor": actor,
            "page": {"id": self.account_id},
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
            echo=echo,
            same_person=same_person,
        )
