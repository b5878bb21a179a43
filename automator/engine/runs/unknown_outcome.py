"""The record of an attempt with an unknown outcome, kept in its run until the step is over.

It is in the run's data under `unknown`: the `step`, and where an echo would prove the attempt, the
`key` of that echo, `since` when it counts, and `then`, what is done when none has come in time.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import AwaitedEcho, UnknownOutcome

_KEY = "unknown"


def has_unknown_outcome(data: Mapping[str, Any], step_id: str) -> bool:
    """Whether an earlier attempt of this step may have worked."""
    noted: Mapping[str, Any] = data.get(_KEY, {})
    return noted.get("step") == step_id


def note_unknown_outcome(
    data: dict[str, Any], step_id: str, error: UnknownOutcome, since_ms: int
) -> None:
    """Notes that an attempt of the step may have worked; later attempts see it."""
    known = data.get(_KEY, {})
    data[_KEY] = noted = {"step": step_id}
    if error.echo is not None:
        noted |= {"key": error.echo.key, "since": known.get("since", since_ms)}


def forget_unknown_outcome(data: dict[str, Any]) -> None:
    """Removes the note, because the step is over."""
    data.pop(_KEY, None)


def awaited_in(data: Mapping[str, Any], step_id: str, connection: str) -> AwaitedEcho | None:
    """The echo that would prove an attempt of this step with an unknown outcome, if any."""
    noted = data.get(_KEY, {})
    if "key" not in noted or noted["step"] != step_id:
        return None
    return AwaitedEcho(connection=connection, key=noted["key"], since_ms=noted["since"])


def wait_for_echo(data: dict[str, Any], *, repeats: bool) -> None:
    """Notes that the run waits for the echo, and whether the step is repeated without one."""
    data[_KEY] = {**data[_KEY], "then": "retry" if repeats else "end"}


def ends_without_echo(data: dict[str, Any]) -> bool:
    """Whether the step ends now that no echo has come. Asking ends the wait."""
    data[_KEY] = noted = dict(data[_KEY])
    return bool(noted.pop("then", "retry") == "end")
