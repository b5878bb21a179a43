"""Actions that send a message to a person: `reply`, `private_reply`, `message` and `write`.

`SpeakingAction` has what they share: permission, variants, the message, and the times at which a
platform accepts messages. `ask` in `ask.py` is one of them, too.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field, ValidationInfo, model_validator

from automator.actions.inputs import Text, is_written
from automator.configuration.values import InForm, StrictModel
from automator.model import (
    N_,
    Echo,
    Effect,
    LinkContact,
    MessagingPolicy,
    PermanentError,
    SkippedStep,
    WrongValue,
)
from automator.model.event import places_of
from automator.plugins import Action, Outgoing, OutgoingKind, Provider, StepContext, StepResult
from automator.plugins.buttons import require_buttons
from automator.plugins.outgoing import check_length, time_of
from automator.reasons import ReasonKind
from automator.reasons.attempts import actions
from automator.reasons.attempts.sending import no_mentions
from automator.reasons.attempts.steps import confirmed
from automator.reasons.problems.addresses import address_without_scheme
from automator.reasons.problems.inputs import (
    value_button_as_text,
    value_button_does_one_thing,
    value_buttons_and_quick_replies,
    value_buttons_need_text,
    value_says_nothing,
    value_template_stands_alone,
    value_text_and_one_of,
    value_via_without_to,
)

# --- The inputs for the content of a message, which all of these actions have ---


_ADDRESS = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


class Attachment(StrictModel):
    """A picture or a file that goes with a text."""

    type: str = Field(
        default="image", description="`image`, `video`, `audio` or `file`.", min_length=1
    )
    url: str = Field(
        description=N_("The address from which the provider fetches it."), min_length=1
    )


class Button(StrictModel):
    """A button below a text."""

    #: The reason that is reported if a rule file has a text where a button belongs.
    of_text: ClassVar[ReasonKind[...]] = value_button_as_text

    text: Text = Field(description=N_("The text on the button."), min_length=1)
    url: str | None = Field(
        default=None, description=N_("The address that it opens."), min_length=1
    )
    payload: Text | None = Field(
        default=None,
        description="Or the text that comes back when somebody taps it: `event.button.id` of"
        " `button.clicked`.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _does_one_thing(self, info: ValidationInfo) -> "Button":
        if (self.url is None) == (self.payload is None):
            raise WrongValue(value_button_does_one_thing())
        # A literal address is checked while the rule file is read. The rendered address is checked
        # here, because a person may have written it.
        if self.url is not None and not (is_written(info) or _ADDRESS.match(self.url)):
            raise WrongValue(address_without_scheme(self.url))
        return self

    def as_data(self) -> Mapping[str, str]:
        """Returns the button in the form that providers read."""
        given = {"text": self.text, "url": self.url, "payload": self.payload}
        return {name: value for name, value in given.items() if value is not None}


class ContentInputs(StrictModel):
    """The text to send."""

    usual: ClassVar[tuple[str, str]] = ("one_of", "[…, …]")

    text: Annotated[Text | None, InForm(N_("Text"), shown="always")] = Field(
        default=None, description=N_("The text to send.")
    )
    one_of: Annotated[tuple[Text, ...], InForm(N_("Another text, to take turns"))] = Field(
        default=(),
        description="Several texts instead of `text`: each run sends one of them, never the "
        "same twice in a row.",
    )
    attachments: Annotated[
        tuple[Attachment, ...],
        InForm(
            N_("Pictures or files (the address of each on a line)"),
            hint=N_("Before an address that is no picture, its kind: video | https://…"),
            widget="files",
        ),
    ] = Field(
        default=(), description="Pictures or files to send along, each with `type` and `url`."
    )
    quick_replies: Annotated[
        tuple[Text, ...], InForm(N_("Answers to tap (one on each line)"), shown="always")
    ] = Field(
        default=(), description="Answers that the person can tap, where the provider has them."
    )

    buttons: Annotated[
        tuple[Button, ...],
        InForm(
            N_("Buttons (on each line: its text | the address or the answer)"),
            widget="buttons",
            shown="always",
        ),
    ] = Field(
        default=(),
        description="Buttons below the text, where the provider has them, each with `text` and"
        " `url` or `payload`. One picture beside them makes a card.",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ContentInputs":
        if self.text is not None and self.one_of:
            raise WrongValue(value_text_and_one_of())
        if not self.says_something():
            raise WrongValue(value_says_nothing())
        if self.buttons and self.text is None and not self.one_of:
            raise WrongValue(value_buttons_need_text())
        if self.buttons and self.quick_replies:
            raise WrongValue(value_buttons_and_quick_replies())
        return self

    def says_something(self) -> bool:
        """Whether the message has any content."""
        return self.text is not None or bool(self.one_of or self.attachments)

    def words(self, variant: int | None) -> str:
        """Returns the text to send: the only one, or the variant with this number."""
        return self.one_of[variant or 0] if self.one_of else self.text or ""


# --- What they do alike: permission, variants, and sending ---


InputsT = TypeVar("InputsT", bound=StrictModel)


class SpeakingAction(Action[InputsT]):
    """An action that sends a message through the provider."""

    needs_person: ClassVar[bool] = True
    speaks: ClassVar[bool] = True
    shorthand: ClassVar[str] = "text"
    example: ClassVar[Mapping[str, Any]] = {
        "text": N_("Hello {{ event.actor.name | default('there') }}, thank you for writing.")
    }
    message_inputs: ClassVar[frozenset[str]] = frozenset({"text", "one_of"})
    address_inputs: ClassVar[frozenset[str]] = frozenset({"attachments.url", "buttons.url"})

    def sends(self, inputs: Mapping[str, Any]) -> str:  # noqa: ARG002 - the signature of the base class
        """Returns the kind of message: the name of the action."""
        return self.name

    def place(self, inputs: InputsT, context: StepContext) -> tuple[str | None, bool]:
        """Returns the receiver's id at the provider, and whether the message is private."""
        outgoing = self.outgoing(inputs, context)
        return receiver_of(outgoing), context.provider.is_private(outgoing)

    def variants(self, inputs: InputsT) -> Sequence[str]:
        """Returns the texts to choose from: each run sends one."""
        return inputs.one_of if isinstance(inputs, ContentInputs) else ()

    @abstractmethod
    def outgoing(self, inputs: InputsT, context: StepContext) -> Outgoing:
        """Builds the message to send.

        Raises:
            PermanentError: the message has no content (code `nothing_to_say`).
        """

    async def run(self, inputs: InputsT, context: StepContext) -> StepResult:
        """Sends the message. If the answer has another id of the person, links that id to them.

        Raises:
            PermanentError: the message has no content (code `nothing_to_say`), or more than the
                platform accepts (code `too_much`).
            SkippedStep, RescheduledStep: the platform or the settings forbid it, now or altogether.
            StepError: the API refused it or failed.
        """
        outgoing, provider = self.outgoing(inputs, context), context.provider
        is_private = provider.is_private(outgoing)
        context.utterance.text = outgoing.text
        _require_fit(outgoing, provider, is_private=is_private)
        policy = provider.policy_by_hand if outgoing.by_hand else provider.policy
        if policy is not None:
            require_window(policy, outgoing, is_private=is_private)
        variant = await context.may_speak(
            context.utterance.to or receiver_of(outgoing),
            is_private=is_private,
            only_reply_to=_only_reply_to(outgoing, provider),
            variants=len(self.variants(inputs)),
            # A private message needs no post or comment: it can be sent after these are deleted.
            places=() if outgoing.kind == "message" else places_of(outgoing.event),
        )
        if variant is not None:
            outgoing = self.outgoing(inputs, replace(context, variant=variant))
            context.utterance.text = outgoing.text
            _require_fit(outgoing, provider, is_private=is_private)
        sent = await provider.send(outgoing, context.http)
        return StepResult(
            summary=sent.summary, output=sent.output, effects=_linked(sent.alias), said=outgoing
        )

    def echo(self, inputs: InputsT, context: StepContext) -> Echo | None:
        """Returns the echo to expect; None if nobody knows which variant was sent."""
        if self.variants(inputs) and context.variant is None:
            return None
        return context.provider.echo_of(self.outgoing(inputs, context))

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """Returns the result of a message whose answer was lost, read from the message's echo."""
        said = {name: (event.get(name) or {}).get("id") for name in ("comment", "message")}
        if said["comment"] is not None:
            output: dict[str, Any] = {"id": said["comment"]}
        else:
            output = {"message_id": said["message"], "ids": [said["message"]]}
        return StepResult(summary=confirmed(), output=output)


def outgoing(
    kind: OutgoingKind,
    inputs: ContentInputs,
    context: StepContext,
    *,
    to: str | None = None,
    template: Mapping[str, Any] | None = None,
) -> Outgoing:
    """Builds the message of one attempt.

    Raises:
        PermanentError: the message has no content (code `nothing_to_say`).
    """
    text = inputs.words(context.variant)
    if not text.strip() and not inputs.attachments and template is None:
        raise PermanentError(actions.nothing_to_say())
    return Outgoing(
        kind=kind,
        # The ids in the event mean nothing to another connection.
        event={} if context.via else context.scope["event"],
        text=text,
        to=to,
        via=context.via,
        attachments=tuple({"type": item.type, "url": item.url} for item in inputs.attachments),
        quick_replies=inputs.quick_replies,
        buttons=tuple(map(Button.as_data, inputs.buttons)),
        template=template,
        idempotency_key=context.idempotency_key,
        contact=context.receiver if to is not None else context.scope.get("contact") or {},
        now_ms=context.now_ms,
        outcome_unknown=context.outcome_unknown,
    )


def _require_fit(outgoing: Outgoing, provider: Provider, *, is_private: bool) -> None:
    """Checks that the platform accepts a message of this size, with its buttons.

    Raises:
        PermanentError: the platform does not accept it (codes `too_much`, `not_possible`).
    """
    if provider.policy is not None:
        require_length(provider.policy, outgoing, is_private=is_private)
    if outgoing.buttons:
        require_buttons(outgoing, provider)
    if outgoing.mentions and not (provider.policy and provider.policy.mentions):
        raise PermanentError(
            no_mentions(platform=provider.title or provider.name), code="not_possible"
        )


def _linked(alias: str | None) -> tuple[Effect, ...]:
    """Returns the effect that links the person's other id `alias`; no effect for None."""
    return (LinkContact(alias=alias),) if alias else ()


def _only_reply_to(outgoing: Outgoing, provider: Provider) -> str | None:
    """Returns the comment that this message answers, if it may get only one private reply.

    None for all other messages.
    """
    if outgoing.kind != "private_reply" or not (
        provider.policy and provider.policy.one_private_reply
    ):
        return None
    comment = (outgoing.event.get("comment") or {}).get("id")
    return None if comment is None else str(comment)


def receiver_of(outgoing: Outgoing) -> str | None:
    """Returns the receiver's id at the provider; None if the event does not name one."""
    if outgoing.to is not None:
        return outgoing.to
    actor = outgoing.event.get("actor") or {}
    # The account itself is the actor of its own messages and of reports about them. There the
    # conversation has the person's id.
    is_ours = actor.get("is_self") or actor.get("id") is None
    person = (outgoing.event.get("conversation") or {}) if is_ours else actor
    return None if person.get("id") is None else str(person["id"])


# --- The platform's limits: the length of a message, and the time since the person last wrote ---
#
# They are checked before anything is sent or counted. If it is unknown when the person last wrote,
# the platform decides: they may have written under another id, or while this server was down.


def require_length(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> None:
    """Checks that a text is not longer than the platform accepts.

    Tests of rules send nothing, so only this check can find such a text there.

    Raises:
        PermanentError: the text is longer (code `too_much`).
    """
    most = policy.longest(in_public=not is_private)
    if most is not None:
        check_length(outgoing.text, most, policy.platform, policy.unit)


def require_window(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> None:
    """Checks that the platform allows the message now, as far as is known.

    Raises:
        SkippedStep: the platform's time for such a message is over (code `outside_window`).
    """
    happened_at = time_of(outgoing.event, "occurred_at")
    if outgoing.kind == "reply" and policy.limits_reply(_since(happened_at, outgoing)):
        raise _too_late(actions.reply_too_late, happened_at, policy, policy.reply_ms)
    if outgoing.kind == "private_reply":
        if policy.limits_private_reply(_since(happened_at, outgoing)):
            span = policy.private_reply_ms
            raise _too_late(actions.private_reply_too_late, happened_at, policy, span)
    elif is_private:
        wrote_at = time_of(outgoing.contact, "window_opened_at")
        if policy.limits_message(_since(wrote_at, outgoing), template=outgoing.template):
            kind = actions.only_a_template if policy.templates_anytime else actions.message_too_late
            raise _too_late(kind, wrote_at, policy, policy.message_ms)


def _too_late(
    kind: ReasonKind[...], at_ms: int | None, policy: MessagingPolicy, span_ms: int | None
) -> SkippedStep:
    reason = kind(at=at_ms, platform=policy.platform, within=span_ms)
    return SkippedStep(reason, code="outside_window")


def _since(at_ms: int | None, outgoing: Outgoing) -> int:
    """Returns the milliseconds since `at_ms`. For None it is 0, so nothing counts as too late."""
    return 0 if at_ms is None else outgoing.now_ms - at_ms


# --- `reply`: answers in the place that the event came from ---


class ReplyInputs(ContentInputs):
    """The answer."""

    mention: Annotated[bool, InForm(N_("Names the person at the beginning"))] = Field(
        default=False,
        description=N_(
            "Name the person who commented at the beginning, so that they are notified; on Facebook"
            " and Instagram."
        ),
    )


class Reply(SpeakingAction[ReplyInputs]):
    """Answers in the same place: below the comment, or in the conversation."""

    name = "reply"
    words = N_("answers")
    inputs_model = ReplyInputs

    def outgoing(self, inputs: ReplyInputs, context: StepContext) -> Outgoing:
        return replace(outgoing("reply", inputs, context), mentions=inputs.mention)


# --- `private_reply`: sends one private message in answer to a public comment ---


class PrivateReplyInputs(ContentInputs):
    """The message to the person who commented."""


class PrivateReply(SpeakingAction[PrivateReplyInputs]):
    """Writes to the author of a comment in private. Providers allow one message per comment."""

    name = "private_reply"
    words = N_("answers in private")
    inputs_model = PrivateReplyInputs

    def outgoing(self, inputs: PrivateReplyInputs, context: StepContext) -> Outgoing:
        return outgoing("private_reply", inputs, context)

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """Returns the result, and links the conversation's id in the echo to the author."""
        result = super().confirmed(event)
        person = (event.get("conversation") or {}).get("id")
        if person is None:
            return result
        return replace(
            result,
            output={**result.output, "recipient_id": person},
            effects=(LinkContact(alias=person),),
        )


# --- `message`: sends a direct message ---


class MessageInputs(ContentInputs):
    """The message, and its receiver."""

    to: Annotated[Text | None, InForm(N_("To"))] = Field(
        default=None, description="The receiver's id at the provider; default: the event's person."
    )
    via: Annotated[str | None, InForm(N_("Through which connection"))] = Field(
        default=None,
        min_length=1,
        description="The connection that it goes through, where that is not the event's; `to`"
        " names the receiver.",
    )
    template: Annotated[
        dict[str, Any] | None, InForm(N_("Instead, a message that the provider has approved"))
    ] = Field(
        default=None,
        description="A message that the provider has approved before, instead of `text`; its keys "
        "are the provider's.",
    )

    @model_validator(mode="after")
    def _names_a_receiver_and_says_one_thing(self, info: ValidationInfo) -> "MessageInputs":
        if self.template is not None and ContentInputs.says_something(self):
            raise WrongValue(value_template_stands_alone())
        if self.via and is_written(info) and self.to is None and self.template is None:
            raise WrongValue(value_via_without_to())
        return self

    def says_something(self) -> bool:
        """Whether the message has any content."""
        return bool(self.template) or super().says_something()


class Message(SpeakingAction[MessageInputs]):
    """Sends a direct message to the event's person, or to the person whose id `to` has.

    The message can go through another connection.
    """

    name = "message"
    words = N_("sends a message")
    inputs_model = MessageInputs

    literal_inputs: ClassVar[frozenset[str]] = frozenset({"via"})

    def connection(self, inputs: Mapping[str, Any]) -> str:
        """Returns the connection that the step names."""
        via = inputs.get("via")
        return via if isinstance(via, str) else ""

    def names_receiver(self, inputs: Mapping[str, Any]) -> bool:
        """Whether the step names its receiver: with `to`, or in the template of a message through
        another connection.
        """
        return inputs.get("to") is not None or bool(self.connection(inputs))

    def place(self, inputs: MessageInputs, context: StepContext) -> tuple[str | None, bool]:
        """Returns the receiver's id, and True because the message is private.

        The receiver is None for the event's person, and where the template may name the receiver.
        """
        to, is_private = super().place(inputs, context)
        if not to and inputs.template is not None:
            to = context.provider.receiver_in(inputs.template)
        return to, is_private

    def outgoing(self, inputs: MessageInputs, context: StepContext) -> Outgoing:
        to = inputs.to
        if to is None and self.names_receiver(context.step.inputs) and not inputs.via:
            # `to` was written but rendered empty. None would send to the event's person instead.
            to = ""
        if to is not None:
            to = to.strip()
        return outgoing("message", inputs, context, to=to, template=inputs.template)


# --- `write`: sends a message that a colleague has typed. No rule can use it ---


class WriteInputs(StrictModel):
    """No inputs: the event has the text, and the person to send it to."""


class Write(SpeakingAction[WriteInputs]):
    """Sends the text and the picture of its event to a conversation, or answers a comment."""

    name = "write"
    inputs_model = WriteInputs

    def outgoing(self, inputs: WriteInputs, context: StepContext) -> Outgoing:  # noqa: ARG002 - it has none.
        """Builds the message that a colleague has typed."""
        event = context.scope["event"]
        # A message in a conversation answers no comment.
        answers = event.get("answers") or {}
        asked = {name: answers[name] for name in ("actor", "occurred_at") if name in answers}
        return Outgoing(
            kind=answers.get("kind", "message"),
            event={**event, **asked},
            text=event["text"] or "",
            # Events that an older version has stored have no `attachments`.
            attachments=tuple(event.get("attachments") or ()),
            to=None if answers else event["conversation"]["id"],
            idempotency_key=context.idempotency_key,
            contact=context.scope.get("contact") or {},
            now_ms=context.now_ms,
            outcome_unknown=context.outcome_unknown,
            by_hand=True,
        )
