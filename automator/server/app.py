"""The composition root: makes every part once, joins them, and runs them until told to stop."""

import asyncio
import contextlib
import logging
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import socket as Socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from automator.actions import builtin_actions
from automator.clock import Clock, SystemClock
from automator.engine.egress import Egress
from automator.engine.follow_ups import cancels
from automator.engine.intake import Intake
from automator.engine.revisions import rule_loader
from automator.engine.rulebook import RuleBook
from automator.engine.runner import Runner
from automator.engine.scheduler import Housekeeping
from automator.engine.steps import StepPerformer
from automator.model import (
    Delivery,
    IdSource,
    PermanentError,
    Problem,
    SettingsError,
)
from automator.model.ids import MAX_NODE
from automator.resources import example_rules_folder
from automator.sandbox import Recorder, sandbox_app
from automator.secrets import Secret
from automator.server.config import Config, database_url, load_config, local_url
from automator.server.control import remove_control, write_control
from automator.server.logs import configure_logs
from automator.server.receive import HookEndpoint
from automator.server.routes import admin_routes
from automator.server.services import Services
from automator.server.shell import Shell
from automator.server.sign_in import new_sign_in_link
from automator.store import Store, open_store

logger = logging.getLogger(__name__)

#: Seconds that requests under way get to be answered after the order to stop.
REQUEST_DRAIN_S = 5
EXIT_STORE_FAILED = 74  #: EX_IOERR: the store can no longer be trusted; start again.
EXIT_RUNNER_FAILED = 70  #: EX_SOFTWARE: a fault of ours; what is stored goes on at the next start.


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What the command line says."""

    config: Path | None
    rules: Path
    data: Path
    host: str
    port: int
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a person wants to know once the server answers."""

    url: str
    sign_in_link: str
    #: Name, provider and hook address of each connection.
    connections: list[tuple[str, str, str]]
    rules: int
    problems: list[Problem]
    demo: bool


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: stopping is a sequence that starts here."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[Socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def run(options: ServeOptions, on_ready: Callable[[Ready], None]) -> int:
    """Runs the server on the fastest event loop that the platform has; returns the exit code.

    Raises:
        AutomatorError: it cannot start, with what to do.
    """
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        return runner.run(serve(options, on_ready))


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def serve(options: ServeOptions, on_ready: Callable[[Ready], None]) -> int:
    """Runs the server until SIGTERM, SIGINT or a failed store; returns the exit code.

    Raises:
        AutomatorError: it cannot start, with what to do.
    """
    configure_logs()
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if options.demo:
        install_example_rules(options.rules)
    stop = asyncio.Event()
    exit_code = 0

    def store_failed() -> None:
        nonlocal exit_code
        exit_code = EXIT_STORE_FAILED
        logger.error("store.failed: nothing more is acknowledged; stopping")
        stop.set()

    uvicorn_config = uvicorn.Config(
        app=lambda *_: None,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=REQUEST_DRAIN_S,
    )
    listener = _bind(uvicorn_config, options)
    url = local_url(options.host, listener.getsockname()[1])
    config = load_config(options.config, options.data, options.demo, url=url).require()
    async with running(options, config, url, store_failed) as services:
        uvicorn_config.app = create_app(services)
        server = _Server(uvicorn_config)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        answering = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        working = asyncio.create_task(services.runner.run())
        on_ready(await _ready(services, config))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, answering, working}, return_when=asyncio.FIRST_COMPLETED)
        services.stopping.set()
        server.should_exit = True
        await answering
        await services.runner.stop()
        stopped.cancel()
        if (await asyncio.gather(working, return_exceptions=True))[0] is not None:
            logger.error("runner.failed", exc_info=working.exception())
            exit_code = EXIT_RUNNER_FAILED
    return exit_code


@contextlib.asynccontextmanager
async def running(
    options: ServeOptions, config: Config, url: str, store_failed: Callable[[], None]
) -> AsyncIterator[Services]:
    """The parts of a server, opened in order and closed in reverse."""
    clock = SystemClock()
    node = secrets.randbelow(MAX_NODE + 1)
    store = await open_store(
        database_url(options.data),
        clock=clock,
        node=f"node-{node}",
        cancel_matches=cancels,
        on_fatal=store_failed,
    )
    egress = Egress(allow=config.settings.egress.allow)
    try:
        await store.recover()
        services = await _assemble(options, config, url, store, egress, clock, node)
        write_control(options.data, url=url, token=services.control_token)
        async with Housekeeping(services.rulebook, store):
            yield services
    finally:
        remove_control(options.data)
        await egress.close()
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
    load = rule_loader(actions, names, settings.vars)
    rulebook = RuleBook(options.rules, store=store, load=load, clock=clock)
    await rulebook.open()
    intake = Intake(connections=connections, rulebook=rulebook, store=store, clock=clock, ids=ids)
    known_secrets = _all_secrets(config)
    performer = StepPerformer(
        actions=actions,
        connections=connections,
        targets=settings.targets,
        new_http=lambda: egress.recorded(known_secrets),
        clock=clock,
        load_delivery=lambda event_id: _load_delivery(store, event_id),
    )
    runner = Runner(
        store=store,
        revisions=rulebook.revisions,
        performer=performer,
        clock=clock,
        ids=ids,
        node=store.node,
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
        runner=runner,
        data=options.data,
        demo=options.demo,
        recorder=Recorder(options.data / "sandbox.jsonl") if options.demo else None,
        control_token=secrets.token_urlsafe(32),
        url=url,
    )


def create_app(services: Services) -> Starlette:
    """The ASGI application: the hook route stands first and outside of everything else."""
    hooks = HookEndpoint(services.intake, services.clock, services.settings.max_body)
    routes: list[Route | Mount] = [
        Route("/hooks/{connection}", hooks),
        Route("/healthz", _healthy),
        Route("/readyz", _ready_to_accept),
    ]
    if services.recorder is not None:
        targets = services.settings.targets.items()
        secrets_of = {name: item.secret.reveal() for name, item in targets if item.secret}
        sandbox = sandbox_app(services.recorder, target_secrets=secrets_of)
        routes.append(Mount("/sandbox", sandbox))
    routes.append(Mount("/", Shell(admin_routes())))
    app = Starlette(routes=routes)
    app.state.services = services
    return app


async def _healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _ready_to_accept(request: Request) -> PlainTextResponse:
    services: Services = request.app.state.services
    if services.store.is_available:
        return PlainTextResponse("ready\n")
    return PlainTextResponse("the store cannot commit\n", 503, {"retry-after": "30"})


def install_example_rules(folder: Path) -> None:
    """Gives a newcomer the example rules, unless the folder already has something in it."""
    if folder.is_dir() and any(folder.iterdir()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for example in sorted(example_rules_folder().glob("*.yaml")):
        shutil.copyfile(example, folder / example.name)


def _bind(config: uvicorn.Config, options: ServeOptions) -> Socket:
    try:
        return config.bind_socket()
    except SystemExit as error:
        raise SettingsError(
            f"{options.host}:{options.port} cannot be listened on; is another server running?",
            fix="Stop it, or choose another port: --port 8081 (make run PORT=8081).",
            code="address-in-use",
        ) from error


async def _ready(services: Services, config: Config) -> Ready:
    return Ready(
        url=services.url,
        sign_in_link=await new_sign_in_link(services),
        connections=[
            (name, provider.name, f"{services.outside_url}/hooks/{name}")
            for name, provider in services.connections.items()
        ],
        rules=len(services.rulebook.active.rule_set.rules),
        problems=[*config.problems, *services.rulebook.problems],
        demo=services.demo,
    )


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
