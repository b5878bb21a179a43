"""The API of access: accounts, sign-in links and API tokens."""

from typing import Any

from starlette.responses import Response

from automator.model import N_, UsageError
from automator.server.access.account_changes import change_role, remove_account
from automator.server.access.accounts import OWNER
from automator.server.access.sign_in_links import new_sign_in_link
from automator.server.access.tokens import LIFETIME_DAYS, create_token, delete_token
from automator.server.shared.accounts import accounts_json, tokens_json
from automator.server.shared.json_values import JsonAnswer, record_json
from automator.server.web.request_context import RequestContext, read_json
from automator.server.web.security import Role

_CREATED = 201
_NO_CONTENT = 204


async def get_accounts(context: RequestContext) -> Response:
    """The accounts, with how many sessions each has."""
    return JsonAnswer(await accounts_json(context.services.store))


async def post_role(context: RequestContext) -> Response:
    """Gives an account another role."""
    role = _role(await read_json(context.request, ("role",)))
    if role is None:
        raise UsageError(N_("a role is needed"), fix=N_("viewer, editor or admin."))
    account = await change_role(
        context.services.store,
        context.path("name"),
        role,
        by=context.actor.name,
        even_last=_is_forced(context),
    )
    return JsonAnswer({"name": account.name, "role": account.role.label})


async def delete_account(context: RequestContext) -> Response:
    """Removes an account with its sessions, tokens and links."""
    await remove_account(
        context.services.store,
        context.path("name"),
        by=context.actor.name,
        even_last=_is_forced(context),
    )
    return Response(status_code=_NO_CONTENT)


async def post_sign_in_link(context: RequestContext) -> Response:
    """A link that signs in once: `account` and `role` say as whom, the owner by default."""
    body = await read_json(context.request, ("account", "role"))
    link = await new_sign_in_link(
        context.services.store,
        context.services.outside_url,
        now_ms=context.now_ms,
        account=_text(body, "account", OWNER),
        role=_role(body),
        by=context.actor.name,
        made_by=context.actor.account,
    )
    local = context.services.on_this_machine(link)
    return JsonAnswer({"url": link, "local_url": local}, _CREATED)


async def get_tokens(context: RequestContext) -> Response:
    """The API tokens, without their secrets."""
    return JsonAnswer(await tokens_json(context.services.store))


async def post_token(context: RequestContext) -> Response:
    """A new API token; its secret is in this answer and nowhere else."""
    body = await read_json(context.request, ("name", "role", "days"))
    days = body.get("days", LIFETIME_DAYS)
    if not isinstance(days, int) or isinstance(days, bool):
        raise UsageError(N_("days is a whole number"), fix=N_("Leave it out for 90 days."))
    token, secret = await create_token(
        context.services.store,
        name=_text(body, "name", ""),
        role=_role(body) or Role.VIEWER,
        now_ms=context.now_ms,
        days=days,
        by=context.actor.name,
        account=context.actor.account,
    )
    return JsonAnswer({**record_json(token), "token": secret}, _CREATED)


async def remove_token(context: RequestContext) -> Response:
    """Deletes a token."""
    await delete_token(context.services.store, context.path("id"), by=context.actor.name)
    return Response(status_code=_NO_CONTENT)


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise UsageError(N_("{name} is a text"), fix=N_("Write it in double quotes."), name=name)
    return value


def _role(body: dict[str, Any]) -> Role | None:
    """The role that a call names; None when it names none."""
    if body.get("role") is None:
        return None
    return Role.required(_text(body, "role", ""))


def _is_forced(context: RequestContext) -> bool:
    return context.query("force") == "true"
