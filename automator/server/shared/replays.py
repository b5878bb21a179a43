"""Reads requests for replays, finds a replay, and writes it as JSON."""

import asyncio
from collections.abc import Mapping
from typing import Any

from automator.engine.replay.request import ReplayRequest, read_request
from automator.model import LOOK_IN_LIST, N_, NotFoundError, format_id
from automator.record_json import record_json
from automator.server.answer_types.replays import ReplayFieldsJson
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.store import Replay


async def find_replay(services: Services, replay_id: int) -> Replay:
    """A replay that was confirmed.

    Raises:
        NotFoundError: there is no such replay.
    """
    found = await asyncio.to_thread(services.store.log.replay, replay_id)
    if found is None:
        raise NotFoundError(
            N_("there is no replay {id}"), fix=LOOK_IN_LIST, id=format_id(replay_id)
        )
    return found


def replay_request(context: RequestContext, data: Mapping[str, Any]) -> ReplayRequest:
    """Reads a request for a replay, with the present time and the revision in force.

    Raises:
        UsageError: `data` is not a request for a replay.
    """
    revision = context.services.rulebook.active.revision
    return read_request(data, now_ms=context.now_ms, revision=revision, zone=context.zone)


def replay_json(replay: Replay) -> dict[str, Any]:
    """A replay and its progress as JSON."""
    skipped = [{"reason": reason.to_json(), "count": count} for reason, count in replay.left_out]
    return {**record_json(replay, ReplayFieldsJson), "skipped": skipped, "by": replay.author}
