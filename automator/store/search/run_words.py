"""Finds runs by words. Most of these words are in the documents of events.

The run that is stored right after its event shares the event's document, in `event_words`. So both
are indexed at once. The words that only the run has are marked there, so that no search for events
finds them. All other runs, such as follow-ups and replays, have their own documents in `run_words`.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Connection, Select

from automator.model import record
from automator.store.search.terms import Group, marked, term
from automator.store.search.word_index import (
    EVENT_WORDS,
    RUN_WORDS,
    IdRange,
    WordIndex,
    first_among,
)

#: The distance from an event's id to the id of the run that shares its document.
BEHIND = 1
#: The term of documents that also contain a run.
HAS_RUN = term("has", "run")


def shares_document(run_id: int, event_id: int) -> bool:
    """Whether a run shares the document of its event."""
    return run_id == event_id + BEHIND


@record
class RunIndex:
    """Finds runs in both indexes, in the same way as `WordIndex` finds events in one."""

    #: Whether nearly all events that match have a run, as for a rule or a contact. Then it is
    #: faster to leave out events without a run afterwards than to ask the index for HAS_RUN.
    is_narrow: bool = False
    events: WordIndex = EVENT_WORDS

    @property
    def name(self) -> str:
        return RUN_WORDS.name

    def _in_events(self, groups: Sequence[Group]) -> list[Group]:
        """The search in the form for documents of events, where words of runs are marked."""
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
        found, is_last_found = self.events.find(
            connection,
            self._in_events(groups),
            ids.moved(-BEHIND),
            limit,
            looks_near=looks_near,
            among=None if among is None else lambda number: among(number + BEHIND),
        )
        shared = [number + BEHIND for number in found]
        # Only up to the id that both searches have reached.
        ends = ([] if is_last else own[-1:]) + ([] if is_last_found else shared[-1:])
        together = sorted({*own, *shared}, reverse=not ids.ascending)
        if ends:
            end = min(ends) if ids.ascending else max(ends)
            together = [number for number in together if ids.in_order(number, end)]
        return together, is_last and is_last_found

    @staticmethod
    def looks_up(connection: Connection) -> bool:
        """Whether `among` may be faster than `find`; never on SQLite, which finds ids in order."""
        return connection.dialect.name != "sqlite"

    def among(
        self,
        connection: Connection,
        groups: Sequence[Group],
        candidates: Select[int],
        ids: IdRange,
        limit: int,
    ) -> list[int]:
        """The first of `candidates` that match a word of each group; see `first_among`."""
        places = ((RUN_WORDS, groups, 0), (EVENT_WORDS, self._in_events(groups), BEHIND))
        return first_among(connection, places, candidates, ids, limit)
