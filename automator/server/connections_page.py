"""The connections: which address to paste where, and whether anything arrives."""

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from automator.server.pages import render
from automator.server.services import Services
from automator.server.visit import Visit
from automator.store import EventRow


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as the page shows it."""

    name: str
    provider: str
    observes: bool
    address: str
    last: EventRow | None


async def show_connections(visit: Visit) -> Response:
    """Every connection with its webhook address and its last event."""
    rows = await asyncio.to_thread(_rows, visit.services)
    return render(
        visit,
        "connections.html",
        connections=rows,
        has_public_url=bool(visit.services.settings.public_url),
    )


def _rows(services: Services) -> list[ConnectionRow]:
    base = (services.settings.public_url or services.url).rstrip("/")
    rows = []
    for name, provider in sorted(services.connections.items()):
        latest = services.store.log.events(connection=name, limit=1)
        rows.append(
            ConnectionRow(
                name=name,
                provider=provider.name,
                observes=provider.observes,
                address=f"{base}/hooks/{name}",
                last=latest[0] if latest else None,
            )
        )
    return rows
