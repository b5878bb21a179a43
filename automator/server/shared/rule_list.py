"""Lists the rules in force page by page, for the API and the command line."""

from collections.abc import Callable
from typing import Any

from automator.clock import optional_time
from automator.model import RunState, id_time_ms
from automator.model.log_filters import RunFilter
from automator.rules import RuleSet
from automator.server.shared.lists import no_such_page
from automator.store import Log
from automator.store.batch.rollups import BEGUN, ENDED, LATE_MS, MATCHED, MET, UNMET
from automator.store.batch.totals import TotalCounts


def rules_page(
    log: Log,
    active: RuleSet,
    *,
    cursor: str,
    limit: int,
    totals: TotalCounts | None = None,
    is_awaited: Callable[[], bool] = lambda: True,
) -> dict[str, Any]:
    """The rules after `cursor`, a rule's id, in the order in which they decide. Blocks.

    `totals` are the counts of the server.

    Raises:
        UsageError: no rule in force has this id.
    """
    if cursor and cursor not in active.places:
        raise no_such_page()
    first = active.places[cursor] + 1 if cursor else 0
    shown = [rule.spec for rule in active.rules[first : first + limit]]
    return {
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "enabled": rule.enabled,
                "shadow": rule.shadow,
                "rollout": rule.rollout and rule.rollout.percent,
                "file": rule.place.file,
                "line": rule.place.line,
                "last_run_at": optional_time(last_run_ms(log, rule.id, is_awaited)),
                "counts": None if totals is None else _counts(totals, rule.id),
            }
            for rule in shown
        ],
        "next": shown[-1].id if first + limit < len(active.rules) else None,
    }


def _counts(totals: TotalCounts, rule: str) -> dict[str, int | None]:
    count = {metric: names.get(rule, 0) for metric, names in totals.items()}
    met, unmet, matched, begun = (count.get(one, 0) for one in (MET, UNMET, MATCHED, BEGUN))
    return {
        "considered": met + unmet,
        "unmet": unmet,
        "hidden": max(0, met - matched),
        "matched": matched,
        "held_back": count.get(ENDED[RunState.SUPPRESSED], 0),
        "failed": count.get(ENDED[RunState.DEAD], 0),
        "lag_ms": count.get(LATE_MS, 0) // begun if begun else None,
    }


def last_run_ms(log: Log, rule: str, is_awaited: Callable[[], bool]) -> int | None:
    """The time of a rule's newest run; None if it has none."""
    latest = log.runs(RunFilter(rule=rule), limit=1, is_awaited=is_awaited)
    return id_time_ms(latest[0].id) if latest else None
