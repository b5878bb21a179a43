"""The language of the terminal, for one test."""

import pytest

from automator.cli.terminal.output import TRANSLATOR


@pytest.fixture
def in_vietnamese() -> None:
    TRANSLATOR.choose("vi")
