"""The filters of the log, each declared once in `FILTERS`.

Everything that knows a filter is made from this table: the words of commands and replays with
their help, the parameters of the API, the controls and labels of the pages, the conditions in SQL,
the terms in the words indexes, the runs that the live log shows, the refused deliveries that
`automator log` shows, and the reference. To add a filter by one column, add a row here and a field
to its record. A filter
that compares differently also needs a condition in `store/log/queries.py`.
"""

import dataclasses
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from automator.model.event import Verdict, hook_of
from automator.model.ids import first_id_of
from automator.model.reason import N_
from automator.model.record import record
from automator.model.run_state import Outcome, RunState, Waits


@record
class _Filter:
    """A filter; a field that is None or empty does not filter. Times are in milliseconds."""

    #: With the connections of its accounts.
    connection: str | None = None
    #: The first included and the first excluded time.
    since_ms: int | None = None
    until_ms: int | None = None


@record
class DeliveryFilter(_Filter):
    """A filter over deliveries."""

    verdict: Verdict | None = None
    #: The code of the reason why the delivery was refused.
    reason_code: str | None = None
    #: Characters that occur in the body, or the delivery's id.
    part: str = ""


@record
class _ByEvent(_Filter):
    """The fields of an event by which events and runs are filtered."""

    type: str | None = None
    #: A contact's key, and all keys of the contact, filled in by the store.
    contact: str | None = None
    contact_keys: tuple[str, ...] = ()
    #: Words of the event, or its author's name.
    text: str = ""
    event_id: int | None = None
    #: Only events that came with one of these deliveries.
    delivery_ids: tuple[int, ...] = ()


@record
class EventFilter(_ByEvent):
    """A filter over events."""

    #: Only events that started a run, or only events that did not.
    matched: bool | None = None


@record
class RunFilter(_ByEvent):
    """A filter over runs, by fields of the run and of its event; the times are the run's."""

    states: tuple[RunState, ...] = ()
    rule: str | None = None
    #: The code of the run's reason, or of a reason inside that reason.
    reason_code: str | None = None
    outcome: Outcome | None = None
    #: What a queued run waits for.
    waits_for: Waits | None = None
    #: The code with which one of the run's attempts ended.
    error_code: str | None = None
    #: The destination of one of the run's attempts: a target's name, or `host:port`.
    target: str | None = None
    run_ids: tuple[int, ...] = ()
    #: False leaves out the runs that a replay repeated.
    replayed: bool | None = None
    #: Only runs that this replay started.
    replay_id: int | None = None
    #: False leaves out follow-ups, which are shown in the rows of their runs.
    follow_ups: bool = True
    #: Whether to include runs that waited for an absence in vain. There are many, and they did
    #: nothing.
    ended_waits: bool = True


EVERY_EVENT = EventFilter()
EVERY_RUN = RunFilter()
EVERY_DELIVERY = DeliveryFilter()
AnyFilter = RunFilter | EventFilter | DeliveryFilter


class Listed(StrEnum):
    """The lists of the log, each with its own filters."""

    RUNS = "runs"
    EVENTS = "events"
    DELIVERIES = "deliveries"


class Kind(StrEnum):
    """The form in which people write a filter's value, and in which a page asks for it."""

    TEXT = "text"
    #: A text that is compared in lower case.
    TYPE = "type"
    #: The code of a reason.
    REASON = "reason"
    CHOICE = "choice"
    #: One choice or more, with commas between them.
    CHOICES = "choices"
    #: A time, or how long ago.
    TIME = "time"
    ID = "id"
    #: One id or more, with commas between them.
    IDS = "ids"


_R, _E, _D = Listed.RUNS, Listed.EVENTS, Listed.DELIVERIES


@record
class Filter:
    """One filter of one or more lists."""

    #: The filter's name for people, in addresses and on command lines.
    word: str
    label: str
    lists: tuple[Listed, ...]
    kind: Kind = Kind.TEXT
    #: The field of EventFilter, DeliveryFilter or RunFilter; "" if it is called like the word.
    field: str = ""
    #: The description in the reference; `{choices}` stands for the words of the choices.
    about: str
    #: The possible values by their words; below, the reason that refuses another word `{text}`.
    choices: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    no_such: str = ""
    #: The column that must equal the value, as `table.name`; "" if the store has its own condition.
    column: str = ""
    #: Whether the words indexes contain a term for the value.
    is_indexed: bool = False
    #: Decides whether a run that has just changed fits, from the row of its change; None if that
    #: row does not have the value.
    admits: Callable[[RunFilter, Any], bool] | None = None
    #: Whether the page of the list has a control for it. Ids of ticked rows have none, and verdicts
    #: have views of their own.
    on_page: bool = True
    #: The word for any value, or an example, where the page has a separate control for the filter.
    any_value: str = ""
    example: str = ""
    #: Whether a follow-up may fit the filter although its run does not.
    of_one_run: bool = False
    #: Whether the filter also applies to refused deliveries, shown by `automator log` among runs.
    of_refused: bool = False
    #: Whether the filter also shows waits for an absence that ended without a run.
    shows_ended_waits: bool = False

    @property
    def field_name(self) -> str:
        """Returns the name of the filter's field in the records of its lists."""
        return self.field or self.word

    def value(self, wanted: AnyFilter) -> Any:
        """Returns the filter's value in `wanted`, the record of one of its lists; None if unset."""
        value = getattr(wanted, self.field_name)
        return None if value in ((), "") else value


FILTERS = (
    Filter(
        word="state",
        label=N_("State"),
        lists=(_R,),
        kind=Kind.CHOICES,
        field="states",
        choices={state.label: state for state in RunState},
        no_such=N_("there is no state '{text}'"),
        about="states of runs, with commas between them: `dead,unknown`",
        admits=lambda wanted, row: row.run.state in wanted.states,
        of_one_run=True,
        shows_ended_waits=True,
    ),
    Filter(
        word="rule",
        label=N_("Rule"),
        lists=(_R,),
        about="the rule",
        column="runs.rule",
        is_indexed=True,
        admits=lambda wanted, row: row.run.rule == wanted.rule,
        any_value=N_("all rules"),
        shows_ended_waits=True,
    ),
    Filter(
        word="outcome",
        label=N_("Outcome"),
        lists=(_R,),
        kind=Kind.CHOICE,
        choices={outcome.label: outcome for outcome in Outcome},
        no_such=N_("there is no outcome '{text}'"),
        about="[what the run has sent](runs.md#outcomes): {choices}",
        admits=lambda wanted, row: row.run.outcome is wanted.outcome,
        any_value=N_("all outcomes"),
        of_one_run=True,
    ),
    Filter(
        word="reason",
        label=N_("Reason"),
        lists=(_R, _D),
        kind=Kind.REASON,
        field="reason_code",
        about="the [code of the run's reason](reasons.md): `throttled`, `outside`",
        admits=lambda wanted, row: row.has_reason(wanted.reason_code),
        any_value=N_("all reasons"),
        of_one_run=True,
        shows_ended_waits=True,
    ),
    Filter(
        word="waits",
        label=N_("Waits for"),
        lists=(_R,),
        kind=Kind.CHOICE,
        field="waits_for",
        choices={waits.value: waits for waits in Waits},
        no_such=N_("no run waits for '{text}'"),
        about="what the [queued run](runs.md) waits for: {choices}",
        admits=lambda wanted, row: row.run.awaits is wanted.waits_for,
        any_value=N_("anything"),
        of_one_run=True,
    ),
    Filter(
        word="connection",
        label=N_("Connection"),
        lists=(_R, _E, _D),
        about="the connection of the event",
        is_indexed=True,
        admits=lambda wanted, row: wanted.connection in (row.connection, hook_of(row.connection)),
        any_value=N_("all connections"),
        of_refused=True,
    ),
    Filter(
        word="since",
        label=N_("Since"),
        lists=(_R, _E, _D),
        kind=Kind.TIME,
        field="since_ms",
        about="how long ago, as in `2d` or `90m`, or a time, as in `2026-11-24T08:00+07:00`; a time"
        " without a zone is one of `timezone` in automator.yaml",
        admits=lambda wanted, row: row.id >= first_id_of(wanted.since_ms or 0),
        of_refused=True,
    ),
    Filter(
        word="until",
        label=N_("Until"),
        lists=(_R, _E, _D),
        kind=Kind.TIME,
        field="until_ms",
        about="the same, for the end",
        admits=lambda wanted, row: row.id < first_id_of(wanted.until_ms or 0),
        of_refused=True,
    ),
    Filter(
        word="type",
        label=N_("Type"),
        lists=(_R, _E),
        kind=Kind.TYPE,
        about="the type of the event",
        column="events.type",
        is_indexed=True,
        admits=lambda wanted, row: row.event_type == wanted.type,
        example="comment.created",
    ),
    Filter(
        word="error_code",
        label=N_("Error code"),
        lists=(_R,),
        about="one of the attempts ended with this code",
        column="attempts.error_code",
        is_indexed=True,
        example="timeout",
        of_one_run=True,
    ),
    Filter(
        word="target",
        label=N_("Target"),
        lists=(_R,),
        about="one of the attempts went there: the name of a target, or `host:port`; attempts from"
        " before this filter existed are not found",
        column="attempts.target",
        is_indexed=True,
        example="crm",
        of_one_run=True,
    ),
    Filter(
        word="contact",
        label=N_("Contact"),
        lists=(_R, _E),
        about="the person: `connection:id at the provider`",
        is_indexed=True,
        admits=lambda wanted, row: row.run.contact in (wanted.contact_keys or (wanted.contact,)),
        example="shop-page:123",
    ),
    Filter(
        word="text",
        label=N_("Text"),
        lists=(_R, _E),
        about="words in the event's text or its author's name; accents do not matter",
        admits=lambda wanted, row: row.has_words(wanted.text),
        of_one_run=True,
    ),
    Filter(
        word="event",
        label=N_("Event"),
        lists=(_R, _E),
        kind=Kind.ID,
        field="event_id",
        no_such=N_("'{text}' is no id of an event"),
        about="the id of an event",
        admits=lambda wanted, row: row.run.event_id == wanted.event_id,
        on_page=False,
        shows_ended_waits=True,
    ),
    Filter(
        word="run",
        label=N_("Run"),
        lists=(_R,),
        kind=Kind.IDS,
        field="run_ids",
        no_such=N_("'{text}' is no id of a run"),
        about="ids of runs, with commas between them",
        admits=lambda wanted, row: row.id in wanted.run_ids,
        on_page=False,
        shows_ended_waits=True,
    ),
    Filter(
        word="replay",
        label=N_("Replay"),
        lists=(_R,),
        kind=Kind.ID,
        field="replay_id",
        no_such=N_("'{text}' is no id of a replay"),
        about="the id of a replay: the runs that it has started",
        of_one_run=True,
    ),
    Filter(
        word="delivery",
        label=N_("Deliveries"),
        lists=(_R, _E),
        kind=Kind.IDS,
        field="delivery_ids",
        no_such=N_("'{text}' is no id of a delivery"),
        about="ids of deliveries, with commas between them: what came with them",
        on_page=False,
        shows_ended_waits=True,
    ),
    Filter(
        word="matched",
        label=N_("Matched"),
        lists=(_E,),
        kind=Kind.CHOICE,
        choices={"yes": True, "no": False},
        no_such=N_("there is no matched '{text}'"),
        about="for events: `yes` when a rule fired, `no` when none did",
        is_indexed=True,
    ),
    Filter(
        word="verdict",
        label=N_("Verdict"),
        lists=(_D,),
        kind=Kind.CHOICE,
        choices={**{verdict.value: verdict for verdict in Verdict}, "all": None},
        no_such=N_("there is no verdict '{text}'"),
        about="for deliveries: what became of it: {choices}",
        on_page=False,
    ),
    Filter(
        word="part",
        label=N_("Part of the body"),
        lists=(_D,),
        about="for deliveries: letters of the body, or the id",
    ),
)
BY_WORD = {one.word: one for one in FILTERS}


def filters_of(listed: Listed, *, on_page: bool = False) -> tuple[Filter, ...]:
    """Returns the filters of a list; `on_page` leaves out filters that its page does not have."""
    return tuple(one for one in FILTERS if listed in one.lists and (one.on_page or not on_page))


def words_of(listed: Listed, *, on_page: bool = False) -> tuple[str, ...]:
    """Returns the words of a list's filters, as `filters_of` selects them."""
    return tuple(one.word for one in filters_of(listed, on_page=on_page))


def set_in(wanted: AnyFilter, listed: Listed) -> list[tuple[Filter, Any]]:
    """Returns the filters of a list that are set, each with its value."""
    values = ((one, one.value(wanted)) for one in filters_of(listed))
    return [(one, value) for one, value in values if value is not None]


RUN_WORDS, EVENT_WORDS, DELIVERY_WORDS = map(words_of, Listed)
