"""`automator schema`: prints the JSON Schema of rule files or of automator.yaml, for editors."""

from enum import StrEnum
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.output import say_json

if WORKING:
    from automator.actions import builtin_actions
    from automator.files import settings_schema
    from automator.providers import BUILTIN
    from automator.rules.assistance.schema import rule_file_schema


class File(StrEnum):
    """The kinds of files that people write."""

    RULES = "rules"
    SETTINGS = "settings"


def schema(
    file: Annotated[
        File, typer.Argument(help="`rules` for rule files, `settings` for automator.yaml.")
    ] = File.RULES,
) -> None:
    """Print the JSON Schema of rule files, with which editors complete and check them.

    A running server shows the same at `/schemas/rules.json` and `/schemas/automator.json`.
    """
    say_json(
        rule_file_schema(builtin_actions())
        if file is File.RULES
        else settings_schema(BUILTIN.values())
    )
