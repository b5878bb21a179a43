"""`automator serve`: the server, and the welcome that says where to go next."""

import ipaddress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automator.cli.terminal.options import (
    DEFAULT_CONFIG,
    DEFAULT_RULES,
    DEMO_RULES,
    Config,
    Data,
    Database,
    Rules,
    data_folder,
    find_config,
)
from automator.cli.terminal.output import problems_in_words, say
from automator.garbage import collect_nothing
from automator.model import N_, UsageError

if TYPE_CHECKING:
    from automator.server.bootstrap.process import Ready

#: The demo has a connection of every provider, which nobody reads through.
_SHOWN_OF_DEMO = 4

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port; 0 takes any.", min=0, max=65535)]
Demo = Annotated[
    bool, typer.Option("--demo", help="Example rules, and every sender simulated; no settings.")
]
PlainHttp = Annotated[
    bool,
    typer.Option(
        "--i-understand-plain-http",
        help="Listen on an outside address although public_url is not https.",
    ),
]


def serve(
    config: Config = None,
    rules: Rules = None,
    data: Data = None,
    database: Database = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    demo: Demo = False,
    plain_http: PlainHttp = False,
) -> None:
    """Run the server until it is stopped."""
    collect_nothing()

    from automator.server.bootstrap.assembly import ServeOptions
    from automator.server.bootstrap.process import run

    config = find_config(config)
    folder = data_folder(data)
    demo = demo or config is None
    if demo and not is_loopback(host) and not is_every_address(host):
        raise UsageError(
            N_("the demo talks to itself over loopback, and {host} is another address"),
            fix=N_("Leave --host out; in a container use --host 0.0.0.0."),
            host=host,
        )
    if not plain_http:
        refuse_plain_http(host, config, folder, demo=demo)
    options = ServeOptions(
        config=config,
        rules=rules or DEFAULT_RULES,
        data=folder,
        database=database,
        host=host,
        port=port,
        demo=False,
    )
    if demo:
        own = replace(options, config=DEFAULT_CONFIG) if config is None else None
        options = replace(options, rules=rules or DEMO_RULES, demo=True, after_demo=own)
    raise typer.Exit(run(options, on_ready=lambda ready: say(welcome_text(ready))))


def refuse_plain_http(host: str, config: Path | None, data: Path, *, demo: bool) -> None:
    """Refuses to listen to a network without encryption, unless somebody has agreed to it.

    Raises:
        UsageError: `host` is reached from outside and `public_url` is not https.
    """
    from automator.server.bootstrap.config import load_config

    if is_loopback(host):
        return
    settings = load_config(config, data, demo, resolve_secrets=False).settings
    if not settings.public_url.startswith("https://"):
        raise UsageError(
            N_("{host} is reached from outside, and nothing says that HTTPS stands before it"),
            fix=N_(
                "Set `public_url: https://…` in automator.yaml, or add --i-understand-plain-http."
            ),
            host=host,
        )


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_every_address(host: str) -> bool:
    """Whether `host` stands for all addresses of this machine, loopback included."""
    return host in ("0.0.0.0", "::")  # noqa: S104 - nothing is bound here


def welcome_text(ready: "Ready") -> str:
    """What the terminal shows once the server answers."""
    lines = [f"automator answers at {ready.url}", ""]
    if ready.demo:
        lines += [
            "This is the demo: example rules, every sender simulated, nothing leaves this machine.",
            "Your own Page: Connections, in the page; docs/how-to/connect-a-facebook-page.md",
            "",
        ]
    sign_in = ready.sign_in_link or "automator link, when the store can commit again"
    rules = (
        f"{ready.rules} loaded" if ready.rules else "none yet; the page Rules offers a first one"
    )
    lines += [f"  Sign in     {sign_in}", f"  Rules       {rules}"]
    shown = ready.connections[:_SHOWN_OF_DEMO] if ready.demo else ready.connections
    lines += [f"  Receives    {url}  ({provider})" for _, provider, url in shown]
    if len(shown) < len(ready.connections):
        lines.append(f"              and {len(ready.connections) - len(shown)} more senders")
    if ready.problems:
        lines += ["", problems_in_words(ready.problems)]
    lines += ["", "Next: automator send --list    then: automator log", "Stop: Ctrl-C"]
    return "\n".join(lines)
