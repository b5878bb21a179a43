"""The trigger of a rule: events, a schedule, or the absence of an event."""

from automator.model.event import hook_of
from automator.model.record import record


@record
class Schedule:
    """The times at which a rule fires: by a cron line in a zone, or at equal intervals."""

    #: As the file writes it.
    written: str
    #: It fires when any of these lines does; empty if `every_ms` decides. The fields of a line:
    #: minutes, hours, days of the month, months, days of the week, with every value written out.
    cron: tuple[tuple[str, ...], ...] = ()
    timezone: str = "UTC"
    #: Milliseconds between two fires, counted from the beginning of 1970, UTC.
    every_ms: int = 0
    missed: str = "run_once"  #: or "skip": what to do about fires while no server ran
    #: For how many days its events have figures; 0 for none.
    summary_days: int = 0

    @property
    def definition(self) -> str:
        """Returns the values that decide the times: a schedule with other values begins anew."""
        if self.every_ms:
            return f"every {self.every_ms}"
        lines = " or ".join(" ".join(line) for line in self.cron)
        return f"{lines} {self.timezone}"


@record
class Audience:
    """The people for whom a schedule fires: the contacts of a connection that it selects."""

    connection: str
    #: A tag that they have; "" selects any, as in the two fields below.
    tag: str = ""
    #: The name of a remembered value that they have.
    value: str = ""
    #: A part of their name, their id or a remembered value.
    text: str = ""
    #: How many people one firing includes.
    most: int
    #: How many people per second a firing takes.
    per_second: float


@record
class Absence:
    """The rule acts if no awaited event comes in time after its event."""

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
    #: The people for each of whom it fires; it acts on each person's event.
    audience: Audience | None = None
    #: The wait that `events` begin, at whose end the rule acts.
    absence: Absence | None = None

    @property
    def has_nobody(self) -> bool:
        """Whether its events have no person: it fires by itself, and not for people."""
        return self.schedule is not None and self.audience is None

    def hears(self, connection: str) -> bool:
        """Whether it listens to a connection, named directly or through the connection of its
        account.
        """
        return (
            not self.connections
            or connection in self.connections
            or hook_of(connection) in self.connections
        )
