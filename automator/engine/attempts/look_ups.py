"""The look-ups of a step before it is done: the name of its person, and a part of its event."""

from collections.abc import Callable, Mapping
from functools import partial

from automator.engine.attempts.names import LONGEST_NAME, Named, NameLookups
from automator.engine.attempts.next_step import EarlierAttempts, NextStep
from automator.engine.attempts.parts import FoundPart, PartLookups
from automator.engine.attempts.recording import RecordingHttp
from automator.model import (
    LEAD,
    PART_KEYS,
    Claimed,
    Effect,
    EventPart,
    KnowName,
    Reason,
    StepError,
    lacked_part,
    lead_name,
    record,
    shortened,
)
from automator.plugins import Provider

#: Makes the recorded HTTP of one attempt. It takes whether the attempt is a retry, whether it has a
#: reservation, and the JSON of its event.
NewHttp = Callable[[bool, bool, bytes], RecordingHttp]


@record
class LookedUp:
    """A step with its looked-up values; None = the step reads no such value."""

    attempted: NextStep
    named: Named | None
    found: FoundPart | None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the look-up itself."""
        known = self.named.effects if self.named is not None else ()
        return known or self._name_in_lead()

    def said_of(self, done: Reason) -> Reason:
        """The reason `done`, together with the results of the look-ups."""
        if self.named is not None:
            done = self.named.said_of(done)
        return done if self.found is None else self.found.said_of(done)

    def _name_in_lead(self) -> tuple[Effect, ...]:
        """Takes the name in a lead's form for that of the contact, if none is known."""
        claimed = self.attempted.claimed
        lead, contact = claimed.event.get(LEAD), claimed.contact or {}
        answers = lead.get(PART_KEYS[LEAD]) if isinstance(lead, Mapping) else None
        is_shadow = self.attempted.step.is_shadow
        if not isinstance(answers, Mapping) or contact.get("name") or is_shadow:
            return ()
        name = lead_name(answers)
        is_known = claimed.run.contact is not None
        return (KnowName(name=shortened(name, LONGEST_NAME)),) if name and is_known else ()

    @property
    def failure(self) -> StepError | None:
        """The reason why the step cannot be done without the values that were not found."""
        return None if self.found is None else self.found.failure


@record
class LookUps:
    """The look-ups of this process."""

    names: NameLookups
    parts: PartLookups
    new_http: NewHttp

    async def complete(
        self, attempted: NextStep, provider: Provider | None, http: RecordingHttp
    ) -> LookedUp:
        """The step with the values that it reads of its person and its event, as far as they are
        found.
        """
        named: Named | None = None
        found: FoundPart | None = None
        part = lacked_part(attempted.claimed.event)
        if part in attempted.step.reads_parts and provider is not None and part in provider.finds:
            event_json = attempted.claimed.event_json
            new_http = None if http.is_dry else partial(self.new_http, False, False, event_json)
            attempted, found = await self.parts.complete(part, attempted, provider, new_http)
        if attempted.step.reads_name:
            named = await self.names.complete(attempted, provider, http)
            attempted = named.attempted
        return LookedUp(attempted=attempted, named=named, found=found)

    async def part_of(
        self,
        part: EventPart,
        claimed: Claimed,
        provider: Provider | None,
        now_ms: int,
        *,
        is_dry: bool,
    ) -> FoundPart:
        """The part that the event of a claimed run lacks, for the decision about its rules."""
        new_http = None
        if not is_dry:
            is_reserved = EarlierAttempts.of_run(claimed.run).has_reservation(now_ms)
            new_http = partial(self.new_http, False, is_reserved, claimed.event_json)
        return await self.parts.of(part, claimed.event, claimed.connection, provider, new_http)
