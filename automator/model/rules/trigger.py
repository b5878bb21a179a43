"""The trigger of a rule: events, a schedule, or something that does not come in time."""

from automator.model.event import hook_of
from automator.model.record import record


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
    #: Its events have the figures of so many days; 0 = none.
    summary_days: int = 0

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
    #: The JMESPath of the value that both events have in common.
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
