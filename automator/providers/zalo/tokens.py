"""Zalo's tokens: an access token lives 25 hours, a refresh token works once, and so does the code
of a consent."""

from collections.abc import Mapping
from urllib.parse import urlencode

from automator.http.types import Http
from automator.model import PermanentError, RetryableError, UnknownOutcome, whole_number
from automator.plugins.access_tokens import TokenPair
from automator.providers.shared.outcomes import MAX_SAID, rate_limited
from automator.providers.shared.reading import as_dict, as_text
from automator.providers.zalo.api import error_code
from automator.reasons.attempts.platform import PLATFORM_SAYS
from automator.reasons.attempts.refusals import ZALO_RENEWAL_UNREADABLE

#: Seconds that an access token lives where the answer does not say.
ACCESS_LIVES_S = 90_000
_TOO_FAST = -32
_MINUTE_S = 60.0


async def renew_zalo_tokens(
    tokens: TokenPair, http: Http, *, oauth_url: str, app_id: str, app_secret: str
) -> TokenPair:
    """The next pair.

    Raises:
        RetryableError: the refresh token was not used.
        PermanentError: it is refused.
        UnknownOutcome: nobody knows whether it was used.
    """
    form = {"refresh_token": tokens.refresh, "grant_type": "refresh_token"}
    return await _issued(form, http, oauth_url=oauth_url, app_id=app_id, app_secret=app_secret)


def zalo_consent_address(
    oauth_url: str, app_id: str, *, callback: str, state: str, challenge: str
) -> str:
    """The address at which an admin of an account grants the app its rights.

    Zalo refuses a callback other than that of the app's settings.
    """
    asked = {
        "app_id": app_id,
        "redirect_uri": callback,
        "code_challenge": challenge,
        "state": state,
    }
    return f"{oauth_url}/v4/oa/permission?{urlencode(asked)}"


async def first_zalo_tokens(
    code: str, verifier: str, http: Http, *, oauth_url: str, app_id: str, app_secret: str
) -> TokenPair:
    """The tokens for the code of a consent, which counts for ten minutes and once.

    Raises:
        StepError: as for `renew_zalo_tokens`.
    """
    form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
    return await _issued(form, http, oauth_url=oauth_url, app_id=app_id, app_secret=app_secret)


async def _issued(
    form: Mapping[str, str], http: Http, *, oauth_url: str, app_id: str, app_secret: str
) -> TokenPair:
    headers = {"secret_key": app_secret, "content-type": "application/x-www-form-urlencoded"}
    url, body = f"{oauth_url}/v4/oa/access_token", urlencode({**form, "app_id": app_id}).encode()
    try:
        reply = await http.request("POST", url, headers=headers, body=body)
    except PermanentError as error:
        # The address guard has refused the address, so nothing was sent.
        raise RetryableError(error.reason, code=error.code) from error
    answer = as_dict(reply.json())
    access, refresh = as_text(answer.get("access_token")), as_text(answer.get("refresh_token"))
    if access and refresh:
        return TokenPair(access=access, refresh=refresh, lives_s=_seconds(answer.get("expires_in")))
    code = error_code(answer)
    if not code:
        raise UnknownOutcome(ZALO_RENEWAL_UNREADABLE(status=reply.status), code=UnknownOutcome.code)
    words = as_text(answer.get("error_description")) or as_text(answer.get("error_name")) or "?"
    told = PLATFORM_SAYS(platform="Zalo", said=words[:MAX_SAID], number=str(code))
    if code == _TOO_FAST:
        raise rate_limited("Zalo", told, wait_s=_MINUTE_S, status=reply.status)
    raise PermanentError(told, code="token_expired")


def _seconds(value: object) -> int:
    seconds = whole_number(str(value))
    return ACCESS_LIVES_S if seconds is None else seconds
