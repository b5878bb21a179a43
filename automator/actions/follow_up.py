"""`follow_up`: schedules steps for later, which an event can cancel."""

from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from automator.actions.inputs import Key
from automator.actions.when import next_moment_ms, parse_when, zone_named
from automator.clock import iso_time
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.configuration.values import Duration, StrictModel
from automator.model import N_, Reason, StartFollowUp, WrongValue
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import FOLLOWS_UP, FOLLOWS_UP_UNTIL
from automator.reasons.problems.values import ONE_TIME_NEEDED

_YEAR_S = 366 * 86400


class FollowUpInputs(StrictModel):
    """The time, the actions, and the event that cancels them."""

    after: Duration | None = Field(
        default=None, gt=0, le=_YEAR_S, description="How long to wait: `30m`, `20h`, `2d`."
    )
    at: str | None = Field(
        default=None,
        description="Or a time of day: `09:00` is the next one, `09:00 +1d` the one of tomorrow.",
    )
    timezone: str = Field(
        default=DEFAULT_ZONE,
        description="The zone of `at`, by its IANA name; that of `timezone` in automator.yaml where"
        " that is given.",
    )
    window: Duration | None = Field(
        default=None,
        gt=0,
        le=_YEAR_S,
        description="How late it may act, as in `2h`; after that it is cancelled. Default: ever.",
    )
    key: Key | None = Field(
        default=None,
        description="What tells it from other follow-ups of the person, such as the number of an "
        "order: `cancel_follow_ups` can name it.",
    )
    cancel_on: Any = Field(
        default=None,
        description="`{event: …, conditions: […]}`: the event of the same contact that makes it "
        "unnecessary.",
    )
    actions: Any = Field(description=N_("What to do then: a list like the rule's own `actions`."))

    @field_validator("at")
    @classmethod
    def _is_time_of_day(cls, value: str | None) -> str | None:
        if value is not None:
            parse_when(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        zone_named(value)
        return value

    @model_validator(mode="after")
    def _has_one_time(self) -> "FollowUpInputs":
        if (self.after is None) == (self.at is None):
            raise WrongValue(ONE_TIME_NEEDED())
        return self


class FollowUp(Action[FollowUpInputs]):
    """Schedules actions for later. They are cancelled when the event of `cancel_on` comes in."""

    name = "follow_up"
    inputs_model = FollowUpInputs
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"cancel_on", "actions"})
    reaches_out: ClassVar[bool] = False

    async def run(self, inputs: FollowUpInputs, context: StepContext) -> StepResult:
        if inputs.after is not None:
            run_at = context.now_ms + round(inputs.after * 1000)
        else:
            run_at = next_moment_ms(inputs.at or "", zone_named(inputs.timezone), context.now_ms)
        cancel_on = context.step.cancel_on
        start = StartFollowUp(
            path=context.step.id,
            run_at=run_at,
            cancel_on=cancel_on.as_data() if cancel_on is not None else None,
            until=None if inputs.window is None else run_at + round(inputs.window * 1000),
            zone=inputs.timezone,
            key=inputs.key,
        )
        return StepResult(
            summary=_summary(start, context.now_ms, inputs.timezone),
            output={"run_at": iso_time(run_at)},
            effects=(start,),
        )


def _summary(start: StartFollowUp, now_ms: int, timezone: str) -> Reason:
    """The time of the follow-up: how long from now, and on the clock of its zone."""
    wait, moment = start.run_at - now_ms, [start.run_at, timezone]
    if start.until is None:
        return FOLLOWS_UP(wait=wait, at=moment)
    return FOLLOWS_UP_UNTIL(wait=wait, at=moment, late=start.until - start.run_at)
