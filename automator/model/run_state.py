"""The states of runs and attempts, the waits of runs, and their outcomes."""

from enum import IntEnum, StrEnum

#: The number of RUNNING: looking up an enumeration is slow, and every event needs this five times.
_RUNNING = 1


class RunState(IntEnum):
    """The states of a run; the numbers are stored. 0 and 1 are unfinished, all others final."""

    #: Waiting for its turn: new, retrying, or sleeping until `run_at`.
    QUEUED = 0
    RUNNING = _RUNNING
    DONE = 2
    #: A dead letter, which is not tried again unless a person decides so.
    DEAD = 3
    CANCELLED = 4
    #: The last attempt may or may not have worked, and is not repeated: its step says
    #: `on_unknown: hold`, or has no attempts left.
    UNKNOWN = 5
    #: Matched, but held back; the reason says why.
    SUPPRESSED = 6
    #: It was due when a backup was restored, so it may have been done already: a person decides.
    HELD = 7

    @property
    def label(self) -> str:
        """Returns the word that people see."""
        return self.name.lower()

    @property
    def can_be_retried(self) -> bool:
        """Whether a person may have it tried again."""
        return self in (RunState.DEAD, RunState.CANCELLED, RunState.UNKNOWN, RunState.HELD)

    @property
    def needs_review(self) -> bool:
        """Whether it ended badly, so that a person has to decide about it."""
        return self in (RunState.DEAD, RunState.UNKNOWN)

    @property
    def can_be_cancelled(self) -> bool:
        """Whether a person may end it."""
        return self in (RunState.QUEUED, RunState.HELD) or self.needs_review

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the run by itself."""
        return self > _RUNNING


class Waits(StrEnum):
    """The causes of a queued run's wait outside its lane; the words are stored."""

    #: The time that its rule, its step or a person has set.
    TIME = "time"
    #: The next opening of its rule's calendar.
    OPENING = "opening"
    #: The end of the time within which an awaited event must come.
    ABSENCE = "absence"
    #: A quiet time: events within it are collected, and the quiet time begins again.
    QUIET = "quiet"
    #: A place among the unfinished runs that its concurrency key allows.
    PLACE = "place"
    #: Its next attempt.
    RETRY = "retry"
    #: The echo of a message that it may have sent; if none comes, the step is tried again.
    ECHO = "echo"
    #: The echo of a message that it may have sent; if none comes, the step is not tried again.
    PROOF = "proof"
    #: Its reserved moment in the budget of its connection.
    BUDGET = "budget"
    #: Its target, which accepts nothing now.
    TARGET = "target"
    #: The end of the pause after a colleague has answered.
    COLLEAGUE = "colleague"
    #: The person's answer to a question of its rule.
    ANSWER = "answer"
    #: A person's decision about the message that its step would send.
    APPROVAL = "approval"
    #: A while after its process died.
    REST = "rest"


class Outcome(IntEnum):
    """The result of a done or dead run, by the messages that it has sent; the numbers are stored.

    The state tells whether all its steps were worked off. The greater numbers are rare, and an
    index finds them.
    """

    #: Everything that was to be sent was sent.
    ANSWERED = 1
    #: No step was to send anything: no step sends messages, or their conditions did not hold.
    NOTHING_TO_SEND = 2
    #: Some messages were sent; the others were held back or failed.
    PARTLY = 3
    #: A message was to be sent, but none was; the reason says why.
    NOTHING_SENT = 4
    #: It is unknown whether an attempt has sent its message.
    MAYBE_SENT = 5
    #: Nothing was sent, because the rule is in shadow mode; a live rule would have sent messages.
    WOULD_HAVE_SENT = 6

    @property
    def label(self) -> str:
        """Returns the word that people see and filter by."""
        return self.name.lower()

    @property
    def is_rare(self) -> bool:
        """Whether an index finds the runs with this outcome."""
        return self >= Outcome.PARTLY

    @property
    def is_short(self) -> bool:
        """Whether a message was to be sent and was not."""
        return Outcome.PARTLY <= self <= Outcome.MAYBE_SENT


class AttemptStatus(StrEnum):
    """The end of an attempt of a step."""

    OK = "ok"
    SKIPPED = "skipped"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    #: Another process had taken the run over before this attempt was recorded.
    SUPERSEDED = "superseded"
