"""The documents of the full-text indexes: words and terms by which events and runs are found."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import exists, select

from automator.store.database.statements import KEYS, Statement
from automator.store.schema.encoding import load_summary
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.run_words import BEHIND, HAS_RUN, shares_document
from automator.store.search.terms import event_terms, marked, matched_term, term
from automator.store.search.tokenizer import words_of

#: Runs a statement for each of its keys: on the writer's connection, or on one that reads.
Read = Callable[[Statement, Collection[int]], Sequence[Any]]
#: An id, with its words and terms.
Document = tuple[int, list[str]]

#: Ids that an event is found by, at most; and letters of one.
_MOST_IDS = 16
_LONGEST_ID = 128
#: A text or a whole number in JSON, by a key that says it is an id. JSON as it is stored has no
#: blanks, and within a text each quotation mark follows a backslash. It begins with two letters
#: that are always the same, which is quick to look for.
_ID = re.compile(
    rb'd":(?:(?<=_id":)|(?<=Id":)|(?<="mid":)|(?<=[{,]"id":))'
    rb'("[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?![0-9.eE]))',
    re.DOTALL,
)
#: Longer summaries are not kept in memory.
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
        exists().where(runs.c.event_id == events.c.id).label("matched"),
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
    """The documents of events, and those of runs with all that they are found by."""
    of_events, of_runs = _read_words(read, event_ids, run_ids)
    asked = set(event_ids)
    return (
        [(number, words) for number, words in of_events.items() if number in asked],
        [
            (number, [*of_events[event_id], *words])
            for number, event_id, words in of_runs
            if event_id in of_events
        ],
    )


def documents_to_index(
    read: Read, event_ids: Collection[int], run_ids: Collection[int]
) -> tuple[list[Document], list[Document]]:
    """The same as the indexes have them: most runs share the document of their event."""
    asked = set(event_ids)
    of_events, of_runs = _read_words(
        read, asked, {*run_ids, *(number + BEHIND for number in asked)}
    )
    shared = {}
    own = []
    for number, event_id, words in of_runs:
        if shares_document(number, event_id):
            shared[event_id] = [HAS_RUN, *marked(words)]
        elif event_id in of_events:
            own.append((number, [*of_events[event_id], *words]))
    together = [
        (number, [*words, *shared.get(number, ())])
        for number, words in of_events.items()
        if number in asked or number in shared
    ]
    return together, own


def _read_words(
    read: Read, event_ids: Collection[int], run_ids: Collection[int]
) -> tuple[dict[int, list[str]], list[tuple[int, int, list[str]]]]:
    """The words of these events and of those of the runs, each read once; and of each run, with
    its event, the words that it has beside that."""
    run_rows = read(_RUNS, sorted(run_ids))
    # In order, which SQLite's index takes several times as quickly.
    wanted = sorted({*event_ids, *(row.event_id for row in run_rows)})
    of_events = {row.id: _words_of_event(row) for row in read(_EVENTS, wanted)}
    tried = defaultdict(list)
    for row in read(_ATTEMPTS, [row.id for row in run_rows]):
        tried[row.run_id].append(row)
    of_runs = [
        (row.id, row.event_id, _words_of_run(row.rule, tried.get(row.id, ()))) for row in run_rows
    ]
    return of_events, of_runs


def _words_of_run(rule: str, tried: Sequence[Any]) -> list[str]:
    """What a run has beside its event: its rule, and what its attempts say. Some may come twice."""
    words = [term("rule", rule)]
    for attempt in tried:
        is_kept = len(attempt.summary) <= _KEPT_SUMMARY
        of_attempt = _kept_attempt if is_kept else _words_of_attempt
        words += of_attempt(attempt.summary, attempt.error_code, attempt.target)
        if attempt.said:
            words += words_of(attempt.said)
    return words


def _words_of_event(row: Any) -> list[str]:
    """The words of an event's text and its author's name, its ids and its terms."""
    words = words_of(row.text, row.actor_name, *ids_in(row.body))
    terms = event_terms(row.connection, row.type, row.contact)
    return [*words, *terms, matched_term(bool(row.matched))]


def _words_of_attempt(summary: bytes, error_code: str, target: str | None) -> list[str]:
    words = list(words_of(*load_summary(summary).texts()))
    if error_code:
        words.append(term("error_code", error_code))
    if target:
        words.append(term("target", target))
    return words


#: Most attempts end as others did.
_kept_attempt = lru_cache(maxsize=1_024)(_words_of_attempt)


def ids_in(stored: bytes) -> list[str]:
    """The different ids in JSON as it is stored, by their keys; damage to it may leave some."""
    found = dict.fromkeys(_ID.findall(stored)[:_MOST_IDS])
    # In JSON no text has a line feed or, but for one behind a backslash, a quotation mark.
    together = b"\n".join(found)
    if b"\\" in together:
        texts_or_numbers = (one[1:-1] if one.startswith(b'"') else one for one in found)
        return [_text_of(one)[:_LONGEST_ID] for one in texts_or_numbers]
    texts = together.replace(b'"', b"").decode(errors="replace").split("\n")
    return [text[:_LONGEST_ID] for text in texts] if found else []


def _text_of(stored: bytes) -> str:
    if b"\\" in stored:
        try:
            return str(json.loads(b'"%b"' % stored))
        except ValueError:
            return ""
    return stored.decode(errors="replace")
