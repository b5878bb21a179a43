"""The page that imports contacts from a spreadsheet: first shows a plan, then carries it out."""

import asyncio
from collections.abc import Sequence

from automator.model import N_, UsageError
from automator.server.pages import RequestContext, Response, render
from automator.server.people.notes import Import, import_notes, plan_import
from automator.server.people.spreadsheet import Spreadsheet, decoded, read_contacts

#: The most bytes of a file that the page accepts; the command accepts larger files.
MOST_BYTES = 1024 * 1024


async def show_import(context: RequestContext) -> Response:
    """The form for a file."""
    return _page(context)


async def import_here(context: RequestContext) -> Response:
    """Shows the changes that a file would make or, once they are confirmed, makes them."""
    upload = context.files.get("file")
    # The confirmation sends the text back, which is longer: in UTF-8, with two characters at each
    # line end.
    content, most = context.form.get("text", "").encode(), 2 * MOST_BYTES
    if upload:
        content, most = upload.content, MOST_BYTES
    try:
        sheet = await asyncio.to_thread(_read, context, content, most)
        if sheet.problems:
            return _page(context, sheet=sheet, status=422)
        store = context.services.store
        if context.form.get("do") == "import":
            done = await import_notes(store, sheet.notes, who=context.actor.name)
            imported = sorted({note.connection for note in sheet.notes})
            return _page(context, done=done, imported=imported)
        plan = await plan_import(store, sheet.notes)
    except UsageError as error:
        return _page(context, refused=error, status=422)
    return _page(context, sheet=sheet, plan=plan, text=decoded(content))


def _read(context: RequestContext, content: bytes, most: int) -> Spreadsheet:
    if not content:
        raise UsageError(N_("No file was chosen."), fix=N_("Choose a CSV file."))
    if len(content) > most:
        raise UsageError(
            N_("The file has more than {most:size}."),
            fix=N_("Cut it into several, or take it in by `automator contact import`."),
            most=MOST_BYTES,
        )
    return read_contacts(
        content,
        context.services.connection_names,
        connection=context.form.get("connection", ""),
        by=context.actor.name,
    )


def _page(
    context: RequestContext,
    *,
    sheet: Spreadsheet | None = None,
    plan: Import | None = None,
    done: Import | None = None,
    imported: Sequence[str] = (),
    refused: UsageError | None = None,
    text: str = "",
    status: int = 200,
) -> Response:
    return render(
        context,
        "contacts_import.html",
        status=status,
        sheet=sheet,
        plan=plan,
        done=done,
        imported=imported,
        refused=refused,
        text=text,
        connection=context.form.get("connection", ""),
        connections=context.services.connection_names,
    )
