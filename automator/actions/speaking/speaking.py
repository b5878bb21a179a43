"""`SpeakingAction`, the base of actions that send a message, and the platform's limits for it."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from automator.actions.speaking.content_inputs import Button, ContentInputs
from automator.configuration.values import StrictModel
from automator.model import (
    N_,
    Echo,
    Effect,
    LinkContact,
    MessagingPolicy,
    PermanentError,
    SkippedStep,
)
from automator.model.event import places_of
from automator.plugins import Action, Outgoing, OutgoingKind, Provider, StepContext, StepResult
from automator.plugins.buttons import require_buttons
from automator.plugins.outgoing import check_length, time_of
from automator.reasons import ReasonKind
from automator.reasons.attempts import actions
from automator.reasons.attempts.sending import no_mentions
from automator.reasons.attempts.steps import confirmed

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
