"""The steps of a rule: uses of actions, with the steps inside follow-ups."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.rules.conditions import Condition, condition_as_data
from automator.model.rules.place import Place


@record
class RetryPolicy:
    """The number of attempts, the waits between them, and the statuses worth another one."""

    #: How many attempts there are, including the first.
    max_attempts: int = 8
    #: How many seconds pass before each further attempt. None means the default schedule, whose
    #: waits grow.
    interval_s: float | None = None
    strategy: str = "exponential"
    #: The statuses after which another attempt is made, as ranges (first, last).
    on_status: tuple[tuple[int, int], ...] = ((500, 599), (429, 429), (408, 409), (425, 425))


@record
class CancelOn:
    """The event that makes a waiting follow-up unnecessary."""

    events: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Returns `{"event": [...], "conditions": [...]}`, the form in which a waiting run stores
        it.
        """
        return {
            "event": list(self.events),
            "conditions": [condition_as_data(item) for item in self.conditions],
        }


@record(kw_only=False)
class Approval:
    """A person's approval of a step before it sends something."""

    #: For how many milliseconds a decision is waited for.
    within_ms: int
    #: "skip" or "send": the result if there is no decision by then.
    otherwise: str


@record
class Step:
    """One use of an action inside a rule."""

    #: Unique within the rule: given, or the action's name with a number if the name is repeated.
    id: str
    action: str
    #: Inputs as written; their templates are rendered when the step runs.
    inputs: Mapping[str, Any]
    place: Place
    #: The zone of dates in its templates that name none; "" means the rule language's zone.
    zone: str = ""
    name: str = ""
    #: The JMESPath of `if`; empty means always.
    condition: str = ""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout_s: float | None = None
    #: Whether the run goes on when the step has failed for good.
    continue_on_error: bool = False
    on_unknown: str = "retry"  #: or "hold"
    #: The approval that it needs before it sends anything; None if it needs none.
    approval: Approval | None = None
    #: Whether it asks a question: the steps after it run when the answer has come.
    asks: bool = False
    #: Whether it writes the text that the step after it sends, which does not run without it.
    drafts: bool = False
    #: The actions inside a follow-up.
    steps: "tuple[Step, ...]" = ()
    cancel_on: CancelOn | None = None
    #: The number of a follow-up in a sequence, from 1, and the sequence's length.
    part: tuple[int, int] | None = None

    @property
    def following(self) -> "Step | None":
        """Returns the next follow-up of its sequence, with which its own steps end."""
        last = self.steps[-1] if self.part is not None and self.part[0] < self.part[1] else None
        return last if last is not None and last.part is not None else None

    @property
    def own_steps(self) -> "tuple[Step, ...]":
        """Returns the actions inside a follow-up, as the file writes them."""
        return self.steps if self.following is None else self.steps[:-1]


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Yields the steps, each before the steps inside it."""
    for step in steps:
        yield step
        yield from every_step(step.steps)


def steps_from(steps: tuple[Step, ...], step_id: str) -> tuple[Step, ...]:
    """Returns the steps from this one on, in the list that contains it."""
    for index, step in enumerate(steps):
        if step.id == step_id:
            return steps[index:]
        inner = steps_from(step.steps, step_id)
        if inner:
            return inner
    return ()
