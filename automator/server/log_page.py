"""The log: runs, the newest first, filtered by the address, with live rows on top."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from automator.model import RunState, format_id
from automator.server.connections_page import send_command
from automator.server.pages import render
from automator.server.visit import Visit
from automator.store import RunRow

PAGE_SIZE = 50
#: A page shows its rows and asks the stream for what happened a little before it was made.
_OVERLAP_MS = 2000
STATES = {state.label: state for state in RunState}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the address says about which runs to show; empty texts mean all."""

    state: str = ""
    rule: str = ""
    connection: str = ""
    contact: str = ""
    text: str = ""

    @classmethod
    def of(cls, visit: Visit) -> "LogFilter":
        """The filter of a request; a state that does not exist is no filter."""
        state = visit.query("state")
        return cls(
            state=state if state in STATES else "",
            rule=visit.query("rule"),
            connection=visit.query("connection"),
            contact=visit.query("contact"),
            text=visit.query("text"),
        )

    @property
    def is_set(self) -> bool:
        """Something is filtered."""
        return bool(self.as_query())

    def as_query(self, **changes: str) -> str:
        """The filter as the query of an address."""
        values = {
            "state": self.state,
            "rule": self.rule,
            "connection": self.connection,
            "contact": self.contact,
            "text": self.text,
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def page(self, visit: Visit, *, before: int | None, limit: int) -> list[RunRow]:
        """A page of runs from the store; blocks."""
        return visit.services.store.log.runs(
            state=STATES.get(self.state),
            rule=self.rule or None,
            connection=self.connection or None,
            contact=self.contact or None,
            text=self.text or None,
            before=before,
            limit=limit,
        )

    def admits(self, row: RunRow) -> bool:
        """Whether a live row belongs into the list with this filter."""
        searched = f"{row.text or ''} {row.actor_name or ''}".lower()
        return (
            self.state in {"", row.run.state.label}
            and self.rule in {"", row.run.rule}
            and self.connection in {"", row.connection}
            and self.contact in {"", row.run.contact}
            and self.text.lower() in searched
        )


async def show_log(visit: Visit) -> Response:
    """The page. A guided start takes the place of an empty log."""
    chosen = LogFilter.of(visit)
    before = visit.id_in_query("before")
    shown_from = visit.now_ms - _OVERLAP_MS
    rows = await asyncio.to_thread(chosen.page, visit, before=before, limit=PAGE_SIZE + 1)
    rules = visit.services.rulebook.active.rule_set.rules
    return render(
        visit,
        "log.html",
        runs=rows[:PAGE_SIZE],
        older=format_id(rows[PAGE_SIZE - 1].id) if len(rows) > PAGE_SIZE else "",
        chosen=chosen,
        states=list(STATES),
        rules=sorted({rule.spec.id for rule in rules} | ({chosen.rule} - {""})),
        connections=sorted(visit.services.connections),
        is_newest=before is None,
        after=f"{format_id(shown_from << 21)}.{format_id(shown_from << 21)}",
        first_command=send_command(next(iter(visit.services.connections.values()), None)),
    )
