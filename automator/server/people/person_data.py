"""Exports all data that is stored about one person, as JSON that is made part by part."""

import asyncio
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from automator.clock import iso_time
from automator.model import N_, NotFoundError
from automator.model.log_filters import EventFilter
from automator.record_json import record_json
from automator.server.people.staff_notes import note_json, notes_about
from automator.server.shared.json_values import event_json, run_with_attempts_json
from automator.server.shared.limits import counted_json
from automator.server.shared.responses import JsonFile
from automator.server.shared.saved_files import json_file
from automator.server.web.request_context import RequestContext
from automator.store import CountedKey, EventRow, Log

#: This many events are looked up at once.
_PAGE = 100


def data_of_person(log: Log, connection: str, external_id: str) -> Iterator[str]:
    """Yields parts of a JSON text: the contact, staff notes, ids, counts of limits, and all events.

    Events come newest first, each with its runs and their attempts. Blocks; needs memory for one
    event at a time. Deliveries are left out, because one delivery may be about several people.

    Raises:
        NotFoundError: nothing is stored about this id; raised before the first part.
    """
    key = f"{connection}:{external_id}"
    facts = log.contact(key)
    rows = log.events(EventFilter(contact=key), limit=_PAGE)
    if not facts and not rows:
        raise NotFoundError(
            N_("nothing is stored of {id} at {connection}"),
            fix=N_("Copy the id from `event.actor.id`, and compare the connection's name."),
            connection=connection,
            id=external_id,
        )
    keys = log.keys_of_person(key)
    head = {
        "connection": connection,
        "ids": [one.partition(":")[2] for one in keys],
        "contact": dict(facts),
        "staff_notes": [note_json(note) for note in notes_about(log, connection, external_id)],
        "inbox": [record_json(mark) for mark in log.marks_of_person(keys)],
        "limits": [counted_json(one) for one in counted_for(log, keys)],
    }
    yield orjson.dumps(head).decode()[:-1] + ',"events":['
    between = "\n"
    for row in _all_events(log, key, rows):
        yield between + orjson.dumps(_event_with_runs(log, row)).decode()
        between = ",\n"
    yield "\n]}\n"


async def send_data_of_person(context: RequestContext) -> JsonFile:
    """Sends the data of the person in the address as a file, for pages and for the API."""
    connection, external_id = context.path("connection"), context.path("id")
    parts = data_of_person(context.services.store.log, connection, external_id)
    first = await asyncio.to_thread(next, parts)

    return json_file(chain([first], parts), f"contact-{iso_time(context.now_ms)[:10]}.json")


def counted_for(log: Log, keys: list[str]) -> list[CountedKey]:
    """The counts of limits whose keys contain one of a person's ids, and the person's budget."""
    # The keys of limits are JSON, in which a person's id is quoted.
    ids = [orjson.dumps(one.partition(":")[2]).decode() for one in keys]
    budget = [item for item in log.counted_by_budgets(keys) if item.key == f"contact {keys[0]}"]
    return [*log.counted_by_limits(None, ids), *budget]


def _all_events(log: Log, key: str, rows: list[EventRow]) -> Iterator[EventRow]:
    while rows:
        yield from rows
        rows = log.events(EventFilter(contact=key), before=rows[-1].id, limit=_PAGE)


def _event_with_runs(log: Log, row: EventRow) -> dict[str, Any]:
    detail = log.event(row.id)
    if detail is None:
        # The event was deleted meanwhile.
        return {}
    runs = (log.run(run.id) for run in detail.runs)
    return {
        **event_json(detail.event),
        "runs": [run_with_attempts_json(run) for run in runs if run is not None],
    }
