"""The states of runs and attempts, the waits of runs, and their outcomes."""

from enum import IntEnum, StrEnum

#: The number of RUNNING. Every event needs it five times, and reading it from the enum is slow.
_RUNNING = 1


class RunState(IntEnum):
    """The states of a run. The numbers are stored. 0 and 1 are unfinished, all others are final."""

    #: Waiting for its turn: new, retrying, or sleeping until `run_at`.
    QUEUED = 0
    RUNNING = _RUNNING
    DONE = 2
    #: A dead letter: only a person can have it tried again.
    DEAD = 3
    CANCELLED = 4
    #: The last attempt may or may not have worked. It is not repeated, because its step says
    #: `on_unknown: hold` or has no attempts left.
    UNKNOWN = 5
    #: Matched, but held back; the reason says why.
    SUPPRESSED = 6
    #: The run was due when a backup was restored, so it may have been done already: a person
    #: decides.
    HELD = 7

    @property
    def label(self) -> str:
        """Returns the word that people see."""
        return self.name.lower()

    @property
    def can_be_retried(self) -> bool:
        """Whether a person may have the run tried again."""
        return self in (RunState.DEAD, RunState.CANCELLED, RunState.UNKNOWN, RunState.HELD)

    @property
    def needs_review(self) -> bool:
        """Whether the run ended badly, so that a person has to decide about it."""
        return self in (RunState.DEAD, RunState.UNKNOWN)

    @property
    def can_be_cancelled(self) -> bool:
        """Whether a person may end the run."""
        return self in (RunState.QUEUED, RunState.HELD) or self.needs_review

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the run by itself."""
        return self > _RUNNING


class Waits(StrEnum):
    """The things that a queued run can wait for outside its lane. The words are stored."""

    #: The time that its rule, its step or a person has set.
    TIME = "time"
    #: The next opening of its rule's calendar.
    OPENING = "opening"
    #: The end of the time in which an awaited event must come, or else the rule acts.
    ABSENCE = "absence"
    #: The end of a quiet time. Each event within it is collected, and begins the quiet time again.
    QUIET = "quiet"
    #: The end of another run with its concurrency key, which limits the unfinished runs.
    PLACE = "place"
    #: The time of its next attempt.
    RETRY = "retry"
    #: The echo of a message that it may have sent; if none comes, the step is tried again.
    ECHO = "echo"
    #: The echo of a message that it may have sent; if none comes, the step is not tried again.
    PROOF = "proof"
    #: The moment at which the budget of its connection lets it send.
    BUDGET = "budget"
    #: The recovery of its target, which accepts nothing now.
    TARGET = "target"
    #: The end of the pause after a colleague has answered.
    COLLEAGUE = "colleague"
    #: The person's answer to a question of its rule.
    ANSWER = "answer"
    #: A person's decision about the message that its step would send.
    APPROVAL = "approval"
    #: The end of a short pause after its process died.
    REST = "rest"


class Outcome(IntEnum):
    """The result of a done or dead run, by its messages. The numbers are stored.

    The state tells whether all its steps were worked off. An index finds outcomes with greater
    numbers, which are rare.
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
        """Whether the outcome is rare, so that an index finds the runs that have it."""
        return self >= Outcome.PARTLY

    @property
    def is_short(self) -> bool:
        """Whether a message was due but not sent."""
        return Outcome.PARTLY <= self <= Outcome.MAYBE_SENT


class AttemptStatus(StrEnum):
    """The result of an attempt of a step."""

    OK = "ok"
    SKIPPED = "skipped"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    #: Another process had taken the run over before this attempt was recorded.
    SUPERSEDED = "superseded"
