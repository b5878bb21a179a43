"""The bound on the data that a run keeps between its steps.

Each settlement stores the outputs of all steps and the values that were set.
"""

from collections.abc import Mapping
from typing import Any

from automator.http.json_body import dump_json
from automator.model import PermanentError, SetVars
from automator.plugins import StepResult
from automator.reasons.attempts.steps import RUN_KEEPS_TOO_MUCH

#: Bytes of JSON that the outputs of a run's steps and the values it has set may have together.
MAX_KEPT_BYTES = 262_144


def require_room(data: Mapping[str, Any], result: StepResult) -> None:
    """Refuses a result that would make the data of its run too large to be stored again and again.

    Raises:
        PermanentError: outputs and values would have more than MAX_KEPT_BYTES together.
    """
    if not result.output and not result.effects:
        return
    values = [effect.values for effect in result.effects if isinstance(effect, SetVars)]
    size = len(dump_json([data, result.output, *values]))
    if size > MAX_KEPT_BYTES:
        reason = RUN_KEEPS_TOO_MUCH(kib=size // 1024, most=MAX_KEPT_BYTES // 1024)
        raise PermanentError(reason, code="too_much_kept")
