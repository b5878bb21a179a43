"""The sentences of reasons in English, which tests compare."""

from collections.abc import Mapping
from typing import Any

from automator.language import ENGLISH, Translator
from automator.model import Reason

_TRANSLATOR = Translator(ENGLISH)


def said(reason: Reason | Mapping[str, Any] | None) -> str:
    """A reason as a sentence, also one that is kept as JSON; "" for none."""
    if reason is None or isinstance(reason, Reason):
        return _TRANSLATOR.say(reason)
    return _TRANSLATOR.stored(reason)
