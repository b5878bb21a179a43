"""Answers calls of the API for commands if no server runs: the same functions, in-process."""

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

from automator.cli.terminal.database import FolderHere, open_alone
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
    """The parts of a server that calls of the API use where none runs; each is made when it is
    needed, because a change has to be possible while automator.yaml cannot be read.
    """

    url = DEFAULT_URL
    outside_url = Services.outside_url
    on_this_machine = Services.on_this_machine

    def __init__(self, store: Store, config: Path | None, folder: Path) -> None:
        self.store, self.clock = store, SystemClock()
        self.firings = SimpleNamespace(stop=partial(stop_firing, store))
        self._config, self._folder = find_config(config), folder
        self._here = FolderHere(store.log, config, folder)

    @property
    def settings(self) -> Settings:
        """The settings of a server that would start here."""
        return self._here.settings

    @cached_property
    def gate(self) -> TargetGate:
        """Changes the state of targets in the database, where the next server reads it."""
        return TargetGate(
            store=self.store,
            targets=self.settings.targets,
            host_concurrency=self.settings.egress.concurrency,
            clock=self.clock,
        )

    @property
    def pruner(self) -> Pruner:
        """Deletes by the retention times of settings without a mistake."""
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
        """Takes any name: the settings that have the connection may be elsewhere."""


async def answer_here(
    folder: Path, config: Path | None, method: str, path: str, body: Mapping[str, Any]
) -> Any:
    """The answer of a call of the API, made in the database of a folder without a server.

    Raises:
        AutomatorError: what the server would say, or the database.
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
