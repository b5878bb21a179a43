"""Rules after every check: immutable, with the position of each part in its file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.event import LINK_CLICKED, SCHEDULE_CONTACT, hook_of
from automator.model.limits import Limits
from automator.model.record import record


@record(kw_only=False)
class Place:
    """A place in a rule file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


#: The connection, the provider and the type of the events that schedules make. No connection of
#: automator.yaml can have this name, and nothing can be posted to it.
SCHEDULE = "schedule"
SCHEDULE_FIRED = "schedule.fired"
#: Events that concern one rule alone, which their `data` names.
OF_ONE_RULE = frozenset({SCHEDULE_FIRED, SCHEDULE_CONTACT})
#: The events of the watchdog about a connection, which come through the connection of schedules.
CONNECTION_SILENT = "connection.silent"
CONNECTION_REJECTING = "connection.rejecting"
#: Steps have begun to wait for approval; it comes through the connection of schedules too.
APPROVAL_WAITING = "approval.waiting"
#: The events that this server raises itself.
OWN_EVENTS = OF_ONE_RULE | {
    CONNECTION_SILENT,
    CONNECTION_REJECTING,
    APPROVAL_WAITING,
    LINK_CLICKED,
}


@record
class Schedule:
    """The times at which a rule fires: by a cron line on a zone's clock, or at equal distances."""

    #: As the file writes it.
    written: str
    #: It fires when any of these lines does; empty when `every_ms` says when. The fields of a line:
    #: minutes, hours, days of the month, months, days of the week, with every value written out.
    cron: tuple[tuple[str, ...], ...] = ()
    timezone: str = "UTC"
    #: Milliseconds between two fires, counted from the beginning of 1970, UTC.
    every_ms: int = 0
    missed: str = "run_once"  #: or "skip": what to do about fires while no server ran

    @property
    def definition(self) -> str:
        """The values that decide the times: a schedule with another definition begins anew."""
        if self.every_ms:
            return f"every {self.every_ms}"
        lines = " or ".join(" ".join(line) for line in self.cron)
        return f"{lines} {self.timezone}"


@record
class Audience:
    """The people for whom a schedule fires: those contacts of a connection that it picks."""

    connection: str
    #: A tag that they have; "" leaves it open, as in the two below.
    tag: str = ""
    #: The name of a value that is remembered of them.
    value: str = ""
    #: A part of their name, their id or a remembered value.
    text: str = ""
    #: How many people one firing takes.
    most: int
    #: How many it takes a second.
    per_second: float


@record
class Absence:
    """The rule acts when something does not come in time after its event."""

    #: Names or globs of the events that end the wait.
    of: tuple[str, ...]
    within_ms: int
    #: The JMESPath of what both events have in common.
    key: str


@record
class Trigger:
    """The events that a rule listens to. Empty tuples mean any."""

    events: tuple[str, ...] = ()  #: Names or globs, as in `comment.*`.
    connections: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    include_self: bool = False
    #: The rule fires by itself, and no other rule sees its event.
    schedule: Schedule | None = None
    #: It fires for each of these people, and acts on the event of each.
    audience: Audience | None = None
    #: `events` begin a wait, and the rule acts at its end.
    absence: Absence | None = None

    @property
    def has_nobody(self) -> bool:
        """Whether its events have no person: it fires by itself, and for nobody."""
        return self.schedule is not None and self.audience is None

    def hears(self, connection: str) -> bool:
        """Whether it listens to a connection: named itself, or by the one that has its account."""
        return (
            not self.connections
            or connection in self.connections
            or hook_of(connection) in self.connections
        )


@record
class Rollout:
    """The share of all people for whom a rule acts."""

    #: So many of each hundred keys are in it.
    percent: float
    #: The JMESPath of the key, which is in it or not.
    key: str
    place: Place
    #: Set by a test that says whether its people are in it; otherwise their keys decide.
    assumed: bool | None = None


@record
class Expression:
    """A condition that is one JMESPath expression."""

    text: str
    place: Place
    name: str = ""


@record
class Group:
    """`all`, `any` or `not` of several conditions; `not` means none of them holds."""

    kind: str
    items: "tuple[Condition, ...]"
    place: Place


Condition = Expression | Group


def expressions_of(conditions: Iterable[Condition]) -> Iterator[Expression]:
    """Every expression in conditions and in the groups among them, in order."""
    for condition in conditions:
        if isinstance(condition, Expression):
            yield condition
        else:
            yield from expressions_of(condition.items)


def condition_as_data(condition: Condition) -> Any:
    """A condition as a rule file writes it: the expression's text, or `{kind: [items]}`."""
    if isinstance(condition, Expression):
        return condition.text
    return {condition.kind: [condition_as_data(item) for item in condition.items]}


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
    """A person looks at what a step would send, before it is sent."""

    #: Milliseconds for which somebody is waited for.
    within_ms: int
    #: "skip" or "send": what is done when nobody has decided by then.
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


@record
class Rule:
    """Trigger, conditions and actions."""

    id: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    place: Place
    name: str = ""
    description: str = ""
    enabled: bool = True
    disabled_reason: str = ""
    #: Rules with a higher one are evaluated before the others.
    priority: int = 0
    #: Later rules are not evaluated for an event that this rule acts on.
    stop: bool = False
    #: It acts only on events for which no other rule speaks to the person.
    fallback: bool = False
    #: Decides and renders everything, and changes nothing.
    shadow: bool = False
    #: It acts only for a share of all people.
    rollout: Rollout | None = None
    #: When the rule acts, as its file has it: names of time intervals, of which it acts in any, or
    #: times. Empty means always.
    active: str | Sequence[str] | Mapping[str, Any] = ()
    outside: str = "skip"  #: or "wait", until one of them begins
    limits: Limits = field(default_factory=Limits)
    #: Held back for so long, in milliseconds, after somebody of ours has answered by hand.
    pause_ms: int | None = None
    on_error_steps: tuple[Step, ...] = ()
    #: Values of automator.yaml with those of the rule's file over them.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The names of those that its file sets.
    own_vars: frozenset[str] = frozenset()

    def find_step(self, step_id: str) -> Step | None:
        """The step with this id, wherever it stands in the rule."""
        return next((step for step in self.every_step() if step.id == step_id), None)

    def every_step(self) -> "Iterator[Step]":
        """Its steps and those of `on_error`, with the steps inside follow-ups."""
        return every_step((*self.steps, *self.on_error_steps))

    def sequence(self, path: str) -> tuple[Step, ...]:
        """The steps that a run with this path does: the rule's own, those of a follow-up, or those
        from a question on.
        """
        if path == ON_ERROR_PATH:
            return self.on_error_steps
        if not path:
            return self.steps
        step = self.find_step(path)
        if step is None:
            return ()
        return _from(self.steps, path) if step.asks else step.steps


#: The path of a run that does a rule's `on_error` actions; no step can have this id.
ON_ERROR_PATH = "!on_error"


def _from(steps: tuple[Step, ...], step_id: str) -> tuple[Step, ...]:
    """The steps from this one on, in the list in which it stands."""
    for index, step in enumerate(steps):
        if step.id == step_id:
            return steps[index:]
        inner = _from(step.steps, step_id)
        if inner:
            return inner
    return ()


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each before those inside it."""
    for step in steps:
        yield step
        yield from every_step(step.steps)
