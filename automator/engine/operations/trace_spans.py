"""Makes OpenTelemetry spans from stored events, runs and attempts, in the form of OTLP requests.

The attributes are ids, types, names of rules and codes, and never a person's text. Import this
module only while traces are on: it needs the package opentelemetry-proto.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from automator import __version__
from automator.http.traceparent import TraceContext, attempt_span_id, span_id_of
from automator.model import AttemptStatus, RunState, format_id, hook_of
from automator.store.log.untraced import TracedAttempt, TracedEvent, TracedRun, UntracedPortion

#: How many spans one request has at most.
_MOST_SPANS = 1_000
_NS = 1_000_000
#: The semantic conventions whose names the attributes have.
_SCHEMA = "https://opentelemetry.io/schemas/1.37.0"
#: How the conventions write an error of no known kind.
_OTHER_ERROR = "_OTHER"
_ROUTE = "/hooks/{connection}"
_PORTS = {"http": 80, "https": 443}
_FAILS_FROM = 400
_NOT_FAILED = frozenset({AttemptStatus.OK, AttemptStatus.SKIPPED})

Values = Mapping[str, str | int | None]


class SpanEncoder:
    """Makes OTLP requests with the spans of portions."""

    def __init__(self, service: str, node: str) -> None:
        self._resource = Resource(
            attributes=_attributes(
                {
                    "service.name": service,
                    "service.version": __version__,
                    "service.instance.id": node,
                }
            )
        )

    def requests(self, portion: UntracedPortion) -> Iterator[bytes]:
        """Yields requests with all spans of a portion, each with a limited number."""
        spans = _spans(portion)
        while some := list(islice(spans, _MOST_SPANS)):
            scope = ScopeSpans(
                scope=InstrumentationScope(name="automator", version=__version__),
                spans=some,
                schema_url=_SCHEMA,
            )
            of_resource = ResourceSpans(resource=self._resource, scope_spans=[scope])
            yield ExportTraceServiceRequest(resource_spans=[of_resource]).SerializeToString()


def rejected_spans(answer: bytes) -> int:
    """The number of spans that the receiver has rejected, according to its answer."""
    try:
        return int(ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans)
    except DecodeError:
        # The answer is not in OTLP's form, as with many receivers.
        return 0


def _spans(portion: UntracedPortion) -> Iterator[Span]:
    told: set[int] = set()
    for event in portion.events:
        if event.delivery_id not in told:
            told.add(event.delivery_id)
            yield _of_delivery(event)
        yield _of_event(event)
    for run in portion.runs:
        yield _of_run(run)
        for attempt in run.attempts:
            yield _of_attempt(run, attempt)


def _of_delivery(event: TracedEvent) -> Span:
    # Events that the server raised itself did not come in a request.
    is_request = bool(event.method)
    return _span(
        event.trace,
        span_id_of(event.delivery_id),
        event.trace.parent_id,
        name=f"{event.method} {_ROUTE}" if is_request else event.connection,
        kind=Span.SPAN_KIND_SERVER if is_request else Span.SPAN_KIND_INTERNAL,
        start_ms=event.received_at,
        end_ms=event.committed_at,
        values={
            "http.request.method": event.method,
            "http.route": _ROUTE if is_request else None,
            "url.path": f"/hooks/{hook_of(event.connection)}" if is_request else None,
            "automator.delivery.id": format_id(event.delivery_id),
            "automator.connection": event.connection,
            "automator.delivery.verdict": event.verdict,
            "automator.reason": event.reason_code,
        },
    )


def _of_event(event: TracedEvent) -> Span:
    return _span(
        event.trace,
        span_id_of(event.id),
        span_id_of(event.delivery_id),
        name=f"process {event.connection}",
        kind=Span.SPAN_KIND_CONSUMER,
        start_ms=event.received_at,
        end_ms=event.committed_at,
        values={
            "messaging.system": event.provider,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": event.connection,
            "messaging.message.id": format_id(event.id),
            "automator.event.type": event.type,
        },
    )


def _of_run(run: TracedRun) -> Span:
    state = RunState(run.state)
    return _span(
        run.trace,
        span_id_of(run.id),
        span_id_of(run.event_id if run.parent_id is None else run.parent_id),
        name=f"run {run.rule}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_ms=run.created_at,
        end_ms=run.finished_at,
        has_failed=state.needs_review,
        values={
            "error.type": (run.reason_codes or _OTHER_ERROR) if state.needs_review else None,
            "automator.run.id": format_id(run.id),
            "automator.run.state": state.label,
            "automator.rule": run.rule,
            "automator.run.path": run.path,
            "automator.reason": run.reason_codes,
        },
    )


def _of_attempt(run: TracedRun, attempt: TracedAttempt) -> Span:
    place = urlsplit(attempt.url)
    is_http = place.scheme in _PORTS
    has_failed = attempt.status not in _NOT_FAILED
    error = attempt.error_code
    if attempt.http_status >= _FAILS_FROM:
        error = error or str(attempt.http_status)
    elif has_failed:
        error = error or _OTHER_ERROR
    return _span(
        run.trace,
        attempt_span_id(run.id, attempt.step, attempt.number),
        span_id_of(run.id),
        name=attempt.method if is_http else attempt.action,
        kind=Span.SPAN_KIND_CLIENT if attempt.method else Span.SPAN_KIND_INTERNAL,
        start_ms=attempt.started_at,
        end_ms=attempt.started_at + attempt.duration_ms,
        has_failed=has_failed,
        values={
            "http.request.method": attempt.method if is_http else None,
            "http.request.resend_count": attempt.number - 1 if is_http else None,
            "http.response.status_code": attempt.http_status,
            "server.address": place.hostname,
            "server.port": place.port or _PORTS.get(place.scheme),
            "error.type": error,
            "automator.step": attempt.step,
            "automator.action": attempt.action,
            "automator.attempt.number": attempt.number,
            "automator.attempt.status": attempt.status,
            "automator.target": attempt.target,
            "automator.reason": attempt.reason_code,
        },
    )


def _span(
    trace: TraceContext,
    span_id: str,
    parent_id: str,
    *,
    name: str,
    kind: Span.SpanKind.ValueType,
    start_ms: int,
    end_ms: int,
    values: Values,
    has_failed: bool = False,
) -> Span:
    return Span(
        trace_id=bytes.fromhex(trace.trace_id),
        span_id=bytes.fromhex(span_id),
        parent_span_id=bytes.fromhex(parent_id),
        name=name,
        kind=kind,
        start_time_unix_nano=start_ms * _NS,
        # The end may be before the start: the clock was set back, or is another node's clock.
        end_time_unix_nano=max(start_ms, end_ms) * _NS,
        attributes=_attributes(values),
        status=Status(code=Status.STATUS_CODE_ERROR) if has_failed else None,
    )


def _attributes(values: Values) -> list[KeyValue]:
    """The values as attributes. An unknown value, which is 0 or "", is left out."""
    return [
        KeyValue(
            key=key,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=value),
        )
        for key, value in values.items()
        if value
    ]
