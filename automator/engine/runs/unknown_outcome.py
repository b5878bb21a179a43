"""What a run remembers of an attempt with an unknown outcome, until the step is over.

It is in the run's data under `unknown`: the `step`, and where an echo would prove the attempt, the
`key` of that echo, `since` when it counts, and `then`, what is done when none has come in time.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import AwaitedEcho, UnknownOutcome

_KEY = "unknown"


def has_unknown_outcome(data: Mapping[str, Any], step_id: str) -> bool:
    """An attempt of this step that came before may have worked."""
    doubt: Mapping[str, Any] = data.get(_KEY, {})
    return doubt.get("step") == step_id


def note_unknown_outcome(
    data: dict[str, Any], step_id: str, error: UnknownOutcome, since_ms: int
) -> None:
    """From now on every attempt of the step knows that one before it may have worked."""
    known = data.get(_KEY, {})
    data[_KEY] = doubt = {"step": step_id}
    if error.echo is not None:
        doubt |= {"key": error.echo.key, "since": known.get("since", since_ms)}


def forget_unknown_outcome(data: dict[str, Any]) -> None:
    """The step is over, one way or another."""
    data.pop(_KEY, None)


def awaited_in(data: Mapping[str, Any], step_id: str, connection: str) -> AwaitedEcho | None:
    """What would prove that an attempt of this step has worked, if one is in doubt."""
    doubt = data.get(_KEY, {})
    if "key" not in doubt or doubt["step"] != step_id:
        return None
    return AwaitedEcho(connection=connection, key=doubt["key"], since_ms=doubt["since"])


def wait_for_echo(data: dict[str, Any], *, repeats: bool) -> None:
    """The run waits now; when no echo comes, its step is done again or not at all."""
    data[_KEY] = {**data[_KEY], "then": "retry" if repeats else "end"}


def ends_without_echo(data: dict[str, Any]) -> bool:
    """None has come: whether the step is not to be done again. It is asked once a wait."""
    data[_KEY] = doubt = dict(data[_KEY])
    return bool(doubt.pop("then", "retry") == "end")
