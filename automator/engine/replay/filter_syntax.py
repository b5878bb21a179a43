"""The syntax of filters as people write them: `state=dead rule=price-question since=2d`.

The log page, the API, `automator log` and replays use it, so that one name means the same
everywhere.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, tzinfo
from typing import Any

from automator.clock import moment_ms, optional_time
from automator.configuration.values import parse_duration
from automator.files.spelling import did_you_mean
from automator.model import (
    N_,
    Outcome,
    RunState,
    UsageError,
    Verdict,
    Waits,
    copied_id,
    format_id,
    record,
)
from automator.reasons import kinds
from automator.store import DeliveryFilter, EventFilter, RunFilter

#: The names of filters over runs, over events, and over deliveries.
RUN_WORDS = ("state", "rule", "reason", "outcome", "waits", "connection", "contact", "type", "text",
             "error_code", "target", "since", "until", "event", "run", "replay",
             "delivery")  # fmt: skip
EVENT_WORDS = ("connection", "contact", "type", "text", "since", "until", "matched", "event",
               "delivery")  # fmt: skip
DELIVERY_WORDS = ("verdict", "connection", "reason", "part", "since", "until")
_SHOWS_ENDED_WAITS = ("states", "rule", "reason_code", "event_id", "run_ids", "delivery_ids")
OUTCOMES = {outcome.label: outcome for outcome in Outcome}
WAITS = {waits.value: waits for waits in Waits}
STATES = {state.label: state for state in RunState}
VERDICTS: Mapping[str, Verdict | None] = {
    **{verdict.value: verdict for verdict in Verdict},
    "all": None,
}
MATCHED = {"yes": True, "no": False}
#: Milliseconds that an id can carry.
_END_OF_IDS_MS = 1 << 42
#: The filters whose values are few.
CHOICES: Mapping[str, Collection[str]] = {
    "state": STATES,
    "matched": MATCHED,
    "outcome": OUTCOMES,
    "waits": WAITS,
    "verdict": VERDICTS,
}
ONE_OF = N_("One of: {known}.")
_NO_SUCH = {
    "state": N_("there is no state '{text}'"),
    "matched": N_("there is no matched '{text}'"),
    "outcome": N_("there is no outcome '{text}'"),
    "waits": N_("no run waits for '{text}'"),
    "verdict": N_("there is no verdict '{text}'"),
}
_NO_ID = {
    "event": N_("'{text}' is no id of an event"),
    "run": N_("'{text}' is no id of a run"),
    "replay": N_("'{text}' is no id of a replay"),
    "delivery": N_("'{text}' is no id of a delivery"),
}
_TIME_FIX = N_(
    "Write how long ago, as in 2d or 90m, or a time, as in 2026-11-24 or 2026-11-24T08:00Z."
)


def run_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> RunFilter:
    """The filter over runs for these names and values; empty values are ignored. A time that names
    no zone is one of `zone`.

    Waits for an absence that ended without a run are left out, unless the filter names their state,
    rule, reason, event or id.

    Raises:
        UsageError: a name is unknown, or its value is wrong.
    """
    read = _read(fields, RUN_WORDS, _Now(now_ms, zone))
    return RunFilter(**read, ended_waits=not read.keys().isdisjoint(_SHOWS_ENDED_WAITS))


def event_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> EventFilter:
    """The filter over events for these names and values; see `run_filter`.

    Raises:
        UsageError: a name is unknown, or its value is wrong.
    """
    return EventFilter(**_read(fields, EVENT_WORDS, _Now(now_ms, zone)))


def delivery_filter(fields: Mapping[str, str], now_ms: int, zone: tzinfo = UTC) -> DeliveryFilter:
    """The filter over deliveries for these names and values; see `run_filter`.

    Raises:
        UsageError: a name is unknown, or its value is wrong.
    """
    return DeliveryFilter(**_read(fields, DELIVERY_WORDS, _Now(now_ms, zone)))


def run_words(wanted: RunFilter) -> dict[str, str]:
    """The names and values of a filter, with fixed times."""
    words = {
        "state": ",".join(state.label for state in wanted.states),
        "rule": wanted.rule,
        "reason": wanted.reason_code,
        "outcome": None if wanted.outcome is None else wanted.outcome.label,
        "waits": None if wanted.waits_for is None else wanted.waits_for.value,
        "error_code": wanted.error_code,
        "target": wanted.target,
        "run": ",".join(format_id(run_id) for run_id in wanted.run_ids),
        "replay": None if wanted.replay_id is None else format_id(wanted.replay_id),
        **_common_words(wanted),
    }
    return {name: value for name, value in words.items() if value}


def event_words(wanted: EventFilter) -> dict[str, str]:
    """The names and values of a filter over events."""
    matched = {None: None, True: "yes", False: "no"}[wanted.matched]
    words = {"matched": matched, **_common_words(wanted)}
    return {name: value for name, value in words.items() if value}


def _common_words(wanted: RunFilter | EventFilter) -> dict[str, str | None]:
    return {
        "connection": wanted.connection,
        "contact": wanted.contact,
        "type": wanted.type,
        "text": wanted.text,
        "since": optional_time(wanted.since_ms),
        "until": optional_time(wanted.until_ms),
        "event": None if wanted.event_id is None else format_id(wanted.event_id),
        "delivery": ",".join(format_id(one) for one in wanted.delivery_ids),
    }


def _read(fields: Mapping[str, str], known: tuple[str, ...], now: "_Now") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word, text in fields.items():
        if word not in known:
            raise UsageError(
                N_("there is no filter '{word}' here"),
                fix=ONE_OF,
                word=word,
                known=", ".join(known),
            )
        value = text.strip()
        if value:
            name, read = _READERS.get(word, (word, _as_it_is))
            found[name] = read(word, value, now)
    since, until = found.get("since_ms"), found.get("until_ms")
    if since is not None and until is not None and since >= until:
        raise UsageError(N_("since is not before until"), fix=N_("Exchange them."))
    return found


def _event_type(_word: str, text: str, _now: "_Now") -> str:
    # Events carry their type in lower case, whatever the case in which senders document it.
    return text.lower()


def _as_it_is(_word: str, text: str, _now: "_Now") -> str:
    return text


def _states(_word: str, text: str, _now: "_Now") -> tuple[RunState, ...]:
    labels = dict.fromkeys(label.strip().lower() for label in text.split(","))
    return tuple(_choice("state", label, STATES) for label in labels)


def _reason(_word: str, text: str, _now: "_Now") -> str:
    code = text.lower()
    if code not in kinds():
        nearest = did_you_mean(code, kinds())
        fix = N_("docs/reference/reasons.md lists all codes.")
        if nearest:
            fix = N_("Did you mean '{nearest}'? docs/reference/reasons.md lists all codes.")
        raise UsageError(N_("there is no reason '{text}'"), fix=fix, text=text, nearest=nearest)
    return code


def _outcome(word: str, text: str, _now: "_Now") -> Outcome:
    found: Outcome = _choice(word, text.lower(), OUTCOMES)
    return found


def _waits(word: str, text: str, _now: "_Now") -> Waits:
    found: Waits = _choice(word, text.lower(), WAITS)
    return found


def _verdict(word: str, text: str, _now: "_Now") -> Verdict | None:
    found: Verdict | None = _choice(word, text.lower(), VERDICTS)
    return found


def _matched(word: str, text: str, _now: "_Now") -> bool:
    matched: bool = _choice(word, text, MATCHED)
    return matched


def _choice(word: str, text: str, choices: Mapping[str, Any]) -> Any:
    if text not in choices:
        known = ", ".join(choices)
        raise UsageError(_NO_SUCH[word], fix=ONE_OF, text=text, known=known)
    return choices[text]


def _time(word: str, text: str, now: "_Now") -> int:
    """The millisecond of a time or of a duration ago."""
    try:
        at: int | None = round(now.ms - parse_duration(text) * 1000)
    except ValueError:
        at = moment_ms(text, now.zone)
    if at is None:
        wrong = N_("{word} is no time: '{text}'")
        raise UsageError(wrong, fix=_TIME_FIX, word=word, text=text)
    if not 0 <= at < _END_OF_IDS_MS:
        raise UsageError(
            N_("{word} is too far away: '{text}'"), fix=_TIME_FIX, word=word, text=text
        )
    return at


def _id(word: str, text: str, _now: "_Now") -> int:
    number = copied_id(text)
    if number is None:
        raise UsageError(
            _NO_ID[word],
            fix=N_("It has 13 letters and digits; copy it from the log."),
            text=text,
        )
    return number


def _ids(word: str, text: str, now: "_Now") -> tuple[int, ...]:
    return tuple(dict.fromkeys(_id(word, one, now) for one in text.split(",")))


@record(kw_only=False)
class _Now:
    """The time from which `2d` is counted, and the zone of times without one."""

    ms: int
    zone: tzinfo


_Reader = Callable[[str, str, _Now], Any]
_READERS: dict[str, tuple[str, _Reader]] = {
    "state": ("states", _states),
    "reason": ("reason_code", _reason),
    "outcome": ("outcome", _outcome),
    "waits": ("waits_for", _waits),
    "since": ("since_ms", _time),
    "until": ("until_ms", _time),
    "matched": ("matched", _matched),
    "verdict": ("verdict", _verdict),
    "type": ("type", _event_type),
    "event": ("event_id", _id),
    "run": ("run_ids", _ids),
    "replay": ("replay_id", _id),
    "delivery": ("delivery_ids", _ids),
}
