"""Help answers at once: the list of commands loads none of what the commands work with."""

import subprocess
import sys

from typer.testing import CliRunner

from automator.cli import commands

_LOAD = """
import sys
import automator.cli.commands
slow = ("alembic", "jinja2", "pydantic", "rich", "ruamel", "sqlalchemy", "starlette", "uvicorn")
print(*(name for name in slow if name in sys.modules))
"""


def test_the_list_of_commands_loads_no_library_that_is_slow_to_import() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []


_SERVE = """
import sys
from automator.cli import main
sys.argv = ["automator", "serve", "--help"]
try:
    main()
finally:
    print("---", *(name for name in sys.modules if name.startswith("automator.cli.")))
"""


def test_a_server_loads_no_command_but_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SERVE], capture_output=True, text=True, check=True, timeout=60
    )
    shown, _, loaded = done.stdout.partition("---")

    among_all = CliRunner().invoke(commands.app, ["serve", "--help"], prog_name="automator").output

    # Lines end where the terminal does.
    assert shown.split() == among_all.split()
    assert [name for name in loaded.split() if ".terminal" not in name] == [
        "automator.cli.serving",
        "automator.cli.serving.serve",
    ]
