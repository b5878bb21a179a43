"""The root ASGI application: passes requests to hooks, links, health checks or the site."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.engine.links.tracked_links import LINKS
from automator.engine.runs.runner import Runner
from automator.language import ENGLISH, LANGUAGES, Translator
from automator.model import InstallationChangedError, record
from automator.server.http.hook_endpoint import HOOKS, HookEndpoint
from automator.server.http.link_endpoint import LinkEndpoint
from automator.server.http.proxies import TrustedProxies
from automator.server.http.text_answer import send_text
from automator.server.web.security import error_json, is_for_programs
from automator.server.web.services import Services
from automator.store import Store

_ALIVE, _READY = "/healthz", "/readyz"
_METHODS = ("GET", "HEAD")


@record(kw_only=False)
class HealthChecks:
    """Answers `/healthz` while the process lives, and `/readyz` while it can do its work.

    Answering does not load the pages.
    """

    store: Store
    runner: Runner

    def answers(self, path: str) -> bool:
        """Whether a path is the address of a health check."""
        return path in (_ALIVE, _READY)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["method"] not in _METHODS:
            allow = ", ".join(_METHODS)
            await send_text(send, 405, f"It takes: {allow}.\n", (b"allow", allow.encode()))
        elif scope["path"] == _ALIVE:
            await send_text(send, 200, "ok\n")
        elif trouble := self._trouble():
            await send_text(send, 503, f"{trouble}\n", (b"retry-after", b"30"))
        else:
            await send_text(send, 200, "ready\n")

    def _trouble(self) -> str:
        """The reason why this node cannot do its work; "" while it can."""
        return self.runner.trouble if self.store.is_accepting else "the store cannot commit"


# --- An ASGI application that is imported only when needed ---


class LateApplication:
    """Imports and makes an ASGI application at its first request, and passes requests to it.

    A server that only takes in deliveries starts sooner and is smaller without the site. If the
    program on the disk was upgraded meanwhile, the answer is 503.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            application = self._made or await self._made_once()
        except InstallationChangedError as error:
            await _refuse(error, scope, send)
        else:
            await application(scope, receive, send)

    async def _made_once(self) -> ASGIApp:
        async with self._making:
            if self._made is None:
                # In a thread, because deliveries must be taken in meanwhile.
                self._made = await asyncio.to_thread(self._make)
            return self._made


async def _refuse(error: InstallationChangedError, scope: Scope, send: Send) -> None:
    retry = (b"retry-after", b"30")
    if is_for_programs(scope["path"]):
        body = orjson.dumps(error_json(error, Translator(ENGLISH))).decode()
        await send_text(send, 503, body, retry, content_type=b"application/json")
        return
    # In every language: the module that chooses the reader's language cannot be loaded.
    told = [Translator(language).error(error) for language in LANGUAGES]
    text = "\n\n".join(f"{message}\n{fix}" for message, fix in told)
    await send_text(send, 503, f"{text}\n", retry)


@dataclass(eq=False)
class RootApplication:
    """Sends hooks, tracked links and health checks straight to their endpoints, and other requests
    to the site.

    Starlette's middleware and routing cost about 12 µs a request, which is a tenth of an event.
    """

    hooks: HookEndpoint
    links: LinkEndpoint
    health: HealthChecks
    #: The pages, the API, and the demo's sandbox.
    site: LateApplication
    proxies: TrustedProxies
    _beginning: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.proxies:
            self.proxies.resolve(scope)
        application: ASGIApp = self.site
        if scope["type"] == "http":
            if scope["path"].startswith(HOOKS):
                application = self.hooks
            elif scope["path"].startswith(LINKS):
                application = self.links
            elif self.health.answers(scope["path"]):
                application = self.health
        if application is self.site:
            # Pages begin one after the other, and deliveries that have arrived go between them.
            async with self._beginning:
                await asyncio.sleep(0)
        await application(scope, receive, send)

    def take(self, scope: Scope, body: bytes) -> ASGIApp | None:
        """Takes in a request that arrived whole; returns the application that has to answer it.

        None if the request is answered already.
        """
        if not scope["path"].startswith(HOOKS):
            return self
        if self.proxies:
            self.proxies.resolve(scope)
        return self.hooks.take(scope, body)


def create_app(services: Services) -> RootApplication:
    """Makes the root ASGI application of a server."""
    hooks = HookEndpoint(services.intake, services.clock, services.settings.max_body)
    links = LinkEndpoint(services.links, services.clicks)
    health = HealthChecks(services.store, services.runner)
    site = LateApplication(partial(_site_of, services))
    return RootApplication(hooks, links, health, site, services.proxies)


def _site_of(services: Services) -> ASGIApp:
    from automator.server.bootstrap.site import create_site  # noqa: PLC0415 - 9 MB, which deliveries do without.

    return create_site(services)
