"""The accounts: who can sign in, and with which role.

There is no default account: using a sign-in link makes one (`sign_in_links`). `account_changes`
changes roles and removes accounts.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

from automator.conditions import fold
from automator.model import N_, record
from automator.server.web.security import RequestError, Role
from automator.store import Store, TinyDB

_log = logging.getLogger(__name__)

OWNER = "owner"
ACCOUNTS = "accounts"
_LONGEST_NAME = 100
_NO_NAME = re.compile(r"[^a-z0-9.+_@-]+")
_NAME = re.compile(rf"[a-z0-9][a-z0-9.+_@-]{{0,{_LONGEST_NAME - 1}}}")
NAME_ADVICE = N_("Use up to 100 small letters without accents, digits, and . + _ @ -")


@record(kw_only=False)
class Account:
    """A person who can sign in."""

    name: str
    role: Role
    created_at: int
    #: The person at an OpenID Connect provider whose account it is; "" for the account of a link.
    subject: str = ""


def digest(secret: str) -> str:
    """The hash that is stored instead of a secret; unsalted, since secrets are long and random."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def can_name_account(name: str) -> bool:
    """Whether an account can have this name."""
    return _NAME.fullmatch(name) is not None


def account_name_from(typed: str) -> str:
    """A valid account name made from a person's name: trang-nguyen from Trang Nguyễn."""
    name = typed.strip().lower()
    if can_name_account(name):
        return name
    return _NO_NAME.sub("-", fold(name)).strip("-.+_@")[:_LONGEST_NAME]


async def list_accounts(store: Store) -> list[Account]:
    """All accounts, by name."""
    found = await store.documents.read(
        ACCOUNTS, lambda documents: [account_in(document) for document in documents.all()]
    )
    return sorted(found, key=lambda account: account.name)


async def find_account(store: Store, wanted: str, by: str = "name") -> Account | None:
    """The account with this name, or this `subject`; or None."""
    return await store.documents.read(
        ACCOUNTS, lambda documents: account_with(documents, wanted, by)
    )


async def still_has(store: Store, name: str, role: Role) -> bool:
    """Whether the account exists and has at least this role; always true for "", the command line.

    Call it after storing something that an account makes, such as a token. If the account was
    removed before, the check fails; if it is removed later, the removal deletes the stored row.
    """
    account = await find_account(store, name) if name else None
    return not name or (account is not None and account.role >= role)


def account_with(documents: TinyDB, wanted: str, by: str = "name") -> Account | None:
    """The account with this name or `subject` in the set of documents, or None."""
    found = documents.search(lambda account: account.get(by) == wanted)
    return account_in(found[0]) if found else None


def account_in(document: Mapping[str, Any]) -> Account:
    """The account that a stored document describes."""
    role = Role.named(document["role"]) or Role.VIEWER
    return Account(document["name"], role, document["created_at"], document.get("subject", ""))


async def find_or_make_account(
    store: Store, name: str, role: str, now_ms: int, *, subject: str = ""
) -> Account:
    """The account with this name; if there is none, makes it, with this role.

    With the `subject` of a person at an OpenID Connect provider, the account is the person's,
    whatever its name. Nobody gets the account of somebody else, or of a link, by its name.

    Raises:
        RequestError: the account with this name is not the person's (409).
    """

    def write(documents: TinyDB) -> tuple[Account, bool]:
        known = account_with(documents, subject or name, "subject" if subject else "name")
        if known is not None:
            return known, False
        if account_with(documents, name):
            raise RequestError(
                409,
                "account_taken",
                N_("The account {name} belongs to somebody else, or was made by a sign-in link."),
                fix=N_(
                    "Use a sign-in link for it, or ask an admin to remove it: your next sign-in"
                    " then makes a new one."
                ),
                name=name,
            )
        document = {"name": name, "role": role, "created_at": now_ms, "subject": subject}
        documents.insert(document)
        return account_in(document), True

    account, is_new = await store.documents.edit(ACCOUNTS, write)
    if is_new:
        # A sign-in that was under way when an account of this name was removed may have left a
        # session.
        await store.sessions.delete_account(name)
    return account
