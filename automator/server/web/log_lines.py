"""Finds the sentence that a stored line of the log was made of, so that pages can translate it.

An attempt's summary and a run's reason are stored in English. `LINES` has the sentences that they
are made of. A line of another kind, such as a platform's own message, is not translated.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from automator.model.sentence import Sentence

#: Places that hold another line, which is taken apart as well.
INNER = ("line", "rest")
#: A sentence that more is said behind of stands before one that says less.
LINES: tuple[str, ...] = (
    # What was done.
    "sent a message to {to}",
    "sent the template {template} to {to}",
    "sent a private reply to comment {comment}",
    "comment {comment} already had its private reply",
    "comment {comment} was gone already",
    "replied to comment {comment}",
    "liked comment {comment}",
    "hid comment {comment}",
    "showed again comment {comment}",
    "deleted comment {comment}",
    "commented on {place}",
    "posted to {channel}",
    "sent to {target}: {status}",
    "follows up in {wait}, on {day} at {time} ({zone}) or up to {late} later",
    "follows up in {wait}, on {day} at {time} ({zone})",
    "cancels the waiting follow-ups of {rule} with the key {key}",
    "cancels the waiting follow-ups of {rule}",
    "cancels the waiting follow-ups with the key {key}",
    "cancels the waiting follow-ups",
    "confirmed by the provider's echo",
    "shadow: would have done: {line}",
    # What keeps a run or a step back.
    "once: already started for {key} on {last}; again from {again}",
    "once: already started for {key} on {last}",
    "throttle: {count} runs within {period} for {key}, the last on {last}; again from {again}",
    "debounce: acts {quiet} after the last event with {key}, {longest} after the first",
    "debounce: {count} events so far; acts at {time}, or later if more come",
    "debounce: {count} events so far; acts when its turn comes",
    "concurrency: waits for its turn; {count} under way for {key}: {runs}",
    "concurrency: run {run} for {key} has taken its place",
    "concurrency: {count} under way for {key}: {runs}",
    "a person answered on {at}: paused for {pause}, until {until}",
    "its rules are decided in its turn, after what came before in the conversation",
    "its rules cannot be decided any more: {line}",
    "outside {calendar}: it was {time}; put off until {until}",
    "outside {calendar}: it was {time}, and it never begins again",
    "outside {calendar}: it was {time}",
    "acts unless {event} with {key} = {value} comes within {within}",
    "not absent: {event} {id} came before this event, and happened after it",
    "not absent: {event} {id} came",
    "if: {condition} does not hold: {why}",
    "the contact opted out on {since}",
    "waiting: {target} is sent to as often as its rate allows",
    "waiting: {target} has {count} requests under way, as many as it takes at once",
    "waiting: {target} fails since {since} ({line}); it is tried again at {again}",
    "waiting: {target} failed ({line}) and is being tried again",
    "waiting: {target} is paused since {since} by {who}: {note}",
    "waiting: {target} is paused since {since} by {who}",
    "waiting: {target} is disabled since {since}: {line}",
    "held: restored from a backup of {at}",
    "held: restored from a backup",
    # How it ended.
    "quarantined after {count} crashes",
    "the server stopped during an attempt",
    "the server stopped during this attempt; it may have worked",
    "cancelled by {rule}, run {run}",
    "cancelled by {who}",
    "marked done by {who}",
    "its rule was changed, switched off or removed while it waited",
    "the rule {rule} is not in rule-set revision {revision} any more",
    "the rule {rule} has no step for this run",
    "too late for another try: {line}",
    "too late: it could act until {until}",
    "too late: {line}",
    # Lines within lines.
    "{line} (event {event})",
    "{line}; the provider's echo is waited for",
    "{line}; no echo has come",
    "{step}: {line}",
    "{line}; {rest}",
    # What a target said; its name stands first.
    "{place} answered {status}: it is gone for good",
    "{place} redirects to {address}",
    "{place} answered {status}",
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
def taken_apart(line: str, depth: int = 0) -> Sentence | None:
    """The sentence that a line was made of; None when `LINES` has none for it."""
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
        return Sentence(text, found.groupdict())
    return None
