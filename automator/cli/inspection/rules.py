"""`automator rules`: the rules in force, with their files, their states and their last runs."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from automator.cli.terminal.api_calls import run_alone, server_to_ask
from automator.cli.terminal.options import Config, Cursor, Data, Database, Json
from automator.cli.terminal.output import GOES_ON, TRANSLATOR, say, say_json, table, time_or
from automator.cli.terminal.paths import data_folder, find_config
from automator.model import N_

_COLUMNS = (N_("rule"), N_("state"), N_("file"), N_("last run"))
_MODES = {"live": N_("live"), "shadow": N_("shadow"), "rollout": N_("rollout")}


def rules(
    limit: Annotated[int, typer.Option(help="How many rules.", min=1, max=200)] = 100,
    cursor: Cursor = "",
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the rules in force in the order in which they decide: state, file, last run.

    Without a server, these are the rules that were in force last.
    """
    folder, config = data_folder(data), find_config(config)
    server = server_to_ask(folder, config, database)
    if server is not None:
        words = urlencode({"limit": limit, "cursor": cursor})
        found = asyncio.run(server.call("GET", f"/api/rules?{words}"))
    else:
        from automator.cli.terminal.database import FolderSource, open_log  # noqa: PLC0415 - Loads the database, if no server runs.
        from automator.server.shared.rule_list import rules_page  # noqa: PLC0415 - As above.

        with open_log(folder, database) as log:
            active, _revision = run_alone(FolderSource(log, config, folder).rules())
            found = rules_page(log, active, cursor=cursor, limit=limit)
    page = {"rules": found["rules"], "next": found["next"]}
    say_json(page) if as_json else say("\n".join(_lines(page)))


def _lines(page: Mapping[str, Any]) -> Iterator[str]:
    if not page["rules"]:
        yield TRANSLATOR(N_("No rule is in force."))
        return
    rows = [
        [
            rule["id"],
            _state(rule),
            f"{rule['file']}:{rule['line']}",
            time_or(rule["last_run_at"], TRANSLATOR(N_("never"))),
        ]
        for rule in page["rules"]
    ]
    yield table(rows, [*map(TRANSLATOR, _COLUMNS)])
    if page["next"]:
        yield TRANSLATOR(GOES_ON, cursor=page["next"])


def _state(rule: Mapping[str, Any]) -> str:
    """Whether the rule acts, and whether its file has errors and is in force as it was earlier."""
    state = TRANSLATOR(_MODES[rule["mode"]] if rule["enabled"] else N_("off"))
    if not rule["is_earlier"]:
        return state
    return f"{state}, {TRANSLATOR(N_('an earlier version is in force'))}"
