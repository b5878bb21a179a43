"""Reads the filters of lists of runs, events and deliveries from an address, and shows them.

The API refuses an address with a wrong filter. A page ignores the filter and shows the mistake.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from automator.engine.replay.filter_syntax import delivery_filter, run_filter
from automator.model import N_, UsageError, record
from automator.model.log_filters import (
    BY_WORD,
    DELIVERY_WORDS,
    AnyFilter,
    DeliveryFilter,
    Filter,
    Listed,
    RunFilter,
    filters_of,
    words_of,
)
from automator.server.web.request_context import RequestContext
from automator.server.web.rule_words import event_words
from automator.store import DeliveryRow, FoundRows, RunRow

_LONGEST_QUERY = 4_000
_MOST_FIELDS = 50

FilterT = TypeVar("FilterT")
#: A function that reads filters such as `{"state": "dead"}`, the present time and the zone; it
#: raises a UsageError for a mistake.
Reader = Callable[[Mapping[str, str], int, tzinfo], FilterT]


def given_filters(context: RequestContext, names: Sequence[str]) -> dict[str, str]:
    """The texts of filters in the address, by name; "" for filters that are not given."""
    return {name: context.query(name) for name in names}


def filters_of_query(query: str) -> dict[str, str]:
    """The filters of the log in a query such as `state=dead&since=2d`; other parts are left out."""
    given = dict(parse_qsl(query[:_LONGEST_QUERY], max_num_fields=_MOST_FIELDS))
    return {name: given.get(name, "").strip() for name in words_of(Listed.RUNS, on_page=True)}


def valid_filters(
    context: RequestContext, listed: Listed, read: Reader[FilterT]
) -> tuple[dict[str, str], FilterT, UsageError | None]:
    """Returns the texts of the valid filters in the address of a list's page, the filter that they
    make, and the first mistake or None.
    """
    names = words_of(listed, on_page=True)
    words = dict.fromkeys(names, "")
    wanted = read(words, context.now_ms, context.zone)
    problem: UsageError | None = None
    for name in names:
        more = {**words, name: context.query(name)}
        try:
            wanted = read(more, context.now_ms, context.zone)
        except UsageError as error:
            problem = problem or error
        else:
            words = more
    return words, wanted, problem


def filters_on_page(
    context: RequestContext,
    listed: Listed,
    words: Mapping[str, str],
    wanted: AnyFilter,
    **choices: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """The filters of a list as its page shows them. `choices` are values with labels, by word."""
    times = {"since": wanted.since_ms, "until": wanted.until_ms}
    return {
        "filters": filters_of(listed, on_page=True),
        "words": words,
        "set_filters": set_filters(context, words),
        # Written for input fields of a date and a time.
        "moments": {
            name: ""
            if ms is None
            else datetime.fromtimestamp(ms / 1000, context.zone).strftime("%Y-%m-%dT%H:%M")
            for name, ms in times.items()
        },
        "options": {
            "connection": [(name, name) for name in context.services.connection_names],
            **choices,
        },
    }


def deliveries_in_address(context: RequestContext) -> DeliveryFilter:
    """The filter over deliveries that an address names.

    Raises:
        UsageError: a filter cannot be read.
    """
    words = given_filters(context, DELIVERY_WORDS)
    return delivery_filter(words, context.now_ms, context.zone)


async def deliveries_that_fit(
    context: RequestContext, wanted: DeliveryFilter, *, before: int | None, limit: int
) -> FoundRows[DeliveryRow]:
    """The `limit` deliveries that match, and one more if there is a next page."""
    find = context.services.store.log.deliveries
    return await asyncio.to_thread(find, wanted, before=before, limit=limit + 1)


@record(kw_only=False)
class LogFilter:
    """The filter of the log: its texts in the address, and the filter for the store."""

    words: Mapping[str, str]
    wanted: RunFilter

    @classmethod
    def of(cls, context: RequestContext) -> "LogFilter":
        """The filter of a request.

        Raises:
            UsageError: a filter cannot be read.
        """
        words = given_filters(context, words_of(Listed.RUNS, on_page=True))
        return cls(words, run_filter(words, context.now_ms, context.zone))

    @property
    def is_set(self) -> bool:
        """Whether any filter is given."""
        return any(self.words.values())

    @property
    def is_live(self) -> bool:
        """Whether the page can add rows live: a changed run's row alone decides each filter, and
        `until` is not set.
        """
        return all(one.admits for one in self._set) and not self.words["until"]

    @property
    def folds(self) -> bool:
        """Whether follow-ups are shown in the row of their parent run, without own rows.

        Not with a filter by results, which can match a follow-up but not its parent.
        """
        return not any(one.of_one_run for one in self._set)

    @property
    def _set(self) -> list[Filter]:
        return [BY_WORD[word] for word, text in self.words.items() if text]

    def as_query(self, **changes: str) -> str:
        """The filter as the query of an address."""
        values = {**self.words, **changes}
        return urlencode({name: value for name, value in values.items() if value})

    def page(
        self,
        context: RequestContext,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int,
    ) -> FoundRows[RunRow]:
        """A page of the runs that fit, `before` an id, or `after` one and oldest first; blocks."""
        wanted = replace(self.wanted, follow_ups=not self.folds)
        return context.services.store.log.runs(
            wanted, before=before, after=after, limit=limit, is_awaited=context.is_awaited
        )


#: The texts of the choices of the filter `matched`.
_ANSWERS = {"yes": N_("yes"), "no": N_("no")}


@record(kw_only=False)
class SetFilter:
    """A filter that is set, with its label and value as the page shows them."""

    name: str
    label: str
    value: str


def set_filters(context: RequestContext, words: Mapping[str, str]) -> list[SetFilter]:
    """The filters that are not empty, for the page."""
    say = context.translator
    shown: Mapping[str, Callable[[str], str]] = {
        "rule": context.services.rule_name,
        "reason": say.kind,
        "type": lambda text: say(event_words(text) or text),
        "matched": lambda text: say(_ANSWERS.get(text, text)),
    }
    return [
        SetFilter(name, say(BY_WORD[name].label), shown.get(name, str)(text))
        for name, text in words.items()
        if text
    ]
