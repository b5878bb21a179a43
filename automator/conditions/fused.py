"""Frequent forms in one closure, because calling a closure costs as much as what it does."""

from typing import Any

from automator.conditions.budget import Context
from automator.conditions.paths import NO_SUCH_FIELD, path
from automator.conditions.values import Evaluate


def path_comparison(names: tuple[str, ...], text: str, wanted: bool) -> Evaluate:
    """`a.b == 'text'`, or `!=` when equality is not wanted."""
    if len(names) == 1:
        return _one_name(names[0], text, wanted)
    if len(names) == 2:
        return _two_names(*names, text, wanted)
    if len(names) == 3:
        return _three_names(*names, text, wanted)
    get = path(names)
    return lambda value, context: (get(value, context) == text) is wanted


def _one_name(last: str, text: str, wanted: bool) -> Evaluate:
    def compare(value: Any, _context: Context) -> bool:
        try:
            return (value.get(last) == text) is wanted
        except AttributeError:
            return not wanted

    return compare


def _two_names(first: str, last: str, text: str, wanted: bool) -> Evaluate:
    def compare(value: Any, _context: Context) -> bool:
        try:
            return (value[first].get(last) == text) is wanted
        except NO_SUCH_FIELD:
            return not wanted

    return compare


def _three_names(first: str, second: str, last: str, text: str, wanted: bool) -> Evaluate:
    def compare(value: Any, _context: Context) -> bool:
        try:
            return (value[first][second].get(last) == text) is wanted
        except NO_SUCH_FIELD:
            return not wanted

    return compare
