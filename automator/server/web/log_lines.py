"""Finds the sentence that a stored line of the log was made of, so that pages can translate it.

An attempt's summary and a run's reason are stored in English. `LINES` has the sentences that they
are made of. A line of another kind, such as a platform's own message, is not translated.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from automator.model import N_

#: Places that hold another line, which is taken apart as well.
INNER = ("line", "rest")
#: A sentence that more is said behind of stands before one that says less.
LINES: tuple[str, ...] = (
    # What was done.
    N_("sent a message to {to}"),
    N_("sent the template {template} to {to}"),
    N_("sent a private reply to comment {comment}"),
    N_("comment {comment} already had its private reply"),
    N_("comment {comment} was gone already"),
    N_("replied to comment {comment}"),
    N_("liked comment {comment}"),
    N_("hid comment {comment}"),
    N_("showed again comment {comment}"),
    N_("deleted comment {comment}"),
    N_("commented on {place}"),
    N_("posted to {channel}"),
    N_("sent to {target}: {status}"),
    N_("follows up in {wait}, on {day} at {time} ({zone}) or up to {late} later"),
    N_("follows up in {wait}, on {day} at {time} ({zone})"),
    N_("cancels the waiting follow-ups of {rule} with the key {key}"),
    N_("cancels the waiting follow-ups of {rule}"),
    N_("cancels the waiting follow-ups with the key {key}"),
    N_("cancels the waiting follow-ups"),
    N_("confirmed by the provider's echo"),
    N_("shadow: would have done: {line}"),
    # What keeps a step back.
    N_("if: {condition} does not hold: {why}"),
    N_("the contact opted out on {since}"),
    # How it ended.
    N_("the server stopped during this attempt; it may have worked"),
    # Lines within lines.
    N_("{line} (event {event})"),
    N_("{line}; the provider's echo is waited for"),
    N_("{line}; no echo has come"),
    N_("{step}: {line}"),
    N_("{line}; {rest}"),
    # What a target said; its name stands first.
    N_("{place} answered {status}: it is gone for good"),
    N_("{place} redirects to {address}"),
    N_("{place} answered {status}"),
)
PLACE = re.compile(r"\{([a-z]+)\}")
#: What fills a place, where that is not just anything.
_FILLED = {
    "event": r"\S+",
    "place": r"\S+",
    "step": r"[a-z][a-z0-9_-]{0,63}",
    "status": r"[0-9]{3}",
    "count": r"[0-9]+(?: of [0-9]+)?",
}
#: Characters of a line, and lines within one another: what others say in it may be anything.
_LONGEST = 500
DEEPEST = 4


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((line, re.compile(_pattern(line), re.DOTALL)) for line in LINES)


def _pattern(line: str) -> str:
    return "".join(
        f"(?P<{part}>{_FILLED.get(part, '.+?')})" if is_place else re.escape(part)
        for part, is_place in _parts(line)
    )


def _parts(line: str) -> Iterator[tuple[str, bool]]:
    """The fixed texts and the places of a sentence, alternating; True marks a place."""
    for number, part in enumerate(PLACE.split(line)):
        yield part, number % 2 == 1


@lru_cache(maxsize=4096)
def taken_apart(line: str, depth: int = 0) -> tuple[str, dict[str, str]] | None:
    """The sentence that a line was made of, and its values; None when `LINES` has none for it."""
    if len(line) > _LONGEST or depth > DEEPEST:
        return None
    for text, pattern in _patterns():
        found = pattern.fullmatch(line)
        if found is None:
            continue
        inner = found.groupdict().get("line")
        # A prefix like `send: ` says nothing by itself: only what stands behind it makes it ours.
        if text.startswith("{") and inner is not None and not taken_apart(inner, depth + 1):
            continue
        return text, found.groupdict()
    return None
