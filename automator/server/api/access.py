"""The API of access: accounts, sign-in links and API tokens."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictInt

from automator.clock import optional_time
from automator.model import N_
from automator.reasons import audit as acts
from automator.record_json import record_json
from automator.server.access.account_changes import change_role, remove_account
from automator.server.access.accounts import OWNER
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls
from automator.server.access.sign_in_links import account_rows, new_sign_in_link
from automator.server.access.tokens import (
    LIFETIME_DAYS,
    LONGEST_NAME,
    MOST_DAYS,
    create_token,
    delete_token,
    list_tokens,
)
from automator.server.answer_types.common import ItemsJson
from automator.server.answer_types.people import (
    AccountFieldsJson,
    AccountJson,
    AccountRoleJson,
    LinkJson,
    MadeTokenJson,
    TokenJson,
)
from automator.server.http.parameters import FORCE
from automator.server.shared.responses import Created, JsonAnswer, NoContent
from automator.server.web.request_context import RequestContext
from automator.server.web.security import SCOPES, RequestError, Role, Scope

RoleLabel = Literal["viewer", "editor", "admin"]
calls = Calls()


@calls.declare("GET /api/accounts", Role.ADMIN, group="access")
async def get_accounts(context: RequestContext) -> JsonAnswer[ItemsJson[AccountJson]]:
    """The accounts with the number of their sessions, and the people who were invited."""
    items = [
        {
            **record_json(row.account, AccountFieldsJson),
            "sessions": row.sessions,
            "last_seen_at": optional_time(row.last_seen_at),
            "invited_until": optional_time(row.invited_until),
        }
        for row in await account_rows(context.services.store)
    ]
    return JsonAnswer({"items": items})


class NewRole(Body):
    """The role that an account gets."""

    example: ClassVar[Mapping[str, Any]] = {"role": "editor"}
    role: RoleLabel


@calls.declare(
    "POST /api/accounts/{name}/role",
    Role.ADMIN,
    acts.role_given,
    group="access",
    parameters=(FORCE,),
    errors=(409,),
)
async def post_role(context: RequestContext, body: NewRole) -> JsonAnswer[AccountRoleJson]:
    """Gives an account another role."""
    account = await change_role(
        context.services.store,
        context.path("name"),
        Role.required(body.role),
        by=context.actor.name,
        even_last=_is_forced(context),
    )
    return JsonAnswer({"name": account.name, "role": account.role.label})


@calls.declare(
    "DELETE /api/accounts/{name}",
    Role.ADMIN,
    acts.account_removed,
    group="access",
    parameters=(FORCE,),
    errors=(409,),
)
async def delete_account(context: RequestContext) -> NoContent:
    """Removes an account and its sessions, tokens, links and passkeys; revokes an invitation."""
    await remove_account(
        context.services.store,
        context.path("name"),
        by=context.actor.name,
        even_last=_is_forced(context),
    )
    return NoContent()


def _is_forced(context: RequestContext) -> bool:
    return bool(context.query(FORCE.name))


class NewLink(Body):
    """The account that a link signs in. Without a role, an account keeps its role, and a new
    account becomes a viewer.
    """

    example: ClassVar[Mapping[str, Any]] = {"account": "mai", "role": "editor"}
    account: str = OWNER
    role: RoleLabel | None = None


@calls.declare("POST /api/sign-in-links", Role.ADMIN, acts.sign_in_link_made, group="access")
async def post_sign_in_link(context: RequestContext, body: NewLink) -> Created[LinkJson]:
    """Makes a link that signs in once, as the account `account`; the owner by default."""
    link = await new_sign_in_link(
        context.services.store,
        context.services.outside_url,
        now_ms=context.now_ms,
        account=body.account,
        role=None if body.role is None else Role.required(body.role),
        by=context.actor.name,
        made_by=context.actor.account,
    )
    local = context.services.on_this_machine(link)
    return Created({"url": link, "local_url": local})


@calls.declare("GET /api/tokens", Role.ADMIN, group="access")
async def get_tokens(context: RequestContext) -> JsonAnswer[ItemsJson[TokenJson]]:
    """The API tokens, without their secrets."""
    tokens = await list_tokens(context.services.store)
    return JsonAnswer({"items": [record_json(token) for token in tokens]})


class NewToken(Body):
    """The name, role, lifetime and limits of a token to make."""

    example: ClassVar[Mapping[str, Any]] = {"name": "reports", "role": "viewer", "days": 90}
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    role: RoleLabel = "viewer"
    days: StrictInt = Field(default=LIFETIME_DAYS, ge=1, le=MOST_DAYS)
    scopes: tuple[Scope, ...] = Field(default=SCOPES, min_length=1, max_length=len(SCOPES))
    connections: tuple[str, ...] = Field(default=(), max_length=50)


@calls.declare("POST /api/tokens", Role.ADMIN, acts.token_made, group="access", errors=(404,))
async def post_token(context: RequestContext, body: NewToken) -> Created[MadeTokenJson]:
    """Makes an API token; only this answer contains its secret."""
    if not set(body.scopes) <= set(context.actor.scopes):
        raise RequestError(
            403,
            "scope",
            N_("A token cannot make one that may do more than itself."),
            fix=N_("Leave scopes out that it does not have."),
        )
    for connection in body.connections:
        context.services.connection_named(connection)
    token, secret = await create_token(
        context.services.store,
        name=body.name,
        role=Role.required(body.role),
        now_ms=context.now_ms,
        days=body.days,
        by=context.actor.name,
        account=context.actor.account,
        scopes=body.scopes,
        connections=body.connections,
    )
    return Created({**record_json(token), "token": secret})


@calls.declare("DELETE /api/tokens/{id}", Role.ADMIN, acts.token_deleted, group="access")
async def remove_token(context: RequestContext) -> NoContent:
    """Deletes a token."""
    await delete_token(context.services.store, context.path("id"), by=context.actor.name)
    return NoContent()
