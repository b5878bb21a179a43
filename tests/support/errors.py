"""Claims about errors by their codes."""

import contextlib
from collections.abc import Iterator

import pytest

from automator.model import AutomatorError


@contextlib.contextmanager
def raises_code(kind: type[AutomatorError], code: str) -> Iterator[None]:
    """As pytest.raises, for an error with this code."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
