"""An entry of a delivery from Meta: makes the events of one account."""

from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent, record
from automator.providers.shared.envelope import NO_ACTOR, Envelope
from automator.providers.shared.payloads import event_type


@record(kw_only=False)
class AccountEntry:
    """The account of an entry, and the parts that all events of the entry share."""

    provider: str
    envelope: Envelope
    #: The id of a Page, an Instagram account, or a phone number of a business.
    account_id: str
    #: The time as the entry writes it; the dedupe keys of changes without an id contain it.
    time: Any
    time_ms: int | None
    #: The account's name for people, if the settings name it.
    account_name: str = ""

    def type(self, *words: Any) -> str:
        """Makes the name of an event from the product's own words, if there is no shared name."""
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
        """Makes an event of this entry as `Envelope.event` does, with the entry's time as
        default.
        """
        page = {"id": self.account_id}
        if self.account_name:
            page["name"] = self.account_name
        when = self.time_ms if occurred_at is None else occurred_at
        return self.envelope.event(
            type_,
            key,
            data,
            text=text,
            actor=actor,
            lane_id=lane_id,
            occurred_at=when,
            echo=echo,
            same_person=same_person,
            **{"page": page, **parts},
        )
