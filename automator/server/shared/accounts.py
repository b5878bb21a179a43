"""Lists accounts with their sessions, for the settings page, the API and the command line."""

from automator.model import record
from automator.server.access.accounts import Account, list_accounts
from automator.store import Store


@record(kw_only=False)
class AccountRow:
    """An account, the number of its sessions, and when it last used a session."""

    account: Account
    sessions: int
    last_seen_at: int | None


async def account_rows(store: Store) -> list[AccountRow]:
    """All accounts, by name."""
    seen: dict[str, list[int]] = {}
    for session in await store.sessions.all():
        seen.setdefault(session.account, []).append(session.seen_at)
    return [
        AccountRow(account, len(times := seen.get(account.name, [])), max(times, default=None))
        for account in await list_accounts(store)
    ]
