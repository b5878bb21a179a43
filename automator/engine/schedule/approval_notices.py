"""Raises an event when steps have begun to wait for approval, so that rules can notify people.

One event reports all steps of a minute, on all nodes, so that many steps cause few notices. The
store's queue shows which steps these are. After a start the last hour is reported again, because
steps that began to wait before the start may not have been reported.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from automator.clock import Clock, iso_time
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import own_body
from automator.engine.rulesets.rulebook import RuleBook
from automator.model import Reason, Waits
from automator.model.own_events import APPROVAL_WAITING, SCHEDULE
from automator.plugins import Provider
from automator.reasons.attempts.approvals import approvals_wait
from automator.store import Store

logger = logging.getLogger(__name__)

_MINUTE_MS: Final = 60_000
#: How many milliseconds after the end of a minute its last commits can be read.
_SETTLED_MS: Final = 5_000
#: How many minutes are looked at after a start.
_LOOK_BACK: Final = 60
#: How many steps are counted at most.
_MOST_COUNTED: Final = 1_000


def waiting_body(
    counts: Mapping[str, int],
    new: Mapping[str, int],
    names: Mapping[str, str],
    *,
    since: int,
    link: str,
    say: Callable[[Reason], str],
) -> dict[str, Any]:
    """Makes the body of the event: for each rule, how many steps wait, and how many are new.

    New steps have begun to wait after `since`. `names` has the names of the rules.
    """
    total = sum(counts.values())
    rules = [
        {
            "id": rule,
            "name": names.get(rule, rule),
            "count": max(counts.get(rule, 0), count),
            "new": count,
        }
        for rule, count in sorted(new.items())
    ]
    return own_body(
        say(approvals_wait(count=total)),
        {
            "count": total,
            "new": sum(new.values()),
            "since": iso_time(since),
            "link": link,
            "rules": rules,
        },
    )


@dataclass(kw_only=True, eq=False)
class ApprovalNotices:
    """Watches the steps that wait for approval. One instance per process, on the event loop."""

    own: Provider
    intake: Intake
    rulebook: RuleBook
    store: Store
    clock: Clock
    #: The address of the page for approvals.
    link: str
    #: Words reasons in the event.
    say: Callable[[Reason], str]
    #: The first minute that has not been looked at; None before the first look.
    _next: int | None = field(init=False, default=None)

    async def tell(self) -> None:
        """Raises the event for minutes that are over. Most calls do nothing: call it often.

        Raises:
            StoreUnavailableError: nothing can be stored now; the next call reports the steps.
        """
        now_ms = self.clock.now_ms() + self.store.membership.clock_shift_ms
        last = (now_ms - _SETTLED_MS) // _MINUTE_MS - 1
        first = last - _LOOK_BACK + 1 if self._next is None else self._next
        if last < first <= last + _LOOK_BACK:
            return
        first = max(min(first, last), last - _LOOK_BACK + 1)
        rules = self.rulebook.active.rule_set
        if await asyncio.to_thread(rules.names, APPROVAL_WAITING, SCHEDULE, SCHEDULE):
            await self._tell_of(first, last)
        self._next = last + 1

    async def _tell_of(self, first: int, last: int) -> None:
        since, until = first * _MINUTE_MS, (last + 1) * _MINUTE_MS
        log = self.store.log
        new = await asyncio.to_thread(
            log.began_to_wait, Waits.APPROVAL, since, until, APPROVAL_WAITING, _MOST_COUNTED
        )
        if not new:
            return
        counts = await asyncio.to_thread(log.waiting_counts, Waits.APPROVAL, _MOST_COUNTED)
        rule_set = self.rulebook.active.rule_set
        rules = {name: rule_set.rule(name) for name in new}
        names = {name: rule.spec.name or name for name, rule in rules.items() if rule}
        receipts = await self.intake.raise_own(
            self.own,
            APPROVAL_WAITING,
            waiting_body(counts, new, names, since=since, link=self.link, say=self.say),
            dedupe_key=f"{APPROVAL_WAITING}:{last}",
            subject=APPROVAL_WAITING,
            occurred_at=until,
        )
        if not all(receipt.duplicate for receipt in receipts):
            logger.info("approvals.told new=%d", sum(new.values()))
