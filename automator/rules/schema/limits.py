"""The pydantic models of `limits` in a rule file."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from automator.configuration.values import Duration, InForm, StrictModel, WholeNumber
from automator.model import N_
from automator.model.rules.limits import MOST_COLLECTED, Concurrency, Debounce, Once, Throttle
from automator.reasons import ReasonKind
from automator.reasons.problems.shape import rule_once_otherwise

#: The longest period: a century, in seconds. A longer period means for ever.
_LONGEST_PERIOD_S = 100 * 366 * 86_400.0
#: The highest `limit` of a `throttle`.
_LARGEST_LIMIT = 1_000


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


_Key = Annotated[
    str,
    Field(
        min_length=1, description=N_("JMESPath; events with the same value are counted together.")
    ),
]
_COUNTED = InForm(N_("Counted for each value of"), usual="event.actor.id")


class OnceSource(StrictModel):
    """One run for each key."""

    model_config = ConfigDict(title="'once'")
    usual: ClassVar[tuple[str, str]] = ("key", "event.actor.id")

    key: Annotated[
        _Key,
        InForm(
            N_("How often it acts"),
            shown="always",
            choices={
                "": N_("as often as it fits"),
                "event.actor.id": N_("once for each person"),
                "[event.actor.id, event.post.id]": N_("once for each person and post"),
            },
        ),
    ]
    period: Annotated[
        Duration | None,
        InForm(N_("Again after"), shown="beside", hint=N_("Empty means never again.")),
    ] = Field(
        default=None,
        gt=0,
        le=_LONGEST_PERIOD_S,
        description="After this time the rule may act again, as in 7d; without a period, never.",
    )

    def as_limit(self) -> Once:
        return Once(key=self.key, period_ms=_ms(self.period) if self.period else None)


class ThrottleSource(StrictModel):
    """At most this many runs for each key within a period."""

    model_config = ConfigDict(title="'throttle'")

    key: Annotated[_Key, _COUNTED]
    limit: Annotated[WholeNumber, InForm(N_("Times for one person, at most"), shown="always")] = (
        Field(ge=1, le=_LARGEST_LIMIT, description=N_("Runs, at most."))
    )
    period: Annotated[Duration, InForm(N_("within a time"), usual="1h", shown="always")] = Field(
        gt=0,
        le=_LONGEST_PERIOD_S,
        description=N_("In any stretch of time this long, as in 1h."),
    )

    def as_limit(self) -> Throttle:
        return Throttle(key=self.key, limit=self.limit, period_ms=_ms(self.period))


class DebounceSource(StrictModel):
    """Events that come in a row make one run."""

    model_config = ConfigDict(title="'debounce'")

    key: Annotated[_Key, _COUNTED]
    quiet: Annotated[
        Duration,
        InForm(N_("Waits until one person has written nothing more for a while"), shown="always"),
    ] = Field(
        gt=0, le=86_400, description=N_("It acts when no event has come for this long, as in 30s.")
    )
    max_wait: Annotated[Duration, InForm(N_("but no longer than"), usual="5m", shown="always")] = (
        Field(
            gt=0,
            le=7 * 86_400,
            description=N_("It acts this long after the first event, even if more come, as in 5m."),
        )
    )

    limit: Annotated[WholeNumber, InForm(N_("and not for more events than"))] = Field(
        default=MOST_COLLECTED,
        ge=2,
        le=MOST_COLLECTED,
        description=N_("It acts at once when this many events have come."),
    )

    def as_limit(self) -> Debounce:
        quiet_ms, max_wait_ms = _ms(self.quiet), _ms(self.max_wait)
        return Debounce(key=self.key, quiet_ms=quiet_ms, max_wait_ms=max_wait_ms, limit=self.limit)


class ConcurrencySource(StrictModel):
    """At most this many unfinished runs for each key."""

    model_config = ConfigDict(title="'concurrency'")

    key: Annotated[_Key, InForm(N_("Unfinished runs are counted for each value of"))]
    limit: Annotated[WholeNumber, InForm(N_("Unfinished runs at a time, at most"))] = Field(
        default=1, ge=1, le=_LARGEST_LIMIT, description="Unfinished runs, at most."
    )
    mode: Annotated[
        Literal["queue", "skip", "restart"],
        InForm(
            N_("What happens to one more"),
            choices={
                "queue": N_("it waits for its turn"),
                "skip": N_("it is left out"),
                "restart": N_("it takes the place of older ones"),
            },
        ),
    ] = Field(
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
    #: Keys that people expect here, with the advice for each.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = dict.fromkeys(
        ("cooldown", "once_per", "per_user", "per_person", "every", "period", "max", "rate", "key"),
        rule_once_otherwise,
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
