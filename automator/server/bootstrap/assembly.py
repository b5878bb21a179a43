"""The composition root: makes the parts of a server and joins them around one store."""

import secrets
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from automator.actions import WRITE, builtin_actions
from automator.clock import Clock
from automator.engine.attempts.recording import RecordingHttp, Redactor, UnechoedHttp
from automator.engine.composition import Engine, EngineParts, all_secrets, compose
from automator.engine.figures.inbox import Inbox
from automator.engine.network.egress import Egress
from automator.engine.operations.retention import Pruner
from automator.engine.operations.token_keeper import TokenKeeper
from automator.engine.operations.trace_export import TraceExport
from automator.engine.operations.watchdog import Watchdog
from automator.engine.outbound.client_credentials import AuthorisedHttp
from automator.engine.outbound.gated_http import GatedHttp
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.profiles.profiles import Profiles
from automator.engine.replay.replays import Replays
from automator.engine.schedule.approval_notices import ApprovalNotices
from automator.http.types import Http
from automator.language import ENGLISH, Translator
from automator.model import IdSource, Problem, record
from automator.providers import quota_reader
from automator.rules import load_rules
from automator.server.bootstrap.keys_and_tokens import open_keepers, tracked_links
from automator.server.http.proxies import TrustedProxies
from automator.server.reading.config import Config, read_config
from automator.server.reading.rule_context import knowledge_of, rule_context_of
from automator.server.rule_tests.setup import setup_of
from automator.server.web.one_thread import OneThread, RuleChecks
from automator.server.web.rule_knowledge import RuleKnowledge
from automator.server.web.services import Services
from automator.server.web.settings_file import SettingsFile
from automator.simulation.simulation import SimulationSetup
from automator.store import Store


@record
class ServeOptions:
    """The options with which a server starts."""

    config: Path | None
    rules: Path
    data: Path
    host: str
    port: int
    demo: bool
    #: The address of the database if it is not in the data folder; it may contain a password.
    database: str | None = field(default=None, repr=False)
    #: The options with which the server continues when somebody leaves the demo on a page; None if
    #: this server is no demo, or its demo cannot be left.
    after_demo: "ServeOptions | None" = None


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
        self._rule_context = rule_context_of(config)
        self._url = url
        self._store = store
        self._egress = egress
        self._redactor = Redactor(all_secrets(config.connections, config.settings))
        #: Removes secrets that platforms repeat in answers. Tokens are renewed through another
        #: client, because the answer contains the new token.
        self._questions = UnechoedHttp(http=egress, redactor=self._redactor)
        self._clock = clock
        self._ids = IdSource(clock.now_ms, node)
        self._gate = TargetGate(
            store=store,
            targets=self._settings.targets,
            host_concurrency=self._settings.egress.concurrency,
            clock=clock,
            read_quota=quota_reader(config.connections.values()),
        )

    async def services(self, *, is_running: bool = True) -> Services:
        """Makes all parts and loads the rules. For a server that runs, it also puts changed rules
        in force, and opens the stored tokens of the connections.
        """
        store, clock, ids, settings = self._store, self._clock, self._ids, self._settings
        connections, options = self._config.connections, self._options
        parts = self._engine_parts()
        engine = compose(parts, store)
        rulebook = engine.rulebook
        await rulebook.open(publishes=is_running)
        profiles = Profiles(connections, store=store, http=self._questions, clock=clock)
        return Services(
            settings=settings,
            clock=clock,
            ids=ids,
            store=store,
            connections=connections,
            actions=parts.actions,
            rulebook=rulebook,
            checks=RuleChecks(rulebook.check),
            knowledge=self._knowledge(),
            rule_context=self._rule_context,
            rule_tests=OneThread("rule tests"),
            tries=OneThread("try", most_of_one=4),
            assistance=OneThread("assistance", most_of_one=4),
            intake=engine.intake,
            links=parts.links,
            clicks=engine.clicks,
            written=engine.written,
            inbox=Inbox(
                store.log,
                settings.missed_buyers.signs,
                {one.name for one in connections.values() if one.customers_write},
            ),
            schedules=engine.schedules,
            profiles=profiles,
            firings=engine.firings,
            watchdog=self._watchdog(engine, profiles),
            approval_notices=self._approval_notices(engine),
            runner=engine.runner,
            gate=self._gate,
            http=self._questions,
            replays=Replays(store, rulebook.revisions, ids, clock),
            pruner=Pruner(store, settings.retention),
            data=options.data,
            backups=store.backups(settings.backup.folder),
            demo=options.demo,
            control_token=secrets.token_urlsafe(32),
            token_keepers=await self._token_keepers() if is_running else (),
            traces=self._traces(),
            proxies=TrustedProxies(settings.trusted_proxies),
            url=self._url,
            settings_file=None if options.demo else settings_file_of(options),
            after_demo=settings_file_of(options.after_demo),
        )

    async def _token_keepers(self) -> tuple[TokenKeeper, ...]:
        return await open_keepers(
            self._config.connections,
            store=self._store,
            data=self._options.data,
            new_http=self._new_upkeep,
            clock=self._clock,
        )

    def _new_upkeep(self) -> GatedHttp:
        return GatedHttp(self._gate, self._egress, is_upkeep=True)

    def _knowledge(self) -> RuleKnowledge:
        know = partial(knowledge_of, self._config, self._rule_context)
        return RuleKnowledge(know, store=self._store, clock=self._clock)

    def _engine_parts(self) -> EngineParts:
        gate, config, targets = self._gate, self._config, self._settings.targets
        sender: Http = self._egress
        if any(target.oauth2 for target in targets.values()):
            sender = AuthorisedHttp(
                self._egress,
                targets,
                self._clock,
                unechoed=self._questions,
                new_http=self._new_upkeep,
            )
        redactor = self._redactor
        rule_context = self._rule_context

        def new_http(is_retry: bool, has_reservation: bool, event: bytes) -> RecordingHttp:
            http = GatedHttp(gate, sender, is_retry=is_retry, has_reservation=has_reservation)
            return RecordingHttp(http, redactor, gate.destinations.name_of, event)

        return EngineParts(
            settings=self._settings,
            connections=config.connections,
            actions=builtin_actions(),
            write=WRITE,
            rules=self._options.rules,
            load=partial(load_rules, rule_context),
            load_quickly=partial(load_rules, replace(rule_context, advises=False)),
            gate=gate,
            new_http=new_http,
            clock=self._clock,
            ids=self._ids,
            links=tracked_links(self._settings, self._options.data),
        )

    def _approval_notices(self, engine: Engine) -> ApprovalNotices:
        address = (self._settings.public_url or self._url).rstrip("/")
        return ApprovalNotices(
            own=engine.own,
            intake=engine.intake,
            rulebook=engine.rulebook,
            store=self._store,
            clock=self._clock,
            link=f"{address}/approvals",
            say=Translator(ENGLISH).say,
        )

    def _traces(self) -> TraceExport | None:
        settings, store = self._settings.traces, self._store
        if settings is None:
            return None
        from automator.engine.operations.trace_spans import SpanEncoder, rejected_spans  # noqa: PLC0415 - An optional package.

        store.upkeep.traces = True
        return TraceExport(
            settings,
            source=store.untraced,
            is_shared=store.is_shared,
            http=self._egress,
            clock=self._clock,
            requests=SpanEncoder(settings.service, store.node).requests,
            rejected=rejected_spans,
        )

    def _watchdog(self, engine: Engine, profiles: Profiles) -> Watchdog:
        return Watchdog(
            connections=self._config.connections,
            own=engine.own,
            intake=engine.intake,
            rulebook=engine.rulebook,
            store=self._store,
            http=self._questions,
            clock=self._clock,
            # Always in English, because these texts become part of events that rules match.
            say=Translator(ENGLISH).say,
            profiles=profiles,
            intervals=self._config.settings.time_intervals,
        )


def settings_file_of(options: ServeOptions | None) -> SettingsFile | None:
    """The settings file that pages may change or create; None if the options name none."""
    if options is None or options.config is None:
        return None
    path = options.config

    def simulate(text: str) -> tuple[SimulationSetup, list[Problem]]:
        config = read_config(path.name, text, resolve_secrets=False)
        names = rule_context_of(config)
        return setup_of({}, names, config.settings, config.connections), config.problems

    return SettingsFile(path, lambda text: read_config(path.name, text).problems, simulate)
