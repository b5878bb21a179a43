"""The notes of an explanation: the time of its values, and which rules a rule with `stop` stopped.

The runs of an event are the record of which rules acted on it. Replays are not part of that record,
because they stop no rule.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from automator.model import LEAD, PART_KEYS, POST, EventPart, Reason, RunState, SeenValues, record
from automator.reasons import ReasonKind
from automator.reasons.attempts.leads import LEAD_AWAITED
from automator.reasons.attempts.posts import POST_AWAITED
from automator.reasons.explanations import (
    CONTACT_AS_NOW,
    CONTACT_AS_THEN,
    DECIDED_IN_TURN,
    LEAD_LOOKED_UP,
    LEAD_NOT_KEPT,
    LEAD_UNKNOWN,
    PATHS_AS_NOW,
    POST_LOOKED_UP,
    POST_NOT_KEPT,
    POST_UNKNOWN,
    STOPS,
    STOPS_NOTHING,
    STOPS_UNLESS,
    VARS_AS_NOW,
    VARS_AS_THEN,
    WAITS_FOR_TURN,
)
from automator.reasons.limits import OUTSIDE, OUTSIDE_FOR_EVER
from automator.rules import CompiledRule, RuleExplanation
from automator.store import RunRow

#: Why a rule that is not active did not act.
_OUTSIDE = frozenset({OUTSIDE.code, OUTSIDE_FOR_EVER.code})
_AWAITED = frozenset({POST_AWAITED.code, LEAD_AWAITED.code})
#: The notes on each part: it was found, was not kept, or was not found.
_OF_PARTS: Final[Mapping[EventPart, tuple[ReasonKind, ReasonKind, ReasonKind]]] = {
    POST: (POST_LOOKED_UP, POST_NOT_KEPT, POST_UNKNOWN),
    LEAD: (LEAD_LOOKED_UP, LEAD_NOT_KEPT, LEAD_UNKNOWN),
}


@record(kw_only=False)
class StartedRuns:
    """The runs that rules have started for an event by themselves."""

    runs: tuple[RunRow, ...]
    #: The place of each rule in its set.
    places: dict[str, int]

    @classmethod
    def of(cls, rows: Sequence[RunRow], rules: Sequence[str]) -> "StartedRuns":
        """The runs of an event, with the rules of its revision in their order."""
        own = tuple(row for row in rows if not row.run.path and not row.run.replay)
        return cls(own, {rule: place for place, rule in enumerate(rules)})

    def of_rule(self, rule: str) -> list[RunRow]:
        """The runs of a rule."""
        return [r for r in self.runs if r.run.rule == rule and not r.run.is_undecided]

    def has_answered(self, rule: str) -> bool:
        """Whether this rule, which speaks, matched at a time at which it is active, so that no
        fallback acted.
        """
        return any(
            row.run.reason is None or row.run.reason.code not in _OUTSIDE
            for row in self.of_rule(rule)
        )

    def has_stopped(self, rule: str) -> bool:
        """Whether this rule, which has `stop`, acted or will act, so that no later one was
        evaluated.

        A later rule with a run was evaluated, because this rule's run, or the one that collected
        its event, was held back.
        """
        acted = any(
            row.run.state is not RunState.SUPPRESSED or row.run.is_collected
            for row in self.of_rule(rule)
        )
        place = self.places.get(rule, 0)
        return acted and not any(
            self.places.get(row.run.rule, -1) > place for row in self.runs if not _waits(row)
        )

    def waits_for_turn(self, rule: str) -> bool:
        """Whether the rule is still to be decided in the event's turn."""
        return any(rule in row.run.undecided_rules for row in self.runs if _waits(row))

    def waits_because(self, rule: str) -> list[Reason]:
        """The other reasons why its turn waits: a part of the event that cannot be read now."""
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
    """The notes about a rule and an event beside the explanation of its conditions.

    `unknown` are the paths that the rule has read and whose values were not kept; `seen` is what
    was kept with the event, and `lacked` the part that it still lacks.
    """
    found: list[Reason] = []
    if explanation.conditions or started.waits_for_turn(rule.spec.id):
        if started.waits_for_turn(rule.spec.id):
            found += [WAITS_FOR_TURN(), *started.waits_because(rule.spec.id)]
        elif rule.waits_for:
            found += _part_notes(seen, lacked)
        elif rule.in_turn:
            found.append(DECIDED_IN_TURN())
        found += _when(rule.reads.paths, unknown)
    rows = started.of_rule(rule.spec.id)
    if rule.may_stop and rows:
        found.append(_stop_note(rule, rows, started)())
    return tuple(found)


def _part_notes(seen: Sequence[SeenValues], lacked: EventPart | None) -> Iterator[Reason]:
    """The results of looking up a part of the event; none if the event came whole.

    `lacked` is what the event still lacks.
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
    """The note that says at which time the contact and `vars` had the shown values."""
    some = []
    for root, as_now, as_then in (
        ("contact.", CONTACT_AS_NOW, CONTACT_AS_THEN),
        ("vars.", VARS_AS_NOW, VARS_AS_THEN),
    ):
        read = {path for path in paths if path.startswith(root)}
        missing = sorted(read.intersection(unknown))
        if read:
            yield (as_now if len(missing) == len(read) else as_then)()
        if len(missing) < len(read):
            some += missing
    if some:
        yield PATHS_AS_NOW(paths=some)


def _stop_note(rule: CompiledRule, rows: Sequence[RunRow], started: StartedRuns) -> ReasonKind:
    if not started.has_stopped(rule.spec.id):
        return STOPS_NOTHING
    waits = any(row.run.state is RunState.QUEUED and row.run.attempt == 0 for row in rows)
    collected = any(row.run.is_collected for row in rows)
    may_be_held_back = rule.spec.pause_ms is not None and (waits or collected)
    return STOPS_UNLESS if may_be_held_back and not _has_ended(rows) else STOPS


def _has_ended(rows: Sequence[RunRow]) -> bool:
    return any(row.run.state.is_final and not row.run.is_collected for row in rows)


def _waits(row: RunRow) -> bool:
    return row.run.is_undecided
