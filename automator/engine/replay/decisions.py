"""Decides about each stored run or event of a replay: its new run, or why it is left out."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from automator.engine.replay.plan import LeftOut, Planned
from automator.engine.replay.request import ReplayRequest
from automator.engine.rulesets.revisions import Revisions
from automator.model import Event, NewRun, NotFoundError, Reason, RunState, record
from automator.reasons import replays
from automator.rules import (
    SHADOW,
    CompiledRule,
    Decision,
    EventFacts,
    RuleSet,
    decide_rule,
    event_scope,
    explain_rule,
    rule_matches,
)
from automator.store import EventRow, Log, RunRow

# --- A page of the stored runs or events of a replay, with all that the log knows about them ---


@record(kw_only=False)
class SourcePage:
    """One page of the sources of a replay, and the data that decisions about them need."""

    events: Mapping[int, Event]
    contacts: Mapping[str, Mapping[str, Any]]
    replayed: Mapping[tuple[int, str], int]
    acted: Mapping[int, set[str]]

    @classmethod
    async def look_up(
        cls,
        log: Log,
        request: ReplayRequest,
        sources: Sequence[RunRow | EventRow],
        *,
        needs_contacts: bool,
    ) -> "SourcePage":
        """Reads the page from the log, with contacts only if a rule reads them."""
        event_ids = {item.run.event_id if isinstance(item, RunRow) else item.id for item in sources}
        events = await asyncio.to_thread(log.events_with_ids, event_ids)
        contacts: dict[str, Mapping[str, Any]] = {}
        if needs_contacts:
            for key in {event.contact for event in events.values() if event.contact}:
                contacts[key] = await asyncio.to_thread(log.contact, key)
        replayed: Mapping[tuple[int, str], int] = {}
        if not request.again:
            replayed = await asyncio.to_thread(log.replayed_as, [item.id for item in sources])
        acted: dict[int, set[str]] = {}
        if request.over == "events" and not request.again:
            acted = await asyncio.to_thread(log.rules_that_acted, event_ids)
        return cls(events, contacts, replayed, acted)

    def scope(self, event: Event, now_ms: int) -> dict[str, Any]:
        """The values that conditions see for a stored event, with the contact as it is now."""
        return event_scope(event, self.contacts.get(event.contact or "", {}), now_ms)


#: Keys in a run's data that its replay does not get.
_NOT_KEPT = ("mode", "replay", "decisions", "into", "variants")
#: The states of a run that stopped at a step, which failed or was not done.
_STOPPED_AT_A_STEP = (RunState.DEAD, RunState.UNKNOWN, RunState.CANCELLED)

#: The states of runs that ended well. They are left out unless the filter asks for them.
_ONLY_NAMED = (RunState.DONE, RunState.CANCELLED, RunState.SUPPRESSED)


@dataclass(slots=True)
class ReplayReader:
    """Reads the sources of a replay page by page, and decides about each."""

    log: Log
    revisions: Revisions
    request: ReplayRequest
    _rules: dict[int, RuleSet | None] = field(default_factory=dict)
    #: Whether the request names states or runs; None until this is needed.
    _is_named: bool | None = None

    async def page(self, after: int, limit: int) -> Sequence[RunRow | EventRow]:
        """The sources after an id, oldest first."""
        request = self.request
        if request.over == "events":
            return await asyncio.to_thread(
                self.log.events, request.event_filter, after=after, limit=limit
            )
        return await asyncio.to_thread(self.log.runs, request.run_filter, after=after, limit=limit)

    async def decide(
        self, sources: Sequence[RunRow | EventRow], now_ms: int
    ) -> list[Planned | LeftOut]:
        """Decides about each source: one result for a run, any number for an event."""
        page = await self._look_up(sources)
        found: list[Planned | LeftOut] = []
        for source in sources:
            if isinstance(source, RunRow):
                found.append(self._of_run(source, page, now_ms))
            else:
                found += self._of_event(source, page, now_ms)
        return found

    async def _look_up(self, sources: Sequence[RunRow | EventRow]) -> SourcePage:
        """Reads all that the decisions about a page need. Keeps the rules for the next page."""
        revisions = {self.request.revision}
        for item in sources:
            revisions.add(item.run.revision if isinstance(item, RunRow) else item.revision)
        for revision in revisions - self._rules.keys():
            try:
                self._rules[revision] = await self.revisions.of(revision)
            except NotFoundError:
                self._rules[revision] = None
        needs_contacts = any(rules.needs_contact for rules in self._rules.values() if rules)
        return await SourcePage.look_up(
            self.log, self.request, sources, needs_contacts=needs_contacts
        )

    def _rules_for(self, revision: int) -> RuleSet | None:
        return self._rules[self.request.revision if self.request.rules == "now" else revision]

    # --- Decisions about a run ---

    def _of_run(self, row: RunRow, page: SourcePage, now_ms: int) -> Planned | LeftOut:
        refused = self._refused(row, page)
        if refused:
            return LeftOut(row, refused, row.run.rule)
        rules = self._rules_for(row.run.revision)
        if rules is None:
            return LeftOut(row, replays.rules_unreadable(), row.run.rule)
        rule = rules.rule(row.run.rule)
        if rule is None:
            return LeftOut(row, replays.rule_gone(), row.run.rule)
        if not rule.spec.enabled and self.request.rules == "now":
            return LeftOut(row, replays.rule_off(), row.run.rule)
        if self.request.begin == "step" and row.run.state in _STOPPED_AT_A_STEP:
            return self._from_step(row, rule)
        return self._from_start(row, rule, page, now_ms)

    def _refused(self, row: RunRow, page: SourcePage) -> Reason | None:
        """The reason why a run is not replayed, whatever its rule says; None if it may be."""
        run, state, again = row.run, row.run.state, self.request.again
        reasons = (
            (replays.still_under_way(), not state.is_final),
            (replays.held_since_restore(), state is RunState.HELD),
            (
                replays.only_when_named(state=state.label),
                state in _ONLY_NAMED and not self._names_runs(),
            ),
            (replays.never_decided(), run.is_undecided),
            (replays.wait_has_ended(), run.is_ended_wait),
            (replays.already_replayed(), (row.id, run.rule) in page.replayed),
            (replays.collected_elsewhere(), run.is_collected),
            (replays.itself_a_replay(), bool(run.replay) and state is RunState.DONE and not again),
        )
        return next((reason for reason, holds in reasons if holds), None)

    def _names_runs(self) -> bool:
        """Whether the request names states or runs. Computed once."""
        if self._is_named is None:
            named = self.request.run_filter
            self._is_named = bool(named.states) or bool(named.run_ids)
        return self._is_named

    def _from_step(self, row: RunRow, rule: CompiledRule) -> Planned | LeftOut:
        """The replay that continues at the step which failed, wherever the rule has it now."""
        run = row.run
        step = run.step
        if self.request.rules == "now" and run.revision != self.request.revision:
            then = self._rules[run.revision]
            old = then.rule(run.rule) if then else None
            if old is None:
                return LeftOut(row, replays.failed_step_unknown(), run.rule)
            failed = old.spec.sequence(run.path)[step : step + 1]
            names = [item.id for item in rule.spec.sequence(run.path)]
            if not failed or failed[0].id not in names:
                name = failed[0].id if failed else run.path
                return LeftOut(row, replays.step_gone(step=name), run.rule)
            step = names.index(failed[0].id)
        if step >= len(rule.spec.sequence(run.path)):
            return LeftOut(row, replays.no_step_left(), run.rule)
        return Planned(row, rule, self._new(row, rule, _kept(row, rule), step=step))

    def _from_start(
        self, row: RunRow, rule: CompiledRule, page: SourcePage, now_ms: int
    ) -> Planned | LeftOut:
        run = row.run
        if not rule.spec.sequence(run.path):
            return LeftOut(row, replays.steps_gone(path=run.path), run.rule)
        if run.path or self.request.rules == "then":
            data = _kept(row, rule) if run.path else _from_nothing(row, rule)
            return Planned(row, rule, self._new(row, rule, data))
        event = page.events[run.event_id]
        facts, scope = EventFacts.of(event), page.scope(event, now_ms)
        if not rule_matches(rule, scope, facts):
            because = explain_rule(rule, scope, facts).decided_by
            return LeftOut(row, replays.matches_no_more(because=because), run.rule)
        # The earlier run waited in vain for an event, so its replay must not wait again.
        decision = decide_rule(rule, scope, now_ms, is_absent=True)
        data = {**_from_nothing(row, rule), **decision.data}
        planned = _decided(self._new(row, rule, {}), decision)
        return Planned(row, rule, replace(planned, data=data))

    def _new(
        self, row: RunRow, rule: CompiledRule, data: Mapping[str, Any], *, step: int = 0
    ) -> NewRun:
        run = row.run
        revision = self.request.revision if self.request.rules == "now" else run.revision
        return NewRun(
            id=0,
            event_id=run.event_id,
            rule=rule.spec.id,
            revision=revision,
            lane=run.lane,
            contact=run.contact,
            run_at=0,
            path=run.path,
            step=step,
            parent_id=run.parent_id,
            data=data,
        )

    # --- Decisions about an event ---

    def _of_event(self, row: EventRow, page: SourcePage, now_ms: int) -> list[Planned | LeftOut]:
        rules = self._rules_for(row.revision)
        event = page.events.get(row.id)
        if rules is None or event is None:
            return [LeftOut(row, replays.rules_unreadable())]
        if event.is_emptied:
            return [LeftOut(row, replays.event_emptied())]
        facts = EventFacts.of(event)
        decisions = rules.decide(page.scope(event, now_ms), now_ms, facts)
        if not decisions:
            return [LeftOut(row, replays.no_rule_matches())]
        found: list[Planned | LeftOut] = []
        for decision in decisions:
            if decision.instead_of is not None:
                # This rule acts despite its limits, so no other rule acts instead of it.
                continue
            name = decision.rule.spec.id
            if decision.wait_key is not None or decision.rule.spec.limits.both is not None:
                found.append(LeftOut(row, replays.absence_not_known(), name))
            elif (row.id, name) in page.replayed:
                found.append(LeftOut(row, replays.already_replayed(), name))
            elif name in page.acted.get(row.id, ()):
                found.append(LeftOut(row, replays.has_a_run(), name))
            else:
                found.append(Planned(row, decision.rule, self._of_decision(event, row, decision)))
        return found

    def _of_decision(self, event: Event, row: EventRow, decision: Decision) -> NewRun:
        revision = self.request.revision if self.request.rules == "now" else row.revision
        run = NewRun(
            id=0,
            event_id=event.id,
            rule=decision.rule.spec.id,
            revision=revision,
            lane=event.lane,
            contact=event.contact,
            run_at=0,
        )
        return _decided(run, decision)


def _decided(run: NewRun, decision: Decision) -> NewRun:
    """Returns the run, put off if the rule's calendar is closed. Limits only count it."""
    return replace(
        run,
        run_at=decision.run_at,
        data=decision.data,
        state=decision.state,
        reason=decision.reason,
        waits_for=decision.made.waits,
        note=decision.note,
        limits=decision.limits,
        is_wanted=True,
    )


def _kept(row: RunRow, rule: CompiledRule) -> Mapping[str, Any]:
    """The data that the replay keeps: outputs of the run's steps, or a follow-up's data."""
    kept = {key: value for key, value in row.run.data.items() if key not in _NOT_KEPT}
    return {**kept, **_marks(rule)}


def _from_nothing(row: RunRow, rule: CompiledRule) -> Mapping[str, Any]:
    """The data of a replay from the beginning: the events that the run has collected, if any."""
    gathered = {"collected_by": row.run.collected_by} if row.run.collected_by else {}
    return {**gathered, **_marks(rule)}


def _marks(rule: CompiledRule) -> Mapping[str, Any]:
    return SHADOW if rule.spec.shadow else {}
