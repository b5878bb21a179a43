"""Accounts and API tokens, as the settings page, the API and the command line list them."""

from typing import Any

from automator.clock import optional_time
from automator.model import record
from automator.server.access.accounts import Account, list_accounts
from automator.server.access.tokens import list_tokens
from automator.server.shared.json_values import record_json
from automator.store import Store


@record(kw_only=False)
class AccountRow:
    """An account, with how many sessions it has and when one of them was used last."""

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


async def accounts_json(store: Store) -> dict[str, Any]:
    """The accounts for programs."""
    items = [
        {
            **record_json(row.account),
            "sessions": row.sessions,
            "last_seen_at": optional_time(row.last_seen_at),
        }
        for row in await account_rows(store)
    ]
    return {"items": items}


async def tokens_json(store: Store) -> dict[str, Any]:
    """The API tokens for programs, without their secrets."""
    return {"items": [record_json(token) for token in await list_tokens(store)]}
