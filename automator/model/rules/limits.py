"""Limits of a rule: as the file writes them, and with the key that counts for one run."""

from collections.abc import Iterator

from automator.model.record import record


@record
class Once:
    """One run for each key; with a period, one again when it is over."""

    key: str  #: JMESPath over what conditions see.
    period_ms: int | None = None


@record
class Throttle:
    """At most `limit` runs for each key within any stretch of time as long as the period."""

    key: str
    limit: int
    period_ms: int


@record
class Debounce:
    """Events with the same key are collected into one run, until it has been quiet for a while."""

    key: str
    #: The run acts this long after the last event.
    quiet_ms: int
    #: It acts this long after the first event, even if more come.
    max_wait_ms: int


@record
class Concurrency:
    """At most `limit` unfinished runs for each key."""

    key: str
    limit: int
    #: `queue`: the run waits for its place; `skip`: it is held back; `restart`: older ones end.
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
    """The limits of a rule. All have to let a run through before any of them counts it."""

    once: Once | None = None
    throttle: Throttle | None = None
    debounce: Debounce | None = None
    concurrency: Concurrency | None = None

    def __iter__(self) -> Iterator[Limit]:
        """The limits that are set."""
        found = (self.once, self.throttle, self.debounce, self.concurrency)
        return (limit for limit in found if limit is not None)


@record(kw_only=False)
class KeyedLimit:
    """A limit with the key that it has for one event, as JSON text."""

    limit: Limit
    key: str

    @property
    def name(self) -> str:
        """`once`, `throttle`, `debounce` or `concurrency`."""
        return LIMIT_NAMES[type(self.limit)]
