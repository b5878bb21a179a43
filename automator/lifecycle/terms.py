"""The terms of the table: the events of a run, the facts that decide, and the effects of a move."""

from enum import Enum, StrEnum, auto


class On(StrEnum):
    """The events in the life of a run. In the sentences, "it" is the run."""

    STARTED = "a rule, a step or a replay starts it"
    CLOSED = "its calendar is closed"
    LIMITED = "a limit holds it back"
    COLLECTED = "another run collects its event"
    COLLECTING = "it collects an event"
    FULL = "too many others are under way"
    LET_IN = "one of the others has ended"
    ASKED = "a step asks a question"
    BELONGS = "its message answers a question"
    ANSWERED = "the answer to its question comes"
    UNANSWERED = "its question has no good answer"
    PROPOSED = "a person has to approve its step"
    JUDGED = "a person approves or declines it"
    CLAIMED = "a node claims it"
    GIVEN_BACK = "the node gives it back unbegun"
    CRASHED = "its process dies"
    STEP_OVER = "a step is done or skipped"
    FAILED = "an attempt fails"
    UNKNOWN = "an attempt may have worked"
    ECHOED = "the echo of what it said comes"
    NO_ECHO = "no echo has come in time"
    INTERRUPTED = "a crash interrupted its attempt"
    RESCHEDULED = "a budget or a quota is spent"
    UNAVAILABLE = "its target takes nothing now"
    RECOVERED = "the target at which it failed recovers"
    TAKES_MORE = "its target takes more"
    PAUSED = "a colleague has answered"
    CALLED_OFF = "it must not act any more"
    REPLACED = "a newer run has its place"
    ABANDONED = "it has no step, or no rule"
    DECIDED = "its rules are decided in turn"
    UNREAD = "a part of its event cannot be read now"
    RETRIED = "a person retries it"
    WANTED_NOW = "a person wants it now"
    MARKED_DONE = "a person says its step worked"
    DROPPED = "a person cancels it"
    RESTORED = "a backup is restored"
    RELEASED = "a person releases what is held"
    DISCARDED = "a person cancels what is held"


class Fact(StrEnum):
    """A fact about a run that decides between the rows of one `On`."""

    ABSENCE = "its rule waits for another event"
    LATER = "at a later time"
    OPENS = "outside: wait"
    CLAIMED = "a node has claimed it"
    MORE = "a step follows"
    AGAIN = "an attempt is left"
    LATE = "after its window"
    HOLD = "on_unknown: hold"
    ECHO = "an echo would prove it"
    ENDED = "it had ended"
    REPEATS = "it is repeated without echo"
    CONTINUE = "continue_on_error"
    CHILD = "it is a follow-up"
    BEGUN = "its attempt had begun"
    LAST = "its last permitted crash"
    UNWANTED = "another run has its place"
    RESERVED = "it waited behind another run"
    INTERRUPTED = "its attempt may have happened"
    PLACELESS = "it waits for its place"


class Count(Enum):
    """The effect of a move on the number of the attempt."""

    KEPT = auto()
    PLUS = auto()  #: The attempt counts before it begins.
    MINUS = auto()  #: The attempt did not happen.
    FIRST = auto()
    ZERO = auto()


class Said(Enum):
    """The reason of a run after a move, for rows that name no fixed reason."""

    KEPT = auto()
    GIVEN = auto()  #: The reason that the caller gives.
    NONE = auto()


class Also(StrEnum):
    """An effect of a move besides the new state. In the sentences, "it" is the run."""

    STEP_OVER = "the step counts as over"
    ON_ERROR = "the steps of on_error start"
    AT_ONCE = "its wait is over"
    NOW = "it is due at once, whatever it waits for"
    JOINS = "it joins its lane at the end"
    ANEW = "it begins anew, at the end of its lane"
    SETTLED = "it is cancelled when its attempt is settled"
    FORGOTTEN = "nothing is kept of it"
