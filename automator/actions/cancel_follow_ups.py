"""`cancel_follow_ups`: cancels a person's waiting follow-ups."""

from typing import Annotated, ClassVar

from pydantic import Field

from automator.actions.inputs import Key
from automator.configuration.values import InForm, StrictModel
from automator.model import N_, Reason, SkippedStep
from automator.model import CancelFollowUps as CancelEffect
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts import actions
from automator.reasons.runs import cancelled_by_rule


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
            raise SkippedStep(actions.no_follow_ups(), code="no_contact")
        reason = cancelled_by_rule(rule=context.rule, run=context.run_id)
        return StepResult(
            summary=_summary(inputs),
            effects=(CancelEffect(rule=inputs.rule, key=inputs.key, reason=reason),),
        )


def _summary(inputs: CancelFollowUpsInputs) -> Reason:
    if inputs.rule and inputs.key:
        return actions.cancels_of_rule_with_key(rule=inputs.rule, key=inputs.key)
    if inputs.rule:
        return actions.cancels_of_rule(rule=inputs.rule)
    return actions.cancels_with_key(key=inputs.key) if inputs.key else actions.cancels_all()
