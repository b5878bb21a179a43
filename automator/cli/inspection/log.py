"""`automator log`: the runs, newest last, as lines for people or as JSON for programs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Data, Database, Filters, Json, Where
from automator.cli.terminal.output import (
    TRANSLATOR,
    local_time,
    say,
    say_json,
    visible,
)
from automator.cli.terminal.paths import data_folder
from automator.clock import SystemClock, iso_time
from automator.model import (
    N_,
    RunState,
    UsageError,
    Verdict,
    first_id_of,
    format_id,
    id_time_ms,
    reason_json,
    shortened,
)
from automator.model.log_filters import DeliveryFilter, Listed, set_in

if WORKING:
    from automator.cli.terminal.database import open_log
    from automator.engine.replay.filter_syntax import require_value, run_filter, split_words
    from automator.model import Reason
    from automator.model.log_filters import RunFilter
    from automator.store import DeliveryRow, Log, RunRow

_POLL_S = 0.5
_HOUR_MS = 3_600_000
#: With --follow: at most this many refused deliveries, the newest, are shown after each poll.
_MOST_AT_ONCE = 100
_TEXT_WIDTH = 48
_NAME_WIDTH = 18
_NO_RUNS = N_("no runs yet; an event that matched no rule is explained by: automator why EVENT")
_REFUSED = N_("refused")
_NONE_FITS = N_("no run fits")
_CUT = N_(
    "runs before {time} were not searched: {count} entries wait to be put into the words index;"
    " search again in some minutes, or with an earlier until="
)
_ICONS = {
    RunState.QUEUED: "…",
    RunState.RUNNING: "▶",
    RunState.DONE: "✓",
    RunState.DEAD: "✗",
    RunState.CANCELLED: "–",
    RunState.UNKNOWN: "?",
    RunState.SUPPRESSED: "○",
    RunState.HELD: "⏸",
}

Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Keep showing new entries as they come.")
]
Status = Annotated[str | None, typer.Option(help="Only runs in this state: done, dead, queued …")]
Rule = Annotated[str | None, typer.Option(help="Only runs of this rule.")]
Connection = Annotated[str | None, typer.Option(help="Only events of this connection.")]
Text = Annotated[
    str | None,
    typer.Option(help="Only runs with these words in the event, its author or the attempts."),
]
Limit = Annotated[int, typer.Option(help="How many runs.", min=1, max=10_000)]


def log(
    filters: Filters = None,
    follow: Follow = False,
    status: Status = None,
    rule: Rule = None,
    connection: Connection = None,
    text: Text = None,
    where: Where = None,
    limit: Limit = 20,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show the runs, newest last: when, what became of them, and why; refused deliveries, too.

    reason=CODE finds runs by why they were held back or ended; `automator help reasons` lists
    the codes. outcome=nothing_sent finds runs that were to send something and did not; the others
    are answered, partly, nothing_to_send, maybe_sent and, in shadow mode, would_have_sent.
    waits=target finds queued runs by what they wait for; `automator help runs` lists the words.
    """
    named = {"state": status, "rule": rule, "connection": connection, "text": text}
    words = _words(named, [*(where or ()), *(filters or ())])
    wanted = run_filter(words, SystemClock().now_ms(), TRANSLATOR.zone or UTC)
    if follow:
        _require_followable(wanted)
    with open_log(data_folder(data), database) as reader:
        wanted = reader.with_contact_keys(wanted)
        say_row = _row_printer(reader, as_json=as_json)
        began_ms = SystemClock().now_ms()
        found = reader.runs(wanted, limit=limit, is_awaited=lambda: True)
        runs = found[::-1]
        rows: list[RunRow | DeliveryRow] = [*runs, *refused(reader, wanted, limit=limit)]
        rows.sort(key=lambda row: row.id)
        for row in rows[-limit:]:
            say_row(row)
        if found.looked_until is not None and not as_json:
            say(_where_it_stopped(found.looked_until, found.waiting))
        unkept = unkept_line(reader, wanted, began_ms)
        if unkept and not as_json:
            say(unkept)
        if not rows and not follow and not as_json:
            say(TRANSLATOR(_NONE_FITS if words else _NO_RUNS))
        if follow:
            shown = {row.id: progress_of(row) for row in runs}
            for row in _changes(reader, began_ms, shown, wanted):
                say_row(row)


def _where_it_stopped(until: int, waiting: int) -> str:
    """Describes the end of a search that did not reach the oldest runs."""
    time_until = local_time(id_time_ms(until))
    return TRANSLATOR(_CUT, time=time_until, count=TRANSLATOR.number(waiting))


def _words(named: Mapping[str, str | None], filters: Sequence[str]) -> dict[str, str]:
    """The filters by name: those given as options, and those written as name=value."""
    words = {name: value for name, value in named.items() if value is not None}
    for option, given in words.items():
        require_value(option, given)
    return words | split_words(filters)


def _require_followable(wanted: "RunFilter") -> None:
    """Refuses filters that cannot be judged by the row of a changed run, such as `target`."""
    for one, _ in set_in(wanted, Listed.RUNS):
        if one.admits is None:
            raise UsageError(
                N_("{name} and --follow exclude each other"),
                fix=N_("Keep one of them."),
                name=one.word,
            )


def progress_of(row: "RunRow") -> tuple[RunState, int]:
    """The state and number of attempts of a run; when they change, the run is shown again."""
    return row.run.state, row.attempts


def line(row: "RunRow") -> str:
    """Writes a run on one line, with its rule and revision. Line breaks in a stranger's text are
    made visible, so that the text cannot add a line.
    """
    run = row.run
    person = shortened(visible(row.actor_name or ""), _NAME_WIDTH)
    text = shortened(visible(row.text or ""), _TEXT_WIDTH)
    what = TRANSLATOR.say(run.because) or TRANSLATOR.say(row.last_summary)
    is_later = run.run_at > run.created_at and not run.waits_for_others
    if run.state is RunState.QUEUED and is_later and not _says_time(run.because):
        until = TRANSLATOR(N_("waits until {time}"), time=local_time(run.run_at))
        what = f"{until}  {what}".strip()
    icon = "!" if run.outcome is not None and run.outcome.is_short else _ICONS[run.state]
    label = f"{icon} {TRANSLATOR.state(row.became)}"
    rule = f"{run.rule}@{run.revision}"
    parts = [local_time(run.created_at), f"{label:<17}", rule, row.event_type]
    parts += [person, f"“{text}”" if text else "", visible(what)]
    if run.replay:
        by = TRANSLATOR(N_("replayed by {name:author}"), name=run.replay["by"])
        parts.append(f"↻ {visible(by)}")
    parts.append(f"[{format_id(run.event_id)}]")
    return "  ".join(part for part in parts if part)


def _says_time(because: "Reason | None") -> bool:
    """Whether the reason of a waiting run already names the end of the wait."""
    return because is not None and "until" in because.params


def as_data(log: "Log", row: "RunRow") -> dict[str, Any]:
    """Returns a run with its attempts, for programs."""
    detail = log.run(row.id)
    return {
        "run": format_id(row.id),
        "event": format_id(row.run.event_id),
        "event_type": row.event_type,
        "connection": row.connection,
        "rule": row.run.rule,
        "revision": row.run.revision,
        "status": row.state_label,
        "outcome": row.run.outcome and row.run.outcome.label,
        "reason": reason_json(row.run.because),
        "waits_for": row.run.waits_for,
        "shadow": row.run.is_shadow,
        "replay": dict(row.run.replay) or None,
        "created_at": iso_time(row.run.created_at),
        "actor": row.actor_name,
        "text": row.text,
        "steps": [
            {
                "step": attempt.step,
                "action": attempt.action,
                "attempt": attempt.number,
                "status": attempt.status.value,
                "summary": attempt.summary.to_json(),
                "ms": attempt.duration_ms,
            }
            for attempt in (detail.attempts if detail else ())
        ],
    }


def _row_printer(log: "Log", *, as_json: bool) -> "Callable[[RunRow | DeliveryRow], None]":
    def say_row(row: "RunRow | DeliveryRow") -> None:
        if isinstance(row, DeliveryRow):
            if as_json:
                say_json(refused_data(row))
            else:
                say(refused_line(row))
        elif as_json:
            say_json(as_data(log, row))
        else:
            say(line(row))

    return say_row


def _changes(
    log: "Log", since_ms: int, shown: dict[int, tuple[RunState, int]], wanted: "RunFilter"
) -> "Iterator[RunRow | DeliveryRow]":
    """Yields changes for ever, from `since_ms` on: runs that have ended or were tried, and refused
    deliveries.
    """
    run_id = attempt_id = delivery_id = first_id_of(since_ms)
    while True:
        rows, run_id, attempt_id = log.changed_since(run_id, attempt_id)
        for row in sorted(rows, key=lambda row: row.id):
            is_on_its_way = not row.run.state.is_final and not row.attempts and not row.run.path
            if is_on_its_way or shown.get(row.id) == progress_of(row):
                continue
            shown[row.id] = progress_of(row)
            if row.fits(wanted):
                yield row
        for delivery in refused(log, wanted, limit=_MOST_AT_ONCE, after=delivery_id):
            delivery_id = delivery.id
            yield delivery
        time.sleep(_POLL_S)


# Refused deliveries, which start no run.


def shows_refused(wanted: "RunFilter") -> bool:
    """Whether a filter includes refused deliveries: it names no property that only runs have."""
    is_about_runs = any(not one.of_refused for one, _ in set_in(wanted, Listed.RUNS))
    return not is_about_runs and wanted.replayed is None


def refused(log: "Log", wanted: "RunFilter", *, limit: int, after: int = 0) -> "list[DeliveryRow]":
    """The newest `limit` refused deliveries with an id above `after`, in the order of their ids."""
    if not shows_refused(wanted):
        return []
    refusals = DeliveryFilter(
        verdict=Verdict.REJECTED,
        connection=wanted.connection,
        since_ms=wanted.since_ms,
        until_ms=wanted.until_ms,
    )
    return [row for row in log.deliveries(refusals, limit=limit)[::-1] if row.id > after]


def refused_line(row: "DeliveryRow") -> str:
    """Writes a refused delivery on one line, with line breaks in a stranger's text made visible."""
    reason = f"{TRANSLATOR.say(row.reason)} ({row.reason_code})"
    parts = [
        local_time(row.received_at),
        f"✗ {TRANSLATOR(N_('refused')):<10}",
        row.connection,
        row.method,
        row.remote,
    ]
    text = N_("[delivery {id}]")
    parts += [reason, TRANSLATOR(text, id=format_id(row.id))]
    return "  ".join(visible(part) for part in parts if part)


def unkept_line(log: "Log", wanted: "RunFilter", now_ms: int) -> str:
    """The refusals of this hour and the one before that were only counted, not stored, as a line.

    "" if there are none, or if the filter shows no refused deliveries.
    """
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
    """A refused delivery as JSON; `run` and `event` are null, because it started none."""
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
