"""`automator audit`: who has changed what; verifies the chain, and follows it as JSON lines."""

import time
from dataclasses import replace
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import run_alone
from automator.cli.terminal.options import Config, Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, visible
from automator.cli.terminal.paths import data_folder, find_config
from automator.server.reports.declarations import AUDIT, AuditAsked

if WORKING:
    from automator.cli.terminal.database import FolderSource, open_log
    from automator.server.reports.audit import line_of, row_json

_POLL_S = 0.5
_WHO, _WHAT, _SINCE, _UNTIL, _LIMIT, *_ = (one.about for one in AUDIT.parameters().values())


def audit(
    who: Annotated[str, typer.Option(help=_WHO)] = "",
    what: Annotated[str, typer.Option(help=_WHAT)] = "",
    since: Annotated[str, typer.Option(help=_SINCE)] = "",
    until: Annotated[str, typer.Option(help=_UNTIL)] = "",
    limit: Annotated[int, typer.Option(help=_LIMIT, min=1, max=10_000)] = 50,
    verify: Annotated[
        bool, typer.Option("--verify", help="Verify the chain of all rows; exit code 1 if broken.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep showing new rows as they come.")
    ] = False,
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show who has changed what, when and from where; --verify checks the chain of the rows."""
    folder, config = data_folder(data), find_config(config)
    asked = AuditAsked(
        who=who, what=what, since=since, until=until, limit=limit, before="", after="",
        verify="yes" if verify else "",
    )  # fmt: skip
    with open_log(folder, database) as log:

        def found_by(wanted: AuditAsked) -> Any:
            return run_alone(AUDIT.answer(FolderSource(log, config, folder), wanted))

        found = found_by(asked)
        while follow:
            for row in sorted(found.rows, key=lambda row: row.id):
                say_json(row_json(row)) if as_json else say(visible(line_of(row, TRANSLATOR)))
                asked = replace(asked, after=str(row.id), verify="")
            time.sleep(_POLL_S)
            found = found_by(asked)
    lines = AUDIT.as_text(found, TRANSLATOR).split("\n")
    say_json(found.as_json()) if as_json else say("\n".join(map(visible, lines)))
    if found.verified is not None and found.verified.wrong is not None:
        raise typer.Exit(1)
