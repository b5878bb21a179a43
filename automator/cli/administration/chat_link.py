"""`automator chat-link`: the link that opens a conversation with an account, and its QR code."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config, Data, Json
from automator.cli.terminal.output import say, say_json
from automator.cli.terminal.paths import data_folder, find_config
from automator.durable_files import write_durably
from automator.model import LOOK_IN_LIST, N_, NotFoundError

if WORKING:
    from automator.server.reading.config import load_config
    from automator.server.setup import chat_links

Ref = Annotated[
    str, typer.Option(help="Where the link is shown, as in tiktok: event.referral.ref in rules.")
]
Text = Annotated[
    str, typer.Option(help="What the person finds written and only has to send: WhatsApp, LINE.")
]
Qr = Annotated[Path | None, typer.Option(help="Also write its QR code here, as an SVG picture.")]


def chat_link(
    connection: Annotated[str, typer.Argument(help="A connection of automator.yaml.")],
    ref: Ref = "",
    text: Text = "",
    qr: Qr = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show the link that opens a conversation with an account, such as m.me, t.me or zalo.me."""
    config = find_config(config)
    connections = load_config(
        config, data_folder(data), config is None, resolve_secrets=False
    ).connections
    if connection not in connections:
        raise NotFoundError(N_("there is no connection {name}"), fix=LOOK_IN_LIST, name=connection)
    link = chat_links.chat_link(connections[connection], ref, text)
    if qr is not None:
        write_durably(qr, link.svg)
    say_json(link.as_json()) if as_json else say(link.address)
