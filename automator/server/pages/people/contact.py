"""The page of one contact: data, conversation, events, runs, follow-ups, and counts of limits."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from automator.engine.figures.inbox import Fate, fate_of
from automator.engine.figures.inbox import Line as Case
from automator.engine.intake.written_messages import Way, WrittenAs
from automator.model import (
    N_,
    AutomatorError,
    ConflictError,
    Event,
    Note,
    Reason,
    Remember,
    RunState,
    StoreUnavailableError,
    UsageError,
    format_id,
    id_time_ms,
    parse_id,
    record,
)
from automator.model.log_filters import EventFilter, RunFilter
from automator.rules import CompiledRule, says_to_person
from automator.server.access.accounts import list_accounts
from automator.server.answer_types.people import ReadyAnswerJson
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.pages.activity.run_rows import RowOfRun, rows_of
from automator.server.people.erasing import erase_contact
from automator.server.people.messages_by_hand import (
    comment_with_id,
    new_key,
    ready_answers,
    write_to,
)
from automator.server.people.notes import keep_note
from automator.server.people.person_data import counted_for
from automator.server.people.staff_notes import (
    MOST_LETTERS,
    add_note,
    correct_note,
    delete_note,
    hand_on_in_path,
    is_own,
    may_delete,
    notes_about,
)
from automator.server.shared.contacts import (
    Change,
    address_of,
    assignee_of,
    change_contact_in_path,
    find_contact,
)
from automator.server.web.redirects import back_to, safe_next
from automator.store import CountedKey, EventRow, Log, RunRow, StaffNote
from automator.store.log.people_log import is_looked_after_by

_EVENTS = 30
#: At most this many lines of the conversation.
_LINES = 40
_RUNS = 20
_WAITING = 50


def goes_on(rule: CompiledRule, services: Services, connection: str) -> bool:
    """Whether a rule goes on answering a person while a colleague talks to them (no `pause_on`)."""
    spec = rule.spec
    return (
        spec.enabled
        and not spec.shadow
        and spec.pause_ms is None
        and spec.trigger.hears(connection)
        and any(says_to_person(step.spec, services.actions) for step in rule.steps.values())
    )


@record(kw_only=False)
class ContactHistory:
    """The entries of the log about a contact, the newest first."""

    events: list[EventRow]
    runs: list[RunRow]
    #: Follow-ups that wait for their time.
    follow_ups: list[RunRow]
    #: The counts of limits whose keys contain an id of the contact, and the contact's budget.
    counted: list[CountedKey]


def history_of(log: Log, key: str) -> ContactHistory:
    """The entries of the log about the contact with this key, under any of the person's ids."""
    events = log.events(EventFilter(contact=key), limit=_EVENTS)
    runs = log.runs(RunFilter(contact=key), limit=_RUNS)
    waiting = log.runs(
        RunFilter(contact=key, states=(RunState.QUEUED,), ended_waits=False), limit=_WAITING
    )
    follow_ups = [row for row in waiting if row.run.path]
    return ContactHistory(events, runs, follow_ups, counted_for(log, log.keys_of_person(key)))


async def show_contact(context: RequestContext, error: AutomatorError | None = None) -> Response:
    """The page of one person; with an `error`, after a message that was not sent."""
    connection, person = context.path("connection"), context.path("id")
    services = context.services
    parts = await parts_about(context, connection, person)
    if back := context.form.get("next"):
        parts["back"] = back
    return render(
        context,
        "contact.html",
        status=503 if isinstance(error, StoreUnavailableError) else 400 if error else 200,
        error=error,
        **parts,
        talk=conversation(parts["history"].events, parts["runs"], _LINES),
        changed=context.query("changed"),
        fields=fields_of(parts["contact"]),
        going_on=[
            rule.spec
            for rule in services.rulebook.active.rule_set.rules
            if goes_on(rule, services, connection)
        ],
    )


async def parts_about(
    context: RequestContext, connection: str, person: str, comment: Event | None = None
) -> dict[str, Any]:
    """The parts of a person's page that the inbox shows as well.

    Raises:
        NotFoundError: nobody is known by this id.
    """
    services, log = context.services, context.log
    contact = await find_contact(services.store, connection, person)
    history = await asyncio.to_thread(history_of, log, f"{connection}:{person}")
    if comment is None:
        answered = parse_id(context.form.get("comment", ""))
        comment = await comment_with_id(services, contact, connection, answered)
    return {
        "contact": contact,
        "connection": connection,
        "person": person,
        "address": address_of(connection, person),
        "history": history,
        "runs": await asyncio.to_thread(rows_of, services, history.runs),
        "follow_ups": await asyncio.to_thread(rows_of, services, history.follow_ups),
        "writing": await writing_of(context, connection, contact, comment),
        "staff": await staff_of(context, contact, connection, person),
    }


async def parts_of_case(context: RequestContext, case: Case) -> dict[str, Any]:
    """The whole exchange of a line of the inbox, with the post and the person if they are known."""
    services, log, key = context.services, context.log, case.latest.contact
    about: dict[str, Any] = {"contact": None, "history": None, "runs": [], "follow_ups": []}
    event = (await asyncio.to_thread(log.events_with_ids, [case.asked.id])).get(case.asked.id)
    if key is not None:
        connection, _, person = key.partition(":")
        comment = event if case.is_comment else None
        about = await parts_about(context, connection, person, comment)
    heard = {row.id: row for row in (about["history"].events if key else ())}
    rows = await asyncio.to_thread(log.events_of_thread, case.thread, _LINES)
    # Others may take part in a thread of comments.
    others = [row.id for row in rows if row.id not in heard]
    beside = await asyncio.to_thread(log.runs_of_events, others)
    told = [*about["runs"], *await asyncio.to_thread(rows_of, services, beside)]
    heard.update({row.id: row for row in rows})
    post = (event.body.get("post") if event is not None and case.is_comment else None) or {}
    return {
        **about,
        "talk": conversation(list(heard.values()), told, _LINES, key or ""),
        "post": {name: str(post.get(name) or "") for name in ("url", "message")},
    }


async def note_here(context: RequestContext) -> Response:
    """Stores the tags and values that a person has changed in the form."""
    connection, person = context.path("connection"), context.path("id")
    await find_contact(context.services.store, connection, person)
    note = note_from(context.form, connection, person)
    await keep_note(context.services.store, note, who=context.actor.name)
    return back_to(context.form, f"{address_of(connection, person)}?changed=noted")


async def erase_here(context: RequestContext) -> Response:
    """The button that erases a person; the list of contacts then shows the figures."""
    connection, person = context.path("connection"), context.path("id")
    erasure = await erase_contact(
        context.services.store, connection, person, who=context.actor.name
    )
    if not erasure.is_complete:
        return see_other(f"{address_of(connection, person)}?changed=erasing")
    return see_other(f"/contacts?erased={erasure.code}")


async def change_here(change: Change, context: RequestContext) -> Response:
    """The buttons that opt a person out, pause rules for them, or block them, and their undoing."""
    await change_contact_in_path(context, change)
    address = address_of(context.path("connection"), context.path("id"))
    return back_to(context.form, f"{address}?changed=1")


# --- The form for a message by hand ---


@record
class Writing:
    """The form for the next message; without an open way, the reasons."""

    ways: Sequence[Way]
    #: A random key; if the form is sent twice with the same key, one message is sent.
    key: str
    text: str = ""
    #: The address of a picture.
    picture: str = ""
    #: The comment that the message answers, if it does.
    comment: Event | None = None
    ready: Sequence[ReadyAnswerJson] = ()


async def writing_of(
    context: RequestContext,
    connection: str,
    contact: Mapping[str, Any],
    comment: Event | None = None,
) -> Writing:
    """The form for a message to a contact, or for an answer to a comment, as far as it is typed."""
    ways = context.services.written.ways(connection, contact, comment)
    ready = await ready_answers(context.services.store)
    # Without a script, a ready answer is chosen by the address.
    title = context.query("ready")
    chosen: Mapping[str, Any] = next((one for one in ready if one["title"] == title), {})
    typed = {**chosen, **context.form}
    return Writing(
        ways=ways,
        key=typed.get("key") or new_key(),
        text=typed.get("text", ""),
        picture=typed.get("picture", ""),
        comment=comment,
        ready=ready,
    )


async def write_here(context: RequestContext) -> Response:
    """The button “Send”; after an error, the form comes back with the typed text."""
    connection, person = context.path("connection"), context.path("id")
    form = context.form
    kinds: Sequence[WrittenAs] = get_args(WrittenAs)
    kind = next((one for one in kinds if one == form.get("kind")), kinds[0])
    try:
        await write_to(
            context.services,
            connection,
            person,
            form.get("text", ""),
            who=context.actor.name,
            once=form.get("key", ""),
            picture=form.get("picture", ""),
            kind=kind,
            comment_id=parse_id(form.get("comment", "")),
        )
    except (UsageError, ConflictError, StoreUnavailableError) as error:
        # The page again, with what is typed.
        return await show_contact(context, error)
    return back_to(form, f"{address_of(connection, person)}?changed=written#conversation")


# --- The conversation between a person and the shop, in the order of time ---


@record(kw_only=False)
class Line:
    """One message of a conversation: the person's or the shop's."""

    #: The time, in milliseconds.
    at: int
    is_ours: bool
    text: str
    #: The address of the page with the details.
    address: str
    #: The id of the rule that sent the message, the rule's name, and the id of the step; "" for a
    #: message that somebody wrote, the person or a colleague.
    rule: str = ""
    rule_name: str = ""
    step: str = ""
    #: The colleague who wrote the message on a page here; "" for all other messages.
    by: str = ""
    #: For all messages that no colleague wrote here, it is "sent".
    fate: Fate = "sent"
    #: The reason why the message waits, or was not sent.
    because: Reason | None = None
    #: Whether it is a comment, which everybody can read.
    is_public: bool = False
    #: The name of another person in the same thread of comments; "" for the person and the shop.
    who: str = ""


def conversation(
    heard: Sequence[EventRow], told: Sequence[RowOfRun], most: int, person: str = ""
) -> list[Line]:
    """The newest `most` lines of a conversation, in the order of time.

    `person` is the key of the person, if others take part as well. Platforms report our messages
    back as events; such a message is shown only once.
    """
    said = [*_said(told), *(_written(row) for row in told if row.run.is_by_hand)]
    texts = {line.text for line in said}
    lines = said + [
        Line(
            event.received_at,
            event.is_self,
            event.text or "",
            f"/events/{format_id(event.id)}",
            is_public=_is_public(event.type),
            who=(event.actor_name or "") if person not in ("", event.contact) else "",
        )
        for event in heard
        # Of events without a text, messages and comments: they are pictures.
        if (event.text or event.thread) and not (event.is_self and (event.text or "") in texts)
    ]
    return sorted(lines, key=lambda line: line.at)[-most:]


def _said(told: Sequence[RowOfRun]) -> Iterator[Line]:
    for row in told:
        if row.run.is_by_hand:
            continue
        for run in (row.told, *row.follow_ups):
            for step in run.said:
                yield Line(
                    id_time_ms(step.id),
                    True,
                    step.said or "",
                    f"/runs/{format_id(run.run.id)}",
                    rule=run.run.rule,
                    rule_name=row.rule_name,
                    step=step.step,
                    is_public=step.action == "reply" and _is_public(row.row.event_type),
                )


def _written(row: RowOfRun) -> Line:
    """The line of a message that a colleague wrote here."""
    run = row.run
    fate = fate_of(run)
    because = None if fate == "sent" else run.unsent_because
    return Line(
        run.created_at,
        True,
        row.row.text or "",
        f"/runs/{format_id(run.id)}",
        by=row.row.actor_name or "",
        fate=fate,
        because=because,
        is_public=_is_public(row.row.event_type),
    )


def _is_public(event_type: str) -> bool:
    return event_type.startswith("comment.")


# --- The form in which a person changes the tags and values of a contact ---

#: The form shows at most this many values.
_MOST_FIELDS = 30
#: A field with a value is named `value.NAME`; a hidden `before.NAME` has the value as it was shown.
_VALUE, _BEFORE = "value.", "before."


@record
class NoteFields:
    """The contents of the form."""

    #: The tags of the contact, separated by commas.
    tags: str
    #: Values that fit into one line, by their names.
    values: Mapping[str, str]


def fields_of(contact: Mapping[str, Any]) -> NoteFields:
    """The form of a contact, without lists and other composed values, which only rules change."""
    simple = {
        name: str(value)
        for name, value in contact["state"].items()
        if isinstance(value, str | int | float) and "\n" not in str(value)
    }
    return NoteFields(
        tags=", ".join(map(str, contact["tags"])),
        values=dict(list(simple.items())[:_MOST_FIELDS]),
    )


def note_from(form: Mapping[str, str], connection: str, external_id: str) -> Note:
    """The changes that a person has made in the form, as a note.

    Unchanged fields are left out, so that saving does not undo a rule's change of the meantime. An
    emptied field deletes its value.

    Raises:
        UsageError: a new value has no name.
    """
    tags, tags_before = _tags_in(form.get("tags", "")), _tags_in(form.get("tags_before", ""))
    values = {
        name.removeprefix(_VALUE): text.strip()
        for name, text in form.items()
        if name.startswith(_VALUE) and text != form.get(_BEFORE + name.removeprefix(_VALUE))
    }
    new_name, new_value = form.get("name", "").strip(), form.get("new_value", "").strip()
    if new_value and not new_name:
        raise UsageError(
            N_("The new value has no name."), fix=N_("Write a name before it, such as phone.")
        )
    if new_value:
        values[new_name] = new_value
    return Note(
        connection=connection,
        external_id=external_id,
        kept=Remember(
            values={name: text for name, text in values.items() if text},
            forget=tuple(name for name, text in values.items() if not text),
            add_tags=tuple(tag for tag in tags if tag not in tags_before),
            remove_tags=tuple(tag for tag in tags_before if tag not in tags),
        ),
    )


def _tags_in(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


# --- The part for colleagues: the assignee, handing on, and staff notes ---


@record(kw_only=False)
class NoteRow:
    """A staff note, and whether the reader may correct or delete it."""

    note: StaffNote
    may_correct: bool
    may_delete: bool


@record
class Staff:
    """A contact's assignee ("" = nobody), who can take over, and the notes, the newest first."""

    assignee: str
    #: Names of accounts, the reader's own first.
    colleagues: Sequence[str]
    notes: Sequence[NoteRow]
    most_letters: int = MOST_LETTERS


async def staff_of(
    context: RequestContext, contact: Mapping[str, Any], connection: str, person: str
) -> Staff:
    """Collects the part for colleagues of a contact's page."""
    store, actor = context.services.store, context.actor
    notes = await asyncio.to_thread(notes_about, store.log, connection, person)
    names = [account.name for account in await list_accounts(store)]
    return Staff(
        assignee=assignee_of(contact),
        colleagues=sorted(
            (name for name in names if not is_looked_after_by(contact, name)),
            key=lambda name: (name != actor.account, name),
        ),
        notes=[NoteRow(note, is_own(note, actor), may_delete(note, actor)) for note in notes],
    )


async def add_staff_note(context: RequestContext) -> Response:
    """The button that adds a staff note."""
    store, text = context.services.store, context.form.get("text", "")
    await add_note(store, *_person(context), text, author=context.actor)
    return _back(context)


async def change_staff_note(context: RequestContext) -> Response:
    """The buttons that correct or delete a staff note."""
    store, note_id, form = context.services.store, context.path("note"), context.form
    if form.get("do") == "delete":
        await delete_note(store, *_person(context), note_id, author=context.actor)
    else:
        text = form.get("text", "")
        await correct_note(store, *_person(context), note_id, text, author=context.actor)
    return _back(context)


async def hand_on_here(context: RequestContext) -> Response:
    """The button that gives the contact to a colleague."""
    to, text = context.form.get("to", ""), context.form.get("text", "")
    failed = await hand_on_in_path(context, to, text)
    return _back(context, "?changed=untold" if failed else "")


def _person(context: RequestContext) -> tuple[str, str]:
    return context.path("connection"), context.path("id")


def _back(context: RequestContext, query: str = "") -> Response:
    shown = context.form.get("next") or address_of(*_person(context))
    query = query.replace("?", "&") if "?" in shown else query
    return see_other(safe_next([f"{shown}{query}#staff"]))
