"""Permission to say something now: opt-outs, budgets and claimed replies, asked when it is sent.

An earlier check could be outdated: the person may write STOP while the run waits.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from automator.clock import Clock, ms_of
from automator.configuration.settings import Budgets
from automator.engine.attempts.next_step import NextStep
from automator.model import (
    LONGEST_WAIT_MS,
    Permission,
    Reason,
    ReplyClaim,
    RescheduledStep,
    RetryableError,
    SkippedStep,
    Speech,
    StepError,
    StoreUnavailableError,
    VariantChoice,
    record,
)
from automator.reasons.attempts.steps import (
    CONNECTION_BUDGET_FULL,
    CONTACT_BUDGET,
    OPTED_OUT,
    PLACE_DELETED,
    PRIVATE_REPLY_TAKEN,
    STORE_UNAVAILABLE,
)
from automator.reasons.targets import CONNECTION_BUDGET

#: Asks for the permission to send, and counts what is permitted, over all nodes.
AskToSpeak = Callable[[Speech], Awaitable[Permission]]


def _nothing_chosen(_choice: VariantChoice) -> None:
    return None


@record
class Permissions:
    """Makes the permission of each attempt in this process."""

    ask: AskToSpeak
    #: The text that a run has chosen before.
    recall: Callable[[VariantChoice], int | None] = _nothing_chosen
    budgets: Budgets
    clock: Clock

    def of(self, attempted: NextStep) -> "StepPermission":
        """The permission that one attempt of a step asks for."""
        return StepPermission(self, attempted)


@dataclass(slots=True)
class StepPermission:
    """The permission of one attempt of one step, with the reply that it has claimed."""

    _permissions: Permissions
    _attempted: NextStep
    #: The reply that no other run may send while this one has it.
    claim: ReplyClaim | None = None
    #: The index of the chosen text.
    variant: int | None = None

    async def __call__(
        self,
        to: str | None,
        *,
        is_private: bool,
        only_reply_to: str | None = None,
        variants: int = 0,
        places: tuple[str, ...] = (),
        is_counted: bool = True,
    ) -> int | None:
        """Returns once the step may send a message to the person whom the provider calls `to`.

        The result is the index of the text to say, if there are `variants`. `places` are the keys
        of the places below which it appears. The budgets are not asked unless it `is_counted`.

        Raises:
            SkippedStep: it must not (codes `place_deleted`, `opted_out`, `contact_budget`,
                `connection_budget`, `private_reply_taken`).
            RescheduledStep: it may do so later (code `connection_budget`).
            RetryableError: the store cannot tell now (code `store_unavailable`).
        """
        if self._attempted.step.is_shadow:
            return self._in_shadow(to, is_private=is_private, variants=variants)
        budgets, attempted = self._permissions.budgets, self._attempted
        connection = attempted.step.via or attempted.claimed.connection
        now_ms = self._permissions.clock.now_ms()
        speech = Speech(
            connection=connection,
            contact=None if to is None else f"{connection}:{to}",
            is_private=is_private,
            # The budget of a person is for rules: messages by hand have a limit of their own.
            per_contact=budgets.per_contact
            if is_counted and not attempted.claimed.run.is_by_hand
            else 0,
            per_connection=budgets.per_connection if is_counted else 0,
            places=places,
            is_counted=self._attempted.earlier.has_reservation(now_ms),
            claim=None if only_reply_to is None else self._claim_of(only_reply_to),
            choice=self.choice_of(to if is_private else None, variants),
        )
        try:
            permission = await self._permissions.ask(speech)
        except StoreUnavailableError as error:
            # Nothing has been said: the next attempt asks again.
            raise RetryableError(STORE_UNAVAILABLE(because=error.reason)) from error
        refused = refusal(speech, permission, now_ms)
        if refused is not None:
            raise refused
        self.claim = speech.claim
        if permission.variant is not None:
            self.variant = permission.variant
        return self.variant

    def _in_shadow(self, to: str | None, *, is_private: bool, variants: int) -> int | None:
        """The permission in shadow mode: nothing is asked for, claimed or counted."""
        contact = self._attempted.claimed.contact
        if is_private and contact.get("opted_out") and to == contact["id"]:
            raise SkippedStep(OPTED_OUT(since=ms_of(contact["opted_out_at"])))
        return 0 if variants else None

    def choice_of(self, person: str | None, variants: int) -> VariantChoice | None:
        """The choice from several texts: not the last one for this person, or in public for
        anybody.

        None when there is nothing to choose, or an earlier attempt has chosen.
        """
        known = self._attempted.known_variant
        if known is not None and known < variants:
            self.variant = known
            return None
        if not variants:
            return None
        run, connection = self._attempted.claimed.run, self._attempted.connection
        parts = ("", "one_of", connection, run.rule, self._attempted.id, person or "")
        named = "\0".join(parts).encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(named, digest_size=16).hexdigest()
        return VariantChoice(key=key, count=variants, run_id=run.id)

    def _claim_of(self, comment: str) -> ReplyClaim:
        claimed = self._attempted.claimed
        return ReplyClaim(
            connection=self._attempted.connection,
            comment=comment,
            run_id=claimed.run.id,
            rule=claimed.run.rule,
            step=self._attempted.id,
        )


def refusal(speech: Speech, permission: Permission, now_ms: int) -> StepError | None:
    """The error that forbids the message now; None when it may be sent."""
    because = _forbidden(speech, permission)
    if because is not None:
        return SkippedStep(because)
    if permission.slot_at is None:
        return None
    wait_ms = permission.slot_at - now_ms
    if wait_ms > LONGEST_WAIT_MS:
        full = CONNECTION_BUDGET_FULL(
            connection=speech.connection, limit=speech.per_connection, longest=LONGEST_WAIT_MS
        )
        return SkippedStep(full, code="connection_budget")
    return RescheduledStep(
        CONNECTION_BUDGET(
            until=permission.slot_at,
            connection=speech.connection,
            limit=speech.per_connection,
        ),
        until_ms=permission.slot_at,
        code="connection_budget",
    )


def _forbidden(speech: Speech, permission: Permission) -> Reason | None:
    """The reason why the message may not be sent at all, or None."""
    if permission.deleted_at is not None:
        return PLACE_DELETED(at=permission.deleted_at)
    if permission.opted_out_at is not None:
        return OPTED_OUT(since=permission.opted_out_at)
    if permission.contact_is_full:
        return CONTACT_BUDGET(limit=speech.per_contact)
    return None if permission.replied_by is None else _replied(permission.replied_by)


def _replied(holder: ReplyClaim) -> Reason:
    return PRIVATE_REPLY_TAKEN(
        comment=holder.comment, run=holder.run_id, rule=holder.rule, step=holder.step
    )
