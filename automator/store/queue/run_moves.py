"""Makes SQL from the table of the lifecycle: it chooses the move, and writes the move's values."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, null

from automator.lifecycle import MOVES, Also, Count, Fact, Move, On, Said, sources
from automator.model import RunState
from automator.reasons.kind import ReasonKind
from automator.store.schema.encoding import reason_columns
from automator.store.schema.tables import runs

#: The values for the columns `reason_codes` and `reason`.
ReasonValues = tuple[Any, Any]
_ADDED = {Count.KEPT: 0, Count.PLUS: 1, Count.MINUS: -1}
#: The values for a run that begins again from its first step.
_ANEW: Mapping[str, Any] = {
    "crashes": 0,
    "cancel_on": None,
    "cancel_reason": None,
    "wait_key": None,
    "was_interrupted": 0,
    "outcome": None,
}
_NOT_SAID: Mapping[ReasonKind[...], Mapping[str, Any]] = {}


def states_for(on: On) -> tuple[int, ...]:
    """The numbers of the states in which `on` can happen to a stored run."""
    return tuple(sorted(int(state) for state in sources(on)))


def columns_of(
    made: Move,
    *,
    given: ReasonValues = ("", None),
    said: Mapping[ReasonKind[...], Mapping[str, Any]] = _NOT_SAID,
    at: Any = None,
    until: Any = None,
) -> dict[str, Any]:
    """The columns that one move writes, with their values.

    `given` is the reason that comes with the event, `said` has the values of other reasons. `at` is
    when the event happened, and `until` is when the run's wait ends.
    """
    values: dict[str, Any] = {"state": state_after(made)}
    if made.attempt is not Count.KEPT:
        values["attempt"] = attempt_after(made)
    if made.reason is not Said.KEPT:
        values["reason_codes"], values["reason"] = reason_after(made, given, said)
    if any(state is not None and state.is_final for state in (*made.sources, made.to)):
        values["finished_at"] = at if made.to.is_final else None
    if made.then in (Also.AT_ONCE, Also.NOW, Also.JOINS, Also.ANEW):
        values["run_at"] = at
    values |= _waits_after(made, at, until)
    if made.then in (Also.JOINS, Also.ANEW):
        values |= {"seq_at": at, "behind": 0}
    if made.then is Also.ANEW:
        values |= _ANEW
    # For None a prepared statement would need a parameter, so NULL is written into it.
    return {name: null() if value is None else value for name, value in values.items()}


def _waits_after(made: Move, at: Any, until: Any) -> dict[str, Any]:
    """The columns of the run's wait. A held run keeps them, because it may be released."""
    if made.waits is not None:
        return {"waits_for": made.waits.value, "waits_since": at, "waits_until": until}
    is_over = made.to.is_final or made.then in (Also.AT_ONCE, Also.JOINS, Also.ANEW)
    if not is_over or made.to is RunState.HELD:
        return {}
    return {"waits_for": "", "waits_since": None, "waits_until": None}


def chosen(on: On, holds: Mapping[Fact, ColumnElement[bool]], value: Callable[[Move], Any]) -> Any:
    """The new value of a column, by the first row of `on` whose facts hold, as a SQL expression."""
    *rows, last = MOVES[on]
    if not rows:
        return value(last)
    return case(
        *((and_(*(holds[fact] for fact in sorted(row.when))), value(row)) for row in rows),
        else_=value(last),
    )


def state_after(move: Move) -> int:
    """The new value of `state`."""
    return int(move.to)


def attempt_after(move: Move) -> Any:
    """The new value of `attempt`."""
    if move.attempt not in _ADDED:
        return move.attempt_after(0)
    return runs.c.attempt + _ADDED[move.attempt]


def reason_after(
    move: Move, given: ReasonValues, said: Mapping[ReasonKind[...], Mapping[str, Any]]
) -> ReasonValues:
    """The new values of `reason_codes` and `reason`; `given` is the reason from the event."""
    if move.reason is Said.KEPT:
        return runs.c.reason_codes, runs.c.reason
    if move.reason is Said.GIVEN:
        return given
    if move.reason is Said.NONE:
        return reason_columns(None)
    return reason_columns(move.reason(**said.get(move.reason, {})))


def reasons_chosen(
    on: On,
    holds: Mapping[Fact, ColumnElement[bool]],
    given: ReasonValues = ("", None),
    said: Mapping[ReasonKind[...], Mapping[str, Any]] = _NOT_SAID,
) -> dict[str, Any]:
    """The columns of the reason, by the first row of `on` whose facts hold."""

    def part(at: int) -> Any:
        return chosen(on, holds, lambda row: reason_after(row, given, said)[at])

    return {"reason_codes": part(0), "reason": part(1)}
