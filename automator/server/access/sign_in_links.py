"""Sign-in links: an address that signs a browser in as one account, once, within an hour.

A link can create its account, so the first link of a server creates the account `owner`.
"""

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from automator.model import DAY_MS, N_, UsageError, record
from automator.reasons.runs import COMMAND_LINE
from automator.server.access.accounts import (
    NAME_ADVICE,
    OWNER,
    Account,
    can_name_account,
    digest,
    find_account,
    find_or_make_account,
    list_accounts,
    still_has,
)
from automator.server.web.security import Role, SignInNeeded
from automator.store import Store, TinyDB
from automator.store.batch.audit import note

_log = logging.getLogger(__name__)

LINK_LIFETIME_MS = 3_600_000
#: How long an invitation stays in the list after its link has ended, unless somebody revokes it.
_LISTED_MS = 30 * DAY_MS
_LINKS = "sign_in_links"


async def new_sign_in_link(
    store: Store,
    base_url: str,
    *,
    now_ms: int,
    account: str = OWNER,
    role: Role | None = None,
    by: str = COMMAND_LINE,
    made_by: str = "",
) -> str:
    """Makes a link that signs in as an account, and makes the account if it does not exist yet.

    Returns the link's address below `base_url`. Without a `role`, an existing account keeps its
    role, and a new account becomes a viewer, or an admin if it is the owner. `by` names the author
    in the log. `made_by` is the account that asked for the link; if it is removed, so is the link.

    Raises:
        UsageError: the name is not allowed for accounts, or the account has another role.
        SignInNeeded: the account `made_by` was removed or lowered meanwhile.
    """
    _check_name(account)
    known = await find_account(store, account)
    granted = _granted_role(account, known, role)
    token = secrets.token_urlsafe(16)
    link = {
        "digest": digest(token),
        "account": account,
        "role": granted.label,
        "makes_account": known is None,
        "made_by": made_by,
        "expires_at": now_ms + LINK_LIFETIME_MS,
    }

    def write(documents: TinyDB) -> None:
        documents.remove(lambda link: _is_over(link, now_ms))
        documents.insert(link)

    note(account=account, after={"role": granted.label})
    await store.documents.edit(_LINKS, write)
    if not await still_has(store, made_by, granted):
        await delete_links_of(store, made_by)
        raise SignInNeeded
    _log.info("link.created account=%s role=%s by=%r", account, granted.label, by)
    return f"{base_url}/sign-in/{token}"


def _granted_role(name: str, known: Account | None, wanted: Role | None) -> Role:
    """The role that a link gives its account, which is `known` or, if None, new.

    Raises:
        UsageError: the account has another role than `wanted`.
    """
    if known is None:
        return wanted or (Role.ADMIN if name == OWNER else Role.VIEWER)
    if wanted not in {None, known.role}:
        raise UsageError(
            N_("This account has another role, which a link does not change."),
            fix=N_(
                "Leave the role out, or change it first: on the settings page, or with"
                " `automator account role NAME ROLE`."
            ),
        )
    return known.role


async def use_link(store: Store, token: str, *, now_ms: int) -> Account | None:
    """Uses up a link and returns its account; None if the link is unknown, used or too old."""
    wanted = digest(token)

    def take(documents: TinyDB) -> dict[str, Any] | None:
        found = documents.search(lambda link: link["digest"] == wanted)
        live = [dict(link) for link in found if link["expires_at"] > now_ms]
        documents.remove(lambda link: link in live or _is_over(link, now_ms))
        return live[0] if live else None

    link = await store.documents.edit(_LINKS, take)
    if link is None:
        return None
    if not link["makes_account"]:
        # The account may have been removed after the link was made.
        return await find_account(store, link["account"])
    return await find_or_make_account(store, link["account"], link["role"], now_ms)


async def delete_links_of(store: Store, account: str) -> int:
    """Deletes the links that sign in as this account, and those that it made for others.

    Returns how many there were.
    """
    return await store.documents.edit(
        _LINKS,
        lambda documents: len(
            documents.remove(lambda link: account in {link["account"], link["made_by"]})
        ),
    )


@record(kw_only=False)
class AccountRow:
    """An account, the number of its sessions, and when it last used a session."""

    account: Account
    sessions: int
    last_seen_at: int | None
    #: The end of the link of somebody who is invited and has not come; None for an account.
    invited_until: int | None = None


async def account_rows(store: Store) -> list[AccountRow]:
    """All accounts, by name, and after them the people who are invited and have not come."""
    seen: dict[str, list[int]] = {}
    for session in await store.sessions.all():
        seen.setdefault(session.account, []).append(session.seen_at)
    rows = {
        account.name: AccountRow(
            account, len(times := seen.get(account.name, [])), max(times, default=None)
        )
        for account in await list_accounts(store)
    }
    links = await store.documents.read(_LINKS, lambda documents: [dict(d) for d in documents.all()])
    for link in sorted(links, key=lambda link: (link["account"], link["expires_at"])):
        name, until = link["account"], link["expires_at"]
        if name not in rows or rows[name].invited_until:
            role = Role.named(link["role"]) or Role.VIEWER
            rows[name] = AccountRow(Account(name, role, until - LINK_LIFETIME_MS), 0, None, until)
    return list(rows.values())


def _is_over(link: Mapping[str, Any], now_ms: int) -> bool:
    kept_ms = _LISTED_MS if link["makes_account"] else 0
    return bool(link["expires_at"] <= now_ms - kept_ms)


def _check_name(account: str) -> None:
    """Refuses a name that no account can have.

    Raises:
        UsageError: the name is not allowed.
    """
    if not can_name_account(account):
        raise UsageError(
            N_("'{account}' cannot be the name of an account"),
            fix=NAME_ADVICE,
            account=account,
        )
