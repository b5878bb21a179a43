"""Settlements: the result of an attempt and its effects, committed together."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model.echo import AwaitedEcho
from automator.model.reason import Reason
from automator.model.record import record
from automator.model.rules.rule import ON_ERROR_PATH
from automator.model.run import Attempt, NewRun, Run
from automator.model.run_state import Outcome, RunState, Waits
from automator.model.seen_values import SeenValues
from automator.model.speech import ReplyClaim


@record
class Remember:
    """Values and tags to store with the contact."""

    values: Mapping[str, Any] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    #: Names of values to delete.
    forget: tuple[str, ...] = ()


@record
class OptOut:
    """The contact no longer wants private messages, or wants them again."""

    opted_out: bool
    by: str  #: The person or rule that recorded it, as people read it.


@record
class Block:
    """No rule acts for the contact any more, or rules act again."""

    blocked: bool
    #: The person or rule that recorded it.
    by: str


@record
class Note:
    """A note that a person writes about a contact by hand."""

    connection: str
    external_id: str  #: An id of the contact at that connection.
    kept: Remember = field(default_factory=Remember)
    opt_out: OptOut | None = None


@record
class KnowName:
    """The name of a contact who had none until now."""

    name: str


@record
class LinkContact:
    """Another id of the same person at the provider, learned from an answer of its API."""

    alias: str  #: The other id, without the connection.


@record
class StartFollowUp:
    """Later work: the actions inside the step `path`, at `run_at`."""

    path: str
    run_at: int
    cancel_on: Mapping[str, Any] | None = None
    #: The time after which it no longer acts; None if it always may. People read it in `zone`.
    until: int | None = None
    zone: str = "UTC"
    #: The key that distinguishes it from the same person's other follow-ups, such as an order
    #: number.
    key: str | None = None
    #: The reason if it waits longer than its step says.
    note: Reason | None = None
    #: Its number in a sequence, from 1, and the sequence's length.
    part: tuple[int, int] | None = None


@record
class CancelFollowUps:
    """Cancels the contact's waiting follow-ups; None means any rule or any key."""

    reason: Reason
    rule: str | None = None
    key: str | None = None
    #: Whether the rule is in shadow mode, so that real follow-ups go on waiting.
    in_shadow: bool = False

    def concerns(self, run: NewRun | Run) -> bool:
        """Whether it cancels this run of the same contact."""
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
    #: The run that waits for the answer; None stands for every question.
    run_id: int | None = None


@record
class EmitEvent:
    """An event for the same rules, about the person and the place of the run's event."""

    type: str
    data: Mapping[str, Any]
    #: How many events in a row rules have raised to reach this one, including it.
    depth: int


@record
class SetVars:
    """Values that later steps of the same run read in `vars`."""

    values: Mapping[str, Any]


@record
class ReleaseReplyClaim:
    """The claimed reply was certainly not sent: another run may send a reply."""

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
    """A limit of runs that may wait for approval."""

    in_all: int
    of_rule: int


@record
class Settlement:
    """The end of a step and the resulting state of its run, written in one commit with its attempt.

    With `state=RUNNING` the run goes on with `step` under the same claim, and this commit records
    that the next attempt may happen.
    """

    run_id: int
    event_id: int
    owner: str
    #: The claim: a settlement changes nothing if its node has lost the run since then.
    claimed_step: int
    claimed_attempt: int
    state: RunState
    step: int
    attempt: int
    run_at: int
    data: Mapping[str, Any]
    reason: Reason | None
    attempts: tuple[Attempt, ...]
    effects: tuple[Effect, ...] = ()
    contact: str | None = None
    #: The run's concurrency key: when the run ends, a waiting run may begin.
    concurrency_key: str | None = None
    #: Runs to create in the same commit: follow-ups, `on_error`.
    new_runs: tuple[NewRun, ...] = ()
    #: The run of the same claim batch whose attempt begins next, recorded in the same commit.
    begins: int | None = None
    #: Runs of rules that are decided in the same commit; their limits are checked and counted.
    starts: tuple[NewRun, ...] = ()
    #: The values that the decisions about `starts` could read, by event.
    seen: tuple[tuple[int, SeenValues], ...] = ()
    #: Whether the run only represented rules that are decided now: its row is deleted.
    is_forgotten: bool = False
    #: The cause for which a queued run waits, until `run_at` at the latest.
    waits_for: Waits | None = None
    #: It waits only if one of these is free, otherwise it is due again at once; None if it waits.
    places: Places | None = None
    #: The destination that it waits for, or where its attempt failed: the run is tried again when
    #: the destination recovers.
    target: str | None = None
    #: Facts from earlier attempts of the next step; see `Run`.
    reserved_at: int | None = None
    unknown_since: int | None = None
    echo_key: str | None = None
    note: Reason | None = None
    not_sent: Mapping[str, Reason] = field(default_factory=dict)
    #: Whether it waits outside its lane: later runs of the conversation go ahead.
    leaves_lane: bool = False
    #: The echo that would prove that its step has worked.
    awaits: AwaitedEcho | None = None
    #: The result in messages, after it has ended.
    outcome: Outcome | None = None
