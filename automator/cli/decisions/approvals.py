"""`automator approvals`, `approve` and `decline`: what rules would send, and decisions about it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.terminal.calls import ask
from automator.cli.terminal.database import open_log
from automator.cli.terminal.options import Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.cli.terminal.places import data_folder
from automator.model import N_, Proposal, format_id

if TYPE_CHECKING:
    from automator.store import Store

_SHOWN = 50
_Run = Annotated[str, typer.Argument(help="The run's id, as automator approvals shows it.")]


def approvals(
    limit: Annotated[int, typer.Option(help="How many steps.", min=1, max=1000)] = _SHOWN,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the steps that wait for a person to approve them, with what they would send."""
    from automator.cli.inspection.log import line
    from automator.engine.operations.review import runs_to_approve

    with open_log(data_folder(data), database) as log:
        rows = asyncio.run(runs_to_approve(log, before=None, limit=limit))
    if as_json:
        from automator.server.shared.json_values import approval_json

        for row in reversed(rows):
            say_json(approval_json(row))
        return
    for row in reversed(rows):
        say(f"{format_id(row.id)}  {line(row)}")
        if (proposed := row.run.open_proposal) is not None:
            say(f"    {proposed[0]}: {_would_send(proposed[1])}")
    if not rows:
        say(TRANSLATOR(N_("nothing waits for approval")))


def approve(
    run: _Run,
    text: Annotated[
        str | None, typer.Option(help="Say this instead of the shown text.", show_default=False)
    ] = None,
    data: Data = None,
) -> None:
    """Send what waits for approval, exactly as automator approvals shows it."""
    _decide("approve", run, {} if text is None else {"text": text}, data)
    say(TRANSLATOR(N_("{id} is approved, and sent now"), id=run))


def decline(
    run: _Run,
    because: Annotated[str, typer.Option(help="Why, as the log shows it.")] = "",
    data: Data = None,
) -> None:
    """Do not send what waits for approval; the actions behind it are done."""
    _decide("decline", run, {"because": because} if because else {}, data)
    say(TRANSLATOR(N_("{id} is declined, and not sent"), id=run))


def _decide(decision: str, run: str, said: dict[str, str], data: Path | None) -> None:
    """Asks the running server, or writes the decision down, which takes effect when one starts."""
    run_id = read_id(run, N_("a run's"), where=N_(": automator approvals"))

    async def alone(store: "Store") -> None:
        from automator.engine.operations.review import approve_step, decline_step
        from automator.reasons.runs import COMMAND_LINE

        if decision == "approve":
            await approve_step(store, run_id, COMMAND_LINE, text=said.get("text"))
        else:
            await decline_step(store, run_id, COMMAND_LINE, because=said.get("because", ""))

    ask(data, "POST", f"/api/approvals/{format_id(run_id)}/{decision}", said, alone=alone)


def _would_send(proposal: Proposal) -> str:
    """The message of a step on one line."""
    shown: dict[str, Any] = dict(proposal.shown)
    if proposal.text is not None:
        return f"“{' '.join(proposal.text.split())}”"
    does = f"{shown.get('action', '')} {shown.get('does', '')}".strip()
    if request := shown.get("request"):
        return f"{does}: {request['method']} {request['url']}"
    return does or str(shown.get("template") or "")
