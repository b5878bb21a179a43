"""Sessions of people who signed in: kept on the server, known to the browser by a random id.

The id has 256 bits and is stored hashed, so a copy of the database signs nobody in. A session
ends after 12 idle hours, after 7 days in any case, and at once when it is signed out.
"""

import secrets
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from automator.server.access.accounts import Account, digest, list_accounts
from automator.server.web.request_context import Actor
from automator.server.web.services import Services
from automator.store import Session

IDLE_MS = 12 * 3_600_000
LIFETIME_MS = 7 * 24 * 3_600_000
#: The last use is stored to within this time: a write for each request would be too many.
TOUCH_STEP_MS = 300_000
_LONGEST_ID = 128


def is_https(services: Services) -> bool:
    """Whether browsers reach this server over https."""
    return services.settings.public_url.startswith("https://")


def cookie_name(services: Services) -> str:
    """The name of the session cookie; over https `__Host-` binds it to this host."""
    return "__Host-sid" if is_https(services) else "sid"


async def start_session(services: Services, account: Account, response: Response) -> None:
    """Signs the account in with a new session id."""
    session_id = secrets.token_urlsafe(32)
    await services.store.sessions.create(
        digest(session_id), account.name, now_ms=services.clock.now_ms()
    )
    response.set_cookie(
        cookie_name(services),
        session_id,
        max_age=LIFETIME_MS // 1000,
        path="/",
        secure=is_https(services),
        httponly=True,
        samesite="lax",
    )


async def find_session(services: Services, request: Request) -> Actor | None:
    """The session of a request, with its account; None when there is none or it has ended."""
    session_id = request.cookies.get(cookie_name(services), "")
    if not session_id or len(session_id) > _LONGEST_ID:
        return None
    account = (await live_sessions(services, [session_id])).get(session_id)
    return Actor(account.name, account.role, session_id, account.name) if account else None


async def live_sessions(services: Services, session_ids: Iterable[str]) -> dict[str, Account]:
    """The sessions among these that have not ended, each with its account as it is now."""
    ids = {digest(session_id): session_id for session_id in session_ids}
    found = await services.store.sessions.find_all(ids)
    alive = [row for row in found if await _is_alive(services, row)]
    # The role is the account's as it is now, so that a change takes effect at once.
    accounts = {account.name: account for account in await list_accounts(services.store)}
    return {ids[row.token_hash]: accounts[row.account] for row in alive if row.account in accounts}


async def end_session(services: Services, session_id: str, response: Response) -> None:
    """Ends a session and deletes its cookie."""
    await services.store.sessions.delete(digest(session_id))
    response.delete_cookie(
        cookie_name(services), path="/", secure=is_https(services), httponly=True, samesite="lax"
    )


async def _is_alive(services: Services, row: Session) -> bool:
    now_ms = services.clock.now_ms()
    if now_ms - row.seen_at > IDLE_MS or now_ms - row.created_at > LIFETIME_MS:
        await services.store.sessions.delete(row.token_hash)
        return False
    if now_ms - row.seen_at > TOUCH_STEP_MS:
        await services.store.sessions.touch(row.token_hash, now_ms=now_ms)
    return True
