"""Sessions of signed-in people: stored on the server; the browser's cookie has a random id.

The id has 256 bits and is stored hashed, so a copy of the database signs nobody in. A session
ends after 12 idle hours, after 7 days in any case, and at once when the person signs out.
"""

import secrets
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from automator.server.access.accounts import Account, digest, find_account, list_accounts
from automator.server.web.request_context import Actor
from automator.server.web.security import SignInNeeded, is_asked_over_https, set_cookie
from automator.server.web.services import Services
from automator.store.documents.sessions import Session

IDLE_MS = 12 * 3_600_000
LIFETIME_MS = 7 * 24 * 3_600_000
#: The time of a session's last use is stored at most this often, to save a write per request.
TOUCH_STEP_MS = 300_000
_LONGEST_ID = 128
#: The names of the cookie. Over https `__Host-` binds it to this host.
_BOUND, _PLAIN = "__Host-sid", "sid"


async def start_session(
    services: Services,
    request: Request,
    account: Account,
    response: Response,
    *,
    is_public: bool = False,
) -> None:
    """Signs the account in with a new session id; `is_public`: certainly at the public address.

    Raises:
        SignInNeeded: the account was removed meanwhile, even if a new one has its name.
    """
    session_id = secrets.token_urlsafe(32)
    await services.store.sessions.create(
        digest(session_id), account.name, now_ms=services.clock.now_ms()
    )
    present = await find_account(services.store, account.name)
    if present is None or present.created_at != account.created_at:
        await forget_session(services, session_id)
        raise SignInNeeded
    https = is_asked_over_https(request, services.settings.public_url)
    https = https or (is_public and services.has_https_address)
    name = _BOUND if https else _PLAIN
    set_cookie(response, name, session_id, lifetime_s=LIFETIME_MS // 1000, https=https)


async def find_session(services: Services, request: Request) -> Actor | None:
    """The signed-in person of a request; None without a session, or if the session has ended."""
    # At a plain http address both cookies count, so that a person who sets an https public address
    # in the pages stays signed in.
    https = is_asked_over_https(request, services.settings.public_url)
    given = [request.cookies.get(name, "") for name in ((_BOUND,) if https else (_BOUND, _PLAIN))]
    ids = [session_id for session_id in given if 0 < len(session_id) <= _LONGEST_ID]
    alive = await live_sessions(services, ids) if ids else {}
    for session_id in ids:
        if account := alive.get(session_id):
            return Actor(account.name, account.role, session_id, account.name)
    return None


async def live_sessions(services: Services, session_ids: Iterable[str]) -> dict[str, Account]:
    """The accounts, as they are now, of those given session ids whose session has not ended."""
    ids = {digest(session_id): session_id for session_id in session_ids}
    found = await services.store.sessions.find_all(ids)
    alive = [row for row in found if await _is_alive(services, row)]
    # The role is read from the stored account, so that a change takes effect at once.
    accounts = {account.name: account for account in await list_accounts(services.store)}
    return {ids[row.token_hash]: accounts[row.account] for row in alive if row.account in accounts}


def drop_cookie(request: Request, session_id: str, response: Response) -> None:
    """Lets the browser delete the cookie of a session that has ended."""
    for name in (_BOUND, _PLAIN):
        if request.cookies.get(name) == session_id:
            set_cookie(response, name, "", lifetime_s=0, https=name == _BOUND)


async def forget_session(services: Services, session_id: str) -> None:
    """Deletes a stored session, so that its id signs nobody in."""
    await services.store.sessions.delete(digest(session_id))


async def _is_alive(services: Services, row: Session) -> bool:
    now_ms = services.clock.now_ms()
    if now_ms - row.seen_at > IDLE_MS or now_ms - row.created_at > LIFETIME_MS:
        await services.store.sessions.delete(row.token_hash)
        return False
    if now_ms - row.seen_at > TOUCH_STEP_MS:
        await services.store.sessions.touch(row.token_hash, now_ms=now_ms)
    return True
