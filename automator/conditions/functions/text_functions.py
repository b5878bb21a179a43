"""The additional functions over texts. For a null text they return null, or false if they ask a
question.
"""

from collections.abc import Callable
from typing import Any, Final

from automator.caches import SizedCache
from automator.conditions.forms.budget import FREE_REPEATED_TEXT, Context, OverBudget, text_cost
from automator.conditions.forms.calls import (
    ANY,
    TEXT,
    Argument,
    BadArgument,
    Function,
    LiteralProblem,
    mismatch,
)
from automator.conditions.forms.writer import Truth
from automator.conditions.functions.keywords import MAX_TEXT, Matcher, Options
from automator.conditions.functions.patterns import COMPILING, Pattern, compile_pattern
from automator.conditions.texts.fold import fold, fold_cached
from automator.conditions.texts.languages import MOST_READ, language_of
from automator.reasons.conditions import text_too_long
from automator.reasons.problems import functions as problems

MODES: Final = ("word", "contains", "exact")


def _per_text(name: str, summary: str, work: Callable[[str], str]) -> Function:
    def pay(context: Context, text: str) -> None:
        context.spend(_cost(text))

    return _paid(name, summary, work, pay)


def _folding(name: str, summary: str) -> Function:
    def pay(context: Context, text: str) -> None:
        # Longer texts are not cached, so each rule pays for them.
        if len(text) > MAX_TEXT:
            context.spend(_cost(text))
        else:
            context.spend_shared(name, text, _cost(text))

    return _paid(name, summary, _fold, pay)


def _paid(
    name: str, summary: str, work: Callable[[str], str], pay: Callable[[Context, str], None]
) -> Function:
    def call(context: Context, text: Any) -> str | None:
        if text.__class__ is not str:
            if text is None:
                return None
            raise mismatch(name, text, TEXT)
        if len(text) > FREE_REPEATED_TEXT:
            pay(context, text)
        return work(text)

    return Function(f"{name}(text)", summary, [ANY], call, takes_context=True, truth=Truth.PLAIN)


def _cost(text: str) -> int:
    """The cost in elements of making a text from this one: folding can turn a letter into
    eighteen.
    """
    return text_cost(len(text) * (4 if text.isascii() else 8))


def _fold(text: str) -> str:
    return fold_cached(text) if len(text) <= MAX_TEXT else fold(text)


def _language(context: Context, text: Any) -> str | None:
    if text.__class__ is not str:
        if text is None:
            return None
        raise mismatch("language", text, TEXT)
    context.spend_text(min(len(text), MOST_READ) * 8)
    return language_of(text)


# --- keywords ---


def word_list(value: Any) -> list[str]:
    """The words of a list, or of a single text.

    Raises:
        LiteralProblem: the value is neither, or is empty.
    """
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise LiteralProblem(problems.condition_not_words())
    if any(not fold(word).strip() for word in words):
        raise LiteralProblem(problems.condition_empty_word())
    return words


def keyword_options(value: Any) -> Options:
    """The third argument of keywords().

    Raises:
        LiteralProblem: a key or a value that does not exist.
    """
    if not isinstance(value, dict):
        raise LiteralProblem(problems.condition_options_not_object())
    for name in value:
        if name not in ("mode", "all", "exclude", "typos"):
            raise LiteralProblem(problems.condition_unknown_option(option=name))
    mode, every, typos = value.get("mode", "word"), value.get("all", False), value.get("typos", 0)
    if mode not in MODES:
        raise LiteralProblem(problems.condition_unknown_mode(value=repr(mode)))
    if not isinstance(every, bool):
        raise LiteralProblem(problems.condition_all_not_boolean())
    if isinstance(typos, bool) or typos not in (0, 1, 2):
        raise LiteralProblem(problems.condition_typos_out_of_range())
    if typos and mode != "word":
        raise LiteralProblem(problems.condition_typos_without_words())
    exclude = value.get("exclude")
    return Options(mode, every, tuple(word_list(exclude)) if exclude else (), typos)


#: Bytes of the cache of word lists. The estimated size of a list has a fixed part, a part for each
#: word, and a part for each letter.
_MOST_BYTES: Final = 16_000_000
_BYTES: Final = 1_000
_BYTES_PER_WORD: Final = 500
_BYTES_PER_LETTER: Final = 16
_MATCHERS: Final[SizedCache[tuple[tuple[str, ...], Options], Matcher]] = SizedCache(_MOST_BYTES)


def keyword_matcher(words: Any, options: Any, context: Context | None = None) -> Matcher:
    """The matcher for words and options that are known only when the condition is evaluated.

    Raises:
        OverBudget: making it costs more than the context has left.
    """
    if words is None:
        raise mismatch("keywords", words, ("array-string",))
    if context is not None:
        _spend_words(context, words)
    try:
        prepared = Options() if options is None else keyword_options(options)
        listed = tuple(word_list(words))
        letters = sum(map(len, listed))
        weight = _BYTES + _BYTES_PER_WORD * len(listed) + _BYTES_PER_LETTER * letters
        key = (listed, prepared)
        return _MATCHERS.get_or_make(key, lambda: Matcher(listed, prepared), weight)
    except LiteralProblem as problem:
        raise BadArgument("keywords", words, problem.reason) from None


def _spend_words(context: Context, words: Any) -> None:
    """Pays for preparing a word list: every entry is folded and cut into words."""
    for word in words if words.__class__ is list else [words]:
        size = len(word) if word.__class__ is str else 0
        context.spend(4 + size // 8)


def _keywords(args: tuple[Argument, ...]) -> Callable[..., bool]:
    matcher = literal_matcher(args)

    def call(context: Context, text: Any, words: Any, options: Any = None) -> bool:
        ready = matcher or keyword_matcher(words, options, context)
        if text.__class__ is not str:
            if text is None:
                return False
            raise mismatch("keywords", text, TEXT)
        if len(text) > FREE_REPEATED_TEXT:
            size = min(len(text), MAX_TEXT)
            context.spend_text(size * 4)
            context.spend(size * ready.weight // 8)
        if ready.options.typos:
            context.spend(min(len(text), MAX_TEXT) * len(ready.words) // 4)
        return ready.matches(text)

    return call


def literal_matcher(args: tuple[Argument, ...]) -> Matcher | None:
    """The matcher of a call whose words and options are literals."""
    options = keyword_options(args[2].literal) if len(args) > 2 and args[2].is_literal else None
    words = word_list(args[1].literal) if args[1].is_literal else None
    if words is None or (len(args) > 2 and options is None):
        return None
    return Matcher(words, options or Options())


# --- matches ---


def _matches(args: tuple[Argument, ...]) -> Callable[..., bool]:
    literal = args[1].literal if args[1].is_literal else None
    if args[1].is_literal and not isinstance(literal, str):
        raise LiteralProblem(problems.condition_pattern_not_text())
    prepared = compile_pattern(literal) if literal is not None else None

    def call(context: Context, text: Any, pattern: Any) -> bool:
        ready = prepared or _dynamic_pattern(context, pattern)
        if text.__class__ is not str:
            if text is None:
                return False
            raise mismatch("matches", text, TEXT)
        if len(text) > MAX_TEXT:
            raise OverBudget(text_too_long(limit=MAX_TEXT, count=len(text)))
        context.spend(ready.cost(text))
        return ready.is_in(text)

    return call


def _dynamic_pattern(context: Context, pattern: Any) -> Pattern:
    if not isinstance(pattern, str):
        raise mismatch("matches", pattern, TEXT)
    context.spend(COMPILING)
    try:
        return compile_pattern(pattern)
    except LiteralProblem as problem:
        raise BadArgument("matches", pattern, problem.reason) from None


TEXT_FUNCTIONS: Final[tuple[Function, ...]] = (
    _per_text("lower", "In small letters.", str.lower),
    _per_text("upper", "In capital letters.", str.upper),
    _per_text("trim", "Without spaces and line ends around it.", str.strip),
    _folding("fold", "In small letters, without accents, đ as d: 'Đẹp Quá' becomes 'dep qua'."),
    Function(
        "language(text)",
        "The language of a short text: vi, en, th, km, lo, ko, ja or zh; null where it does not"
        " say.",
        [ANY],
        _language,
        takes_context=True,
        truth=Truth.PLAIN,
    ),
    Function(
        "keywords(text, words, options?)",
        "Whether the text has any of the words, with their accents or without, in capitals or small"
        " letters.",
        prepare=_keywords,
        takes_context=True,
        truth=Truth.BOOL,
    ),
    Function(
        "matches(text, pattern)",
        "Whether the text has a stretch that fits an RE2 pattern.",
        prepare=_matches,
        takes_context=True,
        truth=Truth.BOOL,
    ),
)
