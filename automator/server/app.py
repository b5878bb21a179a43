"""The composition root: makes every part of a server once and joins them."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from automator import __version__
from automator.actions import builtin_actions
from automator.clock import Clock, SystemClock
from automator.engine.egress import Egress
from automator.engine.follow_ups import cancels
from automator.engine.gated_http import GatedHttp
from automator.engine.intake import Intake
from automator.engine.permission import Permissions
from automator.engine.recording import RecordingHttp, Redactor
from automator.engine.replays import Replays
from automator.engine.retention import Pruner
from automator.engine.revisions import rule_loader
from automator.engine.rulebook import RuleBook
from automator.engine.run_carrier import RunCarrier
from automator.engine.runner import Runner
from automator.engine.schedule_connection import ScheduleProvider
from automator.engine.scheduler import Housekeeping
from automator.engine.schedules import Schedules
from automator.engine.settler import Settler
from automator.engine.steps import StepPerformer
from automator.engine.target_gate import TargetGate
from automator.engine.watchdog import Watchdog
from automator.model import (
    Delivery,
    IdSource,
    PermanentError,
    StoreUnavailableError,
)
from automator.providers import messaging_policies, provider_classes
from automator.sandbox import Recorder, sandbox_app
from automator.secrets import Secret
from automator.server.access import close_keepers, open_keepers
from automator.server.config import Config, database_url
from automator.server.control import remove_control, write_control
from automator.server.receive import HOOKS, HookEndpoint
from automator.server.routes import admin_routes
from automator.server.sample_paths import sample_paths
from automator.server.services import Services
from automator.server.shell import Shell
from automator.store import Room, Store, open_store

logger = logging.getLogger(__name__)

#: Half of the longest time for which a sender waits for its acknowledgement.
PATIENCE_S = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What the command line says."""

    config: Path | None
    rules: Path
    data: Path
    host: str
    port: int
    demo: bool
    #: The address of the database, when it is not in the data folder; it may hold a password.
    database: str | None = field(default=None, repr=False)


@contextlib.asynccontextmanager
async def running(
    options: ServeOptions,
    config: Config,
    url: str,
    store_failed: Callable[[], None],
    forgotten: Callable[[], None] | None = None,
) -> AsyncIterator[Services]:
    """The parts of a server, opened in order and closed in reverse.

    `store_failed` is called when the database can be trusted no more, `forgotten` when other nodes
    have counted this one out.
    """
    clock = SystemClock()
    store = await open_store(
        database_url(options.data, options.database),
        clock=clock,
        node="starting",
        cancel_matches=cancels,
        on_fatal=store_failed,
        lease_s=config.settings.lease,
        patience_s=PATIENCE_S,
        room=Room(config.settings.disk.keep_free, config.settings.disk.reserve),
    )
    egress = Egress(allow=config.settings.egress.allow, public_url=config.settings.public_url)
    try:
        node = await store.membership.join(__version__)
        store.listen()
        await store.recover()
        warnings = tuple(await store.durability_warnings())
        for warning in warnings:
            logger.warning("store.warning: %s", warning)
        if note := await store.backup_note():
            logger.info("store.backups: %s", note)
        services = await _assemble(options, config, url, store, egress, clock, node)
        services = replace(services, store_warnings=warnings)
        write_control(options.data, url=url, token=services.control_token)
        housekeeping = Housekeeping(
            services.rulebook,
            store,
            services.runner,
            services.schedules.fire_due,
            services.replays,
            forgotten or store_failed,
            look_after_connections=services.watchdog.look,
            backups=services.backups,
            backup=config.settings.backup,
            clock=clock,
            pruner=services.pruner,
            token_keepers=services.token_keepers,
        )
        await services.replays.resume(at_start=True)
        async with housekeeping:
            try:
                yield services
            finally:
                await services.replays.close()
                await close_keepers(services.token_keepers)
    finally:
        remove_control(options.data)
        await egress.close()
        with contextlib.suppress(StoreUnavailableError):
            await store.membership.leave()
        await store.close()


async def _assemble(
    options: ServeOptions,
    config: Config,
    url: str,
    store: Store,
    egress: Egress,
    clock: Clock,
    node: int,
) -> Services:
    actions = builtin_actions()
    settings, connections = config.settings, config.connections
    ids = IdSource(clock.now_ms, node)
    names = {name: item.name for name, item in connections.items()}
    load = rule_loader(
        actions,
        names,
        settings.vars,
        time_intervals=settings.time_intervals,
        providers=provider_classes(),
        known_paths=sample_paths(connections),
        policies=messaging_policies(),
    )
    rulebook = RuleBook(options.rules, store=store, load=load, clock=clock)
    await rulebook.open()
    intake = Intake(connections=connections, rulebook=rulebook, store=store, clock=clock, ids=ids)
    own = ScheduleProvider()
    schedules = Schedules(
        provider=own, rulebook=rulebook, intake=intake, store=store, clock=clock, ids=ids
    )
    known_secrets = _all_secrets(config)
    redactor = Redactor(known_secrets)
    gate = TargetGate(
        store=store,
        targets=settings.targets,
        host_concurrency=settings.egress.concurrency,
        clock=clock,
    )
    performer = StepPerformer(
        actions=actions,
        connections={**connections, own.connection: own},
        targets=settings.targets,
        new_http=lambda is_retry, has_turn: RecordingHttp(
            GatedHttp(gate, egress, is_retry=is_retry, has_turn=has_turn), redactor, gate.name_of
        ),
        clock=clock,
        permissions=Permissions(ask=store.ask_to_speak, budgets=settings.budgets, clock=clock),
        load_delivery=lambda event_id: _load_delivery(store, event_id),
    )
    keepers = await open_keepers(
        connections,
        store=store,
        data=options.data,
        new_http=lambda: GatedHttp(gate, egress),
        clock=clock,
    )
    settler = Settler(store, gate)
    carrier = RunCarrier(
        store=store,
        revisions=rulebook.revisions,
        performer=performer,
        settler=settler,
        clock=clock,
        ids=ids,
        still_waits=rulebook.still_waits,
    )
    runner = Runner(
        store=store,
        carrier=carrier,
        settler=settler,
        gate=gate,
        clock=clock,
        workers=settings.workers,
    )
    return Services(
        settings=settings,
        clock=clock,
        ids=ids,
        store=store,
        connections=connections,
        actions=actions,
        rulebook=rulebook,
        intake=intake,
        schedules=schedules,
        watchdog=Watchdog(
            connections=connections,
            own=own,
            intake=intake,
            rulebook=rulebook,
            store=store,
            http=egress,
            clock=clock,
            ids=ids,
        ),
        runner=runner,
        gate=gate,
        replays=Replays(store, rulebook.revisions, ids, clock),
        pruner=Pruner(store, settings.retention),
        data=options.data,
        backups=store.backups(settings.backup.folder),
        demo=options.demo,
        recorder=Recorder(options.data / "sandbox.jsonl") if options.demo else None,
        control_token=secrets.token_urlsafe(32),
        token_keepers=keepers,
        url=url,
    )


class Front:
    """The ASGI application: hooks go straight to their endpoint, all else through Starlette.

    Starlette's middleware and routing cost about 12 µs a request, which is a tenth of an event.
    """

    def __init__(self, hooks: HookEndpoint, site: Starlette) -> None:
        self._hooks = hooks
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(HOOKS):
            await self._hooks(scope, receive, send)
        else:
            await self._site(scope, receive, send)


def create_app(services: Services) -> Front:
    """The server as one ASGI application."""
    hooks = HookEndpoint(services.intake, services.clock, services.settings.max_body)
    routes: list[Route | Mount] = [
        Route("/healthz", _healthy),
        Route("/readyz", _ready_to_accept),
    ]
    if services.recorder is not None:
        targets = services.settings.targets.items()
        secrets_of = {name: item.secret.reveal() for name, item in targets if item.secret}
        sandbox = sandbox_app(services.recorder, target_secrets=secrets_of, faults=services.faults)
        routes.append(Mount("/sandbox", sandbox))
    routes.append(Mount("/", Shell(admin_routes())))
    site = Starlette(routes=routes)
    site.state.services = services
    return Front(hooks, site)


async def _healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _ready_to_accept(request: Request) -> PlainTextResponse:
    services: Services = request.app.state.services
    if services.store.is_accepting:
        return PlainTextResponse("ready\n")
    return PlainTextResponse("the store cannot commit\n", 503, {"retry-after": "30"})


def _all_secrets(config: Config) -> tuple[Secret, ...]:
    return (
        *(secret for item in config.connections.values() for secret in item.secrets()),
        *(target.secret for target in config.settings.targets.values() if target.secret),
    )


async def _load_delivery(store: Store, event_id: int) -> Delivery:
    detail = await asyncio.to_thread(store.log.event, event_id)
    if detail is None or detail.delivery is None:
        raise PermanentError("the delivery of this event is no longer stored", code="no_delivery")
    return detail.delivery
