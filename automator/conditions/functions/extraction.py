"""phones(), emails(), links() and spam_signals(): what is in a text, as lists.

The template filters of the first three names use the same functions.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from automator.conditions.forms.budget import FREE_REPEATED_TEXT, Context
from automator.conditions.forms.calls import ANY, TEXT, Function, mismatch
from automator.conditions.forms.writer import Truth
from automator.conditions.functions.addresses import find_emails, find_links
from automator.conditions.functions.keywords import MAX_TEXT
from automator.conditions.functions.phone_numbers import find_phones
from automator.conditions.functions.spam_signals import find_spam_signals
from automator.model import Reason, shortened
from automator.reasons.conditions import found_in_text, found_nothing_in_text

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
