"""The health of a target: how reliably it answers, and whether anything is sent to it now."""

from enum import StrEnum

from automator.model.reason import Reason
from automator.model.record import record


class TargetState(StrEnum):
    """Whether runs may send to a destination now. The words are stored."""

    #: Healthy: everything is sent, within the limits.
    CLOSED = "closed"
    #: The destination failed too often. Runs wait until one of them tries it again.
    OPEN = "open"
    #: One run tries whether the destination works again; the others wait.
    HALF_OPEN = "half_open"
    #: A person has paused the destination.
    PAUSED = "paused"
    #: It said that it is gone, or failed for days. Runs wait until a person resumes it.
    DISABLED = "disabled"


@record(kw_only=False)
class RatePortion:
    """Moments at which this node may send to a target whose rate limit all nodes share."""

    #: How many moments; 0 if the next ones are so late that no node gets them yet.
    count: int
    #: The first of these moments; if there are none, the next moment. In milliseconds of this
    #: process's clock, with fractions down to the microsecond.
    first_at: float


@record
class TargetHealth:
    """The health of a destination, which all nodes share. Times are in milliseconds."""

    #: The name of a target of automator.yaml, or `host:port`.
    name: str
    state: TargetState = TargetState.CLOSED
    since: int = 0
    #: The reason for the state; None if the destination is healthy, or no reason was given.
    reason: Reason | None = None
    #: The person who paused or resumed it; "" if nobody did.
    by: str = ""
    #: The number of failures since the last success.
    failures: int = 0
    failing_since: int | None = None
    #: If OPEN, when the next try may begin. If HALF_OPEN, when the current try is given up.
    retry_at: int | None = None
    #: How often it has opened since it last worked. Each time the wait doubles.
    openings: int = 0
    #: How often the stored state has changed; 0 if nothing is stored yet. A node can change the
    #: state only if it has seen the latest version.
    version: int = 0
