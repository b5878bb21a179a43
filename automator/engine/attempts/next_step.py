"""The next step of a run with everything that it sees, and the parts looked up for its event."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from automator.caches import RecentEntries
from automator.clock import Clock, iso_time
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.http.types import Http
from automator.model import (
    LEAD,
    POST,
    AutomatorError,
    Claimed,
    EventPart,
    PermanentError,
    Proposal,
    Question,
    Reason,
    RetryableError,
    Run,
    SkippedStep,
    StepError,
    UnknownOutcome,
    record,
    shortened,
)
from automator.model.echo import AwaitedEcho
from automator.model.event import PART_KEYS, with_part
from automator.model.speech import AGAIN, APPROVALS, QUESTION, SPAN_MS
from automator.plugins import Provider
from automator.reasons import ReasonKind
from automator.reasons.attempts.leads import LEAD_NOT_ASKED, LEAD_NOT_IN_A_TEST
from automator.reasons.attempts.platform import UNREADABLE_LOOK_UP
from automator.reasons.attempts.posts import (
    NOT_FOUND_IN_TIME,
    POST_NOT_ASKED,
    POST_NOT_IN_A_TEST,
    POST_NOT_READ,
)
from automator.rules import CompiledRule, CompiledStep

# --- The next step ---


@record(kw_only=False)
class EarlierAttempts:
    """The traces of earlier attempts of a step, kept with the run until the step is over."""

    #: The slot that is reserved for the step in a budget.
    reserved_at: int | None = None
    #: When the first attempt that may have worked began.
    unknown_since: int | None = None
    #: The key of the echo of an attempt that may have worked.
    echo_key: str | None = None

    @classmethod
    def of_run(cls, run: Run) -> "EarlierAttempts":
        """The facts that the store keeps with a run."""
        if run.reserved_at is None and run.unknown_since is None and run.echo_key is None:
            return NO_ATTEMPTS
        return cls(run.reserved_at, run.unknown_since, run.echo_key)

    @property
    def may_have_worked(self) -> bool:
        """Whether one of the attempts may have worked."""
        return self.unknown_since is not None

    def has_reservation(self, now_ms: int) -> bool:
        """Whether this moment is reserved. A minute later, as after downtime, it no longer is."""
        at = self.reserved_at
        return at is not None and at <= now_ms < at + SPAN_MS

    def and_unknown(self, error: UnknownOutcome, since_ms: int) -> "EarlierAttempts":
        """The traces after one more attempt, which may have worked."""
        since = since_ms if self.unknown_since is None else self.unknown_since
        key = None if error.echo is None else error.echo.key
        return replace(self, unknown_since=since, echo_key=key)

    def awaited(self, connection: str) -> AwaitedEcho | None:
        """The echo that would prove one of the attempts, if there is one."""
        if self.echo_key is None or self.unknown_since is None:
            return None
        return AwaitedEcho(connection=connection, key=self.echo_key, since_ms=self.unknown_since)


NO_ATTEMPTS = EarlierAttempts()


@record(kw_only=False)
class NextStep:
    """The next step of a claimed run, with everything that it sees."""

    claimed: Claimed
    rule: CompiledRule
    step: CompiledStep
    #: The run's data, as its steps have left it so far.
    data: Mapping[str, Any]
    earlier: EarlierAttempts = NO_ATTEMPTS

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.step.spec.id

    @property
    def connection(self) -> str:
        """The connection that the step acts through."""
        return self.step.via or self.claimed.connection

    @property
    def is_retry(self) -> bool:
        """Whether the run was claimed at this step and has tried it before."""
        run = self.claimed.run
        return run.attempt > 1 and self.rule.spec.sequence(run.path)[run.step].id == self.id

    @property
    def known_variant(self) -> int | None:
        """The index of the text that an earlier attempt has chosen."""
        chosen: int | None = self.data.get("variants", {}).get(self.id)
        return chosen

    @property
    def approved_inputs(self) -> Mapping[str, Any] | None:
        """The inputs that a person was shown, if the step needs approval."""
        proposal = self.data.get(APPROVALS, {}).get(self.id)
        return None if proposal is None else Proposal.of_data(proposal).inputs

    @property
    def again(self) -> Question | None:
        """The question that the step only repeats, with the values of the first time."""
        if AGAIN not in self.data or not self.step.asks:
            return None
        return Question.of_data(self.data[QUESTION])

    def scope(self, now_ms: int) -> dict[str, Any]:
        """The scope of its conditions and templates."""
        claimed, own = self.claimed, self.data.get("vars")
        return {
            "event": claimed.event,
            "events": claimed.events,
            "contact": claimed.contact,
            "connection": {"name": claimed.connection, "provider": claimed.event["provider"]},
            "vars": {**self.rule.vars, **own} if own else self.rule.vars,
            "steps": self.data.get("steps", {}),
            "now": iso_time(now_ms),
        }


# --- The parts of events that are looked up: the text of a post, and the answers of a lead ---
#
# The event carries only the id of its post or its lead. Rules read the text as
# `event.post.message`, and the answers as `event.lead.full_name` and so on. A Page reports its own
# posts as they are published, and their texts are remembered. Any other text, and the answers of a
# lead, are asked for at the provider: before the rules that read them are decided
# (`automator.engine.runs.run_carrier`), and before the steps that read them. Both are kept in this
# process for a while, so that all comments under a post, and all steps for a lead, share one
# look-up. A part that cannot be had stays unknown, with the reason. Without the text of a post a
# step is done all the same. Without the answers of a lead it fails, so that no lead is lost.

#: Seconds that a look-up may take, beside the wait for its turn.
LIMIT_S: Final = 5.0
#: Seconds for which a text from its own event is valid: edits come as events as well.
_TOLD_S: Final = 86_400.0
#: Seconds until a part is looked up again after a fault.
_AFTER_FAULT_S: Final = 3.0
#: Parts that this process remembers at most, and characters of the text of each post.
_MOST_REMEMBERED: Final = 1_000
_LONGEST_TEXT: Final = 10_000
_TELLING: Final = ("post.created", "post.edited")


@record
class _Habits:
    """The way in which a part is looked up."""

    #: Seconds for which an answer is valid, and for which a refusal is.
    counts_s: float
    refused_s: float
    not_asked: ReasonKind
    not_in_a_test: ReasonKind


_HABITS: Final[Mapping[EventPart, _Habits]] = {
    POST: _Habits(
        counts_s=3_600.0,
        refused_s=600.0,
        not_asked=POST_NOT_ASKED,
        not_in_a_test=POST_NOT_IN_A_TEST,
    ),
    # The steps of a run follow each other, and people correct the cause of a refusal and try again.
    LEAD: _Habits(
        counts_s=600.0,
        refused_s=_AFTER_FAULT_S,
        not_asked=LEAD_NOT_ASKED,
        not_in_a_test=LEAD_NOT_IN_A_TEST,
    ),
}


@record
class FoundPart:
    """A part of an event, as far as it is known."""

    part: EventPart
    #: What was found; None = nothing.
    values: Mapping[str, Any] | None = None
    #: Why it is not known.
    problem: Reason | None = None
    #: The fault, if the part may be found later: the provider did not answer, or may not be asked
    #: now.
    error: StepError | None = None

    def in_event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an event with this part, or null if the part is not known."""
        return with_part(event, self.part, self.values)

    @property
    def failure(self) -> StepError | None:
        """The reason why a step that reads the part cannot be done; None if it can."""
        if self.problem is None or self.part == POST:
            return None
        if self.problem.code == LEAD_NOT_IN_A_TEST.code:
            return SkippedStep(self.problem)
        return self.error or PermanentError(self.problem)

    def said_of(self, done: Reason) -> Reason:
        """The result of an attempt, with the reason why it did not know the part, if it did not."""
        return POST_NOT_READ(done=done, because=self.problem) if self.problem else done


@dataclass(slots=True)
class PartLookups:
    """The parts that this process knows, and its look-ups. Belongs to the event loop."""

    clock: Clock
    #: Each part with the time until which it is valid, by the monotonic clock.
    _known: RecentEntries[str, tuple[float, FoundPart]] = field(
        default_factory=lambda: RecentEntries(_MOST_REMEMBERED)
    )
    #: One look-up of a part at a time: other callers wait for its result.
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def learn(self, event_type: str, connection: str, event: Mapping[str, Any]) -> None:
        """Remembers the text that the event of a post carries."""
        post = event.get(POST)
        if event_type not in _TELLING or not isinstance(post, Mapping) or not post.get("id"):
            return
        key, text = _key(POST, connection, event), post.get(PART_KEYS[POST])
        if isinstance(text, str):
            self._keep(key, FoundPart(part=POST, values=_text_of(post)), _TOLD_S)
        else:
            # A change of the pictures may come without the text.
            self._known.pop(key, None)

    async def of(
        self,
        part: EventPart,
        event: Mapping[str, Any],
        connection: str,
        provider: Provider | None,
        new_http: Callable[[], Http] | None,
    ) -> FoundPart:
        """The part that an event lacks.

        Without `new_http` no provider is asked, as in tries and simulations.
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
                # The part rarely changes.
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
        """A step with the part that its event lacks."""
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
        """The provider's answer, and for how long it is valid."""
        try:
            async with asyncio.timeout(LIMIT_S + LONGEST_WAIT_S):
                found = await answer_of(provider, provider.find(part, event, http))
        except TimeoutError:
            fault = RetryableError(NOT_FOUND_IN_TIME())
            return FoundPart(part=part, problem=fault.reason, error=fault), _AFTER_FAULT_S
        except StepError as error:
            problem = error.reason
            if isinstance(error, PermanentError | SkippedStep):
                return FoundPart(part=part, problem=problem), _HABITS[part].refused_s
            # A look-up changes nothing, so it may be repeated.
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


# --- Questions to providers, whose answers come from strangers ---


logger = logging.getLogger(__name__)

T = TypeVar("T")


async def answer_of(provider: Provider, question: Awaitable[T]) -> T:
    """The answer to a question.

    Raises:
        StepError: there is none, or the provider's code could not read it.
        TimeoutError: it did not come in time.
    """
    try:
        return await question
    except (AutomatorError, TimeoutError):
        raise
    except Exception as error:
        logger.exception("lookup.failed connection=%s", provider.connection)
        platform = provider.title or provider.name
        raise RetryableError(UNREADABLE_LOOK_UP(platform=platform)) from error
