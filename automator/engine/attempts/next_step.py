"""The next step of a run, with the results of its earlier attempts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automator.clock import iso_time
from automator.model import (
    AGAIN,
    APPROVALS,
    QUESTION,
    SPAN_MS,
    AwaitedEcho,
    Claimed,
    Proposal,
    Question,
    Run,
    UnknownOutcome,
    record,
)
from automator.rules import CompiledRule, CompiledStep


@record(kw_only=False)
class EarlierAttempts:
    """The traces of earlier attempts of a step, kept with the run until the step is over."""

    #: The moment that is reserved for the step in a budget.
    reserved_at: int | None = None
    #: When the first attempt began that may have worked.
    unknown_since: int | None = None
    #: The key of the echo of such an attempt.
    echo_key: str | None = None

    @classmethod
    def of_run(cls, run: Run) -> "EarlierAttempts":
        """The facts that the store keeps with a run."""
        if run.reserved_at is None and run.unknown_since is None and run.echo_key is None:
            return NO_ATTEMPTS
        return cls(run.reserved_at, run.unknown_since, run.echo_key)

    @property
    def may_have_worked(self) -> bool:
        """Nobody knows whether one of them has worked."""
        return self.unknown_since is not None

    def has_reservation(self, now_ms: int) -> bool:
        """Whether this moment is reserved. A minute later, after downtime, it is not."""
        at = self.reserved_at
        return at is not None and at <= now_ms < at + SPAN_MS

    def and_unknown(self, error: UnknownOutcome, since_ms: int) -> "EarlierAttempts":
        """The same after one more attempt, which may have worked."""
        since = since_ms if self.unknown_since is None else self.unknown_since
        key = None if error.echo is None else error.echo.key
        return replace(self, unknown_since=since, echo_key=key)

    def awaited(self, connection: str) -> AwaitedEcho | None:
        """The echo that would prove one of them, if there is one."""
        if self.echo_key is None or self.unknown_since is None:
            return None
        return AwaitedEcho(connection=connection, key=self.echo_key, since_ms=self.unknown_since)


NO_ATTEMPTS = EarlierAttempts()


@record(kw_only=False)
class NextStep:
    """The next step of a claimed run, with everything that it sees."""

    claimed: Claimed
    rule: CompiledRule
    step: CompiledStep
    #: The run's data, as its steps have left it so far.
    data: Mapping[str, Any]
    earlier: EarlierAttempts = NO_ATTEMPTS

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.step.spec.id

    @property
    def connection(self) -> str:
        """The connection that the step acts through."""
        return self.step.via or self.claimed.connection

    @property
    def is_retry(self) -> bool:
        """The run was claimed at this step, and has tried it before."""
        run = self.claimed.run
        return run.attempt > 1 and self.rule.spec.sequence(run.path)[run.step].id == self.id

    @property
    def known_variant(self) -> int | None:
        """The index of the text that an earlier attempt has chosen."""
        chosen: int | None = self.data.get("variants", {}).get(self.id)
        return chosen

    @property
    def approved_inputs(self) -> Mapping[str, Any] | None:
        """The inputs that were shown to a person, of a step that is approved before it is done."""
        proposal = self.data.get(APPROVALS, {}).get(self.id)
        return None if proposal is None else Proposal.of_data(proposal).inputs

    @property
    def again(self) -> Question | None:
        """The question that the step only asks once more, with the values of the first time."""
        if AGAIN not in self.data or not self.step.asks:
            return None
        return Question.of_data(self.data[QUESTION])

    def scope(self, now_ms: int) -> dict[str, Any]:
        """The scope of its conditions and templates."""
        claimed, own = self.claimed, self.data.get("vars")
        return {
            "event": claimed.event,
            "events": claimed.events,
            "contact": claimed.contact,
            "connection": {"name": claimed.connection, "provider": claimed.event["provider"]},
            "vars": {**self.rule.vars, **own} if own else self.rule.vars,
            "steps": self.data.get("steps", {}),
            "now": iso_time(now_ms),
        }
