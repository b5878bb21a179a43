"""The log: runs, the newest first, filtered by the address, with live rows on top."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from automator.engine.replay.filter_syntax import STATES, run_filter
from automator.model import format_id
from automator.server.pages.connections import send_command
from automator.server.web.filters import filter_words, meant_words
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render
from automator.store import RunFilter, RunRow

PAGE_SIZE = 50
#: A page shows its rows and asks the stream for what happened a little before it was made.
_OVERLAP_MS = 2000
#: What the address of the log can say.
FILTERS = ("state", "rule", "connection", "contact", "type", "error_code", "target", "text",
           "since", "until",           "replay")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which runs to show: the texts of the address, and what they mean."""

    words: Mapping[str, str]
    wanted: RunFilter

    @classmethod
    def of(cls, context: RequestContext) -> "LogFilter":
        """The filter of a request.

        Raises:
            UsageError: it cannot be meant.
        """
        words = filter_words(context, FILTERS)
        return cls(words, run_filter(words, context.now_ms))

    @property
    def is_set(self) -> bool:
        """Something is filtered."""
        return any(self.words.values())

    @property
    def is_live(self) -> bool:
        """A run that just changed shows by itself whether it belongs into the list."""
        return not any(self.words[name] for name in ("error_code", "target", "until", "replay"))

    def as_query(self, **changes: str) -> str:
        """The filter as the query of an address."""
        values = {**self.words, **changes}
        return urlencode({name: value for name, value in values.items() if value})

    def page(self, context: RequestContext, *, before: int | None, limit: int) -> list[RunRow]:
        """A page of runs from the store; blocks."""
        return context.services.store.log.runs_where(self.wanted, before=before, limit=limit)


async def show_log(context: RequestContext) -> Response:
    """The page. A guided start takes the place of an empty log."""
    words, wanted, problem = meant_words(context, FILTERS, run_filter)
    chosen = LogFilter(words, wanted)
    before = context.id_in_query("before")
    shown_from = context.now_ms - _OVERLAP_MS
    rows = await asyncio.to_thread(chosen.page, context, before=before, limit=PAGE_SIZE + 1)
    rules = context.services.rulebook.active.rule_set.rules
    return render(
        context,
        "log.html",
        runs=rows[:PAGE_SIZE],
        older=format_id(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else "",
        chosen=chosen,
        words=words,
        problem=problem,
        states=list(STATES),
        rules=sorted({rule.spec.id for rule in rules} | ({words["rule"]} - {""})),
        connections=context.services.connection_names,
        is_newest=before is None,
        is_live=before is None and chosen.is_live,
        after=f"{format_id(shown_from << 21)}.{format_id(shown_from << 21)}",
        first_command=send_command(next(iter(context.services.connections.values()), None)),
    )
