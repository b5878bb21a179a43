"""The fields of a rule's conditions: words, posts, hours, and comments under the post itself."""

from collections.abc import Callable
from dataclasses import replace

from automator.files import Path, put, remove
from automator.model import N_
from automator.rules.editing.edits import RULE_KEYS
from automator.rules.editing.expressions import (
    TOP_LEVEL,
    Chosen,
    Hours,
    Posts,
    Words,
    read_conditions,
)
from automator.rules.editing.fields import Edit, FormField, at, data_of, words_in

_MODES = (
    ("word", N_("as whole words")),
    ("contains", N_("also inside of words")),
    ("exact", N_("as the whole text")),
)


def condition_fields(
    rule: Path, chosen: Chosen, *, of_comments: bool, zone: str
) -> list[FormField]:
    """The fields for what of the conditions a form can show."""
    fields = _word_fields(rule, chosen.words[1] if chosen.words else Words(()))
    if of_comments:
        fields += _comment_fields(rule, chosen)
    hours = chosen.hours[1] if chosen.hours else Hours("", "", zone)
    return [*fields, *_hours(rule, hours)]


def _word_fields(rule: Path, words: Words) -> list[FormField]:
    fields = [
        FormField(
            "words",
            N_("Has one of these words"),
            "words",
            ", ".join(words.words),
            _words_setter(rule, lambda old, value: replace(old, words=words_in(value))),
            hint=N_("Accents and capital letters do not matter: “gia” finds “Giá”."),
        )
    ]
    if not words.words:
        return fields
    return [
        *fields,
        FormField(
            "mode",
            N_("How the words are looked for"),
            "choice",
            words.mode,
            _words_setter(rule, lambda old, value: replace(old, mode=value)),
            choices=_MODES,
        ),
        FormField(
            "exclude",
            N_("And none of these words"),
            "words",
            ", ".join(words.exclude),
            _words_setter(rule, lambda old, value: replace(old, exclude=words_in(value))),
        ),
    ]


def _comment_fields(rule: Path, chosen: Chosen) -> list[FormField]:
    posts = chosen.posts[1] if chosen.posts else Posts(())
    return [
        FormField(
            "top_level",
            N_("Only comments under the post itself, not answers to comments"),
            "check",
            "" if chosen.top_level is None else "1",
            _setter(rule, "top_level", lambda value: TOP_LEVEL if value else ""),
        ),
        FormField(
            "posts",
            N_("Only these posts, by their ids"),
            "words",
            ", ".join(posts.ids),
            _setter(
                rule, "posts", lambda value: str(Posts(ids)) if (ids := words_in(value)) else ""
            ),
        ),
    ]


def _hours(rule: Path, hours: Hours) -> list[FormField]:
    def edit(text: str, value: str, is_first: bool) -> str:
        found = _chosen(text, rule).hours
        old = found[1] if found else Hours("", "", hours.zone)
        new = replace(old, first=value) if is_first else replace(old, last=value)
        if not value:
            return _set(text, rule, "hours", "")
        complete = Hours(new.first or "00:00", new.last or "23:59", new.zone)
        return _set(text, rule, "hours", str(complete))

    return [
        FormField(
            "from", N_("From"), "time", hours.first, lambda text, value: edit(text, value, True)
        ),
        FormField(
            "until", N_("Until"), "time", hours.last, lambda text, value: edit(text, value, False)
        ),
    ]


def _words_setter(rule: Path, change: Callable[[Words, str], Words]) -> Edit:
    def edit(text: str, value: str) -> str:
        found = _chosen(text, rule).words
        words = change(found[1] if found else Words(()), value)
        return _set(text, rule, "words", str(words) if words.words else "")

    return edit


def _setter(rule: Path, kind: str, written: Callable[[str], str]) -> Edit:
    return lambda text, value: _set(text, rule, kind, written(value))


def _set(text: str, rule: Path, kind: str, expression: str) -> str:
    """Puts a condition of this kind in its place, behind the others, or takes it away."""
    conditions = at(data_of(text), (*rule, "conditions"))
    found = getattr(read_conditions(conditions), kind)
    index = found[0] if isinstance(found, tuple) else found
    if expression:
        count = len(conditions) if isinstance(conditions, list) else 0
        place = count if index is None else index
        return put(text, (*rule, "conditions", place), expression, order=RULE_KEYS)
    if index is None:
        return text
    if len(conditions) == 1:
        return remove(text, (*rule, "conditions"))
    return remove(text, (*rule, "conditions", index))


def _chosen(text: str, rule: Path) -> Chosen:
    return read_conditions(at(data_of(text), (*rule, "conditions")))
