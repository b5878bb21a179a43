"""Candidates: runs that an index other than that of words finds, to be searched for words."""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union_all

from automator.model import record
from automator.store.schema.tables import runs
from automator.store.search.word_index import IdRange


@record(kw_only=False)
class Candidates:
    """The runs for which one of some conditions holds; all that are wanted are among them."""

    #: Each has an index that is in the order of ids.
    conditions: tuple[ColumnElement[bool], ...]

    def of_range(self, ids: IdRange) -> Select[int]:
        """Their ids in a range, in its order."""
        in_each = [
            select(runs.c.id).where(condition, runs.c.id > ids.after, runs.c.id < ids.before)
            for condition in self.conditions
        ]
        found = union_all(*in_each).subquery()
        return select(found.c.id).order_by(found.c.id if ids.ascending else found.c.id.desc())

    def have(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """An id is among them.

        It is asked for as a range of one id, so that SQLite looks into the index of the condition:
        for an id itself it would read the whole row.
        """
        is_it = and_(runs.c.id >= number, runs.c.id <= number)
        return or_(*(exists().where(condition, is_it) for condition in self.conditions))
