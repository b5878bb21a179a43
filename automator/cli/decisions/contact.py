"""`automator contact`: lists people, shows one, and changes their opt-out and pause."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from automator.cli.terminal.calls import ask
from automator.cli.terminal.command_list import new_group
from automator.cli.terminal.database import open_log
from automator.cli.terminal.options import Data, Database, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table, time_or
from automator.cli.terminal.paths import data_folder
from automator.model import N_, shortened

if TYPE_CHECKING:
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
    from automator.server.shared.contacts import contact_json, every_contact, only_of
    from automator.store import ContactFilter

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
    """A contact for people."""
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
    """The contact of a person, after the change where one is asked for."""
    path = contact_path(connection, person)
    method, path = ("GET", path) if change is None else ("POST", f"{path}/{change}")
    found: Mapping[str, Any] = ask(data, method, path)
    return found
