"""A finding of the doctor: one thing that is wrong with a delivery."""

from dataclasses import dataclass

from automator.model import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do; `proved` when the delivery verifies without it."""

    reason: Reason
    proved: bool = False
