"""Explains each rule's decision about a stored event, with the values and the runs of the time.

It uses the rules of the revision that decided, and their compiled conditions. The contact and the
`vars` of automator.yaml are the values stored with the event when it was decided. If these were not
stored, the present values are used, and the explanation says so. A replay decides again: if it used
rules of another revision, these are explained as well.
"""

import asyncio
import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from automator.conditions import EVERY_FIELD
from automator.engine.explanation.event_explanation import (
    EventExplanation,
    ExplainedRevision,
    ExplainedRule,
)
from automator.engine.explanation.stored_event import stored_event
from automator.engine.rulesets.revisions import Revisions
from automator.model import (
    LEAD,
    N_,
    POST,
    EventPart,
    NotFoundError,
    Reason,
    Run,
    RunState,
    SeenValues,
    record,
)
from automator.model.event import PART_KEYS, lacked_part, with_part
from automator.reasons import ReasonKind, explanations
from automator.reasons.attempts.look_ups import (
    lead_awaited,
    lead_not_in_a_test,
    post_awaited,
    post_not_in_a_test,
)
from automator.reasons.limits import outside, outside_for_ever
from automator.rules import (
    CompiledRule,
    EventFacts,
    Hints,
    RuleExplanation,
    RuleSet,
    event_scope,
    explain_rule,
)
from automator.store import EventDetail, Log, RunRow

#: How many other revisions are explained as well: the newest ones.
_MOST_REVISIONS = 5
_NOBODY_LOOKED = frozenset({post_not_in_a_test.code, lead_not_in_a_test.code})


async def explain_event(
    log: Log, revisions: Revisions, event_id: int, rule_id: str | None = None
) -> EventExplanation:
    """Explains a stored event for every rule, or for one.

    Raises:
        NotFoundError: there is no such event, or no such rule in its revision and its replays.
    """
    detail = await asyncio.to_thread(stored_event, log, event_id)
    decided = await revisions.of(detail.revision)
    others: dict[int, RuleSet] = {}
    for revision in _replayed_with(detail, rule_id):
        with contextlib.suppress(NotFoundError):
            others[revision] = await revisions.of(revision)
    contact = await _contact_now(log, detail, (decided, *others.values()))
    # In a thread, because with thousands of rules it takes seconds.
    explanation = await asyncio.to_thread(explain_detail, detail, decided, contact, rule_id)
    beside = await asyncio.to_thread(_explain_beside, detail, others, contact, rule_id)
    return replace(explanation, beside=beside)


async def explain_run(log: Log, run: Run, rule_set: RuleSet) -> EventExplanation | None:
    """Explains the decision of a run's rule about the run's event, by the run's revision.

    Returns None if the event is deleted.

    Raises:
        NotFoundError: the rule is not in the set.
    """
    detail = await asyncio.to_thread(log.event, run.event_id)
    if detail is None:
        return None
    contact = await _contact_now(log, detail, (rule_set,))
    return await asyncio.to_thread(explain_detail, detail, rule_set, contact, run.rule, run)


async def _contact_now(
    log: Log, detail: EventDetail, rule_sets: Iterable[RuleSet]
) -> Mapping[str, Any]:
    """The present contact of an event; empty if none of the rule sets can read a contact."""
    key = detail.event.contact
    if key is None or not any(rules.needs_contact for rules in rule_sets):
        return {}
    return await asyncio.to_thread(log.contact, key)


def explain_detail(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    of_run: Run | None = None,
) -> EventExplanation:
    """Explains an event by a rule set. Reads nothing from the store.

    `contact` is the present contact. `rule_set` decided about the event; or about the run `of_run`,
    which may be a replay, or may have been tried again with newer rules.

    Raises:
        NotFoundError: there is no such rule in the set, nor a replay by a newer one of this name.
    """
    event = detail.event
    if event.is_emptied:
        return EventExplanation(event, detail.revision, ())
    if (
        rule_id is not None
        and rule_set.rule(rule_id) is None
        and (of_run is not None or not _replayed_with(detail, rule_id))
    ):
        raise _no_such_rule(rule_set, rule_id, detail.revision)
    mark = _mark_of(of_run, detail)
    # A replay decided by the values of its own time, not by the values stored with the event.
    kept = () if of_run is not None and of_run.replay else detail.seen
    explained = sorted(
        _explained(detail, rule_set, contact, rule_id, kept),
        key=lambda rule: not rule.explanation.matched,
    )
    others = tuple(
        row
        for row in detail.runs
        if rule_set.rule(row.run.rule) is None and rule_id in (None, row.run.rule)
    )
    return EventExplanation(
        event,
        detail.revision,
        tuple(replace(rule, notes=(*mark, *rule.notes)) for rule in explained),
        others,
        unread=rule_set.unread,
        taken_again=detail.taken_again,
    )


def _no_such_rule(rule_set: RuleSet, rule_id: str, revision: int) -> NotFoundError:
    names = ", ".join(rule.spec.id for rule in rule_set.rules)
    return NotFoundError(
        N_("there was no rule {rule} in revision {revision}"),
        fix=N_("The rules were: {names}."),
        rule=rule_id,
        revision=revision,
        names=names or "-",
    )


def _mark_of(run: Run | None, detail: EventDetail) -> tuple[Reason, ...]:
    """A note if the run's rule is not the version of the rule that decided about the event."""
    if run is None:
        return ()
    if run.replay:
        return (explanations.of_replay(revision=run.revision),)
    if run.revision == detail.revision:
        return ()
    return (explanations.of_newer(revision=run.revision, decided=detail.revision),)


def _replayed_with(detail: EventDetail, rule_id: str | None) -> dict[int, dict[str, Run]]:
    """By revision: the newest run of each rule, or of one rule, that replays started with that
    other revision.
    """
    found: dict[int, dict[str, Run]] = {}
    for row in detail.runs:
        run = row.run
        is_other = run.replay and not run.path and run.revision != detail.revision
        if is_other and rule_id in (None, run.rule):
            found.setdefault(run.revision, {})[run.rule] = run
    return {revision: found[revision] for revision in sorted(found)[-_MOST_REVISIONS:]}


def _explain_beside(
    detail: EventDetail,
    rule_sets: Mapping[int, RuleSet],
    contact: Mapping[str, Any],
    rule_id: str | None,
) -> tuple[ExplainedRevision, ...]:
    """Explains the rules of other revisions with which replays have started runs."""
    replayed = _replayed_with(detail, rule_id)
    found = []
    for revision, rule_set in rule_sets.items():
        explained = [
            replace(rule, runs=())
            for name, run in replayed[revision].items()
            if rule_set.rule(name) is not None
            for rule in explain_detail(detail, rule_set, contact, name, run).rules
        ]
        if explained:
            found.append(ExplainedRevision(revision, tuple(explained)))
    return tuple(found)


def _explained(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    kept: tuple[SeenValues, ...],
) -> Iterator[ExplainedRule]:
    event = detail.event
    scope = event_scope(event, contact, event.received_at)
    lacked = lacked_part(event.body)
    if lacked is not None and any(map(_was_unknown, kept)):
        scope["event"] = with_part(event.body, lacked, None)
    facts = EventFacts.of(event)
    started = StartedRuns.of(detail.runs, rule_set)
    then = RecalledValues(kept, contact, rule_set.places)
    now = RecalledValues((), contact)
    stopped_by: CompiledRule | None = None
    answered_by = ""
    left_out, hints = rule_set.left_out(then.common_scope(rule_set, scope), facts), Hints()
    for rule in rule_set.rules:
        own = rule.spec.id
        values = now if started.waits_for_turn(own) else then
        explanation = explain_rule(
            rule,
            values.scope(rule, scope),
            facts,
            stopped_by=stopped_by,
            answered_by=answered_by,
            is_left_out=own in left_out,
            hints=hints,
        )
        if rule_id in (None, own):
            runs = [row for row in detail.runs if row.run.rule == own and not row.run.is_undecided]
            notes = notes_on(rule, explanation, started, values.unknown(rule), kept, lacked)
            yield ExplainedRule(explanation, tuple(runs), notes)
        if rule.may_stop and started.has_stopped(rule):
            stopped_by = stopped_by or rule
        if rule.answers and started.has_answered(rule):
            answered_by = answered_by or own


def _was_unknown(seen: SeenValues) -> bool:
    """Whether a part of the event was looked up and not found. A test looks nothing up."""
    return seen.not_found is not None and seen.not_found.code not in _NOBODY_LOOKED


# --- Notes: how old the shown values are, and which rules a `stop` has kept from acting ---
#
# The runs of an event are the record of the rules that acted on it. Replays do not count here,
# because they stop no rule.

#: The reasons why a rule did not act outside its active times.
_OUTSIDE = frozenset({outside.code, outside_for_ever.code})
_AWAITED = frozenset({post_awaited.code, lead_awaited.code})
#: The notes about each part of an event: it was found, it was not kept, or it was not found.
_OF_PARTS: Final[Mapping[EventPart, tuple[ReasonKind[...], ReasonKind[...], ReasonKind[...]]]] = {
    POST: (explanations.post_looked_up, explanations.post_not_kept, explanations.post_unknown),
    LEAD: (explanations.lead_looked_up, explanations.lead_not_kept, explanations.lead_unknown),
}


@record(kw_only=False)
class StartedRuns:
    """The runs that rules have started for an event, without replays."""

    runs: tuple[RunRow, ...]
    #: The rules of the event's revision.
    rule_set: RuleSet

    @classmethod
    def of(cls, rows: Sequence[RunRow], rule_set: RuleSet) -> "StartedRuns":
        """The runs in `rows`, without replays and follow-ups."""
        own = tuple(row for row in rows if not row.run.path and not row.run.replay)
        return cls(own, rule_set)

    def of_rule(self, rule: str) -> list[RunRow]:
        """The runs of a rule."""
        return [r for r in self.runs if r.run.rule == rule and not r.run.is_undecided]

    def has_answered(self, rule: CompiledRule) -> bool:
        """Whether this rule matched within its active times, and did not lack an answer, so that no
        fallback rule acted. The rule has to be one that sends messages.
        """
        return any(
            (row.run.reason is None or row.run.reason.code not in _OUTSIDE)
            and not rule.leaves_open(row.run.not_sent, row.run.outcome)
            for row in self.of_rule(rule.spec.id)
        )

    def has_stopped(self, rule: CompiledRule) -> bool:
        """Whether this rule with `stop` acted or will act, so that no later rule was evaluated.

        A run of a later rule shows the contrary, unless it waited for an absence already: then
        this rule's run was held back, or the run that collected its event. A run without an answer
        to send stops nothing.
        """
        acted = any(
            (row.run.state is not RunState.SUPPRESSED or row.run.is_collected)
            and rule.drafts.isdisjoint(row.run.not_sent)
            for row in self.of_rule(rule.spec.id)
        )
        places = self.rule_set.places
        later = (
            self.rule_set.rule(row.run.rule)
            for row in self.runs
            if places.get(row.run.rule, -1) > places.get(rule.spec.id, 0) and not _waits(row)
        )
        return acted and all(found is not None and found.waits_despite(rule) for found in later)

    def waits_for_turn(self, rule: str) -> bool:
        """Whether the rule is still to be decided, when the event's turn comes."""
        return any(rule in row.run.undecided_rules for row in self.runs if _waits(row))

    def waits_because(self, rule: str) -> list[Reason]:
        """The second reason for waiting: a part of the event cannot be read now."""
        return [
            row.run.reason
            for row in self.runs
            if _waits(row)
            and rule in row.run.undecided_rules
            and row.run.reason is not None
            and row.run.reason.code in _AWAITED
        ]


def notes_on(
    rule: CompiledRule,
    explanation: RuleExplanation,
    started: StartedRuns,
    unknown: Collection[str],
    seen: Sequence[SeenValues] = (),
    lacked: EventPart | None = None,
) -> tuple[Reason, ...]:
    """The notes on a rule and an event, in addition to the explanation of its conditions.

    `unknown`: paths that the rule read and whose values were not stored. `seen`: the values stored
    with the event. `lacked`: the part that the event still lacks.
    """
    found: list[Reason] = []
    if explanation.conditions or started.waits_for_turn(rule.spec.id):
        if started.waits_for_turn(rule.spec.id):
            found += [explanations.waits_for_turn(), *started.waits_because(rule.spec.id)]
        elif rule.waits_for:
            found += _part_notes(seen, lacked)
        elif rule.in_turn:
            found.append(explanations.decided_after_others())
        found += _when(rule.reads.paths, unknown)
    rows = started.of_rule(rule.spec.id)
    if rule.may_stop and rows:
        found.append(_stop_note(rule, rows, started)())
    return tuple(found)


def _part_notes(seen: Sequence[SeenValues], lacked: EventPart | None) -> Iterator[Reason]:
    """Notes on looking up a part of the event; none if the event came with all its parts.

    `lacked`: the part that the event still lacks.
    """
    for values in seen:
        for part, (looked_up, not_kept, unknown) in _OF_PARTS.items():
            if values.not_found is not None and part == lacked:
                yield unknown(because=values.not_found)
            elif values.found(part):
                yield looked_up()
            elif f"{part}.{PART_KEYS[part]}" in values.left_out:
                yield not_kept()
            else:
                continue
            return


def _when(paths: Collection[str], unknown: Collection[str]) -> Iterator[Reason]:
    """The note that says how old the shown values of the contact and `vars` are."""
    some = []
    for root, as_now, as_then in (
        ("contact.", explanations.contact_as_now, explanations.contact_as_then),
        ("vars.", explanations.vars_as_now, explanations.vars_as_then),
    ):
        read = {path for path in paths if path.startswith(root)}
        missing = sorted(read.intersection(unknown))
        if read:
            yield (as_now if len(missing) == len(read) else as_then)()
        if len(missing) < len(read):
            some += missing
    if some:
        yield explanations.paths_as_now(paths=some)


def _stop_note(rule: CompiledRule, rows: Sequence[RunRow], started: StartedRuns) -> ReasonKind[...]:
    if not started.has_stopped(rule):
        return explanations.stops_nothing
    waits = any(row.run.state is RunState.QUEUED and row.run.attempt == 0 for row in rows)
    collected = any(row.run.is_collected for row in rows)
    may_be_held_back = rule.spec.pause_ms is not None and (waits or collected)
    return (
        explanations.stops_unless
        if may_be_held_back and not _has_ended(rows)
        else explanations.stops
    )


def _has_ended(rows: Sequence[RunRow]) -> bool:
    return any(row.run.state.is_final and not row.run.is_collected for row in rows)


def _waits(row: RunRow) -> bool:
    return row.run.is_undecided


# --- The contact and the `vars` when the event was decided ---


@record(kw_only=False)
class RecalledValues:
    """The values stored with an event, and the present contact and `vars` for all others."""

    kept: tuple[SeenValues, ...]
    #: The contact as it is now.
    contact: Mapping[str, Any]
    #: The position of each rule in its set.
    places: Mapping[str, int] = field(default_factory=dict)

    def common_scope(self, rule_set: RuleSet, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The values that all rules saw when the event came in."""
        parts = [part for part in self.kept if not part.rules and not part.behind]
        # Rules of the same file share one object of `vars`.
        of_files = {id(rule.vars): rule for rule in rule_set.rules}.values()
        variables = {
            name: value for rule in of_files for name, value in _outside_vars(rule).items()
        }
        return recalled(parts, self.contact, variables, scope)

    def scope(self, rule: CompiledRule, scope: Mapping[str, Any]) -> dict[str, Any]:
        """The values that a rule saw when it was decided, as far as they were stored."""
        parts, contact = self._of(rule), self.contact
        if parts and EVERY_FIELD not in rule.reads.contact:
            # Only fields that the rule reads: other present values would lead to misleading hints.
            contact = {name: contact[name] for name in rule.reads.contact if name in contact}
        return recalled(parts, contact, _outside_vars(rule), scope)

    def unknown(self, rule: CompiledRule) -> frozenset[str]:
        """The paths that the rule read and whose values were not stored."""
        parts = self._of(rule)
        return frozenset(
            path for path in rule.reads.paths if not any(part.covers(path) for part in parts)
        )

    def _of(self, rule: CompiledRule) -> Sequence[SeenValues]:
        return [part for part in self.kept if self._concerns(part, rule)]

    def _concerns(self, part: SeenValues, rule: CompiledRule) -> bool:
        own = rule.spec.id
        if part.rules:
            return own in part.rules
        if part.behind:
            is_later = self.places.get(own, -1) > self.places.get(part.behind, len(self.places))
            return is_later and rule.spec.trigger.absence is None
        return True


def recalled(
    parts: Sequence[SeenValues],
    contact: Mapping[str, Any],
    variables: Mapping[str, Any],
    scope: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns `scope` with a contact and `vars` in which stored values replace the present ones."""
    if not parts:
        return {**scope, "contact": contact}
    for part in parts:
        contact, variables = part.over("contact", contact), part.over("vars", variables)
    return {**scope, "contact": contact, "vars": variables}


def _outside_vars(rule: CompiledRule) -> dict[str, Any]:
    """The `vars` of automator.yaml that a rule sees now."""
    return {name: rule.vars[name] for name in rule.vars if name not in rule.spec.own_vars}
