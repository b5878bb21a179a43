"""Limits of a rule: as the file writes them, and with the key that counts for one run."""

from collections.abc import Iterator

from automator.model.record import record


@record
class Once:
    """One run per key; with a period, another one after the period is over."""

    key: str  #: JMESPath over what conditions see.
    period_ms: int | None = None


@record
class Throttle:
    """At most `limit` runs per key within any span of time as long as the period."""

    key: str
    limit: int
    period_ms: int


@record
class Debounce:
    """One run for several events with the same key, after a while without such an event."""

    key: str
    #: How long after the last event the run acts.
    quiet_ms: int
    #: How long after the first event it acts, even if more events come.
    max_wait_ms: int


@record
class Concurrency:
    """At most `limit` unfinished runs per key."""

    key: str
    limit: int
    #: `queue`: the run waits for its place; `skip`: it is held back; `restart`: older runs end.
    mode: str


Limit = Once | Throttle | Debounce | Concurrency
#: The name of a limit in rule files, in reasons and in the store.
LIMIT_NAMES: dict[type[Limit], str] = {
    Once: "once",
    Throttle: "throttle",
    Debounce: "debounce",
    Concurrency: "concurrency",
}


@record
class Limits:
    """The limits of a rule. All must let a run through before any of them counts it."""

    once: Once | None = None
    throttle: Throttle | None = None
    debounce: Debounce | None = None
    concurrency: Concurrency | None = None

    def __iter__(self) -> Iterator[Limit]:
        """Yields the limits that are set."""
        found = (self.once, self.throttle, self.debounce, self.concurrency)
        return (limit for limit in found if limit is not None)


@record(kw_only=False)
class KeyedLimit:
    """A limit with its key for one event, as JSON text."""

    limit: Limit
    key: str

    @property
    def name(self) -> str:
        """Returns `once`, `throttle`, `debounce` or `concurrency`."""
        return LIMIT_NAMES[type(self.limit)]
