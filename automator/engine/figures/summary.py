"""Summarizes the figures of some days, for a scheduled rule that sends them to people.

It joins what the pages show: the answers to people, the missed buyers, and the runs of each rule.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from automator.clock import iso_time
from automator.configuration.settings import MissedBuyers
from automator.engine.figures.answer_times import answer_times
from automator.engine.figures.buying_signs import BuyingSigns
from automator.engine.figures.missed_buyers import missed_buyers
from automator.model import DAY_MS, RunState
from automator.store import Log, RuleCounts

#: How many events are read, missed buyers counted, and rules listed at most.
_MOST_EVENTS, _MOST_BUYERS, MOST_RULES = 50_000, 1_000, 10
_DONE, _HELD_BACK = RunState.DONE.label, RunState.SUPPRESSED.label


def summary_of(
    log: Log,
    names: Mapping[str, str],
    wanted: MissedBuyers,
    now_ms: int,
    zone: tzinfo,
    *,
    days: int,
) -> dict[str, Any]:
    """The figures of the last `days`; `names` has the names of rules by their ids. Blocks."""
    answers = answer_times(log, now_ms, zone, days=days, connection="", most=_MOST_EVENTS)
    missed = missed_buyers(
        log,
        BuyingSigns(wanted.signs),
        now_ms,
        days=days,
        after_ms=round(wanted.after * 1000),
        connection="",
        most=_MOST_EVENTS,
        listed=_MOST_BUYERS,
    )
    counts = log.rule_counts(now_ms - days * DAY_MS)
    every = answers.all
    return {
        "days": days,
        "since": iso_time(answers.since_ms),
        "until": iso_time(answers.until_ms),
        "is_cut": answers.is_cut or missed.is_cut,
        "inquiries": every.inquiries,
        "answered": every.answered.count,
        "answered_by_rules": every.by_rules.count,
        "answered_by_hand": every.by_people.count,
        "unanswered": every.unanswered,
        "open": every.open,
        "missed_buyers": len(missed.buyers),
        **_totals(counts),
        "rules": _busiest(counts, names),
    }


def _busiest(counts: Mapping[str, RuleCounts], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rules with the most runs, the busiest first."""
    busiest = sorted(counts, key=lambda rule: (-counts[rule].started, rule))
    return [
        {"id": rule, "name": names.get(rule) or rule, **_figures(counts[rule])}
        for rule in busiest[:MOST_RULES]
    ]


def _totals(counts: Mapping[str, RuleCounts]) -> dict[str, int]:
    each = [_figures(one) for one in counts.values()]
    return {
        name: sum(one[name] for one in each) for name in ("runs", "done", "failed", "held_back")
    }


def _figures(counts: RuleCounts) -> dict[str, int]:
    return {
        "runs": counts.started,
        "done": counts.ended[_DONE],
        "failed": counts.failed,
        "held_back": counts.ended[_HELD_BACK],
    }
