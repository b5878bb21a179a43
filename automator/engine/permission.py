"""May this be said now? The opt-out of the person, and the budgets, at the moment of sending.

Whatever is looked at earlier may have changed: the person writes STOP while a run waits its turn.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from automator.clock import Clock, zone_time
from automator.model import (
    LONGEST_WAIT_MS,
    SPAN_MS,
    Claimed,
    Permission,
    PutOff,
    SkippedStep,
    Speech,
    StepError,
)
from automator.settings import Budgets
from automator.written import format_duration

#: Counts what may be said, over all nodes.
AskToSpeak = Callable[[Speech], Awaitable[Permission]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """Asks for the steps of all runs of this process."""

    ask: AskToSpeak
    budgets: Budgets
    clock: Clock

    async def require(
        self,
        claimed: Claimed,
        step_id: str,
        data: Mapping[str, Any],
        to: str | None,
        *,
        is_private: bool,
    ) -> None:
        """Returns when the run's step may say something now to whom the provider calls `to`.

        Raises:
            SkippedStep: never mind when (codes `opted_out`, `contact_budget`, `connection_budget`).
            PutOff: not now (code `connection_budget`).
        """
        now_ms = self.clock.now_ms()
        speech = Speech(
            connection=claimed.connection,
            contact=None if to is None else f"{claimed.connection}:{to}",
            is_private=is_private,
            per_contact=self.budgets.per_contact,
            per_connection=self.budgets.per_connection,
            is_counted=has_turn(data, step_id, now_ms),
        )
        refused = refusal(speech, await self.ask(speech), now_ms)
        if refused is not None:
            raise refused


def has_turn(data: Mapping[str, Any], step_id: str, now_ms: int) -> bool:
    """The step was given this moment. Who comes a minute late, after downtime, asks anew."""
    turn: Mapping[str, Any] | None = data.get("turn")
    if turn is None or turn["step"] != step_id:
        return False
    at: int = turn["at"]
    return at <= now_ms < at + SPAN_MS


def refusal(speech: Speech, permission: Permission, now_ms: int) -> StepError | None:
    """What keeps it from being said now, in words; None when nothing does."""
    if permission.opted_out_at is not None:
        since = zone_time(permission.opted_out_at, UTC)
        return SkippedStep(f"the contact opted out on {since}", code="opted_out")
    if permission.contact_is_full:
        return SkippedStep(
            f"the contact was told {_times(speech.per_contact)} within a minute, and more would be "
            "an accident (budgets.per_contact)",
            code="contact_budget",
        )
    if permission.turn_at is None:
        return None
    budget = f"{speech.connection} says {_times(speech.per_connection)} a minute at most"
    wait_ms = permission.turn_at - now_ms
    if wait_ms > LONGEST_WAIT_MS:
        longest = format_duration(LONGEST_WAIT_MS / 1000)
        return SkippedStep(
            f"{budget}, and more than {longest} of it is waiting (budgets.per_connection)",
            code="connection_budget",
        )
    until = zone_time(permission.turn_at, UTC)
    return PutOff(
        f"put off until {until}: {budget} (budgets.per_connection)",
        until_ms=permission.turn_at,
        code="connection_budget",
    )


def _times(number: int) -> str:
    return "1 thing" if number == 1 else f"{number} things"
