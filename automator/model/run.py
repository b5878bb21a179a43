"""Runs and attempts: one rule's execution for one event, and one try of one of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.model.reason import Reason
from automator.model.record import record
from automator.model.rules.limits import KeyedLimit
from automator.model.run_state import AttemptStatus, Outcome, RunState, Waits
from automator.model.speech import ANSWERS, APPROVALS, QUESTION, Proposal

#: The name that replaces a rule's in the runs of colleagues' handwritten messages. No rule can have
#: it, as it has a space.
BY_HAND = "by hand"
#: The key, in the data of a run that represents rules to be decided in its turn, of
#: `{"rules", "ids"}`: the rules, and the ids of the runs that they may start.
UNDECIDED = "undecided"
#: After how many milliseconds a run that waits for a destination asks again by itself.
LOOKED_AT_AGAIN_MS = 3_600_000
#: How many characters of a body an attempt stores.
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
    #: "" for the rule's own actions, a follow-up's step id for the actions inside it.
    path: str = ""
    #: The index of the first step to perform: a replay may leave out earlier ones.
    step: int = 0
    parent_id: int | None = None
    #: `{"event": [...], "conditions": [...]}` while a follow-up waits, or None.
    cancel_on: Mapping[str, Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    state: RunState = RunState.QUEUED
    reason: Reason | None = None
    #: The cause of a wait outside its lane.
    waits_for: Waits | None = None
    #: The time in milliseconds after which a follow-up no longer acts by itself.
    acts_until: int | None = None
    #: The reason why it is put off, or the limit of its rule that does not apply to it.
    note: Reason | None = None
    #: The limits that may hold it back, checked and counted in the commit that stores it.
    limits: tuple[KeyedLimit, ...] = ()
    #: Whether limits count it but do not hold it back, because a person wants it, as in a replay.
    is_wanted: bool = False
    #: For how many milliseconds it is held back after a colleague has answered by hand.
    pause_ms: int | None = None
    #: The key of an event that ends its wait for an absence; otherwise it sleeps until its time.
    wait_key: str | None = None
    #: The id of a run of a rule with `stop`: this run is stored only if that one is held back.
    instead_of: int | None = None
    #: Its concurrency key, if the rule has `concurrency`.
    concurrency_key: str | None = None
    #: How many runs of that key may be unfinished, while it waits to be one of them.
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
        """Whether it waits for the answer to its question, or has not judged the answer yet."""
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
