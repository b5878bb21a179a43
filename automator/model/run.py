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
    #: Its place in the lane, where it takes over that of an earlier run.
    seq_at: int | None = None

    @property
    def is_undecided(self) -> bool:
        """It stands for rules that are decided in its turn."""
        return UNDECIDED in self.data

    @property
    def is_shadow(self) -> bool:
        """Its rule only watches: nothing is sent, nothing is kept."""
        return self.data.get("mode") == "shadow"


@record
class Run:
    """A run as it is stored."""

    id: int
    event_id: int
    rule: str
    revision: int
    lane: str | None
    contact: str | None
    path: str
    parent_id: int | None
    state: RunState
    #: Index of the step that is next or under way, within the sequence of `path`.
    step: int
    #: The number of that step's attempt, from 1; 0 = none has begun.
    attempt: int
    #: How often a process died while it held this run.
    crashes: int
    #: Its position in its lane; None while it stands in none.
    seq_at: int | None
    run_at: int
    created_at: int
    finished_at: int | None
    owner: str | None
    #: `{"steps": {id: {"status": …, "output": …}}, "vars": {…}}`; of a follow-up also the `zone`
    #: of its window, and its `key`; and what `replay` and `decisions` read.
    data: Mapping[str, Any]
    reason: Reason | None
    #: Its key, where the rule has `concurrency`.
    concurrency_key: str | None = None
    #: The cause for which it waits apart from its lane, since when, and until when at the latest.
    waits_for: Waits | None = None
    waits_since: int | None = None
    waits_until: int | None = None
    #: When the window of a follow-up ends: it does not act by itself after that.
    acts_until: int | None = None
    #: The destination that it waits for, or at which its last attempt failed.
    target: str | None = None
    #: The moment that a budget has reserved for its next step.
    reserved_at: int | None = None
    #: When the first attempt of its next step that may have worked began.
    unknown_since: int | None = None
    #: The key of the echo of such an attempt.
    echo_key: str | None = None
    #: Why it was put off, or the note that it was stored with.
    note: Reason | None = None
    #: By step: why a message that was to be sent was not.
    not_sent: Mapping[str, Reason] = field(default_factory=dict)
    #: While it waits for an absence: the key of the events that end the wait.
    wait_key: str | None = None
    #: The attempt before this one may have happened: its process died.
    was_interrupted: bool = False
    #: The result in messages; None while it is under way, and if its state alone says it.
    outcome: Outcome | None = None

    @property
    def awaits(self) -> Waits | None:
        """The cause for which it waits, apart from its lane; None unless it is queued."""
        return self.waits_for if self.state is RunState.QUEUED else None

    @property
    def waits_for_others(self) -> bool:
        """It has no time of its own: another run has to end first, or its target to take more."""
        return self.awaits in (Waits.PLACE, Waits.TARGET)

    @property
    def is_shadow(self) -> bool:
        """Its rule only watches: nothing is sent, nothing is kept."""
        return self.data.get("mode") == "shadow"

    @property
    def collected_by(self) -> int | None:
        """The run that has collected the events of this one: itself, or its parent."""
        found: int | None = self.data.get("collected_by")
        return found

    @property
    def is_by_hand(self) -> bool:
        """Whether it sends a message that a person of the shop has written, without a rule."""
        return self.rule == BY_HAND

    @property
    def is_undecided(self) -> bool:
        """It stands for rules that are decided in its turn, and is deleted once they are."""
        return UNDECIDED in self.data

    @property
    def undecided_rules(self) -> Sequence[str]:
        """The rules that it stands for, by their ids."""
        found: Sequence[str] = self.data.get(UNDECIDED, {}).get("rules", ())
        return found

    @property
    def is_collected(self) -> bool:
        """Its event was collected into another run, its parent."""
        return "into" in self.data

    @property
    def is_of_question(self) -> bool:
        """It waits for an answer or goes on with one, or is about one answer."""
        return QUESTION in self.data

    @property
    def answers(self) -> Sequence[Mapping[str, Any]]:
        """The answers to its question: `{"event", "text", "value" or "why"}`, in order."""
        found: Sequence[Mapping[str, Any]] = self.data.get(ANSWERS, ())
        return found

    @property
    def is_answer(self) -> bool:
        """It waits for the answer to its question, or has not judged the answer yet."""
        return self.step == 0 and QUESTION in self.data and ANSWERS in self.data

    @property
    def is_open_question(self) -> bool:
        """The answer to its question is still waited for."""
        return self.awaits is Waits.ANSWER

    @property
    def proposals(self) -> Mapping[str, Proposal]:
        """The messages of its steps that a person approves, by step."""
        found: Mapping[str, Any] = self.data.get(APPROVALS, {})
        return {step: Proposal.of_data(data) for step, data in found.items()}

    @property
    def open_proposal(self) -> tuple[str, Proposal] | None:
        """The step that waits for a person to approve it, with what it would send."""
        if self.awaits is not Waits.APPROVAL:
            return None
        return next((item for item in self.proposals.items() if not item[1].decided), None)

    @property
    def replay(self) -> Mapping[str, Any]:
        """`{"id", "of" or "of_event", "by", "at"}` when a replay started it; empty otherwise."""
        mark: Mapping[str, Any] = self.data.get("replay", {})
        return mark

    @property
    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """The decisions of people about it: `{"did", "by", "at", "state", "reason"}`, in order."""
        found: Sequence[Mapping[str, Any]] = self.data.get("decisions", ())
        return found

    @property
    def part(self) -> tuple[int, int] | None:
        """Of a follow-up in a sequence: its number, from 1, and how many there are."""
        found = self.data.get("part")
        return None if found is None else (found[0], found[1])

    @property
    def is_ended_wait(self) -> bool:
        """It waited for an absence, but the event came: nothing was to be done."""
        return self.state is RunState.CANCELLED and self.wait_key is not None

    @property
    def because(self) -> Reason | None:
        """The reason why it is in its state, or why it was put off."""
        return self.reason or self.note


@record
class Claimed:
    """A run that this node now holds, with the event it is for."""

    run: Run
    event: Mapping[str, Any]
    #: The event as JSON, byte by byte as it is stored.
    event_json: bytes
    connection: str
    #: The delivery that carried the event.
    delivery_id: int
    #: The contact as rules see it: id, name, state, tags …
    contact: Mapping[str, Any]
    #: The events that `debounce` has collected, `event` first; only `event` where there are no
    #: others.
    events: list[Mapping[str, Any]]


@record
class Attempt:
    """One try of one step: a line of the action log, never changed afterwards."""

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
    #: The text that it sent to a person, or was about to send; None when it sends none.
    said: str | None = None
