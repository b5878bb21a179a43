"""Answers a command's calls of the API in its own process if no server runs."""

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Scope

from automator.cli.terminal.database import FolderSource, open_alone
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import find_config
from automator.clock import SystemClock
from automator.configuration.settings import Settings
from automator.engine.operations.retention import Pruner
from automator.engine.outbound.target_gate import TargetGate
from automator.engine.rulesets.rulebook import ActiveRules
from automator.engine.schedule.firings import stop_firing
from automator.reasons.runs import COMMAND_LINE
from automator.rules import RuleSet
from automator.server.api.routes import api_routes
from automator.server.reading.config import DEFAULT_URL, load_config
from automator.server.web.request_context import Actor, RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.store import Store


class FolderServices:
    """Stands in for `Services` of a server: the parts that the calls of commands use.

    Each part is made when it is first used, so that calls which need no settings also work while
    automator.yaml cannot be read.
    """

    url = DEFAULT_URL
    outside_url = Services.outside_url
    on_this_machine = Services.on_this_machine

    def __init__(self, store: Store, config: Path | None, folder: Path) -> None:
        self.store, self.clock = store, SystemClock()
        self.firings = SimpleNamespace(stop=partial(stop_firing, store))
        self._config, self._folder = find_config(config), folder
        self._here = FolderSource(store.log, config, folder)

    @property
    def settings(self) -> Settings:
        """The settings of a server that would start here."""
        return self._here.settings

    @cached_property
    def gate(self) -> TargetGate:
        """Changes the state of targets in the database, from which the next server reads it."""
        return TargetGate(
            store=self.store,
            targets=self.settings.targets,
            host_concurrency=self.settings.egress.concurrency,
            clock=self.clock,
        )

    @property
    def pruner(self) -> Pruner:
        """Deletes old rows by the retention times in the settings.

        Raises:
            SettingsProblemsError: automator.yaml has a mistake.
        """
        loaded = load_config(
            self._config, self._folder, self._config is None, resolve_secrets=False
        )
        return Pruner(self.store, loaded.require().settings.retention)

    @property
    def rulebook(self) -> SimpleNamespace:
        """The rules of earlier revisions; none are in force."""
        active = ActiveRules(self.store.log.latest_revision(), RuleSet((), files={}, digest=""), 0)
        return SimpleNamespace(active=active, revisions=self._here.revisions)

    def connection_named(self, name: str) -> None:
        """Accepts any name, because the settings that declare the connection may be elsewhere."""


async def answer_here(
    folder: Path, config: Path | None, method: str, path: str, body: Mapping[str, Any]
) -> Any:
    """Carries out a call of the API in a folder's database, as an admin; returns its JSON answer.

    Raises:
        AutomatorError: the call is refused as a server would refuse it, or the database fails.
    """
    route, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": unquote(route),
        "query_string": query.encode(),
        "headers": [],
    }
    matches = ((one, *one.matches(scope)) for one in api_routes())
    call: Any
    call, more = next((one.endpoint, more) for one, how, more in matches if how is Match.FULL)
    async with open_alone(folder) as store:
        services: Any = FolderServices(store, config, folder)
        actor = Actor(COMMAND_LINE, Role.ADMIN)
        context = RequestContext(Request({**scope, **more}), services, actor, TRANSLATOR)
        answer = await call.answer_to(context, body)
        return orjson.loads(answer.body) if answer.body else None
