"""The translator: writes texts and reasons in one language."""

import gettext
import re
import string
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from automator.clock import ms_of
from automator.model import N_, AutomatorError, Reason, format_id
from automator.reasons import ReasonKind, kinds
from automator.reasons.runs import CHANGED_ON_DISK, COMMAND_LINE, RESTORED_BACKUP, RETENTION
from automator.resources import locale_folder

ENGLISH = "en"
LANGUAGES = {"vi": "Tiếng Việt", ENGLISH: "English"}
DOMAIN = "automator"
_SECONDS = N_("{number} s")
_UNITS = (
    (86_400, N_("{number} d")),
    (3_600, N_("{number} h")),
    (60, N_("{number} min")),
    (1, _SECONDS),
)
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_PLACE = re.compile(r"\{[^{}]*\}")
_RUN = N_("run {id}")
#: The beginning of an author's name that belongs to a token, not to an account.
_OF_TOKEN = "token "  # noqa: S105 - no token
_BY_RULE = re.compile(r"(?P<rule>.+), run (?P<id>[0-9a-z]{13})")
_OR = N_(" or ")
#: The sign between thousands.
_THOUSANDS = N_(",")
_STATES = {
    "queued": N_("queued"),
    "running": N_("running"),
    "done": N_("done"),
    "dead": N_("dead"),
    "cancelled": N_("cancelled"),
    "unknown": N_("unknown"),
    "suppressed": N_("suppressed"),
    "held": N_("held"),
    # The outcomes of a finished run.
    "answered": N_("sent"),
    "partly": N_("partly sent"),
    "nothing_sent": N_("nothing sent"),
    "nothing_to_send": N_("nothing to send"),
    "maybe_sent": N_("maybe sent"),
    "would_have_sent": N_("would have sent"),
}
_AND = N_(" and ")
#: How many levels of reasons inside reasons are written: a stored reason could have any depth.
_DEEPEST = 8


def _kind_of(code: str) -> ReasonKind[...] | None:
    """Finds the kind of reason with a code; None if there is none. Mistakes in the meaning of rules
    are declared in `automator.rules.meaning`. That package is imported only if no other kind has
    the code: importing it takes as long as the rest of a command's start.
    """
    if code not in kinds():
        import automator.rules.meaning.table  # noqa: F401, PLC0415 - it declares them
    return kinds().get(code)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, locale_folder(), [language])


class Translator:
    """Writes texts and reasons in one language, and times in one zone."""

    def __init__(self, language: str, zone: tzinfo | None = None) -> None:
        """Without a zone, times are written in UTC."""
        self.language = language if language in LANGUAGES else ENGLISH
        self.zone = zone
        self._catalogue = _catalogue(self.language)

    def __call__(self, text: str, /, **values: Any) -> str:
        """Returns `text` in this language, with the values filled in."""
        said = self._catalogue.gettext(text) if text else ""
        return self._filled(said, values, 0) if values else said

    def counted(self, one: str, many: str, count: int, **values: Any) -> str:
        """Returns `one` or `many`, by this language's rules; `{count}` becomes the
        number: `1,200`.
        """
        return self._filled(
            self._catalogue.ngettext(one, many, count), {"count": self.number(count), **values}, 0
        )

    def say(self, reason: Reason | None) -> str:
        """Writes a reason as a sentence; "" for none. A code without a sentence is
        written itself.
        """
        return self._say(reason, 0) if reason is not None else ""

    def kind(self, code: str) -> str:
        """Returns the sentence of a code's reason, with `…` instead of the values."""
        kind = _kind_of(code)
        said = "" if kind is None else _PLACE.sub("…", self(kind.text))
        # A sentence that consists only of values says nothing without them: the code is clearer.
        return said if any(map(str.isalpha, said)) else code

    def stored(self, reason: Mapping[str, Any] | None) -> str:
        """Returns the sentence of a reason that is stored as JSON; "" for none."""
        return self.say(Reason.from_json(reason)) if reason else ""

    def advice(self, reason: Reason | None) -> str:
        """Returns the advice of a reason; "" if there is none."""
        return self._advice(reason, 0) if reason is not None else ""

    def error(self, error: AutomatorError) -> tuple[str, str]:
        """Returns the two sentences of an error: the mistake and the fix."""
        wrong, fix = error.texts
        if not wrong:
            return self.say(error.reason), self.advice(error.reason) or error.fix
        return self(wrong, **error.values), self(fix, **error.values)

    def author(self, name: str) -> str:
        """Returns an author for people: an account by its name, all other authors translated."""
        if name in (COMMAND_LINE, CHANGED_ON_DISK, RESTORED_BACKUP, RETENTION):
            return self(name)
        if name.startswith(_OF_TOKEN):
            return self(N_("token {name}"), name=name.removeprefix(_OF_TOKEN))
        by_rule = _BY_RULE.fullmatch(name)
        return self(N_("{rule}, run {id}"), **by_rule.groupdict()) if by_rule else name

    def state(self, label: str) -> str:
        """Returns the word for a state or an outcome of a run, given its label."""
        return self(_STATES.get(label, label))

    def time(self, moment: float | str) -> str:
        """Writes a moment: `2026-11-24 07:00:00` in the zone, or with `UTC` if there is no zone.

        The moment is in milliseconds, or in the form of the API.
        """
        zone = self.zone or UTC
        ms = ms_of(moment) if isinstance(moment, str) else moment
        said = datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
        return f"{said} UTC" if str(zone) == "UTC" else said

    def moment(self, ms: float, zone: str) -> str:
        """Writes a moment in the time of `zone`: `Tue 2026-11-24 22:10`.

        A zone that is not the reader's own is named: `Tue 2026-11-24 22:10 (Asia/Ho_Chi_Minh)`.
        """
        local = datetime.fromtimestamp(ms / 1000, ZoneInfo(zone))
        said = self(
            N_("{day} {year}-{month}-{date} {time}"),
            day=self(_DAYS[local.weekday()]),
            year=local.year,
            month=f"{local:%m}",
            date=f"{local:%d}",
            time=f"{local:%H:%M}",
        )
        return said if str(self.zone) == zone else f"{said} ({zone})"

    def number(self, value: float) -> str:
        """Writes a number: `100,000` and `0.5`, or `100.000` and `0,5`, depending on
        the language.
        """
        whole, point, rest = f"{value:,}".removesuffix(".0").partition(".")
        between = self(_THOUSANDS)
        mark = "," if between == "." and point else point
        return whole.replace(",", between) + mark + rest

    def size(self, count: int) -> str:
        """Writes a number of bytes: `300 B`, `64 KiB`, `1.5 MiB`."""
        if count < 1024:
            return f"{count} B"
        unit, bytes_of_it = ("KiB", 1024) if count < 1024**2 else ("MiB", 1024**2)
        return f"{self.number(round(count / bytes_of_it, 1))} {unit}"

    def duration(self, ms: float) -> str:
        """Writes a length of time in its two largest units: `412 ms`, `1.9 s`, `1 min
        40 s`, `2 d`.
        """
        if ms < 1000:
            return self(N_("{number} ms"), number=round(ms))
        if ms < 60_000:
            return self(_SECONDS, number=self.number(round(ms / 1000, 1)))
        said: list[str] = []
        rest = round(ms / 1000)
        for size, text in _UNITS:
            count, rest = divmod(rest, size)
            if count:
                said.append(self(text, number=count))
        return " ".join(said[:2])

    def span(self, ms: int) -> str:
        """Writes a length of time in whole minutes, hours or days: `30 minutes`, `24 hours`."""
        minutes = ms // 60_000
        if minutes < 120:
            return self.counted("{count} minute", "{count} minutes", minutes)
        if minutes < 2 * 1_440:
            return self.counted("{count} hour", "{count} hours", minutes // 60)
        return self.counted("{count} day", "{count} days", minutes // 1_440)

    def _say(self, reason: Reason, depth: int) -> str:
        kind = _kind_of(reason.code)
        if kind is None or depth > _DEEPEST:
            return str(reason)
        return self._filled(self(kind.text), reason.params, depth)

    def _advice(self, reason: Reason, depth: int) -> str:
        kind = _kind_of(reason.code)
        if kind is None or not kind.advice or depth > _DEEPEST:
            return ""
        return self._filled(self(kind.advice), reason.params, depth)

    def _filled(self, text: str, values: Any, depth: int) -> str:
        try:
            return _Filler(self, depth).vformat(text, (), values)
        except (
            KeyError,
            ValueError,
            IndexError,
            AttributeError,
            TypeError,
            OverflowError,
            OSError,
        ):
            # The stored reason is of another version, or damaged: its values are still useful.
            return f"{text} {dict(values)}"


def _uncapitalized(text: str) -> str:
    """Writes a sentence for the inside of another sentence: with a small first letter, unless its
    first word is in capitals.
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


class _Filler(string.Formatter):
    """Fills values into a sentence, each as the word after the colon of its placeholder says."""

    def __init__(self, translator: Translator, depth: int) -> None:
        self.translator = translator
        self._depth = depth

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Reason):
            if format_spec == "advice":
                return self.translator._advice(value, self._depth + 1)
            said = self.translator._say(value, self._depth + 1)
            return said[:1].upper() + said[1:] if format_spec == "capital" else said
        say = _PLACES.get(format_spec)
        return say(self, value) if say else str(super().format_field(value, format_spec))

    def joined(self, values: Iterable[Any], between: str) -> str:
        """Joins several values with a text between them."""
        return between.join(self.format_field(item, "") for item in values)


#: The function that writes a value, by the word after the colon of its placeholder.
_PLACES: dict[str, Callable[[_Filler, Any], str]] = {
    "time": lambda filler, value: filler.translator.time(value),
    "duration": lambda filler, value: filler.translator.duration(value),
    "span": lambda filler, value: filler.translator.span(value),
    "moment": lambda filler, value: filler.translator.moment(*value),
    "id": lambda _, value: format_id(value),
    "runs": lambda filler, value: ", ".join(
        filler.translator(_RUN, id=format_id(item)) for item in value
    ),
    "list": lambda filler, value: filler.joined(value, ", "),
    "alternatives": lambda filler, value: filler.joined(value, filler.translator(_OR)),
    "all": lambda filler, value: filler.joined(value, filler.translator(_AND)),
    "number": lambda filler, value: filler.translator.number(value),
    "size": lambda filler, value: filler.translator.size(value),
    "text": lambda filler, value: filler.translator(value),
    "author": lambda filler, value: filler.translator.author(value),
    "within": lambda filler, value: _uncapitalized(filler.translator(value)),
}
