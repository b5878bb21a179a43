"""The `automator` command: parse arguments, call the layers below, print.

One file holds one group of commands, and `commands.py` lists all commands: open it first. Imports
that only the work of a command needs are under `if WORKING`, so that `automator --help` answers at
once.
"""

import os
import sys
from typing import NoReturn

from automator.cli.terminal.output import TRANSLATOR, prepare_output, say_error
from automator.configuration.environment import Environment
from automator.garbage import collect_seldom
from automator.model import (
    N_,
    AutomatorError,
    SettingsError,
    StoreUnavailableError,
    UsageError,
)
from automator.reasons.quoted import os_reason

#: EX_UNAVAILABLE: the database does not answer, or cannot be opened. The same command succeeds when
#: it is back.
_UNAVAILABLE = 69
#: EX_IOERR: for example, the store fails while the server runs. Starting again does not help.
_DAMAGED = 74
#: EX_TEMPFAIL: a disk is full. The same command succeeds when there is room.
_NO_SPACE = 75
#: EX_CONFIG: a person has to mend the settings; starting again does not help.
_WRONG_SETTINGS = 78
#: 128 + SIGPIPE: the program that reads the output has ended; 1 would report problems.
_READER_GONE = 141


def main() -> None:
    """Runs the command line and exits with 0, 1 for problems, 2 for wrong use, 69 for a database
    that is unavailable, 74 for damage, 75 for a full disk, and 78 for wrong settings.

    Wrong arguments also exit with 2, Ctrl-C with 130, and an ended reader of the output with 141.
    """
    collect_seldom()
    prepare_output()
    try:
        try:
            code = _run(sys.argv[1:])
        finally:
            sys.stdout.flush()
        sys.exit(code)
    except BrokenPipeError:
        _let_the_reader_go()
    except Exception as error:
        # Errors become messages for people only here.
        if sys.flags.dev_mode and not isinstance(error, AutomatorError):
            raise
        known = _in_words(error)
        say_error(known)
        sys.exit(_exit_code(known))


def _let_the_reader_go() -> NoReturn:
    """Exits without a message: the output's reader has ended, as in `automator log | head`."""
    # Python's own flush at the exit must not report it either.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_READER_GONE)


def _run(arguments: list[str]) -> int:
    """Runs the command that the arguments name; returns the exit code."""
    TRANSLATOR.choose(Environment.read().language)
    if arguments[:1] == ["serve"]:
        from automator.cli.serving.starting import (  # noqa: PLC0415 - Others start no server.
            read_plainly,
            serve_plainly,
        )

        if (plain := read_plainly(arguments[1:])) is not None:
            return serve_plainly(plain)
    from automator.cli.commands import run_command  # noqa: PLC0415 - A server keeps no Typer.

    return run_command(arguments)


def _exit_code(error: AutomatorError) -> int:
    """Returns the exit code of an error, for service managers and scripts."""
    if isinstance(error, UsageError):
        return 2
    if error.code == "no_space":
        return _NO_SPACE
    if error.code in ("database-damaged", "store_failed"):
        return _DAMAGED
    if isinstance(error, SettingsError):
        return _WRONG_SETTINGS
    return _UNAVAILABLE if isinstance(error, StoreUnavailableError) else 1


def _in_words(error: Exception) -> AutomatorError:
    """Turns any exception into an error with a message for a person."""
    if isinstance(error, AutomatorError):
        return error
    from automator.store import cannot_read  # noqa: PLC0415 - Loads the database, for an unknown error.

    if unavailable := cannot_read(error):
        return unavailable
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        reason = os_reason(error)
        return AutomatorError(
            N_("{place}{reason}"), fix=N_("{reason:advice}"), place=place, reason=reason
        )
    if (wrong := _undecodable(sys.argv[1:])) is not None:
        return UsageError(
            N_("'{argument}' is not text in UTF-8"),
            fix=N_("Write it in a terminal whose language settings say UTF-8."),
            argument=wrong,
        )
    return AutomatorError(
        N_("automator has a fault: {name}: {error}"),
        fix=N_("Please report it, with the output of `python -X dev -m automator …`."),
        name=type(error).__name__,
        error=error,
    )


def _undecodable(arguments: list[str]) -> str | None:
    """The first argument that is not valid UTF-8, or None; only a file's name may be like that."""
    return next((one for one in arguments if any("\udc80" <= it <= "\udcff" for it in one)), None)
