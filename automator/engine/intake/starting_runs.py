"""Makes the runs and the seen values to store with an event, from the decisions of rules."""

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from automator.configuration.secrets import KnownSecrets
from automator.model import Event, NewRun, Run, SeenValues, record
from automator.model.run import UNDECIDED
from automator.reasons.runs import decided_in_turn
from automator.rules import Decision
from automator.rules.compiled.deferred_rules import seen_on_arrival

#: The key, in a run's data, of the contact's fields at the time when the event came in.
ARRIVAL = "arrival"
_NOBODY: Mapping[str, Any] = MappingProxyType({})


@record(kw_only=False)
class Origin:
    """The values that all runs of one event share."""

    event_id: int
    lane: str | None
    contact: str | None
    revision: int
    #: The position in the lane, for runs that replace an earlier run.
    seq_at: int | None = None

    @classmethod
    def of_event(cls, event: Event, revision: int) -> "Origin":
        """The values for an event that comes in now."""
        return cls(event.id, event.lane, event.contact, revision)

    @classmethod
    def of_run(cls, run: Run) -> "Origin":
        """The values for runs that replace `run`: they get its position in the lane."""
        return cls(run.event_id, run.lane, run.contact, run.revision, run.seq_at)


def new_runs(
    decisions: Sequence[Decision],
    origin: Origin,
    next_id: Callable[[], int],
    contact: Mapping[str, Any] = _NOBODY,
) -> tuple[NewRun, ...]:
    """Makes a run for each decision; `contact` is the contact as the event came in.

    The run that represents undecided rules gets its id first, and so is first in the lane. These
    rules are then decided before other runs of the event can change what the rules read.
    """
    runs: list[NewRun] = []
    first_ids = {index: next_id() for index, item in enumerate(decisions) if item.undecided}
    for index, decision in enumerate(decisions):
        before, spec = decision.instead_of, decision.rule.spec
        run_id = first_ids[index] if index in first_ids else next_id()
        run = NewRun(
            id=run_id,
            event_id=origin.event_id,
            rule=spec.id,
            revision=origin.revision,
            lane=origin.lane,
            contact=origin.contact,
            run_at=decision.run_at,
            data=_data(decision, next_id, seen_on_arrival(contact)),
            state=decision.state,
            reason=decided_in_turn() if decision.undecided else decision.reason,
            waits_for=decision.made.waits,
            note=decision.note,
            limits=decision.limits,
            pause_ms=None if decision.undecided else spec.pause_ms,
            wait_key=decision.wait_key,
            instead_of=None if before is None else runs[before].id,
            seq_at=origin.seq_at,
        )
        runs.append(run)
    return tuple(runs)


def _data(
    decision: Decision, next_id: Callable[[], int], arrival: Mapping[str, Any]
) -> Mapping[str, Any]:
    if decision.undecided:
        # Made now, so that the later runs get this run's position in the lane.
        return {
            **decision.data,
            UNDECIDED: {
                "rules": [rule.spec.id for rule in decision.undecided],
                "ids": [next_id() for _ in decision.undecided],
            },
            ARRIVAL: arrival,
        }
    if decision.stops and decision.rule.spec.pause_ms is not None and arrival:
        # The run may be held back when it begins. Then the rules after it are decided.
        return {**decision.data, ARRIVAL: arrival}
    return decision.data


def without_secrets(seen: SeenValues, secrets: KnownSecrets) -> SeenValues:
    """The values without secrets, which an explanation could not show anyway."""
    going = []
    for path, value in seen.values():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if secrets.hidden(text) != text:
            going.append(path)
    return seen.without(going) if going else seen
