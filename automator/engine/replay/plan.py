"""The plan of a replay: the runs that it would start, and what it leaves out and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from automator.engine.replay.request import ReplayRequest
from automator.model import NewRun, Reason, RunState, format_id, reason_json, record
from automator.reasons.replays import other_reasons
from automator.rules import CompiledRule
from automator.store import EventRow, RunRow
from automator.store.runs.replays import Start

#: How many examples are kept of each rule, and of each reason for leaving something out.
_EXAMPLES = 3
#: How many reasons are counted separately. There can be many, because the reason of a failed
#: condition contains values.
_MOST_REASONS = 20


@record(kw_only=False)
class Planned:
    """A run that the replay would start, and the step at which it would begin."""

    source: RunRow | EventRow
    rule: CompiledRule
    #: The run, still without an id and without the replay's mark; `start` adds both.
    run: NewRun

    @property
    def steps(self) -> tuple[str, ...]:
        """The ids of the steps that the run would do."""
        sequence = self.rule.spec.sequence(self.run.path)
        return tuple(step.id for step in sequence[self.run.step :])

    def start(self, run_id: int, mark: Mapping[str, Any], now_ms: int) -> Start:
        """Makes the run to store. `mark` names the replay, who started it, and when."""
        of = {"of" if isinstance(self.source, RunRow) else "of_event": format_id(self.source.id)}
        run = replace(
            self.run,
            id=run_id,
            run_at=self.run.run_at or now_ms,
            data={**self.run.data, "replay": {**mark, **of}},
        )
        state = self.source.run.state if isinstance(self.source, RunRow) else None
        return Start(run=run, source_id=self.source.id, state=state)


@record(kw_only=False)
class LeftOut:
    """A run, an event, or one rule for an event that is not replayed, and the reason."""

    source: RunRow | EventRow
    reason: Reason
    rule: str = ""


@record(kw_only=False)
class Example:
    """A run or event of a plan, in the form that people see."""

    id: int
    event_id: int
    actor_name: str | None
    text: str | None
    #: The state of the run; "" for an event.
    state: str
    #: The reason of that state, if there is one.
    reason: Reason | None

    @classmethod
    def of(cls, source: RunRow | EventRow) -> "Example":
        """Makes the example from a stored run or event."""
        run = source.run if isinstance(source, RunRow) else None
        return cls(
            id=source.id,
            event_id=run.event_id if run else source.id,
            actor_name=source.actor_name,
            text=source.text,
            state=run.state.label if run else "",
            reason=run.because if run else None,
        )

    def as_data(self, over: str) -> dict[str, Any]:
        """The example as plain data."""
        return {
            "run" if over == "runs" else "event": format_id(self.id),
            "event": format_id(self.event_id),
            "actor_name": self.actor_name,
            "text": self.text,
            "state": self.state,
            "reason": reason_json(self.reason),
        }


@dataclass(slots=True)
class Group:
    """Runs of a plan with the same rule and the same steps."""

    rule: str
    name: str
    steps: tuple[str, ...]
    #: Whether the runs begin after the first step, and keep the results of earlier steps.
    keeps: bool
    shadow: bool
    #: How many runs the rule's calendar would hold back or put off.
    held_back: int = 0
    #: How many runs have a rule with limits. Limits count a replay, but do not hold it back.
    unlimited: int = 0
    count: int = 0
    #: How many runs repeat a step whose last attempt may have worked.
    unsure: int = 0
    #: The revisions of the rule that the runs use.
    revisions: set[int] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Skip:
    """Runs or events that are left out for one reason."""

    reason: Reason
    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class ReplayPlan:
    """The effects that a replay would have.

    The plan has the id of its request, so it can be confirmed only once.
    """

    request: ReplayRequest
    found: int = 0
    groups: dict[tuple[str, tuple[str, ...]], Group] = field(default_factory=dict)
    #: What is left out, by the key of the reason.
    skips: dict[str, Skip] = field(default_factory=dict)

    @property
    def starts(self) -> int:
        """The number of runs that the replay would start."""
        return sum(group.count for group in self.groups.values())

    @property
    def seconds(self) -> float:
        """The time that the replay takes at least, at its rate."""
        return self.starts / self.request.rate

    def add(self, item: Planned | LeftOut) -> None:
        """Counts one decision."""
        if isinstance(item, LeftOut):
            self._leave_out(item)
            return
        spec, steps = item.rule.spec, item.steps
        group = self.groups.setdefault(
            (spec.id, steps), Group(spec.id, spec.name, steps, item.run.step > 0, spec.shadow)
        )
        group.count += 1
        group.held_back += bool(item.run.reason)
        group.unlimited += bool(item.run.limits)
        group.revisions.add(item.run.revision)
        source = item.source
        group.unsure += isinstance(source, RunRow) and source.run.state is RunState.UNKNOWN
        if len(group.examples) < _EXAMPLES:
            group.examples.append(Example.of(source))

    def _leave_out(self, item: LeftOut) -> None:
        is_known = item.reason.key in self.skips or len(self.skips) < _MOST_REASONS
        reason = item.reason if is_known else other_reasons()
        skip = self.skips.setdefault(reason.key, Skip(reason))
        skip.count += 1
        if len(skip.examples) < _EXAMPLES:
            skip.examples.append(Example.of(item.source))

    def as_data(self) -> dict[str, Any]:
        """The plan as plain data. With its `request` the plan can be confirmed."""
        over = self.request.over
        groups = sorted(self.groups.values(), key=lambda group: -group.count)
        skips = sorted(self.skips.values(), key=lambda skip: -skip.count)
        return {
            "id": format_id(self.request.id),
            "request": self.request.as_data(),
            "found": self.found,
            "starts": self.starts,
            "seconds": round(self.seconds, 1),
            "groups": [
                {
                    **asdict(group),
                    "revisions": sorted(group.revisions),
                    "examples": [example.as_data(over) for example in group.examples],
                }
                for group in groups
            ],
            "skipped": [
                {
                    "reason": skip.reason.to_json(),
                    "count": skip.count,
                    "examples": [example.as_data(over) for example in skip.examples],
                }
                for skip in skips
            ],
        }
