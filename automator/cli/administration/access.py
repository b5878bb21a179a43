"""`automator link`, `account` and `token`: access for people and programs."""

from typing import Annotated
from urllib.parse import quote

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Config, Data
from automator.cli.terminal.output import LINK_HERE, TRANSLATOR, say, say_beside, table, time_or
from automator.model import N_
from automator.server.web.security import Role as ServerRole

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
    body = {"account": account, "role": role and _known(role)}
    made = ask(data, "POST", "/api/sign-in-links", body, config=config)
    say(made["url"])
    if made["local_url"] != made["url"]:
        say_beside(TRANSLATOR(LINK_HERE, url=made["local_url"]))


@account.command(name="list")
def list_accounts(data: Data = None) -> None:
    """List the accounts with their roles and open sessions, and the people who were invited."""
    items = ask(data, "GET", "/api/accounts")["items"]
    rows = [
        [
            item["name"],
            item["role"],
            str(item["sessions"]),
            time_or(
                item["last_seen_at"],
                TRANSLATOR(N_("invited") if item["invited_until"] else N_("not signed in")),
            ),
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
    path = f"/api/accounts/{quote(name, safe='')}/role{_query(force=force)}"
    ask(data, "POST", path, {"role": _known(role)})
    say(TRANSLATOR(N_("{name} has the role {role}"), name=name, role=role))


@account.command()
def remove(name: AccountName, force: Force = False, data: Data = None) -> None:
    """Remove an account or an invitation; sessions, tokens, links and passkeys end at once."""
    path = f"/api/accounts/{quote(name, safe='')}{_query(force=force)}"
    ask(data, "DELETE", path)
    say(TRANSLATOR(N_("removed {name}"), name=name))


@token.command()
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    role: Role = "viewer",
    days: Annotated[int, typer.Option(help="How long it is valid.", min=1, max=366)] = 90,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it is for: read, replay, shadow, rules, people, settings; all by default."
        ),
    ] = None,
    connection: Annotated[
        list[str] | None, typer.Option(help="A connection that it is limited to.")
    ] = None,
    data: Data = None,
) -> None:
    """Make an API token and print it; it cannot be shown again."""
    limits = {"scopes": scope, "connections": connection}
    body = {"name": name, "role": _known(role), "days": days}
    body |= {key: words for key, words in limits.items() if words}
    say(ask(data, "POST", "/api/tokens", body)["token"])


@token.command(name="list")
def list_all(data: Data = None) -> None:
    """List the API tokens, without their secrets."""
    items = ask(data, "GET", "/api/tokens")["items"]
    rows = [
        [
            *(item[key] for key in ("id", "name", "role")),
            ", ".join(item["scopes"]),
            ", ".join(item["connections"]) or TRANSLATOR(N_("all")),
            item["expires_at"],
            item["last_used_at"] or TRANSLATOR(N_("never")),
        ]
        for item in items
    ]
    limits = N_("scopes"), N_("connections")
    header = ["id", N_("name"), N_("role"), *limits, N_("valid until"), N_("last used")]
    say(table(rows, list(map(TRANSLATOR, header))) if rows else TRANSLATOR(N_("no tokens")))


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")],
    data: Data = None,
) -> None:
    """Revoke an API token at once."""
    ask(data, "DELETE", f"/api/tokens/{quote(token_id, safe='')}")
    say(TRANSLATOR(N_("revoked {id}"), id=token_id))


def _query(*, force: bool) -> str:
    return "?force=true" if force else ""


def _known(role: str) -> str:
    """Checks the name of a role here, so that the error is the same with and without a server."""
    return ServerRole.required(role).label
