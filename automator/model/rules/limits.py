"""The limits of a rule, as its file declares them, and a limit with its key for one run."""

from collections.abc import Iterator

from automator.model.record import record

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
