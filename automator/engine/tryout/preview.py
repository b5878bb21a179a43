"""Previews a rule file that somebody is writing: over many events, compared with the saved file.

It decides about all events, and renders the messages for a few of them with `try_event_here`.
Limits are ignored, because most stored events have used them up already.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from automator.conditions import EventBudget
from automator.engine.tryout.preview_result import Card, Change, Miss, Preview
from automator.engine.tryout.trial_result import TriedRun, TriedStep
from automator.engine.tryout.tryout import Parts, Subject, scope_of, try_event_here
from automator.model import Step, record
from automator.reasons.tryout import preview_cut
from automator.rules import CompiledRule, EventFacts, Hints, RuleSet, explain_rule, listens

#: How many seconds a preview may take.
MOST_SECONDS = 1.5


@dataclass(slots=True)
class SavedResults:
    """The results of a file's saved rules for stored events, by the events' ids.

    They are kept for the next preview of the same file.
    """

    decided: dict[int, frozenset[str]] = field(default_factory=dict)
    #: The tries of events that the last preview showed. Not of all events, as tries may be large.
    runs: dict[int, tuple[TriedRun, ...]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Previewer:
    """Makes one preview of one file. Blocks, and computes for MOST_SECONDS at most."""

    parts: Parts
    #: The rules with the file as somebody is writing it; below, with the file as it is saved.
    rules: RuleSet
    saved: RuleSet
    file: str
    #: For how many events the actions are shown.
    shown: int
    #: The results of the saved rules. The caller may keep them for the next preview.
    known: SavedResults = field(default_factory=SavedResults)
    _deadline: float = field(init=False)
    #: The file, and the files that include it.
    _files: frozenset[str] = field(init=False)
    #: The rules of the file that act differently from their saved versions.
    _differing: frozenset[str] = field(init=False)
    #: The rules whose tries would show anything different, even only a name or a line number.
    _rewritten: frozenset[str] = field(init=False)

    def preview(self, subjects: Sequence[Subject]) -> Preview:
        """Makes the preview over these events, which are sorted from new to old."""
        self._deadline = self.parts.clock.monotonic() + MOST_SECONDS
        self._files = self.rules.files_with(self.file) | self.saved.files_with(self.file)
        self._differing = self._unlike(_acts_alike)
        self._rewritten = self._differing | self._unlike(_is_shown_alike)
        matching: list[_Match] = []
        missing: list[Subject] = []
        count = 0
        for subject in subjects:
            if self._is_late():
                break
            count += 1
            match = self._match(subject)
            if match is None:
                missing.append(subject)
            else:
                matching.append(match)
        cards = asyncio.run(self._cards(matching))
        of_file = [rule for rule in self.rules.rules if self._is_of_file(rule)]
        misses = near_misses(of_file, missing, is_late=self._is_late)
        new, gone = (
            sum(match.change is wanted for match in matching)
            for wanted in (Change.NEW, Change.GONE)
        )
        return Preview(
            count=count,
            matching=len(matching) - gone,
            new=new,
            gone=gone,
            cards=cards,
            misses=misses,
            cut=preview_cut(count=count, of=len(subjects)) if self._is_late() else None,
        )

    def _unlike(
        self, is_like: Callable[[CompiledRule, CompiledRule | None], bool]
    ) -> frozenset[str]:
        """The rules of the file that differ from their saved versions by `is_like`."""
        return frozenset(
            rule.spec.id
            for rule in self.rules.rules
            if self._is_of_file(rule) and not is_like(rule, self.saved.rule(rule.spec.id))
        )

    def _is_late(self) -> bool:
        return self.parts.clock.monotonic() > self._deadline

    def _match(self, subject: Subject) -> "_Match | None":
        """An event that matches the new or the saved rules; None if it matches neither."""
        now = self._decided(self.rules, subject)
        before = self._decided_before(subject)
        if now and before:
            may_differ = now != before or not now.isdisjoint(self._differing)
            change = Change.OTHER if may_differ else Change.SAME
            return _Match(
                subject, change, is_known=not may_differ and now.isdisjoint(self._rewritten)
            )
        if now:
            return _Match(subject, Change.NEW)
        return _Match(subject, Change.GONE) if before else None

    def _decided_before(self, subject: Subject) -> frozenset[str]:
        """The saved rules of the file that act on an event. Remembered for events with an id."""
        number = subject.event.id
        known = self.known.decided.get(number) if number else None
        if known is not None:
            return known
        found = self._decided(self.saved, subject)
        if number:
            self.known.decided[number] = found
        return found

    def _decided(self, rules: RuleSet, subject: Subject) -> frozenset[str]:
        """The rules of the file that act on an event."""
        budget, facts = EventBudget(), EventFacts.of(subject.event)
        found = rules.decide(scope_of(subject), subject.at, facts, budget)
        return frozenset(
            item.rule.spec.id
            for item in found
            if item.instead_of is None and self._is_of_file(item.rule)
        )

    def _is_of_file(self, rule: CompiledRule) -> bool:
        return rule.spec.place.file in self._files

    async def _cards(self, matching: Sequence["_Match"]) -> tuple[Card, ...]:
        """Cards with the actions on some of the events, beginning with events that change."""
        cards: list[Card] = []
        shown = sorted(matching, key=lambda match: _ORDER[match.change])[: self.shown]
        numbers = {match.subject.event.id for match in shown}
        self.known.runs = {n: runs for n, runs in self.known.runs.items() if n in numbers}
        for match in shown:
            if self._is_late():
                break
            cards.append(await self._card(match))
        return tuple(cards)

    async def _card(self, match: "_Match") -> Card:
        subject, change = match.subject, match.change
        runs: tuple[TriedRun, ...] = ()
        before: tuple[TriedRun, ...] = ()
        if match.is_known:
            runs = await self._runs_before(subject)
        elif change is not Change.GONE:
            runs = await self._runs(self.rules, subject)
        if change in (Change.GONE, Change.OTHER):
            before = await self._runs_before(subject)
        if change is Change.OTHER and _comparable_runs(runs) == _comparable_runs(before):
            change, before = Change.SAME, ()
        return Card(event=subject.event, at=subject.at, change=change, runs=runs, before=before)

    async def _runs_before(self, subject: Subject) -> tuple[TriedRun, ...]:
        number = subject.event.id
        found = self.known.runs.get(number)
        if found is None:
            found = await self._runs(self.saved, subject)
            if number:
                self.known.runs[number] = found
        return found

    async def _runs(self, rules: RuleSet, subject: Subject) -> tuple[TriedRun, ...]:
        trial = await try_event_here(
            self.parts, rules, subject, explains=False, wanted=self._is_of_file
        )
        return trial.runs


@record(kw_only=False)
class _Match:
    subject: Subject
    change: Change
    #: Whether the try has the same result as a try of the saved rules, which is known.
    is_known: bool = False


#: The order of cards: events that change come first. Whether an event is OTHER is known only after
#: rendering.
_ORDER = {Change.NEW: 0, Change.GONE: 1, Change.OTHER: 2, Change.SAME: 3}


def _acts_alike(rule: CompiledRule, other: CompiledRule | None) -> bool:
    """Whether two versions of a rule do the same on an event that both match."""
    if other is None or rule.vars != other.vars or rule.spec.shadow != other.spec.shadow:
        return False
    one, two = rule.spec, other.spec
    same_times = (one.active, one.outside, one.limits) == (two.active, two.outside, two.limits)
    return same_times and _comparable_steps(one.steps) == _comparable_steps(two.steps)


def _is_shown_alike(rule: CompiledRule, other: CompiledRule | None) -> bool:
    """Whether tries of two versions that act alike also look the same, even in line numbers."""
    if other is None:
        return False
    one, two = rule.spec, other.spec
    said = (one.name, one.place, one.steps, one.on_error_steps)
    return said == (two.name, two.place, two.steps, two.on_error_steps)


def _comparable_steps(steps: Sequence[Step]) -> list[Any]:
    """The steps in a comparable form, without their positions in the file."""
    return [(step.id, step.condition, step.inputs, _comparable_steps(step.steps)) for step in steps]


def _comparable_runs(runs: Sequence[TriedRun]) -> list[Any]:
    """The runs in a comparable form, without ids and positions."""
    return [
        (run.rule, run.path, run.at, run.state, list(map(_comparable_attempt, run.steps)))
        for run in runs
    ]


#: The ids of a try's runs, in what its steps send and say: they count the runs before them.
_RUN_ID = re.compile(r"\brun[-=]\d{19}")


def _comparable_attempt(step: TriedStep) -> tuple[Any, ...]:
    said = step.said and step.said.as_json()
    asked = [(request["method"], request["url"], request["body"]) for request in step.requests]
    return step.id, step.status, said, _RUN_ID.sub("run", f"{step.summary} {asked}")


# --- Events that a rule file nearly matches, and the conditions that do not hold for them ---

#: How many events are searched for near misses; below, how many misses are shown.
_MOST_LOOKED_AT = 200
_MOST_MISSES = 5


def near_misses(
    rules: Sequence[CompiledRule], missing: Sequence[Subject], *, is_late: Callable[[], bool]
) -> tuple[Miss, ...]:
    """Finds events that match none of the rules, but come nearest to it.

    The search ends early when `is_late` returns True.
    """
    may_listen = [rule for rule in rules if rule.spec.enabled and not rule.spec.trigger.schedule]

    @cache
    def listening(facts: EventFacts) -> list[CompiledRule]:
        return [rule for rule in may_listen if listens(rule, facts)]

    distances = _distances(listening, missing, is_late)
    nearest = sorted(distances, key=lambda found: found[0])[:_MOST_MISSES]
    hints, found = Hints(), []
    for failing, subject, rule in nearest:
        facts = EventFacts.of(subject.event)
        explanation = explain_rule(rule, scope_of(subject), facts, hints=hints)
        if not explanation.matched:
            found.append(Miss(event=subject.event, explanation=explanation, failing=failing))
    return tuple(found)


def _distances(
    listening: Callable[[EventFacts], Sequence[CompiledRule]],
    missing: Sequence[Subject],
    is_late: Callable[[], bool],
) -> Iterator[tuple[int, Subject, CompiledRule]]:
    """For each event to which a rule listens: the nearest rule, and how many conditions fail."""
    looked_at = just_missed = 0
    for subject in missing:
        rules = listening(EventFacts.of(subject.event))
        if not rules:
            continue
        looked_at += 1
        if looked_at > _MOST_LOOKED_AT or just_missed == _MOST_MISSES or is_late():
            return
        nearest = _nearest(rules, subject)
        if nearest is not None:
            just_missed += nearest[0] == 1
            yield nearest[0], subject, nearest[1]


def _nearest(rules: Sequence[CompiledRule], subject: Subject) -> tuple[int, CompiledRule] | None:
    """The rule with the fewest failing conditions, and how many fail; None if one has none."""
    scope, budget = scope_of(subject), EventBudget()
    found: tuple[int, CompiledRule] | None = None
    for rule in rules:
        seen, failing = rule.scope_for(scope), 0
        for check in rule.checks:
            failing += not check(seen, budget)
            if found is not None and failing >= found[0]:
                break
        else:
            if not failing:
                return None
            found = failing, rule
    return found
