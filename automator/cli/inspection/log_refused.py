"""Shows refused deliveries in `automator log`, because they start no run."""

from typing import TYPE_CHECKING, Any

from automator.cli.terminal.output import TRANSLATOR, in_words, local_time, visible
from automator.clock import iso_time
from automator.model import N_, Verdict, first_id_of, format_id, reason_json

if TYPE_CHECKING:
    from automator.store import DeliveryRow, Log, RunFilter

_HOUR_MS = 3_600_000
_WORD = N_("refused")


def shows_refused(wanted: "RunFilter") -> bool:
    """Whether a filter lets refused deliveries in: it asks for nothing that only runs have."""
    only_runs = (
        wanted.rule,
        wanted.reason_code,
        wanted.error_code,
        wanted.target,
        wanted.type,
        wanted.contact,
    )
    ids = (wanted.event_id, wanted.replay_id, wanted.replayed)
    is_narrow = bool(wanted.states or wanted.text or wanted.run_ids or wanted.delivery_ids)
    return not is_narrow and all(value is None for value in (*only_runs, *ids))


def refused(log: "Log", wanted: "RunFilter", *, limit: int, after: int = 0) -> "list[DeliveryRow]":
    """The newest refused deliveries of a filter behind an id, the oldest of them first."""
    if not shows_refused(wanted):
        return []
    rows = log.deliveries(
        verdict=Verdict.REJECTED,
        connection=wanted.connection,
        before=None if wanted.until_ms is None else first_id_of(wanted.until_ms),
        limit=limit,
    )
    since_ms = wanted.since_ms or 0
    return [row for row in rows[::-1] if row.id > after and row.received_at >= since_ms]


def refused_line(row: "DeliveryRow") -> str:
    """A refused delivery on one line; a stranger's text cannot add a second one."""
    reason = f"{in_words(row.reason)} ({row.reason_code})"
    parts = [
        local_time(row.received_at),
        f"✗ {TRANSLATOR(_WORD):<10}",
        row.connection,
        row.method,
        row.remote,
    ]
    text = N_("[delivery {id}]")
    parts += [reason, TRANSLATOR(text, id=format_id(row.id))]
    return "  ".join(visible(part) for part in parts if part)


def unkept_line(log: "Log", wanted: "RunFilter", now_ms: int) -> str:
    """The number of further refusals in this hour and the one before; "" = none or not asked."""
    if not shows_refused(wanted):
        return ""
    count = log.refused_unkept(now_ms - _HOUR_MS, wanted.connection)
    if not count:
        return ""
    return TRANSLATOR.counted(
        "{count} more was refused in this hour and the one before, and only counted",
        "{count} more were refused in this hour and the one before, and only counted",
        count,
    )


def refused_data(row: "DeliveryRow") -> dict[str, Any]:
    """The same for programs; `run` and `event` are null, since it started none."""
    return {
        "run": None,
        "event": None,
        "delivery": format_id(row.id),
        "connection": row.connection,
        "status": row.verdict.value,
        "reason": reason_json(row.reason),
        "created_at": iso_time(row.received_at),
        "method": row.method,
        "remote": row.remote,
        "size": row.size,
    }
