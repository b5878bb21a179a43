"""Help answers at once: the list of commands loads none of what the commands work with."""

import subprocess
import sys

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
