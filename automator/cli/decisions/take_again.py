"""`automator take-again`: takes in deliveries that were refused, once the cause is mended."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from automator.cli.terminal.options import Data, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_error
from automator.cli.terminal.paths import data_folder
from automator.cli.terminal.running_server import RunningServer, require_server
from automator.model import N_, AutomatorError, format_id

Deliveries = Annotated[
    list[str], typer.Argument(help="The deliveries' ids, as the page Deliveries shows them.")
]


def take_again(deliveries: Deliveries, data: Data = None) -> None:
    """Take in deliveries that were refused: each is verified anew with the present settings."""
    # Only a server has the secrets and the rules that decide.
    server = require_server(data_folder(data))
    where = N_("; the page Deliveries shows it")
    ids = [read_id(text, N_("a delivery's"), where=where) for text in deliveries]
    failed = asyncio.run(_take_all(server, ids))
    if failed:
        raise AutomatorError(
            TRANSLATOR.counted(
                "{count} delivery of {all} was not taken in",
                "{count} deliveries of {all} were not taken in",
                failed,
                all=len(ids),
            )
        )


async def _take_all(server: RunningServer, ids: Sequence[int]) -> int:
    """Takes in each delivery, and goes on after a refusal; returns the number of refusals."""
    failed = 0
    for delivery_id in ids:
        name = format_id(delivery_id)
        try:
            answer = await server.call("POST", f"/api/deliveries/{name}/take-again")
        except AutomatorError as error:
            failed += 1
            say_error(error, about=name)
            continue
        new = [event["id"] for event in answer["events"] if not event["duplicate"]]
        known = len(answer["events"]) - len(new)
        say(TRANSLATOR(N_("{id} is taken in; new events: {count}"), id=name, count=len(new)))
        if known:
            say(TRANSLATOR(N_("  {count} of its events had come in already"), count=known))
        for event in new:
            say(f"  automator why {event}")
    return failed
