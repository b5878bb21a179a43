"""Computes the outcome of a run that has ended from what became of its messages."""

from collections.abc import Collection
from enum import Enum, auto

from automator.model import Outcome, RunState


class Sent(Enum):
    """The result of one step that sends something."""

    YES = auto()
    NO = auto()  #: Held back, failed, or not reached.
    NOT_MEANT = auto()  #: Its condition did not hold.
    UNKNOWN = auto()


def outcome(state: RunState, steps: Collection[Sent], *, in_shadow: bool = False) -> Outcome | None:
    """Returns the outcome of a run that ends in `state`, from its steps that send messages.

    `in_shadow`: the rule only shows what it would send. The outcome is None for every state except
    done and dead, because the other states say enough by themselves.
    """
    if state not in (RunState.DONE, RunState.DEAD):
        return None
    if in_shadow:
        return Outcome.WOULD_HAVE_SENT if Sent.YES in steps else Outcome.NOTHING_TO_SEND
    if Sent.UNKNOWN in steps:
        return Outcome.MAYBE_SENT
    if Sent.YES not in steps:
        return Outcome.NOTHING_SENT if Sent.NO in steps else Outcome.NOTHING_TO_SEND
    return Outcome.PARTLY if Sent.NO in steps else Outcome.ANSWERED
