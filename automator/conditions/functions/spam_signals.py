"""spam_signals(): simple signals that a text is advertising, each as a word.

They say how a text is written, and not what it wants; asks(text, 'spam') knows the words of
advertising and fraud.
"""

import re
from collections import Counter
from itertools import groupby
from typing import Final

from automator.conditions.functions.addresses import find_links
from automator.conditions.functions.phone_numbers import find_phones
from automator.conditions.texts.visible_letters import plain
from automator.conditions.texts.words import words_of

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
