"""The translator: texts and reasons in the words of one language."""

import gettext
import string
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

from automator.clock import iso_time
from automator.model import N_, Reason, format_id
from automator.reasons import kinds
from automator.resources import locale_folder

ENGLISH = "en"
LANGUAGES = {"vi": "Tiếng Việt", ENGLISH: "English"}
DOMAIN = "automator"
_UNITS = (
    (86_400, N_("{number} d")),
    (3_600, N_("{number} h")),
    (60, N_("{number} min")),
    (1, N_("{number} s")),
)
#: Reasons within one another, at most: stored ones can be made by anybody who writes the database.
_DEEPEST = 8


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, locale_folder(), [language])


class Translator:
    """Says texts and reasons in one language, and times in one zone."""

    def __init__(self, language: str, zone: tzinfo | None = None) -> None:
        """Without a zone, times are said in UTC as RFC 3339 writes them."""
        self.language = language if language in LANGUAGES else ENGLISH
        self.zone = zone
        self._catalogue = _catalogue(self.language)

    def __call__(self, text: str, /, **values: Any) -> str:
        """`text` in this language, with the values in its places."""
        said = self._catalogue.gettext(text) if text else ""
        return self._filled(said, values, 0) if values else said

    def counted(self, one: str, many: str, count: int, **values: Any) -> str:
        """`one` or `many`, as this language counts; `{count}` stands for the number."""
        return self._filled(
            self._catalogue.ngettext(one, many, count), {"count": count, **values}, 0
        )

    def say(self, reason: Reason | None) -> str:
        """A reason as a sentence; "" for none. A code without a sentence stands for itself."""
        return self._say(reason, 0) if reason is not None else ""

    def advice(self, reason: Reason | None) -> str:
        """What a person can do about a reason; "" where nothing is to be done."""
        kind = kinds().get(reason.code) if reason is not None else None
        if reason is None or kind is None or not kind.advice:
            return ""
        return self._filled(self(kind.advice), reason.params, 0)

    def time(self, ms: float) -> str:
        """A moment: `2026-11-24 07:00:00` in the zone, or RFC 3339 in UTC without one."""
        if self.zone is None:
            return iso_time(round(ms))
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self.zone).strftime("%F %T")

    def duration(self, ms: float) -> str:
        """A length of time: `412 ms`, `1.9 s`, `30 min`, `20 h`, `2 d`."""
        if ms < 1000:
            return self("{number} ms", number=round(ms))
        seconds = ms / 1000
        for size, text in _UNITS:
            if seconds >= size:
                number = f"{seconds / size:.1f}".removesuffix(".0")
                return self(text, number=number)
        raise AssertionError("a second is the smallest unit")

    def _say(self, reason: Reason, depth: int) -> str:
        kind = kinds().get(reason.code)
        if kind is None or depth > _DEEPEST:
            return str(reason)
        return self._filled(self(kind.text), reason.params, depth)

    def _filled(self, text: str, values: Any, depth: int) -> str:
        try:
            return _Filler(self, depth).vformat(text, (), values)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError, OverflowError):
            # Stored by another version, or damaged: the values alone still say something.
            return f"{text} {dict(values)}"


class _Filler(string.Formatter):
    """Fills the places of a sentence, each by the kind of its value."""

    def __init__(self, translator: Translator, depth: int) -> None:
        self._translator = translator
        self._depth = depth

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Reason):
            return self._translator._say(value, self._depth + 1)
        if format_spec == "time":
            return self._translator.time(value)
        if format_spec == "duration":
            return self._translator.duration(value)
        if format_spec == "id":
            return format_id(value)
        if format_spec == "list":
            return self._listed(value)
        return str(super().format_field(value, format_spec))

    def _listed(self, values: Sequence[Any]) -> str:
        return ", ".join(self.format_field(value, "") for value in values)
