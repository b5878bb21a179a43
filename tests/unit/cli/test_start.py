"""Help answers at once: the list of commands loads none of what the commands work with."""

import subprocess
import sys
from pathlib import Path

import pytest

_LOAD = """
import sys
from automator.cli import main
sys.argv[0] = "automator"
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
slow = (
    "alembic", "automator.configuration.settings", "hashlib", "jinja2", "pydantic", "rich",
    "ruamel", "sqlalchemy", "starlette", "uvicorn",
)
print(*(name for name in slow if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("command", "of_typer"),
    [([], ""), (["log"], "hashlib pydantic"), (["contact", "note"], "hashlib pydantic")],
)
def test_help_loads_no_more_than_typer_itself_does(command: list[str], of_typer: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD, *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.splitlines()[-1] == of_typer


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
