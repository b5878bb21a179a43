"""Problems of automator.yaml. Open `connections.py` first."""

from automator.reasons.problems.configuration import connections, notify, settings

__all__ = ["connections", "notify", "settings"]
