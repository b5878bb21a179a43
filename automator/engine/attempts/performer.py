"""Performs one attempt of one step: its condition, its inputs, its action."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from automator.clock import Clock
from automator.configuration.secrets import Secret
from automator.configuration.target import Target
from automator.engine.attempts.dry_http import dry_http, dry_provider
from automator.engine.attempts.kept_data import require_room
from automator.engine.attempts.look_ups import LookedUp, LookUps, NewHttp
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.parts import FoundPart
from automator.engine.attempts.permission import Permissions, StepPermission
from automator.engine.attempts.receivers import Receivers, through
from automator.engine.attempts.recording import MAX_SAID, RecordingHttp
from automator.engine.attempts.step_inputs import inputs_of, unmet
from automator.engine.attempts.step_links import step_link
from automator.engine.attempts.step_outcome import (
    StepOutcome,
    error_of,
    given_up,
    in_shadow,
    status_of,
)
from automator.engine.links.tracked_links import NO_LINKS, TrackedLinks
from automator.engine.network.deadline_timer import Deadlines
from automator.engine.outbound.capacity import LONGEST_WAIT_S
from automator.model import (
    AttemptStatus,
    Claimed,
    Delivery,
    Echo,
    Echoed,
    Effect,
    EventPart,
    PermanentError,
    Question,
    Reason,
    SkippedStep,
    StepError,
    UnknownOutcome,
    constructor,
    record,
)
from automator.plugins import (
    AnyAction,
    MaySpeak,
    Outgoing,
    Provider,
    StepContext,
    StepResult,
    Utterance,
)
from automator.reasons.attempts.approvals import AFTER_APPROVAL
from automator.reasons.attempts.steps import (
    BY_ECHO,
    CONNECTION_REMOVED,
)
from automator.rules import CompiledStep, Track

#: Seconds that an action may take in all when its step does not say.
DEFAULT_TIMEOUT_S = 30.0
#: Seconds that a request gets, after the wait for its slot, to end by its own limit: only that one
#: knows whether anything was sent.
_GRACE_S = 1.0 + LONGEST_WAIT_S


_outcome = constructor(StepOutcome)
_step_context = constructor(StepContext)


@record
class StepPerformer:
    """Performs attempts with the ports that a step may use."""

    actions: Mapping[str, AnyAction]
    connections: Mapping[str, Provider]
    targets: Mapping[str, Target]
    notify: Mapping[str, Secret]
    new_http: NewHttp
    clock: Clock
    permissions: Permissions
    load_delivery: Callable[[int], Awaitable[Delivery]]
    look_ups: LookUps
    receivers: Receivers
    links: TrackedLinks = NO_LINKS
    deadlines: Deadlines = field(default_factory=Deadlines)
    #: Nothing is carried out: a test of rules, a simulation or a preview.
    is_rehearsal: bool = False

    async def perform(self, attempted: NextStep) -> StepOutcome:
        """Makes one attempt of a step; every failure becomes an outcome."""
        started_at = self.clock.now_ms()
        began = self.clock.monotonic()
        is_reserved = attempted.earlier.has_reservation(started_at)
        http = self.new_http(attempted.is_retry, is_reserved, attempted.claimed.event_json)
        is_shadow = attempted.step.is_shadow
        if is_shadow:
            provider = self.connections.get(attempted.connection)
            http.send_nothing(dry_http(attempted.step.spec, provider, {}))
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
        return _outcome(
            status=status,
            summary=self._summary(attempted, summary, utterance, error),
            started_at=started_at,
            duration_ms=round((self.clock.monotonic() - began) * 1000),
            output=output,
            effects=effects,
            error=error,
            request=exchange.request if exchange else None,
            response=exchange.response if exchange and not is_shadow else None,
            target=exchange.target if exchange and not is_shadow else None,
            variant=permission.variant,
            said=said,
            said_text=http.cleaned(utterance.text),
        )

    async def _looked_up(
        self, attempted: NextStep, http: RecordingHttp | None = None
    ) -> LookedUp | None:
        """The step with what it reads and its event lacks; None where it reads nothing of it."""
        if not (attempted.step.reads_name or attempted.step.reads_parts):
            return None
        http = http or self.new_http(attempted.is_retry, False, attempted.claimed.event_json)
        provider = self.connections.get(attempted.claimed.connection)
        return await self.look_ups.complete(attempted, provider, http)

    def _summary(
        self, attempted: NextStep, done: Reason, utterance: Utterance, error: StepError | None
    ) -> Reason:
        """The result of an attempt, with its receiver, and with the approval that was not asked."""
        if utterance.to:
            done = through(attempted, utterance.to, done, error)
        approval = attempted.step.spec.approval
        is_tried = attempted.step.is_shadow or self.is_rehearsal
        if approval is None or error is not None or not is_tried:
            return done
        return AFTER_APPROVAL(within=approval.within_ms, done=done)

    async def part_of(self, part: EventPart, claimed: Claimed) -> FoundPart:
        """The part that the event of a claimed run lacks, for the decision about its rules."""
        provider = self.connections.get(claimed.connection)
        now_ms = self.clock.now_ms()
        is_dry = self.is_rehearsal
        return await self.look_ups.part_of(part, claimed, provider, now_ms, is_dry=is_dry)

    async def echo_of(self, attempted: NextStep) -> Echo | None:
        """The echo that would prove an attempt during which the process died, if any."""
        step, now_ms = attempted.step, self.clock.now_ms()
        action, scope = self.actions[step.spec.action], attempted.scope(now_ms)
        permission = self.permissions.of(attempted)
        try:
            # Nothing is sent.
            http = self.new_http(False, False, attempted.claimed.event_json)
            context = self._context(attempted, scope, http, now_ms, permission, Utterance())
            again = attempted.again if step.asks else None
            shown = attempted.approved_inputs if step.needs_approval else None
            inputs = (
                action.asked_again(again)
                if again
                else inputs_of(action, step, scope, shown, track=self._track(attempted, scope))
            )
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
        return attempted.step.render(scope, self._track(attempted, scope))

    def _track(self, attempted: NextStep, scope: Mapping[str, Any]) -> Track:
        if self.is_rehearsal or attempted.step.is_shadow:
            return self.links.shown
        provider = self.connections.get(attempted.connection)
        return partial(step_link, self.links, attempted, scope, provider)

    async def completed(self, attempted: NextStep) -> tuple[NextStep, tuple[Effect, ...]]:
        """A step with what it looks up, before anything of it is done, and what that leaves."""
        looked_up = await self._looked_up(attempted)
        return (attempted, ()) if looked_up is None else (looked_up.attempted, looked_up.effects)

    def question_of(self, attempted: NextStep) -> Question | None:
        """The question that a step is about to ask; None when it is not going to ask any."""
        now_ms, step = self.clock.now_ms(), attempted.step
        action, scope = self.actions[step.spec.action], attempted.scope(now_ms)
        if step.condition is not None and not step.condition.evaluate(scope).holds:
            return None
        try:
            inputs = inputs_of(action, step, scope, track=self._track(attempted, scope))
        except StepError:
            # The attempt itself records it.
            return None
        return replace(
            action.question(inputs), asked_at=now_ms, pause_ms=attempted.rule.spec.pause_ms
        )

    def confirmed(self, step: CompiledStep, echoed: Echoed) -> StepOutcome:
        """The outcome of an attempt whose answer was lost and whose echo has come."""
        result = self.actions[step.spec.action].confirmed(echoed.body)
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
        # A question is asked again with the values of the first time.
        again = attempted.again if step.asks else None
        action = self.actions[step.spec.action]
        if again is not None:
            inputs = action.asked_again(again)
        else:
            if step.condition is not None:
                outcome = step.condition.evaluate(scope)
                if not outcome.holds:
                    raise SkippedStep(unmet(step.condition.text, outcome))
            shown = attempted.approved_inputs if step.needs_approval else None
            inputs = inputs_of(action, step, scope, shown, track=self._track(attempted, scope))
        context = self._context(attempted, scope, http, now_ms, may_speak, utterance)
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

    def _context(
        self,
        attempted: NextStep,
        scope: Mapping[str, Any],
        http: RecordingHttp,
        now_ms: int,
        may_speak: MaySpeak,
        utterance: Utterance,
    ) -> StepContext:
        claimed = attempted.claimed
        connection = attempted.step.via or claimed.connection
        provider = self.connections.get(connection)
        if provider is None:
            raise PermanentError(CONNECTION_REMOVED(connection=connection))
        if attempted.step.is_shadow:
            provider = dry_provider(provider)
        return _step_context(
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
            may_speak=may_speak,
            load_delivery=partial(self.load_delivery, claimed.run.event_id),
            outcome_unknown=attempted.earlier.may_have_worked,
            is_rehearsal=self.is_rehearsal,
            calendar=attempted.step.calendar,
            utterance=utterance,
            via=attempted.step.via,
        )
