"""Help answers at once: the list of commands loads none of what the commands work with."""

import subprocess
import sys
from pathlib import Path

import pytest

from automator.cli.commands import program
from automator.cli.terminal import only_describes

_LOAD = """
import sys
sys.argv[0] = "automator"
from automator.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
slow = (
    "alembic", "automator.configuration.settings", "hashlib", "jinja2", "pydantic", "rich",
    "ruamel", "sqlalchemy", "starlette", "uvicorn",
)
print(*(name for name in sys.modules if name.startswith("automator.cli.") and name.count(".") > 2))
print(*(name for name in slow if name in sys.modules))
"""


@pytest.mark.parametrize("command", [[], ["log"], ["contact", "note"], ["--lang", "vi", "try"]])
def test_help_loads_nothing_that_is_slow(command: list[str]) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD, *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.splitlines()[-1] == ""


def test_help_of_a_command_loads_no_other_command() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD, "--lang", "vi", "prune", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    modules = loaded.stdout.splitlines()[-2].split()
    assert [name for name in modules if ".terminal." not in name] == [
        "automator.cli.administration.prune"
    ]


@pytest.mark.parametrize(
    ("called", "count"), [("log", 1), ("contact", 1), ("answers", 1), ("", 51), ("lgo", 51)]
)
def test_a_program_has_the_command_that_is_called_or_all_of_them(called: str, count: int) -> None:
    made = program(called)

    assert len(made.registered_commands) + len(made.registered_groups) == count


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ([], True),
        (["--help"], True),
        (["log", "-h"], True),
        (["--lang", "vi", "contact", "note", "--help"], True),
        (["log", "--text=a", "x", "--help"], True),
        (["log", "--text", "--help"], False),
        (["log", "--", "--help"], False),
        (["log", "--", "x", "--help"], False),
        (["log"], False),
    ],
)
def test_words_that_may_be_more_than_a_wish_for_help_make_a_command_work(
    words: list[str], only: bool
) -> None:
    assert only_describes(["/usr/bin/automator", *words]) is only
    assert only_describes(["/usr/lib/automator/__main__.py", *words]) is only
    assert not only_describes(["/usr/bin/pytest", *words])


_ASKING = (
    "administration.access", "administration.connections",
    "decisions.approvals", "decisions.contact", "decisions.limit", "decisions.run",
    "decisions.take_again", "decisions.target", "inspection.doctor", "inspection.status",
)  # fmt: skip


def test_commands_that_ask_a_server_do_not_load_the_database() -> None:
    modules = ", ".join(f"automator.cli.{name}" for name in _ASKING)
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print('sqlalchemy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout == "False\n"


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
