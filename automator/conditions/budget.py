"""What one evaluation may cost, and what it carries along.

A condition comes from a rule file and runs over a payload from outside, so either can try to make
it explode. Every form that can produce or walk many elements pays for them before it does so.
Elements are counted, so the verdict is the same on a slow and on a fast machine; CPU time is the
backstop for what counting underestimates. It is the thread's own time: a busy machine or a pause
of the process does not turn a condition false.
"""

import time
from collections.abc import Mapping
from typing import Any

from automator.model import AutomatorError

#: Elements that one evaluation may produce or walk.
MAX_ELEMENTS = 100_000
#: Seconds of the thread's CPU time that one evaluation may take, measured between elements.
MAX_CPU_S = 0.02
#: Elements between two looks at the clock.
STRIDE = 1_024
#: Characters of text that cost as much as one element.
_CHARACTERS_PER_ELEMENT = 64
#: Characters of a text whose reading is not worth counting.
FREE_TEXT = 1_024
#: Elements of a list that is walked once and not worth counting. As an expression has at most 256
#: parts, what is not counted is less than a tenth of the budget.
FREE_LIST = 32
_FIRST_LOOK = MAX_ELEMENTS - STRIDE
#: Sub-expressions that one explanation records.
MAX_RECORDS = 400


class OverBudget(AutomatorError):
    """The evaluation was stopped because it had become too large."""

    code = "over_budget"


class Context:
    """The state of one evaluation. It is made for almost each one, so it has no more than it needs:
    the recorder of explanations sets `records` and `room` itself.
    """

    __slots__ = ("_deadline", "left", "look_below", "records", "room", "scope")

    #: Where the recorder puts the sub-expressions of the one under way.
    records: list[Any]
    #: Sub-expressions that may still be recorded.
    room: int
    _deadline: float

    def __init__(self, scope: Any = None) -> None:
        #: The whole scope, for functions that read `now`.
        self.scope = scope
        #: Elements left to spend.
        self.left = MAX_ELEMENTS
        #: Where the next look at the clock is due.
        self.look_below = _FIRST_LOOK

    def spend(self, elements: int) -> None:
        """Pays for elements before they are produced or walked.

        Raises:
            OverBudget: there is not enough left.
        """
        self.left = left = self.left - elements
        if left < self.look_below:
            self.look()

    def spend_text(self, characters: int) -> None:
        """Pays for reading or making a text of this length.

        Raises:
            OverBudget: there is not enough left.
        """
        self.spend(1 + characters // _CHARACTERS_PER_ELEMENT)

    def spend_value(self, value: Any) -> None:
        """Pays for walking everything inside a value, shared parts as often as they occur.

        Raises:
            OverBudget: there is not enough left.
        """
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                self.spend_text(len(item))
            elif isinstance(item, list):
                self.spend(1 + len(item))
                stack += item
            elif isinstance(item, Mapping):
                self.spend(1 + len(item))
                stack += item.values()

    def look(self) -> None:
        """Stops the evaluation when it has become too large; due when `left` is below `look_below`.

        Raises:
            OverBudget: nothing is left, or it has taken too long.
        """
        if self.left < 0:
            raise OverBudget(
                f"it produces more than {MAX_ELEMENTS:,} elements",
                fix="narrow it down before [*], [], map() or a list of copies.",
            )
        now = time.thread_time()
        if self.look_below == _FIRST_LOOK:
            self._deadline = now + MAX_CPU_S
        elif now > self._deadline:
            raise OverBudget(
                f"it takes more than {MAX_CPU_S * 1000:.0f} ms",
                fix="narrow it down before [*], [], map() or a list of copies.",
            )
        self.look_below = max(0, self.left - STRIDE)


class ReadOnly(Context):
    """For expressions that cannot build values far larger than the data that they read.

    Walking a value once to count it would take longer than what it is counted for.
    """

    __slots__ = ()

    def spend_value(self, value: Any) -> None:  # noqa: ARG002 - as in the base class
        """Pays for one element; the value is no larger than the data."""
        self.spend(1)
