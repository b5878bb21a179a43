"""The table of the lifecycle: the moves of a run between its states, and the effects of each move.

An `On` is an event in the life of a run. Several rows can have the same `On`. The run makes the
`Move` of the first such row whose facts all hold.
"""

from collections.abc import Collection, Mapping
from dataclasses import field, replace
from typing import Any

from automator.lifecycle.outcomes import Sent, outcome
from automator.lifecycle.terms import Also, Count, Fact, On, Said
from automator.model import NewRun, Outcome, Reason, RunState, Waits, record
from automator.reasons.kind import ReasonKind
from automator.reasons.runs import (
    awaits_echo,
    cancelled_after_restore,
    cancelled_by_person,
    interrupted,
    marked_done,
    no_echo,
    quarantined,
    step,
    too_late,
    too_late_to_retry,
)

#: Waits of hours or days: the later runs of the same conversation go ahead meanwhile.
_ASIDE = (Waits.COLLEAGUE, Waits.OPENING, Waits.APPROVAL)


@record(kw_only=False)
class Move:
    """One row of the table."""

    on: On
    #: The facts that must all hold.
    when: frozenset[Fact]
    #: The states before the move; None for a run that is not stored yet.
    sources: tuple[RunState | None, ...]
    to: RunState
    attempt: Count
    reason: ReasonKind[...] | Said
    then: Waits | Also | None = None
    #: The cause for which it waits afterwards, until the time that the caller names.
    waits: Waits | None = field(init=False)
    #: Whether the step counts as over; a row of `STEP_OVER` then decides how the run goes on.
    is_step_over: bool = field(init=False)
    #: Whether later runs of the conversation go ahead of it.
    leaves_lane: bool = field(init=False)

    def __post_init__(self) -> None:
        waits = self.then if isinstance(self.then, Waits) else None
        object.__setattr__(self, "waits", waits)
        object.__setattr__(self, "is_step_over", self.then is Also.STEP_OVER)
        object.__setattr__(self, "leaves_lane", self.then in _ASIDE)

    @property
    def counts_crash(self) -> bool:
        """Whether a process died during its attempt, which may have happened."""
        return self.on is On.CRASHED and Fact.BEGUN in self.when

    @property
    def outcome(self) -> Outcome | None:
        """Returns the outcome of a run that a crash ends, as far as it is known."""
        return outcome(self.to, {Sent.UNKNOWN}) if self.counts_crash else None

    def attempt_after(self, attempt: int) -> int:
        """Returns the number of the attempt after this move."""
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
        """Returns the reason after this move; `said` are its values, or only `because`."""
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
_NEW: None = None
_LIVE, _BAD = (_Q, _R), (_DEAD, _DOUBT)
_FRESH, _BEGIN, _OPEN = (_NEW, _Q), (_NEW, _R), (_NEW, _Q, _R)
_ENDED, _IDLE = (*_BAD, _OFF, _HELD), (_Q, _HELD, *_BAD)
F, W, A = Fact, Waits, Also


def _move(on: On, when: tuple[Fact, ...], source: Any, *written: Any) -> Move:
    sources = source if isinstance(source, tuple) else (source,)
    return Move(on, frozenset(when), sources, *written)


# One row a line, in columns.
# fmt: off
TABLE: tuple[Move, ...] = tuple(_move(*row) for row in (
    # what happens   while                  from    to      attempt reason             then
    (On.STARTED,     (F.ABSENCE,),          _NEW,   _Q,     _ZERO,  _SAID,             W.ABSENCE),
    (On.STARTED,     (F.LATER,),            _NEW,   _Q,     _ZERO,  _SAID,             W.TIME),
    (On.STARTED,     (),                    _NEW,   _Q,     _ZERO,  _SAID),
    (On.CLOSED,      (F.CHILD, F.LATE),     _R,     _OFF,   _KEPT,  too_late),
    (On.CLOSED,      (F.CHILD,),            _R,     _Q,     _MINUS, _SAID,             W.OPENING),
    (On.CLOSED,      (F.OPENS,),            _NEW,   _Q,     _ZERO,  _SAID,             W.OPENING),
    (On.CLOSED,      (),                    _NEW,   _BACK,  _ZERO,  _SAID),
    (On.LIMITED,     (),                    _NEW,   _BACK,  _KEPT,  _SAID),
    (On.COLLECTED,   (),                    _NEW,   _BACK,  _KEPT,  _SAID),
    (On.COLLECTING,  (F.PLACELESS,),        _Q,     _Q,     _KEPT,  _SAID,             W.PLACE),
    (On.COLLECTING,  (F.ABSENCE,),          _FRESH, _Q,     _KEPT,  _SAID,             W.ABSENCE),
    (On.COLLECTING,  (),                    _FRESH, _Q,     _KEPT,  _SAID,             W.QUIET),
    (On.FULL,        (),                    _NEW,   _Q,     _KEPT,  _SAID,             W.PLACE),
    (On.LET_IN,      (),                    _Q,     _Q,     _KEPT,  _NONE,             A.JOINS),
    (On.ASKED,       (),                    _NEW,   _Q,     _ZERO,  _SAID,             W.ANSWER),
    (On.BELONGS,     (),                    _NEW,   _BACK,  _KEPT,  _SAID),
    (On.ANSWERED,    (),                    _Q,     _Q,     _KEPT,  _SAME,             A.JOINS),
    (On.UNANSWERED,  (),                    _R,     _OFF,   _KEPT,  _SAID,             A.ON_ERROR),
    (On.PROPOSED,    (),                    _R,     _Q,     _MINUS, _SAID,             W.APPROVAL),
    (On.JUDGED,      (),                    _Q,     _Q,     _KEPT,  _NONE,             A.JOINS),
    (On.CLAIMED,     (),                    _Q,     _R,     _PLUS,  _SAME),
    (On.GIVEN_BACK,  (F.UNWANTED,),         _R,     _OFF,   _MINUS, _SAID),
    (On.GIVEN_BACK,  (),                    _R,     _Q,     _MINUS, _SAME),
    (On.STEP_OVER,   (F.MORE,),             _R,     _R,     _FIRST, _NONE),
    (On.STEP_OVER,   (),                    _R,     _DONE,  _ZERO,  _NONE),
    (On.FAILED,      (F.AGAIN, F.LATE),     _R,     _OFF,   _KEPT,  too_late_to_retry),
    (On.FAILED,      (F.AGAIN,),            _R,     _Q,     _KEPT,  step,              W.RETRY),
    (On.FAILED,      (F.CONTINUE,),         _R,     _R,     _KEPT,  _SAME,             A.STEP_OVER),
    (On.FAILED,      (),                    _R,     _DEAD,  _KEPT,  step,              A.ON_ERROR),
    (On.UNKNOWN,     (F.ECHO, F.HOLD),      _R,     _Q,     _KEPT,  awaits_echo,       W.PROOF),
    (On.UNKNOWN,     (F.ECHO, F.AGAIN),     _R,     _Q,     _KEPT,  awaits_echo,       W.ECHO),
    (On.UNKNOWN,     (F.ECHO,),             _R,     _Q,     _KEPT,  awaits_echo,       W.PROOF),
    (On.UNKNOWN,     (F.HOLD,),             _R,     _DOUBT, _KEPT,  step),
    (On.UNKNOWN,     (F.AGAIN, F.LATE),     _R,     _OFF,   _KEPT,  too_late_to_retry),
    (On.UNKNOWN,     (F.AGAIN,),            _R,     _Q,     _KEPT,  step,              W.RETRY),
    (On.UNKNOWN,     (F.CONTINUE,),         _R,     _R,     _KEPT,  _SAME,             A.STEP_OVER),
    (On.UNKNOWN,     (),                    _R,     _DOUBT, _KEPT,  step,              A.ON_ERROR),
    (On.INTERRUPTED, (F.ECHO, F.HOLD),      _R,     _Q,     _MINUS, awaits_echo,       W.PROOF),
    (On.INTERRUPTED, (F.ECHO,),             _R,     _Q,     _MINUS, awaits_echo,       W.ECHO),
    (On.INTERRUPTED, (F.HOLD,),             _R,     _DOUBT, _KEPT,  step),
    (On.INTERRUPTED, (),                    _R,     _R,     _KEPT,  _SAME),
    (On.ECHOED,      (F.ENDED,),            _DOUBT, _Q,     _KEPT,  _SAME,             A.JOINS),
    (On.ECHOED,      (),                    _Q,     _Q,     _KEPT,  _SAME,             A.AT_ONCE),
    (On.NO_ECHO,     (F.REPEATS,),          _R,     _R,     _KEPT,  _SAME),
    (On.NO_ECHO,     (F.HOLD,),             _R,     _DOUBT, _MINUS, no_echo),
    (On.NO_ECHO,     (F.CONTINUE,),         _R,     _R,     _MINUS, _SAME,             A.STEP_OVER),
    (On.NO_ECHO,     (),                    _R,     _DOUBT, _MINUS, no_echo,           A.ON_ERROR),
    (On.UNAVAILABLE, (),                    _R,     _Q,     _MINUS, _SAID,             W.TARGET),
    (On.RECOVERED,   (),                    _Q,     _Q,     _KEPT,  _SAME,             W.TARGET),
    (On.TAKES_MORE,  (),                    _Q,     _Q,     _KEPT,  _SAME,             A.AT_ONCE),
    (On.RESCHEDULED, (F.LATE,),             _R,     _OFF,   _KEPT,  too_late),
    (On.RESCHEDULED, (),                    _R,     _Q,     _MINUS, _SAID,             W.BUDGET),
    (On.PAUSED,      (F.CHILD, F.LATE),     _R,     _OFF,   _KEPT,  too_late),
    (On.PAUSED,      (F.CHILD,),            _R,     _Q,     _MINUS, _SAID,             W.COLLEAGUE),
    (On.PAUSED,      (),                    _BEGIN, _BACK,  _KEPT,  _SAID),
    (On.CALLED_OFF,  (),                    _OPEN,  _OFF,   _KEPT,  _SAID),
    (On.REPLACED,    (F.CLAIMED,),          _R,     _R,     _KEPT,  _SAME,             A.SETTLED),
    (On.REPLACED,    (),                    _OPEN,  _OFF,   _KEPT,  _SAID),
    (On.ABANDONED,   (),                    _R,     _DEAD,  _KEPT,  _SAID,             A.ON_ERROR),
    (On.DECIDED,     (),                    _R,     _DONE,  _KEPT,  _NONE,             A.FORGOTTEN),
    (On.UNREAD,      (),                    _R,     _Q,     _KEPT,  _SAID,             W.RETRY),
    (On.CRASHED,     (F.UNWANTED, F.BEGUN), _R,     _OFF,   _KEPT,  _SAID),
    (On.CRASHED,     (F.UNWANTED,),         _R,     _OFF,   _MINUS, _SAID),
    (On.CRASHED,     (F.BEGUN, F.LAST),     _R,     _DEAD,  _KEPT,  quarantined),
    (On.CRASHED,     (F.BEGUN,),            _R,     _Q,     _KEPT,  interrupted,       W.REST),
    (On.CRASHED,     (),                    _R,     _Q,     _MINUS, _SAME),
    (On.WANTED_NOW,  (),                    _Q,     _Q,     _KEPT,  _SAME,             A.NOW),
    (On.RETRIED,     (),                    _ENDED, _Q,     _ZERO,  _NONE,             A.ANEW),
    (On.MARKED_DONE, (F.MORE,),             _BAD,   _Q,     _ZERO,  _NONE,             A.ANEW),
    (On.MARKED_DONE, (),                    _BAD,   _DONE,  _ZERO,  marked_done),
    (On.DROPPED,     (),                    _IDLE,  _OFF,   _KEPT,  cancelled_by_person),
    (On.RESTORED,    (F.RESERVED,),         _R,     _HELD,  _MINUS, _SAID),
    (On.RESTORED,    (),                    _LIVE,  _HELD,  _KEPT,  _SAID),
    (On.RELEASED,    (F.INTERRUPTED,),      _HELD,  _Q,     _KEPT,  interrupted),
    (On.RELEASED,    (),                    _HELD,  _Q,     _KEPT,  _NONE),
    (On.DISCARDED,   (),                    _HELD,  _OFF,   _KEPT,  cancelled_after_restore),
))
# fmt: on

MOVES: Mapping[On, tuple[Move, ...]] = {
    on: tuple(row for row in TABLE if row.on is on) for on in On
}
NO_FACTS: frozenset[Fact] = frozenset()
#: The events of the table that concern only waiting runs, with the cause of the wait.
AWAITED: Mapping[On, Waits] = {
    On.LET_IN: Waits.PLACE,
    On.RECOVERED: Waits.RETRY,
    On.TAKES_MORE: Waits.TARGET,
}


def move(on: On, facts: Collection[Fact] = NO_FACTS) -> Move:
    """Returns the move that is made: the first row of `on` whose facts hold.

    Raises:
        LookupError: the table has no such row.
    """
    for row in MOVES[on]:
        if row.when.issubset(facts):
            return row
    raise LookupError(on)


def sources(on: On) -> frozenset[RunState]:
    """Returns the states in which this can happen to a stored run."""
    every = (state for row in MOVES[on] for state in row.sources)
    return frozenset(state for state in every if state is not None)


# --- The moves of a run that is not stored yet ---


def moved(
    run: NewRun,
    on: On,
    facts: Collection[Fact] = NO_FACTS,
    *,
    because: Reason | None = None,
    until: int | None = None,
) -> NewRun:
    """Returns the run after the event `on`; `until` is when the wait that it begins ends."""
    made = move(on, facts)
    return replace(
        run,
        state=made.to,
        reason=made.reason_after(run.reason, because=because),
        waits_for=made.waits,
        run_at=run.run_at if until is None else until,
    )
