"""The report `audit`: who has changed what, when and from where, and whether the chain is whole."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from automator.clock import iso_time
from automator.engine.replay.filter_syntax import run_filter
from automator.language import Translator
from automator.model import N_, UsageError, in_one_line, record, whole_number
from automator.reasons import ReasonKind
from automator.reasons import audit as acts
from automator.record_json import record_json
from automator.server.reports.declarations import AuditAsked, ReportSource
from automator.store.log.audit_log import AuditFilter, AuditRow, Verified

_MOST = 2**62
_LONGEST = 500
#: The kinds of changes.
KINDS = [one for one in vars(acts).values() if isinstance(one, ReasonKind) and one.code]
NOTHING = N_("no change was recorded")


@record(kw_only=False)
class Audited:
    """The rows of a page, whether there are more, and the result of verifying the chain."""

    rows: Sequence[AuditRow]
    has_more: bool
    verified: Verified | None

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "items": [row_json(row) for row in self.rows],
            "next": self.rows[-1].id if self.has_more else None,
            "chain": None if self.verified is None else record_json(self.verified),
        }


async def answer(here: ReportSource, asked: AuditAsked) -> Audited:
    """The rows that fit the filters, and with `verify` the result of verifying the chain.

    Raises:
        UsageError: a time or a number cannot be read.
    """
    times = run_filter({"since": asked.since, "until": asked.until}, here.now_ms, here.zone)
    wanted = AuditFilter(
        who=asked.who, what=asked.what, since_ms=times.since_ms, until_ms=times.until_ms
    )
    find = partial(
        here.log.audit,
        wanted,
        before=_number("before", asked.before),
        after=_number("after", asked.after),
        limit=asked.limit + 1,
    )
    rows = await here.work(find)
    verified = await here.work(here.log.verify_audit, is_long=True) if asked.verify else None
    return Audited(rows[: asked.limit], len(rows) > asked.limit, verified)


def _number(name: str, text: str) -> int | None:
    number = whole_number(text, _MOST)
    if text and number is None:
        raise UsageError(
            N_("{name} is no number of a row"), fix=N_("Copy it from the list."), name=name
        )
    return number


def row_json(row: AuditRow) -> dict[str, Any]:
    """A row in JSON."""
    return {
        "number": row.id,
        "at": iso_time(row.at),
        "who": row.who,
        "remote": row.remote,
        "what": row.what.to_json(),
        "before": dict(row.before),
        "after": dict(row.after),
        "hash": row.hash,
    }


def as_text(found: Audited, _: Translator) -> str:
    """The rows, oldest first, and the result of verifying the chain."""
    lines = [line_of(row, _) for row in sorted(found.rows, key=lambda row: row.id)] or [_(NOTHING)]
    return "\n".join([*lines, *([chain_text(found.verified, _)] if found.verified else [])])


def line_of(row: AuditRow, _: Translator) -> str:
    """A row on one line."""
    sides = [f"{name}={value}" for name, value in row.before.items()]
    sides += [f"→ {name}={value}" for name, value in row.after.items()]
    parts = [_.time(row.at), _.author(row.who), row.remote, _.say(row.what), "  ".join(sides)]
    return "  ".join(in_one_line(part, _LONGEST) for part in [*parts, f"[{row.id}]"] if part)


def chain_text(found: Verified, _: Translator) -> str:
    """Whether the chain is whole, and with which hash it ends."""
    if found.wrong is not None:
        return _(
            N_("✗ the chain is broken: row {number} is not as it was stored, or is missing"),
            number=found.wrong,
        )
    return _(
        N_("✓ the chain is whole: rows {first} to {last}, hash {hash}"),
        first=found.first,
        last=found.last,
        hash=found.hash,
    )
