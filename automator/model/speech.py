"""Values for sending messages to people: permissions, questions, and proposals for approval."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from automator.model.record import record
from automator.model.text_helpers import TextUnit

#: Messages are counted per span of this many milliseconds.
SPAN_MS = 60_000
#: How many milliseconds a message waits for its slot at most. If it had to wait longer, it is not
#: sent.
LONGEST_WAIT_MS = 3_600_000
#: The key of the question in the data of a run that waits for an answer or goes on with it.
QUESTION = "question"
#: The key of the answers so far in the same data: `{"event", "text", "value" or "why"}` each.
ANSWERS = "answers"
#: The key of proposed messages in the data of a run whose steps need approval.
APPROVALS = "approvals"
#: Marks a run that only repeats the question in its data.
AGAIN = "again"
#: The key, in the data of a run that has asked, of the ids of the waiting runs, by step.
ASKED = "asked"
#: Marks a run whose rule lets people opt out: no question takes the person's message as its answer.
OPTS_OUT = "opts_out"
#: The `cancel_on` of a waiting question. It names no event, so no event cancels the question.
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
    """A choice between several texts. A step sends one of them, but not the one it sent last."""

    #: Under which key the last text is remembered: the step, and the person unless in public.
    key: str
    count: int
    run_id: int


@record
class Speech:
    """One message that a step is about to send."""

    connection: str
    #: The key of the receiving person; None if unknown.
    contact: str | None
    #: Whether only the person sees it: true for a message, false for a public reply.
    is_private: bool
    #: The limits of messages per minute: to this person, and through this connection. 0 means none.
    per_contact: int
    per_connection: int
    #: The limit of answers of the model a day; 0 for a message.
    per_day: int = 0
    #: The keys of the places below which the message appears.
    places: tuple[str, ...] = ()
    #: Whether the message was permitted and counted before, and then had to wait.
    is_counted: bool = False
    #: The private reply to claim, which only one step of all runs may send. It is claimed only if
    #: everything else allows the message.
    claim: ReplyClaim | None = None
    #: The choice between texts. A text is chosen only if everything else allows the message now.
    choice: VariantChoice | None = None
    #: Whether it is only asked for: then nothing is claimed or chosen.
    is_dry: bool = False


@record
class Permission:
    """Whether a message may be sent now. If it may, it has been counted.

    Times are in milliseconds since 1970. A field that is None does not forbid the message.
    """

    #: When the place was deleted below which the message would appear.
    deleted_at: int | None = None
    #: When the person refused private messages.
    opted_out_at: int | None = None
    #: Whether this person has got as many messages in the last minute as are allowed.
    contact_is_full: bool = False
    #: When the model may be asked again, if it may not now.
    asked_again_at: int | None = None
    #: When the connection has a slot for the message. It is reserved, unless that is too late.
    slot_at: int | None = None
    #: The step that has claimed the private reply before: it has sent it, or may have.
    replied_by: ReplyClaim | None = None
    #: The index of the chosen text, from 0.
    variant: int | None = None


@record
class Question:
    """A question to a person, with the answers that it accepts."""

    #: `text`, `number`, `phone`, `email`, `address`, `choice` or `pattern`.
    expect: str
    choices: Sequence[str] = ()
    pattern: str = ""
    #: How often the question is repeated after an answer that is not accepted.
    retries: int
    #: The text of the repeated question.
    retry_text: str
    #: For how many milliseconds the question waits for an answer.
    within_ms: int
    #: When the question was about to be sent; only later messages count as answers.
    asked_at: int = 0
    #: For how many milliseconds no answer counts after a colleague has answered by hand.
    pause_ms: int | None = None
    #: Ids for the runs of the answers.
    ids: Sequence[int] = ()

    def as_data(self) -> dict[str, Any]:
        """Returns the question as the data of a run stores it."""
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
    """A message that waits for a person's approval, or that a person has approved or declined."""

    #: The inputs of the step as the person saw them. Only these are sent.
    inputs: Mapping[str, Any]
    #: What people see: `{"text", "to", "via", …}` for a message, `{"request"}` for other steps.
    shown: Mapping[str, Any]
    #: When the proposal began to wait (milliseconds since 1970); below, for how long it waits.
    at: int
    until: int
    #: How long the text may be; below, the unit. None if no limit is known.
    longest: int | None = None
    unit: TextUnit = "characters"
    #: Until when the platform accepts the message; None if always, or unknown.
    ends_at: int | None = None
    #: `{"did", "by", "at", "because", "was"}`; empty while undecided. `did` is `approve`,
    #: `decline`, or `send` if the time was over and the rule sends then. `was` is the original text
    #: if a person has changed it.
    decided: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Returns the proposal as the data of a run stores it."""
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
        """Returns the text, which a person may change; None if the message has no text."""
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
