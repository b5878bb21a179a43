"""Budgets for one evaluation and for all evaluations of one event.

A condition from a rule file, or a payload from outside, can make an evaluation costly. So every
form that produces or walks many elements, or makes or reads long texts, pays for them in advance.
The count is the same on every machine. A limit on CPU time stops work that the count
underestimates. It is the thread's own CPU time, so neither a busy machine nor a pause of the
process turns a condition false.
"""

import time
from typing import Any, Final

from automator.model import AutomatorError, Reason
from automator.reasons import conditions

#: Elements that one evaluation may produce or walk.
MAX_ELEMENTS: Final = 100_000
#: Seconds of the thread's CPU time that one evaluation may take, measured between elements.
MAX_CPU_S: Final = 0.02
#: Elements for all evaluations before an event is acknowledged. On an idle machine an element takes
#: a fifth of a microsecond, so the limit on CPU time rarely matters.
MAX_EVENT_ELEMENTS: Final = 250_000
MAX_EVENT_CPU_S: Final = 0.1
#: Elements between two checks of the clock.
STRIDE: Final = 1_024
_EVENT_STRIDE: Final = 16_384
#: Characters of text that cost as much as one element.
_CHARACTERS_PER_ELEMENT: Final = 64
#: Characters that are compared with others in the time of one element.
_COMPARED_PER_ELEMENT: Final = 4_096
#: Characters of a text that is read for free: in code that runs once, and in code that may repeat.
FREE_TEXT: Final = 1_024
FREE_REPEATED_TEXT: Final = 128
#: How many computations over texts an event pays for only once. The caches of their functions hold
#: more values than that, so none is computed twice.
MOST_SHARED: Final = 32
#: Elements of a list that is walked once for free. An expression has at most 256 parts, so free
#: lists add up to less than a tenth of the budget.
FREE_LIST: Final = 32
#: Sub-expressions that one explanation records.
MAX_RECORDS: Final = 400

#: Why a rule was not evaluated, or only in part: the event's budget is spent.
SPENT: Final = conditions.event_budget_spent(limit=round(MAX_EVENT_CPU_S * 1000))


class OverBudget(AutomatorError):
    """The evaluation was stopped because it had become too large."""

    code = "over_budget"

    def __init__(self, problem: Reason) -> None:
        super().__init__(conditions.over_budget(problem=problem))


class EventBudget:
    """The cost that all conditions and keys together may still have for one event.

    It is not safe to use from several threads at once.
    """

    __slots__ = (
        "_deadline",
        "_given",
        "_in_shadow",
        "_reason",
        "check_below",
        "context",
        "left",
        "met",
        "over",
        "shared",
        "unmet",
    )

    def __init__(self) -> None:
        #: Elements left to spend, before the cost of the current evaluation is subtracted.
        self.left = MAX_EVENT_ELEMENTS
        #: The clock is checked when the elements left fall below this number.
        self.check_below = MAX_EVENT_ELEMENTS - _EVENT_STRIDE
        #: The reason by rule, for rules with a stopped evaluation.
        self.over: dict[str, Reason] = {}
        #: The rules whose conditions hold, and the rules whose conditions do not.
        self.met: list[str] = []
        self.unmet: list[str] = []
        #: The last evaluation, until its cost is subtracted from what is left.
        self.context: Context | None = None
        #: The function and the text of each computation that the event has paid for.
        self.shared: set[tuple[str, str]] = set()
        self._reason: Reason | None = None
        self._given = 0
        self._deadline = 0.0
        self._in_shadow: EventBudget | None = None

    @property
    def in_shadow(self) -> "EventBudget":
        """The budget of rules in shadow mode: they take nothing from live rules.

        It is as large, so that such a rule decides as if it were live, and notes in the same lists.
        """
        if self._in_shadow is None:
            self._in_shadow = apart = EventBudget()
            apart.over, apart.met, apart.unmet = self.over, self.met, self.unmet
        return self._in_shadow

    def enter(self, context: "Context") -> None:
        """Begins an evaluation, which may spend no more than the event has left."""
        self.settle()
        self.context = context
        self._given = context.left = min(context.left, max(0, self.left))
        context.check_below = max(0, self._given - STRIDE)

    def settle(self, rule: str = "") -> None:
        """Subtracts the cost of the last evaluation, which belonged to `rule`."""
        if self.context is not None:
            # A negative rest means elements that were refused, and so never made.
            self.left -= self._given - max(0, self.context.left)
            self.context = None
        if rule and self._reason:
            self.over.setdefault(rule, self._reason)
            self._reason = None

    def is_spent(self) -> bool:
        """Whether nothing more may be evaluated; asked when `left` is below `check_below`."""
        self.settle()
        if self.left < 0:
            return True
        now = time.thread_time()
        if not self._deadline:
            self._deadline = now + MAX_EVENT_CPU_S
        elif now > self._deadline:
            self.left = -1
        self.check_below = max(0, self.left - _EVENT_STRIDE)
        return self.left < 0

    def note(self, reason: Reason) -> None:
        """Keeps the reason why an evaluation was stopped, until `settle` names its rule."""
        self._reason = self._reason or reason


class Context:
    """The state of one evaluation.

    Nearly every evaluation makes one, so it is small. Only the recorder of explanations sets
    `records` and `room`.
    """

    __slots__ = ("_deadline", "_event", "check_below", "left", "records", "room", "scope")

    #: The recorder's list for the parts of the current sub-expression.
    records: list[Any]
    #: Sub-expressions that may still be recorded.
    room: int

    def __init__(self, scope: Any = None, event: EventBudget | None = None) -> None:
        #: The whole scope, for functions that read `now`.
        self.scope = scope
        #: Elements left to spend.
        self.left = MAX_ELEMENTS
        #: The clock is checked when the elements left fall below this number.
        self.check_below = MAX_ELEMENTS - STRIDE
        self._deadline = 0.0
        self._event = event
        if event is not None:
            event.enter(self)

    def spend(self, elements: int) -> None:
        """Pays for elements before they are produced or walked.

        Raises:
            OverBudget: there is not enough left.
        """
        self.left = left = self.left - elements
        if left < self.check_below:
            self.check()

    def spend_text(self, characters: int) -> None:
        """Pays for reading or making a text of this length.

        Raises:
            OverBudget: there is not enough left.
        """
        self.spend(text_cost(characters))

    def spend_shared(self, name: str, text: str, elements: int) -> None:
        """Pays for a computation over a text with a cached value: only the first rule pays.

        Raises:
            OverBudget: there is not enough left.
        """
        event = self._event
        if event is None:
            self.spend(elements)
        elif (name, text) not in event.shared:
            self.spend(elements)
            if len(event.shared) < MOST_SHARED:
                event.shared.add((name, text))

    def spend_compared(self, characters: int) -> None:
        """Pays for comparing texts of this total length.

        Raises:
            OverBudget: there is not enough left.
        """
        if characters >= _COMPARED_PER_ELEMENT:
            self.spend(characters // _COMPARED_PER_ELEMENT)

    def spend_value(self, value: Any, *, as_json: bool = False) -> None:
        """Pays for walking everything inside a value; a shared part counts each time it occurs.

        With `as_json`, also pays for writing the value as JSON.

        Raises:
            OverBudget: there is not enough left.
        """
        parts, count = [value], 4 if as_json else 0
        for part in parts:
            kind = part.__class__
            if kind is str:
                if len(part) > _CHARACTERS_PER_ELEMENT:
                    self.spend_text(_json_length(part) if as_json else len(part))
            elif kind is dict:
                count += 1 + 2 * len(part) + sum(map(len, part)) // _CHARACTERS_PER_ELEMENT
                if count > STRIDE:
                    self.spend(count)
                    count = 0
                parts += part.values()
            elif kind is list:
                count += 1 + len(part)
                if count > STRIDE:
                    self.spend(count)
                    count = 0
                parts += part
        self.spend(count)

    def check(self) -> None:
        """Stops an evaluation that costs too much. Call it when `left` is below `check_below`.

        Raises:
            OverBudget: no elements are left, or the evaluation took too much CPU time.
        """
        if self.left < 0:
            raise self._over(conditions.too_many_elements(limit=MAX_ELEMENTS))
        now = time.thread_time()
        if not self._deadline:
            self._deadline = now + MAX_CPU_S
        elif now > self._deadline:
            raise self._over(conditions.too_slow(limit=round(MAX_CPU_S * 1000)))
        self.check_below = max(0, self.left - STRIDE)

    def _over(self, problem: Reason) -> OverBudget:
        event = self._event
        if event is not None:
            if self.left < 0 and event.left < MAX_ELEMENTS:
                problem = SPENT
            event.note(problem)
        return OverBudget(problem)


def text_cost(characters: int) -> int:
    """The elements that reading or making a text of this length costs."""
    return 1 + characters // _CHARACTERS_PER_ELEMENT


def _json_length(text: str) -> int:
    """An upper estimate of a text's length as JSON, where some characters become six."""
    if text.isascii() and text.isprintable():
        return len(text) + text.count('"') + text.count("\\")
    return 6 * len(text)


def is_larger_than(value: Any, elements: int) -> bool:
    """Whether walking a value costs more than `elements`; walks no further than that."""
    context = Context()
    context.left = elements
    context.check_below = 0
    try:
        context.spend_value(value)
    except OverBudget:
        return True
    return False
