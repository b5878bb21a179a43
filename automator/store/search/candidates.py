"""Candidates: runs that other indexes have found, which are then searched for words."""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union_all

from automator.model import record
from automator.store.schema.tables import runs
from automator.store.search.word_index import IdRange


@record(kw_only=False)
class Candidates:
    """The runs that meet at least one of some conditions. All wanted runs are among them."""

    #: For each condition there is an index in the order of ids.
    conditions: tuple[ColumnElement[bool], ...]

    def of_range(self, ids: IdRange) -> Select[int]:
        """Selects the ids of candidates in a range, in the order of the range."""
        in_each = [
            select(runs.c.id).where(condition, runs.c.id > ids.after, runs.c.id < ids.before)
            for condition in self.conditions
        ]
        found = union_all(*in_each).subquery()
        return select(found.c.id).order_by(found.c.id if ids.ascending else found.c.id.desc())

    def have(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that an id is the id of a candidate.

        It compares the id with a range of one id. Then SQLite uses the index of the condition; for
        a single id it would read the whole row.
        """
        is_it = and_(runs.c.id >= number, runs.c.id <= number)
        return or_(*(exists().where(condition, is_it) for condition in self.conditions))
