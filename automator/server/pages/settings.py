"""Settings of the person: the session; for admins accounts, API tokens, and links for others."""

from starlette.responses import RedirectResponse, Response

from automator.model import UsageError
from automator.server.access.account_changes import change_role, remove_account
from automator.server.access.tokens import create_token, delete_token, list_tokens
from automator.server.pages.sign_in import new_sign_in_link
from automator.server.shared.account_rows import account_rows
from automator.server.web.request_context import Visit
from automator.server.web.security import Role
from automator.server.web.templates import render

_SEE_OTHER = 303


async def show_settings(visit: Visit) -> Response:
    """Who is signed in and, for admins, the API tokens."""
    return await _settings(visit)


async def add_token(visit: Visit) -> Response:
    """Makes an API token and shows its secret this one time."""
    _, secret = await create_token(
        visit.services.store,
        name=visit.form.get("name", ""),
        role=_role_in(visit),
        now_ms=visit.now_ms,
        by=visit.actor.name,
        account=visit.actor.account,
    )
    return await _settings(visit, secret=secret)


async def remove_token(visit: Visit) -> Response:
    """Deletes an API token."""
    await delete_token(visit.services.store, visit.path("token"), by=visit.actor.name)
    return RedirectResponse("/settings", _SEE_OTHER)


async def invite(visit: Visit) -> Response:
    """Makes a sign-in link, for a new account or, without a role, for one that there is."""
    link = await new_sign_in_link(
        visit.services,
        account=visit.form.get("account", "").strip().lower(),
        role=_role_in(visit) if "role" in visit.form else None,
        by=visit.actor.name,
        made_by=visit.actor.account,
    )
    return await _settings(visit, link=link)


async def change_role_here(visit: Visit) -> Response:
    """Gives an account another role."""
    name, role = visit.path("name"), _role_in(visit)
    await change_role(visit.services.store, name, role, by=visit.actor.name)
    return RedirectResponse("/settings", _SEE_OTHER)


async def remove_account_here(visit: Visit) -> Response:
    """Removes an account with its sessions and tokens."""
    await remove_account(visit.services.store, visit.path("name"), by=visit.actor.name)
    return RedirectResponse("/settings", _SEE_OTHER)


async def _settings(visit: Visit, *, secret: str = "", link: str = "") -> Response:
    store, is_admin = visit.services.store, visit.may(Role.ADMIN)
    return render(
        visit,
        "settings.html",
        accounts=await account_rows(store) if is_admin else [],
        tokens=await list_tokens(store) if is_admin else [],
        is_admin=is_admin,
        secret=secret,
        link=link,
    )


def _role_in(visit: Visit) -> Role:
    role = Role.named(visit.form.get("role", ""))
    if role is None:
        raise UsageError("there is no such role", fix="viewer, editor or admin.")
    return role
