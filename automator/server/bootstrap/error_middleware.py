"""The middleware of all pages and API calls: host check, security headers, and error answers.

It is plain ASGI, so that streams pass through it. The hook route does not use it.
"""

import logging
import secrets
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route, Router
from starlette.types import Message, Receive, Scope, Send

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.language import Translator, problem_as_data
from automator.model import (
    N_,
    AutomatorError,
    ConflictError,
    InstallationChangedError,
    NotFoundError,
    StepError,
    StoreUnavailableError,
    UsageError,
)
from automator.server.access.sessions import find_session
from automator.server.web.language import language_of
from automator.server.web.navigation import list_of
from automator.server.web.redirects import came_from, safe_next
from automator.server.web.request_context import NOBODY, RequestContext, read_form
from automator.server.web.security import (
    SAFE_METHODS,
    RequestError,
    SignInNeeded,
    allowed_hosts,
    check_host,
    error_json,
    host_name,
    is_for_programs,
    is_same_origin,
    with_security_headers,
)
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import cannot_read

_log = logging.getLogger(__name__)
#: Bytes of a form, or characters of its texts, that are shown again to somebody who was signed out
#: meanwhile.
_MOST_WRITTEN = 65_536
_STATUS_OF: tuple[tuple[type[AutomatorError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    # The provider, or another server that was asked, has refused it or did not answer.
    (StepError, 502),
    (StoreUnavailableError, 503),
    (InstallationChangedError, 503),
    (UsageError, 400),
    (RulesRefusedError, 422),
)
_HTTP_TEXTS = {
    404: (
        "not_found",
        N_("There is nothing under this address."),
        N_(
            "Compare it letter by letter. The menu leads to all pages; docs/reference/api.md lists"
            " the addresses of the API."
        ),
    ),
    405: (
        "method_not_allowed",
        N_("This address does not take this kind of request."),
        N_("It takes: {allow}."),
    ),
}


class ErrorMiddleware:
    """The guarded routes with host check, security headers and error answers; an ASGI app."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        # Redirects to an address with or without a slash would be built from the Host header.
        self._router = Router(routes=routes, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["app"].state.services
        https = services.has_https_address
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = with_security_headers(message.get("headers", ()), https=https)
                message = {**message, "headers": headers}
            await send(message)

        services.proxies.warn_of_unnamed(scope)
        try:
            check_host(scope["headers"], hosts_of(services, scope))
            await self._router(scope, receive, send_safely)
        except Exception as error:
            if started:
                # Half an answer is out: only closing the connection can say that it failed.
                raise
            if isinstance(error, HTTPException) and error.status_code == 405:
                error = self._wrong_method(scope)
            response = await answer_for(Request(scope, receive), services, error)
            await response(scope, receive, send_safely)
        finally:
            scope.pop("automator.form", None)
            context: RequestContext | None = scope.pop("automator.context", None)
            if context is not None:
                # The connection keeps its last scope, and what Jinja leaves is garbage for a while.
                # What was uploaded would stay with them.
                context.form, context.files = {}, {}

    def _wrong_method(self, scope: Scope) -> HTTPException:
        """The error with the methods of all routes of the address: Starlette names the first's."""
        fitting = [route for route in self._routes if route.matches(scope)[0] is not Match.NONE]
        methods = {method for route in fitting for method in route.methods or ()}
        return HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})


async def answer_for(request: Request, services: Services, error: Exception) -> Response:
    """The answer to the person or the program about an error."""
    if unavailable := cannot_read(error):
        # The driver's message is enough; the place in the program does not matter.
        _log.warning("request.unavailable path=%r: %s", request.scope["path"], unavailable)
        error = unavailable
    known = _as_request_error(error)
    if known is None:
        number = secrets.token_hex(6)
        _log.error("request.failed id=%s path=%r", number, request.scope["path"], exc_info=error)
        known = RequestError(
            500,
            "internal",
            N_("Something went wrong on this server. Its log has the details under {number}."),
            fix=N_("Try again; if it happens again, report it with this number."),
            number=number,
        )
    headers = {"retry-after": "30"} if known.status == 503 else {}
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    if is_for_programs(request.scope["path"]):
        response: Response = _json(known, error, _translator(request, services))
    elif isinstance(error, InstallationChangedError):
        # The templates on the disk are those of another version.
        response = _plain(known, _translator(request, services))
    else:
        response = await _page(request, services, known)
    response.headers.update(headers)
    return response


def _json(error: RequestError, cause: Exception, translator: Translator) -> Response:
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
    content = error_json(error, translator)
    if isinstance(cause, RulesRefusedError):
        content["problems"] = [problem_as_data(problem, translator) for problem in cause.problems]
    return JSONResponse(content, error.status, headers)


def _plain(error: RequestError, translator: Translator) -> Response:
    message, fix = translator.error(error)
    return PlainTextResponse(f"{message}\n{fix}\n", error.status)


async def _page(request: Request, services: Services, error: RequestError) -> Response:
    context = request.scope.get("automator.context") or await _context(request, services)
    if isinstance(error, SignInNeeded):
        if request.method in SAFE_METHODS:
            wanted, failed, written = context.here, "", []
        else:
            # A form has no page under its own address: back to the one on which it stands.
            wanted, failed = came_from(request), N_("You were signed out: this was not saved.")
            written = await _written(request, services)
        values = {"token": "", "failed": failed, "written": written, "next": safe_next([wanted])}
        return render(context, "sign_in.html", status=401, **values)
    # Back to the page on which the form or the link stands; home, where nobody says which.
    back = safe_next([came_from(request)])
    above = list_of(request.url.path)
    return render(context, "error.html", status=error.status, error=error, back=back, above=above)


async def _written(request: Request, services: Services) -> list[str]:
    """The texts in a form of ours that somebody has sent who is signed out, unless they are long.

    Only fields for texts are read: others may have secrets.
    """
    if not is_same_origin(request, services.settings.public_url):
        return []
    form = request.scope.get("automator.form")
    if form is None:
        try:
            form, _ = await read_form(request, _MOST_WRITTEN)
        except RequestError:
            return []
    texts = [text for name, text in form.items() if name.endswith(".text")]
    # The form of a rule has the file as it was before in its field `text`.
    texts = texts or [form.get("text", "")]
    texts = [text for text in texts if text.strip()]
    return texts if sum(map(len, texts)) <= _MOST_WRITTEN else []


async def _context(request: Request, services: Services) -> RequestContext:
    """The request context of an error page, with the person who is signed in."""
    actor = None
    try:
        actor = await find_session(services, request)
    except Exception as error:
        if not cannot_read(error):
            raise
    return RequestContext(request, services, actor or NOBODY, _translator(request, services))


def _translator(request: Request, services: Services) -> Translator:
    """The translator for the language of the request."""
    return Translator(language_of(request), services.settings.zone)


def _as_request_error(error: Exception) -> RequestError | None:
    if isinstance(error, RequestError):
        return error
    if isinstance(error, HTTPException):
        other = (
            "refused",
            str(error.detail),
            N_("Compare the request with docs/reference/api.md."),
        )
        code, message, fix = _HTTP_TEXTS.get(error.status_code, other)
        allow = (error.headers or {}).get("Allow", "-")
        return RequestError(error.status_code, code, message, fix=fix, allow=allow)
    if isinstance(error, AutomatorError):
        for kind, status in _STATUS_OF:
            if isinstance(error, kind):
                message, fix = error.texts
                if not message:
                    return RequestError(status, error.code, error.reason)
                return RequestError(status, error.code, message, fix=fix, **error.values)
    return None


def hosts_of(services: Services, scope: Scope) -> frozenset[str]:
    """The names under which this server may be asked on this connection."""
    server = scope.get("server")
    bound = str(server[0]) if server else None
    ours = host_name(services.url.partition("://")[2])
    hosts = allowed_hosts(services.settings.public_url, bound)
    return hosts | {ours} if ours else hosts
