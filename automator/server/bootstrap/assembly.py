"""The composition root: makes the parts of a server and joins them around one store."""

import asyncio
import secrets
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from automator.actions import builtin_actions
from automator.clock import Clock
from automator.engine.intake.intake import Intake
from automator.engine.operations.retention import Pruner
from automator.engine.operations.watchdog import Watchdog
from automator.engine.outbound.egress import Egress
from automator.engine.outbound.gated_http import GatedHttp
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.replay.replays import Replays
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.permission import Permissions
from automator.engine.runs.recording import RecordingHttp, Redactor
from automator.engine.runs.run_carrier import RunCarrier
from automator.engine.runs.runner import Runner
from automator.engine.runs.settler import Settler
from automator.engine.runs.steps import StepPerformer
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.engine.schedule.schedules import Schedules
from automator.language import ENGLISH, Translator
from automator.model import Delivery, IdSource, PermanentError
from automator.providers import read_quota
from automator.reasons.attempts.steps import NO_DELIVERY
from automator.rules import load_rules
from automator.server.bootstrap.config import Config
from automator.server.bootstrap.surroundings import surroundings_of
from automator.server.bootstrap.token_access import open_keepers
from automator.server.http.proxies import TrustedProxies
from automator.server.tryout.subjects import all_secrets
from automator.server.web.checks import OneThread, RuleChecks
from automator.server.web.services import Services
from automator.store import Store


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


class Assembly:
    """Makes the parts of a server from its configuration, its store and its egress."""

    def __init__(
        self,
        options: ServeOptions,
        config: Config,
        url: str,
        store: Store,
        egress: Egress,
        clock: Clock,
        node: int,
    ) -> None:
        self._options = options
        self._config = config
        self._settings = config.settings
        self._url = url
        self._store = store
        self._egress = egress
        self._clock = clock
        self._ids = IdSource(clock.now_ms, node)
        self._actions = builtin_actions()
        #: Where the events of schedules and of the server itself come from.
        self._own = ScheduleProvider()
        self._gate = TargetGate(
            store=store,
            targets=self._settings.targets,
            host_concurrency=self._settings.egress.concurrency,
            clock=clock,
            read_quota=read_quota,
        )

    async def services(self) -> Services:
        """Everything, with the rules loaded and the tokens of the connections at hand."""
        store, clock, ids, settings = self._store, self._clock, self._ids, self._settings
        connections, options = self._config.connections, self._options
        rulebook = self._rulebook()
        await rulebook.open()
        intake = Intake(
            connections=connections,
            rulebook=rulebook,
            store=store,
            clock=clock,
            ids=ids,
            secrets=all_secrets(self._config.connections, self._settings),
        )
        keepers = await open_keepers(
            connections,
            store=store,
            data=options.data,
            new_http=lambda: GatedHttp(self._gate, self._egress),
            clock=clock,
        )
        return Services(
            settings=settings,
            clock=clock,
            ids=ids,
            store=store,
            connections=connections,
            actions=self._actions,
            rulebook=rulebook,
            checks=RuleChecks(rulebook.check),
            tries=OneThread("try"),
            intake=intake,
            schedules=self._schedules(rulebook, intake),
            watchdog=self._watchdog(rulebook, intake),
            runner=self._runner(rulebook),
            gate=self._gate,
            replays=Replays(store, rulebook.revisions, ids, clock),
            pruner=Pruner(store, settings.retention),
            data=options.data,
            backups=store.backups(settings.backup.folder),
            demo=options.demo,
            control_token=secrets.token_urlsafe(32),
            token_keepers=keepers,
            proxies=TrustedProxies(settings.trusted_proxies),
            url=self._url,
        )

    def _rulebook(self) -> RuleBook:
        load = partial(load_rules, surroundings_of(self._config))
        return RuleBook(self._options.rules, store=self._store, load=load, clock=self._clock)

    def _schedules(self, rulebook: RuleBook, intake: Intake) -> Schedules:
        return Schedules(
            provider=self._own,
            rulebook=rulebook,
            intake=intake,
            store=self._store,
            clock=self._clock,
            ids=self._ids,
        )

    def _watchdog(self, rulebook: RuleBook, intake: Intake) -> Watchdog:
        return Watchdog(
            connections=self._config.connections,
            own=self._own,
            intake=intake,
            rulebook=rulebook,
            store=self._store,
            http=self._egress,
            clock=self._clock,
            ids=self._ids,
            # The language of the events that rules see, whoever reads them.
            say=Translator(ENGLISH).say,
        )

    def _runner(self, rulebook: RuleBook) -> Runner:
        store, gate, clock = self._store, self._gate, self._clock
        settler = Settler(store, gate)
        carrier = RunCarrier(
            store=store,
            revisions=rulebook.revisions,
            performer=self._performer(),
            settler=settler,
            clock=clock,
            ids=self._ids,
            still_waits=rulebook.still_waits,
            secrets=all_secrets(self._config.connections, self._settings),
        )
        return Runner(
            store=store,
            carrier=carrier,
            settler=settler,
            gate=gate,
            clock=clock,
            workers=self._settings.workers,
        )

    def _performer(self) -> StepPerformer:
        gate, egress, store = self._gate, self._egress, self._store
        redactor = Redactor(all_secrets(self._config.connections, self._settings))
        budgets = self._settings.budgets
        return StepPerformer(
            actions=self._actions,
            connections={**self._config.connections, self._own.connection: self._own},
            targets=self._settings.targets,
            new_http=lambda is_retry, has_reservation: RecordingHttp(
                GatedHttp(gate, egress, is_retry=is_retry, has_reservation=has_reservation),
                redactor,
                gate.name_of,
            ),
            clock=self._clock,
            permissions=Permissions(
                ask=store.ask_to_speak,
                recall=store.log.variant,
                budgets=budgets,
                clock=self._clock,
            ),
            load_delivery=lambda event_id: _load_delivery(store, event_id),
        )


async def _load_delivery(store: Store, event_id: int) -> Delivery:
    detail = await asyncio.to_thread(store.log.event, event_id)
    if detail is None or detail.delivery is None:
        raise PermanentError(NO_DELIVERY())
    return detail.delivery
