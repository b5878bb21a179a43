"""The language of the terminal, for one test."""

from collections.abc import Iterator

import pytest

from automator.cli.terminal.output import TRANSLATOR
from automator.language import ENGLISH


@pytest.fixture(autouse=True)
def in_english_afterwards() -> Iterator[None]:
    """A command that was run in this process has chosen a language for all that come after it."""
    yield
    TRANSLATOR.choose(ENGLISH)


@pytest.fixture
def in_vietnamese() -> None:
    TRANSLATOR.choose("vi")
