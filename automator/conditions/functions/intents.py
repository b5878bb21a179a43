"""asks(): what the writer of a text wants, such as the price, by the words of each intent.

A text is read once for all intents: cut into words and clauses, with short spellings in full. Every
phrase of `automator.conditions.texts.intent_words` is a chain of steps; all chains are followed
together from each word, so that the time grows with the text. A rule file, or the third argument of
asks(), adds phrases.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

from automator.conditions.forms.budget import FREE_REPEATED_TEXT, Context
from automator.conditions.forms.calls import TEXT, Argument, Function, LiteralProblem, mismatch
from automator.conditions.forms.values import Node, constant
from automator.conditions.forms.writer import Truth
from automator.conditions.texts.fold import fold
from automator.conditions.texts.intent_words import (
    BESIDE,
    CLASSES,
    INTENTS,
)
from automator.conditions.texts.spellings import in_full
from automator.conditions.texts.words import marks_in, may_be, words_of
from automator.model import Reason, normalized, record, shortened
from automator.reasons import conditions
from automator.reasons.problems import functions as problems

#: Characters of a text that are searched; the rest is ignored.
MOST_READ: Final = 2_000
#: The cost of reading a character, in elements.
_COST: Final = 4
#: A text with no more words than this asks for what it names: "ship?", "giá áo đỏ".
_FEW_WORDS: Final = 3
#: With accents on more than this share of its words, a text has them wherever they belong.
_ACCENTED: Final = 0.5
#: Letters of a text that a reason shows.
_MOST_LETTERS: Final = 80

# --- A text: its words, and where its clauses begin and end ---

_SIGN: Final = re.compile(r"[?!;…？！。，\n]+|[.,:]+(?=\s|$)")
#: The ends of clauses, as words that no text has: of a question, and of any other.
_ASKS, _END = "0ask", "0end"
_SIGNS: Final = frozenset({_ASKS, _END})
#: In place of accents: any fit.
_ANY: Final = "*"
_LONG: Final = re.compile(r"([^\W\d_])\1{2,}")
#: Words that are known by their form: a number, and a weight or a height.
_FORMS: Final = {
    "<n>": re.compile(r"x?\d+[a-z]?"),
    "<w>": re.compile(r"\d+(?:kg|ky|ki|cm|k)|1m\d*|m[4-9]\d?"),
}


def _in_full(typed: Sequence[str], accents: Sequence[str]) -> tuple[Sequence[str], ...]:
    full = in_full(typed, accents)
    return (full.words, full.accents) if full else (typed, accents or ("",) * len(typed))


def _listed(words: str) -> Mapping[str, frozenset[str]]:
    """The words, folded, with the accents of each."""
    found: dict[str, frozenset[str]] = {}
    for word in words.split():
        (first, *_), (accents, *_) = _in_full([fold(word)], marks_in(word, [fold(word)]))
        found[first] = found.get(first, frozenset()) | {accents}
    return found


_BESIDE: Final = frozenset(fold(BESIDE).split())


@cache
def _classes() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The words of each kind; made with the first text, since few rules ask."""
    return {name: _listed(words) for name, words in CLASSES.items()}


def _fits(typed: str, meant: str, *, exactly: bool) -> bool:
    """Whether a word with the typed accents may be the word with the accents that are meant."""
    if exactly or not meant:
        return meant in (typed, _ANY)
    return meant == _ANY or may_be(typed, meant)


@lru_cache(maxsize=4_096)
def _kinds_of(word: str, typed: str, *, exactly: bool) -> frozenset[str]:
    """The kinds of words that a word belongs to."""
    found = [name for name, form in _FORMS.items() if form.fullmatch(word)]
    for name, listed in _classes().items():
        if any(_fits(typed, meant, exactly=exactly) for meant in listed.get(word, ())):
            found.append(name)
    return frozenset(found)


@record(kw_only=False)
class Reading:
    """A text prepared for all intents; rules that look at the same text share it."""

    text: str
    #: The words as typed, folded; then the words in full, with the accents of each, and the index
    #: in `typed` of each.
    typed: Sequence[str]
    words: Sequence[str]
    accents: Sequence[str]
    places: Sequence[int]
    kinds: Sequence[frozenset[str]]
    #: Whether only particles are between the beginning of its clause and each word, and between
    #: each word and the end of its clause.
    begins: Sequence[bool]
    ends: Sequence[bool]
    #: Whether the clause of each word is a question.
    asked: Sequence[bool]
    is_accented: bool
    has_few_words: bool

    def shown(self, start: int, end: int) -> str:
        """The words from `start` to before `end` as the person typed them."""
        written = words_of(normalized("NFC", self.text))
        # A folded letter can be several letters; then the folded words are shown.
        words = written if len(written) == len(self.typed) else self.typed
        stretch = words[self.places[start] : self.places[end - 1] + 1]
        return " ".join(word for word in stretch if word not in _SIGNS)


def read(text: str) -> Reading:
    """The reading of a text's first MOST_READ characters."""
    text = _LONG.sub(r"\1", text[:MOST_READ])
    text = _SIGN.sub(lambda sign: f" {_ASKS if {*'?？'} & {*sign[0]} else _END} ", text)
    typed = words_of(fold(text))
    marks: Sequence[str] = marks_in(text, typed)
    full = in_full(typed, marks)
    words, accents = _in_full(typed, marks)
    places = full.places if full else range(len(typed))
    begins, ends = [True] * len(words), [True] * (len(words) + 1)
    for at in range(1, len(words)):
        begins[at] = words[at - 1] in _SIGNS or (begins[at - 1] and words[at - 1] in _BESIDE)
    for at in range(len(words) - 1, -1, -1):
        ends[at] = words[at] in _SIGNS or (ends[at + 1] and words[at] in _BESIDE)
    is_accented = sum(map(bool, accents)) > _ACCENTED * sum(map(str.isalpha, words))
    telling = sum(word not in _BESIDE and word not in _SIGNS for word in words)
    has_few = telling <= _FEW_WORDS
    kinds = [
        _kinds_of(word, accent, exactly=is_accented)
        for word, accent in zip(words, accents, strict=True)
    ]
    return Reading(
        text=text,
        typed=typed,
        words=words,
        accents=accents,
        places=places,
        kinds=kinds,
        begins=begins,
        ends=ends,
        asked=_asked(words, kinds, begins, ends),
        is_accented=is_accented,
        has_few_words=has_few,
    )


def _asked(
    words: Sequence[str],
    kinds: Sequence[frozenset[str]],
    begins: Sequence[bool],
    ends: Sequence[bool],
) -> list[bool]:
    """Whether the clause of each word is a question; the sign behind a clause belongs to it."""
    asked: list[bool] = []
    is_question, length = False, 0
    for at, word in enumerate(words):
        length += 1
        is_question = (
            is_question
            or word == _ASKS
            or "asks" in kinds[at]
            or (begins[at] and "asks first" in kinds[at])
            or (ends[at + 1] and "asks last" in kinds[at])
        )
        if word in _SIGNS or at == len(words) - 1:
            asked += [is_question] * length
            is_question, length = False, 0
    return asked


# --- Phrases, as chains of steps that are followed together ---

_PART: Final = re.compile(r"\(([^()]*)\)(\??)|(\S+)")
#: Words between two parts of a phrase, at most.
_GAP: Final = 3


@record(kw_only=False)
class Phrase:
    """A phrase of an intent, and what it says about a text that has it."""

    intent: str
    #: `words`, `asked`, `but` or `never`.
    kind: str
    text: str


@record(kw_only=False)
class Hit:
    """A phrase in a text: the words from `start` to before `end`."""

    phrase: Phrase
    start: int
    end: int


class _Step:
    """A place in a phrase, with the words that may follow there."""

    __slots__ = ("classes", "gap", "next", "phrases")

    def __init__(self) -> None:
        #: By word: its accents, whether it must have exactly these, and the step after it.
        self.next: dict[str, list[tuple[str, bool, _Step]]] = {}
        self.classes: list[tuple[str, _Step]] = []
        #: The step after up to `_GAP` words.
        self.gap: _Step | None = None
        #: The phrases that are complete here.
        self.phrases: list[Phrase] = []

    def lead(self, words: Sequence[str], to: "_Step", *, exactly: bool, bare: str = "") -> None:
        """Leads from here over some words to a step; `bare` are the accents of words without."""
        here = self
        for number, word in enumerate(words, 1):
            is_exact, word = exactly or word.startswith("!"), word.removeprefix("!")
            folded = words_of(fold(word)) if word not in CLASSES else [word]
            spelt = tuple(zip(*_in_full(folded, marks_in(word, folded)), strict=True))
            for at, (one, accents) in enumerate(spelt, 1):
                is_last = number == len(words) and at == len(spelt)
                following = to if is_last else _Step()
                if one in CLASSES:
                    here.classes.append((one, following))
                else:
                    here.next.setdefault(one, []).append((accents or bare, is_exact, following))
                here = following

    def may_go_on(self, soon: Sequence[str]) -> bool:
        """Whether anything may come of this step, as far as the next words tell."""
        if self.phrases or self.classes or (soon and soon[0] in self.next):
            return True
        gap = self.gap
        return gap is not None and bool(
            gap.phrases or gap.classes or not gap.next.keys().isdisjoint(soon)
        )


class Phrases:
    """Phrases of intents, compiled once."""

    def __init__(self) -> None:
        self._root = _Step()

    def add(self, phrase: Phrase, *, exactly: bool = False) -> None:
        """Takes a phrase as `intent_words` describes it."""
        here = [self._root]
        for choices, optional, word in _PART.findall(phrase.text.strip("^$")):
            after = _Step()
            for step in here:
                if word == "..":
                    step.gap = after
                for choice in choices.split("|") if choices else [] if word == ".." else [word]:
                    step.lead(choice.split(), after, exactly=exactly)
            here = [*here, after] if optional else [after]
        for step in here:
            step.phrases.append(phrase)

    def add_plain(self, phrase: Phrase) -> None:
        """Takes the words of a person, in which no sign has a meaning."""
        end = _Step()
        self._root.lead(words_of(phrase.text.lower()), end, exactly=False, bare=_ANY)
        end.phrases.append(phrase)

    def hits(self, reading: Reading) -> list[Hit]:
        """Every phrase in a text."""
        found: list[Hit] = []
        for start in range(len(reading.words)):
            _follow(self._root, reading, start, start, found)
        return found


def _follow(step: _Step, reading: Reading, at: int, start: int, found: list[Hit]) -> None:
    """Notes every phrase that goes on from this step at this word."""
    for phrase in step.phrases:
        text = phrase.text
        begins = reading.begins[start] or not text.startswith("^")
        if begins and (reading.ends[at] or not text.endswith("$")):
            found.append(Hit(phrase, start, at))
    if at == len(reading.words):
        return
    soon = reading.words[at + 1 : at + _GAP + 2]
    for accents, exactly, following in step.next.get(reading.words[at], ()):
        is_exact = exactly or reading.is_accented
        if following.may_go_on(soon) and _fits(reading.accents[at], accents, exactly=is_exact):
            _follow(following, reading, at + 1, start, found)
    for name, following in step.classes:
        if name in reading.kinds[at] and following.may_go_on(soon):
            _follow(following, reading, at + 1, start, found)
    last = at + _GAP if step.gap else at - 1
    for later in range(at, min(last + 1, len(reading.words))):
        _follow(step.gap or step, reading, later, start, found)
        if reading.words[later] in _SIGNS:
            break


# --- The intents of a text ---


@record(kw_only=False)
class Wanted:
    """An intent that a text shows, and the words by which it does."""

    intent: str
    #: The words as typed, and the phrase that they are found by.
    typed: str
    phrase: str


@cache
def _built_in() -> Phrases:
    """The phrases of all intents, compiled with the first text that somebody asks about."""
    phrases = Phrases()
    for intent, declared in INTENTS.items():
        for kind in ("words", "asked", "but", "never"):
            for one in filter(None, map(str.strip, re.split("[;\n]", getattr(declared, kind)))):
                phrases.add(Phrase(intent, kind, one), exactly=declared.is_exact)
    return phrases


@lru_cache(maxsize=128)
def _read_once(text: str) -> tuple[Reading, Sequence[Hit]]:
    """The reading of a text and the built-in phrases in it; all rules share them."""
    reading = read(text)
    return reading, _built_in().hits(reading)


@lru_cache(maxsize=256)
def _wanted_in(text: str, own: Phrases | None) -> Mapping[str, Wanted]:
    reading, hits = _read_once(text)
    of_intent: dict[str, list[Hit]] = {}
    for hit in (*own.hits(reading), *hits) if own else hits:
        of_intent.setdefault(hit.phrase.intent, []).append(hit)
    found = {}
    for intent in filter(of_intent.__contains__, INTENTS):
        near = of_intent[intent]
        keepers = _Keepers(near)
        counting = (hit for hit in near if keepers.of(reading, hit) is None)
        if first := next(counting, None):
            found[intent] = Wanted(intent, reading.shown(first.start, first.end), first.phrase.text)
    return found


def wanted_in(text: str, own: Phrases | None = None) -> Mapping[str, Wanted]:
    """The intents that a text shows, with the words that decided; `own` are further phrases."""
    return _wanted_in(text[:MOST_READ], own)


class _Keepers:
    """The exceptions among the hits of one intent, which keep other hits from counting."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._never = next((hit for hit in hits if hit.phrase.kind == "never"), None)
        #: The exception that covers a word, by the word's index.
        self._covered = {
            at: hit for hit in hits if hit.phrase.kind == "but" for at in range(hit.start, hit.end)
        }

    def of(self, reading: Reading, hit: Hit) -> Hit | None:
        """The exception that keeps a hit from counting, or the hit itself if nobody asks; None if
        it counts.
        """
        if hit.phrase.kind in ("but", "never"):
            return hit
        covered = (self._covered.get(at) for at in range(hit.start, hit.end))
        if kept := self._never or next(filter(None, covered), None):
            return kept
        is_said = hit.phrase.kind == "asked" and not reading.has_few_words
        return hit if is_said and not reading.asked[hit.start] else None


def why(text: str, intents: Sequence[str], own: Phrases | None = None) -> Reason:
    """The reason why a text shows one of these intents, or why it does not."""
    wanted = wanted_in(text, own)
    for intent in intents:
        if intent in wanted:
            return conditions.intent_shown(intent=intent, typed=wanted[intent].typed)
    reading, built_in = _read_once(text[:MOST_READ])
    hits = [*(own.hits(reading) if own else ()), *built_in]
    for hit in hits:
        if hit.phrase.intent in intents and hit.phrase.kind in ("words", "asked"):
            near = [one for one in hits if one.phrase.intent == hit.phrase.intent]
            by = _Keepers(near).of(reading, hit) or hit
            intent, typed = hit.phrase.intent, reading.shown(hit.start, hit.end)
            if by is hit:
                return conditions.intent_not_asked(intent=intent, typed=typed)
            return conditions.intent_kept(
                intent=intent, typed=typed, by=reading.shown(by.start, by.end)
            )
    return conditions.intent_not_shown(intents=list(intents), text=shortened(text, _MOST_LETTERS))


#: Intents that ask for nothing that somebody could answer.
_ASK_NOTHING: Final = frozenset({"thanks", "greeting", "stop", "spam", "insult"})


def is_question(text: str) -> bool:
    """Whether a text asks for something, with an intent or in any other way."""
    reading, _ = _read_once(text[:MOST_READ])
    return any(reading.asked) or not wanted_in(text).keys() <= _ASK_NOTHING


# --- asks(), with the words that a rule file adds ---

#: Further words of intents: `{price: {add: [...], except: [...]}}`.
OwnWords = Mapping[str, Mapping[str, Sequence[str]]]
_KINDS: Final = {"add": "words", "except": "but"}


def cancelled_by(added: str, excepted: Sequence[str]) -> str | None:
    """The exception that an added phrase contains, so that the phrase never counts."""
    inside = f" {' '.join(words_of(fold(added)))} "
    return next((one for one in excepted if f" {' '.join(words_of(fold(one)))} " in inside), None)


def named_intents(value: Any) -> tuple[str, ...]:
    """The intents that the second argument of asks() names.

    Raises:
        LiteralProblem: it is no name, or there is no such intent.
    """
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise LiteralProblem(problems.condition_intent_not_written())
    meant = [name.strip().lower().replace(" ", "_").replace("-", "_") for name in names]
    for name, written in zip(meant, names, strict=True):
        if name not in INTENTS:
            known = list(INTENTS)
            raise LiteralProblem(problems.condition_unknown_intent(intent=written, known=known))
    return tuple(meant)


def own_phrases(value: Any) -> Phrases:
    """The phrases of `{price: {add: [...], except: [...]}}`.

    Raises:
        LiteralProblem: it is written otherwise, or names an intent that there is not.
    """
    phrases = Phrases()
    for name, words in value.items() if isinstance(value, Mapping) else [("", None)]:
        if not isinstance(words, Mapping) or not words.keys() <= _KINDS.keys():
            raise LiteralProblem(problems.condition_not_own_words())
        for key, written in words.items():
            listed = [written] if isinstance(written, str) else written
            if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
                raise LiteralProblem(problems.condition_not_own_words())
            for one in filter(words_of, listed):
                phrases.add_plain(Phrase(named_intents(name)[0], _KINDS[key], one))
    return phrases


def with_own_words(tree: Node, own: OwnWords) -> Node:
    """The tree with these words as the third argument of each asks() that has none."""
    children = [with_own_words(child, own) for child in tree["children"]]
    if tree["type"] == "function_expression" and tree["value"] == "asks" and len(children) == 2:
        is_written, value = constant(children[1])
        intents = named_intents(value) if is_written else ()
        words = {name: own[name] for name in intents if name in own}
        if words:
            children.append({"type": "literal", "value": words, "children": []})
    return {**tree, "children": children}


def _asks(args: tuple[Argument, ...]) -> Callable[..., bool]:
    if not all(arg.is_literal for arg in args[1:]):
        raise LiteralProblem(problems.condition_intent_not_written())
    intents = named_intents(args[1].literal)
    own = own_phrases(args[2].literal) if len(args) > 2 else None

    def call(context: Context, text: Any, _intents: Any, _own: Any = None) -> bool:
        if text.__class__ is not str:
            if text is None:
                return False
            raise mismatch("asks", text, TEXT)
        if len(text) > FREE_REPEATED_TEXT:
            context.spend_shared("asks", text, min(len(text), MOST_READ) * _COST)
        wanted = wanted_in(text, own)
        return any(intent in wanted for intent in intents)

    return call


INTENT_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        "asks(text, intent, words?)",
        "Whether the text asks for something: 'price', 'availability', 'size', 'delivery_cost',"
        " 'delivery_time', 'place', 'opening_hours', 'order', 'status', 'complaint', 'refund',"
        " 'deposit', 'thanks', 'greeting', 'stop', 'spam' or 'insult', or one of a list of these.",
        prepare=_asks,
        takes_context=True,
        truth=Truth.BOOL,
    ),
)
