"""Who has an account, and the one-time links with which people sign in.

There is no default account: the first link that is used makes the account `owner`. A link can
also name another account with its role; using it makes that account if it does not exist yet.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from automator.model import UsageError
from automator.server.security import Role
from automator.store import Store, TinyDB

OWNER = "owner"
LINK_LIFETIME_MS = 3_600_000
_ACCOUNTS = "accounts"
_LINKS = "sign_in_links"
_NAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    name: str
    role: Role


def digest(secret: str) -> str:
    """What is stored instead of a secret; enough because our secrets are random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def new_link_token(
    store: Store, *, now_ms: int, account: str = OWNER, role: Role = Role.ADMIN
) -> str:
    """A secret of 128 bits that signs in once, within an hour, as this account.

    Raises:
        UsageError: the name cannot be an account's.
    """
    if not _NAME.match(account):
        raise UsageError(
            f"'{account}' cannot be the name of an account",
            fix="Use up to 64 small letters, digits, and . _ @ -",
        )
    token = secrets.token_urlsafe(16)

    def write(documents: TinyDB) -> None:
        documents.remove(lambda link: link["expires_at"] <= now_ms)
        documents.insert(
            {
                "digest": digest(token),
                "account": account,
                "role": role.label,
                "expires_at": now_ms + LINK_LIFETIME_MS,
            }
        )

    await store.edit_documents(_LINKS, write)
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
    return await _found_or_made(store, link["account"], link["role"], now_ms)


async def find_account(store: Store, name: str) -> Account | None:
    """The account with this name as it is now."""
    return await store.read_documents(_ACCOUNTS, lambda documents: _account(documents, name))


async def _found_or_made(store: Store, name: str, role: str, now_ms: int) -> Account:
    def write(documents: TinyDB) -> Account:
        known = _account(documents, name)
        if known is not None:
            return known
        documents.insert({"name": name, "role": role, "created_at": now_ms})
        return Account(name, Role.named(role) or Role.VIEWER)

    return await store.edit_documents(_ACCOUNTS, write)


def _account(documents: TinyDB, name: str) -> Account | None:
    for found in documents.search(lambda account: account["name"] == name):
        return Account(found["name"], Role.named(found["role"]) or Role.VIEWER)
    return None
