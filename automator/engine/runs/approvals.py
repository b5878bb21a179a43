"""Steps that a person approves before they are done: shown first, and then done, or left out.

The message of such a step is rendered once, and kept in the data of its run, which waits in the
queue like any other. A person's decision is stored there as well (`store/runs/approvals.py`), so
that the shown message itself is sent, whatever has changed meanwhile.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automator.clock import Clock
from automator.engine.attempts.kept_data import require_room
from automator.engine.attempts.next_step import NextStep
from automator.engine.attempts.performer import StepPerformer
from automator.engine.attempts.step_outcome import StepOutcome, status_of
from automator.engine.runs.position import Position
from automator.engine.runs.progress import Progress
from automator.model import (
    APPROVALS,
    Approval,
    AttemptStatus,
    Places,
    Proposal,
    Reason,
    SkippedStep,
    Step,
    StepError,
    Waits,
    shortened,
)
from automator.plugins import Outgoing, StepResult, drawn_from
from automator.plugins.outgoing import window_end
from automator.reasons.attempts.approvals import (
    APPROVALS_FULL,
    APPROVED,
    APPROVED_CHANGED,
    DECLINED,
    DECLINED_BECAUSE,
    NOT_APPROVED,
    SENT_UNAPPROVED,
)
from automator.store import Log

#: Steps that may wait for approval: in the whole database, and of one rule.
MOST_WAITING = 1_000
MOST_OF_RULE = 500
#: Characters of a text before its change that the log shows.
_SHOWN = 500
_SAID = ("kind", "text", "to", "via", "attachments", "quick_replies", "buttons", "template")


class Approvals:
    """Proposes steps, and takes the decisions about them. It keeps no state of any run."""

    def __init__(self, log: Log, performer: StepPerformer, clock: Clock) -> None:
        self._log = log
        self._performer = performer
        self._clock = clock

    async def look_at(self, progress: Progress) -> bool:
        """Looks at the next step, which a person approves; true when something has to be stored
        before it is done.

        The run waits afterwards, or its step is over, or may be done.
        """
        at, now_ms = progress.at, self._clock.now_ms()
        spec = at.sequence[at.step]
        approval = spec.approval
        if approval is None:
            return False
        if self._performer.ports.is_rehearsal:
            # A test or a simulation decides itself about the step.
            return False
        known = at.data.get(APPROVALS, {}).get(spec.id)
        if known is None:
            await self._propose(progress, spec, approval, now_ms)
            return False
        proposal = Proposal.of_data(known)
        match proposal.decided.get("did"):
            case "approve" | "send":
                pass
            case "decline":
                _leave_out(progress, spec, _declined(proposal.decided), "declined", now_ms)
            case _ if now_ms < proposal.until:
                # It was claimed for another reason, such as a crash.
                progress.propose(spec, proposal.until)
            case _ if approval.otherwise == "send":
                decided = {"did": "send", "by": "", "at": now_ms, "because": "", "was": None}
                _keep(at, spec, replace(proposal, decided=decided))
                return True
            case _:
                reason = NOT_APPROVED(within=approval.within_ms)
                _leave_out(progress, spec, reason, "not_approved", now_ms)
        return False

    def told(self, at: Position, spec: Step, outcome: StepOutcome) -> StepOutcome:
        """The outcome of a step that has been approved, which says by whom."""
        approval, done = spec.approval, outcome.summary
        known = at.data.get(APPROVALS, {}).get(spec.id)
        if approval is None or known is None or outcome.status is not AttemptStatus.OK:
            return outcome
        decided = known["decided"]
        if decided["did"] == "send":
            summary = SENT_UNAPPROVED(within=approval.within_ms, done=done)
        else:
            said: dict[str, Any] = {"by": decided["by"], "at": decided["at"], "done": done}
            was = decided["was"]
            summary = (
                APPROVED(**said)
                if was is None
                else APPROVED_CHANGED(**said, was=shortened(was, _SHOWN))
            )
        return replace(outcome, summary=summary)

    async def _propose(
        self, progress: Progress, spec: Step, approval: Approval, now_ms: int
    ) -> None:
        """Lets the run wait for approval, with the messages that its step would send.

        A step that would send nothing, because its condition does not hold or it is not allowed, is
        done at once, and says why.
        """
        at = progress.at
        attempted, effects = await self._performer.completed(at.next_step)
        progress.uncommitted.add_effects(at, effects)
        until = now_ms + approval.within_ms
        if (last := at.claimed.run.acts_until) is not None:
            until = max(now_ms, min(until, last))
        proposal = await self._proposal(attempted, spec, now_ms, until)
        if proposal is None:
            return
        full = await self._full(at.rule.spec.id)
        try:
            summary = NOT_APPROVED(within=approval.within_ms)
            require_room(at.data, StepResult(summary=summary, output=proposal.as_data()))
            if full is not None:
                raise SkippedStep(full, code="approvals_full")
        except StepError as error:
            progress.record(spec, _outcome(error, now_ms), now_ms)
            return
        _keep(at, spec, proposal)
        # Others may propose at the same time: the commit counts once more.
        progress.propose(spec, until, Places(in_all=MOST_WAITING, of_rule=MOST_OF_RULE))

    async def _proposal(
        self, attempted: NextStep, spec: Step, now_ms: int, until: int
    ) -> Proposal | None:
        """The message that a step would send now; None when it sends nothing."""
        try:
            rendered = self._performer.rendered(attempted, now_ms)
        except StepError:
            # The attempt itself records it.
            return None
        inputs = _with_one_text(rendered, f"run-{attempted.claimed.run.id}-{spec.id}")
        proposal = Proposal(inputs=inputs, shown={}, at=now_ms, until=until)
        data = {**attempted.data, APPROVALS: {spec.id: proposal.as_data()}}
        dry = replace(attempted, step=attempted.step.as_shadow(), data=data)
        outcome = await self._performer.perform(dry)
        if outcome.status is not AttemptStatus.OK:
            return None
        if outcome.said is None:
            does = {"action": spec.action, "does": self._in_short(spec, inputs)}
            return replace(proposal, shown={**does, "request": _request(outcome.request)})
        shown = {name: _plain(getattr(outcome.said, name)) for name in _SAID}
        shown["to"] = outcome.said.receiver
        return self._bounded(replace(proposal, shown=shown), attempted, outcome.said)

    def _in_short(self, spec: Step, inputs: Mapping[str, Any]) -> str:
        """The input that says it all, as in `moderate: hide`; "" without one. No address is one: it
        may have a secret in it.
        """
        action = self._performer.ports.actions[spec.action]
        is_plain = action.shorthand and action.shorthand not in action.address_inputs
        return str(inputs.get(action.shorthand) or "") if is_plain else ""

    def _bounded(self, proposal: Proposal, attempted: NextStep, said: Outgoing) -> Proposal:
        """A message with the length and the time that its platform sets."""
        provider = self._performer.ports.connections.get(attempted.connection)
        if provider is None or provider.policy is None:
            return proposal
        is_private = provider.is_private(said)
        return replace(
            proposal,
            shown={**proposal.shown, "is_private": is_private},
            longest=provider.policy.longest(in_public=not is_private),
            unit=provider.policy.unit,
            ends_at=window_end(provider.policy, said, is_private=is_private),
        )

    async def _full(self, rule: str) -> Reason | None:
        """The reason why no more may wait; None while they may."""
        counts = await asyncio.to_thread(self._log.waiting_counts, Waits.APPROVAL, MOST_WAITING)
        total, own = sum(counts.values()), counts.get(rule, 0)
        if total >= MOST_WAITING:
            return APPROVALS_FULL(count=total, most=MOST_WAITING)
        return APPROVALS_FULL(count=own, most=MOST_OF_RULE) if own >= MOST_OF_RULE else None


def _keep(at: Position, spec: Step, proposal: Proposal) -> None:
    at.data[APPROVALS] = {**at.data.get(APPROVALS, {}), spec.id: proposal.as_data()}


def _with_one_text(rendered: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The inputs with the one of several texts that is shown, and sent if it is approved."""
    inputs = dict(rendered)
    texts = inputs.get("one_of")
    if isinstance(texts, list) and texts:
        del inputs["one_of"]
        inputs["text"] = texts[int(drawn_from(key) * len(texts))]
    return inputs


def _declined(decided: Mapping[str, Any]) -> Reason:
    if decided["because"]:
        return DECLINED_BECAUSE(by=decided["by"], at=decided["at"], because=decided["because"])
    return DECLINED(by=decided["by"], at=decided["at"])


def _leave_out(progress: Progress, spec: Step, reason: Reason, code: str, now_ms: int) -> None:
    progress.record(spec, _outcome(SkippedStep(reason, code=code), now_ms), now_ms)


def _outcome(error: StepError, now_ms: int) -> StepOutcome:
    """The outcome of a step of which nothing is sent."""
    return StepOutcome(
        status=status_of(error),
        summary=error.reason,
        started_at=now_ms,
        duration_ms=0,
        output={},
        error=error,
    )


def _request(request: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A recorded request as people see it."""
    return None if request is None else {name: request.get(name) for name in _REQUEST}


_REQUEST = ("method", "url", "body")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
