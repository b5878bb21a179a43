"""Counts whom the limits of a rule would hold back in a firing, without keeping the counts."""

from collections.abc import Sequence

from automator.model import KeyedLimit, NewRun, Reason
from automator.reasons.limits import CONTACT_HELD_BACK
from automator.rules import CompiledRule
from automator.store import Log, limit_ids, standing


class HeldBack:
    """The uses of a rule's limits, including those that the people before would add."""

    def __init__(self, log: Log, rule: CompiledRule, per_second: float, now_ms: int) -> None:
        self._log = log
        self._rule = rule
        self._apart_ms = 1000 / per_second
        self._now_ms = now_ms
        #: People whom the firing would have taken, one after another.
        self._taken = 0
        self._uses: dict[str, list[list[int]]] = {}

    def judge(self, people: Sequence[tuple[KeyedLimit, ...]]) -> list[Reason | None]:
        """The reasons that hold back people with these limits, in their order; None for none."""
        runs = [self._run(limits) for limits in people]
        new = {one for run in runs for one in limit_ids(run)} - self._uses.keys()
        self._uses |= self._log.uses_of_limits(sorted(new))
        return [self._judge(run) for run in runs]

    def _judge(self, run: NewRun) -> Reason | None:
        at = self._now_ms + round(self._taken * self._apart_ms)
        self._taken += 1
        for one in standing(run, self._uses, at):
            if one.holds_back:
                return CONTACT_HELD_BACK(limit=one.name)
        for limit_id in limit_ids(run):
            self._uses.setdefault(limit_id, []).append([at, 0])
        return None

    def _run(self, limits: tuple[KeyedLimit, ...]) -> NewRun:
        rule = self._rule
        return NewRun(
            id=0,
            event_id=0,
            rule=rule.spec.id,
            revision=0,
            lane=None,
            contact=None,
            run_at=self._now_ms,
            data=rule.marks,
            limits=limits,
        )
