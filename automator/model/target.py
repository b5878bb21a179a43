"""The health of a target: how it answers, and whether anything is sent to it now."""

from enum import StrEnum

from automator.model.reason import Reason
from automator.model.record import record


class TargetState(StrEnum):
    """Whether runs may reach a destination now; the words are stored."""

    #: Healthy: everything is sent, within the limits.
    CLOSED = "closed"
    #: It failed too often; runs wait until it is tried again.
    OPEN = "open"
    #: One run tries whether it works again; the others wait.
    HALF_OPEN = "half_open"
    #: A person has paused it.
    PAUSED = "paused"
    #: It answered that it is gone, or failed for days; runs wait until a person resumes it.
    DISABLED = "disabled"


@record(kw_only=False)
class RatePortion:
    """Moments at which this node may send to a target whose rate all nodes share."""

    #: The number of moments; 0 if the next moments are too late to be given to a node.
    count: int
    #: The first of these moments, or the next moment if there are none: in milliseconds of this
    #: process's clock, to the microsecond.
    first_at: float


@record
class TargetHealth:
    """The health of a destination, the same on every node. Times are in milliseconds."""

    #: A target of automator.yaml, or `host:port`.
    name: str
    state: TargetState = TargetState.CLOSED
    since: int = 0
    #: The reason for its state; None if it is healthy, or if no reason was given.
    reason: Reason | None = None
    #: The person who paused or resumed it; "" if there is none.
    by: str = ""
    #: The number of failures since the last success.
    failures: int = 0
    failing_since: int | None = None
    #: OPEN: when it is tried again. HALF_OPEN: when the try is given up.
    retry_at: int | None = None
    #: How often it opened since it last worked: each time the wait doubles.
    openings: int = 0
    #: The number of changes: a node that has not seen the latest change may not change it. 0 means
    #: not stored yet.
    version: int = 0
