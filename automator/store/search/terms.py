"""Terms: artificial words in the full-text indexes, by which filters search for values of columns.

A term represents one value of one column, for example "the rule is price-question". A search needs
a match in each of several groups, and in a group any of its words or terms can match. So the
indexes answer any combination of filters quickly. An ordinary index on a column would answer only
for one filter.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from struct import Struct

from automator.model import hook_of, record
from automator.model.log_filters import EventFilter, Listed, RunFilter, set_in
from automator.store.search.tokenizer import BEGINS, Search, is_among, words_in, words_of

#: Terms consist of private-use characters, which no word contains. A term has two characters,
#: because SQLite also stores every prefix of two or more characters.
_FIRST, _LETTERS = 0xF0000, 2 * 0xFFFE
_FIRST_LETTER = chr(_FIRST)
#: The last two code points of a plane cannot be used, so the range goes on in the second plane.
_OF_FIRST_PLANE, _SECOND = 0xFFFE, _FIRST + 2
_PARTS = Struct("<2I")
#: How many characters a value may have to be cached.
_KEPT_LENGTH = 256
#: Up to how many characters people type a word of an id, so that its prefixes have to be found.
#: Longer words are pasted. SQLite stores six prefixes of each word; for long words of ids this took
#: a quarter of the index's time.
_TYPED_LETTERS = 10
#: The character that begins marked words, and no other words.
_MARK = "\ue000"

#: Words and terms; a document must contain at least one of them.
Group = tuple[str, ...]


def term(column: str, value: str) -> str:
    """The term for a column's value. If two values have the same term, a search reads more rows."""
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
    """The hash of a column, to which a value is added. Caching it saves half of the time."""
    return blake2b(digest_size=8, key=column.encode())


def marked(words: Iterable[str]) -> list[str]:
    """Marks words, so that they differ from unmarked ones. Terms stay as they are."""
    return [word if word >= _FIRST_LETTER else _MARK + word for word in words]


def marked_words(*texts: str) -> str:
    """The marked words of some texts, as a part of a document."""
    return " ".join(marked(words_of(*texts)))


def words_of_ids(ids: str) -> str:
    """The words of ids as a part of a document. A long word becomes a term, found only whole."""
    return " ".join(
        [word if len(word) <= _TYPED_LETTERS else _id_term(word) for word in words_of(ids)]
    )


@lru_cache(maxsize=1_024)
def _id_term(word: str) -> str:
    """The term for a long word of an id. Cached, because ids of pages and posts occur again."""
    return _new_term("id", word)


#: Cached, because nearly all terms come from few values, and an event's run has the same ones.
_term = lru_cache(maxsize=4_096)(_new_term)
_MATCHED, _NOT_MATCHED = _term("matched", "yes"), _term("matched", "no")


@record(kw_only=False)
class Wanted:
    """A search in an index: groups of words and terms, and each group has to match."""

    groups: tuple[Group, ...]
    #: Whether a text was typed. Then only the words themselves show whether a document has it.
    has_text: bool
    #: Whether the text has no word, so that nothing can be found.
    is_hopeless: bool = False

    def finds_in(self, document: str) -> bool:
        """Whether a document has a word or term of each group."""
        found = words_in(document)
        return all(any(is_among(wanted, found) for wanted in group) for group in self.groups)


def wanted_in_index(wanted: EventFilter | RunFilter) -> Wanted:
    """The groups to search for by a filter, without its states, times and ids."""
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
    """A typed word of a search as a group; it may also be a long word of an id."""
    whole = word.removesuffix(BEGINS)
    return (word,) if len(whole) <= _TYPED_LETTERS else (word, _id_term(whole))


def event_terms(connection: str, type_: str, contact: str | None) -> str:
    """The terms of an event, which are also terms of its runs."""
    terms = _terms(connection, type_)
    # Not cached: most contacts do not come again before their term would leave the cache.
    return terms if contact is None else f"{terms} {_new_term('contact', contact)}"


@lru_cache(maxsize=1_024)
def _terms(connection: str, type_: str) -> str:
    # An event of an account is also found by the name of the connection with several accounts.
    names = dict.fromkeys((connection, hook_of(connection)))
    return " ".join([*(term("connection", name) for name in names), term("type", type_)])


def matched_term(matched: bool) -> str:
    """The term of an event that says whether the event has runs."""
    return _MATCHED if matched else _NOT_MATCHED
