"""Makes the Typer program without commands, and reads the options before a command (`--lang`)."""

import sys
from enum import StrEnum
from itertools import takewhile
from typing import Annotated

import typer

from automator.cli.terminal.command_list import CommandList
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import named_config, zone_of
from automator.configuration.environment import Environment

HELP_OPTIONS = ["-h", "--help"]


class Language(StrEnum):
    """The languages that a person can choose, as Typer offers them."""

    EN = "en"
    VI = "vi"


def new_app() -> typer.Typer:
    """A Typer program to which the commands can be added."""
    app = typer.Typer(
        cls=CommandList,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": HELP_OPTIONS},
    )
    app.callback()(choose_language)
    return app


def choose_language(
    lang: Annotated[
        Language | None,
        typer.Option(
            help="The language of the output; that of $AUTOMATOR_LANG, $LC_ALL, $LC_MESSAGES"
            " or $LANG when not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Rules for Facebook Pages and everything else that sends webhooks."""
    words = list(takewhile(lambda word: word != "--", sys.argv[1:]))
    # Help shows no times, and reading the zone would take longer than everything else in help.
    zone = None if "--help" in words or "-h" in words else zone_of(named_config(words))
    TRANSLATOR.choose(lang or Environment.read().language, zone)
