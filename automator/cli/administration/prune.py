"""`automator prune`: shows or deletes records that are older than `retention` allows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.options import Config, Data, Database
from automator.cli.terminal.output import TRANSLATOR, say, table
from automator.cli.terminal.paths import data_folder, find_config
from automator.clock import SystemClock
from automator.model import N_, id_time_ms

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.configuration.storage import Retention
    from automator.engine.operations.retention import cutoffs_at
    from automator.server.reading.config import load_config


def prune(
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would go.")] = False,
    config: Config = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Delete data that `retention` no longer keeps; the server does so every hour by itself."""
    folder, config = data_folder(data), find_config(config)
    retention = (
        load_config(config, folder, config is None, resolve_secrets=False)
        .require()
        .settings.retention
    )
    if plan:
        say(_plan_text(folder, database, retention))
        return
    say(gone_text(ask(data, "POST", "/api/prune", config=config)["deleted"]))


def gone_text(gone: Mapping[str, int]) -> str:
    """A table of the rows that were deleted, by kind, as text for people."""
    rows = [[TRANSLATOR.number(count), TRANSLATOR(what)] for what, count in gone.items() if count]
    if not rows:
        return TRANSLATOR(N_("no data is older than its retention time"))
    return table(rows, [TRANSLATOR(N_("deleted")), TRANSLATOR(N_("what"))])


def _plan_text(folder: Path, database: str | None, retention: "Retention") -> str:
    cutoffs = cutoffs_at(retention, SystemClock().now_ms())
    with open_log(folder, database) as log:
        planned = log.prunable(cutoffs)
    rows = []
    for stage, count in planned.items():
        before_ms = id_time_ms(cutoffs.first_kept_id(stage))
        older_than = TRANSLATOR.time(before_ms) if before_ms else TRANSLATOR(N_("never"))
        rows.append([TRANSLATOR.number(count), TRANSLATOR(stage.value), older_than])
    header = [N_("would go"), N_("what"), N_("older than")]
    return table(rows, list(map(TRANSLATOR, header)))
