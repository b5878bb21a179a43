"""The life of a run as a table: its states, what happens to it, and what each move writes.

`TABLE` is the whole machine. What happens to a run is an `On`; the first row of that `On` whose
facts hold is the `Move` that is made. The engine asks `move` for a run that is carried out, the
store makes its statements from the same rows. The module is pure: no clock, no database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any

from automator.model import Outcome, Reason, RunState
from automator.reasons.kind import ReasonKind
from automator.reasons.runs import (
    AWAITS_ECHO,
    CANCELLED_AFTER_RESTORE,
    CANCELLED_BY_PERSON,
    INTERRUPTED,
    MARKED_DONE,
    NO_ECHO,
    QUARANTINED,
    STEP,
    TOO_LATE,
    TOO_LATE_TO_RETRY,
)


class On(StrEnum):
    """What happens to a run."""

    CLAIMED = "a node claims it"
    GIVEN_BACK = "the node gives it back unbegun"
    CRASHED = "its process dies"
    STEP_OVER = "a step is done or skipped"
    FAILED = "an attempt fails"
    UNKNOWN = "an attempt may have worked"
    NO_ECHO = "no echo has come in time"
    INTERRUPTED = "a crash interrupted its attempt"
    PUT_OFF = "a budget or a quota is spent"
    POSTPONED = "its target takes nothing now"
    PAUSED = "a colleague has answered"
    CALLED_OFF = "it must not act any more"
    ABANDONED = "it has no step, or no rule"
    DECIDED = "its rules are decided in turn"
    DUE = "what it waits for has come"
    RETRIED = "a person retries it"
    WANTED_NOW = "a person wants it now"
    MARKED_DONE = "a person says its step worked"
    DROPPED = "a person cancels it"
    RESTORED = "a backup is restored"
    RELEASED = "a person releases what is held"
    DISCARDED = "a person cancels what is held"


class Fact(StrEnum):
    """What decides between the moves of one `On`."""

    MORE = "a step follows"
    AGAIN = "an attempt is left"
    LATE = "after its window"
    HOLD = "on_unknown: hold"
    ECHO = "an echo would prove it"
    REPEATS = "it is repeated without echo"
    CONTINUE = "on_error: continue"
    CHILD = "it is a follow-up"
    BEGUN = "its attempt had begun"
    LAST = "its last permitted crash"
    UNWANTED = "another run has its place"
    RESERVED = "it waited behind another run"
    INTERRUPTED = "its attempt may have happened"


class Count(Enum):
    """What becomes of the number of the attempt."""

    KEPT = auto()
    PLUS = auto()  #: The attempt counts before it begins.
    MINUS = auto()  #: The attempt did not happen.
    FIRST = auto()
    ZERO = auto()


class Said(Enum):
    """The reason afterwards, where it is not of one kind."""

    KEPT = auto()
    GIVEN = auto()  #: The reason that comes with what happened.
    NONE = auto()


class Waits(StrEnum):
    """What a queued run waits for, until a time that comes with what happened."""

    RETRY = "its next attempt"
    ECHO = "the echo of what was said"
    BUDGET = "its place in a budget"
    TARGET = "its target"
    COLLEAGUE = "the end of a pause"
    REST = "a rest after a crash"


class Also(StrEnum):
    """What a move does besides."""

    STEP_OVER = "the step counts as over"
    ON_ERROR = "the steps of on_error start"
    AT_ONCE = "it is due at once"
    ANEW = "it begins anew, at the end of its lane"
    FORGOTTEN = "nothing is kept of it"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    on: On
    #: All of these hold.
    when: frozenset[Fact]
    sources: tuple[RunState, ...]
    to: RunState
    attempt: Count
    reason: ReasonKind | Said
    then: Waits | Also | None = None

    @property
    def waits(self) -> Waits | None:
        """What it waits for afterwards, until the time that comes with what happened."""
        return self.then if isinstance(self.then, Waits) else None

    @property
    def is_step_over(self) -> bool:
        """The step counts as over, and a row of `STEP_OVER` says what follows."""
        return self.then is Also.STEP_OVER

    @property
    def leaves_lane(self) -> bool:
        """What comes after it in the conversation goes ahead."""
        return self.then is Waits.COLLEAGUE

    @property
    def counts_crash(self) -> bool:
        """One more process died during its attempt, which may have happened."""
        return self.on is On.CRASHED and Fact.BEGUN in self.when

    def attempt_after(self, attempt: int) -> int:
        """The number of the attempt after this move."""
        match self.attempt:
            case Count.KEPT:
                return attempt
            case Count.PLUS:
                return attempt + 1
            case Count.MINUS:
                return attempt - 1
            case Count.FIRST:
                return 1
            case Count.ZERO:
                return 0

    def reason_after(self, known: Reason | None, **said: Any) -> Reason | None:
        """The reason after this move; `said` are the values of its kind, or `because` alone."""
        match self.reason:
            case Said.NONE:
                return None
            case Said.KEPT:
                return known
            case Said.GIVEN:
                because: Reason | None = said.get("because")
                return because
            case kind:
                return kind(**said)


_KEPT, _PLUS, _MINUS, _FIRST, _ZERO = Count
_SAME, _SAID, _NONE = Said
_Q, _R, _DONE, _DEAD = RunState.QUEUED, RunState.RUNNING, RunState.DONE, RunState.DEAD
_OFF, _DOUBT = RunState.CANCELLED, RunState.UNKNOWN
_BACK, _HELD = RunState.SUPPRESSED, RunState.HELD
_OPEN, _BAD = (_Q, _R), (_DEAD, _DOUBT)
_ENDED, _IDLE = (*_BAD, _OFF, _HELD), (_Q, _HELD, *_BAD)
F, W, A = Fact, Waits, Also


def _move(on: On, when: tuple[Fact, ...], source: Any, *written: Any) -> Move:
    sources = source if isinstance(source, tuple) else (source,)
    return Move(on, frozenset(when), sources, *written)


# One row a line, in columns.
# fmt: off
TABLE: tuple[Move, ...] = tuple(_move(*row) for row in (
    # what happens   while                  from    to      attempt reason             then
    (On.CLAIMED,     (),                    _Q,     _R,     _PLUS,  _SAME),
    (On.GIVEN_BACK,  (F.UNWANTED,),         _R,     _OFF,   _MINUS, _SAID),
    (On.GIVEN_BACK,  (),                    _R,     _Q,     _MINUS, _SAME),
    (On.STEP_OVER,   (F.MORE,),             _R,     _R,     _FIRST, _NONE),
    (On.STEP_OVER,   (),                    _R,     _DONE,  _ZERO,  _NONE),
    (On.FAILED,      (F.AGAIN, F.LATE),     _R,     _OFF,   _KEPT,  TOO_LATE_TO_RETRY),
    (On.FAILED,      (F.AGAIN,),            _R,     _Q,     _KEPT,  STEP,              W.RETRY),
    (On.FAILED,      (F.CONTINUE,),         _R,     _R,     _KEPT,  _SAME,             A.STEP_OVER),
    (On.FAILED,      (),                    _R,     _DEAD,  _KEPT,  STEP,              A.ON_ERROR),
    (On.UNKNOWN,     (F.ECHO,),             _R,     _Q,     _KEPT,  AWAITS_ECHO,       W.ECHO),
    (On.UNKNOWN,     (F.HOLD,),             _R,     _DOUBT, _KEPT,  STEP),
    (On.UNKNOWN,     (F.AGAIN, F.LATE),     _R,     _OFF,   _KEPT,  TOO_LATE_TO_RETRY),
    (On.UNKNOWN,     (F.AGAIN,),            _R,     _Q,     _KEPT,  STEP,              W.RETRY),
    (On.UNKNOWN,     (F.CONTINUE,),         _R,     _R,     _KEPT,  _SAME,             A.STEP_OVER),
    (On.UNKNOWN,     (),                    _R,     _DOUBT, _KEPT,  STEP,              A.ON_ERROR),
    (On.INTERRUPTED, (F.ECHO,),             _R,     _Q,     _MINUS, AWAITS_ECHO,       W.ECHO),
    (On.INTERRUPTED, (F.HOLD,),             _R,     _DOUBT, _KEPT,  STEP),
    (On.INTERRUPTED, (),                    _R,     _R,     _KEPT,  _SAME),
    (On.NO_ECHO,     (F.REPEATS,),          _R,     _R,     _KEPT,  _SAME),
    (On.NO_ECHO,     (F.HOLD,),             _R,     _DOUBT, _MINUS, NO_ECHO),
    (On.NO_ECHO,     (F.CONTINUE,),         _R,     _R,     _MINUS, _SAME,             A.STEP_OVER),
    (On.NO_ECHO,     (),                    _R,     _DOUBT, _MINUS, NO_ECHO,           A.ON_ERROR),
    (On.POSTPONED,   (),                    _R,     _Q,     _MINUS, _SAID,             W.TARGET),
    (On.PUT_OFF,     (F.LATE,),             _R,     _OFF,   _KEPT,  TOO_LATE),
    (On.PUT_OFF,     (),                    _R,     _Q,     _MINUS, _SAID,             W.BUDGET),
    (On.PAUSED,      (F.CHILD, F.LATE),     _R,     _OFF,   _KEPT,  TOO_LATE),
    (On.PAUSED,      (F.CHILD,),            _R,     _Q,     _MINUS, _SAID,             W.COLLEAGUE),
    (On.PAUSED,      (),                    _R,     _BACK,  _KEPT,  _SAID),
    (On.CALLED_OFF,  (),                    _OPEN,  _OFF,   _KEPT,  _SAID),
    (On.ABANDONED,   (),                    _R,     _DEAD,  _KEPT,  _SAID,             A.ON_ERROR),
    (On.DECIDED,     (),                    _R,     _DONE,  _KEPT,  _NONE,             A.FORGOTTEN),
    (On.CRASHED,     (F.UNWANTED, F.BEGUN), _R,     _OFF,   _KEPT,  _SAID),
    (On.CRASHED,     (F.UNWANTED,),         _R,     _OFF,   _MINUS, _SAID),
    (On.CRASHED,     (F.BEGUN, F.LAST),     _R,     _DEAD,  _KEPT,  QUARANTINED),
    (On.CRASHED,     (F.BEGUN,),            _R,     _Q,     _KEPT,  INTERRUPTED,       W.REST),
    (On.CRASHED,     (),                    _R,     _Q,     _MINUS, _SAME),
    (On.DUE,         (),                    _Q,     _Q,     _KEPT,  _SAME,             A.AT_ONCE),
    (On.WANTED_NOW,  (),                    _Q,     _Q,     _KEPT,  _SAME,             A.AT_ONCE),
    (On.RETRIED,     (),                    _ENDED, _Q,     _ZERO,  _NONE,             A.ANEW),
    (On.MARKED_DONE, (F.MORE,),             _BAD,   _Q,     _ZERO,  _NONE,             A.ANEW),
    (On.MARKED_DONE, (),                    _BAD,   _DONE,  _ZERO,  MARKED_DONE),
    (On.DROPPED,     (),                    _IDLE,  _OFF,   _KEPT,  CANCELLED_BY_PERSON),
    (On.RESTORED,    (F.RESERVED,),         _R,     _HELD,  _MINUS, _SAID),
    (On.RESTORED,    (),                    _OPEN,  _HELD,  _KEPT,  _SAID),
    (On.RELEASED,    (F.INTERRUPTED,),      _HELD,  _Q,     _KEPT,  INTERRUPTED),
    (On.RELEASED,    (),                    _HELD,  _Q,     _KEPT,  _NONE),
    (On.DISCARDED,   (),                    _HELD,  _OFF,   _KEPT,  CANCELLED_AFTER_RESTORE),
))
# fmt: on

MOVES: Mapping[On, tuple[Move, ...]] = {
    on: tuple(row for row in TABLE if row.on is on) for on in On
}
NO_FACTS: frozenset[Fact] = frozenset()


def move(on: On, facts: Collection[Fact] = NO_FACTS) -> Move:
    """The move that is made: the first row of `on` whose facts hold."""
    return next(row for row in MOVES[on] if row.when.issubset(facts))


def sources(on: On) -> frozenset[RunState]:
    """The states in which this can happen to a run."""
    return frozenset(state for row in MOVES[on] for state in row.sources)


class Sent(Enum):
    """What became of one step that sends something."""

    YES = auto()
    NO = auto()  #: Held back, failed, or not reached.
    NOT_MEANT = auto()  #: Its condition did not hold.
    UNKNOWN = auto()


def outcome(state: RunState, steps: Collection[Sent]) -> Outcome | None:
    """What a run has sent that ends in `state`, by its steps that send something.

    None where nobody knows, and for a run that was called off: its state says enough.
    """
    if state not in (RunState.DONE, RunState.DEAD) or Sent.UNKNOWN in steps:
        return None
    if Sent.YES not in steps:
        return Outcome.NOTHING_SENT if Sent.NO in steps else Outcome.NOTHING_TO_SEND
    return Outcome.PARTLY if Sent.NO in steps else Outcome.ANSWERED
