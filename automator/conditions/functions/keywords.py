"""keywords(): whether a text has one of these words, however a person typed them.

`automator.conditions.texts` folds texts, cuts them into words, and compares accents. The words of
an entry must follow each other, whatever signs are between them: 'bao nhieu' is found in 'Bao
nhiêu?'. An entry with other signs, such as 'c++' or '#sale', must occur with these signs. Entries
are also found in the spellings of `automator.conditions.texts.spellings`: 'còn không' in 'con hok',
'rồi' in 'rùi'.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from automator.conditions.texts.fold import fold, fold_with_places
from automator.conditions.texts.spellings import in_full, is_found_spelt, spellings_of
from automator.conditions.texts.words import Typed, marks_in, runs_on, typed_in, word_in, words_of
from automator.model import Reason, record, shortened
from automator.reasons import conditions

# --- Compares words that may have one or two typing mistakes ---


#: By the number of typos: how many letters a word needs so that they are forgiven.
_LETTERS_FOR = (0, 4, 7)


def allowed_typos(word: str, typos: int) -> int:
    """The number of typos to forgive in a word, at most `typos`: fewer in a short word, where a
    typo easily makes another word.
    """
    while typos and len(word) < _LETTERS_FOR[typos]:
        typos -= 1
    return typos


def within_typos(wanted: Sequence[str], words: Sequence[str], typos: int) -> bool:
    """Whether the wanted words follow each other in `words`, each with at most this many typos."""
    if not wanted:
        return False
    allowed = [allowed_typos(word, typos) for word in wanted]
    width = len(wanted)
    return any(
        all(is_close(words[start + index], wanted[index], allowed[index]) for index in range(width))
        for start in range(len(words) - width + 1)
    )


def is_close(one: str, other: str, typos: int) -> bool:
    """Whether at most this many letters are missing, added, changed or swapped with a neighbour."""
    if one == other:
        return True
    if not typos or abs(len(one) - len(other)) > typos:
        return False
    # One typo makes at most two letters occur in only one of the two words.
    if len(set(one) ^ set(other)) > 2 * typos:
        return False
    size, far = len(other), typos + 1
    before: list[int] = []
    row = [min(j, far) for j in range(size + 1)]
    for i, letter in enumerate(one, 1):
        # Cells far from the diagonal need more than the allowed typos.
        first, last = max(1, i - typos), min(size, i + typos)
        earlier, before, row = before, row, [far] * (size + 1)
        row[0] = min(i, far)
        for j in range(first, last + 1):
            candidate = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != candidate))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == candidate:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row[first - 1 : last + 1]) > typos:
            return False
    return row[-1] <= typos


# --- keywords() ---


#: How many characters of a text are searched; the rest is ignored.
MAX_TEXT: Final = 16_384

_SEPARATED: Final = re.compile("[\\s_.,;:!?()\\[\\]{}\"'…·/\\\\|~-]*")

#: How many words of a list, and how many characters of a text, a reason shows.
_MOST_WORDS: Final = 8
_MOST_LETTERS: Final = 80


@record(kw_only=False)
class Options:
    """The third argument of keywords(): how it compares."""

    mode: str = "word"
    all: bool = False
    exclude: tuple[str, ...] = ()
    typos: int = 0


@record(kw_only=False)
class Reading:
    """A text prepared for comparing; all rules that search the same text share it."""

    text: str
    folded: str
    #: Its words with one space around each: " gia bao nhieu ".
    line: str
    words: frozenset[str]
    #: `line` and the accents of its words, with full words in place of short spellings; None if the
    #: text has no short spelling.
    full_line: str | None
    full: Typed | None
    #: The words as typed, and the full words.
    all_words: frozenset[str]
    #: Full words for spellings of two or more letters, which a single-word entry may match.
    certain: frozenset[str] = frozenset()


@record(kw_only=False)
class Found:
    """A word of the list, and its place in the text."""

    word: str
    #: The part of the text that matched, as typed, and its index from 0.
    typed: str
    position: int


#: Texts up to this length have a large cache for their readings, longer texts a small one.
_SHORT: Final = 1_024


def read(text: str) -> Reading:
    """The reading of a text's first MAX_TEXT characters."""
    return _read_short(text) if len(text) <= _SHORT else _read_long(text[:MAX_TEXT])


def _read(text: str) -> Reading:
    folded = fold(text)
    words = words_of(folded)
    line, alone = f" {' '.join(words)} ", frozenset(words)
    full = in_full(words, marks_in(text, words))
    if full is None:
        return Reading(text, folded, line, alone, None, None, alone)
    in_line, typed = f" {' '.join(full.words)} ", Typed.of(full.words, full.marks)
    return Reading(text, folded, line, alone, in_line, typed, alone.union(full.words), full.certain)


#: Small, because the reading of a long text can take a megabyte.
_read_short = lru_cache(maxsize=128)(_read)
_read_long = lru_cache(maxsize=8)(_read)


class _Entry:
    """One entry of a word list."""

    __slots__ = (
        "folded", "is_found_spelt", "line", "marks", "signed", "single", "typed", "word", "words",
    )  # fmt: skip

    def __init__(self, word: str) -> None:
        self.word = word
        self.typed = word.lower()
        self.folded = " ".join(fold(word).split())
        words = words_of(self.folded)
        self.words = tuple(words)
        self.line = f" {' '.join(words)} "
        self.single = words[0] if len(words) == 1 else ""
        rest = word_in(self.folded).sub("", self.folded)
        #: Whether it contains signs that the text must have too, or consists only of signs.
        self.signed = bool(_SEPARATED.sub("", rest)) or not words
        if self.signed:
            self.single = ""
        #: The accents of each word; () if there are none to compare.
        self.marks = () if self.signed else marks_in(word, words)
        if not any(self.marks):
            self.marks = ()
        #: Whether it is a single word that also matches its short spellings.
        self.is_found_spelt = bool(self.single) and is_found_spelt(self.single, "".join(self.marks))

    def is_in(self, reading: Reading) -> bool:
        """Whether the text has this entry as whole words."""
        if self.signed:
            return self.folded != "" and _bounded(self.folded, reading.folded) >= 0
        if self.line in reading.line and self.has_accents_of(reading):
            return True
        line = reading.full_line
        return line is not None and self.line in line and self.has_spellings_of(reading)

    def has_spellings_of(self, reading: Reading) -> bool:
        """Whether the accents fit where the text has the words, short spellings read in full."""
        if self.single:
            return self.is_found_spelt and self.single in reading.certain
        if reading.full is None:
            return False
        return not self.marks or reading.full.has(self.words, self.marks)

    def has_accents_of(self, reading: Reading) -> bool:
        """Whether the accents fit where the text has the words."""
        if not self.marks or reading.text.isascii():
            return True
        if _bounded(self.typed, reading.text.lower()) >= 0:
            return True
        typed = typed_in(reading.text)
        return typed is None or typed.has(self.words, self.marks)


def _bounded(wanted: str, text: str) -> int:
    """The index of `wanted` in `text` with no letter or digit next to it; -1 if there is none."""
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (runs_on(text, at) or runs_on(text, end)):
            return at
        at = text.find(wanted, at + 1)
    return -1


class Matcher:
    """A word list, prepared once when the expression is compiled."""

    def __init__(self, words: Sequence[str], options: Options) -> None:
        self.words = tuple(words)
        self.options = options
        self._entries = tuple(_Entry(word) for word in words)
        self._single = frozenset(entry.single for entry in self._entries if entry.single)
        self._spelt = frozenset(entry.single for entry in self._entries if entry.is_found_spelt)
        self._phrases = tuple(
            entry for entry in self._entries if not (entry.single or entry.signed)
        )
        self._first_words = frozenset(entry.words[0] for entry in self._phrases)
        self._has_accents = any(entry.marks for entry in self._entries)
        self._signed = tuple(entry for entry in self._entries if entry.signed)
        self._excluded = (
            Matcher(options.exclude, Options(mode=options.mode)) if (options.exclude) else None
        )
        self._plain = options == Options()
        #: The cost of searching eight characters of a text, in elements. Entries with signs are
        #: searched one by one, and so are all entries in other modes than `word`.
        self.weight = 2 * len(self._signed)
        if options.mode != "word":
            self.weight += 1 + len(self._entries) // 4
        if self._excluded:
            self.weight += self._excluded.weight

    def matches(self, text: str) -> bool:
        """Whether the text has one of the words."""
        reading = read(text)
        if self._plain:
            return self._has_words(reading) or any(entry.is_in(reading) for entry in self._signed)
        if self._excluded and self._excluded.matches(text):
            return False
        fits = (self._fits(entry, reading) for entry in self._entries)
        return (all(fits) and bool(self._entries)) if self.options.all else any(fits)

    def _has_words(self, reading: Reading) -> bool:
        """Whether the text has one of the entries without signs."""
        if not self._spelt.isdisjoint(reading.certain):
            return True
        has_single = not self._single.isdisjoint(reading.words)
        if has_single and (reading.text.isascii() or not self._has_accents):
            return True
        if has_single and any(
            entry.single in reading.words and entry.has_accents_of(reading)
            for entry in self._entries
        ):
            return True
        if self._first_words.isdisjoint(reading.all_words):
            return False
        return any(entry.is_in(reading) for entry in self._phrases)

    def _fits(self, entry: _Entry, reading: Reading) -> bool:
        mode = self.options.mode
        if mode == "contains":
            return entry.folded != "" and entry.folded in " ".join(reading.folded.split())
        if mode == "exact":
            if entry.signed:
                return entry.folded != "" and entry.folded == " ".join(reading.folded.split())
            if entry.line == reading.line and entry.has_accents_of(reading):
                return True
            return entry.line == reading.full_line and entry.has_spellings_of(reading)
        if entry.is_in(reading):
            return True
        return (
            bool(self.options.typos)
            and not entry.signed
            and within_typos(entry.line.split(), reading.line.split(), self.options.typos)
        )

    # --- For explanations ---

    def found(self, text: str) -> Iterator[Found]:
        """Each word of the list that the text has, with its place in the text as typed."""
        reading = read(text)
        for entry in self._entries:
            if self._fits(entry, reading):
                yield _place(entry, text[:MAX_TEXT])

    def because(self, text: str) -> Reason:
        """The reason why the text matches, or why it does not."""
        shown, reading = shortened(text, _MOST_LETTERS), read(text)
        if self._excluded:
            for hit in self._excluded.found(text):
                return conditions.keyword_excluded(word=hit.word, text=shown)
        hits = list(self.found(text))
        if self.options.all and len(hits) < len(self._entries):
            have = {hit.word for hit in hits}
            missing = [word for word in self.words if word not in have]
            return conditions.keywords_missing(words=_first(missing), text=shown)
        if not hits:
            for entry in self._entries:
                if entry.marks and self.options.mode == "word" and entry.line in reading.line:
                    typed = _place(entry, text[:MAX_TEXT]).typed
                    return conditions.keyword_other_accents(word=entry.word, typed=typed)
            kind = (
                conditions.keywords_not_alone
                if self.options.mode == "exact"
                else conditions.keywords_not_found
            )
            return kind(words=_first(self.words), text=shown)
        hit = hits[0]
        if hit.position < 0:
            return conditions.keyword_matched(word=hit.word)
        return conditions.keyword_matched_at(
            word=hit.word, typed=hit.typed, position=hit.position + 1
        )


def _first(words: Sequence[str]) -> list[str | Reason]:
    more = len(words) - _MOST_WORDS
    return [*words[:_MOST_WORDS], *([conditions.and_more(count=more)] if more > 0 else [])]


def _place(entry: _Entry, text: str) -> Found:
    """The place of an entry in the text; position -1 if the text has it only with typos."""
    folded, places = fold_with_places(text)
    pieces = [re.escape(piece) for piece in entry.words]
    if not entry.single or entry.is_found_spelt:
        pieces = [f"(?:{'|'.join(map(re.escape, spellings_of(piece)))})" for piece in entry.words]
    pattern = re.escape(entry.folded) if entry.signed else r"[\W_]*?".join(pieces)
    best = None
    for match in re.finditer(pattern, folded):
        best = best or match
        if not (runs_on(folded, match.start()) or runs_on(folded, match.end())):
            best = match
            if entry.is_in(read(text[places[match.start()] : _end(places, match, text)])):
                break
    if best is None or best.start() == best.end():
        return Found(entry.word, "", -1)
    start = places[best.start()]
    return Found(entry.word, text[start : _end(places, best, text)], start)


def _end(places: list[int], match: re.Match[str], text: str) -> int:
    """The index in the original text where a match in the folded text ends."""
    return places[match.end()] if match.end() < len(places) else len(text)
