"""`automator run`: retries, completes, hurries or cancels runs that wait or failed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Config, Data, Database, read_id
from automator.cli.terminal.output import TRANSLATOR, say, say_error
from automator.cli.terminal.paths import data_folder
from automator.model import N_, AutomatorError, format_id

if TYPE_CHECKING:
    from automator.engine.operations.run_review import Decision

_SAID: "dict[Decision, str]" = {
    "done": N_("{id} counts as done; the steps after it are done now"),
    "retry": N_("{id} is tried again"),
    "cancel": N_("{id} is left: nothing more is done for it"),
}

run = new_group(
    "run",
    help="Decide about runs that wait or ended badly; the decision, its author and its time are"
    " kept with the run.",
)
_SHOWN = 50
Runs = Annotated[list[str], typer.Argument(help="The runs' ids, as automator run list shows them.")]


@run.command("list")
def list_runs(
    limit: Annotated[int, typer.Option(help="How many runs.", min=1, max=1000)] = _SHOWN,
    data: Data = None,
    database: Database = None,
) -> None:
    """List the runs that wait for somebody to decide: dead and unknown, and not replayed."""
    from automator.cli.inspection.log import line  # noqa: PLC0415 - Loads the database, which a decision has no use for.
    from automator.cli.terminal.database import open_log  # noqa: PLC0415 - As above.
    from automator.engine.operations.run_review import NEEDS_REVIEW  # noqa: PLC0415 - As above.

    with open_log(data_folder(data), database) as log:
        rows = log.runs(NEEDS_REVIEW, limit=limit)
    for row in reversed(rows):
        say(f"{format_id(row.id)}  {line(row)}")
    if not rows:
        say(TRANSLATOR(N_("nothing waits for a decision")))


@run.command()
def done(runs: Runs, config: Config = None, data: Data = None) -> None:
    """It worked: count the step at which a run stopped as done, and go on after it."""
    _decide("done", runs, config, data)


@run.command()
def retry(runs: Runs, config: Config = None, data: Data = None) -> None:
    """It did not work: try a run again, from the step at which it stopped."""
    _decide("retry", runs, config, data)


@run.command()
def cancel(runs: Runs, config: Config = None, data: Data = None) -> None:
    """Leave it: end a waiting run, or leave a badly ended one as it is."""
    _decide("cancel", runs, config, data)


def _decide(
    decision: "Decision", runs: Sequence[str], config: Path | None, data: Path | None
) -> None:
    """Decides about each run, and goes on after a run that allows no decision.

    Raises:
        AutomatorError: some decisions were not possible.
    """
    ids = [read_id(text, N_("a run's"), where=N_(": automator run list")) for text in runs]
    failed = 0
    for run_id in ids:
        try:
            decided = _decided(decision, run_id, config, data)
        except AutomatorError as error:
            failed += 1
            say_error(error, about=format_id(run_id))
        else:
            said = TRANSLATOR(_SAID[decision], id=format_id(run_id))
            more = "" if decision == "cancel" else _with_revision(run_id, decided)
            say(f"{said}{more}")
    if failed:
        raise AutomatorError(
            TRANSLATOR.counted(
                "{count} run of {all} could not be decided about",
                "{count} runs of {all} could not be decided about",
                failed,
                all=len(ids),
            )
        )


def _decided(
    decision: "Decision", run_id: int, config: Path | None, data: Path | None
) -> Mapping[str, Any]:
    """Returns the run after the decision; without a server it takes effect when one starts."""
    path = f"/api/runs/{format_id(run_id)}/{decision}"
    decided: Mapping[str, Any] = ask(data, "POST", path, config=config)
    return decided


def _with_revision(run_id: int, decided: Mapping[str, Any]) -> str:
    """The revision of the rule with which a run continues, and the command for a newer revision."""
    revision, active = decided["revision"], decided["active_revision"]
    said = TRANSLATOR(N_(", with revision {revision} of its rule"), revision=revision)
    if revision == active:
        return said
    newer = f"automator replay run={format_id(run_id)} --rules now"
    text = N_("; revision {revision} is in force: {command}")
    return said + TRANSLATOR(text, revision=active, command=newer)
