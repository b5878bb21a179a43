"""The pages that sign a person in, by link, passkey or an OpenID Connect provider, and out."""

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from automator.engine.intake.quota import Quota
from automator.model import N_
from automator.reasons.audit import sign_in_refused
from automator.server.access.account_changes import change_role, end_access
from automator.server.access.accounts import (
    Account,
    find_account,
    find_or_make_account,
)
from automator.server.access.passkeys import options_to_sign_in, use_passkey
from automator.server.access.sessions import drop_cookie, forget_session, start_session
from automator.server.access.sign_in_links import delete_links_of, use_link
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.shared.responses import JsonAnswer
from automator.server.web.redirects import HOME, safe_next
from automator.server.web.request_context import NOBODY
from automator.server.web.security import RequestError, Role, set_cookie
from automator.store.batch.audit import change_under_way

if TYPE_CHECKING:
    from automator.server.access.openid import OpenId, Person

_log = logging.getLogger(__name__)

ATTEMPTS_PER_MINUTE = 20
#: Refused sign-ins of all addresses that the audit trail records.
_RECORDED_PER_MINUTE = 5
#: The cookie of a sign-in at the provider that is under way.
_BEGUN = "openid"


class SignIn:
    """The sign-in page, with a quota of attempts for each address."""

    def __init__(self) -> None:
        self._quota: Quota | None = None
        self._refusals: Quota | None = None
        self._openid: OpenId | None = None

    async def show(self, context: RequestContext) -> Response:
        """The sign-in page. For a link it asks for a click, because programs that preview links
        would otherwise use the link up.
        """
        return _sign_in_page(
            context,
            token=context.request.path_params.get("token", ""),
            next=safe_next(context.request.query_params.getlist("next")),
        )

    async def submit(self, context: RequestContext) -> Response:
        """Uses up the link and starts a session."""
        self._count_attempt(context)
        target = safe_next([context.form.get("next", "")])
        token = _token_in(context.form.get("token", ""))
        account = await use_link(context.services.store, token, now_ms=context.now_ms)
        if account is None:
            _log.warning("sign_in.refused remote=%s", _address_of(context))
            self._record_refusal(context, "unknown_link")
            return _sign_in_page(
                context,
                status=401,
                failed=N_("This link is unknown, was used already, or is older than an hour."),
                next=target,
            )
        return await _signed_in(context, account, target)

    async def ask_for_passkey(self, context: RequestContext) -> Response:
        """Tells the script of the page how to ask the browser for a passkey."""
        self._count_attempt(context, "begin")
        return JsonAnswer(options_to_sign_in(context))

    async def use_passkey(self, context: RequestContext) -> Response:
        """Signs in the person whose passkey has answered."""
        self._count_attempt(context, "passkey")
        target = safe_next([context.form.get("next", "")])
        try:
            return await _signed_in(context, await use_passkey(context), target)
        except RequestError as error:
            return self._refuse(context, error, target)

    async def begin_elsewhere(self, context: RequestContext) -> Response:
        """Sends the browser to the OpenID Connect provider."""
        self._count_attempt(context, "begin")
        target = safe_next(context.request.query_params.getlist("next"))
        openid = self._provider(context.services)
        try:
            address, cookie = await openid.begin(target)
        except RequestError as error:
            return _refused(context, error, target)
        response = see_other(address)
        _keep(context.services, response, cookie, openid.cookie_s)
        return response

    async def come_back(self, context: RequestContext) -> Response:
        """Signs in the person whose browser comes back from the provider."""
        self._count_attempt(context, "back")
        services = context.services
        openid = self._provider(services)
        cookie = context.request.cookies.get(_begun(services), "")
        query = context.request.query_params
        try:
            person, target = await openid.finish(cookie, query)
            account = await _account_of(services, openid, person)
            response = await _signed_in(context, account, target, is_public=True)
        except RequestError as error:
            response = self._refuse(context, error)
        _keep(context.services, response, "", 0)
        return response

    async def sign_out(self, context: RequestContext) -> Response:
        """Ends the session. At an OpenID Connect provider, people sign out by themselves."""
        leave = ""
        account = await find_account(context.services.store, context.actor.account)
        session_id, context.actor = context.actor.session_id, NOBODY
        # Before the provider is asked: it may hang, and the browser may not wait for the answer.
        await forget_session(context.services, session_id)
        if context.settings.sign_in.oidc and account and account.subject:
            leave = await self._provider(context.services).sign_out_address()
        response = _sign_in_page(context, leave=leave) if leave else see_other("/sign-in")
        drop_cookie(context.request, session_id, response)
        return response

    def _count_attempt(self, context: RequestContext, what: str = "link") -> None:
        if self._quota is None:
            self._quota = Quota(ATTEMPTS_PER_MINUTE, context.services.clock)
        if not self._quota.take(f"{what} {_address_of(context)}"):
            raise RequestError(
                429,
                "too_many_attempts",
                N_("Too many attempts."),
                fix=N_("Wait a minute and try again."),
            )

    def _refuse(self, context: RequestContext, error: RequestError, target: str = HOME) -> Response:
        _log.warning("sign_in.refused code=%s remote=%s", error.code, _address_of(context))
        self._record_refusal(context, error.code)
        return _refused(context, error, target)

    def _record_refusal(self, context: RequestContext, code: str) -> None:
        """Records a refusal in the audit trail; only a few a minute, because strangers cause it."""
        if self._refusals is None:
            self._refusals = Quota(_RECORDED_PER_MINUTE, context.services.clock)
        change = change_under_way()
        if change is not None and self._refusals.take(""):
            change.code, change.values = sign_in_refused.code, {"code": code}
            change.is_known = change.is_done = True

    def _provider(self, services: Services) -> "OpenId":
        settings = services.settings.sign_in.oidc
        if settings is None:
            raise HTTPException(404)
        if self._openid is None:
            from automator.server.access.openid import OpenId  # noqa: PLC0415 - 11 MB, for servers with a provider.

            self._openid = OpenId(
                settings,
                http=services.http,
                clock=services.clock,
                sealer=services.sealer(),
                url=services.outside_url,
            )
        return self._openid


async def show_session(context: RequestContext) -> Response:
    """Tells the script of a page that the person is signed in, with the CSRF token of its forms."""
    return JsonAnswer({"csrf": context.csrf})


async def _account_of(services: Services, openid: "OpenId", person: "Person") -> Account:
    """The account of a person from the provider, with the role that the person's groups have now.

    Raises:
        RequestError: the person may not sign in. What the person's account still has, ends.
    """
    known = await find_account(services.store, person.subject, by="subject")
    try:
        role = openid.role_of(person)
    except RequestError:
        if known is not None:
            await end_access(services.store, known.name)
        raise
    now_ms = services.clock.now_ms()
    new_role = (role or Role.VIEWER).label
    account = await find_or_make_account(
        services.store, person.email, new_role, now_ms, subject=person.subject
    )
    if known is None:
        # Whoever has a link for an account of this name was not meant to get this person's.
        await delete_links_of(services.store, account.name)
    if role in (None, account.role):
        return account
    # What the provider says counts: `automator link` on the server makes an admin at any time.
    return await change_role(
        services.store, account.name, role, by="OpenID Connect", even_last=True
    )


def _begun(services: Services) -> str:
    return f"__Host-{_BEGUN}" if services.has_https_address else _BEGUN


def _keep(services: Services, response: Response, cookie: str, lifetime_s: int) -> None:
    https = services.has_https_address
    set_cookie(response, _begun(services), cookie, lifetime_s=lifetime_s, https=https)


async def _signed_in(
    context: RequestContext, account: Account, target: str, *, is_public: bool = False
) -> Response:
    response = see_other(target)
    if change := change_under_way():
        change.author, change.is_known = account.name, True
    await start_session(context.services, context.request, account, response, is_public=is_public)
    if context.actor.session_id:
        await forget_session(context.services, context.actor.session_id)
    _log.info("sign_in.done account=%s role=%s", account.name, account.role.label)
    return response


def _refused(context: RequestContext, error: RequestError, target: str = HOME) -> Response:
    """The sign-in page, which says why it did not work; the other ways still work there."""
    return _sign_in_page(context, status=error.status, refused=error, next=target)


def _sign_in_page(context: RequestContext, *, status: int = 200, **values: object) -> Response:
    usual = {"token": "", "failed": "", "next": HOME}
    return render(context, "sign_in.html", status=status, **{**usual, **values})


def _address_of(context: RequestContext) -> str:
    client = context.request.client
    return client.host if client else ""


def _token_in(text: str) -> str:
    """The token in a pasted link, or the text itself."""
    try:
        path = urlsplit(text.strip()).path
    except ValueError:
        return ""
    return path.rstrip("/").rpartition("/")[2]
