"""Helpers of all commands: options, output for people and programs, and calls of a server.

`options.py` has the options that several commands take, and `output.py` prints tables and JSON.
`running_server.py` calls the server of a data folder, and `database.py` opens the database if no
server runs. `send_samples.py` sends samples to a hook. Open `running_server.py` first.
"""

import sys
from collections.abc import Sequence


def only_describes(command_line: Sequence[str]) -> bool:
    """Whether a command line can only lead to help or, without any words, to completion.

    `--help` directly after another option may be the value of that option. False if another
    program, such as a test, imports the commands.
    """
    program, *words = command_line
    if not program.endswith(("automator", "automator/__main__.py")):
        return False
    *before, last = words or ["--help"]
    is_value = bool(before) and before[-1].startswith("-")
    return last in ("-h", "--help") and not is_value and "--" not in before


#: False if this process only prints help or completes a command line. Modules of commands import
#: what only their work needs under `if WORKING`, so that help answers at once.
WORKING = not only_describes(sys.argv)
