"""Records what would go out during a simulation, and answers as if all went well."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.outside import nothing_sent
from automator.engine.attempts.performer import StepOutcome, StepPerformer
from automator.engine.attempts.recording import RecordingHttp, Redactor
from automator.model import AttemptStatus, Claimed, Reason, Step
from automator.plugins import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One attempt of a step, and what it would have sent."""

    #: Milliseconds since 1970.
    at: int
    id: str
    action: str
    status: AttemptStatus
    summary: Reason
    #: The message; None when the step says nothing.
    text: str | None
    #: The words of a notice to somebody of one's own.
    told: str | None
    #: The receiver's id at the provider.
    to: str | None
    #: `{"method", "url", "headers", "body"}` of each request, without secrets.
    requests: tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Recorder:
    """The outside of a simulation: it makes the HTTP of each attempt, and keeps what was asked."""

    connections: Mapping[str, Provider]
    redactor: Redactor
    #: Answers that are assumed, by the id of a step that asks for them.
    answers: Mapping[str, Any]
    #: Takes each attempt, in place of `steps`, which grows with them.
    watch: Callable[[Claimed, RecordedStep], None] | None = None
    #: The attempts of each run, in order.
    steps: dict[int, list[RecordedStep]] = field(default_factory=lambda: defaultdict(list))
    _step: Step = field(init=False)
    _provider: Provider | None = field(init=False)
    _http: RecordingHttp = field(init=False)

    def new_http(self, _is_retry: bool, _has_reservation: bool) -> RecordingHttp:
        """The HTTP of the attempt that begins."""
        outside = nothing_sent(self._step, self._provider, self.answers)
        self._http = RecordingHttp(outside, self.redactor)
        return self._http

    def begin(self, claimed: Claimed, step: Step) -> None:
        """An attempt begins."""
        self._step, self._provider = step, self.connections.get(claimed.connection)

    def end(self, claimed: Claimed, step: Step, outcome: StepOutcome) -> None:
        """An attempt has ended."""
        said = outcome.said
        recorded = RecordedStep(
            at=outcome.started_at,
            id=step.id,
            action=step.action,
            status=outcome.status,
            summary=outcome.summary,
            text=said.text if said else None,
            told=outcome.said_text if said is None else None,
            to=said.receiver if said else None,
            requests=tuple(exchange.request for exchange in self._http.exchanges),
        )
        if self.watch is None:
            self.steps[claimed.run.id].append(recorded)
        else:
            self.watch(claimed, recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPerformer(StepPerformer):
    """Performs attempts as on a server, and tells a recorder of each."""

    recorder: Recorder

    async def perform(self, attempted: NextStep) -> StepOutcome:
        """Makes one attempt of a step whose requests end in the recorder."""
        claimed, step = attempted.claimed, attempted.step.spec
        self.recorder.begin(claimed, step)
        outcome = await StepPerformer.perform(self, attempted)
        self.recorder.end(claimed, step, outcome)
        return outcome
