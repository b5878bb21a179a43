"""The notes of an explanation: which values are current, and what a rule with `stop` stops.

The runs of an event are the record of which rules acted on it. Replays are not part of that record,
because they stop no rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from automator.model import N_, RunState
from automator.model.sentence import Sentence
from automator.rules import CompiledRule, RuleExplanation
from automator.store import RunRow

CONTACT_AS_NOW = N_("contact is shown as it is now, not as it was when this was decided")
VARS_AS_NOW = N_("vars of automator.yaml are shown as they are now, not as they were then")
IN_TURN = N_("decided in its turn, after what came before in the conversation")
WAITS_FOR_TURN = N_("not decided yet: its turn comes after what came before in the conversation")
STOPS = N_("stop: true: it acted, so no later rule was evaluated")
STOPS_NOTHING = N_("stop: true: it did not act, so it stopped nothing")
STOPS_UNLESS = N_("stop: true: if it is held back when it begins, the later rules are decided then")
#: Every one of them, to be translated.
NOTES = (
    CONTACT_AS_NOW, VARS_AS_NOW, IN_TURN, WAITS_FOR_TURN, STOPS, STOPS_NOTHING, STOPS_UNLESS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """The runs that rules have started for an event by themselves."""

    runs: tuple[RunRow, ...]
    #: The place of each rule in its set.
    places: dict[str, int]

    @classmethod
    def of(cls, rows: Sequence[RunRow], rules: Sequence[str]) -> "Record":
        """The record of an event's runs, with the rules of its revision in their order."""
        own = tuple(row for row in rows if not row.run.path and not row.run.replay)
        return cls(own, {rule: place for place, rule in enumerate(rules)})

    def of_rule(self, rule: str) -> list[RunRow]:
        """The runs of a rule."""
        return [r for r in self.runs if r.run.rule == rule and not r.run.is_undecided]

    def has_stopped(self, rule: str) -> bool:
        """This rule, which says `stop`, acted or is about to; no later one has been evaluated.

        A later one that has a run was evaluated because this one was held back, or what its event
        was collected into.
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
        """It is to be decided about the event in its turn."""
        return any(rule in row.run.undecided_rules for row in self.runs if _waits(row))


def notes_on(
    rule: CompiledRule, explanation: RuleExplanation, record: Record
) -> tuple[Sentence, ...]:
    """What is to be said of a rule and an event beside the explanation of its conditions."""
    found: list[str] = []
    if explanation.conditions or record.waits_for_turn(rule.spec.id):
        if record.waits_for_turn(rule.spec.id):
            found.append(WAITS_FOR_TURN)
        elif rule.in_turn:
            found.append(IN_TURN)
        if "contact" in rule.roots:
            found.append(CONTACT_AS_NOW)
        if rule.reads_vars:
            found.append(VARS_AS_NOW)
    rows = record.of_rule(rule.spec.id)
    if rule.may_stop and rows:
        found.append(_stop_note(rule, rows, record))
    return tuple(Sentence(text) for text in found)


def _stop_note(rule: CompiledRule, rows: Sequence[RunRow], record: Record) -> str:
    if not record.has_stopped(rule.spec.id):
        return STOPS_NOTHING
    waits = any(row.run.state is RunState.QUEUED and row.run.attempt == 0 for row in rows)
    collected = any(row.run.is_collected for row in rows)
    may_be_held_back = rule.spec.pause_ms is not None and (waits or collected)
    return STOPS_UNLESS if may_be_held_back and not _has_ended(rows) else STOPS


def _has_ended(rows: Sequence[RunRow]) -> bool:
    return any(row.run.state.is_final and not row.run.is_collected for row in rows)


def _waits(row: RunRow) -> bool:
    return row.run.is_undecided
