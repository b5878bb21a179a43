"""Lists the rules in force page by page, for the API and the command line."""

from collections.abc import Callable
from typing import Any

from automator.clock import optional_time
from automator.model import id_time_ms
from automator.model.log_filters import RunFilter
from automator.rules import RuleSet
from automator.server.shared.lists import no_such_page
from automator.store import Log


def rules_page(
    log: Log,
    active: RuleSet,
    *,
    cursor: str,
    limit: int,
    is_earlier: Callable[[str], bool] = lambda _file: False,
    is_awaited: Callable[[], bool] = lambda: True,
) -> dict[str, Any]:
    """The rules after `cursor`, a rule's id, in the order in which they decide. Blocks.

    `is_earlier` says whether an earlier text of a file is in force, because the present one has
    errors.

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
                "mode": rule.mode,
                "file": rule.place.file,
                "line": rule.place.line,
                "is_earlier": is_earlier(rule.place.file),
                "last_run_at": optional_time(last_run_ms(log, rule.id, is_awaited)),
            }
            for rule in shown
        ],
        "next": shown[-1].id if first + limit < len(active.rules) else None,
    }


def last_run_ms(log: Log, rule: str, is_awaited: Callable[[], bool]) -> int | None:
    """The time of a rule's newest run; None if it has none."""
    latest = log.runs(RunFilter(rule=rule), limit=1, is_awaited=is_awaited)
    return id_time_ms(latest[0].id) if latest else None
