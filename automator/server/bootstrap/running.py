"""Opens the parts of a server in order, keeps them running, and closes them in reverse."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from automator import __version__
from automator.clock import Clock, SystemClock
from automator.configuration.environment import unread_variables
from automator.configuration.settings import Settings
from automator.engine.network.egress import Egress
from automator.engine.runs.follow_ups import CancelMatcher
from automator.engine.schedule.scheduler import Housekeeping
from automator.model import Reason, StoreUnavailableError
from automator.reasons.targets import TRACES_ENVIRONMENT
from automator.server.bootstrap.assembly import Assembly, ServeOptions
from automator.server.bootstrap.control import ControlFile, require_no_server
from automator.server.bootstrap.token_access import close_keepers, link_warnings
from automator.server.reading.config import Config, database_url
from automator.server.web.services import Services
from automator.store import Room, Store, StoreOptions, open_store

logger = logging.getLogger(__name__)

#: Half of the longest time for which a sender waits for its acknowledgement.
INGEST_TIMEOUT_S = 0.75


@contextlib.asynccontextmanager
async def running(
    options: ServeOptions,
    config: Config,
    url: str,
    on_store_failed: Callable[[], None],
    on_lease_lost: Callable[[], None] | None = None,
) -> AsyncIterator[Services]:
    """The parts of a server, opened in order and closed in reverse.

    `on_store_failed` is called when the database can be trusted no more, and `on_lease_lost` when
    this node was silent for so long that others have taken its runs.
    """
    clock = SystemClock()
    settings = config.settings
    store = await _open_store(options, settings, clock, on_store_failed)
    egress = Egress(allow=settings.egress.allow, public_url=settings.public_url)
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
        unread = TRACES_ENVIRONMENT(names=names)
        logger.warning("traces.warning: %s", unread)
        warnings = (*warnings, unread)
    return warnings


def _housekeeping(services: Services, on_lease_lost: Callable[[], None]) -> Housekeeping:
    return Housekeeping(
        services.rulebook,
        services.store,
        services.runner,
        services.schedules.fire_due,
        services.firings.go_on,
        services.replays,
        on_lease_lost,
        check_connections=services.watchdog.check_connections,
        tell_of_approvals=services.approval_notices.tell,
        backups=services.backups,
        backup=services.settings.backup,
        clock=services.clock,
        pruner=services.pruner,
        token_keepers=services.token_keepers,
        traces=services.traces,
    )
