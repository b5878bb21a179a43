"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal.paths import CONFIG_VARIABLE
from automator.model import N_, UsageError
from automator.model.ids import copied_id
from automator.model.log_filters import RUN_WORDS

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings file; $AUTOMATOR_CONFIG, or automator.yaml when it is there.",
        envvar=CONFIG_VARIABLE,
        show_envvar=False,
        show_default=False,
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="The folder of rule files, which has to be there; rules, or demo-rules in the data"
        " folder for the demo, when not given.",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="The folder of the database; $AUTOMATOR_DATA or ./data when not given.",
        show_default=False,
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="The database's address, as in postgresql+psycopg://user@host/name;"
        " $AUTOMATOR_DATABASE, or a file in the data folder, when not given.",
        show_default=False,
    ),
]
Cursor = Annotated[
    str,
    typer.Option(help="Go on behind the page before: its `next`.", show_default=False),
]
Revision = Annotated[
    int | None,
    typer.Option(
        help="Refuse unless this is still the revision in force, as it was shown before.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        help="Only runs that fit: name=value, as in state=dead; more may follow without --where.",
        metavar="FILTER",
        show_default=False,
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Argument(
        help=f"{', '.join(RUN_WORDS)}; as in state=dead since=2d.",
        show_default=False,
    ),
]


def read_id(text: str, whose: str, *, where: str) -> int:
    """Reads an id that a person copied, with or without the brackets that the log puts around it.

    `whose` and `where` are parts of the error: whose id it should be ("a run's"), and where to
    find one.

    Raises:
        UsageError: the text is not an id.
    """
    number = copied_id(text)
    if number is None:
        raise UsageError(
            N_("'{text}' is not {whose:text} id"),
            fix=N_("It has 13 letters and digits{where:text}"),
            text=text,
            whose=whose,
            where=where,
        )
    return number
