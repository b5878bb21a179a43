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

_COLUMNS = (
    N_("rule"), N_("state"), N_("file"), N_("last run"),
    N_("considered"), N_("matched"), N_("hidden"), N_("held back"), N_("failed"), N_("late"),
)  # fmt: skip


def rules(
    limit: Annotated[int, typer.Option(help="How many rules.", min=1, max=200)] = 100,
    cursor: Cursor = "",
    config: Config = None,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the rules in force in the order in which they decide: state, file, last run.

    A server adds what it has counted since its start: the events for which it considered the rule,
    that matched, for which another rule acted instead; runs that were held back or failed; and how
    late runs began on average. Without a server, these are the rules that were in force last.
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
    if as_json:
        say_json({"rules": found["rules"], "next": found["next"]})
    else:
        say("\n".join(_lines(found)))


def _lines(page: Mapping[str, Any]) -> Iterator[str]:
    if not page["rules"]:
        yield TRANSLATOR(N_("No rule is in force."))
        return
    states = {file["name"]: file["state"] for file in page.get("files", ())}
    rows = [
        [
            rule["id"],
            _state(rule, states.get(rule["file"])),
            f"{rule['file']}:{rule['line']}",
            time_or(rule["last_run_at"], TRANSLATOR(N_("never"))),
            *_counts(rule["counts"]),
        ]
        for rule in page["rules"]
    ]
    yield table(rows, [*map(TRANSLATOR, _COLUMNS)][: len(rows[0])])
    if page["next"]:
        yield TRANSLATOR(GOES_ON, cursor=page["next"])


def _counts(counts: Mapping[str, Any] | None) -> list[str]:
    """The counts of the server that runs, and how many seconds late the runs began on average."""
    if counts is None:
        return []
    shown = ("considered", "matched", "hidden", "held_back", "failed")
    late = "" if counts["lag_ms"] is None else f"{counts['lag_ms'] / 1000:.1f} s"
    return [*(TRANSLATOR.number(counts[name]) for name in shown), late]


def _state(rule: Mapping[str, Any], state_of_file: str | None) -> str:
    """Whether the rule acts, and whether its file is in force as it was before it had errors."""
    state = TRANSLATOR(N_("live")) if rule["rollout"] is None else f"{rule['rollout']:g} %"
    if rule["shadow"] or not rule["enabled"]:
        state = TRANSLATOR(N_("shadow") if rule["enabled"] else N_("off"))
    is_earlier = state_of_file == "earlier"
    return f"{state}, {TRANSLATOR(N_('an earlier version is in force'))}" if is_earlier else state
