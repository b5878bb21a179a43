"""The sentences of reasons in English, which tests compare."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from automator.engine.explanation.event_explanation import EventExplanation
from automator.language import ENGLISH, Translator, render_problems
from automator.model import AutomatorError, Problem, Reason, WrongValue
from automator.rules import RuleExplanation
from automator.server.shared.explanation_text import explanation_text, rule_lines

#: The words of an English reader.
ENGLISH_WORDS = Translator(ENGLISH)


def said(reason: Reason | Mapping[str, Any] | None) -> str:
    """A reason as a sentence, also one that is kept as JSON; "" for none."""
    if reason is None or isinstance(reason, Reason):
        return ENGLISH_WORDS.say(reason)
    return ENGLISH_WORDS.stored(reason)


def all_said(reasons: Iterable[Reason]) -> str:
    """Some reasons in one line."""
    return "; ".join(map(said, reasons))


def told(explanation: EventExplanation, language: str = ENGLISH) -> str:
    """The account of an event, as `automator why` shows it."""
    return explanation_text(explanation, Translator(language))


def told_of_rule(explanation: RuleExplanation) -> str:
    """The explanation of one rule."""
    return "\n".join(rule_lines(explanation, ENGLISH_WORDS))


def error_said(error: AutomatorError) -> tuple[str, str]:
    """The sentence and the fix of an error."""
    return ENGLISH_WORDS.error(error)


def advice_on(reason: Reason | None) -> str:
    """The advice of a reason."""
    return ENGLISH_WORDS.advice(reason)


def rendered(problems: Iterable[Problem], language: str = ENGLISH) -> str:
    """Problems of files as the terminal shows them."""
    return render_problems(problems, Translator(language))


def said_of_value(error: ValidationError) -> str:
    """The reason for the first wrong value of a model."""
    first = error.errors()[0]
    wrong = first.get("ctx", {}).get("error")
    return said(wrong.reason) if isinstance(wrong, WrongValue) else first["msg"]


@contextmanager
def raises_saying(
    kind: type[AutomatorError], pattern: str
) -> Iterator["pytest.ExceptionInfo[AutomatorError]"]:
    """As pytest.raises, for what the reason of an error says in English."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(pattern, said(caught.value.reason)), said(caught.value.reason)
