"""`automator events`: the events, newest last, as lines for people or as JSON for programs."""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Cursor, Data, Database, Json, read_id
from automator.cli.terminal.output import GOES_ON, TRANSLATOR, say, say_json
from automator.cli.terminal.paths import data_folder
from automator.clock import SystemClock
from automator.model import N_, in_one_line
from automator.model.log_filters import EVENT_WORDS

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.engine.replay.filter_syntax import event_filter, split_words
    from automator.record_json import record_json
    from automator.server.shared.lists import page_json

_TEXT_WIDTH = 48
_NAME_WIDTH = 18

Filters = Annotated[
    list[str] | None,
    typer.Argument(
        help=f"{', '.join(EVENT_WORDS)}; as in type=comment.created since=2d.", show_default=False
    ),
]
Limit = Annotated[int, typer.Option(help="How many events.", min=1, max=10_000)]


def events(
    filters: Filters = None,
    limit: Limit = 20,
    cursor: Cursor = "",
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the events, newest last, with the number of runs that each has started.

    matched=no finds events that started no run: automator why EVENT tells the reasons.
    """
    now_ms, zone = SystemClock().now_ms(), TRANSLATOR.zone or UTC
    wanted = event_filter(split_words(filters or ()), now_ms, zone)
    where = N_(": automator events")
    before = read_id(cursor, N_("an event's"), where=where) if cursor else None
    with open_log(data_folder(data), database) as log:
        found = log.events(wanted, before=before, limit=limit + 1, is_awaited=lambda: True)
        page = page_json(found, limit, record_json)
    if as_json:
        say_json(page)
        return
    for item in reversed(page["items"]):
        say(_line(item))
    if page["next"]:
        say(TRANSLATOR(GOES_ON, cursor=page["next"]))
    elif not page["items"]:
        say(TRANSLATOR(N_("no event fits")))


def _line(item: Mapping[str, Any]) -> str:
    """Writes an event on one line; line breaks in a stranger's text cannot add one."""
    text = in_one_line(item["text"] or "", _TEXT_WIDTH)
    parts = [
        TRANSLATOR.time(item["received_at"]),
        TRANSLATOR.counted("{count} run", "{count} runs", item["runs"]),
        item["connection"],
        item["type"],
        in_one_line(item["actor_name"] or "", _NAME_WIDTH),
        f"“{text}”" if text else "",
        f"[{item['id']}]",
    ]
    return "  ".join(part for part in parts if part)
