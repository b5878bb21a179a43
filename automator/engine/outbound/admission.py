"""The answer to the question of each attempt: may it go now, and if not, when and why?"""

from dataclasses import dataclass
from enum import StrEnum

from automator.clock import iso_time
from automator.model import (
    WAITING,
    PostponedStep,
    PutOff,
    StepError,
    TargetHealth,
    TargetState,
)


class Hold(StrEnum):
    """The reason why an attempt may not go now, as a code."""

    NOTHING = ""
    PROVIDER_QUOTA = "provider_quota"
    RETRY_BUDGET = "retry_budget"
    FAILING = "failing"
    PROBING = "probing"
    PAUSED = "paused"
    DISABLED = "disabled"
    RATE = "rate"
    CONCURRENCY = "concurrency"


_RESERVED = frozenset({Hold.PROVIDER_QUOTA, Hold.RETRY_BUDGET})
_BUSY = frozenset({Hold.RATE, Hold.CONCURRENCY})


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether an attempt may be sent to a destination now."""

    #: The name of the destination.
    target: str
    hold: Hold = Hold.NOTHING
    #: The reason in words, to be read after the name of the destination.
    why: str = ""
    #: When it may go, in milliseconds, as far as that is known.
    again_at: int | None = None

    @property
    def may_go(self) -> bool:
        """The attempt may be sent now."""
        return self.hold is Hold.NOTHING

    @property
    def is_busy(self) -> bool:
        """The destination accepts requests, and has enough of them for the moment."""
        return self.hold in _BUSY

    @property
    def error(self) -> StepError:
        """What the attempt ends with when it does not wait.

        PutOff where the moment `again_at` is reserved for it, else PostponedStep.
        """
        if self.hold in _RESERVED and self.again_at is not None:
            return PutOff(
                f"put off until {iso_time(self.again_at)}: {self.target} {self.why}",
                until_ms=self.again_at,
                code=self.hold.value,
            )
        return PostponedStep(f"{WAITING}{self.target} {self.why}", waits_for=self.target)


def held_by_breaker(health: TargetHealth) -> Admission | None:
    """The answer of a circuit breaker that lets nothing through; None when it is closed."""
    since = iso_time(health.since)
    match health.state:
        case TargetState.CLOSED:
            return None
        case TargetState.OPEN:
            again_at = health.retry_at or health.since
            again = iso_time(again_at)
            why = f"fails since {since} ({health.reason}); it is tried again at {again}"
            return Admission(health.name, Hold.FAILING, why, again_at)
        case TargetState.HALF_OPEN:
            why = f"failed ({health.reason}) and is being tried again"
            return Admission(health.name, Hold.PROBING, why)
        case TargetState.PAUSED:
            note = f": {health.reason}" if health.reason else ""
            why = f"is paused since {since} by {health.by}{note}"
            return Admission(health.name, Hold.PAUSED, why)
        case TargetState.DISABLED:
            why = f"is disabled since {since}: {health.reason}"
            return Admission(health.name, Hold.DISABLED, why)
