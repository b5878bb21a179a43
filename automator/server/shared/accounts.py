"""Lists accounts and invitations, for the settings page, the API and the command line."""

from automator.model import record
from automator.server.access.accounts import Account, list_accounts
from automator.server.access.sign_in_links import list_invitations
from automator.store import Store


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
    return [
        AccountRow(account, len(times := seen.get(account.name, [])), max(times, default=None))
        for account in await list_accounts(store)
    ] + [AccountRow(one.account, 0, None, one.expires_at) for one in await list_invitations(store)]
