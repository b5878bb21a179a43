"""Reads the audit trail, newest first, and verifies the chain of its rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from automator.model import Reason, record
from automator.reasons.audit import audit_rows_ended
from automator.store.batch.audit import FIRST, digest_of, hash_of
from automator.store.log.reader import Reader, in_pages
from automator.store.schema.encoding import load_legible_json
from automator.store.schema.upkeep_tables import audit

#: How many rows are verified at a time.
_PORTION = 1_000
_ROWS = select(audit).where(audit.c.id > 0)


@record
class AuditFilter:
    """The rows to show: of an author, of a kind of change, of a time in milliseconds."""

    who: str = ""
    what: str = ""
    since_ms: int | None = None
    until_ms: int | None = None


@record
class AuditRow:
    """A row of the audit trail."""

    id: int
    at: int
    who: str
    #: The network address from which the change came; "" if it came from none.
    remote: str
    #: The change, whose sentence names the customer if there is one.
    what: Reason
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    hash: str


@record
class Verified:
    """The result of verifying the chain."""

    rows: int
    #: The numbers of the first and the last row; 0 if there is none.
    first: int
    last: int
    #: The hash of the last row. Kept elsewhere, it proves later that no row was changed until then.
    hash: str
    #: The number of the first row that is wrong or missing; None if the chain is whole.
    wrong: int | None


class AuditLog(Reader):
    """Reads the audit trail."""

    def audit(
        self,
        wanted: AuditFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> list[AuditRow]:
        """A page of rows: the newest before a number; with `after`, the oldest after that one."""
        query = _ROWS
        for column, value in ((audit.c.author, wanted.who), (audit.c.code, wanted.what)):
            query = query.where(column == value) if value else query
        if wanted.since_ms is not None:
            query = query.where(audit.c.at >= wanted.since_ms)
        if wanted.until_ms is not None:
            query = query.where(audit.c.at < wanted.until_ms)
        page = in_pages(query, audit.c.id, before=before, after=after, limit=limit)
        return [_row(one) for one in self.all_of(page)]

    def newest_audit(self, code: str) -> AuditRow | None:
        """The newest row of a kind of change; None if there is none."""
        return next(iter(self.audit(AuditFilter(what=code), limit=1)), None)

    def verify_audit(self) -> Verified:
        """Computes the hashes of all rows anew. Rows that are appended meanwhile do not count."""
        found = self._verify()
        # Retention may have deleted rows meanwhile.
        return found if found.wrong is None else self._verify()

    def _verify(self) -> Verified:
        head = self.all_of(select(audit).where(audit.c.id == 0))
        if not head:
            # Without the head there may be no row either.
            return _verified(0, 0, 0, FIRST, wrong=1 if self.all_of(_ROWS.limit(1)) else None)
        last, newest = load_legible_json(head[0].body, {}).get("last", 0), head[0].hash
        anchor = self.newest_audit(audit_rows_ended.code)
        ended = dict(anchor.after) if anchor else {}
        expected, previous = ended.get("last", 0) + 1, ended.get("hash", FIRST)
        first, count = expected, 0
        for row in self._rows_until(last):
            is_ours = row.id == expected and hash_of(row._mapping, previous) == row.hash
            if not is_ours or not _fits(row):
                return _verified(count, first, expected - 1, previous, wrong=expected)
            previous, expected, count = row.hash, expected + 1, count + 1
        is_whole = expected == last + 1 and previous == newest
        return _verified(count, first, last, previous, wrong=None if is_whole else expected)

    def _rows_until(self, last: int) -> Iterator[Any]:
        after = 0
        while rows := self.all_of(
            _ROWS.where(audit.c.id > after, audit.c.id <= last).order_by(audit.c.id).limit(_PORTION)
        ):
            yield from rows
            after = rows[-1].id


def _verified(rows: int, first: int, last: int, newest: str, *, wrong: int | None) -> Verified:
    return Verified(rows=rows, first=first if rows else 0, last=last, hash=newest, wrong=wrong)


def _fits(row: Any) -> bool:
    """Whether the customer of a row is the one with whom it was stored, or was erased."""
    is_erased = row.person is None and row.salt is None
    return is_erased or (row.person and digest_of(row.salt or b"", row.person) == row.digest)


def _row(row: Any) -> AuditRow:
    body = load_legible_json(row.body, {})
    values = body.get("values", {})
    if row.digest:
        values = {**values, "person": row.person or "…"}
    return AuditRow(
        id=row.id,
        at=row.at,
        who=row.author,
        remote=row.remote,
        what=Reason(row.code, values),
        before=body.get("before", {}),
        after=body.get("after", {}),
        hash=row.hash,
    )
