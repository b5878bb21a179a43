"""A finding of the doctor: one thing that is wrong with a delivery."""

from automator.model import Reason, record


@record(kw_only=False)
class Finding:
    """One thing that is wrong, and what to do; `proved` when the delivery verifies without it."""

    reason: Reason
    proved: bool = False
