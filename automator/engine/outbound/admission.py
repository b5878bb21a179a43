"""The answer to an attempt that asks to be sent: yes; or no, with the reason and a later time."""

from enum import StrEnum

from automator.model import Reason, RescheduledStep, StepError, TargetHealth, TargetState, record
from automator.model.errors import TargetUnavailable
from automator.reasons import targets


class Hold(StrEnum):
    """The code of a reason why an attempt may not be sent now."""

    NOTHING = ""
    PROVIDER_QUOTA = "provider_quota"
    RETRY_BUDGET = "retry_budget"
    FAILING = "failing"
    PROBING = "probing"
    PAUSED = "paused"
    DISABLED = "disabled"
    RATE = "rate"
    CONCURRENCY = "concurrency"


NOTHING = Reason("")
_RESERVED = frozenset({Hold.PROVIDER_QUOTA, Hold.RETRY_BUDGET})
_BUSY = frozenset({Hold.RATE, Hold.CONCURRENCY})


@record(kw_only=False)
class Admission:
    """The answer to an attempt that asks to be sent to a destination."""

    #: The name of the destination.
    target: str
    hold: Hold = Hold.NOTHING
    why: Reason = NOTHING
    #: When the attempt may be sent, in milliseconds; None if not known, or now.
    again_at: int | None = None

    @property
    def may_go(self) -> bool:
        """Whether the attempt may be sent now."""
        return self.hold is Hold.NOTHING

    @property
    def is_busy(self) -> bool:
        """Whether the destination is well, but has enough requests for the moment."""
        return self.hold in _BUSY

    @property
    def error(self) -> StepError:
        """The error for an attempt that does not wait here.

        RescheduledStep if `again_at` is reserved for the attempt, else TargetUnavailable.
        """
        if self.hold in _RESERVED and self.again_at is not None:
            return RescheduledStep(self.why, until_ms=self.again_at, code=self.hold.value)
        return TargetUnavailable(self.why, waits_for=self.target)


def held_by_breaker(health: TargetHealth) -> Admission | None:
    """The answer while a circuit breaker lets nothing through; None while it is closed."""
    target, since, because = health.name, health.since, health.reason
    match health.state:
        case TargetState.CLOSED:
            return None
        case TargetState.OPEN:
            again_at = health.retry_at or since
            why = targets.target_failing(
                target=target, since=since, because=because, again=again_at
            )
            return Admission(target, Hold.FAILING, why, again_at)
        case TargetState.HALF_OPEN:
            why = targets.target_probed(target=target, because=because)
            return Admission(target, Hold.PROBING, why)
        case TargetState.PAUSED:
            why = targets.target_paused(target=target, since=since, who=health.by)
            if because:
                why = targets.target_paused_because(
                    target=target, since=since, who=health.by, note=because
                )
            return Admission(target, Hold.PAUSED, why)
        case TargetState.DISABLED:
            why = targets.target_disabled(target=target, since=since, because=because)
            return Admission(target, Hold.DISABLED, why)
