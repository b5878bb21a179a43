"""Who has an account, and the one-time links with which people sign in.

There is no default account: the first link that is used makes the account `owner`. A link can
also name another account with its role; using it makes that account if it does not exist yet.
`account_changes` changes roles and removes accounts.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.model import UsageError
from automator.server.web.security import Role
from automator.store import Store, TinyDB

_log = logging.getLogger(__name__)

OWNER = "owner"
LINK_LIFETIME_MS = 3_600_000
ACCOUNTS = "accounts"
_LINKS = "sign_in_links"
#: Who acts in the log where a command of this machine does, and not a person who signed in.
COMMAND_LINE = "command line"
_NAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    name: str
    role: Role
    created_at: int


def digest(secret: str) -> str:
    """What is stored instead of a secret; enough because our secrets are random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


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
    if not _NAME.match(account):
        raise UsageError(
            f"'{account}' cannot be the name of an account",
            fix="Use up to 64 small letters, digits, and . _ @ -",
        )
    known = await find_account(store, account)
    if known is not None and role not in {None, known.role}:
        raise UsageError(
            "This account has another role, which a link does not change.",
            fix="Leave the role out, or change it first: on the settings page, or with"
            " `automator account role NAME ROLE`.",
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
    return await _found_or_made(store, link["account"], link["role"], now_ms)


async def delete_links_of(store: Store, account: str) -> None:
    """Makes the links worthless that sign in as this account, or that it made for others."""
    await store.edit_documents(
        _LINKS,
        lambda documents: documents.remove(
            lambda link: account in {link["account"], link["made_by"]}
        ),
    )


async def list_accounts(store: Store) -> list[Account]:
    """All accounts, by name."""
    found = await store.read_documents(
        ACCOUNTS, lambda documents: [account_in(document) for document in documents.all()]
    )
    return sorted(found, key=lambda account: account.name)


async def find_account(store: Store, name: str) -> Account | None:
    """The account with this name as it is now."""
    return await store.read_documents(ACCOUNTS, lambda documents: account_named(documents, name))


def account_named(documents: TinyDB, name: str) -> Account | None:
    """The account with this name in the set."""
    found = documents.search(lambda account: account["name"] == name)
    return account_in(found[0]) if found else None


def account_in(document: Mapping[str, Any]) -> Account:
    """The account that a document of the set describes."""
    role = Role.named(document["role"]) or Role.VIEWER
    return Account(document["name"], role, document["created_at"])


async def _found_or_made(store: Store, name: str, role: str, now_ms: int) -> Account:
    def write(documents: TinyDB) -> tuple[Account, bool]:
        known = account_named(documents, name)
        if known is not None:
            return known, False
        document = {"name": name, "role": role, "created_at": now_ms}
        documents.insert(document)
        return account_in(document), True

    account, is_new = await store.edit_documents(ACCOUNTS, write)
    if is_new:
        # A sign-in under way when an account of this name was removed may have left a session.
        await store.sessions.delete_account(name)
    return account
