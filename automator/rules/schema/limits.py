"""The pydantic models of `limits` in a rule file."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from automator.configuration.values import Duration, StrictModel, WholeNumber
from automator.model import N_
from automator.model.rules.limits import Concurrency, Debounce, Once, Throttle
from automator.reasons import ReasonKind
from automator.reasons.problems.shape import ONCE_OTHERWISE

#: A century, in seconds: a longer period is meant to be for ever.
_LONGEST_PERIOD_S = 100 * 366 * 86_400.0
#: Runs that one key of `throttle` may let through within its period.
_LARGEST_LIMIT = 1_000


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


class _KeyedSource(StrictModel):
    key: str = Field(
        min_length=1,
        description=N_("JMESPath; events with the same value are counted together."),
    )


class OnceSource(_KeyedSource):
    """One run for each key."""

    model_config = ConfigDict(title="'once'")
    usual: ClassVar[tuple[str, str]] = ("key", "event.actor.id")

    period: Duration | None = Field(
        default=None,
        gt=0,
        le=_LONGEST_PERIOD_S,
        description="After this time the rule may act again, as in 7d; without a period, never.",
    )

    def as_limit(self) -> Once:
        return Once(key=self.key, period_ms=_ms(self.period) if self.period else None)


class ThrottleSource(_KeyedSource):
    """At most this many runs for each key within a period."""

    model_config = ConfigDict(title="'throttle'")

    limit: WholeNumber = Field(ge=1, le=_LARGEST_LIMIT, description=N_("Runs, at most."))
    period: Duration = Field(
        gt=0,
        le=_LONGEST_PERIOD_S,
        description=N_("In any stretch of time this long, as in 1h."),
    )

    def as_limit(self) -> Throttle:
        return Throttle(key=self.key, limit=self.limit, period_ms=_ms(self.period))


class DebounceSource(_KeyedSource):
    """Events that come in a row make one run."""

    model_config = ConfigDict(title="'debounce'")

    quiet: Duration = Field(
        gt=0, le=86_400, description=N_("It acts when no event has come for this long, as in 30s.")
    )
    max_wait: Duration = Field(
        gt=0,
        le=7 * 86_400,
        description=N_("It acts this long after the first event, even if more come, as in 5m."),
    )

    def as_limit(self) -> Debounce:
        quiet_ms, max_wait_ms = _ms(self.quiet), _ms(self.max_wait)
        return Debounce(key=self.key, quiet_ms=quiet_ms, max_wait_ms=max_wait_ms)


class ConcurrencySource(_KeyedSource):
    """At most this many unfinished runs for each key."""

    model_config = ConfigDict(title="'concurrency'")

    limit: WholeNumber = Field(
        default=1, ge=1, le=_LARGEST_LIMIT, description="Unfinished runs, at most."
    )
    mode: Literal["queue", "skip", "restart"] = Field(
        default="queue",
        description=(
            "The treatment of a run beyond the limit: `queue` lets it wait for its place, "
            "`skip` holds it back, `restart` cancels the older runs with their follow-ups."
        ),
    )

    def as_limit(self) -> Concurrency:
        return Concurrency(key=self.key, limit=self.limit, mode=self.mode)


class LimitsSource(StrictModel):
    """The limits of a rule: how often it may act."""

    model_config = ConfigDict(title="'limits'")
    #: Keys that people expect here, and what is written instead.
    elsewhere: ClassVar[Mapping[str, ReasonKind]] = dict.fromkeys(
        ("cooldown", "once_per", "per_user", "per_person", "every", "period", "max", "rate", "key"),
        ONCE_OTHERWISE,
    )

    once: OnceSource | None = Field(default=None, description="One run for each key.")
    throttle: ThrottleSource | None = Field(
        default=None, description="At most this many runs for each key within a period."
    )
    debounce: DebounceSource | None = Field(
        default=None, description="Events that come in a row make one run, which sees all of them."
    )
    concurrency: ConcurrencySource | None = Field(
        default=None, description="At most this many unfinished runs for each key."
    )
