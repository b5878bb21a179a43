"""Authenticates and authorises the caller of every page and API call, and checks for CSRF.

`page`, `open_page` and `Calls` make routes, each with the role that it needs.
"""

import asyncio
import hmac
import string
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from automator.language import Translator
from automator.model import N_, parse_id
from automator.reasons import ReasonKind
from automator.reasons.runs import COMMAND_LINE
from automator.server.access.bodies import Body, read_body_as
from automator.server.access.requests_at_once import EVENT_STREAM, RequestsAtOnce
from automator.server.access.sessions import find_session
from automator.server.access.tokens import use_token
from automator.server.http.body import BodyMemory
from automator.server.http.parameters import Parameter, check_address
from automator.server.web.attention import find_attention
from automator.server.web.language import language_of
from automator.server.web.request_context import (
    MAX_FORM,
    NOBODY,
    RESERVATION,
    Actor,
    RequestContext,
    check_cross_site,
    read_form,
    read_json,
)
from automator.server.web.security import (
    SAFE_METHODS,
    CrossSite,
    RequestError,
    Role,
    SignInNeeded,
    is_same_origin,
)
from automator.server.web.services import Services
from automator.server.web.templates import Page
from automator.store import Log
from automator.store.batch.audit import Change, under_way
from automator.store.contacts.person_keys import contact_key

Endpoint = Callable[[RequestContext], Awaitable[Response]]
EndpointT = TypeVar("EndpointT", bound=Callable[..., Awaitable[Response]])
#: The default `words` of `Calls.declare`: one call, summarised by its function's docstring.
_ONCE = {"": ""}
#: The connection of a thing by its id, for the groups whose calls name one.
_BY_ID: Mapping[str, Callable[[Log, int], str | None]] = {
    "runs": lambda log, number: found.event.connection if (found := log.run(number)) else None,
    "events": lambda log, number: found.event.connection if (found := log.event(number)) else None,
    "deliveries": lambda log, number: found.connection if (found := log.delivery(number)) else None,
}
#: The scope that a token needs for the calls of a group that viewers may not make.
_SCOPES = {
    **dict.fromkeys(("runs", "events", "deliveries", "replays"), "replay"),
    **dict.fromkeys(("rules", "promotions", "clones"), "rules"),
    "shadow": "shadow",
    **dict.fromkeys(("contacts", "limits"), "people"),
    **dict.fromkeys(("access", "connections", "maintenance", "targets"), "settings"),
}


@dataclass(eq=False)
class Guarded:
    """The ASGI endpoint of one route: checks the caller's `role`, then calls the route's function.

    `role` None admits everybody. A call of the API takes only the declared `parameters` in its
    address (None = any), and a body of the model `body` (None = no body). `errors` are the statuses
    of errors that the call can return besides those of every call. `headers` are the headers that
    it reads. The description of the API lists the calls of a `group` together, each with its
    `summary`; "" means the first paragraph of the function's docstring. `act` is the change for the
    audit trail; every route that can change something declares one.
    """

    endpoint: Callable[..., Awaitable[Response]]
    role: Role | None
    is_api: bool
    form_limit: int
    act: ReasonKind[...] | None = None
    file_limit: int = 0
    needs_token: bool = True
    parameters: Collection[Parameter] | None = ()
    body: type[Body] | None = None
    errors: Collection[int] = ()
    headers: Collection[str] = ()
    group: str = ""
    summary: str = ""

    @property
    def scope(self) -> str:
        """The scope that a token needs for this call."""
        return "read" if self.role is Role.VIEWER else _SCOPES[self.group]

    def is_offered_to(self, actor: Actor) -> bool:
        """Whether an actor may make this call of the API at all, with the right connection."""
        return (
            self.role is not None
            and actor.role >= self.role
            and self.scope in actor.scopes
            and (not actor.connections or self.group in _BY_ID or self._takes_connection)
        )

    @property
    def _takes_connection(self) -> bool:
        """Whether the connection is a parameter of the call's address."""
        return any(one.name == "connection" for one in self.parameters or ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        services: Services = request.app.state.services
        actor = await self._permitted(request, services)
        at_once: RequestsAtOnce = request.app.state.requests_at_once
        bodies: BodyMemory = request.app.state.bodies
        with closing(bodies.reserve()) as scope[RESERVATION]:
            async with at_once.place(actor.name) as has_waited:
                if has_waited:
                    actor = await self._permitted(request, services)
                response = await self._respond(request, services, actor)
                if isinstance(response, Page):
                    await response.finish()
            if isinstance(response, StreamingResponse) and response.media_type != EVENT_STREAM:
                pieces = response.body_iterator
                response.body_iterator = at_once.each_in_a_place(actor.name, pieces)
            await response(scope, receive, send)

    async def _respond(self, request: Request, services: Services, actor: Actor) -> Response:
        context = await self._admit(request, services, actor)
        # Error pages show the same frame as the page that failed.
        request.scope["automator.context"] = context
        if self.role is not None and not self.is_api:
            context.attention = await find_attention(services)
        return await self._answer(context)

    async def _answer(self, context: RequestContext) -> Response:
        if not self.is_api or context.request.method in SAFE_METHODS:
            return await self._audited(context, context.form, self.endpoint(context))
        names = () if self.body is None else self.body.names()
        data = await read_json(context.request, names)
        await self._identify_again(context)
        return await self.answer_to(context, data)

    async def answer_to(self, context: RequestContext, data: Mapping[str, Any]) -> Response:
        """Answers a call of the API with this body; the caller's role is already checked."""
        more = () if self.body is None else (read_body_as(self.body, data),)
        return await self._audited(context, data, self.endpoint(context, *more))

    async def _audited(
        self, context: RequestContext, given: Mapping[str, Any], answering: Awaitable[Response]
    ) -> Response:
        """Answers, and stores the row of the audit trail if the change has brought along none."""
        if self.act is None or not self.act.code:
            return await answering
        request = context.request
        named = {**given, **request.path_params, "what": request.url.path.rpartition("/")[2]}
        places = {place for _, place, _, _ in string.Formatter().parse(self.act.text) if place}
        change = Change(
            self.act.code,
            context.actor.name,
            request.client.host if request.client else "",
            values={name: named[name] for name in sorted(places - {"person"}) if name in named},
            person=contact_key(named["connection"], named["id"]) if "person" in places else "",
            is_known=self.role is not None,
        )
        try:
            with under_way(change):
                response = await answering
            is_done = change.is_done or request.method in SAFE_METHODS
            if is_done and change.is_known and not change.is_stored:
                await context.services.store.record_change(change)
        finally:
            # What goes on after the answer belongs to it no more.
            change.is_over = True
        return response

    async def _admit(self, request: Request, services: Services, actor: Actor) -> RequestContext:
        if self.is_api and self.parameters is not None:
            check_address(request.query_params.multi_items(), self.parameters)
        translator = Translator(language_of(request), services.settings.zone)
        context = RequestContext(request, services, actor, translator)
        if request.method not in SAFE_METHODS:
            await self._check_change(context)
        return context

    async def _check_change(self, context: RequestContext) -> None:
        request = context.request
        if not self.is_api:
            limits = self.form_limit, self.file_limit
            context.form, context.files = await read_form(request, *limits)
            # A body can be read only once, and the sign-in page shows the texts of a refused form.
            request.scope["automator.form"] = context.form
            await self._identify_again(context)
        public_url = context.services.settings.public_url
        if context.actor.session_id and self.needs_token:
            given = request.headers.get("x-csrf-token") or context.form.get("csrf", "")
            check_cross_site(request, public_url, session_id=context.actor.session_id, given=given)
        elif not self.is_api and not is_same_origin(request, public_url):
            raise CrossSite

    async def _identify_again(self, context: RequestContext) -> None:
        """Identifies the caller again after the body was read.

        Reading a body can take seconds, in which the account may lose its role or be removed.
        """
        context.actor = await self._permitted(context.request, context.services)

    async def _permitted(self, request: Request, services: Services) -> Actor:
        """The caller of the request, if the route's role admits them.

        Raises:
            SignInNeeded: the route needs a role, and the caller is not signed in.
            RequestError: the caller's role is lower than the route needs.
        """
        actor = await self._identify(request, services)
        if self.role is None:
            return actor or NOBODY
        if actor is None:
            raise SignInNeeded
        if actor.role < self.role:
            raise RequestError(
                403,
                "forbidden",
                N_("This needs the role {needed:text}; yours is {yours:text}."),
                fix=N_("Ask somebody with that role."),
                needed=self.role.label,
                yours=actor.role.label,
            )
        if self.is_api and self.scope not in actor.scopes:
            raise RequestError(
                403,
                "scope",
                N_("This token may not do that: it needs the scope {needed:text}."),
                fix=N_("Make a token with that scope."),
                needed=self.scope,
            )
        if actor.connections and await self._connection(request, services) not in actor.connections:
            raise RequestError(
                403,
                "connection",
                N_("This token is for {connections:list} alone, and the call is not about it."),
                fix=N_("Name the connection in the call, or make a token without a connection."),
                connections=list(actor.connections),
            )
        return actor

    async def _connection(self, request: Request, services: Services) -> str | None:
        """The one connection that a call is about, by its address; None if there is no such one."""
        given = request.path_params
        if "connection" in given or self.group == "connections":
            return str(given.get("connection", given.get("name")))
        number = parse_id(given.get("id", ""))
        if number is not None and self.group in _BY_ID:
            return await asyncio.to_thread(_BY_ID[self.group], services.store.log, number)
        is_named = self._takes_connection and not given
        return request.query_params.get("connection") if is_named else None

    async def _identify(self, request: Request, services: Services) -> Actor | None:
        authorization = request.headers.get("authorization")
        if self.is_api and authorization is not None:
            return await bearer(services, authorization)
        return await find_session(services, request)


async def bearer(services: Services, authorization: str) -> Actor:
    """The owner of the token in the header `Authorization`.

    Raises:
        SignInNeeded: the token is not valid.
    """
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret:
        if hmac.compare_digest(secret.encode(), services.control_token.encode()):
            return Actor(COMMAND_LINE, Role.ADMIN)
        token = await use_token(services.store, secret, now_ms=services.clock.now_ms())
        if token is not None:
            return Actor(
                f"token {token.name}",
                token.role,
                account=token.account,
                scopes=token.scopes,
                connections=token.connections,
            )
    raise SignInNeeded(N_("The API token is not valid (any more)."))


def page(
    path: str,
    endpoint: Endpoint,
    role: Role,
    act: ReasonKind[...] | None = None,
) -> Route:
    """The route of a page, for signed-in people with at least this role."""
    guarded = Guarded(endpoint, role=role, is_api=False, form_limit=MAX_FORM, act=act)
    return Route(path, guarded, methods=["GET"])


def form(
    path: str,
    endpoint: Endpoint,
    role: Role,
    act: ReasonKind[...],
    *,
    form_limit: int = MAX_FORM,
    file_limit: int = 0,
) -> Route:
    """The route of a form's target, with the change that the form makes, or `NO_CHANGE`."""
    guarded = Guarded(
        endpoint, role=role, is_api=False, form_limit=form_limit, act=act, file_limit=file_limit
    )
    return Route(path, guarded, methods=["POST"])


def open_page(
    path: str,
    endpoint: Endpoint,
    act: ReasonKind[...] | None = None,
    *,
    methods: Sequence[str] = ("GET",),
    needs_token: bool = True,
) -> Route:
    """The route of a page for everybody: signing in, static files, the proof that a domain is ours.

    `needs_token` is False for signing in: a form sent with an old session has no CSRF token of it.
    """
    guarded = Guarded(
        endpoint, role=None, is_api=False, form_limit=MAX_FORM, act=act, needs_token=needs_token
    )
    return Route(path, guarded, methods=list(methods))


class Calls:
    """Collects the API calls of one subject; `declare` decorates the function of each call."""

    def __init__(self) -> None:
        #: The routes in the order in which they are tried.
        self.routes: list[Route] = []

    def declare(
        self,
        method_and_path: str,
        role: Role,
        act: ReasonKind[...] | None = None,
        *,
        group: str,
        parameters: Collection[Parameter] | None = (),
        errors: Collection[int] = (),
        headers: Collection[str] = (),
        words: Mapping[str, str] = _ONCE,
    ) -> Callable[[EndpointT], EndpointT]:
        """Declares the call that the decorated function answers, such as `GET /api/runs`.

        The annotation of the function's parameter `body` is the model of the call's body. With
        `words`, the function answers one call for each word: the word replaces `{word}` in the path
        and is the first argument. The values of `words` are the summaries of these calls. `act` is
        the change that the call makes, or `NO_CHANGE`.
        """
        method, path = method_and_path.split()

        def register(endpoint: EndpointT) -> EndpointT:
            for word, summary in words.items():
                guarded = Guarded(
                    partial(endpoint, word) if word else endpoint,
                    role=role,
                    is_api=True,
                    form_limit=0,
                    act=act,
                    parameters=parameters,
                    body=endpoint.__annotations__.get("body"),
                    errors=errors,
                    headers=headers,
                    group=group,
                    summary=summary,
                )
                self.routes.append(Route(path.replace("{word}", word), guarded, methods=[method]))
            return endpoint

        return register


def refuse_unguarded(routes: Sequence[BaseRoute]) -> None:
    """Stops the start if a route does not say who may use it, or what it changes.

    Raises:
        TypeError: naming the route.
    """
    for route in routes:
        if not isinstance(route, Route) or not isinstance(route.endpoint, Guarded):
            raise TypeError(
                f"{route!r} declares no permission: make it with page() or Calls.declare()"
            )
        if route.endpoint.act is None and not SAFE_METHODS.issuperset(route.methods or ()):
            raise TypeError(f"{route!r} declares no change for the audit trail, nor NO_CHANGE")
