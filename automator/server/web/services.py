"""Declares the parts of a running server that pages and API calls use (`Services`)."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from automator.clock import Clock
from automator.configuration.environment import Environment
from automator.configuration.settings import Settings
from automator.engine.figures.inbox import Inbox
from automator.engine.intake.intake import Intake
from automator.engine.intake.written_messages import WrittenMessages
from automator.engine.links.clicks import Clicks
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.operations.retention import Pruner
from automator.engine.operations.token_keeper import TokenKeeper
from automator.engine.operations.trace_export import TraceExport
from automator.engine.operations.watchdog import Watchdog
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.profiles.profiles import Profiles
from automator.engine.replay.replays import Replays
from automator.engine.rulesets.past_names import PastNames
from automator.engine.rulesets.rulebook import RuleBook
from automator.engine.runs.runner import Runner
from automator.engine.schedule.approval_notices import ApprovalNotices
from automator.engine.schedule.firings import Firings
from automator.engine.schedule.schedules import Schedules
from automator.http.types import Http
from automator.model import LOOK_IN_LIST, N_, IdSource, NotFoundError, Reason, Run, record
from automator.model.messaging_policy import MINUTE_MS
from automator.model.own_events import SCHEDULE
from automator.plugins import AnyAction, Provider
from automator.rules import RuleContext
from automator.sealing import Sealer, sealing_key
from automator.server.http.proxies import TrustedProxies
from automator.server.web.one_thread import OneThread, RuleChecks
from automator.server.web.rule_knowledge import RuleKnowledge
from automator.server.web.settings_file import SettingsFile
from automator.store import Backups, Store

# --- Secrets of a refused connection form, so that nobody types them twice ---
#
# The secrets are kept only in memory, for minutes. The page gets a random key instead of the
# secrets. The key works only in the same session and for the same provider. When a form is saved,
# the server restarts and forgets all typed secrets.


_KEPT_MS: Final = 15 * MINUTE_MS
_MOST: Final = 32


@record(kw_only=False)
class _Typed:
    session_id: str
    provider: str
    values: Mapping[str, str]
    until_ms: int


class TypedSecrets:
    """Keeps the secrets of refused forms under random keys; drops the oldest if there are many."""

    def __init__(self) -> None:
        self._typed: dict[str, _Typed] = {}

    def keep(self, session_id: str, provider: str, values: Mapping[str, str], now_ms: int) -> str:
        """Keeps typed secrets; returns the key for the page, or "" if no secret was typed."""
        self._typed = {key: one for key, one in self._typed.items() if one.until_ms > now_ms}
        if not values or not session_id:
            return ""
        while len(self._typed) >= _MOST:
            del self._typed[next(iter(self._typed))]
        key = secrets.token_urlsafe(24)
        self._typed[key] = _Typed(session_id, provider, dict(values), now_ms + _KEPT_MS)
        return key

    def kept(self, key: str, session_id: str, provider: str, now_ms: int) -> Mapping[str, str]:
        """The secrets under a key, by the names of their fields; {} if the key does not fit."""
        found = self._typed.get(key)
        if found is None or (found.session_id, found.provider) != (session_id, provider):
            return {}
        return found.values if found.until_ms > now_ms else {}


@record
class Services:
    """The parts of a running server, made once by `bootstrap/assembly.py`."""

    settings: Settings
    clock: Clock
    ids: IdSource
    store: Store
    connections: Mapping[str, Provider]
    actions: Mapping[str, AnyAction]
    rulebook: RuleBook
    checks: RuleChecks
    #: The names that rule files may refer to.
    rule_context: RuleContext
    #: The names and values that completion of rule files offers.
    knowledge: RuleKnowledge
    #: Tries rules on events.
    tries: OneThread
    #: Completes and explains rules while somebody writes them.
    assistance: OneThread
    #: Runs the tests of rules, which take longer than a try.
    rule_tests: OneThread
    intake: Intake
    links: TrackedLinks
    clicks: Clicks
    #: Takes in the messages that people write to contacts by hand.
    written: WrittenMessages
    schedules: Schedules
    #: Sets the menus and greetings of accounts.
    profiles: Profiles
    firings: Firings
    watchdog: Watchdog
    approval_notices: ApprovalNotices
    runner: Runner
    replays: Replays
    gate: TargetGate
    #: The HTTP client for requests to providers outside of runs, such as the requests of a page.
    http: Http
    pruner: Pruner
    data: Path
    #: None if the tools of the database server make the backups.
    backups: Backups | None
    demo: bool
    #: A bearer token with the role admin for commands on this machine; it changes at every start.
    control_token: str
    #: The keepers that renew the tokens of connections.
    token_keepers: tuple[TokenKeeper, ...]
    #: Exports spans; None if no receiver is configured.
    traces: TraceExport | None = None
    #: The proxies whose headers name the client's address.
    proxies: TrustedProxies
    #: The address of this server, as in `http://127.0.0.1:8080`.
    url: str
    #: The automator.yaml that pages may change; None if there is no such file, as in the demo.
    settings_file: SettingsFile | None = None
    #: The automator.yaml with which a page may leave the demo; None if it may not.
    after_demo: SettingsFile | None = None
    #: Warnings of the start, such as of a place or a version where the database could lose commits.
    store_warnings: tuple[Reason, ...] = ()
    #: The secrets of forms that were refused.
    typed_secrets: TypedSecrets = field(default_factory=TypedSecrets)
    #: The names of deleted rules, for pages about their runs.
    past_names: PastNames = field(default_factory=PastNames)
    #: The conversations and comments of customers.
    inbox: Inbox
    #: Set when the server is told to stop; streams then end, so that they do not delay the stop.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connection_names(self) -> list[str]:
        """The connection names that events can have: all connections, and the one of schedules."""
        return sorted([*self.connections, SCHEDULE])

    def connection_named(self, name: str) -> Provider:
        """The running connection with this name.

        Raises:
            NotFoundError: there is no such connection.
        """
        found = self.connections.get(name)
        if found is None:
            raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=name)
        return found

    def rule_name(self, rule_id: str) -> str:
        """The present name of a rule; its id if the rule has no name or is deleted."""
        rule = self.rulebook.active.rule_set.rule(rule_id)
        return (rule.spec.name if rule else "") or rule_id

    def name_of_rule_of(self, run: Run) -> str:
        """The name of a run's rule; of a deleted rule, its last name; without a name, its id.

        Blocks if the rule is deleted.
        """
        if self.rulebook.active.rule_set.rule(run.rule):
            return self.rule_name(run.rule)
        return self.past_names.of(self.store.log, run.rule, run.revision) or run.rule

    @property
    def has_https_address(self) -> bool:
        """Whether others reach this server over https, as most senders on the internet require."""
        return self.settings.public_url.startswith("https://")

    @property
    def outside_url(self) -> str:
        """The address under which others reach this server: the public address, if it is set."""
        return (self.settings.public_url or self.url).rstrip("/")

    def on_this_machine(self, address: str) -> str:
        """A public address as this machine reaches it, even before name and proxy are set up."""
        return self.url.rstrip("/") + address.removeprefix(self.outside_url)

    def sealer(self) -> Sealer:
        """Seals values that browsers keep, with the key of this server or of all its nodes."""
        return Sealer(sealing_key(self.data, Environment.read().sealing_key))
