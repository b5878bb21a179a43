"""`remember`: stores values and tags with the contact."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, model_validator

from automator.actions.inputs import Text, require_names
from automator.configuration.values import InForm, StrictModel
from automator.http.json_body import dump_json
from automator.model import N_, Block, Effect, OptOut, PermanentError, Reason, WrongValue, format_id
from automator.model import Remember as RememberEffect
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts import actions
from automator.reasons.problems.inputs import value_nothing_to_remember
from automator.reasons.runs import together

#: How many bytes of JSON a contact's values and tags may have together.
MAX_CONTACT_BYTES = 65_536


class Tags(StrictModel):
    """Changes to the contact's tags."""

    usual: ClassVar[tuple[str, str]] = ("add", "[…]")

    add: Annotated[
        tuple[Text, ...], InForm(N_("Tags to give (one on each line)"), shown="always")
    ] = Field(default=(), description="Tags to give.")
    remove: Annotated[tuple[Text, ...], InForm(N_("Tags to take away (one on each line)"))] = Field(
        default=(), description="Tags to take away."
    )


class RememberInputs(StrictModel):
    """The values to keep, by name. `tags`, `opted_out` and `blocked` have special meanings."""

    model_config = ConfigDict(extra="allow", frozen=True)

    tags: Tags | None = Field(
        default=None, description="`{add: [...], remove: [...]}`: the contact's tags."
    )
    opted_out: Annotated[bool | None, InForm(N_("Wants no more private messages"))] = Field(
        default=None,
        description="true: the contact gets no private messages any more; false: they do again.",
    )

    blocked: Annotated[bool | None, InForm(N_("Is blocked: no rule acts for them"))] = Field(
        default=None,
        description="true: no rule acts for the contact any more; false: rules do again.",
    )

    @model_validator(mode="after")
    def _has_something(self) -> "RememberInputs":
        require_names(self.values)
        special = (self.tags, self.opted_out, self.blocked)
        if not self.values and all(given is None for given in special):
            raise WrongValue(value_nothing_to_remember())
        return self

    @property
    def values(self) -> dict[str, Any]:
        """Returns the values to keep by name, without `tags`, `opted_out` and `blocked`."""
        return self.__pydantic_extra__ or {}


class Remember(Action[RememberInputs]):
    """Stores values as `contact.state.NAME`, and changes the contact's tags, opt-out and block."""

    name = "remember"
    words = N_("remembers")
    inputs_model = RememberInputs
    example: ClassVar[Mapping[str, Any]] = {"tags": {"add": [N_("asked")]}}
    needs_person: ClassVar[bool] = True
    reaches_out: ClassVar[bool] = False

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Sequence[str] | None]:
        return dict.fromkeys(inputs.keys() - RememberInputs.model_fields.keys())

    async def run(self, inputs: RememberInputs, context: StepContext) -> StepResult:
        actor = context.scope["event"].get("actor") or {}
        if actor.get("id") is None:
            raise PermanentError(actions.no_contact())
        tags = inputs.tags or Tags()
        kept = RememberEffect(values=inputs.values, add_tags=tags.add, remove_tags=tags.remove)
        _require_room(context.scope.get("contact") or {}, kept)
        effects: list[Effect] = []
        if inputs.values or inputs.tags:
            effects.append(kept)
        by = f"{context.rule}, run {format_id(context.run_id)}"
        if inputs.opted_out is not None:
            effects.append(OptOut(opted_out=inputs.opted_out, by=by))
        if inputs.blocked is not None:
            effects.append(Block(blocked=inputs.blocked, by=by))
        return StepResult(
            summary=_summary(inputs, tags),
            output=inputs.values,
            effects=tuple(effects),
        )


def _summary(inputs: RememberInputs, tags: Tags) -> Reason:
    names = [*inputs.values, *(f"+{tag}" for tag in tags.add), *(f"-{t}" for t in tags.remove)]
    noted = [actions.remembered(names=names)] if names else []
    if inputs.opted_out is not None:
        noted.append(actions.noted_opt_out() if inputs.opted_out else actions.noted_opt_in())
    if inputs.blocked is not None:
        noted.append(actions.noted_block() if inputs.blocked else actions.noted_unblock())
    if not noted:
        return actions.remembered_nothing()
    return reduce(lambda first, second: together(first=first, second=second), noted)


def bytes_kept(contact: Mapping[str, Any], effect: RememberEffect) -> int:
    """Returns how many bytes of JSON the contact's values and tags will have after the change."""
    kept = {**(contact.get("state") or {}), **effect.values}
    state = {name: value for name, value in kept.items() if name not in effect.forget}
    tags = {*(contact.get("tags") or ()), *effect.add_tags} - set(effect.remove_tags)
    return len(dump_json([state, sorted(tags)]))


def _require_room(contact: Mapping[str, Any], effect: RememberEffect) -> None:
    """Refuses a change that makes the contact too large, for example a new tag for each message.

    Raises:
        PermanentError: the contact would hold more than MAX_CONTACT_BYTES.
    """
    size = bytes_kept(contact, effect)
    if size > MAX_CONTACT_BYTES:
        reason = actions.contact_keeps_too_much(kib=size // 1024, most=MAX_CONTACT_BYTES // 1024)
        raise PermanentError(reason, code="too_much_kept")
