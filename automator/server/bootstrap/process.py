"""The server as a process: it listens, answers until it is told to stop, and drains."""

import asyncio
import contextlib
import errno
import json
import logging
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from automator import __version__
from automator.clock import Clock, SystemClock, iso_time
from automator.configuration.environment import unread_variables
from automator.configuration.settings import Settings
from automator.configuration.storage import Log
from automator.engine.network.egress import Egress
from automator.engine.network.proxy import Proxy
from automator.engine.runs.hindrances import CancelMatcher
from automator.engine.schedule.scheduler import Housekeeping
from automator.garbage import freeze_objects
from automator.installation import pin_installation
from automator.language import ENGLISH, Translator
from automator.model import (
    N_,
    AutomatorError,
    InstallationChangedError,
    Problem,
    Reason,
    SettingsError,
    StoreUnavailableError,
)
from automator.reasons.quoted import os_reason
from automator.reasons.targets import traces_environment
from automator.resources import example_rules_folder
from automator.server.bootstrap.app import RootApplication, create_app
from automator.server.bootstrap.assembly import Assembly, ServeOptions
from automator.server.bootstrap.control_file import ControlFile, require_no_server
from automator.server.bootstrap.keys_and_tokens import close_keepers, link_warnings
from automator.server.bootstrap.operational_events import report_troubles
from automator.server.bootstrap.welcome_facts import Ready, ready_of
from automator.server.http.connection_limits import Listener, ListenerConfig
from automator.server.http.http_protocol import HttpProtocol, HttpServer
from automator.server.reading.config import Config, database_url, load_config, local_url
from automator.server.web.services import Services
from automator.server.web.settings_file import record_change_on_disk
from automator.store import Store, StoreOptions, open_store
from automator.store.database.disk import Room, full_disk_in_words

# --- The parts of a server: opened in order, closed in reverse ---


#: Seconds of the ingest timeout. A delivery that is not stored after one to two times as long is
#: answered with 503; senders hang up after 2 s.
INGEST_TIMEOUT_S = 0.75


@contextlib.asynccontextmanager
async def running(
    options: ServeOptions,
    config: Config,
    url: str,
    on_store_failed: Callable[[], None],
    on_lease_lost: Callable[[], None] | None = None,
) -> AsyncIterator[Services]:
    """Opens the parts of a server in order, and closes them in reverse.

    `on_store_failed` is called if the database can no longer be trusted. `on_lease_lost` is called
    if this node missed its heartbeats for so long that other nodes have taken its runs; without it,
    `on_store_failed` is called instead.
    """
    clock = SystemClock()
    settings = config.settings
    store = await _open_store(options, settings, clock, on_store_failed)
    egress = Egress(
        allow=settings.egress.allow,
        public_url=settings.public_url,
        targets=settings.targets,
        proxy=Proxy.of(settings.egress),
    )
    control: ControlFile | None = None
    try:
        require_no_server(options.data)
        node = await store.membership.join(__version__)
        store.membership.listen()
        if store.membership.may_take_over:
            await store.recover()
        assembly = Assembly(options, config, url, store, egress, clock, node)
        services = await assembly.services()
        services = replace(services, store_warnings=await _log_warnings(services))
        control = ControlFile(options.data, url=url, token=services.control_token)
        await services.replays.resume(at_start=True)
        if services.settings_file is not None:
            await record_change_on_disk(store, services.settings_file)
        async with _housekeeping(services, on_lease_lost or on_store_failed):
            try:
                yield services
            finally:
                services.checks.close()
                services.tries.close()
                services.assistance.close()
                services.rule_tests.close()
                await services.replays.close()
                await close_keepers(services.token_keepers)
    finally:
        if control is not None:
            control.remove()
        await egress.close()
        with contextlib.suppress(StoreUnavailableError):
            await store.membership.leave()
        await store.close()


async def _open_store(
    options: ServeOptions, settings: Settings, clock: Clock, on_fatal: Callable[[], None]
) -> Store:
    return await open_store(
        database_url(options.data, options.database),
        clock=clock,
        node="starting",
        options=StoreOptions(
            cancel_matches=CancelMatcher(),
            on_fatal=on_fatal,
            lease_s=settings.lease,
            ingest_timeout_s=INGEST_TIMEOUT_S,
            room=Room(settings.disk.keep_free, settings.disk.reserve),
        ),
    )


async def _log_warnings(services: Services) -> tuple[Reason, ...]:
    store, rules = services.store, services.rulebook.active.rule_set
    durability = await store.upkeep.durability_warnings()
    warnings = (*durability, *await link_warnings(services.links, store, rules))
    for warning in warnings:
        logger.warning("store.warning: %s", warning)
    if note := await store.upkeep.backup_note():
        logger.info("store.backups: %s", note)
    if names := unread_variables():
        unread = traces_environment(names=names)
        logger.warning("traces.warning: %s", unread)
        warnings = (*warnings, unread)
    return warnings


def _housekeeping(services: Services, on_lease_lost: Callable[[], None]) -> Housekeeping:
    return Housekeeping(
        rulebook=services.rulebook,
        store=services.store,
        runner=services.runner,
        fire_due=services.schedules.fire_due,
        go_on=services.firings.go_on,
        replays=services.replays,
        on_lease_lost=on_lease_lost,
        check_connections=services.watchdog.check_connections,
        tell_of_approvals=services.approval_notices.tell,
        report_troubles=partial(report_troubles, services),
        backups=services.backups,
        backup=services.settings.backup,
        clock=services.clock,
        pruner=services.pruner,
        token_keepers=services.token_keepers,
        traces=services.traces,
    )


logger = logging.getLogger(__name__)

#: After the order to stop, requests under way have this many seconds to be answered.
REQUEST_DRAIN_S = 5
#: After the store has failed, requests are answered with 503 for this many seconds.
FAILED_GRACE_S = 2
EXIT_STORE_FAILED = 74  #: EX_IOERR: the store can no longer be trusted; start again.
EXIT_RUNNER_FAILED = 70  #: EX_SOFTWARE: a fault of ours; stored runs continue at the next start.

#: Signals at which the server drains and ends. Some service managers send SIGQUIT for an orderly
#: end; by default it would write the memory, with all secrets, into a file.
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
#: Signals that the server ignores. Administrators send them to make servers reopen log files. By
#: Python's default they end the process without draining.
_IGNORED = (signal.SIGUSR1, signal.SIGUSR2)
_IGNORED_LINE = "server.signal_ignored signal=%s"

#: At most this many connections wait to be accepted.
_BACKLOG = 2048
#: Seconds after which a computing thread hands over the interpreter's lock (the GIL). A delivery
#: takes the lock a dozen times, once for each call of the system or of SQLite. While another thread
#: checks a rule file, the delivery waits this long each time; with Python's default of 5 ms it
#: waited 70 ms in all.
_LOCK_HELD_S = 0.0005


def run(options: ServeOptions, on_ready: Callable[[Ready], None]) -> int:
    """Runs the server on the fastest event loop of the platform; returns the exit code.

    Raises:
        AutomatorError: the server cannot start; the error has advice.
    """
    pin_installation()
    sys.setswitchinterval(_LOCK_HELD_S)
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        code = runner.run(serve(options, on_ready))
    if code == EXIT_STORE_FAILED:
        # Ends at once, because an orderly end would close the database and write to it once more.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - Not there on Windows.
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def serve(options: ServeOptions, on_ready: Callable[[Ready], None]) -> int:
    """Runs the server until a signal stops it or the store fails; returns the exit code.

    Raises:
        AutomatorError: the server cannot start; the error has advice.
    """
    configure_logs(Log())
    with full_disk_in_words(options.data):
        return await _serve(options, on_ready)


async def _serve(options: ServeOptions, on_ready: Callable[[Ready], None]) -> int:
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if options.demo:
        install_example_rules(options.rules)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    exit_code = 0
    for number in _IGNORED:
        loop.add_signal_handler(number, logger.warning, _IGNORED_LINE, number.name)
    reload = asyncio.Event()
    # A closed terminal sends SIGHUP too; then nothing has changed.
    loop.add_signal_handler(signal.SIGHUP, reload.set)

    def store_failed() -> None:
        nonlocal exit_code
        exit_code = EXIT_STORE_FAILED
        logger.error("store.failed: nothing more is acknowledged; stopping")
        loop.call_later(FAILED_GRACE_S, stop.set)

    def lease_lost() -> None:
        nonlocal exit_code
        exit_code = EXIT_STORE_FAILED
        stop.set()

    with contextlib.closing(_listen(options.host, options.port)) as listener:
        url = local_url(options.host, listener.getsockname()[1])
        config = load_config(options.config, options.data, options.demo, url=url).require()
        goes_on = True
        while goes_on:
            configure_logs(config.settings.log)
            async with running(options, config, url, store_failed, lease_lost) as services:
                for number in _STOPPING:
                    loop.add_signal_handler(number, _stop_at, number, stop)
                reloading = asyncio.create_task(_reload_at(reload, services, options, config))
                if not await _answer_until(stop, services, config, listener, on_ready):
                    exit_code = EXIT_RUNNER_FAILED
                reloading.cancel()
            goes_on = exit_code == 0 and not stop.is_set() and _restart_of(services).is_set()
            if goes_on:
                # The socket stays open, and new connections wait in it meanwhile.
                options = options.after_demo or options
                before, on_ready = config, _no_welcome
                config = _config_anew(options, url, before)
                if config is not before:
                    logger.info("settings.applied connections=%d", len(config.connections))
    logger.info("server.stopped exit_code=%d", exit_code)
    return exit_code


def _stop_at(number: signal.Signals, stop: asyncio.Event) -> None:
    logger.info("server.stopping signal=%s", number.name)
    stop.set()


def _restart_of(services: Services) -> asyncio.Event:
    """The event that is set when a page has saved settings, or has left the demo."""
    file = services.settings_file or services.after_demo
    return file.restart if file else asyncio.Event()


def _config_anew(options: ServeOptions, url: str, before: Config) -> Config:
    """Reads the settings again; returns the earlier ones if the file has errors, and logs these."""
    try:
        config = load_config(options.config, options.data, options.demo, url=url).require()
    except (SettingsError, InstallationChangedError) as error:
        logger.warning("settings.not_applied: %s", error)
        return before
    return config


async def _reload_at(
    reload: asyncio.Event, services: Services, options: ServeOptions, config: Config
) -> None:
    """Takes over changed rules and settings at each `reload`; with errors, all stays as it is."""
    while True:
        await reload.wait()
        reload.clear()
        await services.rulebook.reload_if_changed()
        rules = services.rulebook.active
        logger.info(
            "server.reloaded rules=%d revision=%d", len(rules.rule_set.rules), rules.revision
        )
        if services.settings_file is not None:
            url = services.url
            now = await asyncio.to_thread(_config_anew, options, url, config)
            if _meaning(now) != _meaning(config):
                services.settings_file.restart.set()


def _meaning(config: Config) -> object:
    """The settings and the options of connections, with the present values of their secrets."""
    options = {name: provider.options for name, provider in config.connections.items()}
    return config.settings, options


def _no_welcome(_ready: Ready) -> None:
    """Shows no welcome, because nobody waits for it when a page restarts the server."""


async def _answer_until(
    stop: asyncio.Event,
    services: Services,
    config: Config,
    listener: socket.socket,
    on_ready: Callable[[Ready], None],
) -> bool:
    """Starts answering requests and carrying out runs, until the server is to stop or restart.

    Returns False if the runner failed.
    """
    app = create_app(services)
    server = HttpServer(_uvicorn_config(services, app))
    # The HTTP server closes its socket when it ends, so it gets a copy: a restart needs the socket.
    answering = asyncio.create_task(server.serve(sockets=[listener.dup()]))
    await server.listening.wait()
    freeze_objects()
    working = asyncio.create_task(services.runner.run())
    logger.info(
        "server.started version=%s url=%s node=%s", __version__, services.url, services.store.node
    )
    on_ready(await ready_of(services, config))
    stopped = asyncio.create_task(stop.wait())
    restarted = asyncio.create_task(_restart_of(services).wait())
    await asyncio.wait(
        {stopped, restarted, answering, working}, return_when=asyncio.FIRST_COMPLETED
    )
    services.stopping.set()
    server.should_exit = True
    await answering
    await services.runner.stop()
    stopped.cancel()
    restarted.cancel()
    failure = (await asyncio.gather(working, return_exceptions=True))[0]
    if failure is not None:
        logger.error("runner.failed", exc_info=failure)
    return failure is None


def _uvicorn_config(services: Services, app: RootApplication) -> ListenerConfig:
    return ListenerConfig(
        Listener(services.settings.ingress, services.proxies),
        take=app.take,
        app=app,
        http=HttpProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=REQUEST_DRAIN_S,
    )


#: The advice if the server cannot listen, by `errno`; other errors have advice of their own.
_LISTEN_FIXES = {
    errno.EADDRINUSE: N_(
        "Stop the other server, or choose another port: --port 8081 (make run PORT=8081)."
    ),
    errno.EACCES: N_(
        "Ports below 1024 are kept for root: choose another port (--port 8080), and let a proxy "
        "for HTTPS pass requests on to it."
    ),
}


def _listen(host: str, port: int) -> socket.socket:
    """Opens a socket on the address; connections wait in it until the server answers.

    Raises:
        AutomatorError: the address cannot be used now.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # Not a SettingsError, since the port may be free at the next start.
        raise AutomatorError(
            N_("{host}:{port} cannot be listened on: {reason}"),
            fix=_LISTEN_FIXES.get(error.errno or 0, N_("{reason:advice}")),
            code="address-in-use",
            host=host,
            port=port,
            reason=os_reason(error),
        ) from error


def install_example_rules(folder: Path) -> None:
    """Copies the example rules into a demo's rules folder, unless the folder contains something."""
    if folder.is_dir() and any(folder.iterdir()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    for example in sorted(example_rules_folder().glob("*.yaml")):
        shutil.copyfile(example, folder / example.name)


# --- The server's own log: one line a record on stderr, without payloads or secrets ---


_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_MAX_LINE = 4096
_ENGLISH = Translator(ENGLISH)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _advised(wrong: str, code: str, fix: str) -> str:
    return f"{wrong} ({code}); fix: {fix}" if fix else f"{wrong} ({code})"


def _in_words(value: object) -> object:
    """Turns reasons, problems and errors into sentences with codes; returns other values as is."""
    if isinstance(value, Reason):
        return _advised(_ENGLISH.say(value), value.code, _ENGLISH.advice(value))
    if isinstance(value, Problem):
        return f"{value.file}:{value.line}: {_ENGLISH.say(value.reason)} [{value.code}]"
    if isinstance(value, AutomatorError):
        wrong, fix = _ENGLISH.error(value)
        return _advised(wrong, value.code, fix)
    if isinstance(value, BaseException):
        return " ".join(str(value).split())
    if isinstance(value, list):
        return "; ".join(str(_in_words(item)) for item in value)
    return value


def _text_of(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple) and record.args:
        return str(record.msg) % tuple(map(_in_words, record.args))
    return record.getMessage()


#: A value in the text of a record, and the name before it.
_VALUE = re.compile(r"(?:(\w+)=)?%(?:\.\d+)?[a-z]")
_CODE = re.compile(r"\w+\.\w+")


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object: the text of its line, and each value that has a name."""

    def format(self, record: logging.LogRecord) -> str:
        """Writes `time`, `level`, `code`, `text`, the values, and the traceback of an error."""
        args = record.args if isinstance(record.args, tuple) else ()
        text = _text_of(record)
        values: dict[str, int | str] = {}
        for name, value in zip(_VALUE.findall(str(record.msg)), args, strict=False):
            if name:
                values[name] = value if isinstance(value, int) else _cut(_in_words(value))
            elif isinstance(value, Reason | AutomatorError | Problem):
                values["reason"] = value.code
        code = _CODE.match(text)
        said = {
            "time": iso_time(int(record.created * 1000)),
            "level": record.levelname,
            "code": code[0] if code else None,
            "text": _cut(text),
            "values": values,
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)[-_MAX_LINE:]
        return _CONTROL.sub(_escaped, json.dumps(said, ensure_ascii=False))


def _cut(value: object) -> str:
    return str(value)[:_MAX_LINE]


class LineFormatter(logging.Formatter):
    """Formats a record as one line, in words and with control characters escaped."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Writes `time LEVEL event field=value`; a traceback follows on the same line, escaped."""
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ")
        text = _text_of(record)
        if record.exc_info:
            text = f"{text} {self.formatException(record.exc_info)}"
        return _CONTROL.sub(_escaped, f"{moment} {record.levelname} {text}"[:_MAX_LINE])


def configure_logs(log: Log) -> None:
    """Sends the program's log to stderr, and of libraries only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log.format == "json" else LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("automator").setLevel(log.level.upper())
