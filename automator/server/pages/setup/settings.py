"""The page of settings: session and passkeys; for admins accounts, API tokens and sign-in links."""

from automator.model import whole_number
from automator.server.access.account_changes import change_role, remove_account
from automator.server.access.accounts import account_name_from, find_account
from automator.server.access.passkeys import (
    MOST,
    add_passkey,
    list_passkeys,
    options_to_add,
    remove_passkey,
)
from automator.server.access.sign_in_links import account_rows, new_sign_in_link
from automator.server.access.tokens import (
    LIFETIME_DAYS,
    MOST_DAYS,
    create_token,
    delete_token,
    list_tokens,
)
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.responses import JsonAnswer
from automator.server.web.security import SCOPES, Role


async def show_settings(context: RequestContext) -> Response:
    """The page: the signed-in person and, for admins, accounts and API tokens."""
    return await _settings(context)


async def add_token(context: RequestContext) -> Response:
    """Makes an API token and shows its secret this one time."""
    _, secret = await create_token(
        context.services.store,
        name=context.form.get("name", ""),
        role=_role_in(context),
        now_ms=context.now_ms,
        days=whole_number(context.form.get("days", ""), MOST_DAYS) or LIFETIME_DAYS,
        by=context.actor.name,
        account=context.actor.account,
        scopes=context.form.get("scope", "").split() or SCOPES,
        connections=[one for one in [context.form.get("connection")] if one],
    )
    return await _settings(context, secret=secret)


async def remove_token(context: RequestContext) -> Response:
    """Deletes an API token."""
    await delete_token(context.services.store, context.path("token"), by=context.actor.name)
    return see_other("/settings")


async def ask_for_passkey(context: RequestContext) -> Response:
    """Tells the script of the page how to ask the browser for a new passkey."""
    return JsonAnswer(await options_to_add(context))


async def add_passkey_here(context: RequestContext) -> Response:
    """Adds a passkey to the signed-in account."""
    await add_passkey(context)
    return see_other("/settings")


async def remove_passkey_here(context: RequestContext) -> Response:
    """Removes a passkey of the signed-in account."""
    store, account = context.services.store, context.actor.account
    await remove_passkey(store, account, context.path("passkey"))
    return see_other("/settings")


async def invite(context: RequestContext) -> Response:
    """Makes a sign-in link for a new account with a role, or for an existing one without."""
    account = account_name_from(context.form.get("account", ""))
    link = await new_sign_in_link(
        context.services.store,
        context.services.outside_url,
        now_ms=context.now_ms,
        account=account,
        role=_role_in(context) if "role" in context.form else None,
        by=context.actor.name,
        made_by=context.actor.account,
    )
    return await _settings(context, link=link, of=account)


async def change_role_here(context: RequestContext) -> Response:
    """Gives an account another role."""
    name, role = context.path("name"), _role_in(context)
    await change_role(context.services.store, name, role, by=context.actor.name)
    return see_other("/settings")


async def remove_account_here(context: RequestContext) -> Response:
    """Removes an account with its sessions and tokens."""
    await remove_account(context.services.store, context.path("name"), by=context.actor.name)
    return see_other("/settings")


async def _settings(
    context: RequestContext, *, secret: str = "", link: str = "", of: str = ""
) -> Response:
    store, is_admin = context.services.store, context.may(Role.ADMIN)
    account = await find_account(store, context.actor.account)
    return render(
        context,
        "settings.html",
        accounts=await account_rows(store) if is_admin else [],
        tokens=await list_tokens(store) if is_admin else [],
        passkeys=await list_passkeys(store, context.actor.account),
        most_passkeys=MOST,
        is_of_provider=account is not None and account.subject != "",
        is_admin=is_admin,
        connections=sorted(context.services.connections),
        usual_days=LIFETIME_DAYS,
        most_days=MOST_DAYS,
        secret=secret,
        link=link,
        of=of,
    )


def _role_in(context: RequestContext) -> Role:
    return Role.required(context.form.get("role", ""))
