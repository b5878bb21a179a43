"""The next step of a run, with everything that it can read: its scope, inputs, ports and context.

`NextStep` comes first. `StepPorts` makes the inputs and the context for the action, `Receivers`
finds the contact of a person whom the step names, and `inputs_of` renders and checks the inputs.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from automator.clock import iso_time, ms_of
from automator.conditions import Outcome
from automator.configuration.secrets import Secret
from automator.configuration.target import Model, RuleSecret, Target
from automator.engine.attempts.dry_http import dry_provider
from automator.engine.attempts.recording import RecordingHttp
from automator.engine.links.link_tokens import Link
from automator.engine.links.tracked_links import NO_LINKS, TrackedLinks
from automator.files import reason_of
from automator.http.traceparent import (
    TRACEPARENT,
    attempt_span_id,
    is_sampled,
    trace_of,
    traceparent,
)
from automator.model import (
    Claimed,
    Delivery,
    PermanentError,
    Proposal,
    Question,
    Reason,
    RescheduledStep,
    RetryableError,
    Run,
    SkippedStep,
    StepError,
    Waits,
    record,
    shortened,
)
from automator.model.echo import AwaitedEcho
from automator.model.errors import PausedStep
from automator.model.speech import AGAIN, APPROVALS, QUESTION, SPAN_MS
from automator.plugins import AnyAction, MaySpeak, Provider, StepContext, Utterance
from automator.reasons.attempts import receivers, steps
from automator.reasons.conditions import it_is
from automator.reasons.limits import answered_by_hand, blocked
from automator.rules import CompiledRule, CompiledStep, Plain, Track, track_nothing
from automator.store import cannot_read


@record(kw_only=False)
class EarlierAttempts:
    """Facts about earlier attempts of a step, which the run keeps until the step is over."""

    #: The slot that a budget has reserved for the step, in milliseconds.
    reserved_at: int | None = None
    #: When the first attempt began whose outcome is unknown.
    unknown_since: int | None = None
    #: The key of the echo that would prove this attempt.
    echo_key: str | None = None

    @classmethod
    def of_run(cls, run: Run) -> "EarlierAttempts":
        """The facts in the row of a run."""
        if run.reserved_at is None and run.unknown_since is None and run.echo_key is None:
            return NO_ATTEMPTS
        return cls(run.reserved_at, run.unknown_since, run.echo_key)

    @property
    def may_have_worked(self) -> bool:
        """Whether the outcome of an attempt is unknown."""
        return self.unknown_since is not None

    def has_reservation(self, now_ms: int) -> bool:
        """Whether a slot is reserved now. It is lost after a minute, for example after downtime."""
        at = self.reserved_at
        return at is not None and at <= now_ms < at + SPAN_MS

    def awaited(self, connection: str) -> AwaitedEcho | None:
        """The echo that would prove one of the attempts; None if no echo can."""
        if self.echo_key is None or self.unknown_since is None:
            return None
        return AwaitedEcho(connection=connection, key=self.echo_key, since_ms=self.unknown_since)


NO_ATTEMPTS = EarlierAttempts()


@record(kw_only=False)
class NextStep:
    """The next step of a claimed run, with everything that the step can read."""

    claimed: Claimed
    rule: CompiledRule
    step: CompiledStep
    #: The run's data, including the results of its steps so far.
    data: Mapping[str, Any]
    earlier: EarlierAttempts = NO_ATTEMPTS

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.step.spec.id

    @property
    def connection(self) -> str:
        """The connection through which the step acts."""
        return self.step.via or self.claimed.connection

    @property
    def is_retry(self) -> bool:
        """Whether an earlier attempt of this step, before the present claim, has failed."""
        run = self.claimed.run
        return run.attempt > 1 and self.rule.spec.sequence(run.path)[run.step].id == self.id

    @property
    def known_variant(self) -> int | None:
        """The index of the text that an earlier attempt has chosen; None if none has chosen."""
        chosen: int | None = self.data.get("variants", {}).get(self.id)
        return chosen

    @property
    def proposal(self) -> Proposal | None:
        """The message that a person was asked to approve, if the step needs approval."""
        proposal = self.data.get(APPROVALS, {}).get(self.id)
        return None if proposal is None else Proposal.of_data(proposal)

    @property
    def again(self) -> Question | None:
        """The question that the step only repeats, with its values from the first time, or None."""
        if AGAIN not in self.data or not self.step.asks:
            return None
        return Question.of_data(self.data[QUESTION])

    def scope(self, now_ms: int) -> dict[str, Any]:
        """The values that the step's conditions and templates can read."""
        claimed, own = self.claimed, self.data.get("vars")
        return {
            "event": claimed.event,
            "events": self.rule.limits.in_order(claimed.events),
            "contact": claimed.contact,
            "connection": {"name": claimed.connection, "provider": claimed.event["provider"]},
            "vars": {**self.rule.vars, **own} if own else self.rule.vars,
            "steps": self.data.get("steps", {}),
            "now": iso_time(now_ms),
        }


# --- The ports that the actions of steps may use ---


@record
class StepPorts:
    """The ports that all steps of a server, a simulation or a preview share."""

    actions: Mapping[str, AnyAction]
    connections: Mapping[str, Provider]
    targets: Mapping[str, Target]
    notify: Mapping[str, Secret]
    #: The secrets that rules can name.
    secrets: Mapping[str, RuleSecret] = field(default_factory=dict)
    model: Model | None = None
    #: Returns the last lines of the conversation before a run's event. Called in its own thread.
    earlier: Callable[[Claimed, int], Sequence[Mapping[str, str]]] = lambda _claimed, _most: ()
    load_delivery: Callable[[int], Awaitable[Delivery]]
    links: TrackedLinks = NO_LINKS
    #: The share of traces that is exported, from 0 to 1; None while traces are off.
    trace_ratio: float | None = None
    #: Whether nothing is carried out: in a test of rules, a simulation or a preview.
    is_rehearsal: bool = False

    def track(self, attempted: NextStep, scope: Mapping[str, Any]) -> Track:
        """The function that makes addresses of tracked links in the step's texts."""
        if self.is_rehearsal or attempted.step.is_shadow:
            return self.links.shown
        provider = self.connections.get(attempted.connection)
        return partial(step_link, self.links, attempted, scope, provider)

    def plain(self, attempted: NextStep) -> Plain | None:
        """The function that removes the markup of the step's platform from a value.

        None if the platform has no markup.
        """
        provider = self.connections.get(attempted.connection)
        return None if provider is None else provider.plain_value

    def inputs(self, attempted: NextStep, scope: Mapping[str, Any]) -> Any:
        """The inputs of an attempt: the stored inputs of a repeated question, the inputs that a
        person has approved, or else newly rendered inputs.

        Raises:
            PermanentError: the action does not accept an input.
        """
        step = attempted.step
        action = self.actions[step.spec.action]
        if attempted.again is not None:
            return action.asked_again(attempted.again)
        shown = attempted.proposal if step.needs_approval else None
        approved = None if shown is None else shown.inputs
        track, plain = self.track(attempted, scope), self.plain(attempted)
        return inputs_of(action, step, scope, approved, track=track, plain=plain)

    def context(
        self,
        attempted: NextStep,
        scope: Mapping[str, Any],
        http: RecordingHttp,
        now_ms: int,
        may_speak: MaySpeak,
        utterance: Utterance,
    ) -> StepContext:
        """The context in which the step's action works: its values and its ports.

        Raises:
            PermanentError: the step's connection is no longer configured.
        """
        claimed = attempted.claimed
        connection = attempted.step.via or claimed.connection
        provider = self.connections.get(connection)
        if provider is None:
            raise PermanentError(steps.connection_removed(connection=connection))
        if attempted.step.is_shadow:
            provider = dry_provider(provider)
        return StepContext(
            run_id=claimed.run.id,
            rule=claimed.run.rule,
            step=attempted.step.spec,
            attempt=claimed.run.attempt,
            now_ms=now_ms,
            scope=scope,
            event_json=claimed.event_json,
            provider=provider,
            http=http,
            targets=self.targets,
            notify=self.notify,
            secrets=self.secrets,
            model=self.model,
            shop_texts=attempted.rule.spec.shop_texts,
            file_vars=attempted.rule.vars,
            earlier=lambda most: asyncio.to_thread(self.earlier, claimed, most),
            may_speak=may_speak,
            load_delivery=partial(self.load_delivery, claimed.run.event_id),
            outcome_unknown=attempted.earlier.may_have_worked,
            is_rehearsal=self.is_rehearsal,
            calendar=attempted.step.calendar,
            utterance=utterance,
            via=attempted.step.via,
            traceparent=self._traceparent(attempted),
        )

    def _traceparent(self, attempted: NextStep) -> str:
        """The trace context for the attempt's requests; "" while traces are off."""
        if self.trace_ratio is None or self.is_rehearsal:
            return ""
        claimed, run = attempted.claimed, attempted.claimed.run
        given = claimed.event.get(TRACEPARENT)
        given = given if isinstance(given, str) else ""
        trace_id = trace_of(claimed.delivery_id, given).trace_id
        span_id = attempt_span_id(run.id, attempted.step.spec.id, run.attempt)
        return traceparent(trace_id, span_id, is_sampled=is_sampled(trace_id, self.trace_ratio))


# --- The tracked links in a message, made separately for each receiver ---


def step_link(
    links: TrackedLinks,
    attempted: NextStep,
    scope: Mapping[str, Any],
    provider: Provider | None,
    target: str,
) -> str:
    """The address of a tracked link; the target's own address if the receiver is not known."""
    step, run, key = attempted.step, attempted.claimed.run, ""
    if step.names_receiver:
        to = step.receiver(scope)
        if not to or provider is None:
            return target
        key = f"{attempted.connection}:{provider.receiver_id(to) or to}"
    elif run.contact is None:
        return target
    return links.address(Link(run.id, step.spec.id, target, key))


# --- The people whom steps name as receivers ---
#
# The contact of such a person is read just before the step writes to them: a block or an opt-out
# skips the step, and a pause puts it off. The person of the event was checked when the run began.


_SHOWN = 60
#: How many characters an id may have, as in events.
_LONGEST_ID = 200


@record(kw_only=False)
class Receivers:
    """Finds the contact of a person whom a step names as receiver, and checks it."""

    #: Reads the contact with a key; an empty one if there is none. Called in its own thread.
    contact: Callable[[str], Mapping[str, Any]]

    async def met(
        self, attempted: NextStep, action: AnyAction, inputs: Any, context: StepContext
    ) -> StepContext:
        """Returns the context with the contact of the step's receiver.

        Raises:
            SkippedStep: there is no such person, or nobody may write to them.
            PausedStep: a colleague is answering the person.
            PermanentError: the platform does not know this id.
            RetryableError: the store cannot be read now.
        """
        to, is_private = action.place(inputs, context)
        if not to:
            raise SkippedStep(receivers.nobody_to_write_to(connection=attempted.connection))
        person = context.provider.receiver_id(to) if len(to) <= _LONGEST_ID else None
        context.utterance.to = person or to
        if person is None:
            platform = context.provider.title or context.provider.name
            raise PermanentError(receivers.wrong_receiver(to=to[:_SHOWN], platform=platform))
        key = f"{attempted.connection}:{person}"
        try:
            contact = await asyncio.to_thread(self.contact, key)
        except Exception as error:
            unavailable = cannot_read(error)
            if unavailable is None:
                raise
            raise RetryableError(steps.store_unavailable(because=unavailable.reason)) from error
        if not _is_of_event(contact, attempted):
            refused = _refusal(contact, attempted, context.now_ms, is_private=is_private)
            if refused is not None:
                raise refused
        return replace(context, receiver=contact)


def through(attempted: NextStep, to: str, said: Reason, error: StepError | None) -> Reason:
    """The result of a message to a named receiver, with the receiver and the connection added."""
    if isinstance(error, RescheduledStep):
        # The message has not been sent.
        return said
    if error is None and not attempted.step.via:
        # The result already names the receiver.
        return said
    connection, shown = attempted.connection, to[:_SHOWN]
    if error is None:
        return receivers.written_through(connection=connection, to=shown, done=said)
    return receivers.not_written_through(connection=connection, to=shown, because=said)


def _is_of_event(contact: Mapping[str, Any], attempted: NextStep) -> bool:
    """Whether this receiver is the person of the event."""
    claimed = attempted.claimed
    return attempted.connection == claimed.connection and (
        contact.get("id") == claimed.contact.get("id")
    )


def _refusal(
    contact: Mapping[str, Any], attempted: NextStep, now_ms: int, *, is_private: bool
) -> StepError | None:
    """The reason why the person must not be written to now, by their contact."""
    block = block_on(contact)
    if block is not None:
        return SkippedStep(block)
    if is_private and contact.get("opted_out_at") is not None:
        # The commit that counts the message checks this again.
        return SkippedStep(steps.opted_out(since=ms_of(contact["opted_out_at"])))
    run = attempted.claimed.run
    pause = pause_after_answer(contact, attempted.rule, run, now_ms)
    # The person's answer ended the pause: somebody has asked for the run since then.
    if pause is None or (run.replay and pause.answered_at <= run.created_at):
        return None
    return PausedStep(pause.reason, until_ms=pause.until_ms, code=pause.reason.code)


def block_on(contact: Mapping[str, Any]) -> Reason | None:
    """The reason of a contact's block; None if the contact is not blocked."""
    since = contact.get("blocked_at")
    return None if since is None else blocked(since=ms_of(since), by=contact["blocked_by"])


@record(kw_only=False)
class PauseAfterAnswer:
    """The pause of a rule after a colleague's reply by hand. Times are in milliseconds."""

    answered_at: int
    until_ms: int
    reason: Reason


def pause_after_answer(
    contact: Mapping[str, Any], rule: CompiledRule, run: Run, now_ms: int
) -> PauseAfterAnswer | None:
    """The pause in which a rule leaves the person to the colleague who has answered them.

    None if there is no pause, or if the run waited for its end and a person wants it now.
    """
    pause_ms, shown = rule.spec.pause_ms, contact.get("human_reply_at")
    if pause_ms is None or shown is None:
        return None
    answered_at = ms_of(shown)
    until_ms = answered_at + pause_ms
    is_wanted = run.waits_for is Waits.COLLEAGUE and (run.waits_until or 0) > now_ms
    if until_ms <= now_ms or is_wanted:
        return None
    reason = answered_by_hand(at=answered_at, pause=pause_ms, until=until_ms)
    return PauseAfterAnswer(answered_at, until_ms, reason)


# --- The inputs of a step, or why it is skipped ---

#: How many characters of its inputs a step of a shadow rule shows.
_SHOWN_INPUTS = 300


def inputs_of(
    action: AnyAction,
    step: CompiledStep,
    scope: Mapping[str, Any],
    approved: Mapping[str, Any] | None = None,
    *,
    track: Track = track_nothing,
    plain: Plain | None = None,
) -> Any:
    """Renders the inputs of an attempt; `approved` are rendered inputs that a person has seen.

    `track` makes the addresses of tracked links. `plain` removes the markup from values in the
    texts of a message.

    Raises:
        PermanentError: the action does not accept an input.
    """
    if step.valid_inputs is not None:
        return step.valid_inputs
    rendered = step.render(scope, track, plain) if approved is None else approved
    try:
        valid = action.inputs_model.model_validate(rendered)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or action.name
        came = _brief(first.get("input"))
        reason = steps.bad_input(input=where, value=came, problem=reason_of(first))
        raise PermanentError(reason) from error
    if step.has_constant_inputs:
        step.valid_inputs = valid
    return valid


def unmet(condition: str, outcome: Outcome) -> Reason:
    """The reason of a skipped step: its condition does not hold."""
    if outcome.reason:
        because = outcome.reason
    elif outcome.value is None:
        because = steps.value_is_empty()
    else:
        because = it_is(value=_brief(outcome.value))
    return steps.condition_unmet(condition=condition, because=because)


def brief_inputs(inputs: Any) -> str:
    """The inputs that the action would have received, on one line."""
    given = inputs.model_dump(mode="json", exclude_unset=True)
    values = list(given.values())
    shown = values[0] if len(values) == 1 else given
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return shortened(text, _SHOWN_INPUTS)


def _brief(value: Any) -> str:
    """A value in the form in which conditions write it."""
    is_text = isinstance(value, str)
    text = repr(value) if is_text else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"
