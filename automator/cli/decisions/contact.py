"""`automator contact`: lists, shows and erases people, changes their data, and writes to them."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.api_calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.options import Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table, time_or
from automator.cli.terminal.paths import data_folder
from automator.model import N_, UsageError, shortened
from automator.reasons.runs import COMMAND_LINE

if TYPE_CHECKING:
    from automator.model import Note
    from automator.server.shared.contacts import Change

_STATE_WIDTH = 60

contact = new_group("contact", help="The people who write.")

Connection = Annotated[str, typer.Argument(help="The connection, as automator.yaml names it.")]
Person = Annotated[
    str, typer.Argument(metavar="ID", help="The person's id at the provider: `event.actor.id`.")
]


@contact.command("list")
def list_contacts(
    connection: Annotated[str, typer.Option(help="Only people of this connection.")] = "",
    tag: Annotated[str, typer.Option(help="Only people with this tag.")] = "",
    value: Annotated[
        str, typer.Option(help="Only people with a remembered value of this name.")
    ] = "",
    text: Annotated[
        str, typer.Option(help="Only people with this in their name, id or a remembered value.")
    ] = "",
    assignee: Annotated[str, typer.Option(help="Only people whom this colleague has.")] = "",
    only: Annotated[
        str,
        typer.Option(help="Only people who have `opted_out`, are `blocked`, or are `unassigned`."),
    ] = "",
    limit: Annotated[int, typer.Option(help="How many people.", min=1, max=1_000_000)] = 50,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the known people, with their tags and remembered values."""
    from automator.cli.terminal.database import open_log  # noqa: PLC0415 - Loads the database, which a change has no use for.
    from automator.server.shared.contacts import (  # noqa: PLC0415 - As above.
        contact_json,
        every_contact,
        only_of,
    )
    from automator.store import ContactFilter  # noqa: PLC0415 - As above.

    wanted = ContactFilter(
        connection=connection,
        tag=tag,
        value=value,
        assignee=assignee,
        text=text,
        only=only_of(only),
    )
    with open_log(data_folder(data), database) as log:
        found = list(islice(every_contact(log, wanted), limit))
    if as_json:
        for one in found:
            say_json(contact_json(one))
    elif found:
        say(table([_line(contact_json(one)) for one in found], _heads()))
    else:
        say(TRANSLATOR(N_("nobody is found")))


def _heads() -> list[str]:
    heads = (N_("contact"), N_("name"), N_("last wrote"), N_("tags"), N_("remembered"))
    return [TRANSLATOR(head) for head in heads]


def _line(found: Mapping[str, Any]) -> list[str]:
    state = (f"{name}={value}" for name, value in found["state"].items())
    return [
        f"{found['connection']}:{found['id']}",
        found["name"] or "",
        time_or(found["last_inbound_at"], ""),
        ", ".join(map(str, found["tags"])),
        shortened(", ".join(state), _STATE_WIDTH),
    ]


@contact.command()
def show(connection: Connection, person: Person, data: Data = None, as_json: Json = False) -> None:
    """Show the stored facts about a person, under any of their ids."""
    show_contact(ask_about(data, connection, person), as_json=as_json)


@contact.command()
def opt_out(connection: Connection, person: Person, data: Data = None) -> None:
    """Send a person no private messages any more."""
    found = ask_about(data, connection, person, "opt-out")
    text = N_("{person} has opted out since {at:time}")
    say(TRANSLATOR(text, person=person, at=found["opted_out_at"]))


@contact.command()
def opt_in(connection: Connection, person: Person, data: Data = None) -> None:
    """Take an opt-out back: the person wants private messages again."""
    ask_about(data, connection, person, "opt-in")
    say(TRANSLATOR(N_("{person} gets private messages again"), person=person))


@contact.command()
def pause(connection: Connection, person: Person, data: Data = None) -> None:
    """Keep rules with pause_on silent for a person, as if somebody had answered by hand now."""
    ask_about(data, connection, person, "pause")
    text = N_("rules with pause_on are silent for {person}, each for as long as it says")
    say(TRANSLATOR(text, person=person))


@contact.command()
def resume(connection: Connection, person: Person, data: Data = None) -> None:
    """Let rules with pause_on speak to a person again."""
    ask_about(data, connection, person, "resume")
    say(TRANSLATOR(N_("no rule is paused for {person} any more"), person=person))


@contact.command()
def block(connection: Connection, person: Person, data: Data = None) -> None:
    """Let no rule act for a person any more; their messages are stored all the same."""
    found = ask_about(data, connection, person, "block")
    text = N_("{person} is blocked since {at:time}")
    say(TRANSLATOR(text, person=person, at=found["blocked_at"]))


@contact.command()
def unblock(connection: Connection, person: Person, data: Data = None) -> None:
    """Let rules act for a person again."""
    ask_about(data, connection, person, "unblock")
    say(TRANSLATOR(N_("rules act for {person} again"), person=person))


def contact_path(connection: str, person: str) -> str:
    """The address of a contact in the API."""
    return f"/api/contacts/{quote(connection, safe='')}/{quote(person, safe='')}"


def show_contact(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints a contact, as JSON or for people."""
    if as_json:
        say_json(dict(found))
    else:
        say(contact_text(found))


def contact_text(found: Mapping[str, Any]) -> str:
    """A contact as a table for people."""
    _ = TRANSLATOR
    text = N_("since {at:time}, noted by {name:author}")
    opted_out = _(N_("no"))
    if found["opted_out"]:
        opted_out = _(text, at=found["opted_out_at"], name=found["opted_out_by"])
    blocked = _(N_("no"))
    if found["blocked"]:
        blocked = _(text, at=found["blocked_at"], name=found["blocked_by"])
    never = _(N_("never"))
    rows = [
        [_(N_("name")), found["name"] or _(N_("not known"))],
        [_(N_("first seen")), TRANSLATOR.time(found["first_seen"])],
        [_(N_("last wrote")), time_or(found["last_inbound_at"], never)],
        [_(N_("may be written to since")), time_or(found["window_opened_at"], never)],
        [_(N_("last answered by hand")), time_or(found["human_reply_at"], never)],
        [_(N_("opted out")), opted_out],
        [_(N_("blocked")), blocked],
        [_(N_("tags")), ", ".join(map(str, found["tags"])) or _(N_("none"))],
        *([f"state.{name}", str(value)] for name, value in found["state"].items()),
        *([_(N_("staff note")), _note_text(note)] for note in found.get("staff_notes", ())),
    ]
    return table(rows, [_(N_("contact")), found["id"]])


def _note_text(note: Mapping[str, Any]) -> str:
    to = note["handed_to"]
    handed_on = "" if to is None else f" → {to or TRANSLATOR(N_('nobody'))}"
    said = f": {note['text']}" if note["text"] else ""
    return f"{TRANSLATOR.time(note['at'])} {TRANSLATOR.author(note['by'])}{handed_on}{said}"


def ask_about(
    data: Path | None, connection: str, person: str, change: "Change | None" = None
) -> Mapping[str, Any]:
    """Makes the change, if one is named, and returns the contact as the API shows it."""
    path = contact_path(connection, person)
    method, path = ("GET", path) if change is None else ("POST", f"{path}/{change}")
    found: Mapping[str, Any] = ask(data, method, path)
    return found


# --- Tags and values, notes for colleagues, and messages ---


Values = Annotated[
    list[str] | None,
    typer.Argument(help="Values to keep, as phone=0901234567.", metavar="[NAME=VALUE]..."),
]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="A tag to give.")]
Untag = Annotated[list[str] | None, typer.Option("--untag", help="A tag to take away.")]
Forget = Annotated[list[str] | None, typer.Option("--forget", help="A value to delete.")]


@contact.command()
def note(
    connection: Connection,
    person: Person,
    values: Values = None,
    tag: Tag = None,
    untag: Untag = None,
    forget: Forget = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep tags and values of a person, as `remember` of a rule does."""
    written = {
        "values": dict(_pair(item) for item in values or ()),
        "forget": forget or [],
        "tags": {"add": tag or [], "remove": untag or []},
    }
    path = f"{contact_path(connection, person)}/note"
    show_contact(ask(data, "POST", path, written), as_json=as_json)


def _pair(item: str) -> tuple[str, str]:
    name, between, value = item.partition("=")
    if not between:
        raise UsageError(
            N_("“{item}” is no value with a name"),
            fix=N_("Write NAME=VALUE, such as phone=0901234567."),
            item=item,
        )
    return name, value


NoteText = Annotated[str, typer.Argument(help="What colleagues should know; rules do not see it.")]
To = Annotated[str, typer.Argument(help="The account of the colleague; empty: nobody.")]
ForThem = Annotated[str, typer.Option("--note", help="A note for them.")]


@contact.command()
def staff_note(
    connection: Connection,
    person: Person,
    text: NoteText,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Leave a note about a person for colleagues; the assignee stays the same."""
    path = f"{contact_path(connection, person)}/staff-notes"
    show_contact(ask(data, "POST", path, {"text": text}), as_json=as_json)


@contact.command()
def hand_on(
    connection: Connection,
    person: Person,
    to: To,
    note: ForThem = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a person to a colleague, through the running server, which tells the colleague."""
    path = f"{contact_path(connection, person)}/hand-on"
    found = ask(data, "POST", path, {"to": to, "note": note}, needs_server=True)
    show_contact(found, as_json=as_json)


MessageText = Annotated[str, typer.Argument(help="The message, as it is sent.")]
Picture = Annotated[
    str, typer.Option(help="The https address of a picture to send along; the text may be empty.")
]
Key = Annotated[
    str, typer.Option(help="With the same key a message is sent once, however often you ask.")
]


@contact.command()
def write(
    connection: Connection,
    person: Person,
    text: MessageText = "",
    picture: Picture = "",
    key: Key = "",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write a message to a person through the running server, as one of the shop's people."""
    path = f"{contact_path(connection, person)}/write"
    given = {"picture": picture, "key": key}
    body = {"text": text, **{name: value for name, value in given.items() if value}}
    written = ask(data, "POST", path, body, needs_server=True)
    if as_json:
        say_json(written)
    elif written["new"]:
        say(TRANSLATOR(N_("stored, and sent now by run {run}"), run=written["run"]))
    else:
        say(TRANSLATOR(N_("it was stored before with this key: run {run}"), run=written["run"]))


# --- Erasing and exporting ---


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@contact.command()
def erase(
    connection: Connection,
    person: Person,
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Erase a person: the contact, and their texts in events, runs and deliveries."""
    if not yes:
        question = N_("Erase all stored data of {person}? Nobody can undo it.")
        typer.confirm(TRANSLATOR(question, person=person), abort=True)
    found = ask(data, "DELETE", contact_path(connection, person))
    if as_json:
        say_json(found)
    else:
        say(erased_text(found))


@contact.command()
def erasures(data: Data = None, as_json: Json = False) -> None:
    """List the newest erasures: when, by whom, at which connection, and their codes."""
    found = ask(data, "GET", "/api/erasures")["items"]
    if as_json:
        say_json(found)
    elif not found:
        say(TRANSLATOR(N_("nobody has been erased")))
    else:
        heads = (N_("when"), N_("code"), N_("connection"), N_("by"), N_("complete"))
        words = {True: TRANSLATOR(N_("yes")), False: TRANSLATOR(N_("no"))}
        rows = [
            [
                TRANSLATOR.time(one["at"]),
                one["code"],
                one["connection"],
                TRANSLATOR.author(one["by"]),
                words[one["complete"]],
            ]
            for one in found
        ]
        say(table(rows, [TRANSLATOR(head) for head in heads]))


def erased_text(found: Mapping[str, Any]) -> str:
    """The result of an erasure, for people: the deleted data, and data that it cannot reach."""
    from automator.server.people.erasing import (  # noqa: PLC0415 - Loads the database, which a change has no use for.
        NOT_COMPLETE,
        NOT_REACHED,
        erased_in_words,
    )

    rows = [list(line) for line in erased_in_words(found["erased"], TRANSLATOR)]
    heads = [TRANSLATOR(N_("erased")), TRANSLATOR(N_("what"))]
    noted = TRANSLATOR(N_("It is noted under the code {code}."), code=found["code"])
    parts = [table(rows, heads)] if rows else []
    parts += [noted] if found["complete"] else [TRANSLATOR(NOT_COMPLETE), noted]
    return "\n\n".join([*parts, TRANSLATOR(NOT_REACHED)])


@contact.command()
def export(
    connection: Connection, person: Person, data: Data = None, database: Database = None
) -> None:
    """Print all stored data of a person, as JSON."""
    from automator.cli.terminal.database import open_log  # noqa: PLC0415 - Loads the database, which a change has no use for.
    from automator.server.people.person_data import data_of_person  # noqa: PLC0415 - As above.

    with open_log(data_folder(data), database) as log:
        for part in data_of_person(log, connection, person):
            sys.stdout.write(part)


# --- Spreadsheets ---


#: How many contacts one call of the API changes.
_AT_ONCE = 500
_WOULD_CHANGE = N_("{changed} of {all} contacts would change; new: {new}, opting out: {opted_out}")
_HAVE_CHANGED = N_("{changed} of {all} contacts have changed; new: {new}, opted out: {opted_out}")
File = Annotated[
    Path, typer.Argument(help="A spreadsheet saved as CSV in UTF-8.", exists=True, dir_okay=False)
]
Default = Annotated[
    str, typer.Option("--connection", help="The connection of lines that name none.")
]
PlanOnly = Annotated[
    bool, typer.Option("--plan", help="Show the changes that it would make, and end.")
]


@contact.command("import")
def import_contacts(
    file: File,
    connection: Default = "",
    plan_only: PlanOnly = False,
    yes: Yes = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep tags, values and opt-outs of many people from a spreadsheet."""
    notes = _notes_in(file, connection)
    plan = _sent(data, notes, plan=True)
    if not as_json:
        say(_counts(_WOULD_CHANGE, plan))
    if not plan_only and plan["changed"]:
        if not yes:
            typer.confirm(TRANSLATOR(N_("Keep it?")), abort=True)
        plan = _sent(data, notes, plan=False)
        if not as_json:
            say(_counts(_HAVE_CHANGED, plan))
    if as_json:
        say_json(plan)


def _notes_in(file: Path, connection: str) -> "Sequence[Note]":
    from automator.server.people.spreadsheet import (  # noqa: PLC0415 - Loads the database, which a change has no use for.
        MOST_BYTES,
        read_contacts,
    )

    if file.stat().st_size > MOST_BYTES:
        raise UsageError(
            N_("The file has more than {most:size}."),
            fix=N_("Cut it into several."),
            most=MOST_BYTES,
        )
    sheet = read_contacts(file.read_bytes(), None, connection=connection, by=COMMAND_LINE)
    for problem in sheet.problems:
        wrong, fix = TRANSLATOR.error(problem.error)
        say(f"{file}:{problem.line}: {wrong}\n  {fix}")
    if sheet.problems:
        raise UsageError(
            N_("nothing of {file} was imported"),
            fix=N_("Mend the lines above, and start again."),
            file=file,
        )
    return sheet.notes


def _sent(data: Path | None, notes: "Sequence[Note]", *, plan: bool) -> Counter[str]:
    """Sends the notes, `_AT_ONCE` a call; returns the counts of all made or planned changes."""
    from automator.server.people.notes_json import note_json  # noqa: PLC0415 - Loads the database, which a change has no use for.

    found: Counter[str] = Counter()
    for start in range(0, len(notes), _AT_ONCE):
        portion = notes[start : start + _AT_ONCE]
        body = {"contacts": [note_json(one) for one in portion], "plan": plan}
        found.update(ask(data, "POST", "/api/contacts/import", body))
    return found


def _counts(text: str, found: Mapping[str, int]) -> str:
    numbers = {name: TRANSLATOR.number(count) for name, count in found.items()}
    every = TRANSLATOR.number(found["changed"] + found["unchanged"])
    return TRANSLATOR(text, all=every, **numbers)
