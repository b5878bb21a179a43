"""Filters of numbers: amounts of money, rounding, and numbers in texts."""

import math
from typing import Any

from automator.reasons.attempts import templates as faults
from automator.rules.templates.values import BadValueError, LimitError, WrongKindError, short_text

#: The names of the currency without decimals.
DONG = frozenset({"VND", "đ", "₫"})


def money(value: Any, currency: str = "VND") -> str:
    """`250000` as `250.000đ`; other currencies with two decimals, as `1.250,50 USD`."""
    amount = number_of(value)
    if not math.isfinite(amount) or abs(amount) >= 1e18:
        raise BadValueError(faults.template_amount_too_large())
    if currency in DONG:
        return f"{round(amount):,}".replace(",", ".") + "đ"
    text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{text.removesuffix(',00')} {short_text(currency)}"


def round_number(value: Any, digits: int = 0) -> int | float:
    """A rounded number; a whole number if `digits` is 0."""
    if not -15 <= digits <= 15:
        raise LimitError(faults.template_round_digits())
    number = number_of(value)
    return round(number, digits) if digits > 0 else int(round(number, digits))


def to_int(value: Any, other: Any = 0) -> Any:
    """A whole number, or `other` if the value is not a whole number."""
    try:
        return int(number_of(value))
    except (TypeError, ValueError, OverflowError):
        return other


def to_float(value: Any, other: Any = 0.0) -> Any:
    """A number, or `other` if the value is not a number."""
    try:
        return float(number_of(value))
    except (TypeError, ValueError, OverflowError):
        return other


def absolute(value: Any) -> int | float:
    """A number without its sign."""
    return abs(number_of(value))


def number_of(value: Any) -> int | float:
    """The number in a value: the value itself, or a number in a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongKindError(faults.template_number_needed())
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > 40 or "_" in text:
        raise BadValueError(faults.template_not_a_number(text=text[:40]))
    try:
        return int(text)
    except ValueError:
        return _decimal(text)


def _decimal(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadValueError(faults.template_not_a_number(text=text))
    return number
