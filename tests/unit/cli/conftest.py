"""The language of the terminal, for one test."""

from collections.abc import Iterator

import pytest

from automator.cli.terminal.output import TRANSLATOR
from automator.language import ENGLISH


@pytest.fixture
def in_vietnamese() -> Iterator[None]:
    TRANSLATOR.choose("vi")
    yield
    TRANSLATOR.choose(ENGLISH)
