"""The API of contacts: lists, one contact, notes and messages, imports, exports and erasing."""

import asyncio

from automator.model import format_id, parse_id
from automator.reasons import audit as acts
from automator.server.access.guard import Calls
from automator.server.answer_types.common import ItemsJson, PageJson
from automator.server.answer_types.people import (
    ContactJson,
    ContactRowJson,
    ErasureJson,
    ImportJson,
    InboxLineJson,
    ReadyAnswerJson,
    WrittenJson,
)
from automator.server.people.erasing import erase_contact, erasure_json
from automator.server.people.inbox import (
    INBOX_FILTERS,
    MarkBody,
    inbox_filter,
    line_json,
    mark_in_path,
    nearest_reasons,
)
from automator.server.people.messages_by_hand import (
    MessageBody,
    ReadyAnswerBody,
    drop_ready_answer,
    keep_ready_answer,
    new_key,
    ready_answers,
    write_to,
    written_json,
)
from automator.server.people.notes import import_notes, keep_note, plan_import
from automator.server.people.notes_json import (
    HandingOn,
    NoteBody,
    NotesBody,
    TextBody,
    import_of,
    note_of,
)
from automator.server.people.person_data import send_data_of_person
from automator.server.people.staff_notes import (
    add_note,
    contact_with_notes,
    correct_note,
    delete_note,
    hand_on_in_path,
)
from automator.server.shared.contacts import (
    CONTACT_FILTERS,
    Change,
    change_contact_in_path,
    contact_filter,
    contact_json,
)
from automator.server.shared.lists import CURSOR, PAGE_PARAMETERS, before_of, limit_of
from automator.server.shared.responses import JsonAnswer, JsonFile
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role

_ONE = "/api/contacts/{connection}/{id:path}"
calls = Calls()


@calls.declare(
    "GET /api/contacts",
    Role.VIEWER,
    group="contacts",
    parameters=(*CONTACT_FILTERS, *PAGE_PARAMETERS),
)
async def get_contacts(context: RequestContext) -> JsonAnswer[PageJson[ContactRowJson]]:
    """A page of contacts in the order of their keys, with the filters of the page People."""
    wanted, limit, log = contact_filter(context), limit_of(context), context.services.store.log
    after = context.query(CURSOR.name)
    found, following = await asyncio.to_thread(log.contacts, wanted, after=after, limit=limit)
    items = [contact_json(contact) for contact in found]
    return JsonAnswer({"items": items, "next": following or None})


@calls.declare(
    "GET /api/inbox", Role.VIEWER, group="contacts", parameters=(*INBOX_FILTERS, *PAGE_PARAMETERS)
)
async def get_inbox(context: RequestContext) -> JsonAnswer[PageJson[InboxLineJson]]:
    """A page of conversations and comments: buyers without an answer first, then by time."""
    wanted, limit, before = inbox_filter(context), limit_of(context), before_of(context)
    find = context.services.inbox.page
    lines, older = await asyncio.to_thread(find, wanted, context.now_ms, before=before, limit=limit)
    nearest = await nearest_reasons(context, lines)
    items = [line_json(one, nearest.get(one.thread), context.translator) for one in lines]
    return JsonAnswer({"items": items, "next": format_id(older) if older else None})


@calls.declare("POST /api/inbox/{kind}/{connection}/{id:path}", Role.EDITOR,
               acts.conversation_marked, group="contacts", errors=(404, 409))  # fmt: skip
async def post_mark(context: RequestContext, body: MarkBody) -> JsonAnswer[InboxLineJson]:
    """Notes that a line of the inbox is done or waits, or takes that back."""
    line = await mark_in_path(context, body.state, None)
    nearest = await nearest_reasons(context, [line])
    return JsonAnswer(line_json(line, nearest.get(line.thread), context.translator))


@calls.declare("GET /api/ready-answers", Role.VIEWER, group="contacts")
async def get_ready_answers(context: RequestContext) -> JsonAnswer[ItemsJson[ReadyAnswerJson]]:
    """The ready answers, by title."""
    return JsonAnswer({"items": await ready_answers(context.services.store)})


@calls.declare("POST /api/ready-answers", Role.EDITOR, acts.ready_answers_changed, group="contacts")
async def post_ready_answer(
    context: RequestContext, body: ReadyAnswerBody
) -> JsonAnswer[ItemsJson[ReadyAnswerJson]]:
    """Keeps a ready answer, and replaces the one with the same title."""
    await keep_ready_answer(context.services.store, body)
    return await get_ready_answers(context)


@calls.declare(
    "DELETE /api/ready-answers/{title}", Role.EDITOR, acts.ready_answers_changed, group="contacts"
)
async def delete_ready_answer(
    context: RequestContext,
) -> JsonAnswer[ItemsJson[ReadyAnswerJson]]:
    """Deletes a ready answer."""
    await drop_ready_answer(context.services.store, context.path("title"))
    return await get_ready_answers(context)


@calls.declare(
    "POST /api/contacts/import",
    Role.EDITOR,
    acts.contacts_imported,
    group="contacts",
    errors=(404,),
)
async def post_import(context: RequestContext, body: NotesBody) -> JsonAnswer[ImportJson]:
    """Stores notes about many contacts; with `plan`, only counts the changes."""
    notes = import_of(body, by=context.actor.name)
    for connection in {note.connection for note in notes}:
        context.services.connection_named(connection)
    store = context.services.store
    if body.plan:
        found = await plan_import(store, notes)
    else:
        found = await import_notes(store, notes, who=context.actor.name)
    return JsonAnswer(found.as_data())


@calls.declare(f"POST {_ONE}/staff-notes", Role.EDITOR, acts.contact_changed, group="contacts")
async def post_staff_note(context: RequestContext, body: TextBody) -> JsonAnswer[ContactJson]:
    """Adds a note of a colleague about a person."""
    await add_note(context.services.store, *_person(context), body.text, author=context.actor)
    return await get_contact(context)


@calls.declare(
    f"PUT {_ONE}/staff-notes/{{note}}", Role.EDITOR, acts.contact_changed, group="contacts"
)
async def put_staff_note(context: RequestContext, body: TextBody) -> JsonAnswer[ContactJson]:
    """Corrects a note."""
    store, note_id = context.services.store, context.path("note")
    await correct_note(store, *_person(context), note_id, body.text, author=context.actor)
    return await get_contact(context)


@calls.declare(
    f"DELETE {_ONE}/staff-notes/{{note}}", Role.EDITOR, acts.contact_changed, group="contacts"
)
async def delete_staff_note(context: RequestContext) -> JsonAnswer[ContactJson]:
    """Deletes a note."""
    store, note_id = context.services.store, context.path("note")
    await delete_note(store, *_person(context), note_id, author=context.actor)
    return await get_contact(context)


@calls.declare(f"POST {_ONE}/hand-on", Role.EDITOR, acts.contact_changed, group="contacts")
async def post_hand_on(context: RequestContext, body: HandingOn) -> JsonAnswer[ContactJson]:
    """Gives a person to a colleague."""
    await hand_on_in_path(context, body.to, body.note)
    return await get_contact(context)


@calls.declare(f"GET {_ONE}", Role.VIEWER, group="contacts")
async def get_contact(context: RequestContext) -> JsonAnswer[ContactJson]:
    """A contact with its staff notes; changes of a contact answer the same."""
    store = context.services.store
    return JsonAnswer(
        await contact_with_notes(store, context.path("connection"), context.path("id"))
    )


@calls.declare(f"DELETE {_ONE}", Role.ADMIN, acts.person_erased, group="contacts")
async def delete_contact(context: RequestContext) -> JsonAnswer[ErasureJson]:
    """Erases the person in the address; answers with the numbers of deleted rows."""
    store = context.services.store
    erasure = await erase_contact(store, *_person(context), who=context.actor.name)
    return JsonAnswer(erasure_json(erasure))


@calls.declare(
    "GET /api/contact-data/{connection}/{id:path}",
    Role.VIEWER,
    acts.person_exported,
    group="contacts",
)
async def get_contact_data(context: RequestContext) -> JsonFile:
    """All that is stored of the person in the address, under all their ids."""
    return await send_data_of_person(context)


@calls.declare("GET /api/erasures", Role.ADMIN, group="contacts")
async def get_erasures(context: RequestContext) -> JsonAnswer[ItemsJson[ErasureJson]]:
    """The latest erasures, the newest first, without the names of the persons."""
    found = await context.services.store.erasing.erasures()
    return JsonAnswer({"items": [erasure_json(one) for one in found]})


@calls.declare(f"POST {_ONE}/note", Role.EDITOR, acts.contact_changed, group="contacts")
async def post_note(context: RequestContext, body: NoteBody) -> JsonAnswer[ContactJson]:
    """Changes the tags and the values of a contact."""
    connection, external_id = context.path("connection"), context.path("id")
    context.services.connection_named(connection)
    note = note_of(body, connection, external_id)
    await keep_note(context.services.store, note, who=context.actor.name)
    return await get_contact(context)


@calls.declare(
    f"POST {_ONE}/write", Role.EDITOR, acts.contact_written, group="contacts", errors=(409,)
)
async def post_message(context: RequestContext, body: MessageBody) -> JsonAnswer[WrittenJson]:
    """Writes a message to a contact: stores it, and starts the run that sends it."""
    connection, external_id = context.path("connection"), context.path("id")
    written = await write_to(
        context.services,
        connection,
        external_id,
        body.text,
        who=context.actor.name,
        once=body.key or new_key(),
        picture=body.picture,
        kind=body.kind,
        comment_id=parse_id(body.comment or ""),
    )
    return JsonAnswer(written_json(written))


@calls.declare(
    f"POST {_ONE}/{{word}}",
    Role.EDITOR,
    acts.contact_changed,
    group="contacts",
    words={
        "opt-out": "Ends private messages to a person.",
        "opt-in": "Allows private messages to a person again.",
        "pause": "Keeps rules with `pause_on` silent for a person.",
        "resume": "Ends the pause of rules for a person.",
        "block": "Keeps all rules from acting for a person.",
        "unblock": "Lets rules act for a person again.",
    },
)
async def post_change(change: Change, context: RequestContext) -> JsonAnswer[ContactJson]:
    """Opts a person out, pauses rules for them or blocks them, or takes this back."""
    await change_contact_in_path(context, change)
    return await get_contact(context)


def _person(context: RequestContext) -> tuple[str, str]:
    """The connection and the id of the person in the address."""
    return context.path("connection"), context.path("id")
