"""`follow_up` and `cancel_follow_ups`: schedule steps for later, which an event can cancel."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, field_validator, model_validator

from automator.actions.inputs import Key
from automator.clock import instant_ms, iso_time
from automator.configuration.everyday_times import meant_time_of_day
from automator.configuration.time_intervals import DEFAULT_ZONE, ActiveTimes
from automator.configuration.values import Duration, InForm, StrictModel
from automator.model import N_, Reason, SkippedStep, StartFollowUp, WrongValue
from automator.model import CancelFollowUps as CancelEffect
from automator.plugins import Action, StepContext, StepResult
from automator.reasons import Moment, ReasonKind
from automator.reasons.attempts import actions as reasons
from automator.reasons.limits import due_outside, would_be_outside
from automator.reasons.problems import inputs as mistakes
from automator.reasons.problems import rules
from automator.reasons.runs import cancelled_by_rule

_YEAR_S = 366 * 86400
#: How many follow-ups one sequence may have.
MOST_IN_SEQUENCE = 20


class Between(StrictModel):
    """A wait of random length for each follow-up, so that answers do not look automatic."""

    model_config = ConfigDict(title="'after'")
    usual: ClassVar[tuple[str, str]] = ("between", "[20s, 90s]")

    between: tuple[Duration, ...] = Field(
        description="The shortest and the longest wait, as in `[20s, 90s]`.",
        json_schema_extra={"minItems": 2, "maxItems": 2},
    )

    @field_validator("between")
    @classmethod
    def _has_room(cls, span: tuple[float, ...]) -> tuple[float, ...]:
        if len(span) != 2 or not 0 <= span[0] < span[1] <= _YEAR_S:
            raise WrongValue(mistakes.value_no_room_between())
        return span


class _Planned(StrictModel):
    """The time of a follow-up, and its actions."""

    #: Keys that authors write here by mistake, each with the reason that names the right key.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = {
        **dict.fromkeys(("hours", "times", "days", "quiet_hours"), rules.rule_hours_are_active),
        **dict.fromkeys(("sequence", "steps", "then", "messages"), rules.rule_sequence_is_next),
    }

    after: Annotated[
        Annotated[Duration, Field(gt=0, le=_YEAR_S)] | Between | None,
        InForm(
            N_("After how long"),
            unit=N_("as in 30m, 20h or 2d, or 20s - 90s for a random time"),
            widget="wait",
            shown="always",
        ),
    ] = Field(
        default=None,
        description="How long to wait: `30m`, `20h`, `2d`, or `{between: [20s, 90s]}` for a random"
        " time between the two.",
    )
    at: Annotated[str | None, InForm(N_("At which time"))] = Field(
        default=None,
        description="Or a time of day: `09:00` is the next one, `09:00 +1d` the one of tomorrow.",
    )
    within: Annotated[Duration | None, InForm(N_("Not later than"))] = Field(
        default=None,
        gt=0,
        le=_YEAR_S,
        description="How late it may act, as in `2h`; after that it is cancelled. Default: ever.",
    )
    actions: Annotated[Any, InForm(N_("What to do then"))] = Field(
        description=N_("What to do then: a list like the rule's own `actions`.")
    )

    @field_validator("at")
    @classmethod
    def _is_time_of_day(cls, value: str | None) -> str | None:
        if value is not None:
            parse_when(value)
        return value

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.after is None) == (self.at is None):
            raise WrongValue(mistakes.value_one_time_needed())
        return self


class NextInputs(_Planned):
    """A follow-up of a sequence, other than the first one."""

    model_config = ConfigDict(title="'next'")
    #: Keys that authors write here by mistake: they belong to the first follow-up.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = dict.fromkeys(
        ("active", "cancel_on", "key", "timezone", "next"), rules.rule_beside_next
    )


class FollowUpInputs(_Planned):
    """The time of a follow-up, its actions, and the event that cancels it."""

    timezone: Annotated[str, InForm(N_("Time zone"))] = Field(
        default=DEFAULT_ZONE,
        description="The time zone of `at`, by its IANA name. Default: `timezone` in"
        " automator.yaml, if it is set.",
    )
    active: Annotated[
        ActiveTimes,
        InForm(
            N_("When it may act; at other times it waits"),
            unit=N_("as in mon-sat 08:00-21:00"),
            widget="active",
            shown="always",
        ),
    ] = Field(
        default=(),
        description="When it may act: names of `time_intervals`, or times such as"
        ' `{times: "08:00-21:00"}`. At other times it waits until they begin.',
    )
    key: Annotated[Key | None, InForm(N_("A key that tells it from other follow-ups"))] = Field(
        default=None,
        description="A key that distinguishes it from other follow-ups of the person, such as "
        "the number of an order: `cancel_follow_ups` can name it.",
    )
    cancel_on: Annotated[
        Any, InForm(N_("Not if the person writes before that"), widget="answered", shown="always")
    ] = Field(
        default=None,
        description="`{event: …, conditions: […]}`: the event of the same contact that makes it "
        "unnecessary.",
    )
    next: Annotated[list[dict[str, Any]] | None, InForm(N_("What follows later"))] = Field(
        default=None,
        min_length=1,
        max_length=MOST_IN_SEQUENCE - 1,
        description="The later follow-ups, as in `[{after: 1d, actions: […]}]`: each waits "
        "from the end of the one before it, and has the same `active`, `key` and `cancel_on`.",
    )

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        zone_named(value)
        return value


class FollowUp(Action[FollowUpInputs]):
    """Schedules actions for later. They are cancelled when the event of `cancel_on` comes in."""

    name = "follow_up"
    words = N_("acts again after")
    inputs_model = FollowUpInputs
    example: ClassVar[Mapping[str, Any]] = {
        "after": "12h",
        "active": {"times": "08:00-21:00"},
        "cancel_on": {"event": "message.received"},
        "actions": [{"message": N_("Are you still interested?")}],
    }
    following_model = NextInputs
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"active", "cancel_on", "actions", "next"})
    reaches_out: ClassVar[bool] = False
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {"run_at": None}

    async def run(self, inputs: FollowUpInputs, context: StepContext) -> StepResult:
        drawn_of: tuple[int, int] | None = None
        if isinstance(inputs.after, Between):
            least, most = drawn_of = _span_ms(inputs.after)
            due = context.now_ms + least + round(context.drawn() * (most - least))
        elif inputs.after is not None:
            due = context.now_ms + round(inputs.after * 1000)
        else:
            due = next_moment_ms(inputs.at or "", zone_named(inputs.timezone), context.now_ms)
        until = None if inputs.within is None else due + round(inputs.within * 1000)
        run_at, note = _when_active(due, until, inputs.timezone, context)
        cancel_on = context.step.cancel_on
        start = StartFollowUp(
            path=context.step.id,
            run_at=run_at,
            cancel_on=cancel_on.as_data() if cancel_on is not None else None,
            until=until,
            zone=inputs.timezone,
            key=inputs.key,
            note=note,
            part=context.step.part,
        )
        summary = _summary(start, context.now_ms, inputs.timezone, None if note else drawn_of)
        if note is not None:
            # The plan of the follow-up shows its time already.
            outside = would_be_outside(at=note.params["at"], calendar=note.params["calendar"])
            summary = reasons.follows_up_later(planned=summary, because=outside)
        if start.part is not None:
            number, count = start.part
            summary = reasons.follows_up_in_sequence(planned=summary, number=number, count=count)
        return StepResult(
            summary=summary,
            output={"run_at": iso_time(run_at)},
            effects=(start,),
        )


def _when_active(
    due: int, until: int | None, zone: str, context: StepContext
) -> tuple[int, Reason | None]:
    """Returns the time of a follow-up, and the reason if it is later than `due`.

    Raises:
        SkippedStep: the follow-up's `active` times have no moment before `until`.
    """
    calendar = context.calendar
    if calendar is None or calendar.is_open(due):
        return due, None
    at: Moment = [due, calendar.zone_name]
    # Tests of rules expect the opening time itself.
    run_at = calendar.spread_opening(due, 0 if context.is_rehearsal else context.drawn())
    if run_at is None:
        raise SkippedStep(reasons.follow_up_never(due=at, calendar=calendar.name))
    if until is not None and run_at > until:
        opens = [calendar.next_opening(due), calendar.zone_name]
        raise SkippedStep(
            reasons.follow_up_too_late(
                due=at, calendar=calendar.name, opens=opens, until=[until, zone]
            )
        )
    return run_at, due_outside(at=at, calendar=calendar.name, until=[run_at, calendar.zone_name])


def _span_ms(after: Between) -> tuple[int, int]:
    """Returns the shortest and the longest wait, in milliseconds."""
    least, most = after.between
    return round(least * 1000), round(most * 1000)


def _summary(
    start: StartFollowUp, now_ms: int, timezone: str, drawn_of: tuple[int, int] | None
) -> Reason:
    """Describes the time of the follow-up: the wait, and the time in its zone.

    `drawn_of`: the shortest and the longest wait, if the wait was drawn at random.
    """
    wait = start.run_at - now_ms
    moment: Moment = [start.run_at, timezone]
    if drawn_of is not None:
        least, most = drawn_of
        if start.until is None:
            return reasons.follows_up_drawn(wait=wait, least=least, most=most, at=moment)
        late = start.until - start.run_at
        return reasons.follows_up_drawn_until(
            wait=wait, least=least, most=most, at=moment, late=late
        )
    if start.until is None:
        return reasons.follows_up(wait=wait, at=moment)
    return reasons.follows_up_until(wait=wait, at=moment, late=start.until - start.run_at)


class CancelFollowUpsInputs(StrictModel):
    """The inputs of `cancel_follow_ups`; without any, all of the person's follow-ups end."""

    rule: Annotated[
        Key | None,
        InForm(N_("Follow-ups of which rule"), shown="always", choices={"": N_("every rule")}),
    ] = Field(default=None, description="Only follow-ups of the rule with this id.")
    key: Annotated[Key | None, InForm(N_("Only follow-ups with this key"))] = Field(
        default=None, description="Only those whose `key` is this one."
    )


class CancelFollowUps(Action[CancelFollowUpsInputs]):
    """Cancels the waiting follow-ups of the event's person. A follow-up that has begun goes on."""

    name = "cancel_follow_ups"
    words = N_("cancels follow-ups")
    inputs_model = CancelFollowUpsInputs
    shorthand: ClassVar[str] = "rule"
    rule_inputs: ClassVar[frozenset[str]] = frozenset({"rule"})
    skips_without_person: ClassVar[bool] = True
    reaches_out: ClassVar[bool] = False

    async def run(self, inputs: CancelFollowUpsInputs, context: StepContext) -> StepResult:
        actor = context.scope["event"].get("actor") or {}
        if actor.get("id") is None:
            raise SkippedStep(reasons.no_follow_ups(), code="no_contact")
        reason = cancelled_by_rule(rule=context.rule, run=context.run_id)
        return StepResult(
            summary=_cancelled(inputs),
            effects=(CancelEffect(rule=inputs.rule, key=inputs.key, reason=reason),),
        )


def _cancelled(inputs: CancelFollowUpsInputs) -> Reason:
    if inputs.rule and inputs.key:
        return reasons.cancels_of_rule_with_key(rule=inputs.rule, key=inputs.key)
    if inputs.rule:
        return reasons.cancels_of_rule(rule=inputs.rule)
    return reasons.cancels_with_key(key=inputs.key) if inputs.key else reasons.cancels_all()


# --- Times of day in a time zone: `09:00`, `09:00 +1d` ---


_WHEN = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?:\s+\+(?P<days>[0-9]{1,3})d)?"
)


def zone_named(name: str) -> ZoneInfo:
    """Returns the time zone with this IANA name.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongValue(mistakes.value_zone_misspelt(zone=name)) from error


def parse_when(text: str) -> tuple[time, int | None]:
    """Reads a time of day and a number of days; None means the next moment with this time of day.

    Raises:
        ValueError: the text is no time of day.
    """
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        better = meant_time_of_day(text)
        problem = mistakes.value_clock_time_spelt_out(text=text, better=better) if better else None
        raise WrongValue(problem or mistakes.value_not_a_clock_time(text=text))
    moment = time(int(found["hour"]), int(found["minute"]))
    return moment, None if found["days"] is None else int(found["days"])


def next_moment_ms(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """Returns the millisecond that `text` means, never before now.

    `09:00` is the next nine o'clock, `09:00 +1d` nine o'clock tomorrow. A time that the zone skips
    (summer time begins) becomes the first existing time after it; if a time occurs twice (summer
    time ends), the first one counts.

    Raises:
        ValueError: the text is no time of day.
    """
    moment, days = parse_when(text)
    today = datetime.combine(datetime.fromtimestamp(now_ms / 1000, zone).date(), moment)
    if days is not None:
        return max(now_ms, instant_ms(today + timedelta(days=days), zone))
    at_ms = instant_ms(today, zone)
    return at_ms if at_ms >= now_ms else instant_ms(today + timedelta(days=1), zone)
