"""`automator link`, `account` and `token`: access for people and programs."""

import asyncio
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.control import find_server
from automator.cli.terminal.database import open_alone
from automator.cli.terminal.options import Config, Data, data_folder, find_config
from automator.cli.terminal.output import say, table
from automator.clock import SystemClock
from automator.model import UsageError

Account = Annotated[str, typer.Option(help="Whom the link signs in.")]
Role = Annotated[str, typer.Option(help="viewer, editor or admin.")]
LinkRole = Annotated[
    str | None,
    typer.Option(
        help="viewer, editor or admin, for a new account; viewer, and of the owner admin, when not"
        " given."
    ),
]
AccountName = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]
Force = Annotated[bool, typer.Option("--force", help="Also when no admin is left.")]

account = typer.Typer(
    help="Who has an account, and with which role.", no_args_is_help=True, rich_markup_mode=None
)
token = typer.Typer(help="API tokens for programs.", no_args_is_help=True, rich_markup_mode=None)


def link(
    account: Account = "owner", role: LinkRole = None, config: Config = None, data: Data = None
) -> None:
    """Print a link that signs somebody in once, within an hour."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        say(asyncio.run(_link_alone(folder, find_config(config), account, role)))
        return
    body = {"account": account, "role": role}
    answer = asyncio.run(server.call("POST", "/api/sign-in-links", body))
    say(answer["url"])


@account.command(name="list")
def list_accounts(data: Data = None) -> None:
    """List the accounts with their roles and open sessions."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        items = asyncio.run(_accounts_alone(folder))
    else:
        items = asyncio.run(server.call("GET", "/api/accounts"))["items"]
    rows = [
        [item["name"], item["role"], str(item["sessions"]), item["last_seen_at"] or "not signed in"]
        for item in items
    ]
    say(table(rows, ["name", "role", "sessions", "last seen"]) if rows else "no accounts")


@account.command(name="role")
def change_role(
    name: AccountName,
    role: Annotated[str, typer.Argument(help="viewer, editor or admin.")],
    force: Force = False,
    data: Data = None,
) -> None:
    """Give an account another role, at once also in sessions that are open."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        asyncio.run(_change_role_alone(folder, name, role, force=force))
    else:
        path = f"/api/accounts/{quote(name, safe='')}/role{_query(force=force)}"
        asyncio.run(server.call("POST", path, {"role": role}))
    say(f"{name} has the role {role}")


@account.command()
def remove(name: AccountName, force: Force = False, data: Data = None) -> None:
    """Remove an account; its sessions, API tokens and links end at once."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        asyncio.run(_remove_alone(folder, name, force=force))
    else:
        path = f"/api/accounts/{quote(name, safe='')}{_query(force=force)}"
        asyncio.run(server.call("DELETE", path))
    say(f"removed {name}")


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    role: Role = "viewer",
    days: Annotated[int, typer.Option(help="How long it is valid.", min=1, max=366)] = 90,
    data: Data = None,
) -> None:
    """Make an API token and print it; it cannot be shown again."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        say(asyncio.run(_create_alone(folder, name, role, days)))
        return
    body = {"name": name, "role": role, "days": days}
    answer = asyncio.run(server.call("POST", "/api/tokens", body))
    say(answer["token"])


@token.command(name="list")
def list_all(data: Data = None) -> None:
    """List the API tokens, without their secrets."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        items = asyncio.run(_list_alone(folder))
    else:
        items = asyncio.run(server.call("GET", "/api/tokens"))["items"]
    rows = [
        [item[key] or "never" for key in ("id", "name", "role", "expires_at", "last_used_at")]
        for item in items
    ]
    say(table(rows, ["id", "name", "role", "valid until", "last used"]) if rows else "no tokens")


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")],
    data: Data = None,
) -> None:
    """Make an API token worthless at once."""
    folder = data_folder(data)
    server = find_server(folder)
    if server is None:
        asyncio.run(_revoke_alone(folder, token_id))
    else:
        asyncio.run(server.call("DELETE", f"/api/tokens/{token_id}"))
    say(f"revoked {token_id}")


async def _link_alone(folder: Path, config: Path | None, account: str, role: str | None) -> str:
    from automator.server.access.sign_in_links import new_link_token
    from automator.server.bootstrap.config import DEFAULT_URL, load_config

    settings = load_config(config, folder, config is None, resolve_secrets=False).settings
    async with open_alone(folder) as store:
        secret = await new_link_token(
            store,
            now_ms=SystemClock().now_ms(),
            account=account,
            role=None if role is None else _role(role),
        )
    base = settings.public_url or DEFAULT_URL
    return f"{base.rstrip('/')}/sign-in/{secret}"


async def _create_alone(folder: Path, name: str, role: str, days: int) -> str:
    from automator.server.access.tokens import create_token

    async with open_alone(folder) as store:
        _, secret = await create_token(
            store, name=name, role=_role(role), now_ms=SystemClock().now_ms(), days=days
        )
    return secret


async def _list_alone(folder: Path) -> list[dict[str, Any]]:
    from automator.server.access.tokens import list_tokens
    from automator.server.shared.json_values import record_json

    async with open_alone(folder) as store:
        return [record_json(item) for item in await list_tokens(store)]


async def _revoke_alone(folder: Path, token_id: str) -> None:
    from automator.server.access.tokens import delete_token

    async with open_alone(folder) as store:
        await delete_token(store, token_id)


async def _accounts_alone(folder: Path) -> list[dict[str, Any]]:
    from automator.server.shared.accounts import account_json, account_rows

    async with open_alone(folder) as store:
        return [account_json(row) for row in await account_rows(store)]


async def _change_role_alone(folder: Path, name: str, role: str, *, force: bool) -> None:
    from automator.server.access.account_changes import change_role as change
    from automator.server.access.accounts import COMMAND_LINE

    async with open_alone(folder) as store:
        await change(store, name, _role(role), by=COMMAND_LINE, even_last=force)


async def _remove_alone(folder: Path, name: str, *, force: bool) -> None:
    from automator.server.access.account_changes import remove_account
    from automator.server.access.accounts import COMMAND_LINE

    async with open_alone(folder) as store:
        await remove_account(store, name, by=COMMAND_LINE, even_last=force)


def _query(*, force: bool) -> str:
    return "?force=true" if force else ""


def _role(label: str) -> Any:
    from automator.server.web.security import Role as ServerRole

    role = ServerRole.named(label)
    if role is None:
        raise UsageError("there is no such role", fix="viewer, editor or admin.")
    return role
