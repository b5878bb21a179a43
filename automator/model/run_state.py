"""The states of runs and attempts, the waits of runs, and their outcomes."""

from enum import IntEnum, StrEnum

#: Looking up a member of an enumeration is slow, and this is read five times for each event.
_RUNNING = 1


class RunState(IntEnum):
    """The states of a run; the numbers are stored. 0 and 1 are unfinished, all others final."""

    #: Waiting for its turn: new, retrying, or sleeping until `run_at`.
    QUEUED = 0
    RUNNING = _RUNNING
    DONE = 2
    #: A dead letter: not tried again without a person.
    DEAD = 3
    CANCELLED = 4
    #: The last attempt may or may not have worked, and is not repeated: its step says
    #: `on_unknown: hold`, or has no attempts left.
    UNKNOWN = 5
    #: Matched, but held back; the reason says why.
    SUPPRESSED = 6
    #: Was due when a backup was restored, so it may have been done already: a person decides.
    HELD = 7

    @property
    def label(self) -> str:
        """The word that people see."""
        return self.name.lower()

    @property
    def can_be_retried(self) -> bool:
        """A person may have it tried again."""
        return self in (RunState.DEAD, RunState.CANCELLED, RunState.UNKNOWN, RunState.HELD)

    @property
    def needs_review(self) -> bool:
        """It ended badly, and a person has to decide about it."""
        return self in (RunState.DEAD, RunState.UNKNOWN)

    @property
    def can_be_cancelled(self) -> bool:
        """A person may end it."""
        return self in (RunState.QUEUED, RunState.HELD) or self.needs_review

    @property
    def is_final(self) -> bool:
        """Nothing happens to the run any more by itself."""
        return self > _RUNNING


class Waits(StrEnum):
    """The causes for which a queued run waits, apart from its lane; the words are stored."""

    #: The time that its rule, its step or a person gave it.
    TIME = "time"
    #: The next opening of its rule's calendar.
    OPENING = "opening"
    #: The end of the time within which an awaited event must come.
    ABSENCE = "absence"
    #: A quiet time: events that come within it are collected, and it begins anew.
    QUIET = "quiet"
    #: A place among the runs that may be under way with its key.
    PLACE = "place"
    #: Its next attempt.
    RETRY = "retry"
    #: The echo of a message that it may have sent; without one the step is tried again.
    ECHO = "echo"
    #: The same, but without an echo its step is not tried again.
    PROOF = "proof"
    #: Its reserved moment in the budget of its connection.
    BUDGET = "budget"
    #: Its target, which takes nothing now.
    TARGET = "target"
    #: The end of the pause after a colleague has answered.
    COLLEAGUE = "colleague"
    #: The person's answer to a question of its rule.
    ANSWER = "answer"
    #: A person who looks at what its step would send.
    APPROVAL = "approval"
    #: A while after its process died.
    REST = "rest"


class Outcome(IntEnum):
    """The result of a done or dead run, by the messages that it has sent; the numbers are stored.

    The state says whether its steps were worked off. The greater numbers are rare, and found by an
    index.
    """

    #: Everything that was to be sent was sent.
    ANSWERED = 1
    #: No step was to send anything: none of them sends, or their conditions did not hold.
    NOTHING_TO_SEND = 2
    #: A part was sent, the rest was held back or has failed.
    PARTLY = 3
    #: Nothing was sent, though something was to be; the reason says why.
    NOTHING_SENT = 4
    #: An attempt may have sent something, and nobody knows whether it has.
    MAYBE_SENT = 5
    #: Nothing was sent, because the rule is in shadow mode; a live one would have sent something.
    WOULD_HAVE_SENT = 6

    @property
    def label(self) -> str:
        """The word that people see and filter by."""
        return self.name.lower()

    @property
    def is_rare(self) -> bool:
        """Runs with it are found by an index."""
        return self >= Outcome.PARTLY

    @property
    def is_short(self) -> bool:
        """Whether something that was to be sent was not."""
        return Outcome.PARTLY <= self <= Outcome.MAYBE_SENT


class AttemptStatus(StrEnum):
    """The end of an attempt of a step."""

    OK = "ok"
    SKIPPED = "skipped"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    #: Somebody else had taken the run over before this attempt was recorded.
    SUPERSEDED = "superseded"
