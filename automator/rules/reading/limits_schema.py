"""The pydantic models of `limits` in a rule file."""

from typing import Literal

from pydantic import ConfigDict, Field

from automator.configuration.values import Duration, StrictModel

#: A century, in seconds: whatever is longer is meant to be for ever.
_LONGEST_PERIOD_S = 100 * 366 * 86_400.0
#: Runs that one key of `throttle` may let through within its period.
_LARGEST_LIMIT = 1_000
_KEY = "JMESPath; events for which it gives the same are counted together."


class OnceSource(StrictModel):
    """One run for each key."""

    model_config = ConfigDict(title="'once'")

    key: str = Field(min_length=1, description=_KEY)
    period: Duration | None = Field(
        default=None,
        gt=0,
        le=_LONGEST_PERIOD_S,
        description="After this long there may be one again, as in 7d; never, if left out.",
    )


class ThrottleSource(StrictModel):
    """So many runs for each key within a period."""

    model_config = ConfigDict(title="'throttle'")

    key: str = Field(min_length=1, description=_KEY)
    limit: int = Field(ge=1, le=_LARGEST_LIMIT, description="Runs, at most.")
    period: Duration = Field(
        gt=0,
        le=_LONGEST_PERIOD_S,
        description="In any stretch of time this long, as in 1h.",
    )


class DebounceSource(StrictModel):
    """Events that come in a row make one run."""

    model_config = ConfigDict(title="'debounce'")

    key: str = Field(min_length=1, description=_KEY)
    quiet: Duration = Field(
        gt=0, le=86_400, description="It acts when no event has come for this long, as in 30s."
    )
    max_wait: Duration = Field(
        gt=0,
        le=7 * 86_400,
        description="It acts this long after the first event, even if more come, as in 5m.",
    )


class ConcurrencySource(StrictModel):
    """So many unfinished runs for each key."""

    model_config = ConfigDict(title="'concurrency'")

    key: str = Field(min_length=1, description=_KEY)
    limit: int = Field(default=1, ge=1, le=_LARGEST_LIMIT, description="Unfinished runs, at most.")
    mode: Literal["queue", "skip", "restart"] = Field(
        default="queue",
        description=(
            "What one too many does: `queue` waits for its turn, `skip` is held back, `restart` "
            "cancels the older ones with their follow-ups."
        ),
    )


class LimitsSource(StrictModel):
    """How often a rule may act."""

    model_config = ConfigDict(title="'limits'")

    once: OnceSource | None = Field(default=None, description="One run for each key.")
    throttle: ThrottleSource | None = Field(
        default=None, description="So many runs for each key within a period."
    )
    debounce: DebounceSource | None = Field(
        default=None, description="Events that come in a row make one run, which sees all of them."
    )
    concurrency: ConcurrencySource | None = Field(
        default=None, description="So many unfinished runs for each key."
    )
