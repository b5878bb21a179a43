"""A rule after every check: what its file declares, as immutable values, each with its place.

Nothing here reads a file or decides about an event. `Rule` is at the end, after its parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.event import hook_of
from automator.model.record import record


@record(kw_only=False)
class Place:
    """A place in a rule file. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    #: For a step of a snippet, whose place is its use: where the snippet writes it.
    written_at: "Place | None" = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return place if self.written_at is None else f"{place} ({self.written_at})"


# --- The conditions: expressions, and groups of them ---


@record
class Expression:
    """A condition that is one JMESPath expression."""

    text: str
    place: Place
    name: str = ""


@record
class Group:
    """A group of conditions: `all`, `any` or `not`. `not` holds if none of its conditions holds."""

    kind: str
    items: "tuple[Condition, ...]"
    place: Place


Condition = Expression | Group


def expressions_of(conditions: Iterable[Condition]) -> Iterator[Expression]:
    """Yields every expression in `conditions`, including those inside groups, in order."""
    for condition in conditions:
        if isinstance(condition, Expression):
            yield condition
        else:
            yield from expressions_of(condition.items)


def condition_as_data(condition: Condition) -> Any:
    """Returns a condition as a rule file writes it: the expression's text, or `{kind: [items]}`."""
    if isinstance(condition, Expression):
        return condition.text
    return {condition.kind: [condition_as_data(item) for item in condition.items]}


# --- The trigger: events, a schedule, or the absence of an event ---


@record
class Schedule:
    """The times at which a rule fires: by cron lines in a zone, or at equal intervals."""

    #: The text in the rule file.
    written: str
    #: The rule fires when one of these lines matches; empty if `every_ms` decides. A line has the
    #: minutes, hours, days of the month, months and days of the week, with every value written out.
    cron: tuple[tuple[str, ...], ...] = ()
    timezone: str = "UTC"
    #: Milliseconds between two fires, counted from the beginning of 1970, UTC.
    every_ms: int = 0
    missed: str = "run_once"  #: or "skip": what to do about fires while no server ran
    #: For how many days the schedule's events have figures; 0 for none.
    summary_days: int = 0

    @property
    def definition(self) -> str:
        """Returns the values that decide the times. A schedule whose values change begins anew."""
        if self.every_ms:
            return f"every {self.every_ms}"
        lines = " or ".join(" ".join(line) for line in self.cron)
        return f"{lines} {self.timezone}"


@record
class Audience:
    """The contacts for whom a schedule fires: contacts of one connection, selected by fields."""

    connection: str
    #: A tag that the contacts have. "" selects every contact, as in the two fields below.
    tag: str = ""
    #: The name of a value that is remembered for the contacts.
    value: str = ""
    #: A part of their name, of their id or of a remembered value.
    text: str = ""
    #: How many people one firing includes.
    most: int
    #: How many people per second are reached.
    per_second: float


@record
class Absence:
    """Makes the rule act if no awaited event follows its event in time."""

    #: Names or globs of the events that end the wait.
    of: tuple[str, ...]
    within_ms: int
    #: The JMESPath of the value that both events share.
    key: str


@record
class Trigger:
    """The events that a rule listens to. Empty tuples mean any."""

    events: tuple[str, ...] = ()  #: Names or globs, as in `comment.*`.
    connections: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    include_self: bool = False
    #: The schedule by which the rule fires itself; no other rule sees its event.
    schedule: Schedule | None = None
    #: The people for whom the schedule fires. Each of them gets an event, and the rule acts on it.
    audience: Audience | None = None
    #: The wait that an event of `events` begins. When it ends in vain, the rule acts.
    absence: Absence | None = None

    @property
    def has_nobody(self) -> bool:
        """Whether the rule's events have no person: a schedule raises them, and not for people."""
        return self.schedule is not None and self.audience is None

    def hears(self, connection: str) -> bool:
        """Whether the trigger names this connection, or the connection that has its account."""
        return (
            not self.connections
            or connection in self.connections
            or hook_of(connection) in self.connections
        )


# --- The limits, and a limit with its key for one run ---


#: How many events one run of a `debounce` collects at most.
MOST_COLLECTED = 100


@record
class Once:
    """One run per key. With a period, there may be another one after the period."""

    key: str  #: A JMESPath over the values that conditions see.
    period_ms: int | None = None


@record
class Throttle:
    """At most `limit` runs per key within any span that is as long as the period."""

    key: str
    limit: int
    period_ms: int


@record
class Debounce:
    """One run for several events with the same key, once no such event has come for a while."""

    key: str
    #: The run acts this long after the last event.
    quiet_ms: int
    #: The run acts this long after the first event at the latest, even if more events come.
    max_wait_ms: int
    #: The run acts at once when it has so many events; the next event begins another run.
    limit: int = MOST_COLLECTED


@record
class Both(Debounce):
    """One run for two different events with the same key, once both have come.

    It collects like a `debounce` of two events. A run whose second event does not come in time ends
    without acting.
    """

    #: Names or globs of the two events.
    of: tuple[str, ...]


@record
class Concurrency:
    """At most `limit` unfinished runs per key."""

    key: str
    limit: int
    #: What a run over the limit does. `queue`: it waits until another one ends; `skip`: it is held
    #: back; `restart`: older runs end for it.
    mode: str


Limit = Once | Throttle | Debounce | Concurrency
#: The name of a limit in rule files, in reasons and in the store.
LIMIT_NAMES: dict[type[Limit], str] = {
    Once: "once",
    Throttle: "throttle",
    Debounce: "debounce",
    Both: "both",
    Concurrency: "concurrency",
}


@record
class Limits:
    """The limits of a rule. A run counts in none of them unless all of them let it through."""

    once: Once | None = None
    throttle: Throttle | None = None
    debounce: Debounce | None = None
    #: From the trigger; a rule that has it has no other limit.
    both: Both | None = None
    concurrency: Concurrency | None = None

    def __iter__(self) -> Iterator[Limit]:
        """Yields the limits that are set."""
        found = (self.once, self.throttle, self.debounce, self.both, self.concurrency)
        return (limit for limit in found if limit is not None)


@record(kw_only=False)
class KeyedLimit:
    """A limit with its key for one event; the key is JSON text."""

    limit: Limit
    key: str
    #: For `both`: which of its two events the run waits for.
    awaits: str = ""

    @property
    def name(self) -> str:
        """Returns `once`, `throttle`, `debounce`, `both` or `concurrency`."""
        return LIMIT_NAMES[type(self.limit)]


# --- The steps: uses of actions, with the steps inside follow-ups ---


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


# --- The whole rule ---


#: The path of the run that does a rule's `on_error` actions; no step can have this id.
ON_ERROR_PATH = "!on_error"


@record
class Rollout:
    """The share of all people for whom a rule acts."""

    #: For how many of a hundred people the rule acts.
    percent: float
    #: The JMESPath of the key that decides whether a person is included.
    key: str
    place: Place
    #: In a test: whether the rollout includes everybody or nobody. None: people's keys decide.
    assumed: bool | None = None


@record
class Rule:
    """One rule: its trigger, conditions and actions, and the options of its file."""

    id: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    place: Place
    name: str = ""
    description: str = ""
    enabled: bool = True
    disabled_reason: str = ""
    #: Rules with a higher priority are evaluated before the others.
    priority: int = 0
    #: Whether an event on which this rule acts is not evaluated for later rules.
    stop: bool = False
    #: Whether the rule acts only on events for which no other rule sends the person a message.
    fallback: bool = False
    #: Whether the rule decides and renders everything, but sends and changes nothing.
    shadow: bool = False
    #: The share of people for whom the rule acts; None for everybody.
    rollout: Rollout | None = None
    #: The times at which the rule acts, as its file writes them: names of time intervals, any of
    #: which may be open, or times. Empty means always.
    active: str | Sequence[str] | Mapping[str, Any] = ()
    outside: str = "skip"  #: or "wait", until the next of these times begins
    limits: Limits = field(default_factory=Limits)
    #: For how many milliseconds the rule is held back after a colleague has answered by hand.
    pause_ms: int | None = None
    on_error_steps: tuple[Step, ...] = ()
    #: The `vars` of automator.yaml, replaced by the `vars` of the rule's file where both have one.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The shop's own texts that its actions name, by name.
    shop_texts: Mapping[str, str] = field(default_factory=dict)
    #: The names of the `vars` that the rule's file sets.
    own_vars: frozenset[str] = frozenset()

    def find_step(self, step_id: str) -> Step | None:
        """Returns the step with this id, anywhere in the rule."""
        return next((step for step in self.every_step() if step.id == step_id), None)

    def every_step(self) -> "Iterator[Step]":
        """Yields the steps and the steps of `on_error`, each followed by the steps inside it."""
        return every_step((*self.steps, *self.on_error_steps))

    def sequence(self, path: str) -> tuple[Step, ...]:
        """Returns the steps of a run with this path: all steps of the rule, the steps of a
        follow-up, or the steps from a question on.
        """
        if path == ON_ERROR_PATH:
            return self.on_error_steps
        if not path:
            return self.steps
        step = self.find_step(path)
        if step is None:
            return ()
        return steps_from(self.steps, path) if step.asks else step.steps
