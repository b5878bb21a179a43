"""`automator contact erase` and `erasures`: takes out all that is stored of a person."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from automator.cli.decisions.contact import Connection, Person, contact_path
from automator.cli.terminal.calls import ask
from automator.cli.terminal.options import Data, Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json, table
from automator.model import N_

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


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
    """The result of an erasure for people: the deleted data, and the data out of its reach."""
    from automator.server.people.erasing import NOT_COMPLETE, NOT_REACHED, erased_in_words

    rows = [list(line) for line in erased_in_words(found["erased"], TRANSLATOR)]
    heads = [TRANSLATOR(N_("erased")), TRANSLATOR(N_("what"))]
    noted = TRANSLATOR(N_("It is noted under the code {code}."), code=found["code"])
    parts = [table(rows, heads)] if rows else []
    parts += [noted] if found["complete"] else [TRANSLATOR(NOT_COMPLETE), noted]
    return "\n\n".join([*parts, TRANSLATOR(NOT_REACHED)])
