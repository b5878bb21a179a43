"""The words of runs; most of them are in the documents of their events.

The run that is stored directly after its event shares its document, in `event_words`: so an event
and its run are indexed once. The words that such a run has in addition to its event are marked, and
no search for events finds them. All other runs, such as follow-ups and replays, have documents of
their own in `run_words`.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Connection, Select

from automator.model import record
from automator.store.search.terms import Group, marked, term
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS, IdRange, first_among

#: From the id of an event to the id of the run that shares its document.
BEHIND = 1
#: A document with a run in it has this term.
HAS_RUN = term("has", "run")


def shares_document(run_id: int, event_id: int) -> bool:
    """Whether a run's words are in the document of its event."""
    return run_id == event_id + BEHIND


@record
class RunIndex:
    """Finds runs in both indexes, as `WordIndex` does in one."""

    #: Whether hardly any event without a run matches, as with a rule or a contact: then asking the
    #: index about runs costs more than leaving out events without one afterwards.
    is_narrow: bool = False

    @property
    def name(self) -> str:
        return RUN_WORDS.name

    def _in_events(self, groups: Sequence[Group]) -> list[Group]:
        """The search in the form in which documents of events hold the words of their runs."""
        both = [tuple(dict.fromkeys([*group, *marked(group)])) for group in groups]
        return both if self.is_narrow else [*both, (HAS_RUN,)]

    def find(
        self,
        connection: Connection,
        groups: Sequence[Group],
        ids: IdRange,
        limit: int,
        *,
        looks_near: bool = True,
        among: Callable[[ColumnElement[int]], ColumnElement[bool]] | None = None,
    ) -> tuple[list[int], bool]:
        """The first ids of a range; see `WordIndex.find`."""
        own, is_last = RUN_WORDS.find(
            connection, groups, ids, limit, looks_near=looks_near, among=among
        )
        found, is_last_found = EVENT_WORDS.find(
            connection,
            self._in_events(groups),
            ids.moved(-BEHIND),
            limit,
            looks_near=looks_near,
            among=None if among is None else lambda number: among(number + BEHIND),
        )
        shared = [number + BEHIND for number in found]
        # As far as both searches have looked.
        ends = ([] if is_last else own[-1:]) + ([] if is_last_found else shared[-1:])
        together = sorted({*own, *shared}, reverse=not ids.ascending)
        if ends:
            end = min(ends) if ids.ascending else max(ends)
            together = [number for number in together if ids.in_order(number, end)]
        return together, is_last and is_last_found

    @staticmethod
    def looks_up(connection: Connection) -> bool:
        """Whether `among` may be quicker than `find`; never on SQLite, which finds ids in order."""
        return connection.dialect.name != "sqlite"

    def among(
        self,
        connection: Connection,
        groups: Sequence[Group],
        candidates: Select[int],
        ids: IdRange,
        limit: int,
    ) -> list[int]:
        """The first of some ids that match a word of each group; see `first_among`."""
        places = ((RUN_WORDS, groups, 0), (EVENT_WORDS, self._in_events(groups), BEHIND))
        return first_among(connection, places, candidates, ids, limit)
