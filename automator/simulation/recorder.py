"""Records the requests of a simulation, and answers each of them with success."""

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from automator.actions.log import Log
from automator.configuration.values import written_duration
from automator.engine.attempts.dry_http import dry_http
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepOutcome, StepPerformer
from automator.engine.attempts.recording import RecordingHttp, Redactor, request_text
from automator.http.json_body import dump_json
from automator.model import (
    AttemptStatus,
    Block,
    CancelFollowUps,
    Claimed,
    Effect,
    OptOut,
    Proposal,
    Reason,
    Remember,
    StartFollowUp,
    Step,
    StepError,
    record,
)
from automator.model.rule import Approval
from automator.plugins import FORM_TYPE, Provider

#: The parts of a message besides its text and its receiver.
_PARTS = ("attachments", "quick_replies", "buttons", "template")
_BESIDE_TEXT = ("via", "to", *_PARTS)


@record
class RecordedStep:
    """One attempt of a step, with the requests that a server would have sent."""

    #: Milliseconds since 1970.
    at: int
    id: str
    action: str
    status: AttemptStatus
    summary: Reason
    #: The text of the message; None if the step sends no message.
    text: str | None
    #: The words of a notice to a colleague, or the line of the log.
    told: str | None
    #: The result as text: the message with its parts, the request, the time of the follow-up and
    #: the events that cancel it, the values, or the line of the log. None if there is no result, or
    #: the step was not done.
    done: str | None
    #: The receiver's id at the provider.
    to: str | None
    #: The connection that the message goes through, if it is not the event's connection.
    via: str
    #: Each request as `{"method", "url", "headers", "body"}`, without secrets.
    requests: tuple[Mapping[str, Any], ...]
    #: The parts of the message besides its text.
    parts: Mapping[str, Any] = field(default_factory=dict)
    #: What later steps see of it, as `steps.ID.output`.
    output: Mapping[str, Any] = field(default_factory=dict)
    #: What became of its question: `answered`, `expired`, `refused` or `unanswered`.
    answer: str = ""
    attempts: int = 1

    @property
    def words(self) -> dict[str, Any]:
        """The values that tests compare, by the words of `expect`; None for those it lacks."""
        return {
            "text": self.text or self.told,
            "to": self.to,
            "via": self.via or None,
            **self.parts,
            "attempts": self.attempts,
            "output": self.output,
        }

    @property
    def sent(self) -> list[dict[str, Any]]:
        """Each request by the words of `expect`, with the words of its message."""
        return [{**self.words, **_in_words(request)} for request in self.requests]


class Plain(str):
    """A value that is always a text, such as a header or a field of a form."""

    __slots__ = ()


def _in_words(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): Plain(value) for name, value in request["headers"].items()}
    body = request["body"] or ""
    with contextlib.suppress(ValueError):
        is_form = FORM_TYPE in headers.get("content-type", "")
        body = _by_name(body) if is_form else json.loads(body)
    query = _by_name(urlsplit(request["url"]).query)
    return {**request, "query": query, "headers": headers, "body": body}


def _by_name(text: str) -> dict[str, Any]:
    """The values of a form or of a query; a name that is repeated has a list."""
    found = parse_qs(text, keep_blank_values=True).items()
    named = {name: [Plain(value) for value in values] for name, values in found}
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


@dataclass(slots=True)
class Recorder:
    """Stands in for all other systems: makes the HTTP port of each attempt, records requests."""

    connections: Mapping[str, Provider]
    redactor: Redactor
    #: The assumed answers, by the id of the step that asks for them.
    answers: Mapping[str, Any]
    #: Is called with each attempt. `steps` then stays empty, because it would grow without end.
    watch: Callable[[Claimed, RecordedStep], None] | None = None
    #: Returns what a model said when a rule acted on an event, by the id of the step.
    recorded: Callable[[int, str], Mapping[str, Any]] | None = None
    #: The attempts of each run, in order.
    steps: dict[int, list[RecordedStep]] = field(default_factory=lambda: defaultdict(list))
    #: The runs and steps that have begun to wait for approval since somebody decided last.
    proposed: list[tuple[int, str]] = field(default_factory=list)
    _http: RecordingHttp = field(init=False)

    def new_http(self, _is_retry: bool, _has_reservation: bool, _event: bytes) -> RecordingHttp:
        """Returns the HTTP port of the attempt that has begun."""
        return self._http

    def begin(self, attempted: NextStep) -> None:
        """Makes the HTTP port of the attempt that begins."""
        provider = self.connections.get(attempted.connection)
        run, step, answers = attempted.claimed.run, attempted.step.spec, self.answers
        if step.drafts and self.recorded is not None:
            answers = {**answers, **self.recorded(run.event_id, run.rule)}
        dry = dry_http(step, provider, answers)
        self._http = RecordingHttp(dry, self.redactor)

    def end(self, attempted: NextStep, outcome: StepOutcome) -> None:
        """Notes that an attempt has ended."""
        claimed, step, said = attempted.claimed, attempted.step.spec, outcome.said
        requests = tuple(exchange.request for exchange in self._http.exchanges)
        recorded = RecordedStep(
            at=outcome.started_at,
            id=step.id,
            action=step.action,
            status=outcome.status,
            summary=outcome.summary,
            text=said.text if said else None,
            told=outcome.said_text or outcome.output.get("text") if said is None else None,
            to=said.receiver if said else _receiver(attempted, outcome.started_at),
            via=said.via if said else "",
            done=_done(step, outcome, requests) if outcome.status is AttemptStatus.OK else None,
            requests=requests,
            parts={name: _listed(getattr(said, name)) for name in _PARTS} if said else {},
            output=outcome.output,
        )
        if self.watch is None:
            self.steps[claimed.run.id].append(recorded)
        else:
            self.watch(claimed, recorded)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _receiver(attempted: NextStep, now_ms: int) -> str | None:
    """The receiver that a step names, such as a target; None if it names none, or an address."""
    try:
        to = attempted.step.receiver(attempted.scope(now_ms))
    except StepError:
        return None
    return None if "://" in to else to or None


def _done(step: Step, outcome: StepOutcome, requests: Sequence[Mapping[str, Any]]) -> str | None:
    """Describes the result of a successful step. Leaves out ids of runs, which differ each time."""
    said = outcome.said
    if said is not None:
        more = {name: value for name in _BESIDE_TEXT if (value := getattr(said, name))}
        return f"{said.text} {_as_json(more)}".strip() if more else said.text
    if requests:
        return request_text(requests[-1])
    if outcome.said_text is not None:
        return outcome.said_text
    if step.action == Log.name:
        level, line = outcome.output["level"], str(outcome.output["text"])
        return line if level == "info" else f"{level}: {line}"
    kept = [text for effect in outcome.effects if (text := _kept(effect, outcome.started_at))]
    return " ".join(kept) or None


def _kept(effect: Effect, now_ms: int) -> str | None:
    if isinstance(effect, StartFollowUp):
        return " ".join(_planned(effect, now_ms))
    if isinstance(effect, CancelFollowUps):
        return _as_json({"rule": effect.rule, "key": effect.key})
    if isinstance(effect, OptOut):
        return _as_json({"opted_out": effect.opted_out})
    if isinstance(effect, Block):
        return _as_json({"blocked": effect.blocked})
    if isinstance(effect, Remember):
        tags = {"add": effect.add_tags, "remove": effect.remove_tags}
        named = {name: given for name, given in tags.items() if given}
        return _as_json({**effect.values, **({"tags": named} if named else {})})
    return None


def _planned(effect: StartFollowUp, now_ms: int) -> Iterator[str]:
    """Describes when a follow-up runs, and what can keep it from running."""
    yield written_duration(effect.run_at - now_ms)
    if effect.until is not None:
        yield f"within: {written_duration(effect.until - effect.run_at)}"
    if effect.key is not None:
        yield f"key: {effect.key}"
    if effect.cancel_on is not None:
        yield f"cancel_on: {_as_json(effect.cancel_on)}"


def _as_json(value: Mapping[str, Any]) -> str:
    return dump_json(value).decode()


@record
class RecordedPerformer(StepPerformer):
    """Performs attempts as on a server, and reports each to a recorder."""

    recorder: Recorder

    async def perform(self, attempted: NextStep) -> StepOutcome:
        """Makes one attempt of a step; its requests go to the recorder."""
        self.recorder.begin(attempted)
        outcome = await StepPerformer.perform(self, attempted)
        self.recorder.end(attempted, outcome)
        return outcome

    async def proposal(
        self, attempted: NextStep, approval: Approval
    ) -> tuple[Proposal | StepError | None, tuple[Effect, ...]]:
        """Makes the message that a person approves, and notes that its step waits."""
        self.recorder.begin(attempted)
        made, effects = await StepPerformer.proposal(self, attempted, approval)
        if isinstance(made, Proposal):
            self.recorder.proposed.append((attempted.claimed.run.id, attempted.id))
        return made, effects

    def leave_out(self, attempted: NextStep, because: StepError) -> StepOutcome:
        """Notes a step that is not tried."""
        self.recorder.begin(attempted)
        outcome = StepPerformer.leave_out(self, attempted, because)
        self.recorder.end(attempted, outcome)
        return outcome
