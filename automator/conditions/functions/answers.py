"""Judges a person's answer to a question: returns its value, or the reason why it has none."""

import re
from typing import Final

from automator.conditions.forms.calls import LiteralProblem
from automator.conditions.functions.addresses import find_emails
from automator.conditions.functions.patterns import compile_pattern
from automator.conditions.functions.phone_numbers import find_phones
from automator.conditions.functions.postal_addresses import find_addresses
from automator.conditions.texts.fold import fold, plain
from automator.model import Question, Reason, normalized, shortened
from automator.reasons.attempts import questions

#: How many characters of an answer are examined and kept.
MOST_KEPT: Final = 2_000
#: Characters of an answer that a reason shows.
_SHOWN: Final = 80
#: A number with the signs that people write before and between its digits. Each repetition is
#: bounded, so that a search takes linear time.
_NUMBER: Final = re.compile(
    r"(?<![\w.,+-])[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15}){0,6}(?![\w]|[.,+-][0-9])"
)
#: A number such as `1.500.000` or `1,500`, in which a sign before three digits is no decimal sign.
_THOUSANDS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")

#: The value of a good answer, which later steps can read.
Value = str | int | float


def judge_answer(question: Question, text: object) -> Value | Reason:
    """The value of an answer in a normal form, or the reason why the answer is not good."""
    said = normalized("NFC", text[:MOST_KEPT]).strip() if isinstance(text, str) else ""
    if not plain(said).strip():
        return questions.answer_without_text()
    value = _value(question, said)
    return _why(question, shortened(said, _SHOWN)) if value is None else value


def _value(question: Question, said: str) -> Value | None:
    match question.expect:
        case "number":
            return _number(said)
        case "phone":
            return next(iter(find_phones(said, 1)), None)
        case "email":
            return next(iter(find_emails(said, 1)), None)
        case "address":
            return next(iter(find_addresses(said, 1, is_asked=True)), None)
        case "choice":
            return _choice(said, question)
        case _:
            return said if not question.pattern or _fits(said, question.pattern) else None


def _why(question: Question, shown: str) -> Reason:
    match question.expect:
        case "number":
            return questions.answer_without_number(text=shown)
        case "phone":
            return questions.answer_without_phone(text=shown)
        case "email":
            return questions.answer_without_email(text=shown)
        case "address":
            return questions.answer_without_address(text=shown)
        case "choice":
            return questions.answer_without_choice(text=shown, choices=list(question.choices))
        case _:
            return questions.answer_without_pattern(text=shown, pattern=question.pattern)


def _number(said: str) -> int | float | None:
    """The only number in a text: `1.500` and `1,500` are whole numbers, `1,5` and `1.5` are not."""
    found = _NUMBER.findall(normalized("NFKC", said))
    if len(found) != 1:
        return None
    written = found[0]
    if _THOUSANDS.fullmatch(written):
        return int(re.sub("[.,]", "", written))
    try:
        number = float(written.replace(",", "."))
    except ValueError:
        return None
    return int(written) if re.fullmatch("[+-]?[0-9]+", written) else number


def _choice(said: str, question: Question) -> str | None:
    """The choice that a text is, or the only choice that it contains as whole words."""
    answer = " ".join(fold(said)[:MOST_KEPT].split())
    folded = {choice: " ".join(fold(choice).split()) for choice in question.choices}
    for choice, wanted in folded.items():
        if wanted == answer:
            return choice
    named = [choice for choice, wanted in folded.items() if wanted and names(answer, wanted)]
    return named[0] if len(named) == 1 else None


def names(answer: str, choice: str) -> bool:
    """Whether a folded answer has a folded choice in it as whole words."""
    return re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", answer) is not None


def _fits(said: str, pattern: str) -> bool:
    try:
        return compile_pattern(pattern).is_in(said)
    except LiteralProblem:
        # The pattern was valid when the rules were read; a newer library may refuse it.
        return False
