"""Settlements: the result of an attempt with all its effects, written in one commit."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model.echo import AwaitedEcho
from automator.model.reason import Reason
from automator.model.record import record
from automator.model.rule import ON_ERROR_PATH
from automator.model.run import Attempt, NewRun, Run
from automator.model.run_state import Outcome, RunState, Waits
from automator.model.seen_values import SeenValues
from automator.model.speech import ReplyClaim


@record
class Remember:
    """Stores values and tags with the contact."""

    values: Mapping[str, Any] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    #: Names of values to delete.
    forget: tuple[str, ...] = ()


@record
class OptOut:
    """Records that the contact refuses private messages, or accepts them again."""

    opted_out: bool
    by: str  #: The person or rule that recorded it, worded for people.


@record
class Block:
    """Blocks the contact, so that no rule acts for them, or ends the block."""

    blocked: bool
    #: The person or rule that recorded it, worded for people.
    by: str


@record
class Note:
    """A note about a contact that a person has typed."""

    connection: str
    external_id: str  #: One of the contact's ids at the connection.
    kept: Remember = field(default_factory=Remember)
    opt_out: OptOut | None = None


@record
class KnowName:
    """Stores the name of a contact who had no name until now."""

    name: str


@record
class LinkContact:
    """Links another id to the contact: the provider's answer showed that it is the same person."""

    alias: str  #: The other id, without the connection.


@record
class StartFollowUp:
    """Starts a follow-up: the actions inside the step `path`, at `run_at`."""

    path: str
    run_at: int
    cancel_on: Mapping[str, Any] | None = None
    #: When it no longer acts; None if it always may. Messages show this time in `zone`.
    until: int | None = None
    zone: str = "UTC"
    #: Distinguishes the follow-up from other follow-ups for the same person; for example an order
    #: number.
    key: str | None = None
    #: Why it waits longer than its step says; None if it does not.
    note: Reason | None = None
    #: The follow-up's number in its sequence, from 1, and the sequence's length.
    part: tuple[int, int] | None = None


@record
class CancelFollowUps:
    """Cancels the contact's waiting follow-ups; a field that is None means any rule or key."""

    reason: Reason
    rule: str | None = None
    key: str | None = None
    #: Whether the rule is in shadow mode, so that real follow-ups go on waiting.
    in_shadow: bool = False

    def concerns(self, run: NewRun | Run) -> bool:
        """Whether `run`, which has the same contact, is to be cancelled."""
        return (
            run.path not in ("", ON_ERROR_PATH)
            and self.rule in (None, run.rule)
            and self.key in (None, run.data.get("key"))
            and (run.is_shadow or not self.in_shadow)
        )


@record
class EndQuestions:
    """Ends the contact's open questions, or one of them, without an answer."""

    reason: Reason
    #: The run that waits for the answer; None means every open question.
    run_id: int | None = None


@record
class EmitEvent:
    """Raises an event, about the person and the place of the run's own event."""

    type: str
    data: Mapping[str, Any]
    #: The number of this event in a chain of events that rules raise, from 1.
    depth: int


@record
class SetVars:
    """Sets values that later steps of the same run read in `vars`."""

    values: Mapping[str, Any]


@record
class ReleaseReplyClaim:
    """Gives up a claimed private reply, which certainly was not sent: another run may send it."""

    claim: ReplyClaim


Effect = (
    Remember
    | OptOut
    | Block
    | KnowName
    | LinkContact
    | StartFollowUp
    | CancelFollowUps
    | EndQuestions
    | EmitEvent
    | SetVars
    | ReleaseReplyClaim
)


@record
class Places:
    """The number of runs that may wait for approval at once: of all rules, and of one rule."""

    in_all: int
    of_rule: int


@record
class Settlement:
    """The result of a step and the new state of its run, written in one commit with the attempt.

    With `state=RUNNING` the run goes on with `step` under the same claim. This commit then records
    that the next attempt may begin.
    """

    run_id: int
    event_id: int
    owner: str
    #: The claim. If the node has lost the run since it claimed it, the settlement changes nothing.
    claimed_step: int
    claimed_attempt: int
    state: RunState
    step: int
    attempt: int
    run_at: int
    data: Mapping[str, Any]
    reason: Reason | None
    attempts: tuple[Attempt, ...]
    #: If the first of these attempts is the run's first one: how long after its event it began.
    late_ms: int | None = None
    effects: tuple[Effect, ...] = ()
    contact: str | None = None
    #: The run's concurrency key: when the run ends, a waiting run may begin.
    concurrency_key: str | None = None
    #: Runs to start in the same commit: follow-ups, and the run for `on_error`.
    new_runs: tuple[NewRun, ...] = ()
    #: The next run of the same claim, whose attempt begins in the same commit.
    begins: int | None = None
    #: The runs of rules that were decided in the run's turn; their limits are checked and counted.
    starts: tuple[NewRun, ...] = ()
    #: For each event, the values that the decisions about `starts` could read.
    seen: tuple[tuple[int, SeenValues], ...] = ()
    #: Whether the run only represented rules, which are decided now: its row is deleted.
    is_forgotten: bool = False
    #: What a queued run waits for, until `run_at` at the latest.
    waits_for: Waits | None = None
    #: The run waits only if this limit has room; otherwise it is due at once. None: it waits.
    places: Places | None = None
    #: The destination that the run waits for, or where its attempt failed. When the destination
    #: recovers, the run is tried again.
    target: str | None = None
    #: Facts about earlier attempts of the next step; see `Run`.
    reserved_at: int | None = None
    unknown_since: int | None = None
    echo_key: str | None = None
    note: Reason | None = None
    not_sent: Mapping[str, Reason] = field(default_factory=dict)
    #: Whether the run waits outside its lane, so that later runs of the conversation go ahead.
    leaves_lane: bool = False
    #: The echo that would prove that the step has worked.
    awaits: AwaitedEcho | None = None
    #: What became of the run's messages, after it has ended.
    outcome: Outcome | None = None
