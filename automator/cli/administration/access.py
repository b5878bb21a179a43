"""`automator link`, `account` and `token`: access for people and programs."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Config, Data
from automator.cli.terminal.output import LINK_HERE, TRANSLATOR, say, say_beside, table, time_or
from automator.cli.terminal.paths import data_folder, settings_here
from automator.clock import SystemClock
from automator.model import N_
from automator.reasons.runs import COMMAND_LINE
from automator.server.web.security import Role as ServerRole

if TYPE_CHECKING:
    from automator.server.web.security import Role as ServerRole
    from automator.store import Store

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

account = new_group("account", help="The accounts, with their roles.")
token = new_group("token", help="API tokens for programs.")


def link(
    account: Account = "owner", role: LinkRole = None, config: Config = None, data: Data = None
) -> None:
    """Print a link that signs somebody in once, within an hour."""

    async def alone(store: "Store") -> Any:
        from automator.server.access.sign_in_links import new_sign_in_link
        from automator.server.reading.config import DEFAULT_URL

        base = settings_here(config, data_folder(data)).public_url or DEFAULT_URL
        url = await new_sign_in_link(
            store,
            base.rstrip("/"),
            now_ms=SystemClock().now_ms(),
            account=account,
            role=None if role is None else _role(role),
        )
        return {"url": url, "local_url": DEFAULT_URL + url.removeprefix(base.rstrip("/"))}

    body = {"account": account, "role": role}
    made = ask(data, "POST", "/api/sign-in-links", body, alone=alone)
    say(made["url"])
    if made["local_url"] != made["url"]:
        say_beside(TRANSLATOR(LINK_HERE, url=made["local_url"]))


@account.command(name="list")
def list_accounts(data: Data = None) -> None:
    """List the accounts with their roles and open sessions."""
    from automator.server.shared.accounts import accounts_json

    items = ask(data, "GET", "/api/accounts", alone=accounts_json)["items"]
    rows = [
        [
            item["name"],
            item["role"],
            str(item["sessions"]),
            time_or(item["last_seen_at"], TRANSLATOR(N_("not signed in"))),
        ]
        for item in items
    ]
    header = [N_("name"), N_("role"), N_("sessions"), N_("last seen")]
    say(table(rows, list(map(TRANSLATOR, header))) if rows else TRANSLATOR(N_("no accounts")))


@account.command(name="role")
def change_role(
    name: AccountName,
    role: Annotated[str, typer.Argument(help="viewer, editor or admin.")],
    force: Force = False,
    data: Data = None,
) -> None:
    """Give an account another role, at once also in sessions that are open."""

    async def alone(store: "Store") -> None:
        from automator.server.access.account_changes import change_role as change

        await change(store, name, _role(role), by=COMMAND_LINE, even_last=force)

    path = f"/api/accounts/{quote(name, safe='')}/role{_query(force=force)}"
    ask(data, "POST", path, {"role": role}, alone=alone)
    say(TRANSLATOR(N_("{name} has the role {role}"), name=name, role=role))


@account.command()
def remove(name: AccountName, force: Force = False, data: Data = None) -> None:
    """Remove an account; its sessions, API tokens and links end at once."""

    async def alone(store: "Store") -> None:
        from automator.server.access.account_changes import remove_account

        await remove_account(store, name, by=COMMAND_LINE, even_last=force)

    path = f"/api/accounts/{quote(name, safe='')}{_query(force=force)}"
    ask(data, "DELETE", path, alone=alone)
    say(TRANSLATOR(N_("removed {name}"), name=name))


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    role: Role = "viewer",
    days: Annotated[int, typer.Option(help="How long it is valid.", min=1, max=366)] = 90,
    data: Data = None,
) -> None:
    """Make an API token and print it; it cannot be shown again."""

    async def alone(store: "Store") -> Any:
        from automator.server.access.tokens import create_token

        now_ms = SystemClock().now_ms()
        _, secret = await create_token(store, name=name, role=_role(role), now_ms=now_ms, days=days)
        return {"token": secret}

    body = {"name": name, "role": role, "days": days}
    say(ask(data, "POST", "/api/tokens", body, alone=alone)["token"])


@token.command(name="list")
def list_all(data: Data = None) -> None:
    """List the API tokens, without their secrets."""
    from automator.server.shared.accounts import tokens_json

    items = ask(data, "GET", "/api/tokens", alone=tokens_json)["items"]
    rows = [
        [
            item[key] or TRANSLATOR(N_("never"))
            for key in ("id", "name", "role", "expires_at", "last_used_at")
        ]
        for item in items
    ]
    header = ["id", N_("name"), N_("role"), N_("valid until"), N_("last used")]
    say(table(rows, list(map(TRANSLATOR, header))) if rows else TRANSLATOR(N_("no tokens")))


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")],
    data: Data = None,
) -> None:
    """Revoke an API token at once."""

    async def alone(store: "Store") -> None:
        from automator.server.access.tokens import delete_token

        await delete_token(store, token_id)

    ask(data, "DELETE", f"/api/tokens/{quote(token_id, safe='')}", alone=alone)
    say(TRANSLATOR(N_("revoked {id}"), id=token_id))


def _query(*, force: bool) -> str:
    return "?force=true" if force else ""


def _role(label: str) -> "ServerRole":
    return ServerRole.required(label)
