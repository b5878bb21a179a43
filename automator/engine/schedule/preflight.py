"""The count before a schedule for people goes live: who would get a message now, and who not.

It stores nothing, and judges each contact by the same function as a firing.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.clock import iso_time, optional_time
from automator.configuration.settings import Budgets
from automator.engine.intake.own_events import portion_delivery
from automator.engine.schedule.audience import People, Person, pace_of
from automator.engine.schedule.fire_times import next_fire
from automator.model import (
    N_,
    Delivery,
    KeyedLimit,
    NewRun,
    NotFoundError,
    Reason,
    Schedule,
    reason_json,
    record,
)
from automator.model.rules.trigger import Audience
from automator.plugins import AnyAction, Provider
from automator.reasons.limits import contact_held_back
from automator.rules import CompiledRule
from automator.store import Firing, KnownContact, Log
from automator.store.limits.standing import limit_ids, standing
from automator.store.log.firing_log import RunsOfFiring

# --- Contacts whom the limits of a rule would hold back, counted without a trace ---


class HeldBack:
    """The uses of a rule's limits, including the uses that earlier people would add."""

    def __init__(self, log: Log, rule: CompiledRule, per_second: float, now_ms: int) -> None:
        self._log = log
        self._rule = rule
        self._apart_ms = 1000 / per_second
        self._now_ms = now_ms
        #: People whom the firing would have taken so far.
        self._taken = 0
        self._uses: dict[str, list[list[int]]] = {}

    def judge(self, people: Sequence[tuple[KeyedLimit, ...]]) -> list[Reason | None]:
        """The reasons that hold back people with these limits, in order; None for no reason."""
        runs = [self._run(limits) for limits in people]
        new = {one for run in runs for one in limit_ids(run)} - self._uses.keys()
        self._uses |= self._log.uses_of_limits(sorted(new))
        return [self._judge(run) for run in runs]

    def _judge(self, run: NewRun) -> Reason | None:
        at = self._now_ms + round(self._taken * self._apart_ms)
        self._taken += 1
        for one in standing(run, self._uses, at):
            if one.holds_back:
                return contact_held_back(limit=one.name)
        for limit_id in limit_ids(run):
            self._uses.setdefault(limit_id, []).append([at, 0])
        return None

    def _run(self, limits: tuple[KeyedLimit, ...]) -> NewRun:
        rule = self._rule
        return NewRun(
            id=0,
            event_id=0,
            rule=rule.spec.id,
            revision=0,
            lane=None,
            contact=None,
            run_at=self._now_ms,
            data=rule.marks,
            limits=limits,
        )


#: Contacts that are read at once, and seconds between two such pages, in which webhooks come first.
_PAGE = 100
_PAUSE_S = 0.005
#: Seconds that a count in the server may take; then it says how many contacts it covers.
MOST_S = 20.0
#: How many examples there are of contacts that would get a message, and of contacts left out for
#: each reason.
_MOST_EXAMPLES = 5
_EXAMPLES_OF_REASON = 2


@record(kw_only=False)
class Example:
    """An example of a contact that would get a message, or that is left out."""

    connection: str
    id: str
    name: str | None
    #: Why the contact is left out; None = it would get a message.
    reason: Reason | None


@record
class Preflight:
    """The result that a firing would have now."""

    rule: str
    schedule: Schedule
    audience: Audience
    next_fire: int | None
    #: Contacts that the filter picks, and how many of them would get a message.
    seen: int
    reached: int
    #: The others whom a limit of the rule would hold back: a firing takes them as well.
    held_back: int
    #: Why the remaining contacts are left out, with their numbers, the most frequent first.
    left_out: tuple[tuple[Reason, int], ...]
    examples: tuple[Example, ...]
    #: False: the time did not suffice for all contacts.
    is_complete: bool
    per_second: float
    #: The last firings, the newest first, with the outcomes of the newest firing's runs.
    firings: tuple[Firing, ...]
    runs: tuple[RunsOfFiring, ...]

    @property
    def taken(self) -> int:
        """The number of contacts that one firing would take."""
        return min(self.reached + self.held_back, self.audience.most)

    @property
    def takes_ms(self) -> int:
        """The milliseconds that it would take for them."""
        return round(self.taken / self.per_second * 1000)

    @property
    def going(self) -> Firing | None:
        """The firing that is under way."""
        return next((one for one in self.firings if one.is_going), None)

    def as_json(self) -> dict[str, Any]:
        """The result in the form of the API and of `--json`."""
        fires = self.next_fire
        return {
            "rule": self.rule,
            "schedule": self.schedule.written,
            "next": None if fires is None else iso_time(fires),
            "connection": self.audience.connection,
            "contacts": self.seen,
            "is_complete": self.is_complete,
            "spoken_to": self.reached,
            "taken": self.taken,
            "takes_s": round(self.takes_ms / 1000),
            "left_out": _counted(self.left_out),
            "examples": [
                {
                    "connection": one.connection,
                    "id": one.id,
                    "name": one.name,
                    "left_out": reason_json(one.reason),
                }
                for one in self.examples
            ],
            "firings": [_firing_json(one) for one in self.firings],
            "runs": [
                {"state": one.state.label, "reason_codes": one.codes, "count": one.count}
                for one in self.runs
            ],
        }


def _firing_json(firing: Firing) -> dict[str, Any]:
    return {
        "event_id": firing.event,
        "scheduled_at": iso_time(firing.scheduled_at),
        "state": firing.state.label,
        "contacts": firing.seen,
        "taken": firing.started,
        "left_out": _counted(firing.left_out),
        "finished_at": optional_time(firing.finished_at),
        "stopped_by": firing.stopped_by,
    }


def _counted(reasons: Iterable[tuple[Reason, int]]) -> list[dict[str, Any]]:
    return [{"reason": reason.to_json(), "count": count} for reason, count in reasons]


def people_rule(rules: Mapping[str, CompiledRule], name: str) -> CompiledRule:
    """The rule with this id, which fires for people.

    Raises:
        NotFoundError: there is no such rule, or its schedule fires for nobody.
    """
    rule = rules.get(name)
    if rule is None or rule.spec.trigger.audience is None:
        raise NotFoundError(
            N_("'{rule}' is no rule that fires for contacts"),
            fix=N_("Name a rule whose trigger has 'contacts' beside its 'schedule'."),
            rule=name,
        )
    return rule


@dataclass(slots=True)
class _Count:
    """The contacts that were looked at so far."""

    seen: int = 0
    reached: int = 0
    held_back: int = 0
    #: The contacts that are left out, by the reason as a key.
    left_out: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    #: Whether every contact was looked at.
    is_complete: bool = False

    def note(self, contact: KnownContact, reason: Reason | None) -> None:
        """Counts a contact, which is left out for this reason, or would get a message."""
        self.seen += 1
        if reason is None:
            self.reached += 1
            is_shown = self.reached <= _MOST_EXAMPLES
        else:
            self.left_out[reason.key] += 1
            is_shown = self.left_out[reason.key] <= _EXAMPLES_OF_REASON
        if is_shown:
            facts = contact.facts
            example = Example(contact.connection, facts["id"], facts["name"], reason)
            self.examples.append(example)


def preflight(
    log: Log,
    rule: CompiledRule,
    connections: Mapping[str, Provider],
    actions: Mapping[str, AnyAction],
    budgets: Budgets,
    now_ms: int,
    *,
    most_s: float = MOST_S,
) -> Preflight:
    """Counts the contacts of a rule as they are now, for at most `most_s` seconds. Blocks; call it
    in a thread.
    """
    people = People(rule, connections, actions, firing="", at=now_ms)
    delivery = portion_delivery(0, people.audience.connection, now_ms, people.facts)
    per_second = pace_of(people.audience, budgets)
    limits = HeldBack(log, rule, per_second, now_ms) if rule.limits else None
    count = _counted_people(log, people, delivery, limits, time.monotonic() + most_s)
    firings = log.firings(rule.spec.id)
    return Preflight(
        rule=rule.spec.id,
        schedule=people.schedule,
        audience=people.audience,
        next_fire=next_fire(people.schedule, now_ms),
        seen=count.seen,
        reached=count.reached,
        held_back=count.held_back,
        left_out=tuple((Reason.from_key(key), of) for key, of in count.left_out.most_common()),
        examples=tuple(sorted(count.examples, key=lambda one: one.reason is not None)),
        is_complete=count.is_complete,
        per_second=per_second,
        firings=tuple(firings),
        runs=tuple(log.runs_of(firings[0])) if firings else (),
    )


def _counted_people(
    log: Log, people: People, delivery: Delivery, limits: HeldBack | None, deadline: float
) -> _Count:
    """Looks at the contacts, page by page, until a time of the monotonic clock."""
    count = _Count()
    after: str | None = None
    while after != "" and time.monotonic() < deadline:
        page, after = log.contacts(people.wanted, after=after or "", limit=_PAGE, most=_PAGE)
        reasons = [people.judge(contact, delivery) for contact in page]
        if limits is not None:
            reasons, held = _limited(limits, people, reasons, delivery)
            count.held_back += held
        for contact, judged in zip(page, reasons, strict=True):
            count.note(contact, None if isinstance(judged, Person) else judged)
        time.sleep(_PAUSE_S)
    count.is_complete = after == ""
    return count


def _limited(
    limits: HeldBack, people: People, judged: Sequence[Person | Reason], delivery: Delivery
) -> tuple[list[Person | Reason], int]:
    """The judged people, with reasons for people whom a limit would hold back, and their number."""
    persons = [one for one in judged if isinstance(one, Person)]
    answers = iter(limits.judge([people.limits_of(one, delivery) for one in persons]))
    found: list[Person | Reason] = []
    held = 0
    for one in judged:
        reason = next(answers) if isinstance(one, Person) else None
        held += reason is not None
        found.append(reason or one)
    return found, held
