"""`moderate`: hides, unhides, deletes or likes the comment of an event, or bans its person."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from automator.configuration.values import InForm, StrictModel
from automator.model import N_
from automator.model.event import places_of
from automator.plugins import Action, Outgoing, StepContext, StepResult

_Kind = Literal["hide", "unhide", "delete", "like", "ban", "unban"]
_KINDS = get_args(_Kind)
#: The operations that need a comment that still exists.
_OF_COMMENT = frozenset({"hide", "unhide", "like"})


class ModerateInputs(StrictModel):
    """The change of the comment."""

    do: Annotated[
        _Kind,
        InForm(
            N_("What to do with the comment, or who wrote it"),
            shown="always",
            choices={
                "hide": N_("hide it"),
                "unhide": N_("show it again"),
                "delete": N_("delete it"),
                "like": N_("like it"),
                "ban": N_("ban who wrote it"),
                "unban": N_("let them write again"),
            },
        ),
    ] = Field(
        description=N_(
            "`hide`, `unhide`, `delete` or `like` for the comment; `ban` or `unban` for the person."
        )
    )


class Moderate(Action[ModerateInputs]):
    """Hides, shows again, deletes or likes the comment of the event, or bans its person."""

    name = "moderate"
    words = N_("moderates the comment")
    inputs_model = ModerateInputs
    example: ClassVar[Mapping[str, Any]] = {"do": "hide"}
    shorthand: ClassVar[str] = "do"

    def sends(self, inputs: Mapping[str, Any]) -> str:
        """Returns the operation; "" if a template decides it."""
        return str(inputs.get("do")) if inputs.get("do") in _KINDS else ""

    async def run(self, inputs: ModerateInputs, context: StepContext) -> StepResult:
        event = context.scope["event"]
        if inputs.do in _OF_COMMENT:
            places = places_of(event)
            await context.may_speak(None, is_private=False, places=places, is_counted=False)
        sent = await context.provider.send(
            Outgoing(
                kind=inputs.do,
                event=event,
                idempotency_key=context.idempotency_key,
            ),
            context.http,
        )
        return StepResult(summary=sent.summary, output=sent.output)
