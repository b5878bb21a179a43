"""Filters as words of a command line: `state=dead since=2d`."""

import shlex
from collections.abc import Iterable

from automator.engine.replay.filter_syntax import CHOICES, ONE_OF
from automator.model import N_, UsageError


def split_words(texts: Iterable[str]) -> dict[str, str]:
    """The filters in texts such as `state=dead since=2d`; quotes hold words together.

    Raises:
        UsageError: a word is not `name=value`, or a name has no value, or two.
    """
    fields: dict[str, str] = {}
    for text in texts:
        for word in _words_of(text):
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise UsageError(
                    N_("'{word}' is no filter"),
                    fix=N_("Write name=value, as in state=dead."),
                    word=word,
                )
            require_value(name, value)
            if fields.setdefault(name, value) != value:
                raise UsageError(
                    N_("{name} is there twice"), fix=N_("Keep one of them."), name=name
                )
    return fields


def require_value(name: str, value: str) -> None:
    """Refuses a filter without a value, as an unset variable of a script leaves it: it would find
    everything.

    Raises:
        UsageError: the value is empty.
    """
    if value.strip():
        return
    choices = CHOICES.get(name, ())
    fix = ONE_OF if choices else N_("Write one, or leave the filter out.")
    raise UsageError(N_("{name} has no value"), fix=fix, name=name, known=", ".join(choices))


def _words_of(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        # An apostrophe, as in `text=it's`.
        return [text]
    # The shell has removed the quotes already: `text=bao nhieu` is one filter.
    return words if all("=" in word for word in words) else [text]
