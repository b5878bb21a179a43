"""Performs one attempt of one step: its condition, its inputs, its action."""

import asyncio
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from automator.clock import Clock
from automator.engine.attempts.dry_http import dry_http
from automator.engine.attempts.kept_data import require_room
from automator.engine.attempts.look_ups import LookedUp, LookUps, NewHttp
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.parts import FoundPart
from automator.engine.attempts.permission import Permissions, StepPermission
from automator.engine.attempts.receivers import Receivers, through
from automator.engine.attempts.recording import MAX_SAID, RecordingHttp
from automator.engine.attempts.step_inputs import inputs_of, unmet
from automator.engine.attempts.step_outcome import (
    StepOutcome,
    error_of,
    given_up,
    in_shadow,
    status_of,
)
from automator.engine.attempts.step_ports import StepPorts
from automator.engine.network.deadline_timer import Deadlines
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.model import (
    AttemptStatus,
    Claimed,
    Echo,
    Echoed,
    Effect,
    EventPart,
    Question,
    Reason,
    SkippedStep,
    StepError,
    UnknownOutcome,
    constructor,
    record,
)
from automator.plugins import Outgoing, StepResult, Utterance
from automator.reasons.attempts.approvals import AFTER_APPROVAL
from automator.reasons.attempts.steps import BY_ECHO
from automator.rules import CompiledStep

#: Seconds that an action may take in all when its step does not say.
DEFAULT_TIMEOUT_S = 30.0
#: Seconds that a request gets, after the wait for its slot, to end by its own limit: only that one
#: knows whether anything was sent.
_GRACE_S = 1.0 + LONGEST_WAIT_S


_outcome = constructor(StepOutcome)


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
        """Makes one attempt of a step; every failure becomes an outcome."""
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
        return _outcome(
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
        """The HTTP of an attempt; that of a step in shadow mode sends nothing."""
        is_reserved = attempted.earlier.has_reservation(now_ms)
        http = self.new_http(attempted.is_retry, is_reserved, attempted.claimed.event_json)
        if attempted.step.is_shadow:
            provider = self.ports.connections.get(attempted.connection)
            http.send_nothing(dry_http(attempted.step.spec, provider, {}))
        return http

    async def _looked_up(
        self, attempted: NextStep, http: RecordingHttp | None = None
    ) -> LookedUp | None:
        """Looks up the values that a step reads and its event lacks; None if it reads none."""
        if not (attempted.step.reads_name or attempted.step.reads_parts):
            return None
        http = http or self.new_http(attempted.is_retry, False, attempted.claimed.event_json)
        provider = self.ports.connections.get(attempted.claimed.connection)
        return await self.look_ups.complete(attempted, provider, http)

    def _summary(
        self, attempted: NextStep, done: Reason, utterance: Utterance, error: StepError | None
    ) -> Reason:
        """The result of an attempt, with its receiver, and with the approval that was not asked."""
        if utterance.to:
            done = through(attempted, utterance.to, done, error)
        approval = attempted.step.spec.approval
        is_tried = attempted.step.is_shadow or self.ports.is_rehearsal
        if approval is None or error is not None or not is_tried:
            return done
        return AFTER_APPROVAL(within=approval.within_ms, done=done)

    async def part_of(self, part: EventPart, claimed: Claimed) -> FoundPart:
        """The part that the event of a claimed run lacks, for the decision about its rules."""
        provider = self.ports.connections.get(claimed.connection)
        now_ms = self.clock.now_ms()
        is_dry = self.ports.is_rehearsal
        return await self.look_ups.part_of(part, claimed, provider, now_ms, is_dry=is_dry)

    async def echo_of(self, attempted: NextStep) -> Echo | None:
        """The echo that would prove an attempt during which the process died, if any."""
        step, now_ms = attempted.step, self.clock.now_ms()
        action, scope = self.ports.actions[step.spec.action], attempted.scope(now_ms)
        permission = self.permissions.of(attempted)
        try:
            # Nothing is sent.
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

    def rendered(self, attempted: NextStep, now_ms: int) -> Mapping[str, Any]:
        """The inputs of a step as they would be sent now.

        Raises:
            PermanentError: one of them cannot be rendered.
        """
        scope = attempted.scope(now_ms)
        track, plain = self.ports.track(attempted, scope), self.ports.plain(attempted)
        return attempted.step.render(scope, track, plain)

    async def completed(self, attempted: NextStep) -> tuple[NextStep, tuple[Effect, ...]]:
        """Looks up the values that a step reads, before it is done; returns the step with them, and
        the effects of the look-ups.
        """
        looked_up = await self._looked_up(attempted)
        return (attempted, ()) if looked_up is None else (looked_up.attempted, looked_up.effects)

    def question_of(self, attempted: NextStep) -> Question | None:
        """The question that a step is about to ask; None when it is not going to ask any."""
        now_ms, step = self.clock.now_ms(), attempted.step
        action, scope = self.ports.actions[step.spec.action], attempted.scope(now_ms)
        if step.condition is not None and not step.condition.evaluate(scope).holds:
            return None
        try:
            track, plain = self.ports.track(attempted, scope), self.ports.plain(attempted)
            inputs = inputs_of(action, step, scope, track=track, plain=plain)
        except StepError:
            # The attempt itself records it.
            return None
        return replace(
            action.question(inputs), asked_at=now_ms, pause_ms=attempted.rule.spec.pause_ms
        )

    def confirmed(self, step: CompiledStep, echoed: Echoed) -> StepOutcome:
        """The outcome of an attempt whose answer was lost and whose echo has come."""
        result = self.ports.actions[step.spec.action].confirmed(echoed.body)
        return StepOutcome(
            status=AttemptStatus.OK,
            summary=BY_ECHO(done=result.summary, event=echoed.event_id),
            started_at=self.clock.now_ms(),
            duration_ms=0,
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
