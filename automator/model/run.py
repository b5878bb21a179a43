"""Runs and attempts: one rule's execution for one event, and one try of one of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.reason import Reason
from automator.model.record import record
from automator.model.rule import KeyedLimit
from automator.model.run_state import AttemptStatus, Outcome, RunState, Waits
from automator.model.speech import ANSWERS, APPROVALS, QUESTION, Proposal

#: Replaces the rule's name in the runs that send colleagues' handwritten messages. No rule can have
#: this name, because it contains a space.
BY_HAND = "by hand"
#: The key in the data of an undecided run, whose rules are decided only in its turn. Its value is
#: `{"rules", "ids"}`: these rules, and the ids of the runs that they may start.
UNDECIDED = "undecided"
#: After how many milliseconds a run that waits for a destination is tried again in any case.
LOOKED_AT_AGAIN_MS = 3_600_000
#: How many characters of a body an attempt stores.
MAX_BODY = 16 * 1024


@record
class NewRun:
    """A run to be stored, together with its event or with the attempt that scheduled it."""

    id: int
    event_id: int
    rule: str
    revision: int
    lane: str | None
    contact: str | None
    run_at: int
    #: "" for the rule's own actions; a follow-up's step id for the actions inside the follow-up.
    path: str = ""
    #: The index of the first step to perform. A replay may leave out the steps before it.
    step: int = 0
    parent_id: int | None = None
    #: `{"event": [...], "conditions": [...]}` while a follow-up waits; else None.
    cancel_on: Mapping[str, Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    state: RunState = RunState.QUEUED
    reason: Reason | None = None
    #: What the run waits for outside its lane.
    waits_for: Waits | None = None
    #: The time in milliseconds after which a follow-up no longer acts, unless a person wants it.
    acts_until: int | None = None
    #: Why the run was put off, or which limit of its rule does not apply to it.
    note: Reason | None = None
    #: The limits that may hold the run back, checked and counted in the commit that stores the run.
    limits: tuple[KeyedLimit, ...] = ()
    #: Whether limits count the run without holding it back, because a person wants it.
    is_wanted: bool = False
    #: For how many milliseconds the run is held back after a colleague has answered by hand.
    pause_ms: int | None = None
    #: For a run that waits for an absence, or for `both`: the key of the events that end the wait.
    wait_key: str | None = None
    #: The id of a run whose rule has `stop`: this run is stored only if that one is held back.
    instead_of: int | None = None
    #: The run's concurrency key, if the rule has `concurrency`.
    concurrency_key: str | None = None
    #: While the run waits for its concurrency key: how many runs of the key may be unfinished.
    concurrency_limit: int | None = None
    #: The run's position in the lane, if it takes over the position of an earlier run.
    seq_at: int | None = None

    @property
    def is_undecided(self) -> bool:
        """Whether the run represents rules that are decided only in its turn."""
        return UNDECIDED in self.data

    @property
    def is_shadow(self) -> bool:
        """Whether the rule is in shadow mode: nothing is sent or stored with the contact."""
        return self.data.get("mode") == "shadow"


@record
class Run:
    """A stored run."""

    id: int
    event_id: int
    rule: str
    revision: int
    lane: str | None
    contact: str | None
    path: str
    parent_id: int | None
    state: RunState
    #: The index, within the sequence of `path`, of the step that is next or running.
    step: int
    #: The number of the step's attempt, from 1; 0 if none has begun.
    attempt: int
    #: How often a process died while it held this run.
    crashes: int
    #: The run's position in its lane; None if it is in no lane.
    seq_at: int | None
    run_at: int
    created_at: int
    finished_at: int | None
    owner: str | None
    #: `{"steps": {id: {"status": …, "output": …}}, "vars": {…}}`. A follow-up also has its `key`,
    #: and the `zone` of its window. The properties below read further keys.
    data: Mapping[str, Any]
    reason: Reason | None
    #: The run's concurrency key, if the rule has `concurrency`.
    concurrency_key: str | None = None
    #: What the run waits for outside its lane; below, when that wait began and when it ends at the
    #: latest.
    waits_for: Waits | None = None
    waits_since: int | None = None
    waits_until: int | None = None
    #: The end of a follow-up's window. Afterwards it acts only if a person wants it.
    acts_until: int | None = None
    #: The destination that the run waits for, or where its last attempt failed.
    target: str | None = None
    #: When the next step may send, as a budget has reserved it.
    reserved_at: int | None = None
    #: When the first attempt of the next step began whose result is unknown.
    unknown_since: int | None = None
    #: The key of the echo that would prove this attempt.
    echo_key: str | None = None
    #: Why the run was put off, or the note that it was stored with.
    note: Reason | None = None
    #: For each step whose message was not sent, the reason.
    not_sent: Mapping[str, Reason] = field(default_factory=dict)
    #: For a run that waits for an absence, or for `both`: the key of the events that end the wait.
    wait_key: str | None = None
    #: Whether the process died during the attempt before this one, which may have worked.
    was_interrupted: bool = False
    #: What became of the run's messages; None while unfinished, or if the state says it already.
    outcome: Outcome | None = None

    @property
    def awaits(self) -> Waits | None:
        """Returns what the run waits for outside its lane; None unless the run is queued."""
        return self.waits_for if self.state is RunState.QUEUED else None

    @property
    def waits_for_others(self) -> bool:
        """Whether the run waits for another run or for its target, not for a time."""
        return self.awaits in (Waits.PLACE, Waits.TARGET)

    @property
    def is_shadow(self) -> bool:
        """Whether the rule is in shadow mode: nothing is sent or stored with the contact."""
        return self.data.get("mode") == "shadow"

    @property
    def collected_by(self) -> int | None:
        """Returns the id of the run that collects the events: this one or its parent."""
        found: int | None = self.data.get("collected_by")
        return found

    @property
    def is_by_hand(self) -> bool:
        """Whether the run sends a colleague's handwritten message, without a rule."""
        return self.rule == BY_HAND

    @property
    def is_undecided(self) -> bool:
        """Whether the run represents rules that are decided in its turn. It is deleted then."""
        return UNDECIDED in self.data

    @property
    def undecided_rules(self) -> Sequence[str]:
        """Returns the ids of the rules that an undecided run represents."""
        found: Sequence[str] = self.data.get(UNDECIDED, {}).get("rules", ())
        return found

    @property
    def is_collected(self) -> bool:
        """Whether `debounce` has collected the run's event into another run, its parent."""
        return "into" in self.data

    @property
    def is_of_question(self) -> bool:
        """Whether the run waits for an answer, goes on with an answer, or records one answer."""
        return QUESTION in self.data

    @property
    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Returns the answers to the run's question: `{"event", "text", "value" or "why"}` each."""
        found: Sequence[Mapping[str, Any]] = self.data.get(ANSWERS, ())
        return found

    @property
    def is_answer(self) -> bool:
        """Whether the run waits for the answer to its question, or has not judged it yet."""
        return self.step == 0 and QUESTION in self.data and ANSWERS in self.data

    @property
    def is_open_question(self) -> bool:
        """Whether the run's question still waits for an answer."""
        return self.awaits is Waits.ANSWER

    @property
    def proposals(self) -> Mapping[str, Proposal]:
        """Returns the messages that need a person's approval, by the step that sends them."""
        found: Mapping[str, Any] = self.data.get(APPROVALS, {})
        return {step: Proposal.of_data(data) for step, data in found.items()}

    @property
    def open_proposal(self) -> tuple[str, Proposal] | None:
        """Returns the step that waits for approval, and the message that it would send."""
        if self.awaits is not Waits.APPROVAL:
            return None
        return next((item for item in self.proposals.items() if not item[1].decided), None)

    @property
    def replay(self) -> Mapping[str, Any]:
        """Returns `{"id", "of" or "of_event", "by", "at"}` of the run's replay; else `{}`."""
        mark: Mapping[str, Any] = self.data.get("replay", {})
        return mark

    @property
    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """Returns people's decisions about the run: `{"did", "by", "at", "state", "reason"}` each.

        The oldest decision comes first.
        """
        found: Sequence[Mapping[str, Any]] = self.data.get("decisions", ())
        return found

    @property
    def part(self) -> tuple[int, int] | None:
        """Returns the number of a follow-up in a sequence, from 1, and the sequence's length."""
        found = self.data.get("part")
        return None if found is None else (found[0], found[1])

    @property
    def is_ended_wait(self) -> bool:
        """Whether a run that waited for an event ended without acting."""
        return self.state is RunState.CANCELLED and self.wait_key is not None

    @property
    def because(self) -> Reason | None:
        """Returns the reason of the run's state, or else the note why it was put off."""
        return self.reason or self.note

    @property
    def unsent_because(self) -> Reason | None:
        """Returns why a message was not sent, without its step, or else why the run stopped."""
        reason = next(iter(self.not_sent.values()), self.because)
        return reason and reason.innermost


@record
class Claimed:
    """A run that this node has claimed, with its event and contact."""

    run: Run
    event: Mapping[str, Any]
    #: The event as JSON: exactly the stored bytes.
    event_json: bytes
    connection: str
    #: The delivery that carried the event.
    delivery_id: int
    #: The contact as rules see it: id, name, state, tags …
    contact: Mapping[str, Any]
    #: All events that `debounce` has collected, `event` first; otherwise only `event`.
    events: list[Mapping[str, Any]]


@record
class Attempt:
    """One try of one step: an entry of the action log, which never changes."""

    id: int
    run_id: int
    event_id: int
    rule: str
    step: str
    action: str
    number: int
    node: str
    started_at: int
    duration_ms: int
    status: AttemptStatus
    #: What was done, or why nothing was done.
    summary: Reason
    #: `{"method", "url", "headers", "body"}` as sent, without secrets; None if nothing was sent. A
    #: body that equals the JSON of the event is stored as None, because the event has it.
    request: Mapping[str, Any] | None = None
    #: `{"status", "headers", "body"}`.
    response: Mapping[str, Any] | None = None
    error_code: str = ""
    #: The destination: a target's name, or `host:port`; None if nothing was sent.
    target: str | None = None
    #: The text that the attempt sent to a person, or was about to send; None if there is none.
    said: str | None = None
