"""Runs and attempts: one rule's execution for one event, and one try of one of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.reason import Reason
from automator.model.record import record
from automator.model.rules.limits import KeyedLimit
from automator.model.run_state import AttemptStatus, Outcome, RunState, Waits
from automator.model.speech import ANSWERS, APPROVALS, QUESTION, Proposal

#: Stands in place of a rule in the runs of what people of the shop write by hand. No rule can be
#: called so: its name has a space.
BY_HAND = "by hand"
#: Key in the data of a run that stands for rules to be decided in its turn. Its value is
#: `{"rules", "ids"}`: the rules, and the ids of the runs that they may start.
UNDECIDED = "undecided"
#: Milliseconds after which a run that waits for a destination asks again by itself.
LOOKED_AT_AGAIN_MS = 3_600_000
#: Characters that an attempt keeps of a body at most.
MAX_BODY = 16 * 1024


@record
class NewRun:
    """A run to be stored together with its event, or with the attempt that scheduled it."""

    id: int
    event_id: int
    rule: str
    revision: int
    lane: str | None
    contact: str | None
    run_at: int
    #: "" for the rule's own actions, a follow-up's step id for those inside it.
    path: str = ""
    #: Index of the first step to carry out: a replay may leave earlier ones out.
    step: int = 0
    parent_id: int | None = None
    #: `{"event": [...], "conditions": [...]}` while a follow-up waits, or None.
    cancel_on: Mapping[str, Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    state: RunState = RunState.QUEUED
    reason: Reason | None = None
    #: The cause for which it waits, apart from its lane.
    waits_for: Waits | None = None
    #: Milliseconds after which a follow-up does not act by itself any more.
    acts_until: int | None = None
    #: Why it is put off, or which limit of its rule does not apply to it.
    note: Reason | None = None
    #: The limits that may hold it back, checked and counted in the commit that stores it.
    limits: tuple[KeyedLimit, ...] = ()
    #: Limits count it but do not hold it back, because a person wants it, as in a replay.
    is_wanted: bool = False
    #: Held back for so long, in milliseconds, after somebody of ours has answered by hand.
    pause_ms: int | None = None
    #: It sleeps until its time, for an absence; an event with this key that comes before ends it.
    wait_key: str | None = None
    #: Stored only if the run with this id, of a rule that says `stop`, is held back.
    instead_of: int | None = None
    #: Its key, where the rule has `concurrency`.
    concurrency_key: str | None = None
    #: How many runs of that key may be under way, while it waits to be one of them.
    concurrency_limit: int | None = None
    #: Its place in the lane, if it takes over an earlier run's place.
    seq_at: int | None = None

    @property
    def is_undecided(self) -> bool:
        """Whether it represents rules that are decided in its turn."""
        return UNDECIDED in self.data

    @property
    def is_shadow(self) -> bool:
        """Whether its rule only watches: nothing is sent, nothing is stored with the contact."""
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
    #: Its position in its lane; None if it is in no lane.
    seq_at: int | None
    run_at: int
    created_at: int
    finished_at: int | None
    owner: str | None
    #: `{"steps": {id: {"status": …, "output": …}}, "vars": {…}}`; of a follow-up also the `zone`
    #: of its window, and its `key`; and what `replay` and `decisions` read.
    data: Mapping[str, Any]
    reason: Reason | None
    #: Its concurrency key, if the rule has `concurrency`.
    concurrency_key: str | None = None
    #: The cause of a wait outside its lane; then the beginning and the latest end of the wait.
    waits_for: Waits | None = None
    waits_since: int | None = None
    waits_until: int | None = None
    #: The end of a follow-up's window, after which it does not act by itself.
    acts_until: int | None = None
    #: The destination that it waits for, or where its last attempt failed.
    target: str | None = None
    #: The moment that a budget has reserved for its next step.
    reserved_at: int | None = None
    #: The beginning of the first attempt of its next step that may have worked.
    unknown_since: int | None = None
    #: The key of the echo of that attempt.
    echo_key: str | None = None
    #: The reason why it was put off, or the note that it was stored with.
    note: Reason | None = None
    #: The reason why a message was not sent, by step.
    not_sent: Mapping[str, Reason] = field(default_factory=dict)
    #: The key of the events that end its wait for an absence.
    wait_key: str | None = None
    #: Whether the attempt before this one may have happened, as its process died.
    was_interrupted: bool = False
    #: The result in messages; None while it is unfinished, or if its state already says it.
    outcome: Outcome | None = None

    @property
    def awaits(self) -> Waits | None:
        """Returns the cause of its wait outside its lane; None unless it is queued."""
        return self.waits_for if self.state is RunState.QUEUED else None

    @property
    def waits_for_others(self) -> bool:
        """Whether it waits for another run to end or for its target, not for a time."""
        return self.awaits in (Waits.PLACE, Waits.TARGET)

    @property
    def is_shadow(self) -> bool:
        """Whether its rule only watches: nothing is sent, nothing is stored with the contact."""
        return self.data.get("mode") == "shadow"

    @property
    def collected_by(self) -> int | None:
        """Returns the run that has collected the events of this run: itself, or its parent."""
        found: int | None = self.data.get("collected_by")
        return found

    @property
    def is_by_hand(self) -> bool:
        """Whether it sends a message that a colleague has written, without a rule."""
        return self.rule == BY_HAND

    @property
    def is_undecided(self) -> bool:
        """Whether it represents rules that are decided in its turn, and is deleted afterwards."""
        return UNDECIDED in self.data

    @property
    def undecided_rules(self) -> Sequence[str]:
        """Returns the ids of the rules that it represents."""
        found: Sequence[str] = self.data.get(UNDECIDED, {}).get("rules", ())
        return found

    @property
    def is_collected(self) -> bool:
        """Whether its event was collected into another run, its parent."""
        return "into" in self.data

    @property
    def is_of_question(self) -> bool:
        """Whether it waits for an answer, goes on with one, or is about one answer."""
        return QUESTION in self.data

    @property
    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Returns the answers to its question in order: `{"event", "text", "value" or "why"}`."""
        found: Sequence[Mapping[str, Any]] = self.data.get(ANSWERS, ())
        return found

    @property
    def is_answer(self) -> bool:
        """It waits for the answer to its question, or has not judged the answer yet."""
        return self.step == 0 and QUESTION in self.data and ANSWERS in self.data

    @property
    def is_open_question(self) -> bool:
        """Whether its question still waits for an answer."""
        return self.awaits is Waits.ANSWER

    @property
    def proposals(self) -> Mapping[str, Proposal]:
        """Returns the messages of its steps that need a person's approval, by step."""
        found: Mapping[str, Any] = self.data.get(APPROVALS, {})
        return {step: Proposal.of_data(data) for step, data in found.items()}

    @property
    def open_proposal(self) -> tuple[str, Proposal] | None:
        """Returns the step that waits for approval, with the message that it would send."""
        if self.awaits is not Waits.APPROVAL:
            return None
        return next((item for item in self.proposals.items() if not item[1].decided), None)

    @property
    def replay(self) -> Mapping[str, Any]:
        """Returns `{"id", "of" or "of_event", "by", "at"}` if a replay started it, else nothing."""
        mark: Mapping[str, Any] = self.data.get("replay", {})
        return mark

    @property
    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """Returns people's decisions about it in order: `{"did", "by", "at", "state",
        "reason"}`.
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
        """Whether it waited for an absence but the event came, so that it does nothing."""
        return self.state is RunState.CANCELLED and self.wait_key is not None

    @property
    def because(self) -> Reason | None:
        """Returns the reason of its state, or of its being put off."""
        return self.reason or self.note


@record
class Claimed:
    """A run that this node now holds, with its event."""

    run: Run
    event: Mapping[str, Any]
    #: The event as JSON, with exactly the stored bytes.
    event_json: bytes
    connection: str
    #: The delivery that carried the event.
    delivery_id: int
    #: The contact as rules see it: id, name, state, tags …
    contact: Mapping[str, Any]
    #: The events that `debounce` has collected, with `event` first; only `event` if there are no
    #: others.
    events: list[Mapping[str, Any]]


@record
class Attempt:
    """One try of one step: a line of the action log, which never changes."""

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
    #: The result: what was done, or why not.
    summary: Reason
    #: `{"method", "url", "headers", "body"}` as sent, secrets redacted; None when nothing was sent.
    #: A body that is the JSON of the event, byte by byte, is stored as None: the event has it.
    request: Mapping[str, Any] | None = None
    #: `{"status", "headers", "body"}`.
    response: Mapping[str, Any] | None = None
    error_code: str = ""
    #: The destination: the name of a target, or `host:port`; None if nothing was sent.
    target: str | None = None
    #: The text that it sent to a person, or was about to send; None if it sends none.
    said: str | None = None
