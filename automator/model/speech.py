"""Speech: the permission to send a message to a person, and questions to the person."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from automator.model.record import record
from automator.model.text import TextUnit

#: Milliseconds within which messages are counted together.
SPAN_MS = 60_000
#: Milliseconds that a message waits for its slot at most; one that would wait longer is not sent.
LONGEST_WAIT_MS = 3_600_000
#: Key in the data of a run that waits for an answer, or goes on with one: its question.
QUESTION = "question"
#: Key in its data: the answers that have come, `{"event", "text", "value" or "why"}` each.
ANSWERS = "answers"
#: Key in the data of a run with steps that a person approves: what each of them would send.
APPROVALS = "approvals"
#: Mark in the data of a run that asks the question of its data once more, and does no more.
AGAIN = "again"
#: Key in the data of a run that has asked: by step, the run that waits for the answer.
ASKED = "asked"
#: Mark in the data of a run whose rule lets people opt out: no question takes its message.
OPTS_OUT = "opts_out"
#: The `cancel_on` in the row of a waiting question: no event cancels it.
WAITS_FOR_ANSWER: Mapping[str, Any] = {"event": [], "conditions": [], QUESTION: True}


@record
class ReplyClaim:
    """The one private reply that a comment may have, and the step that is about to send it."""

    connection: str
    comment: str
    run_id: int
    rule: str
    step: str


@record
class VariantChoice:
    """Several texts, of which a step sends one: not the one that it sent there last."""

    #: The place whose last text counts: the step, with one person or in public.
    key: str
    count: int
    run_id: int


@record
class Speech:
    """One message that a step is about to send."""

    connection: str
    #: The key of the person it goes to; None when nobody knows.
    contact: str | None
    #: It reaches the person alone, as a message does and a public reply does not.
    is_private: bool
    #: How many things may be said within a minute: to this person, and through this connection.
    #: 0 = no limit.
    per_contact: int
    per_connection: int
    #: The keys of the places below which it appears.
    places: tuple[str, ...] = ()
    #: It was permitted and counted a moment ago, and then had to wait.
    is_counted: bool = False
    #: The reply that no two steps of all runs may send; claimed if everything else allows the
    #: message.
    claim: ReplyClaim | None = None
    #: The texts to choose from; one is chosen if everything else allows the message now.
    choice: VariantChoice | None = None


@record
class Permission:
    """Whether the message may be sent now; if so, it has been counted.

    Times are milliseconds since 1970; a field that is None forbids nothing.
    """

    #: The place below which it would appear has been deleted since then.
    deleted_at: int | None = None
    #: The person wants no private messages since then.
    opted_out_at: int | None = None
    #: This person has got as many messages within the last minute as they may.
    contact_is_full: bool = False
    #: When the connection has a slot for it, which is reserved unless it is too far away.
    slot_at: int | None = None
    #: Another step has claimed the reply before, and has sent it or may have.
    replied_by: ReplyClaim | None = None
    #: The index of the text among several, from 0.
    variant: int | None = None


@record
class Question:
    """A question to a person, with the answers that it accepts."""

    #: `text`, `number`, `phone`, `email`, `choice` or `pattern`.
    expect: str
    choices: Sequence[str] = ()
    pattern: str = ""
    #: How often it is asked again after an answer that is not good.
    retries: int
    #: The text that is said then.
    retry_text: str
    #: Milliseconds for which an answer is waited for.
    within_ms: int
    #: When it was about to be asked; the answers are looked for after that.
    asked_at: int = 0
    #: No answer is taken for so long, in milliseconds, after somebody of ours has answered by hand.
    pause_ms: int | None = None
    #: Ids for the runs of the answers.
    ids: Sequence[int] = ()

    def as_data(self) -> dict[str, Any]:
        """The form in which a run keeps it."""
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
        """The question that a run keeps."""
        return cls(**data)


@record
class Proposal:
    """A message of a step that waits for a person's approval, or was approved or declined."""

    #: The inputs of the step as they were shown: nothing else is sent.
    inputs: Mapping[str, Any]
    #: `{"text", "to", "via", …}` of a message, `{"request"}` of anything else, for people.
    shown: Mapping[str, Any]
    #: Milliseconds since 1970: when it began to wait, and how long it does.
    at: int
    until: int
    #: How long its text may be, and how that is counted; None = nobody knows a limit.
    longest: int | None = None
    unit: TextUnit = "characters"
    #: Until when the platform takes it; None = as long as one likes, or nobody knows.
    ends_at: int | None = None
    #: `{"did", "by", "at", "because", "was"}`; empty while nobody has decided. `did` is `approve`,
    #: `decline`, or `send` where the rule has decided; `was` is the text before somebody wrote
    #: another one.
    decided: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """The form in which a run keeps it."""
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
        """The proposal that a run keeps."""
        return cls(**data)

    @property
    def text(self) -> str | None:
        """The text, which a person may change; None where it sends none of its own."""
        found: str | None = self.inputs.get("text") if "kind" in self.shown else None
        return found

    def with_text(self, text: str) -> "Proposal":
        """The same with another text."""
        return replace(
            self, inputs={**self.inputs, "text": text}, shown={**self.shown, "text": text}
        )


def without_open_proposals(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a run without those of its proposals about which nobody has decided."""
    kept = data.get(APPROVALS)
    if not kept:
        return dict(data)
    return {**data, APPROVALS: {step: one for step, one in kept.items() if one["decided"]}}
