"""Problems of automator.yaml. Open `connections.py` first."""

# mypy: implicit_reexport

from automator.reasons.problems.configuration import certificates, connections, notify, settings
