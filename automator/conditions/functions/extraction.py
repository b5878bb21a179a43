"""addresses(), emails(), links(), phones() and spam_signals(): what is in a text, as lists.

The template filters of the first four names use the same functions.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from automator.conditions.forms.budget import FREE_REPEATED_TEXT, Context
from automator.conditions.forms.calls import ANY, TEXT, Function, mismatch
from automator.conditions.forms.writer import Truth
from automator.conditions.functions.addresses import find_emails, find_links
from automator.conditions.functions.keywords import MAX_TEXT
from automator.conditions.functions.phone_numbers import find_phones
from automator.conditions.functions.postal_addresses import find_addresses
from automator.conditions.texts.fold import plain
from automator.conditions.texts.words import words_of
from automator.model import Reason, shortened
from automator.reasons.conditions import found_in_text, found_nothing_in_text

# --- spam_signals(): simple signals that a text is advertising, each as a word ---
#
# They say how a text is written, and not what it wants; asks(text, 'spam') knows the words of
# advertising and fraud.


#: Characters of a text that are read; the rest is ignored.
_MOST_READ: Final = 2_000
_MANY: Final = 3
#: So many times the same word in a row, or the same line; and so many emojis.
_MOST_SAME_WORDS: Final = 5
_MOST_SAME_LINES: Final = 3
_MOST_EMOJIS: Final = 12
#: A line of this many letters is no exclamation.
_LONG_LINE: Final = 12
#: From this many letters on, a text in capitals or in a foreign script counts.
_FEW_LETTERS: Final = 20
_ACCOUNT: Final = re.compile(r"(?<![\w.@/])@[\w.]{2,60}")
_EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
#: Scripts in which Vietnamese shops get advertising, and hardly a question: Greek to Hebrew,
#: Arabic, the scripts of India, Georgian.
_FOREIGN: Final = re.compile(r"[\u0370-\u05ff\u0600-\u06ff\u0900-\u0dff\u10a0-\u10ff]")
#: Letters in styles of mathematics, circles and full width, which hide words from filters.
_STYLED: Final = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9\uff21-\uff5a]")
_SHORT_LINK: Final = re.compile(
    r"https?://(?:www\.)?(?:bit\.ly|t\.me|tinyurl\.com|goo\.gl|is\.gd|cutt\.ly|shorturl\.at|t\.co"
    r"|wa\.me|chat\.whatsapp\.com|zalo\.me/g)/"
)


def find_spam_signals(text: str) -> list[str]:
    """The signals in the first characters of a text, in alphabetical order."""
    text = text[:_MOST_READ]
    visible = plain(text)
    links = find_links(text, _MANY)
    signals = {
        "foreign_phone": any(not one.startswith("+84") for one in find_phones(text, _MANY)),
        "foreign_script": _is_mostly(_FOREIGN, visible),
        "link": bool(links),
        "many_emojis": len(_EMOJI.findall(text)) >= _MOST_EMOJIS,
        "many_links": len(links) == _MANY,
        "many_mentions": len(set(_ACCOUNT.findall(visible))) >= _MANY,
        "repeated": _is_repeated(visible),
        "short_link": any(_SHORT_LINK.match(link) for link in links),
        "shouting": _is_shouted(visible),
        "styled_letters": len(_STYLED.findall(text)) > _MANY,
    }
    return [name for name, is_there in signals.items() if is_there]


def _is_mostly(script: re.Pattern[str], text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return letters >= _FEW_LETTERS and 2 * len(script.findall(text)) > letters


def _is_shouted(text: str) -> bool:
    """Whether nearly all letters are capitals; "GIÁ BAO NHIÊU" is too short to count."""
    cased = [letter for letter in text if letter.isupper() or letter.islower()]
    return len(cased) >= 2 * _FEW_LETTERS and 10 * sum(map(str.isupper, cased)) > 9 * len(cased)


def _is_repeated(text: str) -> bool:
    """Whether the same word comes again and again in a row, or the same line several times."""
    lines = Counter(line.strip() for line in text.casefold().splitlines())
    if any(count >= _MOST_SAME_LINES and len(line) >= _LONG_LINE for line, count in lines.items()):
        return True
    words = (word for word in words_of(text.casefold()) if len(word) > 1 and word.isalpha())
    return any(len(list(same)) >= _MOST_SAME_WORDS for _, same in groupby(words))


# --- The functions that find parts of a text ---


#: How many values are found in one text.
MOST_FOUND: Final = 20
#: How many letters of a text, and how many values, a reason shows.
_MOST_LETTERS: Final = 80
_MOST_NAMED: Final = 4
_CACHED_TEXTS: Final = 128

Find = Callable[[str], list[str]]


def _finder(search: Callable[[str, int], list[str]]) -> Find:
    """Makes a cached search over the first MAX_TEXT characters of a text; all rules for one event
    share its result.
    """

    @lru_cache(maxsize=_CACHED_TEXTS)
    def found_in(text: str) -> tuple[str, ...]:
        return tuple(search(text, MOST_FOUND))

    def find(text: str) -> list[str]:
        if len(text) <= MAX_TEXT:
            return list(found_in(text))
        return search(text[:MAX_TEXT], MOST_FOUND)

    return find


#: The search of each function.
FINDERS: Final[Mapping[str, Find]] = MappingProxyType(
    {
        "addresses": _finder(find_addresses),
        "emails": _finder(find_emails),
        "links": _finder(find_links),
        "phones": _finder(find_phones),
    }
)
#: As above, with the functions whose results are words about the text, not parts of it.
SEARCHES: Final[Mapping[str, Find]] = MappingProxyType(
    {**FINDERS, "spam_signals": _finder(lambda text, _most: find_spam_signals(text))}
)


def _function(name: str, summary: str) -> Function:
    find = SEARCHES[name]

    def call(context: Context, text: Any) -> list[str]:
        if text.__class__ is not str:
            if text is None:
                return []
            raise mismatch(name, text, TEXT)
        if len(text) > MAX_TEXT:
            context.spend(MAX_TEXT)
        elif len(text) > FREE_REPEATED_TEXT:
            context.spend_shared(name, text, len(text))
        return find(text)

    return Function(f"{name}(text)", summary, [ANY], call, takes_context=True, truth=Truth.PLAIN)


def because_found(name: str, text: str) -> Reason:
    """The reason that names the values which one of these functions finds in a text."""
    found, shown = SEARCHES[name](text), shortened(text, _MOST_LETTERS)
    if not found:
        return found_nothing_in_text(function=name, text=shown)
    return found_in_text(function=name, values=found[:_MOST_NAMED], text=shown)


EXTRACTION_FUNCTIONS: Final[tuple[Function, ...]] = (
    _function(
        "addresses",
        "The postal addresses of Vietnam in a text, as people wrote them: 'số 12 Lê Lợi, Q.1'.",
    ),
    _function("emails", "The e-mail addresses in a text, in small letters."),
    _function(
        "links", "The links in a text, with their scheme: 'shop.vn/a' is 'https://shop.vn/a'."
    ),
    _function(
        "phones",
        "The phone numbers in a text, with country code: '0901 234 567' is '+84901234567'.",
    ),
    _function(
        "spam_signals",
        "Simple signals of advertising in a text, as words: `foreign_phone`, `foreign_script`,"
        " `link`, `many_emojis`, `many_links`, `many_mentions`, `repeated`, `short_link`,"
        " `shouting`, `styled_letters`.",
    ),
)
