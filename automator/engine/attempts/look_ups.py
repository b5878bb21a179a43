"""Looks up values that a step reads and its event lacks: a person's name, and a part of the event.

A step has its values looked up before it does anything else. The decision about rules that read a
part of the event does so too. Use `LookUps`, or `PartLookups` for a part alone. Names and parts
differ in how long an answer is remembered, and in whether the step goes on if nothing is found.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from automator.caches import RecentEntries
from automator.clock import Clock
from automator.engine.attempts.next_step import EarlierAttempts, NextStep
from automator.engine.attempts.recording import RecordingHttp
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.http.types import Http
from automator.model import (
    LEAD,
    POST,
    AutomatorError,
    Claimed,
    Effect,
    EventPart,
    PermanentError,
    Reason,
    RetryableError,
    SkippedStep,
    StepError,
    UnknownOutcome,
    record,
    shortened,
)
from automator.model.event import PART_KEYS, lacked_part, lead_name, with_part
from automator.model.log_filters import EventFilter
from automator.model.settlement import KnowName
from automator.plugins import Provider
from automator.reasons import ReasonKind
from automator.reasons.attempts import look_ups as reasons
from automator.reasons.attempts.platform import unreadable_look_up
from automator.store import Log

# --- Questions to providers, whose answers come from strangers ---


logger = logging.getLogger(__name__)
T = TypeVar("T")

#: How many seconds a look-up may take, after the wait for its turn.
LIMIT_S: Final = 5.0


async def answer_of(provider: Provider, question: Awaitable[T]) -> T:
    """Returns the provider's answer to a question.

    Raises:
        StepError: the provider has no answer, or its code could not read the answer.
        TimeoutError: there was no answer within LIMIT_S.
    """
    try:
        return await question
    except (AutomatorError, TimeoutError):
        raise
    except Exception as error:
        logger.exception("lookup.failed connection=%s", provider.connection)
        platform = provider.title or provider.name
        raise RetryableError(unreadable_look_up(platform=platform)) from error


# --- The names of people whose messages have no name ---
#
# Messenger, Instagram and Zalo send only an id. The first step that reads the name of such a person
# asks the provider. The commit of its attempt stores the name with the contact. A name that cannot
# be found stays empty, and the attempt says why.

#: After how many seconds a person is looked up again: after a refusal; below, after a fault.
_NAMELESS_S: Final = 86_400.0
_UNASKED_S: Final = 600.0
#: How many people without a name this process remembers, so that it does not ask again.
_MOST_NAMELESS: Final = 10_000
LONGEST_NAME: Final = 200


@record(kw_only=False)
class Named:
    """A step whose person's name has been looked up, as far as the name was found."""

    attempted: NextStep
    name: str | None = None
    #: Why the name could not be looked up.
    problem: Reason | None = None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effect that stores a found name with the contact."""
        return (KnowName(name=self.name),) if self.name else ()

    def said_of(self, done: Reason) -> Reason:
        """The result `done` of a step, with a note on the look-up if there was one."""
        if self.name:
            return reasons.name_looked_up(done=done, name=self.name)
        return reasons.name_not_looked_up(done=done, because=self.problem) if self.problem else done


@dataclass(slots=True)
class NameLookups:
    """Looks up names. Remembers failed look-ups, so that they are not repeated at once."""

    clock: Clock
    #: Until when a person is not looked up again, by the monotonic clock.
    _failed: RecentEntries[str, float] = field(
        default_factory=lambda: RecentEntries(_MOST_NAMELESS)
    )

    async def complete(
        self, attempted: NextStep, provider: Provider | None, http: RecordingHttp
    ) -> Named:
        """Returns the step with the name of its person, which is looked up if it is not known.

        Previews and simulations send nothing, so they know only the names that contacts have.
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
            return self._without(attempted, person, reasons.no_name_in_time(), _UNASKED_S)
        except StepError as error:
            is_refused = isinstance(error, PermanentError | SkippedStep)
            pause_s = _NAMELESS_S if is_refused else _UNASKED_S
            return self._without(attempted, person, error.reason, pause_s)
        name = shortened(" ".join((found or "").split()), LONGEST_NAME)
        if not name:
            return self._without(attempted, person, reasons.name_not_given(), _NAMELESS_S)
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


# --- The parts of events that are looked up: the text of a post, and the answers of a lead ---
#
# The event carries only the id of its post or its lead. Rules read the text as
# `event.post.message`, and the answers as `event.lead.full_name` and so on. A Page reports its own
# posts as they are published, and their texts are remembered. Any other text, and the answers of a
# lead, are asked for at the provider: before the rules that read them are decided
# (`automator.engine.runs.run_carrier`), and before the steps that read them. This process keeps
# them for a while, so that all comments under a post, and all steps for a lead, share one look-up.
# If a part cannot be found, the attempt says why. Without the text of a post the step is done all
# the same. Without the answers of a lead it fails, so that no lead is lost.

#: For how many seconds the text in a post's own event is valid; a later edit is an event, too.
_TOLD_S: Final = 86_400.0
#: After how many seconds a part is looked up again after a fault.
_AFTER_FAULT_S: Final = 3.0
#: How many parts this process remembers; below, how many characters of the text of each post.
_MOST_REMEMBERED: Final = 1_000
_LONGEST_TEXT: Final = 10_000
_TELLING: Final = ("post.created", "post.edited")


@record
class _Habits:
    """The rules for looking up one kind of part, and for remembering the result."""

    #: For how many seconds an answer is valid; below, a refusal.
    counts_s: float
    refused_s: float
    not_asked: ReasonKind[[]]
    not_in_a_test: ReasonKind[[]]


_HABITS: Final[Mapping[EventPart, _Habits]] = {
    POST: _Habits(
        counts_s=3_600.0,
        refused_s=600.0,
        not_asked=reasons.post_not_asked,
        not_in_a_test=reasons.post_not_in_a_test,
    ),
    # Short: the steps of a run follow each other quickly. A person who corrects the cause of a
    # refusal tries again soon.
    LEAD: _Habits(
        counts_s=600.0,
        refused_s=_AFTER_FAULT_S,
        not_asked=reasons.lead_not_asked,
        not_in_a_test=reasons.lead_not_in_a_test,
    ),
}


@record
class FoundPart:
    """The result of looking up a part of an event."""

    part: EventPart
    #: The content of the part; None if it was not found.
    values: Mapping[str, Any] | None = None
    #: Why the content is not known; None if it is known.
    problem: Reason | None = None
    #: The fault, if the part may be found later: the provider did not answer, or may not be asked
    #: now. Otherwise None.
    error: StepError | None = None

    def in_event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an event with this part; its content is null if it is not known."""
        return with_part(event, self.part, self.values)

    @property
    def failure(self) -> StepError | None:
        """The error of a step that cannot be done without the part; None if it can be done."""
        if self.problem is None or self.part == POST:
            return None
        if self.problem.code == reasons.lead_not_in_a_test.code:
            return SkippedStep(self.problem)
        return self.error or PermanentError(self.problem)

    def said_of(self, done: Reason) -> Reason:
        """The result `done` of an attempt, with a note if the attempt did not know the part."""
        return reasons.post_not_read(done=done, because=self.problem) if self.problem else done


@dataclass(slots=True)
class PartLookups:
    """Looks up parts of events, and remembers them. Belongs to the event loop."""

    clock: Clock
    #: Each part, with the time until which it is valid by the monotonic clock.
    _known: RecentEntries[str, tuple[float, FoundPart]] = field(
        default_factory=lambda: RecentEntries(_MOST_REMEMBERED)
    )
    #: One look-up of a part at a time: other callers wait for its result.
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def learn(self, event_type: str, connection: str, event: Mapping[str, Any]) -> None:
        """Remembers the text in a post's own event, so that it need not be looked up."""
        post = event.get(POST)
        if event_type not in _TELLING or not isinstance(post, Mapping) or not post.get("id"):
            return
        key, text = _key(POST, connection, event), post.get(PART_KEYS[POST])
        if isinstance(text, str):
            self._keep(key, FoundPart(part=POST, values=_text_of(post)), _TOLD_S)
        else:
            # A changed post without a text, for example with new pictures only.
            self._known.pop(key, None)

    async def of(
        self,
        part: EventPart,
        event: Mapping[str, Any],
        connection: str,
        provider: Provider | None,
        new_http: Callable[[], Http] | None,
    ) -> FoundPart:
        """Returns the part that an event lacks.

        Without `new_http`, as in previews and simulations, no provider is asked.
        """
        key = _key(part, connection, event)
        if found := self._counting(key):
            return found
        _, old = self._known.get(key, (0.0, FoundPart(part=part)))
        if new_http is None or provider is None or not provider.can_find(part, event):
            habits = _HABITS[part]
            because = habits.not_in_a_test() if new_http is None else habits.not_asked()
            return FoundPart(part=part, problem=because) if old.values is None else old
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if found := self._counting(key):
                return found
            asked, counts_s = await self._ask(part, event, provider, new_http())
            if asked.problem is not None and old.values is not None:
                # An expired text is better than none, because posts rarely change.
                asked = old
            self._keep(key, asked, counts_s)
            return asked

    async def complete(
        self,
        part: EventPart,
        attempted: NextStep,
        provider: Provider | None,
        new_http: Callable[[], Http] | None,
    ) -> tuple[NextStep, FoundPart]:
        """Returns the step with the part that its event lacks, and the result of the look-up."""
        claimed = attempted.claimed
        found = await self.of(part, claimed.event, claimed.connection, provider, new_http)
        event = found.in_event(claimed.event)
        return replace(attempted, claimed=replace(claimed, event=event)), found

    def _counting(self, key: str) -> FoundPart | None:
        until, found = self._known.get(key, (0.0, None))
        return found if until > self.clock.monotonic() else None

    async def _ask(
        self, part: EventPart, event: Mapping[str, Any], provider: Provider, http: Http
    ) -> tuple[FoundPart, float]:
        """Asks the provider; returns the result, and for how many seconds it is valid."""
        try:
            async with asyncio.timeout(LIMIT_S + LONGEST_WAIT_S):
                found = await answer_of(provider, provider.find(part, event, http))
        except TimeoutError:
            fault = RetryableError(reasons.no_post_in_time())
            return FoundPart(part=part, problem=fault.reason, error=fault), _AFTER_FAULT_S
        except StepError as error:
            problem = error.reason
            if isinstance(error, PermanentError | SkippedStep):
                return FoundPart(part=part, problem=problem), _HABITS[part].refused_s
            # Repeating a look-up is harmless, so an unknown outcome counts as a lost answer.
            is_lost = isinstance(error, UnknownOutcome)
            later = RetryableError(problem) if is_lost else error
            return FoundPart(part=part, problem=problem, error=later), _AFTER_FAULT_S
        values = _text_of(found) if part == POST else found
        return FoundPart(part=part, values=values), _HABITS[part].counts_s

    def _keep(self, key: str, found: FoundPart, counts_s: float) -> None:
        self._known[key] = (self.clock.monotonic() + counts_s, found)


def _key(part: EventPart, connection: str, event: Mapping[str, Any]) -> str:
    return f"{part}:{connection}:{event[part]['id']}"


def _text_of(found: Mapping[str, Any]) -> Mapping[str, Any]:
    key = PART_KEYS[POST]
    return {key: shortened(found.get(key) or "", _LONGEST_TEXT) or None}


# --- The look-ups before a step: the name of its person, and a part of its event ---

#: Makes the recorded HTTP of one attempt. Arguments: whether the attempt is a retry, whether it has
#: a reservation, and the event as JSON.
NewHttp = Callable[[bool, bool, bytes], RecordingHttp]


@record
class LookedUp:
    """A step with its looked-up values; a field is None if the step reads no such value."""

    attempted: NextStep
    named: Named | None
    found: FoundPart | None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the look-ups on the contact."""
        known = self.named.effects if self.named is not None else ()
        return known or self._name_in_lead()

    def said_of(self, done: Reason) -> Reason:
        """The result `done` of the step, with notes on the look-ups."""
        if self.named is not None:
            done = self.named.said_of(done)
        return done if self.found is None else self.found.said_of(done)

    def _name_in_lead(self) -> tuple[Effect, ...]:
        """The effect that names the contact by the name in a lead's form, if they have no name."""
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
        """The error of a step that cannot be done without a value that was not found, or None."""
        return None if self.found is None else self.found.failure


@record
class LookUps:
    """All look-ups of this process, for steps and for decisions about rules."""

    names: NameLookups
    parts: PartLookups
    new_http: NewHttp

    async def complete(
        self, attempted: NextStep, provider: Provider | None, http: RecordingHttp
    ) -> LookedUp:
        """Returns the step with the values that it reads, as far as they were found."""
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
        """Returns the part that a claimed run's event lacks, for the decision about its rules."""
        new_http = None
        if not is_dry:
            is_reserved = EarlierAttempts.of_run(claimed.run).has_reservation(now_ms)
            new_http = partial(self.new_http, False, is_reserved, claimed.event_json)
        return await self.parts.of(part, claimed.event, claimed.connection, provider, new_http)


# --- The earlier lines of a conversation ---

#: Among how many events of a person the lines are looked for.
_LOOKED_THROUGH: Final = 20
_SPEAKING: Final = frozenset({"reply", "message", "ask"})


def earlier_lines(log: Log, claimed: Claimed, most: int) -> list[dict[str, str]]:
    """The last lines of the person and of rules before a run's event, the oldest first. Blocks.

    Below a comment these are only comments: what somebody has written in private is nobody else's.
    """
    run, event = claimed.run, claimed.event
    if run.contact is None:
        return []
    kind = str(event.get("type", "")).partition(".")[0]
    rows = [
        row
        for row in log.events(
            EventFilter(contact=run.contact), before=run.event_id, limit=_LOOKED_THROUGH
        )
        if row.type.partition(".")[0] == kind and row.text
    ][:most]
    said: dict[int, list[str]] = {}
    for step in log.sent_about([row.id for row in rows], _SPEAKING) if rows else ():
        said.setdefault(step.event_id, []).append(step.said or "")
    told = {text for texts in said.values() for text in texts}
    lines: list[dict[str, str]] = []
    for row in reversed(rows):
        # Platforms report our messages back as events.
        if not (row.is_self and row.text in told):
            lines.append({"by": "shop" if row.is_self else "person", "text": row.text or ""})
        lines += [{"by": "shop", "text": text} for text in said.get(row.id, ()) if text]
    return lines[-most:]
