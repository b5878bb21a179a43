"""Writes runs, events and states as JSON for the API and the command line."""

from collections.abc import Sequence
from typing import Any

from automator.clock import iso_time, optional_time
from automator.engine.operations.run_review import Judged
from automator.engine.operations.watchdog import Health, Say
from automator.engine.schedule.schedules import ScheduleState
from automator.language import Translator
from automator.model import Event, Reason, Run, format_id, reason_json
from automator.record_json import record_json
from automator.server.answer_types.activity import (
    AttemptJson,
    DeliveryFieldsJson,
    EventJson,
    RunFieldsJson,
    RunRowFieldsJson,
)
from automator.server.web.security import error_json
from automator.store import DeliveryRow, EventDetail, RunDetail, RunRow


def run_json(run: Run) -> dict[str, Any]:
    """A run, without its event and its attempts."""
    return {
        **record_json(run, RunFieldsJson),
        "reason": reason_json(run.because),
        "outcome": run.outcome and run.outcome.label,
        "shadow": run.is_shadow,
        "replay": dict(run.replay) or None,
        "decisions": list(run.decisions),
        "run_at": None if run.waits_for_others else iso_time(run.run_at),
        "waits": _waits_json(run),
    }


def _waits_json(run: Run) -> dict[str, Any] | None:
    """The wait of a queued run for something other than its lane, or None."""
    if run.awaits is None:
        return None
    return {
        "for": run.awaits.value,
        "target": run.target,
        "since": optional_time(run.waits_since),
        "until": optional_time(run.waits_until),
    }


def run_row_json(row: RunRow) -> dict[str, Any]:
    """A run in a list."""
    last = reason_json(row.last_summary)
    return {**run_json(row.run), **record_json(row, RunRowFieldsJson), "last_summary": last}


def approval_json(row: RunRow) -> dict[str, Any]:
    """A run in a list whose next step waits for approval, with the proposal."""
    step, proposal = row.run.open_proposal or ("", None)
    would = (
        None
        if proposal is None
        else {
            "step": step,
            "text": proposal.text,
            "longest": proposal.longest,
            "shown": dict(proposal.shown),
            "since": iso_time(proposal.at),
            "until": iso_time(proposal.until),
            "platform_until": optional_time(proposal.ends_at),
        }
    )
    return {**run_row_json(row), "approval": would}


def run_with_attempts_json(detail: RunDetail) -> dict[str, Any]:
    """A run with its attempts."""
    attempts = [record_json(attempt, AttemptJson) for attempt in detail.attempts]
    return {**run_json(detail.run), "attempts": attempts}


def run_detail_json(detail: RunDetail) -> dict[str, Any]:
    """A run with its attempts, event, follow-ups and collected runs."""
    return {
        **run_with_attempts_json(detail),
        "event": event_json(detail.event),
        "follow_ups": [run_row_json(row) for row in detail.children],
        "collected": [run_row_json(row) for row in detail.collected],
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event as rules see it, with its delivery."""
    return record_json(event, EventJson)


def event_detail_json(detail: EventDetail) -> dict[str, Any]:
    """An event with its runs."""
    return {
        **event_json(detail.event),
        "revision": detail.revision,
        "taken_again": reason_json(detail.taken_again),
        "runs": [run_row_json(row) for row in detail.runs],
    }


def delivery_row_json(row: DeliveryRow) -> dict[str, Any]:
    """A delivery in a list."""
    return {
        **record_json(row, DeliveryFieldsJson),
        "reason": reason_json(row.reason),
        "duplicate": row.is_duplicate,
    }


def reason_with_sentence(reason: Reason, say: Say) -> dict[str, Any]:
    """A reason in JSON, with its sentence for people."""
    return {**reason.to_json(), "text": say(reason)}


def health_json(state: Health, say: Say) -> dict[str, Any]:
    """The health of a connection, as the watchdog sees it."""
    return {
        "connection": state.connection,
        "last_delivery_at": optional_time(state.last_at),
        "allowed_silence_s": None if state.allowed_s is None else round(state.allowed_s),
        "is_silent": state.silent_s is not None,
        "refusals": state.refusals,
        "warnings": [reason_with_sentence(warning, say) for warning in state.warnings()],
    }


def schedule_json(state: ScheduleState) -> dict[str, Any]:
    """The state of a schedule; times in `…_local` are in the schedule's zone."""
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


def judged_json(judged: Sequence[Judged], translator: Translator) -> dict[str, Any]:
    """The results of decisions about several runs, each done or with its problem."""
    return {
        "items": [
            {
                "id": format_id(one.run_id),
                "done": one.problem is None,
                "problem": one.problem and error_json(one.problem, translator),
            }
            for one in judged
        ]
    }
