"""The steps of a rule: uses of actions, with the steps inside follow-ups."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.rules.conditions import Condition, condition_as_data
from automator.model.rules.place import Place


@record
class RetryPolicy:
    """The times and the conditions at which a failed attempt is tried again."""

    #: Tries in all, the first one counted.
    max_attempts: int = 8
    #: Waits between tries, in seconds; the last one repeats. None = the default schedule.
    interval_s: float | None = None
    strategy: str = "exponential"
    #: Ranges of statuses after which another attempt is made, as (first, last).
    on_status: tuple[tuple[int, int], ...] = ((500, 599), (429, 429), (408, 409), (425, 425))


@record
class CancelOn:
    """The event that makes a waiting follow-up unnecessary."""

    events: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """`{"event": [...], "conditions": [...]}`: the form in which a waiting run keeps it."""
        return {
            "event": list(self.events),
            "conditions": [condition_as_data(item) for item in self.conditions],
        }


@record(kw_only=False)
class Approval:
    """The approval of a step by a person before it sends something."""

    #: Milliseconds for which somebody is waited for.
    within_ms: int
    #: "skip" or "send": the result if nobody has decided by then.
    otherwise: str


@record
class Step:
    """One use of an action inside a rule."""

    #: Unique within the rule: given, or the action's name with a number when it occurs again.
    id: str
    action: str
    #: Inputs as written; templates in them are rendered when the step runs.
    inputs: Mapping[str, Any]
    place: Place
    #: The zone of the dates in its templates that name none; "" = that of the language of rules.
    zone: str = ""
    name: str = ""
    #: The JMESPath of `if`; empty = always.
    condition: str = ""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout_s: float | None = None
    on_error: str = "stop"  #: or "continue"
    on_unknown: str = "retry"  #: or "hold"
    #: It sends only what a person approves; None = it needs nobody.
    approval: Approval | None = None
    #: It asks a question: the steps behind it are done when the answer has come.
    asks: bool = False
    #: The actions inside a follow-up.
    steps: "tuple[Step, ...]" = ()
    cancel_on: CancelOn | None = None
    #: Of a follow-up in a sequence: its number, from 1, and how many there are.
    part: tuple[int, int] | None = None

    @property
    def following(self) -> "Step | None":
        """The follow-up that the steps of this one end with, where it is one of a sequence."""
        last = self.steps[-1] if self.part is not None and self.part[0] < self.part[1] else None
        return last if last is not None and last.part is not None else None

    @property
    def own_steps(self) -> "tuple[Step, ...]":
        """The actions inside a follow-up as the file writes them."""
        return self.steps if self.following is None else self.steps[:-1]


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each before those inside it."""
    for step in steps:
        yield step
        yield from every_step(step.steps)


def steps_from(steps: tuple[Step, ...], step_id: str) -> tuple[Step, ...]:
    """The steps from this one on, in the list in which it stands."""
    for index, step in enumerate(steps):
        if step.id == step_id:
            return steps[index:]
        inner = steps_from(step.steps, step_id)
        if inner:
            return inner
    return ()
