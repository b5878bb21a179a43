"""The health of a target: how it answers, and whether anything is sent to it now."""

from enum import StrEnum

from automator.model.reason import Reason
from automator.model.record import record


class TargetState(StrEnum):
    """Whether runs may reach a destination now; the words are stored."""

    #: Healthy: everything goes through, within the limits.
    CLOSED = "closed"
    #: It failed too often; runs wait until it is tried again.
    OPEN = "open"
    #: One run tries whether it works again; the others wait.
    HALF_OPEN = "half_open"
    #: A person holds it back.
    PAUSED = "paused"
    #: It said that it is gone, or failed for days; runs wait until a person resumes it.
    DISABLED = "disabled"


@record(kw_only=False)
class RatePortion:
    """Moments at which this node may send to a target whose rate all nodes share."""

    #: How many; 0 = the next ones are too far away to be given to anybody.
    count: int
    #: When the first of them is, and without any when the next one is: milliseconds by this
    #: process's clock, to the microsecond.
    first_at: float


@record
class TargetHealth:
    """The health of a destination, the same on every node. Times are milliseconds."""

    #: A target of automator.yaml, or `host:port`.
    name: str
    state: TargetState = TargetState.CLOSED
    since: int = 0
    #: Why it is in this state; None when it is healthy, or when nobody has given a reason.
    reason: Reason | None = None
    #: The person who paused or resumed it; "" if nobody did.
    by: str = ""
    #: Failures since the last success.
    failures: int = 0
    failing_since: int | None = None
    #: OPEN: when it is tried again. HALF_OPEN: when that try is given up.
    retry_at: int | None = None
    #: How often it opened since it last worked: each time the wait is twice as long.
    openings: int = 0
    #: Counts the changes: a node that has not seen the latest one may not change it. 0 = not stored
    #: yet.
    version: int = 0
