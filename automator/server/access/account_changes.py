"""Changes an account's role; removes an account with its sessions, tokens, links and passkeys.

Every request reads the present role of its account, so a new role takes effect at once. Everything
that belongs to a removed account is deleted, so that a new account of the same name inherits
nothing.
"""

import asyncio
import logging

from automator.model import N_, ConflictError, Note, NotFoundError, Remember
from automator.server.access.accounts import (
    ACCOUNTS,
    Account,
    account_in,
    account_with,
    find_account,
)
from automator.server.access.passkeys import delete_passkeys_of
from automator.server.access.sign_in_links import delete_links_of
from automator.server.access.tokens import delete_tokens_of, lower_tokens_of
from automator.server.web.security import Role
from automator.store import ContactFilter, KnownContact, Store, TinyDB
from automator.store.batch.audit import note
from automator.store.log.people_log import ASSIGNEE

_log = logging.getLogger(__name__)

#: How many contacts of a removed account one commit changes.
_AT_ONCE = 200


async def change_role(
    store: Store, name: str, role: Role, *, by: str, even_last: bool = False
) -> Account:
    """Gives an account another role, and lowers its tokens and links to that role.

    `even_last` permits that no admin is left.

    Raises:
        NotFoundError: there is no such account.
            ConflictError: the account is the last admin.
    """

    def write(documents: TinyDB) -> tuple[Account, Account]:
        before = _required(documents, name)
        if role is not Role.ADMIN and not even_last:
            _keep_last_admin(documents, before)
        documents.update({"role": role.label}, lambda item: item["name"] == name)
        note(before={"role": before.role.label}, after={"role": role.label})
        return before, _required(documents, name)

    before, account = await store.documents.edit(ACCOUNTS, write)
    if role < before.role:
        await lower_tokens_of(store, name, role)
        # The account's sign-in links could grant a role that the account may no longer give.
        await delete_links_of(store, name)
    _log.info(
        "account.role_changed account=%s from=%s to=%s by=%r",
        name,
        before.role.label,
        role.label,
        by,
    )
    return account


async def remove_account(store: Store, name: str, *, by: str, even_last: bool = False) -> None:
    """Removes an account with its sessions, passkeys, API tokens and sign-in links.

    The contacts assigned to the account become unassigned. If somebody of this name is only
    invited, revokes the invitation.

    `even_last` permits that no admin is left.

    Raises:
        NotFoundError: there is no such account.
            ConflictError: the account is the last admin.
    """

    def write(documents: TinyDB) -> Account:
        account = _required(documents, name)
        if not even_last:
            _keep_last_admin(documents, account)
        documents.remove(lambda item: item["name"] == name)
        note(before={"role": account.role.label})
        return account

    if await find_account(store, name) is None and await delete_links_of(store, name):
        _log.info("invitation.revoked account=%s by=%r", name, by)
        return
    account = await store.documents.edit(ACCOUNTS, write)
    sessions, tokens = await end_access(store, name)
    contacts = await _release_contacts(store, name)
    _log.info(
        "account.removed account=%s role=%s by=%r sessions=%d tokens=%d contacts=%d",
        name,
        account.role.label,
        by,
        sessions,
        tokens,
        contacts,
    )


async def end_access(store: Store, name: str) -> tuple[int, int]:
    """Ends the sessions, tokens, links and passkeys of an account; the numbers of the first two."""
    await delete_links_of(store, name)
    await delete_passkeys_of(store, name)
    tokens = await delete_tokens_of(store, name)
    return await store.sessions.delete_account(name), tokens


async def _release_contacts(store: Store, name: str) -> int:
    """Unassigns all contacts of a colleague, and removes the tag with the colleague's name.

    Returns the number of contacts.
    """
    wanted, after, released = ContactFilter(assignee=name), "", 0
    while True:
        found, after = await asyncio.to_thread(
            store.log.contacts, wanted, after=after, limit=_AT_ONCE
        )
        await store.contacts.note([_without_colleague(one) for one in found])
        released += len(found)
        if not after:
            return released


def _without_colleague(contact: KnownContact) -> Note:
    kept = Remember(forget=(ASSIGNEE,), remove_tags=(str(contact.facts["state"][ASSIGNEE]),))
    return Note(connection=contact.connection, external_id=contact.facts["id"], kept=kept)


def _required(documents: TinyDB, name: str) -> Account:
    account = account_with(documents, name)
    if account is None:
        raise NotFoundError(
            N_("there is no account '{name}'"),
            fix=N_("`automator account list` has all."),
            name=name,
        )
    return account


def _keep_last_admin(documents: TinyDB, account: Account) -> None:
    admins = [item for item in map(account_in, documents.all()) if item.role is Role.ADMIN]
    if admins == [account]:
        raise ConflictError(
            N_("This is the last admin: nobody could manage accounts and tokens any more."),
            fix=N_(
                "Make another account an admin first. On the server, `--force` does it all the"
                " same; `automator account role NAME admin` or `automator link` makes an admin"
                " again."
            ),
            code="last_admin",
        )
