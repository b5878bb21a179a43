"""The names of people whose messages come without one.

Messenger, Instagram and Zalo send only an id. The first step that reads the name of such a person
asks the provider, before it does anything else. The commit of its attempt stores the name with the
contact. A name that cannot be found stays empty, and the attempt says why.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from automator.caches import RecentEntries
from automator.clock import Clock
from automator.engine.attempts.next_step import (
    EarlierAttempts,
    FoundPart,
    NextStep,
    PartLookups,
    answer_of,
)
from automator.engine.attempts.recording import RecordingHttp
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.model import (
    LEAD,
    Claimed,
    Effect,
    EventPart,
    PermanentError,
    Reason,
    SkippedStep,
    StepError,
    record,
    shortened,
)
from automator.model.event import PART_KEYS, lacked_part, lead_name
from automator.model.settlement import KnowName
from automator.plugins import Provider
from automator.reasons.attempts.names import (
    NAME_LOOKED_UP,
    NAME_NOT_GIVEN,
    NAME_NOT_LOOKED_UP,
    NO_NAME_IN_TIME,
)

#: Seconds that a look-up may take, beside the wait for its turn.
LIMIT_S: Final = 5.0
#: Seconds until a person is looked up again: after a refusal, and after a fault.
_AFTER_REFUSAL_S: Final = 86_400.0
_AFTER_FAULT_S: Final = 600.0
#: People whose names could not be found, as far as this process remembers.
_MOST_REMEMBERED: Final = 10_000
LONGEST_NAME: Final = 200


@record(kw_only=False)
class Named:
    """A step with the name of its person, as far as it is known."""

    attempted: NextStep
    name: str | None = None
    #: Why the name could not be looked up.
    problem: Reason | None = None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the look-up, which the attempt keeps."""
        return (KnowName(name=self.name),) if self.name else ()

    def said_of(self, done: Reason) -> Reason:
        """The reason `done`, together with the result of the look-up, if there was one."""
        if self.name:
            return NAME_LOOKED_UP(done=done, name=self.name)
        return NAME_NOT_LOOKED_UP(done=done, because=self.problem) if self.problem else done


@dataclass(slots=True)
class NameLookups:
    """The look-ups of this process, with its memory of failed ones."""

    clock: Clock
    #: Until when a person is not looked up again, by the monotonic clock.
    _failed: RecentEntries[str, float] = field(
        default_factory=lambda: RecentEntries(_MOST_REMEMBERED)
    )

    async def complete(
        self, attempted: NextStep, provider: Provider | None, http: RecordingHttp
    ) -> Named:
        """The step with the name of its person, which is looked up if it is not known yet.

        Tries and simulations, which send nothing, know only the names that the contact has.
        """
        claimed = attempted.claimed
        actor = claimed.event.get("actor")
        if not isinstance(actor, Mapping) or actor.get("name") or actor.get("is_self"):
            return Named(attempted=attempted)
        if known := (claimed.contact or {}).get("name"):
            return Named(attempted=_with_name(attempted, known))
        person = f"{claimed.connection}:{actor.get('id')}"
        is_paused = self._failed.get(person, 0.0) > self.clock.monotonic()
        may_ask = provider is not None and not http.is_dry and provider.can_name(claimed.event)
        if provider is None or is_paused or not may_ask:
            return Named(attempted=attempted)
        return await self._asked(attempted, provider, http, person)

    async def _asked(
        self, attempted: NextStep, provider: Provider, http: RecordingHttp, person: str
    ) -> Named:
        event, now_ms = attempted.claimed.event, self.clock.now_ms()
        try:
            async with asyncio.timeout(LIMIT_S + LONGEST_WAIT_S):
                found = await answer_of(provider, provider.name_of(event, http, now_ms))
        except TimeoutError:
            return self._without(attempted, person, NO_NAME_IN_TIME(), _AFTER_FAULT_S)
        except StepError as error:
            is_refused = isinstance(error, PermanentError | SkippedStep)
            pause_s = _AFTER_REFUSAL_S if is_refused else _AFTER_FAULT_S
            return self._without(attempted, person, error.reason, pause_s)
        name = shortened(" ".join((found or "").split()), LONGEST_NAME)
        if not name:
            return self._without(attempted, person, NAME_NOT_GIVEN(), _AFTER_REFUSAL_S)
        return Named(attempted=_with_name(attempted, name), name=name)

    def _without(self, attempted: NextStep, person: str, because: Reason, pause_s: float) -> Named:
        self._failed[person] = self.clock.monotonic() + pause_s
        return Named(attempted=attempted, problem=because)


def _with_name(attempted: NextStep, name: str) -> NextStep:
    """The step with this name in its event and its contact."""
    claimed = attempted.claimed
    event: dict[str, Any] = {**claimed.event, "actor": {**claimed.event["actor"], "name": name}}
    contact = {**(claimed.contact or {}), "name": name}
    return replace(attempted, claimed=replace(claimed, event=event, contact=contact))


# --- The look-ups before a step: the name of its person, and a part of its event ---

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
        """Takes the name in a lead's form as the name of the contact, if none is known."""
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
