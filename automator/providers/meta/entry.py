"""One entry of a delivery of Meta's, and the events of it."""

from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent, record
from automator.providers.shared.envelope import NO_ACTOR, Envelope
from automator.providers.shared.reading import event_type


@record(kw_only=False)
class AccountEntry:
    """The account that an entry is about, and what all its events have in common."""

    provider: str
    envelope: Envelope
    #: A Page, an Instagram account, or a phone number of a business.
    account_id: str
    #: As the entry writes it: part of the dedupe keys of changes without an id of their own.
    time: Any
    time_ms: int | None
    #: The account's name for people, where the settings give it one.
    account_name: str = ""

    def type(self, *words: Any) -> str:
        """A type name out of the product's own words, for events without a shared name."""
        return event_type(self.provider, *words)

    def event(
        self,
        type_: str,
        key: str,
        data: Any,
        parts: Mapping[str, Any],
        *,
        text: str | None = None,
        actor: Mapping[str, Any] = NO_ACTOR,
        lane_id: str | None = None,
        occurred_at: int | None = None,
        echo: str | None = None,
        same_person: tuple[str, ...] = (),
    ) -> ParsedEvent:
        """An event of this entry, at its time where the event has none; see `Envelope.event`."""
        page = {"id": self.account_id}
        if self.account_name:
            page["name"] = self.account_name
        about = {"page": page, **parts}
        when = self.time_ms if occurred_at is None else occurred_at
        return self.envelope.event_of(
            type_, key, data, about, text, actor, lane_id, when, echo, same_person
        )
