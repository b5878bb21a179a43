"""The API of the server's status: its present state, the counts of each hour, and metrics."""

import asyncio
from typing import Any

from starlette.responses import Response

from automator import __version__
from automator.clock import iso_time
from automator.language import Translator
from automator.model import AutomatorError, Reason
from automator.server.shared.json_values import (
    JsonAnswer,
    health_json,
    reason_with_sentence,
    record_json,
    schedule_json,
)
from automator.server.shared.targets import everything_row, target_json, target_rows
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.store import HOUR_MS

_MOST_HOURS = 24 * 31


async def get_status(context: RequestContext) -> Response:
    """The present state of this server."""
    services, say = context.services, context.translator.say
    log, since_ms = services.store.log, context.now_ms - 24 * HOUR_MS
    counts = await asyncio.to_thread(log.counts, since_ms)
    reasons = await asyncio.to_thread(log.reason_counts, since_ms)
    schedules = await services.schedules.states()
    targets = [await everything_row(services), *await target_rows(services)]
    return JsonAnswer(
        {
            "version": __version__,
            "node": services.store.node,
            "now": iso_time(context.now_ms),
            "demo": services.demo,
            "store_available": services.store.is_accepting,
            "store_trouble": _advised(services.store.trouble, context.translator),
            "rules": _rules_json(services),
            "connections": sorted(services.connections),
            "watch": [health_json(state, say) for state in await services.watchdog.states()],
            "last_24_hours": {
                **record_json(counts, ("events", "runs", "rejected_deliveries")),
                "reasons": reasons,
            },
            "waiting_follow_ups": counts.waiting_follow_ups,
            "targets": [target_json(row) for row in targets if not row.is_open_to_all],
            "schedules": [schedule_json(state) for state in schedules],
            "lost_access": {
                keeper.connection: reason_with_sentence(keeper.lost, say)
                for keeper in services.token_keepers
                if keeper.lost
            },
            "store_warnings": [
                _advised(warning, context.translator) for warning in services.store_warnings
            ],
            "held": services.store.quarantine.count,
            "backups": await asyncio.to_thread(_backups_json, services, context.translator),
            "backup_note": _advised(await services.store.upkeep.backup_note(), context.translator),
            "nodes": await asyncio.to_thread(_nodes_json, services),
        }
    )


def _rules_json(services: Services) -> dict[str, Any]:
    active = services.rulebook.active
    return {
        "revision": active.revision,
        "count": len(active.rule_set.rules),
        "loaded_at": iso_time(active.loaded_at),
        "problems": len(services.rulebook.problems),
    }


def _nodes_json(services: Services) -> list[dict[str, Any]]:
    shown = ("name", "version", "revision", "started_at", "heartbeat_at")
    return [record_json(node, shown) for node in services.store.log.nodes()]


async def get_hours(context: RequestContext) -> Response:
    """The counts of each of the last hours; empty hours are left out."""
    since_ms = context.now_ms - context.number("hours", 24, _MOST_HOURS) * HOUR_MS
    found = await asyncio.to_thread(context.services.store.log.hours, since_ms)
    return JsonAnswer(
        {"items": [{**record_json(item), "hour": iso_time(item.hour)} for item in found]}
    )


async def get_metrics(context: RequestContext) -> Response:
    """Counts since the start, and what waits or is wrong now, as Prometheus reads them."""
    # Imported late: most servers are not asked for them.
    from automator.server.shared.metrics import write_metrics

    accept = context.request.headers.get("accept", "")
    text, media_type = await write_metrics(context.services, accept)
    return Response(text, headers={"content-type": media_type})


def _advised(reason: Reason | None, translator: Translator) -> dict[str, Any] | None:
    """A reason with what to do about it; None without one."""
    if reason is None:
        return None
    return {**reason_with_sentence(reason, translator.say), "fix": translator.advice(reason)}


def _backups_json(services: Services, translator: Translator) -> dict[str, Any] | None:
    backups = services.backups
    if backups is None:
        return None
    kept = backups.kept()
    return {
        "folder": str(backups.folder),
        "kept": len(kept),
        "newest": iso_time(kept[0].made_at) if kept else None,
        "failure": _failure_text(backups.failure, translator),
    }


def _failure_text(failure: AutomatorError | None, translator: Translator) -> str:
    """The reason why a backup failed, and advice; empty if it succeeded."""
    if failure is None:
        return ""
    return ". ".join(filter(None, translator.error(failure)))
