"""Chooses the language of a page: the person's choice, or else the browser's language."""

import re

from starlette.requests import Request

from automator.language import ENGLISH, LANGUAGES

COOKIE = "lang"
_PREFERENCE = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*\s*(?:;\s*q=([0-9.]{1,5}))?", re.IGNORECASE)


def language_of(request: Request) -> str:
    """The language in the cookie, or else the browser's favourite among ours, or else English."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    preferences: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        found = _PREFERENCE.fullmatch(part.strip())
        if found and found[1].lower() in LANGUAGES:
            preferences.append((_weight(found[2]), found[1].lower()))
    # Among equal weights `max` takes the first, so the order in the header decides.
    return max(preferences, key=lambda item: item[0])[1] if preferences else ENGLISH


def _weight(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
