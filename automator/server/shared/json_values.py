"""Our records as JSON: ids and states as people see them, times as ISO 8601."""

from typing import Any

from starlette.responses import Response

from automator.clock import iso_time
from automator.engine.operations.watchdog import Health
from automator.engine.schedule.schedules import ScheduleState
from automator.http.json_body import dump_json
from automator.model import Attempt, Event, Problem, Run, format_id
from automator.server.access.tokens import ApiToken
from automator.store import DeliveryRow, EventDetail, EventRow, HourCounts, RunDetail, RunRow


class JsonAnswer(Response):
    """A JSON answer; integers keep all their digits."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dump_json(content)


def optional_time(ms: int | None) -> str | None:
    """A time, or null."""
    return None if ms is None else iso_time(ms)


def optional_id(number: int | None) -> str | None:
    """An id, or null."""
    return None if number is None else format_id(number)


def run_json(run: Run) -> dict[str, Any]:
    """A run itself."""
    return {
        "id": format_id(run.id),
        "event_id": format_id(run.event_id),
        "rule": run.rule,
        "revision": run.revision,
        "state": run.state.label,
        "reason": run.because,
        "shadow": run.is_shadow,
        "replay": dict(run.replay) or None,
        "decisions": list(run.decisions),
        "path": run.path,
        "parent_id": optional_id(run.parent_id),
        "contact": run.contact,
        "step": run.step,
        "attempt": run.attempt,
        "created_at": iso_time(run.created_at),
        "run_at": None if run.waits_for_its_turn else iso_time(run.run_at),
        "finished_at": optional_time(run.finished_at),
    }


def hour_json(counts: HourCounts) -> dict[str, Any]:
    """How much there was in an hour."""
    return {
        "hour": iso_time(counts.hour),
        "events": counts.events,
        "started": counts.started,
        "ended": dict(counts.ended),
        "rejected_deliveries": counts.rejected_deliveries,
    }


def run_row_json(row: RunRow) -> dict[str, Any]:
    """A run in a list."""
    return {
        **run_json(row.run),
        "event_type": row.event_type,
        "connection": row.connection,
        "actor_name": row.actor_name,
        "text": row.text,
        "last_summary": row.last_summary,
        "attempts": row.attempts,
    }


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """One try of one step."""
    return {
        "id": format_id(attempt.id),
        "step": attempt.step,
        "action": attempt.action,
        "number": attempt.number,
        "node": attempt.node,
        "started_at": iso_time(attempt.started_at),
        "duration_ms": attempt.duration_ms,
        "status": attempt.status.value,
        "summary": attempt.summary,
        "error_code": attempt.error_code,
        "target": attempt.target,
        "request": attempt.request,
        "response": attempt.response,
    }


def run_detail_json(detail: RunDetail) -> dict[str, Any]:
    """A run with everything that belongs to it."""
    return {
        **run_json(detail.run),
        "event": event_json(detail.event),
        "attempts": [attempt_json(attempt) for attempt in detail.attempts],
        "follow_ups": [run_row_json(row) for row in detail.children],
        "collected": [run_row_json(row) for row in detail.collected],
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event as rules see it, with its delivery."""
    return {
        "id": format_id(event.id),
        "delivery_id": format_id(event.delivery_id),
        "connection": event.connection,
        "provider": event.provider,
        "type": event.type,
        "dedupe_key": event.dedupe_key,
        "contact": event.contact,
        "is_self": event.is_self,
        "received_at": iso_time(event.received_at),
        "body": event.body,
    }


def event_row_json(row: EventRow) -> dict[str, Any]:
    """An event in a list."""
    return {
        "id": format_id(row.id),
        "delivery_id": format_id(row.delivery_id),
        "connection": row.connection,
        "provider": row.provider,
        "type": row.type,
        "contact": row.contact,
        "is_self": row.is_self,
        "received_at": iso_time(row.received_at),
        "actor_name": row.actor_name,
        "text": row.text,
        "revision": row.revision,
        "runs": row.runs,
    }


def event_detail_json(detail: EventDetail) -> dict[str, Any]:
    """An event with its runs."""
    return {
        **event_json(detail.event),
        "revision": detail.revision,
        "runs": [run_row_json(row) for row in detail.runs],
    }


def delivery_row_json(row: DeliveryRow) -> dict[str, Any]:
    """A delivery in a list."""
    return {
        "id": format_id(row.id),
        "connection": row.connection,
        "received_at": iso_time(row.received_at),
        "method": row.method,
        "remote": row.remote,
        "verdict": row.verdict.value,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "size": row.size,
        "events": row.events,
        "duplicate": row.is_duplicate,
    }


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem in a rule file."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "length": problem.length,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "fix": problem.fix,
        "source": problem.source,
    }


def token_json(token: ApiToken) -> dict[str, Any]:
    """An API token without its secret."""
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role.label,
        "account": token.account,
        "created_at": iso_time(token.created_at),
        "expires_at": iso_time(token.expires_at),
        "last_used_at": optional_time(token.last_used_at),
    }


def health_json(state: Health) -> dict[str, Any]:
    """How a connection is doing, as the watchdog sees it."""
    return {
        "connection": state.connection,
        "last_delivery_at": optional_time(state.last_at),
        "allowed_silence_s": None if state.allowed_s is None else round(state.allowed_s),
        "is_silent": state.silent_s is not None,
        "refusals": state.refusals,
        "warnings": [str(warning) for warning in state.warnings()],
    }


def schedule_json(state: ScheduleState) -> dict[str, Any]:
    """A rule that fires by itself; `_local` is what its own clock shows."""

    return {
        "rule": state.rule,
        "schedule": state.schedule.written,
        "timezone": state.schedule.timezone,
        "missed": state.schedule.missed,
        "next_fire": optional_time(state.next_fire),
        "next_fire_local": state.shown(state.next_fire),
        "last_fire": optional_time(state.last_fire),
        "last_fire_local": state.shown(state.last_fire),
        "last_skipped": optional_time(state.last_skipped),
    }
