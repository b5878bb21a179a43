"""Performs one attempt of one step: its condition, inputs, permission, action and outcome."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from automator.clock import Clock, ms_of
from automator.configuration.settings import Budgets
from automator.engine.attempts.dry_http import dry_http
from automator.engine.attempts.look_ups import FoundPart, LookedUp, LookUps, NewHttp
from automator.engine.attempts.next_step import (
    NextStep,
    Receivers,
    StepPorts,
    brief_inputs,
    inputs_of,
    through,
    unmet,
)
from automator.engine.attempts.recording import MAX_SAID, RecordingHttp
from automator.engine.network.deadline_timer import Deadlines
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.http.json_body import dump_json
from automator.model import (
    AttemptStatus,
    CancelFollowUps,
    Claimed,
    Echo,
    Effect,
    EventPart,
    InstallationChangedError,
    PermanentError,
    Proposal,
    Question,
    Reason,
    RescheduledStep,
    RetryableError,
    SetVars,
    SkippedStep,
    StartFollowUp,
    Step,
    StepError,
    StoreUnavailableError,
    UnknownOutcome,
    record,
    shortened,
)
from automator.model.echo import Echoed
from automator.model.rule import Approval
from automator.model.settlement import ReleaseReplyClaim
from automator.model.speech import (
    APPROVALS,
    LONGEST_WAIT_MS,
    Permission,
    ReplyClaim,
    Speech,
    VariantChoice,
)
from automator.plugins import AnyAction, Outgoing, StepResult, Utterance, drawn_from
from automator.plugins.outgoing import window_end
from automator.reasons.attempts import approvals, steps
from automator.reasons.attempts.answers import model_budget
from automator.reasons.targets import connection_budget
from automator.rules import CompiledStep

# --- The outcome of an attempt, of an error, and of a step in shadow mode ---


logger = logging.getLogger(__name__)


@record
class StepOutcome:
    """The outcome of one attempt. `error` says whether another attempt may help."""

    status: AttemptStatus
    summary: Reason
    started_at: int
    duration_ms: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    error: StepError | None = None
    request: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    target: str | None = None
    #: The index of the text that the attempt chose; None if there was nothing to choose.
    variant: int | None = None
    #: The message that was sent; None if the step sends no message.
    said: Outgoing | None = None
    #: The text for a person that the attempt sent or was about to send, without secrets.
    said_text: str | None = None

    @classmethod
    def of_error(cls, error: StepError, now_ms: int) -> "StepOutcome":
        """The outcome of a step that an error ends before the step sends anything."""
        return cls(status=status_of(error), summary=error.reason, started_at=now_ms, error=error)


def error_of(action: AnyAction, error: Exception, limit_s: float) -> StepError:
    """Turns an error of an action into a StepError: it took too long, or ended unexpectedly."""
    if isinstance(error, TimeoutError) and action.reaches_out:
        reason = steps.no_answer_in_time(limit=round(limit_s * 1000))
        return UnknownOutcome(reason, code="timeout")
    if isinstance(error, InstallationChangedError):
        # The action's code could not be loaded: nothing was done. A restarted server can load it.
        return RetryableError(error.reason, code=error.code)
    logger.error("action.failed action=%s", action.name, exc_info=error)
    reason = steps.action_failed(action=action.name, error=type(error).__name__)
    return PermanentError(reason)


def status_of(error: StepError) -> AttemptStatus:
    """The status of an attempt that this error has ended."""
    if isinstance(error, RetryableError | RescheduledStep):
        return AttemptStatus.RETRY
    if isinstance(error, UnknownOutcome):
        return AttemptStatus.UNKNOWN
    if isinstance(error, SkippedStep):
        return AttemptStatus.SKIPPED
    return AttemptStatus.FAILED


def given_up(
    claim: ReplyClaim | None, error: StepError, *, outcome_unknown: bool
) -> tuple[Effect, ...]:
    """The effect that gives up a claimed private reply, if certainly no attempt has sent it."""
    if claim is None or outcome_unknown or isinstance(error, UnknownOutcome):
        return ()
    return (ReleaseReplyClaim(claim=claim),)


def in_shadow(action: AnyAction, inputs: Any, result: StepResult) -> StepResult:
    """The result of a step of a rule in shadow mode.

    It keeps values for later steps, and starts follow-ups in shadow mode. It cancels only such
    follow-ups.
    """
    kept: list[Effect] = []
    for effect in result.effects:
        if isinstance(effect, CancelFollowUps):
            kept.append(replace(effect, in_shadow=True))
        elif isinstance(effect, SetVars | StartFollowUp):
            kept.append(effect)
    if action.reaches_out:
        summary = steps.would_have_sent(action=action.name, inputs=brief_inputs(inputs))
    else:
        summary = steps.would_have_done(done=result.summary)
    return replace(result, summary=summary, effects=tuple(kept))


# --- Permission to send now: opt-outs, budgets and claimed replies ---
#
# They are checked just before sending, because an earlier check may be outdated: the person may
# write STOP while the run waits.

#: Asks whether a message may be sent now. If so, all nodes count it.
AskToSpeak = Callable[[Speech], Awaitable[Permission]]


def _nothing_chosen(_choice: VariantChoice) -> None:
    return None


@record
class Permissions:
    """Makes the object through which an attempt asks for permission to send."""

    ask: AskToSpeak
    #: Returns the index of the text that an earlier attempt of the run has chosen, or None.
    recall: Callable[[VariantChoice], int | None] = _nothing_chosen
    budgets: Budgets
    clock: Clock

    def of(self, attempted: NextStep) -> "StepPermission":
        """The permission of one attempt of a step, not yet asked for."""
        return StepPermission(self, attempted)


@dataclass(slots=True)
class StepPermission:
    """The permission to send of one attempt, and the private reply that the attempt has claimed."""

    _permissions: Permissions
    _attempted: NextStep
    #: The claimed private reply: no other run may send it while this attempt has it.
    claim: ReplyClaim | None = None
    #: The index of the chosen text.
    variant: int | None = None

    async def __call__(
        self,
        to: str | None,
        *,
        is_private: bool,
        only_reply_to: str | None = None,
        variants: int = 0,
        places: tuple[str, ...] = (),
        is_counted: bool = True,
    ) -> int | None:
        """Waits until the step may send a message to the person with the provider's id `to`.

        Returns the index of the chosen text if there are `variants`, else None. `places` are the
        keys of the comments and posts below which the message appears. The budgets are asked only
        if the message `is_counted`.

        Raises:
            SkippedStep: it may not send (codes `place_deleted`, `opted_out`, `contact_budget`,
                `connection_budget`, `private_reply_taken`).
            RescheduledStep: it may send later (code `connection_budget`).
            RetryableError: the store cannot be asked now (code `store_unavailable`).
        """
        budgets, attempted = self._permissions.budgets, self._attempted
        is_dry = attempted.step.is_shadow
        if is_dry and attempted.proposal is None:
            return self._in_shadow(to, is_private=is_private, variants=variants)
        # A message that is proposed to a person has no budget yet, but may be forbidden for good.
        is_counted = is_counted and not is_dry
        connection = attempted.step.via or attempted.claimed.connection
        now_ms = self._permissions.clock.now_ms()
        speech = Speech(
            connection=connection,
            contact=None if to is None else f"{connection}:{to}",
            is_private=is_private,
            # The budget of a person is only for rules. Messages by hand have their own limit.
            per_contact=budgets.per_contact
            if is_counted and not attempted.claimed.run.is_by_hand
            else 0,
            per_connection=budgets.per_connection if is_counted else 0,
            places=places,
            is_counted=attempted.earlier.has_reservation(now_ms),
            claim=None if only_reply_to is None else self._claim_of(only_reply_to),
            choice=self.choice_of(to if is_private else None, variants),
            is_dry=is_dry,
        )
        permission = await self._asked(speech)
        refused = refusal(speech, permission, now_ms)
        if refused is not None:
            raise refused
        self.claim = speech.claim
        if permission.variant is not None:
            self.variant = permission.variant
        return self.variant

    async def ask_model(self, per_day: int) -> None:
        """Counts an answer of the model towards the limit of a day; in shadow mode, nothing.

        Raises:
            SkippedStep: the limit is reached (code `model_budget`).
            RetryableError: the store cannot be asked now (code `store_unavailable`).
        """
        if self._attempted.step.is_shadow:
            return
        speech = Speech(
            connection="",
            contact=None,
            is_private=False,
            per_contact=0,
            per_connection=0,
            per_day=per_day,
        )
        permission = await self._asked(speech)
        if permission.asked_again_at is not None:
            raise SkippedStep(model_budget(limit=per_day, until=permission.asked_again_at))

    async def _asked(self, speech: Speech) -> Permission:
        try:
            return await self._permissions.ask(speech)
        except StoreUnavailableError as error:
            # Nothing was sent, so the next attempt can ask again.
            raise RetryableError(steps.store_unavailable(because=error.reason)) from error

    def _in_shadow(self, to: str | None, *, is_private: bool, variants: int) -> int | None:
        """The permission in shadow mode. Nothing is asked, claimed or counted."""
        contact = self._attempted.claimed.contact
        if is_private and contact.get("opted_out") and to == contact["id"]:
            raise SkippedStep(steps.opted_out(since=ms_of(contact["opted_out_at"])))
        return 0 if variants else None

    def choice_of(self, person: str | None, variants: int) -> VariantChoice | None:
        """The choice between several texts. The last text for this person is not chosen again; in
        public, the last text for anybody.

        None if there is nothing to choose, or an earlier attempt has chosen already.
        """
        known = self._attempted.known_variant
        if known is not None and known < variants:
            self.variant = known
            return None
        if not variants:
            return None
        run, connection = self._attempted.claimed.run, self._attempted.connection
        parts = ("", "one_of", connection, run.rule, self._attempted.id, person or "")
        named = "\0".join(parts).encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(named, digest_size=16).hexdigest()
        return VariantChoice(key=key, count=variants, run_id=run.id)

    def _claim_of(self, comment: str) -> ReplyClaim:
        claimed = self._attempted.claimed
        return ReplyClaim(
            connection=self._attempted.connection,
            comment=comment,
            run_id=claimed.run.id,
            rule=claimed.run.rule,
            step=self._attempted.id,
        )


def refusal(speech: Speech, permission: Permission, now_ms: int) -> StepError | None:
    """The error with which a message is not sent now; None if it may be sent."""
    because = _forbidden(speech, permission)
    if because is not None:
        return SkippedStep(because)
    if permission.slot_at is None:
        return None
    wait_ms = permission.slot_at - now_ms
    if wait_ms > LONGEST_WAIT_MS:
        full = steps.connection_budget_full(
            connection=speech.connection, limit=speech.per_connection, longest=LONGEST_WAIT_MS
        )
        return SkippedStep(full, code="connection_budget")
    return RescheduledStep(
        connection_budget(
            until=permission.slot_at,
            connection=speech.connection,
            limit=speech.per_connection,
        ),
        until_ms=permission.slot_at,
        code="connection_budget",
    )


def _forbidden(speech: Speech, permission: Permission) -> Reason | None:
    """The reason that forbids a message for good; None if there is none."""
    if permission.deleted_at is not None:
        return steps.place_deleted(at=permission.deleted_at)
    if permission.opted_out_at is not None:
        return steps.opted_out(since=permission.opted_out_at)
    if permission.contact_is_full:
        return steps.contact_budget(limit=speech.per_contact)
    return None if permission.replied_by is None else _replied(permission.replied_by)


def _replied(holder: ReplyClaim) -> Reason:
    return steps.private_reply_taken(
        comment=holder.comment, run=holder.run_id, rule=holder.rule, step=holder.step
    )


#: How many seconds an action may take in all, unless its step says otherwise.
DEFAULT_TIMEOUT_S = 30.0
#: How many seconds longer than its own limit a request may take, after the wait for its slot. Only
#: the request itself knows whether anything was sent, so it should end by its own limit.
_GRACE_S = 1.0 + LONGEST_WAIT_S


@record
class StepPerformer:
    """Performs attempts of steps."""

    ports: StepPorts
    new_http: NewHttp
    clock: Clock
    permissions: Permissions
    look_ups: LookUps
    receivers: Receivers
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def perform(self, attempted: NextStep) -> StepOutcome:
        """Makes one attempt of a step. Every failure becomes an outcome; nothing is raised."""
        started_at = self.clock.now_ms()
        began = self.clock.monotonic()
        http = self._http_of(attempted, started_at)
        looked_up = await self._looked_up(attempted, http)
        if looked_up is not None:
            attempted = looked_up.attempted
        permission = self.permissions.of(attempted)
        utterance = Utterance()
        error: StepError | None = None
        said: Outgoing | None = None
        try:
            if looked_up is not None and looked_up.failure is not None:
                raise looked_up.failure
            result = await self._try(attempted, http, started_at, permission, utterance)
            status = AttemptStatus.OK
            summary, output, effects = result.summary, result.output, result.effects
            said = result.said
        except StepError as caught:
            error, output = caught, {}
            status, summary = status_of(caught), caught.reason
            effects = given_up(
                permission.claim, caught, outcome_unknown=attempted.earlier.may_have_worked
            )
        if looked_up is not None:
            effects = (*looked_up.effects, *effects)
            summary = looked_up.said_of(summary) if error is None else summary
        exchange = http.last_exchange
        answered = None if attempted.step.is_shadow else exchange
        return StepOutcome(
            status=status,
            summary=self._summary(attempted, summary, utterance, error),
            started_at=started_at,
            duration_ms=round((self.clock.monotonic() - began) * 1000),
            output=output,
            effects=effects,
            error=error,
            request=exchange.request if exchange else None,
            response=answered.response if answered else None,
            target=answered.target if answered else None,
            variant=permission.variant,
            said=said,
            said_text=http.cleaned(utterance.text),
        )

    def _http_of(self, attempted: NextStep, now_ms: int) -> RecordingHttp:
        """The HTTP port of an attempt; in shadow mode it sends nothing."""
        is_reserved = attempted.earlier.has_reservation(now_ms)
        http = self.new_http(attempted.is_retry, is_reserved, attempted.claimed.event_json)
        # An answer that a test assumes for a rule in shadow mode counts, but not for a proposal.
        if attempted.step.is_shadow and (attempted.proposal is not None or not http.is_dry):
            provider = self.ports.connections.get(attempted.connection)
            http.send_nothing(dry_http(attempted.step.spec, provider, {}))
        return http

    async def _looked_up(
        self, attempted: NextStep, http: RecordingHttp | None = None
    ) -> LookedUp | None:
        """Looks up the values that a step reads and its event lacks; None if there are none."""
        if not (attempted.step.reads_name or attempted.step.reads_parts):
            return None
        http = http or self.new_http(attempted.is_retry, False, attempted.claimed.event_json)
        provider = self.ports.connections.get(attempted.claimed.connection)
        return await self.look_ups.complete(attempted, provider, http)

    def _summary(
        self, attempted: NextStep, done: Reason, utterance: Utterance, error: StepError | None
    ) -> Reason:
        """The result of an attempt, with its receiver and the person who approved it added."""
        if utterance.to:
            done = through(attempted, utterance.to, done, error)
        approval = attempted.step.spec.approval
        if approval is None or error is not None:
            return done
        proposal = attempted.proposal
        if attempted.step.is_shadow or (self.ports.is_rehearsal and proposal is None):
            return approvals.after_approval(within=approval.within_ms, done=done)
        return done if proposal is None else _with_decision(done, proposal.decided, approval)

    def leave_out(self, _attempted: NextStep, because: StepError) -> StepOutcome:
        """The outcome of a step that is not tried, because its approval does not allow it."""
        return StepOutcome.of_error(because, self.clock.now_ms())

    async def part_of(self, part: EventPart, claimed: Claimed) -> FoundPart:
        """Looks up the part that a claimed run's event lacks, for the decision about its rules."""
        provider = self.ports.connections.get(claimed.connection)
        now_ms = self.clock.now_ms()
        is_dry = self.ports.is_rehearsal
        return await self.look_ups.part_of(part, claimed, provider, now_ms, is_dry=is_dry)

    async def echo_of(self, attempted: NextStep) -> Echo | None:
        """The echo that would prove an attempt whose process died; None if there is no echo."""
        step, now_ms = attempted.step, self.clock.now_ms()
        action, scope = self.ports.actions[step.spec.action], attempted.scope(now_ms)
        permission = self.permissions.of(attempted)
        try:
            # In a rehearsal nothing was sent, so no echo can come.
            http = self.new_http(False, False, attempted.claimed.event_json)
            context = self.ports.context(attempted, scope, http, now_ms, permission, Utterance())
            inputs = self.ports.inputs(attempted, scope)
            variants = action.variants(inputs)
            if variants:
                person, is_private = action.place(inputs, context)
                choice = permission.choice_of(person if is_private else None, len(variants))
                variant = permission.variant
                if choice is not None:
                    variant = await asyncio.to_thread(self.permissions.recall, choice)
                context = replace(context, variant=variant)
            return action.echo(inputs, context)
        except StepError:
            return None

    async def proposal(
        self, attempted: NextStep, approval: Approval
    ) -> tuple[Proposal | StepError | None, tuple[Effect, ...]]:
        """The message that a step would send now, and the effects of its look-ups.

        The message is None if the step sends nothing; a StepError if the run has no room for it.
        """
        now_ms, effects = self.clock.now_ms(), tuple[Effect, ...]()
        looked_up = await self._looked_up(attempted)
        if looked_up is not None:
            attempted, effects = looked_up.attempted, looked_up.effects
        scope = attempted.scope(now_ms)
        track, plain = self.ports.track(attempted, scope), self.ports.plain(attempted)
        try:
            rendered = attempted.step.render(scope, track, plain)
        except StepError:
            # The attempt itself will record the same error.
            return None, effects
        until, last = now_ms + approval.within_ms, attempted.claimed.run.acts_until
        if last is not None:
            until = max(now_ms, min(until, last))
        inputs = _with_one_text(rendered, f"run-{attempted.claimed.run.id}-{attempted.id}")
        proposal = Proposal(inputs=inputs, shown={}, at=now_ms, until=until)
        data = {**attempted.data, APPROVALS: {attempted.id: proposal.as_data()}}
        dry = replace(attempted, step=attempted.step.as_shadow(), data=data)
        # It is no attempt, for those who record attempts.
        outcome = await StepPerformer.perform(self, dry)
        if outcome.status is not AttemptStatus.OK:
            return None, effects
        proposal = self._shown(proposal, attempted, outcome)
        try:
            kept = StepResult(summary=outcome.summary, output=proposal.as_data())
            require_room(attempted.data, kept)
        except StepError as error:
            return error, effects
        return proposal, effects

    def _shown(self, proposal: Proposal, attempted: NextStep, outcome: StepOutcome) -> Proposal:
        """A proposal as people see it, with the platform's limits of length and time."""
        said = outcome.said
        if said is None:
            spec, request = attempted.step.spec, outcome.request
            shown = {
                "action": spec.action,
                "does": self._in_short(spec, proposal.inputs),
                "request": None if request is None else {n: request.get(n) for n in _REQUEST},
            }
            return replace(proposal, shown=shown)
        shown = {name: _plain(getattr(said, name)) for name in _SAID}
        shown["to"] = said.receiver
        provider = self.ports.connections.get(attempted.connection)
        if provider is None or provider.policy is None:
            return replace(proposal, shown=shown)
        is_private = provider.is_private(said)
        return replace(
            proposal,
            shown={**shown, "is_private": is_private},
            longest=provider.policy.longest(in_public=not is_private),
            unit=provider.policy.unit,
            ends_at=window_end(provider.policy, said, is_private=is_private),
        )

    def _in_short(self, spec: Step, inputs: Mapping[str, Any]) -> str:
        """The main input, as in `moderate: hide`; "" if there is none, or if it is an address.

        Addresses may contain a secret.
        """
        action = self.ports.actions[spec.action]
        is_plain = action.shorthand and action.shorthand not in action.address_inputs
        return str(inputs.get(action.shorthand) or "") if is_plain else ""

    def question_of(self, attempted: NextStep) -> Question | None:
        """The question that a step is about to ask; None if it will not ask one."""
        now_ms, step = self.clock.now_ms(), attempted.step
        action, scope = self.ports.actions[step.spec.action], attempted.scope(now_ms)
        if step.condition is not None and not step.condition.evaluate(scope).holds:
            return None
        try:
            track, plain = self.ports.track(attempted, scope), self.ports.plain(attempted)
            inputs = inputs_of(action, step, scope, track=track, plain=plain)
        except StepError:
            # The attempt itself will record the same error.
            return None
        return replace(
            action.question(inputs), asked_at=now_ms, pause_ms=attempted.rule.spec.pause_ms
        )

    def confirmed(self, step: CompiledStep, echoed: Echoed) -> StepOutcome:
        """The outcome of an attempt that lost its answer, but whose echo has come."""
        result = self.ports.actions[step.spec.action].confirmed(echoed.body)
        return StepOutcome(
            status=AttemptStatus.OK,
            summary=steps.by_echo(done=result.summary, event=echoed.event_id),
            started_at=self.clock.now_ms(),
            output=result.output,
            effects=result.effects,
            said_text=(echoed.body.get("text") or "")[:MAX_SAID] or None,
        )

    async def _try(
        self,
        attempted: NextStep,
        http: RecordingHttp,
        now_ms: int,
        may_speak: StepPermission,
        utterance: Utterance,
    ) -> StepResult:
        step, scope = attempted.step, attempted.scope(now_ms)
        action = self.ports.actions[step.spec.action]
        if step.condition is not None and attempted.again is None:
            outcome = step.condition.evaluate(scope)
            if not outcome.holds:
                raise SkippedStep(unmet(step.condition.text, outcome))
        inputs = self.ports.inputs(attempted, scope)
        context = self.ports.context(attempted, scope, http, now_ms, may_speak, utterance)
        if step.names_receiver:
            context = await self.receivers.met(attempted, action, inputs, context)
        limit_s = step.spec.timeout_s or DEFAULT_TIMEOUT_S
        try:
            if action.reaches_out:
                with self.deadlines.until(asyncio.get_running_loop().time() + limit_s + _GRACE_S):
                    result = await action.run(inputs, context)
            else:
                result = await action.run(inputs, context)
            require_room(attempted.data, result)
        except Exception as error:
            failure = error if isinstance(error, StepError) else error_of(action, error, limit_s)
            if isinstance(failure, UnknownOutcome):
                failure.echo = action.echo(inputs, replace(context, variant=may_speak.variant))
            if failure is error:
                raise
            raise failure from error
        return in_shadow(action, inputs, result) if step.is_shadow else result


# --- The message that a person approves, and the person's decision ---
#
# The message is rendered once, and kept in the data of its run. So exactly the message that was
# shown is sent, whatever has changed since.

#: How many characters of a text the log shows as it was before a person changed it.
_SHOWN_BEFORE = 500
_SAID = ("kind", "text", "to", "via", "attachments", "quick_replies", "buttons", "template")
#: The parts of a request that people see before they approve it.
_REQUEST = ("method", "url", "body")


def _with_one_text(rendered: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The inputs with only one of several texts, which is shown, and sent if it is approved."""
    inputs = dict(rendered)
    texts = inputs.get("one_of")
    if isinstance(texts, list) and texts:
        del inputs["one_of"]
        inputs["text"] = texts[int(drawn_from(key) * len(texts))]
    return inputs


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _with_decision(done: Reason, decided: Mapping[str, Any], approval: Approval) -> Reason:
    """The result of a step that was approved, with the decision added."""
    if decided["did"] == "send":
        return approvals.sent_unapproved(within=approval.within_ms, done=done)
    by, at, was = decided["by"], decided["at"], decided["was"]
    if not by:
        # A preview assumes the decision.
        return approvals.after_approval(within=approval.within_ms, done=done)
    if was is None:
        return approvals.approved(by=by, at=at, done=done)
    return approvals.approved_changed(by=by, at=at, done=done, was=shortened(was, _SHOWN_BEFORE))


# --- The limit of the data that a run keeps between its steps ---
#
# Each settlement stores these data anew: the outputs of all steps, and the values that were set.

#: How many bytes of JSON the outputs of a run's steps and the values they set may have together.
MAX_KEPT_BYTES = 262_144


def require_room(data: Mapping[str, Any], result: StepResult) -> None:
    """Refuses a result that would make the data of its run too large to store with each step.

    Raises:
        PermanentError: outputs and values would have more than MAX_KEPT_BYTES together.
    """
    if not result.output and not result.effects:
        return
    values = [effect.values for effect in result.effects if isinstance(effect, SetVars)]
    size = len(dump_json([data, result.output, *values]))
    if size > MAX_KEPT_BYTES:
        reason = steps.run_keeps_too_much(kib=size // 1024, most=MAX_KEPT_BYTES // 1024)
        raise PermanentError(reason, code="too_much_kept")
