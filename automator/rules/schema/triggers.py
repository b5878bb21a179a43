"""The pydantic models of a trigger: events, schedules, and waits for events."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from automator.configuration.time_intervals import DEFAULT_ZONE, Zone
from automator.configuration.values import (
    Duration,
    InForm,
    OneOrMany,
    Rate,
    StrictModel,
    WholeNumber,
)
from automator.model import N_, WrongValue
from automator.reasons import ReasonKind
from automator.reasons.problems import triggers
from automator.reasons.problems.shape import rule_condition_elsewhere

#: How many people a second a firing takes, so that webhooks come first.
MOST_PER_SECOND = 20
USUAL_PER_SECOND = 5.0


class ScheduleSource(StrictModel):
    """The times at which a rule fires by itself."""

    model_config = ConfigDict(title=N_("a schedule"))
    usual: ClassVar[tuple[str, str]] = ("cron", "0 9 * * *")

    cron: Annotated[str | None, InForm(N_("At which times, as a cron line"))] = Field(
        default=None,
        description="Minute, hour, day of the month, month and day of the week, as in "
        '`"0 9 * * mon-fri"`.',
    )
    timezone: Annotated[Zone, InForm(N_("Time zone"))] = Field(
        default=DEFAULT_ZONE,
        description="The time zone of `cron`, by its IANA name; without it, that of "
        "`timezone` in automator.yaml.",
    )
    every: Annotated[Duration | None, InForm(N_("Always after the same time"))] = Field(
        default=None,
        description="Or always the same interval, as in `15m`, counted from 1970 in UTC, so "
        "that `1h` is every full hour.",
    )
    missed: Annotated[
        Literal["run_once", "skip"],
        InForm(
            N_("If no server ran at a time"),
            choices={
                "run_once": N_("it fires once later"),
                "skip": N_("it waits for the next time"),
            },
        ),
    ] = Field(
        default="run_once",
        description="What to do about times at which no server ran: `run_once` fires once for all "
        "of them, `skip` waits for the next.",
    )

    summary: Annotated[Duration | None, InForm(N_("With the figures of the last days"))] = Field(
        default=None,
        ge=86_400,
        le=31 * 86_400,
        description="The event has the figures of the last days, as in `7d`, as "
        "`event.data.summary`: from `1d` to `31d`.",
    )

    @field_validator("every")
    @classmethod
    def _is_not_too_often(cls, value: float | None) -> float | None:
        if value is not None and not 10 <= value <= 366 * 86_400:
            raise WrongValue(triggers.trigger_rhythm_out_of_range())
        return value

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> "ScheduleSource":
        if (self.cron is None) == (self.every is None):
            raise WrongValue(triggers.trigger_two_rhythms())
        if self.every is not None and "timezone" in self.model_fields_set:
            raise WrongValue(triggers.trigger_every_has_no_zone())
        return self


class AudienceSource(StrictModel):
    """The people for whom a schedule fires."""

    model_config = ConfigDict(title="'contacts'")
    usual: ClassVar[tuple[str, str]] = ("connection", "shop")

    connection: Annotated[str, InForm(N_("For the people of which connection"), shown="beside")] = (
        Field(min_length=1, description=N_("The connection that writes to them."))
    )
    tag: Annotated[
        str, InForm(N_("Only people with this tag (empty means all)"), shown="beside")
    ] = Field(default="", description=N_("Only people with this tag."))
    value: Annotated[str, InForm(N_("Only people with a remembered value of this name"))] = Field(
        default="", description=N_("Only people with a remembered value of this name.")
    )
    text: Annotated[
        str, InForm(N_("Only people with this in their name or in a remembered value"))
    ] = Field(
        default="",
        description=N_("Only people with this in their name, id or a remembered value."),
    )
    most: Annotated[
        WholeNumber,
        InForm(N_("At most so many people each time (10,000 when empty)"), shown="beside"),
    ] = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description=N_("How many people one firing takes at most."),
    )
    rate: Annotated[Rate | None, InForm(N_("How many people in a time"))] = Field(
        default=None,
        description=N_("How many it takes at most in a time, as in `100/m`; `5/s` when not given."),
    )

    @field_validator("rate")
    @classmethod
    def _is_bearable(cls, value: float | None) -> float | None:
        if value is not None and value > MOST_PER_SECOND:
            raise WrongValue(triggers.trigger_rate_of_people(most=MOST_PER_SECOND))
        return value


class _WaitSource(StrictModel):
    """A wait for an event with the same value as the event that begins it."""

    within: Annotated[Duration, InForm(N_("Within which time"))] = Field(
        description=N_("How long it waits, as in `30m`.")
    )
    key: Annotated[str, InForm(N_("The value that both events have, as an expression"))] = Field(
        description=N_(
            "A JMESPath expression for the value that both events share, as in `event.data.id`."
        )
    )

    @field_validator("within")
    @classmethod
    def _can_be_waited_for(cls, value: float) -> float:
        if not 1 <= value <= 366 * 86_400:
            raise WrongValue(triggers.trigger_wait_out_of_range())
        return value


class BothSource(_WaitSource):
    """The rule acts when two events have come, in any order."""

    model_config = ConfigDict(title="'both'")

    of: Annotated[OneOrMany, InForm(N_("Two events that must both come (one on each line)"))] = (
        Field(description=N_("Names of the two events."))
    )


class AbsenceSource(_WaitSource):
    """The rule acts when something does not come in time."""

    model_config = ConfigDict(title=N_("an absence"))

    of: Annotated[OneOrMany, InForm(N_("Events that do not come (one on each line)"))] = Field(
        description=N_("Names of the events that end the wait.")
    )
    after: Annotated[OneOrMany, InForm(N_("After these events (one on each line)"))] = Field(
        description=N_("Names of the events that begin it.")
    )


class TriggerSource(StrictModel):
    """The events that a rule listens to."""

    model_config = ConfigDict(title=N_("a trigger"))
    usual: ClassVar[tuple[str, str]] = ("event", "comment.created")
    #: Keys that people expect here, and where they belong instead.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = {
        **dict.fromkeys(("cron", "every", "timezone"), triggers.trigger_below_schedule),
        **dict.fromkeys(("of", "after", "within"), triggers.trigger_below_absence),
        **dict.fromkeys(
            ("keywords", "keyword", "contains", "match", "filter", "if", "conditions"),
            rule_condition_elsewhere,
        ),
        **dict.fromkeys(("tag", "value", "text", "most", "rate"), triggers.trigger_below_contacts),
    }

    event: Annotated[OneOrMany, InForm(N_("Events (one on each line)"))] = Field(
        default=(), description="Names of events; `*` matches anything."
    )
    connection: Annotated[OneOrMany, InForm(N_("Only at these connections (one on each line)"))] = (
        Field(
            default=(),
            description="Names of connections. One that names several accounts means all of them; "
            "to name one of them, add its id, as in `shop-page.5647382910`.",
        )
    )
    provider: Annotated[
        OneOrMany, InForm(N_("Only from these kinds of senders (one on each line)"))
    ] = Field(default=(), description="Kinds of senders.")
    include_self: Annotated[bool, InForm(N_("Also what your own page or bot has done"))] = Field(
        default=False, description="Also events that our own page or bot has caused."
    )
    schedule: ScheduleSource | None = Field(
        default=None, description="Or the rule fires by itself, at these times."
    )
    contacts: AudienceSource | None = Field(
        default=None,
        description=N_("It fires for each of these people; the rule's conditions pick among them."),
    )
    both: BothSource | None = Field(
        default=None, description=N_("Or it acts when two events have both come.")
    )
    absence: AbsenceSource | None = Field(
        default=None, description="Or it acts when something does not come in time."
    )
