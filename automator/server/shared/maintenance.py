"""Deletes data that is past its retention at once, for the API and the command line."""

from typing import Any

from automator.engine.operations.retention import Pruner


async def prune_now(pruner: Pruner) -> dict[str, Any]:
    """Deletes it even where the clock cannot be trusted; returns how much of each kind was
    deleted.
    """
    gone = await pruner.run(trusts_clock=True) or {}
    return {"deleted": {stage.value: count for stage, count in gone.items()}}
