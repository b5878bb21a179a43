"""Makes the documents of the full-text indexes: the words and terms that find events and runs."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import literal_column, select

from automator.model import record
from automator.store.database.statements import KEYS, Statement
from automator.store.schema.encoding import load_summary
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.run_words import BEHIND, HAS_RUN, shares_document
from automator.store.search.terms import event_terms, marked_words, matched_term, term, words_of_ids
from automator.store.search.tokenizer import document_of

#: Runs a statement for all keys, on the writer's connection or on one that only reads.
Read = Callable[[Statement, Collection[int]], Sequence[Any]]
#: An id, and the words and terms by which it is found.
Document = tuple[int, str]
#: Makes a part of a document from texts.
Words = Callable[..., str]

#: How many ids in an event find it; below, how many characters such an id may have.
_MOST_IDS = 16
_LONGEST_ID = 128
#: Matches a text or a whole number in JSON whose key says that it is an id. Stored JSON has no
#: blanks. The pattern begins with fixed characters, for which regular expressions search quickly.
_BY_ITS_KEY = rb'd":(?:(?<=_id":)|(?<=[{,]"id":)|(?<=Id":)|(?<="mid":))'
_NUMBER = rb"-?[0-9]+(?![0-9.eE])"
_ID = re.compile(rb'%b("[^"]*"|%b)' % (_BY_ITS_KEY, _NUMBER))
#: The same for JSON with a backslash, which may escape a quotation mark inside a text.
_ESCAPED_ID = re.compile(rb'%b("[^"\\]*(?:\\.[^"\\]*)*"|%b)' % (_BY_ITS_KEY, _NUMBER), re.DOTALL)
#: How many characters a summary may have to be kept in memory.
_KEPT_SUMMARY = 256

_EVENTS = Statement(
    select(
        events.c.id,
        events.c.connection,
        events.c.type,
        events.c.contact,
        events.c.text,
        events.c.actor_name,
        events.c.body,
        # Not EXISTS, for which PostgreSQL may read all runs, while its statistics are old.
        select(runs.c.id)
        .where(runs.c.event_id == events.c.id)
        .limit(literal_column("1"))
        .scalar_subquery()
        .label("matched"),
    ).where(events.c.id.in_(KEYS))
)
_RUNS = Statement(select(runs.c.id, runs.c.rule, runs.c.event_id).where(runs.c.id.in_(KEYS)))
_ATTEMPTS = Statement(
    select(
        attempts.c.run_id,
        attempts.c.summary,
        attempts.c.said,
        attempts.c.error_code,
        attempts.c.target,
    ).where(attempts.c.run_id.in_(KEYS))
)


def documents(
    read: Read, event_ids: Collection[int], run_ids: Collection[int]
) -> tuple[list[Document], list[Document]]:
    """Makes the documents of events, and of runs with all their words."""
    found = _read(read, event_ids, run_ids)
    asked = set(event_ids)
    return (
        [(number, document) for number, document in found.of_events.items() if number in asked],
        [found.own_document(run) for run in found.runs if run.event_id in found.of_events],
    )


def documents_to_index(
    read: Read, event_ids: Collection[int], run_ids: Collection[int]
) -> tuple[list[Document], list[Document]]:
    """Makes the documents as they are indexed: most runs share the document of their event."""
    asked = set(event_ids)
    found = _read(read, asked, {*run_ids, *(number + BEHIND for number in asked)})
    of_events = found.of_events
    shared = {}
    own = []
    for run in found.runs:
        if shares_document(run.id, run.event_id):
            shared[run.event_id] = f"{HAS_RUN} {found.of_run(run, marked_words)}"
        elif run.event_id in of_events:
            own.append(found.own_document(run))
    together = [
        (number, f"{document} {shared[number]}" if number in shared else document)
        for number, document in of_events.items()
        if number in asked or number in shared
    ]
    return together, own


@record(kw_only=False)
class _Found:
    """The rows from which documents are made."""

    #: The documents of events, by their ids.
    of_events: dict[int, str]
    runs: Sequence[Any]
    #: The attempts of runs, by the runs' ids.
    tried: Mapping[int, Sequence[Any]]

    def own_document(self, run: Any) -> Document:
        """The document of a run that does not share its event's document."""
        return run.id, f"{self.of_events[run.event_id]} {self.of_run(run, document_of)}"

    def of_run(self, run: Any, words: Words) -> str:
        """The words of a run besides its event's: of its rule, and of the texts of its attempts."""
        parts = [term("rule", run.rule)]
        for attempt in self.tried.get(run.id, ()):
            is_kept = len(attempt.summary) <= _KEPT_SUMMARY
            of_attempt = _kept_attempt if is_kept else _words_of_attempt
            parts.append(of_attempt(words, attempt.summary, attempt.error_code, attempt.target))
            if attempt.said:
                parts.append(words(attempt.said))
        return " ".join(parts)


def _read(read: Read, event_ids: Collection[int], run_ids: Collection[int]) -> _Found:
    """Reads these events and runs, and the events of the runs, each of them once."""
    found = read(_RUNS, sorted(run_ids))
    # Sorted, because SQLite's index is then several times as fast.
    ids = sorted({*event_ids, *(run.event_id for run in found)})
    of_events = {row.id: _document_of_event(row) for row in read(_EVENTS, ids)}
    tried = defaultdict(list)
    for row in read(_ATTEMPTS, [run.id for run in found]):
        tried[row.run_id].append(row)
    return _Found(of_events, found, tried)


def _document_of_event(row: Any) -> str:
    """The words of an event's text and of the author's name, the ids in it, and its terms."""
    words = document_of(row.text, row.actor_name)
    ids = words_of_ids(ids_in(row.body))
    terms = event_terms(row.connection, row.type, row.contact)
    return f"{words} {ids} {terms} {matched_term(bool(row.matched))}"


def _words_of_attempt(words: Words, summary: bytes, error_code: str, target: str | None) -> str:
    parts = [words(*load_summary(summary).texts())]
    if error_code:
        parts.append(term("error_code", error_code))
    if target:
        parts.append(term("target", target))
    return " ".join(parts)


#: Cached, because most attempts end as others have ended before.
_kept_attempt = lru_cache(maxsize=1_024)(_words_of_attempt)


def ids_in(stored: bytes) -> str:
    """The different ids in stored JSON, found by their keys, with line feeds between them.

    If the JSON is damaged, some may be missing.
    """
    found = dict.fromkeys(_ID.findall(stored)[:_MOST_IDS])
    together = b"\n".join(found)
    # Checked together first: hardly any id has an escape sequence or is too long.
    if b"\\" in together or (len(together) > _LONGEST_ID and _has_long(found)):
        found = dict.fromkeys(_ESCAPED_ID.findall(stored)[:_MOST_IDS])
        return "\n".join([_id_of(one)[:_LONGEST_ID] for one in found])
    return together.replace(b'"', b"").decode(errors="replace")


def _has_long(found: Iterable[bytes]) -> bool:
    return max(map(len, found)) > _LONGEST_ID


def _id_of(stored: bytes) -> str:
    if b"\\" in stored:
        try:
            return str(json.loads(stored))
        except ValueError:
            return ""
    return stored.strip(b'"').decode(errors="replace")
