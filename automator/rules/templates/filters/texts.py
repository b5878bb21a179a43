"""Filters of texts: they cut, replace, and encode for addresses and HTML."""

from urllib.parse import quote

import markupsafe

from automator.reasons.attempts import templates as faults
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    BadValueError,
    LimitError,
    as_text,
    bounded,
    short_text,
)


def truncate(text: str, length: int = 255, end: str = "…") -> str:
    """The beginning of a text, cut between words where possible."""
    if not 1 <= length <= MAX_ITEMS:
        raise LimitError(faults.template_truncate_length(most=MAX_ITEMS))
    if len(text) <= length:
        return text
    kept = text[: max(0, length - len(short_text(end)))]
    return (kept.rsplit(" ", 1)[0] if " " in kept[1:] else kept) + end


def replace(text: str, old: str, new: str) -> str:
    """A text with every `old` replaced by `new`."""
    old, new = as_text(old), as_text(new)
    if not old:
        raise BadValueError(faults.template_replace_needs_text())
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
    return text.replace(old, new)


def urlencode(text: str) -> str:
    """A text percent-encoded, so that it stays inside its part of an address."""
    return bounded(quote(text, safe="", errors="replace"))


def escape(text: str) -> str:
    """A text for HTML."""
    return bounded(str(markupsafe.escape(text)))
