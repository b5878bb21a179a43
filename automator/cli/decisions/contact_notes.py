"""`automator contact note` and `import`: values and tags of contacts, noted by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automator.cli.decisions.contact import Connection, Person, contact_path, show_contact
from automator.cli.terminal.calls import ask
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.model import N_, UsageError
from automator.reasons.runs import COMMAND_LINE

if TYPE_CHECKING:
    from automator.model import Note

#: Contacts of one call.
_AT_ONCE = 500
_WOULD_CHANGE = N_("{changed} of {all} contacts would change; new: {new}, opting out: {opted_out}")
_HAVE_CHANGED = N_("{changed} of {all} contacts have changed; new: {new}, opted out: {opted_out}")

Values = Annotated[
    list[str] | None,
    typer.Argument(help="Values to keep, as phone=0901234567.", metavar="[NAME=VALUE]..."),
]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="A tag to give.")]
Untag = Annotated[list[str] | None, typer.Option("--untag", help="A tag to take away.")]
Forget = Annotated[list[str] | None, typer.Option("--forget", help="A value to delete.")]
File = Annotated[
    Path, typer.Argument(help="A spreadsheet saved as CSV in UTF-8.", exists=True, dir_okay=False)
]
Default = Annotated[
    str, typer.Option("--connection", help="The connection of lines that name none.")
]
PlanOnly = Annotated[
    bool, typer.Option("--plan", help="Show the changes that it would make, and end.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


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


def _pair(item: str) -> tuple[str, str]:
    name, between, value = item.partition("=")
    if not between:
        raise UsageError(
            N_("“{item}” is no value with a name"),
            fix=N_("Write NAME=VALUE, such as phone=0901234567."),
            item=item,
        )
    return name, value


def _notes_in(file: Path, connection: str) -> "Sequence[Note]":
    from automator.server.people.spreadsheet import MOST_BYTES, read_contacts

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
    """The counts of changes, done or planned; the notes are sent some at a time."""
    from automator.server.people.notes_json import note_json

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
