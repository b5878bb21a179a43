"""The page of the connections: the webhook address of each, and whether anything arrives."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from automator.model import DAY_MS, Outcome, Reason, UsageError, record
from automator.plugins import Provider
from automator.providers.simulator import sample_names
from automator.reasons.attempts.platform import TOKEN_EXPIRED
from automator.server.shared.events import latest_events
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import EventRow, Log, RunFilter, RunRow

_FAVOURITE = "facebook/comment.created"
_QUESTION = "Giá bao nhiêu vậy shop?"
#: With this every provider says that its access has ended.
REFUSED_ACCESS = TOKEN_EXPIRED.code
_MOST_REFUSED = 50


@record(kw_only=False)
class ConnectionRow:
    """A connection as the page shows it."""

    provider: Provider
    #: The problems that the watchdog has found.
    warnings: Sequence[Reason]
    address: str
    #: Why its access cannot be renewed any more; None = it can, or need not.
    lost: Reason | None
    last: EventRow | None
    #: The command that sends it a sample.
    try_it: str


async def show_connections(context: RequestContext, refused: UsageError | None = None) -> Response:
    """Every connection with its webhook address and its last event.

    `refused` says why the public address in the form was not saved.
    """
    states = await context.services.watchdog.states()
    warnings: dict[str, Sequence[Reason]] = {state.connection: state.warnings() for state in states}
    refusals = await asyncio.to_thread(refused_access, context.services.store.log, context.now_ms)
    for name, reason in refusals.items():
        warnings[name] = [*warnings.get(name, ()), reason]
    rows = await asyncio.to_thread(_rows, context.services, warnings)
    return render(
        context,
        "connections.html",
        status=422 if refused else 200,
        refused=refused,
        public_url=context.form.get("public_url", context.services.settings.public_url),
        connections=rows,
        may_change=context.services.settings_file is not None and context.may(Role.ADMIN),
        after_demo=context.services.after_demo if context.may(Role.ADMIN) else None,
    )


def refused_access(log: Log, now_ms: int, connection: str | None = None) -> dict[str, Reason]:
    """The connections whose access was no longer accepted when it was used last, and what was said;
    all of them, or only this one.

    What was answered meanwhile shows that it is mended.
    """
    since_ms = now_ms - DAY_MS
    refused = RunFilter(connection=connection, error_code=REFUSED_ACCESS, since_ms=since_ms)
    newest: dict[str, RunRow] = {}
    for row in log.runs(refused, limit=_MOST_REFUSED):
        newest.setdefault(row.connection, row)
    found = {}
    for name, row in newest.items():
        answered = RunFilter(connection=name, outcome=Outcome.ANSWERED, since_ms=since_ms)
        later = log.runs(answered, limit=1)
        if row.run.reason is not None and not (later and later[0].id >= row.id):
            found[name] = row.run.reason
    return found


def _rows(services: Services, warnings: Mapping[str, Sequence[Reason]]) -> list[ConnectionRow]:
    base = services.outside_url
    lost = {keeper.connection: keeper.lost for keeper in services.token_keepers}
    latest = latest_events(services.store.log, services.connections)
    return [
        ConnectionRow(
            provider=provider,
            warnings=warnings.get(name, ()),
            address=f"{base}/hooks/{name}",
            lost=lost.get(name),
            last=latest.get(name),
            try_it=send_command(provider),
        )
        for name, provider in services.connections.items()
    ]


def send_command(provider: Provider | None) -> str:
    """The command that sends this connection a sample, to be copied into a terminal."""
    names = sample_names(provider.name) if provider else []
    if provider is None or not names:
        return "automator send --list"
    name = _FAVOURITE if _FAVOURITE in names else names[0]
    text = f' --text "{_QUESTION}"' if name == _FAVOURITE else ""
    return f"automator send {name}{text} --connection {provider.connection}"
