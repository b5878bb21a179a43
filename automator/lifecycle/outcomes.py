"""The outcome of a run that has ended: what it has said or done to others."""

from collections.abc import Collection
from enum import Enum, auto

from automator.model import Outcome, RunState


class Sent(Enum):
    """What became of one step that sends something."""

    YES = auto()
    NO = auto()  #: Held back, failed, or not reached.
    NOT_MEANT = auto()  #: Its condition did not hold.
    UNKNOWN = auto()


def outcome(state: RunState, steps: Collection[Sent]) -> Outcome | None:
    """What a run has sent that ends in `state`, by its steps that send something.

    None where nobody knows, and for a run that was called off: its state says enough.
    """
    if state not in (RunState.DONE, RunState.DEAD) or Sent.UNKNOWN in steps:
        return None
    if Sent.YES not in steps:
        return Outcome.NOTHING_SENT if Sent.NO in steps else Outcome.NOTHING_TO_SEND
    return Outcome.PARTLY if Sent.NO in steps else Outcome.ANSWERED
