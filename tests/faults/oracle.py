"""The oracle: what must be true after whatever was done to the servers.

A harness that only counts what was completed has passed runs in which hundreds of jobs were lost in
the dead letters. So every promise is looked at by itself, and `Sometimes` fails a run in which the
rescue that was to be tested never happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from automator.model import RunState
from automator.reasons.runs import quarantined
from automator.store.runs.claims import MAX_CRASHES
from tests.faults.load import Senders
from tests.faults.stored import Stored, StoredRun
from tests.faults.target import Effect, Target

#: The steps of each rule of the scenarios, in order.
STEPS = {"order": ("first", "second"), "once": ("only",), "note": ("sent",)}
_FINAL = frozenset({RunState.DONE, RunState.DEAD, RunState.CANCELLED, RunState.UNKNOWN})


@dataclass(kw_only=True)
class History:
    """What was seen from outside, and in the database right after each interruption."""

    people: int
    acknowledged: Mapping[int, str]
    sent: Iterable[int]
    effects: list[Effect]
    #: (run, step) → at how many kills, stops or pauses its attempt was in flight. A run that was
    #: so often under way that it is quarantined may end as a dead letter, and no other.
    in_flight: Counter[tuple[int, int]] = field(default_factory=Counter)
    #: Run → how often a node that lives gave its claim up without an attempt, since its last beat
    #: was too old.
    given_up: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of_outage(cls, people: int, senders: Senders, target: Target, stored: Stored) -> "History":
        """The history of servers that were not interrupted, while their database failed.

        Nobody could tell a server what it had claimed: as after a crash, a run is taken again, or
        is left to a person where its step must not be repeated.
        """
        return cls(
            people=people,
            acknowledged=senders.acknowledged,
            sent=senders.sent,
            effects=target.effects,
            given_up=Counter({run.id: run.crashes for run in stored.runs if run.crashes}),
        )


class Sometimes:
    """Things that must have happened, or the run proves nothing."""

    def __init__(self, *names: str) -> None:
        self.seen: Counter[str] = Counter(dict.fromkeys(names, 0))

    def note(self, name: str, count: int = 1) -> None:
        """It happened."""
        assert name in self.seen, f"{name} is not among what is expected"
        self.seen[name] += count

    def require(self) -> None:
        """Fails when something never happened."""
        never = [name for name, count in self.seen.items() if not count]
        assert not never, f"a vacuous run, it never came to: {', '.join(never)}"


def violations(history: History, stored: Stored) -> list[str]:
    """Every broken promise, in words; nothing when all are kept."""
    return [
        *_lost(history, stored),
        *_unfinished(history, stored),
        *_wrong_effects(history, stored),
        *_out_of_order(history),
        *_wrong_attempts(stored),
        *([] if stored.integrity == "ok" else [f"the database is damaged: {stored.integrity}"]),
    ]


def lost_now(acknowledged: Mapping[int, str], stored: Stored) -> list[str]:
    """Acknowledged events that are not in the database, for a look right after a kill."""
    return [
        f"acknowledged and lost: number {number}, event {event}"
        for number, event in acknowledged.items()
        if stored.events.get(event) != number
    ]


def _lost(history: History, stored: Stored) -> list[str]:
    """acknowledged ⊆ stored ⊆ sent, each number once."""
    found = lost_now(history.acknowledged, stored)
    counts = Counter(stored.events.values())
    found += [f"number {number} stored {n} times" for number, n in counts.items() if n > 1]
    sent = set(history.sent)
    found += [f"number {number} was never sent" for number in counts if number not in sent]
    runs = Counter(run.event_id for run in stored.runs)
    found += [f"event {event} has {n} runs" for event, n in runs.items() if n != 1]
    if len(runs) != len(stored.events):
        found.append(f"{len(stored.events)} events have {len(runs)} runs")
    return found


def _unfinished(history: History, stored: Stored) -> list[str]:
    """stored ⊆ final, no claim is left, and nothing died or is unknown without a cause."""
    found = []
    for run in stored.runs:
        name = f"run {run.id} of {run.rule}"
        if run.state not in _FINAL:
            found.append(f"{name} is {run.state.label} at the end")
        if run.owner is not None or run.begun_at is not None:
            found.append(f"{name} is {run.state.label} and still claimed by {run.owner}")
        kills = sum(history.in_flight[run.id, step] for step in range(len(STEPS["order"])))
        kills += history.given_up[run.id]
        if run.state is RunState.DEAD and not (
            run.reason_code == quarantined.code and kills >= MAX_CRASHES
        ):
            found.append(f"{name} is a dead letter after {kills} interruptions: {run.reason_code}")
        if run.state is RunState.CANCELLED:
            found.append(f"{name} was cancelled: {run.reason_code}")
        interrupted = history.in_flight[run.id, run.step] + history.given_up[run.id]
        if run.state is RunState.UNKNOWN and (run.rule != "once" or not interrupted):
            found.append(f"{name} is unknown, but was never interrupted: {run.reason_code}")
        if run.crashes > kills:
            found.append(f"{name} counts {run.crashes} crashes, more than interrupted it")
    return found


def _wrong_effects(history: History, stored: Stored) -> list[str]:
    """1 ≤ effects of a key ≤ 1 + attempts in flight; what is held at most 1."""
    found = []
    counts = Counter(effect.key for effect in history.effects)
    known = set()
    for run in stored.runs:
        for index, step in enumerate(STEPS[run.rule]):
            key = f"run-{run.id}-{step}"
            known.add(key)
            most = 1 if run.rule == "once" else 1 + history.in_flight[run.id, index]
            if not _least(run) <= counts[key] <= most:
                found.append(f"{key}: {counts[key]} effects, at most {most} expected; {run.state}")
    found += [f"{key}: an effect of no stored run" for key in counts if key not in known]
    return found


def _least(run: StoredRun) -> int:
    return 1 if run.state is RunState.DONE else 0


def _out_of_order(history: History) -> list[str]:
    """Each person's runs, and the steps of each run, take effect first in their order."""
    targets = {"crm": 0, "bank": 0, "erp": 1}
    firsts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    seen = set()
    for effect in history.effects:
        if effect.key not in seen:
            seen.add(effect.key)
            place = (effect.number, targets[effect.target])
            firsts[effect.number % history.people].append(place)
    return [
        f"person {person}: {before} before {after}"
        for person, places in firsts.items()
        for before, after in pairwise(places)
        if before > after
    ]


def _wrong_attempts(stored: Stored) -> list[str]:
    """A run that is done has one attempt that worked for each step; nothing is recorded twice."""
    found = []
    for run in stored.runs:
        for step in STEPS[run.rule]:
            worked = stored.attempts.get((run.id, step, "ok"), 0)
            if worked > 1 or (run.state is RunState.DONE and worked != 1):
                found.append(f"run {run.id} is {run.state.label}: {step} worked {worked} times")
    return found
