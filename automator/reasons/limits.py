"""Limits, calendars and colleagues' replies that hold a run back, and contacts left out."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import Moment, reason


@reason(N_("once: already started for {key} on {last:time}, run {run:id}"))
def once(*, key: str, last: int, run: int) -> None: ...
@reason(N_("once: already started for {key} on {last:time}, run {run:id}; again from {again:time}"))
def once_within(*, key: str, last: int, run: int, again: int) -> None: ...
@reason(
    N_(
        "throttle: runs within {period:duration} for {key}: {count}, the last on {last:time},"
        " run {run:id}; again from {again:time}"
    )
)
def throttled(*, period: int, key: str, count: int, last: int, run: int, again: int) -> None: ...
@reason(
    N_(
        "debounce: acts {quiet:duration} after the last event with {key}, {longest:duration}"
        " after the first"
    )
)
def debouncing(*, quiet: int, key: str, longest: int) -> None: ...
@reason(
    N_(
        "debounce: acts {quiet:duration} after the last event with {key}, {longest:duration}"
        " after the first, or at once with event {most}"
    )
)
def debouncing_up_to(*, quiet: int, key: str, longest: int, most: int) -> None: ...
@reason(N_("debounce: events so far: {count}; acts at {at:time}, or later if more come"))
def debounced_until(*, count: int, at: int) -> None: ...
@reason(N_("debounce: has its last event, {count}; acts at {at:time}"))
def debounce_full(*, count: int, at: int) -> None: ...
@reason(N_("debounce: events so far: {count}; acts when it gets its place"))
def debounced_for_place(*, count: int) -> None: ...
@reason(
    N_(
        "debounce: collected into run {run:id} as event {count} with {key}; it acts at {at:time},"
        " or later if more come"
    )
)
def collected(*, run: int, count: int, key: str, at: int) -> None: ...
@reason(
    N_(
        "debounce: collected into run {run:id} as event {count} with {key}, the last; it acts at"
        " {at:time}"
    )
)
def collected_last(*, run: int, count: int, key: str, at: int) -> None: ...
@reason(
    N_(
        "debounce: collected into run {run:id} as event {count} with {key}; it acts when it gets"
        " its place"
    )
)
def collected_for_place(*, run: int, count: int, key: str) -> None: ...
@reason(N_("concurrency: {count} of {limit} under way for {key}: {runs:runs}"))
def concurrency_full(*, count: int, limit: int, key: str, runs: Sequence[int]) -> None: ...
@reason(N_("concurrency: waits for its place; {count} of {limit} under way for {key}: {runs:runs}"))
def concurrency_waits(*, count: int, limit: int, key: str, runs: Sequence[int]) -> None: ...
@reason(N_("concurrency: waited for its place with {key}"))
def concurrency_waited(*, key: str) -> None: ...
@reason(N_("concurrency: run {run:id} for {key} has taken its place"))
def concurrency_replaced(*, run: int, key: str) -> None: ...
@reason(N_("{limit} does not apply: its key {key}: {problem}"))
def limit_without_key(*, limit: str, key: str, problem: Reason) -> None: ...
@reason(N_("a person answered on {at:time}: paused for {pause:duration}, until {until:time}"))
def answered_by_hand(*, at: int, pause: int, until: int) -> None: ...
@reason(N_("the person is blocked since {since:time}, noted by {by:author}"))
def blocked(*, since: int, by: str) -> None: ...
@reason(N_("outside {calendar}: it was {at:moment}"))
def outside(*, calendar: str, at: Moment) -> None: ...
@reason(N_("outside {calendar}: it was {at:moment}; put off until {until:moment}"))
def outside_until(*, calendar: str, at: Moment, until: Moment) -> None: ...
@reason(N_("due {at:moment}, which is outside {calendar}: waits until {until:moment}"))
def due_outside(*, at: Moment, calendar: str, until: Moment) -> None: ...
@reason(N_("it would be due {at:moment}, which is outside {calendar}"))
def would_be_outside(*, at: Moment, calendar: str) -> None: ...
@reason(N_("outside {calendar}: it was {at:moment}, and it never begins again"))
def outside_for_ever(*, calendar: str, at: Moment) -> None: ...


# --- Contacts of a schedule, counted ---


@reason(N_("blocked"))
def contact_blocked() -> None: ...
@reason(N_("opted out of private messages"))
def contact_opted_out() -> None: ...
@reason(N_("answered by hand within {pause:duration}, so that rules are paused"))
def contact_paused(*, pause: int) -> None: ...
@reason(
    N_("last heard of more than {within:duration} ago, after which {platform} allows no message"),
    N_("Only a message that is sent in time reaches these people, or one when they write again."),
)
def contact_too_late(*, within: int, platform: str) -> None: ...
@reason(
    N_(
        "last heard of more than {within:duration} ago, after which {platform} allows approved"
        " templates only"
    ),
    N_("Say it with a template that the platform has approved."),
)
def contact_needs_template(*, within: int, platform: str) -> None: ...
@reason(N_("has never written, which {platform} requires before a message"))
def contact_never_wrote(*, platform: str) -> None: ...
@reason(N_("only known by ids to which {platform} delivers no messages, such as those of leads"))
def contact_without_chat(*, platform: str) -> None: ...
@reason(
    N_("of {connection}, which has no token to answer with"),
    N_("Give the connection its token in automator.yaml."),
)
def contact_without_token(*, connection: str) -> None: ...
@reason(N_("not picked by the rule's conditions"))
def contact_not_picked() -> None: ...
@reason(N_("taken already under another id, which turned out to be theirs"))
def contact_taken() -> None: ...
@reason(N_("held back by the rule's limit `{limit}`, though a firing takes them"))
def contact_held_back(*, limit: str) -> None: ...
@reason(N_("stopped: its rule is gone, off, or no longer fires for these people"))
def firing_rule_gone() -> None: ...
@reason(N_("stopped by {by:author}"))
def firing_stopped(*, by: str) -> None: ...
@reason(N_("{most:number} people were taken, which is as many as one firing takes"))
def firing_full(*, most: int) -> None: ...
