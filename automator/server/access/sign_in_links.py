"""Sign-in links: addresses that sign in once, within an hour, as one account.

A link can make its account, so that the first link of a server makes the account `owner`.
"""

import logging
import secrets
from typing import Any

from automator.model import N_, UsageError
from automator.server.access.accounts import (
    ACCOUNT_NAME,
    COMMAND_LINE,
    OWNER,
    Account,
    digest,
    find_account,
    find_or_make_account,
)
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.store import Store, TinyDB

_log = logging.getLogger(__name__)

LINK_LIFETIME_MS = 3_600_000
_LINKS = "sign_in_links"


async def new_sign_in_link(
    services: Services,
    *,
    account: str = OWNER,
    role: Role | None = None,
    by: str = COMMAND_LINE,
    made_by: str = "",
) -> str:
    """A new address that signs in once, within an hour; built from the public address if set."""
    token = await new_link_token(
        services.store,
        now_ms=services.clock.now_ms(),
        account=account,
        role=role,
        by=by,
        made_by=made_by,
    )
    return f"{services.outside_url}/sign-in/{token}"


async def new_link_token(
    store: Store,
    *,
    now_ms: int,
    account: str = OWNER,
    role: Role | None = None,
    by: str = COMMAND_LINE,
    made_by: str = "",
) -> str:
    """A secret of 128 bits that signs in once, within an hour, as this account.

    Without a role it is that of the account; a new one is a viewer, and the owner an admin.
    `by` is who asked for it, and `made_by` the account behind them, with which the link ends.

    Raises:
        UsageError: the name cannot be an account's, or the account has another role.
    """
    _check_name(account)
    known = await find_account(store, account)
    if known is not None and role not in {None, known.role}:
        raise UsageError(
            N_("This account has another role, which a link does not change."),
            fix=N_(
                "Leave the role out, or change it first: on the settings page, or with"
                " `automator account role NAME ROLE`."
            ),
        )
    role = known.role if known else role or (Role.ADMIN if account == OWNER else Role.VIEWER)
    token = secrets.token_urlsafe(16)

    def write(documents: TinyDB) -> None:
        documents.remove(lambda link: link["expires_at"] <= now_ms)
        documents.insert(
            {
                "digest": digest(token),
                "account": account,
                "role": role.label,
                "makes_account": known is None,
                "made_by": made_by,
                "expires_at": now_ms + LINK_LIFETIME_MS,
            }
        )

    await store.edit_documents(_LINKS, write)
    _log.info("link.created account=%s role=%s by=%r", account, role.label, by)
    return token


async def use_link(store: Store, token: str, *, now_ms: int) -> Account | None:
    """Uses a link up and answers whose it is; None when it is unknown, used or too old."""
    wanted = digest(token)

    def take(documents: TinyDB) -> dict[str, Any] | None:
        found = documents.search(lambda link: link["digest"] == wanted)
        documents.remove(lambda link: link["digest"] == wanted or link["expires_at"] <= now_ms)
        live = [link for link in found if link["expires_at"] > now_ms]
        return dict(live[0]) if live else None

    link = await store.edit_documents(_LINKS, take)
    if link is None:
        return None
    if not link["makes_account"]:
        # The account may have been removed since.
        return await find_account(store, link["account"])
    return await find_or_make_account(store, link["account"], link["role"], now_ms)


async def delete_links_of(store: Store, account: str) -> None:
    """Makes the links worthless that sign in as this account, or that it made for others."""
    await store.edit_documents(
        _LINKS,
        lambda documents: documents.remove(
            lambda link: account in {link["account"], link["made_by"]}
        ),
    )


def _check_name(account: str) -> None:
    """Refuses a name that no account can have.

    Raises:
        UsageError: the name is not allowed.
    """
    if not ACCOUNT_NAME.match(account):
        raise UsageError(
            f"'{account}' cannot be the name of an account",
            fix="Use up to 64 small letters, digits, and . _ @ -",
        )
