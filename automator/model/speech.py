"""Speech: the permission to send a message to a person, and questions to the person."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from automator.model.record import record
from automator.model.text import TextUnit

#: The span of milliseconds within which messages are counted together.
SPAN_MS = 60_000
#: How many milliseconds a message waits for its slot; if it would wait longer, it is not sent.
LONGEST_WAIT_MS = 3_600_000
#: The key, in the data of a run that waits for an answer or goes on with it, of its question.
QUESTION = "question"
#: The key, in the same data, of the answers so far: `{"event", "text", "value" or "why"}` each.
ANSWERS = "answers"
#: The key, in the data of a run with steps that need approval, of their proposed messages.
APPROVALS = "approvals"
#: The mark of a run that only repeats the question in its data.
AGAIN = "again"
#: The key, in the data of a run that has asked, of the runs that wait for an answer, by step.
ASKED = "asked"
#: The mark of a run whose rule lets people opt out: no question takes its message.
OPTS_OUT = "opts_out"
#: The `cancel_on` in the row of a waiting question: no event cancels it.
WAITS_FOR_ANSWER: Mapping[str, Any] = {"event": [], "conditions": [], QUESTION: True}


@record
class ReplyClaim:
    """A comment's only private reply, and the step that is about to send it."""

    connection: str
    comment: str
    run_id: int
    rule: str
    step: str


@record
class VariantChoice:
    """Several texts. A step sends one, but not the same as last time."""

    #: The key under which the last text is remembered: the step, with one person or in public.
    key: str
    count: int
    run_id: int


@record
class Speech:
    """One message that a step is about to send."""

    connection: str
    #: The key of the receiving person; None if unknown.
    contact: str | None
    #: Whether only the person sees it, as with a message but not with a public reply.
    is_private: bool
    #: The limits of messages per minute: to this person, and through this connection. 0 means none.
    per_contact: int
    per_connection: int
    #: The keys of the places below which it appears.
    places: tuple[str, ...] = ()
    #: Whether it was permitted and counted a moment ago, and then had to wait.
    is_counted: bool = False
    #: The reply that only one step of all runs may send; it is claimed if everything else allows
    #: the message.
    claim: ReplyClaim | None = None
    #: The texts to choose from; one is chosen if everything else allows the message now.
    choice: VariantChoice | None = None


@record
class Permission:
    """Whether the message may be sent now; if so, it has been counted.

    Times are in milliseconds since 1970; a field that is None does not forbid the message.
    """

    #: When the place below which it would appear was deleted.
    deleted_at: int | None = None
    #: When the person refused private messages.
    opted_out_at: int | None = None
    #: Whether this person has already got the allowed messages of the last minute.
    contact_is_full: bool = False
    #: When the connection has a slot for it, which is reserved unless it is too late.
    slot_at: int | None = None
    #: The step that has claimed the reply earlier, and has sent it or may have.
    replied_by: ReplyClaim | None = None
    #: The index of the chosen text, from 0.
    variant: int | None = None


@record
class Question:
    """A question to a person, with the answers that it accepts."""

    #: `text`, `number`, `phone`, `email`, `choice` or `pattern`.
    expect: str
    choices: Sequence[str] = ()
    pattern: str = ""
    #: How often it is asked again after an unacceptable answer.
    retries: int
    #: The text with which it is asked again.
    retry_text: str
    #: For how many milliseconds it waits for an answer.
    within_ms: int
    #: When it was about to be asked; answers after this time count.
    asked_at: int = 0
    #: For how many milliseconds no answer counts after a colleague has answered by hand.
    pause_ms: int | None = None
    #: Ids for the runs of the answers.
    ids: Sequence[int] = ()

    def as_data(self) -> dict[str, Any]:
        """Returns the form in which a run stores it."""
        return {
            "expect": self.expect,
            "choices": list(self.choices),
            "pattern": self.pattern,
            "retries": self.retries,
            "retry_text": self.retry_text,
            "within_ms": self.within_ms,
            "asked_at": self.asked_at,
            "pause_ms": self.pause_ms,
            "ids": list(self.ids),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Question":
        """Makes the question from the data of a run."""
        return cls(**data)


@record
class Proposal:
    """A step's message that waits for approval, or was approved or declined."""

    #: The inputs of the step as they were shown: nothing else is sent.
    inputs: Mapping[str, Any]
    #: The content for people: `{"text", "to", "via", …}` of a message, `{"request"}` otherwise.
    shown: Mapping[str, Any]
    #: When it began to wait (milliseconds since 1970), and for how long it waits.
    at: int
    until: int
    #: The limit of its text, and the unit of the limit; None if no limit is known.
    longest: int | None = None
    unit: TextUnit = "characters"
    #: The time until which the platform accepts it; None if always, or if unknown.
    ends_at: int | None = None
    #: `{"did", "by", "at", "because", "was"}`; empty while undecided. `did` is `approve`,
    #: `decline`, or `send` if the rule has decided; `was` is the earlier text if a person has
    #: written another one.
    decided: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Returns the form in which a run stores it."""
        return {
            "inputs": dict(self.inputs),
            "shown": dict(self.shown),
            "at": self.at,
            "until": self.until,
            "longest": self.longest,
            "unit": self.unit,
            "ends_at": self.ends_at,
            "decided": dict(self.decided),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Proposal":
        """Makes the proposal from the data of a run."""
        return cls(**data)

    @property
    def text(self) -> str | None:
        """Returns the text, which a person may change; None if the step has no text of its own."""
        found: str | None = self.inputs.get("text") if "kind" in self.shown else None
        return found

    def with_text(self, text: str) -> "Proposal":
        """Returns a copy with another text."""
        return replace(
            self, inputs={**self.inputs, "text": text}, shown={**self.shown, "text": text}
        )


def without_open_proposals(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the data of a run without its undecided proposals."""
    kept = data.get(APPROVALS)
    if not kept:
        return dict(data)
    return {**data, APPROVALS: {step: one for step, one in kept.items() if one["decided"]}}
