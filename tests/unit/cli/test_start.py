"""Help answers at once: the list of commands loads none of what the commands work with."""

import subprocess
import sys
from pathlib import Path

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
sys.argv = ["automator", "serve", "--config", "nowhere.yaml", "--port", "0", "--data", sys.argv[1]]
try:
    main()
finally:
    print(*(name for name in ("typer", "automator.cli.commands") if name in sys.modules))
"""


def test_a_server_keeps_neither_typer_nor_other_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SERVE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout.split()) == (78, [])
    assert "nowhere.yaml cannot be read" in done.stderr
