"""The replay that an address names, for pages and the API."""

import asyncio

from automator.model import NotFoundError, format_id
from automator.server.web.services import Services
from automator.store import Replay


async def replay_of(services: Services, replay_id: int) -> Replay:
    """A replay that was confirmed.

    Raises:
        NotFoundError: there is no such replay.
    """
    found = await asyncio.to_thread(services.store.log.replay, replay_id)
    if found is None:
        raise NotFoundError(f"there is no replay {format_id(replay_id)}")
    return found
