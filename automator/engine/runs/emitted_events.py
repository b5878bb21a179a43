"""Takes in the events that rules raise with `emit`, before the step that raises them is settled.

A step that is repeated after a crash raises its event under the same key, so that it comes once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from automator.caches import RecentEntries
from automator.clock import Clock
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.step_outcome import StepOutcome
from automator.engine.intake.own_events import emitted_event
from automator.engine.runs.settler import Settler
from automator.model import (
    OF_ONE_RULE,
    AttemptStatus,
    Delivery,
    EmitEvent,
    IdSource,
    ParsedEvent,
    PermanentError,
)
from automator.plugins import Provider
from automator.reasons.attempts.actions import EMITS_TOO_MANY

#: Events that rules may raise as a consequence of one that came in, counted in this process.
MOST_EMITTED = 100
#: Events that came in of which this process remembers how many were raised because of them.
_MOST_CAUSES = 10_000

#: Matches and stores an event of the server itself.
TakeIn = Callable[[Provider, Delivery, ParsedEvent], Awaitable[object]]


class EmittedEvents:
    """Takes in the events that steps emit. One instance a process, on the event loop."""

    def __init__(
        self,
        *,
        connections: Mapping[str, Provider],
        take_in: TakeIn,
        settler: Settler,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._connections = connections
        self._take_in = take_in
        self._settler = settler
        self._clock = clock
        self._ids = ids
        #: How many were raised because of each event that came in, the latest last.
        self._counts: RecentEntries[str, int] = RecentEntries(_MOST_CAUSES)

    async def carry_out(self, attempted: NextStep, outcome: StepOutcome) -> StepOutcome:
        """The outcome of a step once its event is committed; one too many lets the step fail.

        A step raises one event: its key is that of the step.

        Raises:
            StoreUnavailableError: the store has failed for good, or is closed.
        """
        emitted = next((one for one in outcome.effects if isinstance(one, EmitEvent)), None)
        if emitted is None:
            return outcome
        key = f"{_cause_of(attempted.claimed.event)}/{attempted.claimed.run.rule}/{attempted.id}"
        if not self._may_emit(key.partition("/")[0]):
            error = PermanentError(EMITS_TOO_MANY(most=MOST_EMITTED), code="loop")
            failed = AttemptStatus.FAILED
            return replace(outcome, status=failed, summary=error.reason, effects=(), error=error)
        await self._emit(attempted, emitted, key)
        rest = tuple(effect for effect in outcome.effects if not isinstance(effect, EmitEvent))
        return replace(outcome, effects=rest)

    async def _emit(self, attempted: NextStep, effect: EmitEvent, key: str) -> None:
        provider = self._connections[attempted.claimed.connection]
        delivery, parsed = emitted_event(
            self._ids.next(),
            self._clock.now_ms(),
            run=attempted.claimed.run,
            step=attempted.id,
            cause=attempted.claimed.event,
            effect=effect,
            key=key,
            connection=provider.connection,
        )
        await self._settler.until_committed(lambda: self._take_in(provider, delivery, parsed))

    def _may_emit(self, cause: str) -> bool:
        """Whether one more event may be raised because of this one; counts it."""
        count = self._counts[cause] = self._counts.get(cause, 0) + 1
        return count <= MOST_EMITTED


def _cause_of(event: Mapping[str, Any]) -> str:
    """The event and the steps that led to this one, without ids that a simulation makes anew."""
    if "emitted" in event:
        return str(event["emitted"]["key"])
    if event["type"] in OF_ONE_RULE:
        person = (event.get("actor") or {}).get("id")
        fired = f"{event['data']['rule']}@{event['data']['scheduled_at']}"
        return fired if person is None else f"{fired}@{person}"
    return str(event["id"])
