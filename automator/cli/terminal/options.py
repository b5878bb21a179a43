"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from automator.resources import DEMO_FOLDER

DEFAULT_CONFIG = Path("automator.yaml")
DEFAULT_RULES = Path("rules")
#: The demo's rules name the demo's connections, and would be wrong beside those of a real server.
DEMO_RULES = DEFAULT_RULES / DEMO_FOLDER

Config = Annotated[
    Path | None,
    typer.Option(help="The settings file; automator.yaml when it is there.", show_default=False),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="The folder of rule files; rules, or rules/demo for the demo, when not given.",
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
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        help="Only what fits: name=value, as in state=dead; more may follow without --where.",
        metavar="FILTER",
        show_default=False,
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Argument(
        help="state, rule, connection, contact, type, text, error_code, target, since,"
        " until, event, run; as in state=dead since=2d.",
        show_default=False,
    ),
]


def find_config(config: Path | None) -> Path | None:
    """The settings file to read: the one that was named, or automator.yaml if it is there."""
    if config is None and DEFAULT_CONFIG.is_file():
        return DEFAULT_CONFIG
    return config


def data_folder(data: Path | None) -> Path:
    """The folder that was named, or the environment's."""
    from automator.configuration.settings import Environment

    return data or Environment.read().data
