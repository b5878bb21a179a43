"""The pages that sign a person in by a one-time link, and out."""

import logging
from urllib.parse import urlsplit

from automator.engine.intake.quota import Quota
from automator.model import N_
from automator.server.access.sessions import end_session, forget_session, start_session
from automator.server.access.sign_in_links import use_link
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.responses import JsonAnswer
from automator.server.web.redirects import safe_next
from automator.server.web.security import RequestError

_log = logging.getLogger(__name__)

ATTEMPTS_PER_MINUTE = 20


class SignIn:
    """The sign-in page, with a quota of attempts for each address."""

    def __init__(self) -> None:
        self._quota: Quota | None = None

    async def show(self, context: RequestContext) -> Response:
        """The sign-in page. For a link it asks for a click, because programs that preview links
        would otherwise use the link up.
        """
        return render(
            context,
            "sign_in.html",
            token=context.request.path_params.get("token", ""),
            failed="",
            next=safe_next(context.request.query_params.getlist("next")),
        )

    async def submit(self, context: RequestContext) -> Response:
        """Uses up the link and starts a session."""
        client = context.request.client
        if self._quota is None:
            self._quota = Quota(ATTEMPTS_PER_MINUTE, context.services.clock)
        if not self._quota.take(client.host if client else ""):
            raise RequestError(
                429,
                "too_many_attempts",
                N_("Too many attempts."),
                fix=N_("Wait a minute and try again."),
            )
        target = safe_next([context.form.get("next", "")])
        token = _token_in(context.form.get("token", ""))
        account = await use_link(context.services.store, token, now_ms=context.now_ms)
        if account is None:
            _log.warning("sign_in.refused remote=%s", client.host if client else "")
            return render(
                context,
                "sign_in.html",
                status=401,
                token="",
                failed=N_("This link is unknown, was used already, or is older than an hour."),
                next=target,
            )
        response = see_other(target)
        await start_session(context.services, context.request, account, response)
        if context.actor.session_id:
            await forget_session(context.services, context.actor.session_id)
        _log.info("sign_in.done account=%s role=%s", account.name, account.role.label)
        return response


async def show_session(context: RequestContext) -> Response:
    """Tells the script of a page that the person is signed in, with the CSRF token of its forms."""
    return JsonAnswer({"csrf": context.csrf})


async def sign_out(context: RequestContext) -> Response:
    """Ends the session."""
    response = see_other("/sign-in")
    await end_session(context.services, context.request, context.actor.session_id, response)
    return response


def _token_in(text: str) -> str:
    """The token in a pasted link, or the text itself."""
    try:
        path = urlsplit(text.strip()).path
    except ValueError:
        return ""
    return path.rstrip("/").rpartition("/")[2]
