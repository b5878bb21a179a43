"""The languages of the pages: English texts are the keys, `web/locale/*.json` translates them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request

from automator.resources import locale_folder
from automator.server.web.log_lines import INNER, taken_apart

ENGLISH = "en"
LANGUAGES = {"vi": "Tiếng Việt", ENGLISH: "English"}
COOKIE = "lang"
_PREFERENCE = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*\s*(?:;\s*q=([0-9.]{1,5}))?", re.IGNORECASE)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The texts of a language by their English ones; empty for English itself."""
    path = locale_folder() / f"{language}.json"
    texts: Mapping[str, str] = orjson.loads(path.read_bytes()) if path.is_file() else {}
    return texts


class Translator:
    """Translates the texts of the pages into one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else ENGLISH
        self._texts = catalogue(self.language)

    def __call__(self, text: str, /, **values: Any) -> str:
        """`text` in this language, with `{name}` places filled in."""
        said = self._texts.get(text, text)
        return said.format(**values) if values else said

    def line(self, line: str, depth: int = 0) -> str:
        """A line of the log in this language; as it is where it is not made of our sentences."""
        sentence = taken_apart(line, depth) if self._texts else None
        if sentence is None:
            return line
        values = {
            place: self.line(value, depth + 1) if place in INNER else value
            for place, value in sentence.values.items()
        }
        return self(sentence.text, **values)


def language_of(request: Request) -> str:
    """The language that the person chose, or else the browser's first that we have."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    preferences: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        found = _PREFERENCE.fullmatch(part.strip())
        if found and found[1].lower() in LANGUAGES:
            preferences.append((_weight(found[2]), found[1].lower()))
    # max keeps the first of equals: the order in the header.
    return max(preferences, key=lambda item: item[0])[1] if preferences else ENGLISH


def _weight(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
