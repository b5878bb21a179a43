"""Terms: rules, connections, types and others in the full-text indexes, for use by filters.

A term represents one value of one column, as in "the rule is price-question". A search needs a
match in each of several groups, and a group matches by any of its words or terms. The indexes
answer this quickly for any combination of filters, unlike an index on each column, which answers
for one filter.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from struct import Struct

from automator.model import hook_of, record
from automator.model.log_filters import EventFilter, Listed, RunFilter, set_in
from automator.store.search.tokenizer import BEGINS, Search, is_among, words_in, words_of

#: Terms are made of these private-use letters, which no word has. A term has two letters, since
#: SQLite also stores every beginning of two letters or more.
_FIRST, _LETTERS = 0xF0000, 2 * 0xFFFE
_FIRST_LETTER = chr(_FIRST)
#: The last two code points of a plane are not used, so the second plane begins later.
_OF_FIRST_PLANE, _SECOND = 0xFFFE, _FIRST + 2
_PARTS = Struct("<2I")
#: Longer values are not cached.
_KEPT_LENGTH = 256
#: Words of ids up to this length may be typed, so their beginnings are found; longer ids are
#: pasted. SQLite stores six beginnings of each word: long words of ids took a quarter of the
#: index's time.
_TYPED_LETTERS = 10
#: The beginning of marked words; no other word begins with it.
_MARK = "\ue000"

#: One of these must be in a document.
Group = tuple[str, ...]


def term(column: str, value: str) -> str:
    """The term for a column's value. If two values share a term, a search only reads more rows."""
    return _term(column, value) if len(value) <= _KEPT_LENGTH else _new_term(column, value)


def _new_term(column: str, value: str) -> str:
    hashed = _keyed(column).copy()
    hashed.update(value.encode())
    first, second = _PARTS.unpack(hashed.digest())
    first %= _LETTERS
    second %= _LETTERS
    return chr(first + (_FIRST if first < _OF_FIRST_PLANE else _SECOND)) + chr(
        second + (_FIRST if second < _OF_FIRST_PLANE else _SECOND)
    )


@cache
def _keyed(column: str) -> blake2b:
    """The hash of a column, to which a value is then added: caching it saves half of the time."""
    return blake2b(digest_size=8, key=column.encode())


def marked(words: Iterable[str]) -> list[str]:
    """Marks words, so that they differ from unmarked ones; terms stay unchanged."""
    return [word if word >= _FIRST_LETTER else _MARK + word for word in words]


def marked_words(*texts: str) -> str:
    """The marked words of texts, as a part of a document."""
    return " ".join(marked(words_of(*texts)))


def words_of_ids(ids: str) -> str:
    """The words of ids as a part of a document; a long word becomes a term, found in full only."""
    return " ".join(
        [word if len(word) <= _TYPED_LETTERS else _id_term(word) for word in words_of(ids)]
    )


@lru_cache(maxsize=1_024)
def _id_term(word: str) -> str:
    """The term for a long word of an id; cached, since pages and posts occur again."""
    return _new_term("id", word)


#: Few values make nearly all terms, and an event has the same terms as its run.
_term = lru_cache(maxsize=4_096)(_new_term)
_MATCHED, _NOT_MATCHED = _term("matched", "yes"), _term("matched", "no")


@record(kw_only=False)
class Wanted:
    """A search in an index."""

    groups: tuple[Group, ...]
    #: A text was typed: only the words themselves tell whether a document has it.
    has_text: bool
    #: The text has no word, so nothing is found.
    is_hopeless: bool = False

    def finds_in(self, document: str) -> bool:
        """Whether a document has a word or term of each group."""
        found = words_in(document)
        return all(any(is_among(wanted, found) for wanted in group) for group in self.groups)


def wanted_in_index(wanted: EventFilter | RunFilter) -> Wanted:
    """A filter as the groups to look for, without its states, times and ids."""
    listed = Listed.RUNS if isinstance(wanted, RunFilter) else Listed.EVENTS
    groups: list[Group] = []
    for one, value in set_in(wanted, listed):
        if one.word == "contact":
            groups.append(tuple([term("contact", key) for key in wanted.contact_keys]))
        elif one.word == "matched":
            groups.append((matched_term(value),))
        elif one.is_indexed:
            groups.append((term(one.word, value),))
    words = Search.of(wanted.text).words
    groups += [_typed(word) for word in words]
    return Wanted(tuple(groups), bool(wanted.text), bool(wanted.text) and not words)


def _typed(word: str) -> Group:
    """A word of a search, which may also be a long word of an id."""
    whole = word.removesuffix(BEGINS)
    return (word,) if len(whole) <= _TYPED_LETTERS else (word, _id_term(whole))


def event_terms(connection: str, type_: str, contact: str | None) -> str:
    """The terms of an event, which its runs share."""
    terms = _terms(connection, type_)
    # Most contacts do not come again before their term would leave the cache, so it is not cached.
    return terms if contact is None else f"{terms} {_new_term('contact', contact)}"


@lru_cache(maxsize=1_024)
def _terms(connection: str, type_: str) -> str:
    # An event of one of several accounts is also found by the name of their common connection.
    names = dict.fromkeys((connection, hook_of(connection)))
    return " ".join([*(term("connection", name) for name in names), term("type", type_)])


def matched_term(matched: bool) -> str:
    """The term of an event which says whether the event has runs."""
    return _MATCHED if matched else _NOT_MATCHED
