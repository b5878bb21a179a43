"""The trigger of a rule: events, a schedule, or the absence of an event."""

from automator.model.event import hook_of
from automator.model.record import record


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
