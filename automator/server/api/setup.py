"""The API of the server itself (state, metrics, pruning), limits, targets and connections."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from automator import __version__
from automator.clock import iso_time
from automator.engine.profiles.profiles import ProfilePlan
from automator.language import Translator
from automator.model import AutomatorError, Reason
from automator.reasons import audit as acts
from automator.record_json import record_json
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls
from automator.server.answer_types.common import ItemsJson, PageJson
from automator.server.answer_types.setup import (
    ChatLinkJson,
    CountedKeyJson,
    CountsJson,
    HourJson,
    NodeJson,
    ProfilesJson,
    PrunedJson,
    StatusJson,
    SubscribedJson,
    TargetJson,
)
from automator.server.http.parameters import NumberParameter, texts
from automator.server.setup.chat_links import chat_link
from automator.server.shared.json_values import (
    health_json,
    reason_with_sentence,
    schedule_json,
)
from automator.server.shared.limits import counted_json, counted_rows, next_page, reset_limit
from automator.server.shared.lists import PAGE_PARAMETERS, limit_of
from automator.server.shared.responses import JsonAnswer, MetricsAnswer
from automator.server.shared.targets import everything_row, pause_target, target_json, target_rows
from automator.server.web.request_context import RequestContext
from automator.server.web.security import METRICS, Role
from automator.server.web.services import Services
from automator.store import HOUR_MS

_HOURS = NumberParameter(name="hours", usual=24, most=24 * 31)
calls = Calls()


# --- The server itself ---


@calls.declare("GET /api/status", Role.VIEWER, group="status")
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
                **record_json(counts, CountsJson),
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
    """The reasons for lost access, by the names of the connections that have lost it."""
    return {
        keeper.connection: reason_with_sentence(keeper.lost, translator.say)
        for keeper in services.token_keepers
        if keeper.lost
    }


def _advised(reason: Reason | None, translator: Translator) -> dict[str, Any] | None:
    """A reason as JSON, with its sentence and advice; None for None."""
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
    """The reason why a backup failed, with advice; "" if it succeeded."""
    if failure is None:
        return ""
    return ". ".join(filter(None, translator.error(failure)))


def _nodes_json(services: Services) -> list[dict[str, Any]]:
    return [record_json(node, NodeJson) for node in services.store.log.nodes()]


@calls.declare("GET /api/hours", Role.VIEWER, group="status", parameters=(_HOURS,))
async def get_hours(context: RequestContext) -> JsonAnswer[ItemsJson[HourJson]]:
    """The counts of each of the last hours; empty hours are left out."""
    since_ms = context.now_ms - context.number(_HOURS) * HOUR_MS
    found = await asyncio.to_thread(context.services.store.log.hours, since_ms)
    return JsonAnswer(
        {"items": [{**record_json(item), "hour": iso_time(item.hour)} for item in found]}
    )


@calls.declare(f"GET {METRICS}", Role.VIEWER, group="status", parameters=None)
async def get_metrics(context: RequestContext) -> MetricsAnswer:
    """The metrics for Prometheus: counts since the start, waiting work, and present troubles."""
    from automator.server.shared.metrics import write_metrics  # noqa: PLC0415 - 2.4 MB, for one route.

    accept = context.request.headers.get("accept", "")
    text, media_type = await write_metrics(context.services, accept)
    return MetricsAnswer(text, headers={"content-type": media_type})


# --- Limits and targets ---


@calls.declare(
    "GET /api/limits",
    Role.VIEWER,
    group="limits",
    parameters=(*texts(["rule", "key"]), *PAGE_PARAMETERS),
)
async def get_limits(context: RequestContext) -> JsonAnswer[PageJson[CountedKeyJson]]:
    """The counts of limits and budgets; filters are `rule` and a part of the `key`."""
    limit = limit_of(context)
    rows = await counted_rows(context, limit + 1)
    items = [counted_json(item) for item in rows[:limit]]
    return JsonAnswer({"items": items, "next": next_page(rows, limit) or None})


class KeyBody(Body):
    """The id of the key whose count is reset."""

    example: ClassVar[Mapping[str, Any]] = {"id": "5f0c…"}
    id: str


@calls.declare(
    "POST /api/limits/reset", Role.EDITOR, acts.limit_reset, group="limits", errors=(404,)
)
async def post_reset(context: RequestContext, body: KeyBody) -> JsonAnswer[CountedKeyJson]:
    """Resets the count of the key with this `id`; answers with the count before."""
    return JsonAnswer(
        counted_json(await reset_limit(context.services.store, body.id, context.actor.name))
    )


@calls.declare("GET /api/targets", Role.VIEWER, group="targets")
async def get_targets(context: RequestContext) -> JsonAnswer[ItemsJson[TargetJson]]:
    """All targets; the target `*` only if all sending is paused."""
    rows = await target_rows(context.services)
    everything = await everything_row(context.services)
    if not everything.is_open_to_all:
        rows.insert(0, everything)
    return JsonAnswer({"items": [target_json(row) for row in rows]})


class Pause(Body):
    """The reason for a pause, for people."""

    example: ClassVar[Mapping[str, Any]] = {"reason": "the CRM moves house"}
    reason: str = ""


@calls.declare(
    "POST /api/targets/{name}/pause", Role.EDITOR, acts.target_paused_by_hand, group="targets"
)
async def post_pause(context: RequestContext, body: Pause) -> JsonAnswer[TargetJson]:
    """Pauses a target; people see the `reason`."""
    await pause_target(context.services, context.path("name"), context.actor.name, body.reason)
    return await _one(context)


@calls.declare("POST /api/targets/{name}/resume", Role.EDITOR, acts.target_resumed, group="targets")
async def post_resume(context: RequestContext) -> JsonAnswer[TargetJson]:
    """Resumes a paused or failing target."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return await _one(context)


async def _one(context: RequestContext) -> JsonAnswer[TargetJson]:
    services = context.services
    rows = [await everything_row(services), *await target_rows(services)]
    name = context.path("name")
    return JsonAnswer(next(target_json(row) for row in rows if row.destination.name == name))


@calls.declare("POST /api/prune", Role.ADMIN, acts.pruned, group="maintenance")
async def post_prune(context: RequestContext) -> JsonAnswer[PrunedJson]:
    """Deletes data that is past its retention now, even if the clock was set and is in doubt."""
    gone = await context.services.pruner.run(trusts_clock=True) or {}
    return JsonAnswer({"deleted": {stage.value: count for stage, count in gone.items()}})


# --- Connections ---


@calls.declare(
    "POST /api/connections/{name}/subscribe",
    Role.ADMIN,
    acts.connection_subscribed,
    group="connections",
    errors=(502,),
)
async def post_subscribe(context: RequestContext) -> JsonAnswer[SubscribedJson]:
    """Has the provider of a connection send this server the events that its rules need."""
    problem = await context.services.watchdog.subscribe(context.path("name"))
    say = context.translator.say
    return JsonAnswer({"problem": None if problem is None else reason_with_sentence(problem, say)})


@calls.declare(
    "GET /api/connections/{name}/link",
    Role.VIEWER,
    group="connections",
    parameters=texts(["ref", "text"]),
)
async def get_chat_link(context: RequestContext) -> JsonAnswer[ChatLinkJson]:
    """The link that opens a conversation with the account of a connection, and its QR code."""
    provider = context.services.connection_named(context.path("name"))
    return JsonAnswer(chat_link(provider, context.query("ref"), context.query("text")).as_json())


@calls.declare(
    "GET /api/connections/{name}/profile", Role.ADMIN, group="connections", errors=(502,)
)
async def get_profile(context: RequestContext) -> JsonAnswer[ProfilesJson]:
    """The changes that setting a connection's profile would make now, by account."""
    return _plans(await context.services.profiles.plan(context.path("name")))


@calls.declare(
    "POST /api/connections/{name}/profile",
    Role.ADMIN,
    acts.profile_set,
    group="connections",
    errors=(502,),
)
async def post_profile(context: RequestContext) -> JsonAnswer[ProfilesJson]:
    """Sets the profile of a connection; answers with the changes."""
    return _plans(await context.services.profiles.set_now(context.path("name")))


def _plans(plans: Sequence[ProfilePlan]) -> JsonAnswer[ProfilesJson]:
    return JsonAnswer(
        {
            "accounts": [
                {
                    "connection": plan.connection,
                    "changes": [record_json(change) for change in plan.changes],
                }
                for plan in plans
            ]
        }
    )
