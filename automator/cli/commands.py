"""The table of all commands, in the sections that help shows, and the program made from it.

The module of a command is loaded when the command is called; only help loads all modules.
"""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from itertools import takewhile
from typing import Annotated, Any

import typer
from typer import Abort
from typer.exceptions import TyperException
from typer.main import get_command

from automator import __version__
from automator.cli.terminal import WORKING
from automator.cli.terminal.command_list import CommandList
from automator.cli.terminal.help import (
    asked_language,
    say_wrong_arguments,
    translate_help,
    with_language_first,
)
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import named_config, zone_of
from automator.configuration.environment import Environment
from automator.model import N_
from automator.server.reports.declarations import REPORTS, Report

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


def version() -> None:
    """Print the version."""
    typer.echo(f"automator {__version__}")


#: The commands of each section by name: `module:function`, `module:group`, or the report that the
#: command prints. Help lists the groups of a section after its other commands.
_SECTIONS: Mapping[str, Mapping[str, str | Report[Any]]] = {
    N_("The server"): {
        "serve": "serving.serve:serve",
        "status": "inspection.status:status",
        "mcp": "serving.agents:mcp",
        "help": "inspection.help:explain",
        "version": "commands:version",
    },
    N_("Checking and trying rules"): {
        "check": "serving.check:check",
        "fix": "serving.fix:fix",
        "test": "serving.rule_tests:run_rule_tests",
        "try": "serving.tryout:try_rules",
        "intents": "serving.intents:intents",
        "simulate": "serving.simulate:simulate",
        "backtest": "serving.backtest:backtest",
        "schema": "serving.schema:schema",
    },
    N_("The rules of a server"): {
        "rules": "inspection.rules:rules",
        "plan": "serving.plan:plan",
        "apply": "serving.plan:apply",
        "promote": "serving.promote:promote",
    },
    N_("The log and its reasons"): {
        "log": "inspection.log:log",
        "events": "inspection.events:events",
        "why": "inspection.why:why",
        "audit": "inspection.audit:audit",
        "doctor": "inspection.doctor:doctor",
        "bundle": "serving.bundle:bundle",
    },
    N_("Figures"): {report.name: report for report in REPORTS},
    N_("Pending, failed and refused work"): {
        "approvals": "decisions.approvals:approvals",
        "approve": "decisions.approvals:approve",
        "decline": "decisions.approvals:decline",
        "replay": "decisions.replay:replay",
        "take-again": "decisions.take_again:take_again",
        "run": "decisions.run:run",
    },
    N_("People"): {
        "audience": "serving.audience:audience",
        "contact": "decisions.contact:contact",
        "limit": "decisions.limit:limit",
    },
    N_("Accounts of platforms, and destinations"): {
        "subscribe": "administration.connections:subscribe",
        "profile": "administration.connections:profile",
        "chat-link": "administration.chat_link:chat_link",
        "target": "decisions.target:target",
    },
    N_("Simulated platforms"): {
        "send": "serving.send:send",
        "sandbox": "serving.sandbox:sandbox",
        "fault": "serving.sandbox:fault",
    },
    N_("Signing in"): {
        "link": "administration.access:link",
        "account": "administration.access:account",
        "token": "administration.access:token",
    },
    N_("The database"): {
        "backup": "administration.backup:backup",
        "restore": "administration.backup:restore",
        "release": "administration.backup:release",
        "prune": "administration.prune:prune",
        "store": "administration.store:store",
    },
}


def program(called: str = "") -> typer.Typer:
    """The program with the called command only; with all commands if `called` is not a command."""
    app = new_app()
    is_known = any(called in commands for commands in _SECTIONS.values())
    for title, commands in _SECTIONS.items():
        for name, declared in commands.items():
            if is_known and name != called:
                continue
            found = _loaded(declared)
            if isinstance(found, typer.Typer):
                app.add_typer(found, rich_help_panel=title)
            else:
                app.command(name, rich_help_panel=title)(found)
    return app


def _loaded(declared: str | Report[Any]) -> Any:
    """The function or the group of a command."""
    if isinstance(declared, Report):
        from automator.cli.terminal.api_calls import command_of  # noqa: PLC0415 - Loads asyncio, 25 ms of the help of the others.

        return command_of(declared)
    module, _, name = declared.partition(":")
    return getattr(import_module(f"{__package__}.{module}"), name)


def run_command(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name; returns the exit code."""
    words = with_language_first(arguments)
    if language := asked_language(words):
        TRANSLATOR.choose(language)
    behind = words[1 if "=" in words[0] else 2 :] if language else words
    try:
        command: Any = get_command(program(next(iter(behind), "")))
        translate_help(command)
        name = "automator"
        if not WORKING:
            # Going down to the command here keeps Typer from reading the options of its groups, for
            # which Typer would load pydantic.
            words = behind
            while words and words[0] in getattr(command, "commands", ()):
                command, name = command.commands[words[0]], f"{name} {words[0]}"
                words = words[1:]
        code = command(words, prog_name=name, standalone_mode=False, help_option_names=HELP_OPTIONS)
    except TyperException as error:
        say_wrong_arguments(error)
        return error.exit_code
    except Abort:
        print(TRANSLATOR(N_("Aborted!")), file=sys.stderr)
        return 1
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            # Typer has turned the broken pipe into the exit code 1.
            raise ended.__context__ from None
        raise
    return code if isinstance(code, int) else 0
