"""`automator serve`: declares its options for Typer; `starting.py` starts the server."""

from typing import Annotated

import typer

from automator.cli.serving.starting import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    MAX_PORT,
    ServeArguments,
    start,
)
from automator.cli.terminal.options import Config, Data, Database, Rules

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port; 0 takes any.", min=0, max=MAX_PORT)]
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
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    demo: Demo = False,
    plain_http: PlainHttp = False,
) -> None:
    """Run the server until it is stopped."""
    arguments = ServeArguments(
        config=config,
        rules=rules,
        data=data,
        database=database,
        host=host,
        port=port,
        demo=demo,
        plain_http=plain_http,
    )
    raise typer.Exit(start(arguments))
