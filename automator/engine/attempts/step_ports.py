"""The ports that the actions of steps may use, and the inputs and the context of one attempt."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from automator.configuration.secrets import Secret
from automator.configuration.target import RuleSecret, Target
from automator.engine.attempts.dry_http import dry_provider
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.recording import RecordingHttp
from automator.engine.attempts.step_inputs import inputs_of
from automator.engine.attempts.step_links import step_link
from automator.engine.links.tracked_links import NO_LINKS, TrackedLinks
from automator.http.traceparent import (
    TRACEPARENT,
    attempt_span_id,
    is_sampled,
    trace_of,
    traceparent,
)
from automator.model import Delivery, PermanentError, constructor, record
from automator.plugins import AnyAction, MaySpeak, Provider, StepContext, Utterance
from automator.reasons.attempts.steps import CONNECTION_REMOVED
from automator.rules import Plain, Track

_step_context = constructor(StepContext)


@record
class StepPorts:
    """The ports of all steps of a server, a simulation or a try."""

    actions: Mapping[str, AnyAction]
    connections: Mapping[str, Provider]
    targets: Mapping[str, Target]
    notify: Mapping[str, Secret]
    #: The secrets that rules can name.
    secrets: Mapping[str, RuleSecret] = field(default_factory=dict)
    load_delivery: Callable[[int], Awaitable[Delivery]]
    links: TrackedLinks = NO_LINKS
    #: The share of the traces that is exported; None while traces are off.
    trace_ratio: float | None = None
    #: Nothing is carried out: a test of rules, a simulation or a preview.
    is_rehearsal: bool = False

    def track(self, attempted: NextStep, scope: Mapping[str, Any]) -> Track:
        """Makes the addresses of the tracked links in a step."""
        if self.is_rehearsal or attempted.step.is_shadow:
            return self.links.shown
        provider = self.connections.get(attempted.connection)
        return partial(step_link, self.links, attempted, scope, provider)

    def plain(self, attempted: NextStep) -> Plain | None:
        """Takes the markup of the step's platform out of a value; None where it needs nothing."""
        provider = self.connections.get(attempted.connection)
        return None if provider is None else provider.plain_value

    def inputs(self, attempted: NextStep, scope: Mapping[str, Any]) -> Any:
        """The inputs of an attempt: those of a question that is asked again, those that a person
        has approved, or those that the step renders now.

        Raises:
            PermanentError: one of them is not what the action takes.
        """
        step = attempted.step
        action = self.actions[step.spec.action]
        if attempted.again is not None:
            return action.asked_again(attempted.again)
        approved = attempted.approved_inputs if step.needs_approval else None
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
        """The context in which the action of a step works.

        Raises:
            PermanentError: its connection is not configured any more.
        """
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
            secrets=self.secrets,
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
        """The trace context that a request of the attempt carries; "" while traces are off."""
        if self.trace_ratio is None or self.is_rehearsal:
            return ""
        claimed, run = attempted.claimed, attempted.claimed.run
        given = claimed.event.get(TRACEPARENT)
        given = given if isinstance(given, str) else ""
        trace_id = trace_of(claimed.delivery_id, given).trace_id
        span_id = attempt_span_id(run.id, attempted.step.spec.id, run.attempt)
        return traceparent(trace_id, span_id, is_sampled=is_sampled(trace_id, self.trace_ratio))
