"""Sets the cookies with a person's preferences: language, colours, and the view of rule files."""

from automator.language import LANGUAGES
from automator.model import N_, UsageError
from automator.server.pages import RequestContext, Response, see_other
from automator.server.web import language, theme
from automator.server.web.redirects import safe_next
from automator.server.web.security import is_asked_over_https, set_cookie

_LIFETIME_S = 365 * 86_400


async def choose_language(context: RequestContext) -> Response:
    """Remembers the language in a cookie and goes back."""
    chosen = context.form.get("lang", "")
    if chosen not in LANGUAGES:
        raise UsageError(
            N_("there is no such language"),
            fix=N_("One of: {known:list}."),
            known=list(LANGUAGES),
        )
    return remember(context, language.COOKIE, chosen, _back(context))


async def choose_theme(context: RequestContext) -> Response:
    """Remembers the colours (light, dark, or as the device has them), and goes back."""
    chosen = context.form.get("theme", "")
    if chosen not in theme.THEMES:
        raise UsageError(
            N_("there are no such colours"),
            fix=N_("One of: {known:list}."),
            known=list(theme.THEMES),
        )
    return remember(context, theme.COOKIE, chosen, _back(context))


def _back(context: RequestContext) -> str:
    return safe_next([context.form.get("next", "")])


def remember(context: RequestContext, cookie: str, value: str, address: str) -> Response:
    """Redirects to an address of this server, and sets a cookie with a preference."""
    response = see_other(address)
    set_preference(context, response, cookie, value)
    return response


def set_preference(context: RequestContext, response: Response, cookie: str, value: str) -> None:
    """Sets a cookie with a preference in a response."""
    https = is_asked_over_https(context.request, context.services.settings.public_url)
    set_cookie(response, cookie, value, lifetime_s=_LIFETIME_S, https=https)
