"""The log of deliveries as they came: lists, filters, and parts of their bodies.

Contents that strangers send are not indexed. So a filter reads only the newest deliveries, and
reports how far it got.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from automator.model import Delivery, Verdict, parse_id
from automator.model.log_filters import DeliveryFilter
from automator.store.log import queries
from automator.store.log.reader import FoundRows, Reader, newest_first
from automator.store.schema.tables import deliveries
from automator.store.search.log_rows import (
    DELIVERY_COLUMNS,
    DeliveryRow,
    delivery_from_row,
    delivery_row_from_row,
)

#: Deliveries that one page looks through for a connection or a reason, at most.
MOST_FILTERED = 20_000
#: Deliveries and bytes that one page reads for a part of a body, at most.
MOST_READ = 2_000
MOST_BYTES = 32_000_000
#: Bytes of bodies that are held at once.
_PORTION = 1_000_000


class DeliveryLog(Reader):
    """Deliveries. Pages are newest first; `before` is the last id."""

    def deliveries(
        self,
        *,
        verdict: Verdict | None = None,
        connection: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[DeliveryRow]:
        """The newest deliveries, as far as one page looks."""
        wanted = DeliveryFilter(verdict=verdict, connection=connection)
        return list(self.find_deliveries(wanted, before=before, limit=limit).rows)

    def find_deliveries(
        self, wanted: DeliveryFilter, *, before: int | None = None, limit: int = 50
    ) -> FoundRows[DeliveryRow]:
        """A page of the deliveries that fit; a part of a body may be the id of a delivery, too."""
        if before is None and (number := parse_id(wanted.part)) is not None:
            query = queries.DELIVERY_ROWS.where(deliveries.c.id == number)
            if named := self.all_of(query):
                return FoundRows([delivery_row_from_row(row) for row in named])
        in_order = queries.delivery_conditions(wanted)
        others = [
            column == value
            for column, value in (
                (deliveries.c.connection, wanted.connection),
                (deliveries.c.reason_code, wanted.reason_code),
            )
            if value is not None
        ]
        floor = None
        if others or wanted.part:
            most = MOST_READ if wanted.part else MOST_FILTERED
            floor = self._floor(in_order, before, most)
            others += [] if floor is None else [deliveries.c.id >= floor]
        if wanted.part:
            size = func.length(deliveries.c.body).label("size")
            sizes = select(deliveries.c.id, size).where(*in_order, *others)
            page = self.all_of(newest_first(sizes, deliveries.c.id, before, MOST_READ))
            ids, floor = self._with_part(page, wanted.part, limit, floor)
            if not ids:
                return FoundRows([], floor)
            others = [deliveries.c.id.in_(ids)]
        query = queries.DELIVERY_ROWS.where(*in_order, *others)
        rows = self.all_of(newest_first(query, deliveries.c.id, before, limit))
        found = [delivery_row_from_row(row) for row in rows]
        return FoundRows(found, floor if len(found) < limit else None)

    def delivery(self, delivery_id: int) -> Delivery | None:
        """A delivery as it came, byte for byte."""
        rows = self.all_of(select(*DELIVERY_COLUMNS).where(deliveries.c.id == delivery_id))
        return delivery_from_row(rows[0]) if rows else None

    def _floor(
        self, conditions: list[ColumnElement[bool]], before: int | None, most: int
    ) -> int | None:
        """The id of the last delivery that is looked at; None when there are not so many."""
        query: Select[Any] = select(deliveries.c.id).where(*conditions)
        page = newest_first(query, deliveries.c.id, before, 1).offset(most - 1)
        return next((int(row.id) for row in self.all_of(page)), None)

    def _with_part(
        self, page: Sequence[Any], part: str, limit: int, floor: int | None
    ) -> tuple[list[int], int | None]:
        """The ids of a page whose bodies have a part, and how far they were read."""
        ways = {part.encode().lower(), json.dumps(part)[1:-1].encode().lower()}
        found: list[int] = []
        total = 0
        for portion in _portions(page):
            if total > MOST_BYTES:
                return found, portion[0].id + 1
            total += sum(row.size for row in portion)
            ids = [row.id for row in portion]
            query = select(deliveries.c.id, deliveries.c.body).where(deliveries.c.id.in_(ids))
            for row in self.all_of(query.order_by(deliveries.c.id.desc())):
                body = bytes(row.body).lower()
                if any(way in body for way in ways):
                    found.append(row.id)
            if len(found) >= limit:
                break
        return found[:limit], floor


def _portions(page: Sequence[Any]) -> Iterator[list[Any]]:
    """Rows whose bodies are read at once."""
    portion: list[Any] = []
    size = 0
    for row in page:
        if portion and size + row.size > _PORTION:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += row.size
    if portion:
        yield portion
