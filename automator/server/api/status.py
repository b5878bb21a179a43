"""The API of the server itself: its present state, the counts of each hour, metrics, and its
description in OpenAPI.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from automator import __version__
from automator.clock import iso_time
from automator.http.json_body import dump_json
from automator.language import Translator
from automator.model import AutomatorError, Reason
from automator.server.answers.setup import HourJson, StatusJson
from automator.server.answers.values import ItemsJson
from automator.server.http.parameters import NumberParameter
from automator.server.shared.json_values import (
    health_json,
    reason_with_sentence,
    record_json,
    schedule_json,
)
from automator.server.shared.responses import JsonAnswer, MetricsAnswer
from automator.server.shared.targets import everything_row, target_json, target_rows
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.store import HOUR_MS

HOURS = NumberParameter(name="hours", usual=24, most=24 * 31)


async def get_status(context: RequestContext) -> JsonAnswer[StatusJson]:
    """The present state of this server."""
    services, say = context.services, context.translator.say
    log, since_ms = services.store.log, context.now_ms - 24 * HOUR_MS
    counts = await asyncio.to_thread(log.counts, since_ms)
    reasons = await asyncio.to_thread(log.reason_counts, since_ms)
    schedules = await services.schedules.states()
    traces = services.traces.warnings if services.traces else ()
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
            "lost_access": _lost_access(services, context.translator),
            "store_warnings": [
                _advised(warning, context.translator)
                for warning in (*services.store_warnings, *traces)
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


def _lost_access(services: Services, translator: Translator) -> dict[str, Any]:
    """The reasons why connections have lost their access, by the names of those that have."""
    return {
        keeper.connection: reason_with_sentence(keeper.lost, translator.say)
        for keeper in services.token_keepers
        if keeper.lost
    }


def _nodes_json(services: Services) -> list[dict[str, Any]]:
    shown = ("name", "version", "revision", "started_at", "heartbeat_at")
    return [record_json(node, shown) for node in services.store.log.nodes()]


async def get_hours(context: RequestContext) -> JsonAnswer[ItemsJson[HourJson]]:
    """The counts of each of the last hours; empty hours are left out."""
    since_ms = context.now_ms - context.number(HOURS) * HOUR_MS
    found = await asyncio.to_thread(context.services.store.log.hours, since_ms)
    return JsonAnswer(
        {"items": [{**record_json(item), "hour": iso_time(item.hour)} for item in found]}
    )


async def get_metrics(context: RequestContext) -> MetricsAnswer:
    """Counts since the start, and what waits or is wrong now, as Prometheus reads them."""
    from automator.server.shared.metrics import write_metrics  # noqa: PLC0415 - 2.4 MB, for one route.

    accept = context.request.headers.get("accept", "")
    text, media_type = await write_metrics(context.services, accept)
    return MetricsAnswer(text, headers={"content-type": media_type})


class Description:
    """The description of this API in OpenAPI 3.1, made when somebody first asks for it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._made = b""
        self._making = asyncio.Lock()

    async def get_description(self, _context: RequestContext) -> JsonAnswer[dict[str, Any]]:
        """The description of this API in OpenAPI 3.1."""
        from automator.server.description.document import describe  # noqa: PLC0415 - 3 MB, for one route.

        async with self._making:
            if not self._made:
                self._made = dump_json(await asyncio.to_thread(describe, self._routes))
        return JsonAnswer(self._made)


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
