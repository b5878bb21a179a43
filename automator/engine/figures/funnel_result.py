"""The funnel of a rule: its stages, and the number of people who reached each of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from automator.clock import iso_time
from automator.model import Reason, reason_json, record
from automator.reasons.runs import cancelled_by_event, not_reached


class Became(Enum):
    """The result of a stage for one person."""

    GOT = auto()
    #: The condition of its step did not hold.
    NOT_MEANT = auto()
    #: Its time has not come, or the person has not answered yet.
    WAITS = auto()
    #: Nobody has decided yet whether it is sent.
    TO_APPROVE = auto()
    LEFT = auto()


@record
class Stage:
    """A message of a rule, or the answer to one of its questions."""

    #: The id of its step.
    step: str
    #: The beginning of its text, or the name that the file gives it.
    text: str
    is_answer: bool
    #: Whether it has a tracked link.
    tracks: bool
    #: The path of the runs that do the step, and the steps above it that start these runs.
    path: str
    above: tuple[tuple[str, str], ...]


@dataclass(kw_only=True)
class Reached:
    """The number of people who reached a stage, and counts of the others by their outcome."""

    stage: Stage
    got: int = 0
    not_meant: int = 0
    waiting: int = 0
    to_approve: int = 0
    #: How many opened a tracked link of the message; None if it has no link.
    clicked: int | None = None
    #: People who did not get it, by the reason's code, without people who had left before.
    left: Counter[str] = field(default_factory=Counter)
    #: One reason for each code, the newest.
    examples: dict[str, Reason] = field(default_factory=dict)

    def note(self, became: Became, reason: Reason | None) -> None:
        """Counts the outcome of a person."""
        self.got += became is Became.GOT
        self.not_meant += became is Became.NOT_MEANT
        self.waiting += became is Became.WAITS
        self.to_approve += became is Became.TO_APPROVE
        if became is Became.LEFT:
            said = reason or not_reached()
            self.left[said.code] += 1
            self.examples.setdefault(said.code, said)

    @property
    def reasons(self) -> list[tuple[Reason, int]]:
        """The reasons why people did not get it, with their numbers, the most frequent first."""
        return [(self.examples[code], count) for code, count in self.left.most_common()]


@dataclass(kw_only=True)
class Funnel:
    """The stages of a rule, with the number of people at each."""

    #: The arm of a split; "" for everybody.
    arm: str = ""
    entered: int = 0
    stages: list[Reached]

    @property
    def finished(self) -> int:
        """The number of people who got the last message."""
        return self.stages[-1].got if self.stages else 0

    @property
    def wrote_back(self) -> int:
        """The number of people who came no further because they did something that was awaited."""
        return sum(one.left[cancelled_by_event.code] for one in self.stages)

    def share(self, count: int) -> int:
        """A number of people in percent of all who entered."""
        return round(100 * count / self.entered) if self.entered else 0


@record
class RuleFunnel:
    """The funnel of a rule, and the funnels of the arms of its split."""

    rule: str
    name: str
    since_ms: int
    until_ms: int
    #: Older ways were not looked at, because there are too many.
    is_cut: bool
    people: int
    whole: Funnel
    #: Matches that were held back before anything was done, for example by `once`.
    turned_away: Sequence[tuple[Reason, int]]
    #: The name of the split; "" if the rule has none.
    split: str
    arms: Sequence[Funnel]

    def as_json(self) -> dict[str, Any]:
        """The funnels in the form of the API."""
        return {
            "rule": self.rule,
            "since": iso_time(self.since_ms),
            "until": iso_time(self.until_ms),
            "is_cut": self.is_cut,
            "people": self.people,
            "turned_away": _reasons_json(self.turned_away),
            **_funnel_json(self.whole),
            "split": self.split or None,
            "arms": [{"arm": one.arm, **_funnel_json(one)} for one in self.arms],
        }


def _reasons_json(reasons: Sequence[tuple[Reason, int]]) -> list[dict[str, Any]]:
    return [{"reason": reason_json(reason), "count": count} for reason, count in reasons]


def _funnel_json(found: Funnel) -> dict[str, Any]:
    return {
        "entered": found.entered,
        "finished": found.finished,
        "wrote_back": found.wrote_back,
        "stages": [
            {
                "step": one.stage.step,
                "is_answer": one.stage.is_answer,
                "got": one.got,
                "percent": found.share(one.got),
                "waiting": one.waiting,
                "to_approve": one.to_approve,
                "clicked": one.clicked,
                "not_meant": one.not_meant,
                "left": _reasons_json(one.reasons),
            }
            for one in found.stages
        ],
    }
