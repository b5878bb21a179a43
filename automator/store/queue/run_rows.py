"""Converts runs into rows of their table, and back."""

from dataclasses import fields
from typing import Any

from automator.model import NewRun, Outcome, Reason, Run, RunState, Waits
from automator.store.batch.batch import Batch
from automator.store.database.statements import InsertStatement, Values
from automator.store.schema.encoding import (
    clean_optional,
    dump_json,
    dump_reason,
    load_json,
    load_reason,
    reason_columns,
)
from automator.store.schema.tables import runs

#: Columns that are empty in every new run.
_LATER = frozenset(
    {
        "owner",
        "lease_until",
        "begun_at",
        "cancel_reason",
        "target",
        "reserved_at",
        "unknown_since",
        "echo_key",
        "not_sent",
        "outcome",
    }
)
INSERT_RUN = InsertStatement(runs, left_out=_LATER)
#: Inserts a run that is stored as claimed: it does not wait, and has not ended.
INSERT_CLAIMED = InsertStatement(
    runs,
    left_out=_LATER.difference({"owner", "lease_until", "begun_at"}).union(
        {"waits_for", "waits_since", "waits_until", "finished_at", "behind"}
    ),
)


#: The fields of a run. Their columns have the same names.
_FIELDS = tuple(field.name for field in fields(Run))
RUN_COLUMNS = tuple(runs.c[name] for name in _FIELDS)
_REASONS = ("reason", "note")
_STATES = {int(state): state for state in RunState}
_OUTCOMES = {int(outcome): outcome for outcome in Outcome}
_WAITS: dict[str, Waits | None] = {"": None} | {waits.value: waits for waits in Waits}
_EMPTY = b"{}"


#: Columns with the same value in every new run.
_NEW = {"attempt": 0, "crashes": 0, "was_interrupted": 0}


def new_run_row(run: NewRun, batch: Batch) -> Values:
    """The row of a new run."""
    run_at, seq_at = batch.place(run)
    codes, reason = ("", None) if run.reason is None else reason_columns(run.reason)
    contact = clean_optional(run.contact)
    waits_for = run.waits_for
    if waits_for is None and run_at > batch.now_ms and run.state is RunState.QUEUED:
        waits_for = Waits.TIME
    is_placeless = waits_for is Waits.PLACE
    return {
        **_NEW,
        "id": run.id,
        "event_id": run.event_id,
        "rule": run.rule,
        "revision": run.revision,
        "lane": contact if run.lane == run.contact else clean_optional(run.lane),
        "contact": contact,
        "path": run.path,
        "parent_id": run.parent_id,
        "state": int(run.state),
        "step": run.step,
        "seq_at": None if is_placeless else seq_at,
        "run_at": run_at,
        "created_at": batch.now_ms,
        "finished_at": batch.now_ms if run.state.is_final else None,
        "cancel_on": None if run.cancel_on is None else dump_json(run.cancel_on),
        "data": dump_json(run.data) if run.data else _EMPTY,
        "reason_codes": codes,
        "reason": reason,
        "waits_for": waits_for or "",
        "behind": int(is_placeless),
        "waits_since": batch.now_ms if waits_for else None,
        "waits_until": run_at if waits_for and not is_placeless else None,
        "acts_until": run.acts_until,
        "note": None if run.note is None else dump_reason(run.note),
        "wait_key": run.wait_key,
        "concurrency_key": run.concurrency_key,
        "concurrency_limit": run.concurrency_limit,
    }


def run_of(written: Values) -> Run:
    """Makes a run from the values that were written just now."""
    return _run_of(dict(zip(_FIELDS, map(written.get, _FIELDS), strict=True)))


def run_from_row(row: Any, **changed: Any) -> Run:
    """Makes a run from a row that begins with RUN_COLUMNS, and from values changed since then."""
    return _run_of(dict(zip(_FIELDS, row, strict=False)) | changed)


def _run_of(values: dict[str, Any]) -> Run:
    """Makes a run from the values of its columns, and decodes each of them."""
    # Speed matters: every claimed run comes through here. Most columns of most runs are NULL.
    data = values["data"]
    if isinstance(data, bytes):
        values["data"] = {} if data == _EMPTY else load_json(data)
    values["state"] = _STATES[values["state"]]
    values["was_interrupted"] = values["was_interrupted"] == 1
    values["waits_for"] = _WAITS[values["waits_for"]]
    if values["outcome"] is not None:
        values["outcome"] = _OUTCOMES[values["outcome"]]
    for name in _REASONS:
        if values[name] is not None:
            values[name] = load_reason(values[name])
    not_sent = values["not_sent"]
    values["not_sent"] = {} if not_sent is None else _reasons_by_step(not_sent)
    return Run(**values)


def _reasons_by_step(stored: bytes) -> dict[str, Reason]:
    return {step: Reason.from_json(reason) for step, reason in load_json(stored).items()}
