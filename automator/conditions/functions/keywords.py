"""keywords(): whether somebody wrote one of these words, however they typed it.

Text and words are folded (fold.py) and cut into words: runs of letters and digits. In writing
without spaces between words (Thai, Lao, Khmer, Burmese, Chinese, Japanese) and in Korean, where
particles stick to words, every character is cut off by itself, so that a word is found anywhere
inside a sentence and only in its own order. A word list entry of several words must occur as
written, whatever stands between the words: 'bao nhieu' is found in 'Bao  nhiêu?'. An entry with
other signs in it, such as 'c++' or '#sale', must occur with those signs.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from automator.conditions.functions.fold import fold, fold_with_places
from automator.conditions.functions.typos import within_typos
from automator.model import Reason, record, shortened
from automator.reasons.conditions import (
    AND_MORE,
    KEYWORD_EXCLUDED,
    KEYWORD_MATCHED,
    KEYWORD_MATCHED_AT,
    KEYWORDS_MISSING,
    KEYWORDS_NOT_FOUND,
)

#: Characters of a text that are looked at.
MAX_TEXT: Final = 16_384

#: Scripts in which a word needs no space around it.
_DENSE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
#: Signs that Python does not count as letters, although words of these scripts consist of them.
_SIGNS: Final = (
    "\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff"
)
#: A word of a text without any of those scripts, which takes a third of the time.
_PLAIN_WORD: Final = re.compile("[^\\W_]+")
_SEPARATED: Final = re.compile("[\\s_.,;:!?()\\[\\]{}\"'…·/\\\\|~-]*")

#: Words of a list that a reason names, and letters of a text that it shows.
_MOST_WORDS: Final = 8
_MOST_LETTERS: Final = 80


@record(kw_only=False)
class Options:
    """How keywords() compares."""

    mode: str = "word"
    all: bool = False
    exclude: tuple[str, ...] = ()
    typos: int = 0


@record(kw_only=False)
class Reading:
    """A text prepared for comparing; every rule that asks about the text shares it."""

    folded: str
    #: Its words with one space around each: " gia bao nhieu ".
    line: str
    words: frozenset[str]


@record(kw_only=False)
class Found:
    """A word of the list and where the text has it."""

    word: str
    #: The stretch of the text that matched, as typed, and its index from 0.
    typed: str
    position: int


#: Readings of texts up to this length have a large cache, those of longer texts a small one.
_SHORT: Final = 1_024


def read(text: str) -> Reading:
    """The reading of a text, of its first MAX_TEXT characters."""
    return _read_short(text) if len(text) <= _SHORT else _read_long(text[:MAX_TEXT])


def _read(text: str) -> Reading:
    folded = fold(text)
    words = _words(folded)
    return Reading(folded, f" {' '.join(words)} ", frozenset(words))


#: A long text of short words takes a megabyte when it has been read.
_read_short = lru_cache(maxsize=128)(_read)
_read_long = lru_cache(maxsize=8)(_read)


@record
class _Scripts:
    """The patterns that find the words of texts in any script."""

    word: re.Pattern[str]
    is_special: re.Pattern[str]
    is_dense: re.Pattern[str]


@cache
def _scripts() -> _Scripts:
    """Compiled when the first text needs them, since that takes as long as importing ten modules.

    Folded texts are mostly ASCII: those of a shop in Vietnam are.
    """
    return _Scripts(
        word=re.compile(f"[{_DENSE}]|(?:(?![{_DENSE}])(?:[^\\W_]|[{_SIGNS}]))+"),
        is_special=re.compile(f"[{_DENSE}{_SIGNS}]"),
        is_dense=re.compile(f"[{_DENSE}]"),
    )


def _word_in(folded: str) -> re.Pattern[str]:
    """The pattern that finds the words of this text."""
    if folded.isascii():
        return _PLAIN_WORD
    scripts = _scripts()
    return scripts.word if scripts.is_special.search(folded) else _PLAIN_WORD


def _words(folded: str) -> list[str]:
    """The words of a folded text."""
    found: list[str] = _word_in(folded).findall(folded)
    return found


class _Entry:
    """One entry of a word list."""

    __slots__ = ("folded", "line", "signed", "single", "word")

    def __init__(self, word: str) -> None:
        self.word = word
        self.folded = " ".join(fold(word).split())
        words = _words(self.folded)
        self.line = f" {' '.join(words)} "
        self.single = words[0] if len(words) == 1 else ""
        rest = _word_in(self.folded).sub("", self.folded)
        #: It has signs that are part of it, or consists of nothing else.
        self.signed = bool(_SEPARATED.sub("", rest)) or not words
        if self.signed:
            self.single = ""

    def is_in(self, reading: Reading) -> bool:
        """Whether the text has this entry as whole words."""
        if self.signed:
            return self.folded != "" and _bounded(self.folded, reading.folded) >= 0
        return self.line in reading.line


def _bounded(wanted: str, text: str) -> int:
    """The index of `wanted` in `text` where no letter or digit adjoins it at either end, or -1."""
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_runs_on(text, at) or _runs_on(text, end)):
            return at
        at = text.find(wanted, at + 1)
    return -1


def _runs_on(text: str, at: int) -> bool:
    """Whether the characters on both sides of this index belong to one word."""
    if at in (0, len(text)):
        return False
    both = text[at - 1 : at + 1]
    if both.isascii():
        return both.isalnum()
    word, is_dense = _scripts().word, _scripts().is_dense
    return all(word.match(sign) and not is_dense.match(sign) for sign in both)


class Matcher:
    """A word list, prepared once when the expression is compiled."""

    def __init__(self, words: Sequence[str], options: Options) -> None:
        self.words = tuple(words)
        self.options = options
        self._entries = tuple(_Entry(word) for word in words)
        self._single = frozenset(entry.single for entry in self._entries if entry.single)
        phrases = [entry for entry in self._entries if not (entry.single or entry.signed)]
        self._phrases = tuple(entry.line for entry in phrases)
        self._first_words = frozenset(entry.line.split()[0] for entry in phrases)
        self._signed = tuple(entry for entry in self._entries if entry.signed)
        self._excluded = (
            Matcher(options.exclude, Options(mode=options.mode)) if (options.exclude) else None
        )
        self._plain = options == Options()
        #: The cost of looking for the words in eight letters of a text, in elements: entries with
        #: signs are looked for one by one, and in other modes than `word` all entries are.
        self.weight = 2 * len(self._signed)
        if options.mode != "word":
            self.weight += 1 + len(self._entries) // 4
        if self._excluded:
            self.weight += self._excluded.weight

    def matches(self, text: str) -> bool:
        """Whether the text has the words."""
        reading = read(text)
        if self._plain:
            if not self._single.isdisjoint(reading.words):
                return True
            if not self._first_words.isdisjoint(reading.words):
                line = reading.line
                if any(phrase in line for phrase in self._phrases):
                    return True
            return any(entry.is_in(reading) for entry in self._signed)
        if self._excluded and self._excluded.matches(text):
            return False
        fits = (self._fits(entry, reading) for entry in self._entries)
        return (all(fits) and bool(self._entries)) if self.options.all else any(fits)

    def _fits(self, entry: _Entry, reading: Reading) -> bool:
        mode = self.options.mode
        if mode == "contains":
            return entry.folded != "" and entry.folded in " ".join(reading.folded.split())
        if mode == "exact":
            if entry.signed:
                return entry.folded != "" and entry.folded == " ".join(reading.folded.split())
            return entry.line == reading.line
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
        """Why it matched, or why not."""
        shown = shortened(text, _MOST_LETTERS)
        if self._excluded:
            for hit in self._excluded.found(text):
                return KEYWORD_EXCLUDED(word=hit.word, text=shown)
        hits = list(self.found(text))
        if self.options.all and len(hits) < len(self._entries):
            have = {hit.word for hit in hits}
            missing = [word for word in self.words if word not in have]
            return KEYWORDS_MISSING(words=_first(missing), text=shown)
        if not hits:
            return KEYWORDS_NOT_FOUND(words=_first(self.words), text=shown)
        hit = hits[0]
        if hit.position < 0:
            return KEYWORD_MATCHED(word=hit.word)
        return KEYWORD_MATCHED_AT(word=hit.word, typed=hit.typed, position=hit.position + 1)


def _first(words: Sequence[str]) -> list[str | Reason]:
    more = len(words) - _MOST_WORDS
    return [*words[:_MOST_WORDS], *([AND_MORE(count=more)] if more > 0 else [])]


def _place(entry: _Entry, text: str) -> Found:
    """The place of the entry in the text; position -1 when it stands there only with typos."""
    folded, places = fold_with_places(text)
    pieces = [re.escape(piece) for piece in entry.line.split()]
    pattern = re.escape(entry.folded) if entry.signed else r"[\W_]*?".join(pieces)
    best = None
    for match in re.finditer(pattern, folded):
        best = best or match
        if not (_runs_on(folded, match.start()) or _runs_on(folded, match.end())):
            best = match
            break
    if best is None or best.start() == best.end():
        return Found(entry.word, "", -1)
    start = places[best.start()]
    end = places[best.end()] if best.end() < len(places) else len(text)
    return Found(entry.word, text[start:end], start)
