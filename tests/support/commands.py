"""`automator …` as a person types it, in this process."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from automator.cli import main


@dataclass(frozen=True)
class Result:
    """The result of a command that ran in this process."""

    returncode: int
    stdout: str
    stderr: str


def command(folder: Path, *arguments: str, answer: str = "") -> Result:
    """Runs `automator …` in an installation's folder and in this process.

    A process of its own costs a second for its imports.
    """
    stdout, stderr, code = StringIO(), StringIO(), 0
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["automator", *arguments])
        patch.setattr(sys, "stdin", StringIO(answer))
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Result(code, stdout.getvalue(), stderr.getvalue())
