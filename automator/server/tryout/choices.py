"""Collects the choices in the form of a try, and reads the filled form as a request."""

import asyncio
from collections.abc import Mapping
from typing import Any

from automator.language import Translator
from automator.model import format_id, in_one_line, record
from automator.server.shared.sample_paths import samples_of
from automator.server.web.rule_words import event_words
from automator.server.web.services import Services
from automator.store import EventRow

_MOST_EVENTS = 15
_SHOWN_TEXT = 60
#: The value of the form's choice to write the event by hand.
WRITTEN = "written"
_STORED, _SAMPLE = "event:", "sample:"


@record
class Choices:
    """The choices in the form of a try."""

    #: Stored events, each as a value of the form and a label.
    events: tuple[tuple[str, str], ...]
    #: Samples, each as a name, a sentence about it, and the connection that reads it.
    samples: tuple[tuple[str, str, str], ...]
    #: People who wrote recently, each as an id and a name.
    people: tuple[tuple[str, str], ...]
    connections: tuple[str, ...]
    #: The types of recent events and of samples.
    types: tuple[str, ...]


async def choices_of(services: Services, _: Translator) -> Choices:
    """The latest events of a server and the samples of its connections."""
    rows = await asyncio.to_thread(services.store.log.events, limit=_MOST_EVENTS)
    samples = [
        (*sample, name)
        for name, item in services.connections.items()
        for sample in samples_of(item).items()
    ]
    people = {
        row.contact.partition(":")[2]: row.actor_name or ""
        for row in rows
        if row.contact is not None and not row.is_self
    }
    types = [row.type for row in rows] + [sample.partition("/")[2] for sample, _, _ in samples]
    return Choices(
        events=tuple((f"{_STORED}{format_id(row.id)}", _label(row, _)) for row in rows),
        samples=tuple(samples),
        people=tuple(people.items()),
        connections=tuple(services.connections),
        types=tuple(sorted(set(types))),
    )


def _label(row: EventRow, _: Translator) -> str:
    """The label of an event: its person and text, isolated from each other's writing direction."""
    kind = _(event_words(row.type) or row.type)
    said = in_one_line(row.text or kind, _SHOWN_TEXT)
    return f"\u2068{row.actor_name or kind}\u2069: \u2068{said}\u2069"


def request_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Makes a request for a try from the fields of a form; `read_try` reports mistakes in it."""
    said, person = form.get("said", "").strip(), form.get("person", "").strip()
    name, at = form.get("person_name", "").strip(), form.get("at", "").strip()
    actor: dict[str, Any] = {"id": person} if person else {}
    actor |= {"name": name} if name else {}
    request: dict[str, Any] = {"at": at or None}
    subject = form.get("pick") or form.get("subject", "")
    if subject == WRITTEN:
        fields = {"type": form.get("type", "").strip(), "text": said or None}
        request["written"] = {**fields, "actor": actor} if actor else fields
        request["connection"] = form.get("connection") or None
        return request
    request["with"] = {"text": said or None, "actor": actor}
    if subject.startswith(_SAMPLE):
        sample, _, connection = subject.removeprefix(_SAMPLE).partition("@")
        return {**request, "sample": sample, "connection": connection or None}
    return {**request, "event": subject.removeprefix(_STORED)}
