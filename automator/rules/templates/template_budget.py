"""The budget of work that all templates of one step share.

An event can have megabytes, and a template can name it hundreds of times. So each copy, comparison,
walk or text of a part is paid for before it is made. A limit on the thread's CPU time stops work
that the count underestimates; no template fails because the machine is busy.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from automator.reasons.attempts.templates import template_too_much_work, template_tracked_elsewhere
from automator.rules.templates.values import BadValueError, LimitError

#: How many units the templates of one step may spend; copying an element costs one.
MAX_UNITS: Final = 262_144
#: How many seconds of the thread's CPU time the templates of one step may take.
MAX_CPU_S: Final = 0.25
#: The cost of calling a filter, in addition to the cost of its value.
CALL: Final = 16
#: Characters of text that cost as much as one element.
_CHARACTERS_PER_UNIT: Final = 16
#: Units between two checks of the clock.
_STRIDE: Final = 2_048
#: Makes the address of a tracked link of the step from the link's target.
Track = Callable[[str], str]
#: Removes the markup from a value that is filled into a message.
Plain = Callable[[str], str]


def track_nothing(_target: str) -> str:
    """Refuses all links, for templates of steps that send no message.

    Raises:
        BadValueError: always.
    """
    raise BadValueError(template_tracked_elsewhere())


class TemplateBudget:
    """The work that the templates of one step may still do, in units, and its tracked links."""

    __slots__ = ("_check_below", "_deadline", "left", "plain", "track")

    def __init__(self, track: Track = track_nothing) -> None:
        self.left = MAX_UNITS
        self.track = track
        #: Removes markup from values in the texts of a message; None for other inputs.
        self.plain: Plain | None = None
        self._check_below = MAX_UNITS - _STRIDE
        self._deadline = 0.0

    def spend(self, units: int) -> None:
        """Pays for units of work.

        Raises:
            LimitError: no units are left, or the templates took too much CPU time.
        """
        self.left = left = self.left - units
        if left < self._check_below:
            self._look()

    def spend_text(self, characters: int, weight: int = 1) -> None:
        """Pays for reading or making a text; `weight` is how much more that costs than copying it.

        Raises:
            LimitError: there is not enough left.
        """
        self.spend(weight * characters // _CHARACTERS_PER_UNIT)

    def spend_value(self, value: Any) -> None:
        """Pays for walking everything inside a value; shared parts count each time they occur.

        Raises:
            LimitError: there is not enough left.
        """
        stack = [value]
        while stack:
            item = stack.pop()
            if item.__class__ is str:
                if len(item) >= _CHARACTERS_PER_UNIT:
                    self.spend(len(item) // _CHARACTERS_PER_UNIT)
            elif item.__class__ is list or item.__class__ is tuple:
                self.spend(1 + len(item))
                stack += item
            elif item.__class__ is dict:
                self.spend(1 + 2 * len(item))
                stack += item.values()

    def _look(self) -> None:
        now = time.thread_time()
        if not self._deadline:
            self._deadline = now + MAX_CPU_S
        if self.left < 0 or now > self._deadline:
            raise LimitError(template_too_much_work())
        self._check_below = max(0, self.left - _STRIDE)
