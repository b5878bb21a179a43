"""`automator approvals`, `approve` and `decline`: proposals of rules, and decisions about them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.options import Data, Database, Json, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_error, say_json
from automator.cli.terminal.paths import data_folder
from automator.model import N_, AutomatorError, Proposal, UsageError, format_id

if TYPE_CHECKING:
    from automator.engine.operations.run_review import Choice

_SHOWN = 50
_DONE: Mapping[str, str] = {
    "approve": N_("{id} is approved, and sent now"),
    "decline": N_("{id} is declined, and not sent"),
}
_Runs = Annotated[
    list[str], typer.Argument(help="The runs' ids, as automator approvals shows them.")
]


def approvals(
    limit: Annotated[int, typer.Option(help="How many steps.", min=1, max=1000)] = _SHOWN,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the steps that wait for a person to approve them, with their messages."""
    from automator.cli.inspection.log import line  # noqa: PLC0415 - Loads the database, which a decision has no use for.
    from automator.cli.terminal.database import open_log  # noqa: PLC0415 - As above.
    from automator.engine.operations.run_review import TO_APPROVE  # noqa: PLC0415 - As above.
    from automator.server.shared.json_values import approval_json  # noqa: PLC0415 - As above.

    with open_log(data_folder(data), database) as log:
        rows = log.runs(TO_APPROVE, limit=limit)
    if as_json:
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
    runs: _Runs,
    text: Annotated[
        str | None,
        typer.Option(help="Say this instead of the shown text, of one run.", show_default=False),
    ] = None,
    data: Data = None,
) -> None:
    """Send a step that waits for approval, exactly as automator approvals shows it."""
    if text is None:
        _decide("approve", runs, {}, data)
        return
    if len(runs) > 1:
        raise UsageError(
            N_("--text is for one run, and {count} are named"),
            fix=N_("Name one run, or leave --text out."),
            count=len(runs),
        )
    run_id = _id_of(runs[0])
    ask(data, "POST", f"/api/approvals/{format_id(run_id)}/approve", {"text": text})
    say(TRANSLATOR(_DONE["approve"], id=runs[0]))


def decline(
    runs: _Runs,
    because: Annotated[str, typer.Option(help="Why, as the log shows it.")] = "",
    data: Data = None,
) -> None:
    """Decline a step that waits for approval; the run goes on with the next actions."""
    _decide("decline", runs, {"because": because} if because else {}, data)


def _decide(choice: "Choice", runs: list[str], said: dict[str, str], data: Path | None) -> None:
    """Decides about each run and prints the result; exits with 1 if a decision failed.

    A running server acts on the decisions at once; otherwise they are stored for its next start.
    """
    chosen = [_id_of(run) for run in runs]
    body = {"runs": [format_id(run_id) for run_id in chosen], **said}
    items = ask(data, "POST", f"/api/approvals/{choice}", body)["items"]
    for item in items:
        if item["done"]:
            say(TRANSLATOR(_DONE[choice], id=item["id"]))
    failed = [item for item in items if not item["done"]]
    for item in failed:
        problem = item["problem"]
        error = AutomatorError(problem["message"], fix=problem["fix"], code=problem["error"])
        say_error(error, item["id"])
    if failed:
        raise typer.Exit(1)


def _id_of(run: str) -> int:
    return read_id(run, N_("a run's"), where=N_(": automator approvals"))


def _would_send(proposal: Proposal) -> str:
    """The proposal of a step on one line: its text, or else its action and request."""
    shown: dict[str, Any] = dict(proposal.shown)
    if proposal.text is not None:
        return f"“{' '.join(proposal.text.split())}”"
    does = f"{shown.get('action', '')} {shown.get('does', '')}".strip()
    if request := shown.get("request"):
        return f"{does}: {request['method']} {request['url']}"
    return does or str(shown.get("template") or "")
