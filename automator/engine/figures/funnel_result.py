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
    """The result of one stage for one person."""

    GOT = auto()
    #: The condition of the stage's step did not hold.
    NOT_MEANT = auto()
    #: The time has not come, or the person has not answered yet.
    WAITS = auto()
    #: Nobody has decided yet whether the message is sent.
    TO_APPROVE = auto()
    LEFT = auto()


@record
class Stage:
    """A message of a rule, or the answer to one of its questions."""

    #: The id of the stage's step.
    step: str
    #: The beginning of the message, or the name that the rule file gives the step.
    text: str
    is_answer: bool
    #: Whether the message has a tracked link.
    tracks: bool
    #: The path of the runs that do the step; below, the steps above that start these runs.
    path: str
    above: tuple[tuple[str, str], ...]


@dataclass(kw_only=True)
class Reached:
    """Counts of the people at one stage, by the result of the stage for them."""

    stage: Stage
    got: int = 0
    not_meant: int = 0
    waiting: int = 0
    to_approve: int = 0
    #: How many people opened a tracked link of the message; None if it has no link.
    clicked: int | None = None
    #: How many people left at this stage, by the code of the reason.
    left: Counter[str] = field(default_factory=Counter)
    #: For each code, the newest reason with it.
    examples: dict[str, Reason] = field(default_factory=dict)

    def note(self, became: Became, reason: Reason | None) -> None:
        """Counts what became of the stage for one person."""
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
        """The reasons why people left here, each with their number; most frequent first."""
        return [(self.examples[code], count) for code, count in self.left.most_common()]


@dataclass(kw_only=True)
class Funnel:
    """The stages of a rule, with the number of people who reached each."""

    #: The arm of a split; "" if the funnel is for everybody.
    arm: str = ""
    entered: int = 0
    stages: list[Reached]

    @property
    def finished(self) -> int:
        """The number of people who got the last message."""
        return self.stages[-1].got if self.stages else 0

    @property
    def wrote_back(self) -> int:
        """The number of people who left because an event of theirs ended the follow-ups."""
        return sum(one.left[cancelled_by_event.code] for one in self.stages)

    def share(self, count: int) -> int:
        """A number of people as a percentage of everybody who entered."""
        return round(100 * count / self.entered) if self.entered else 0


@record
class RuleFunnel:
    """The funnel of a rule, and the funnels of the arms of its split."""

    rule: str
    name: str
    since_ms: int
    until_ms: int
    #: Whether there were too many people to look at all of them; the older ones are missing.
    is_cut: bool
    people: int
    whole: Funnel
    #: Why matches were held back before anything was done, for example by `once`, and how many.
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
