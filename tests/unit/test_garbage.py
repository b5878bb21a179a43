"""Garbage collection of a start: it rests, and goes on once the server answers."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from automator.garbage import collect_nothing, freeze_objects


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_collection_rests_until_the_objects_of_the_start_are_frozen() -> None:
    collect_nothing()
    rested = not gc.isenabled()

    before = gc.get_freeze_count()
    freeze_objects()

    assert rested
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_garbage_of_a_running_server_is_freed_before_the_rest_is_frozen() -> None:
    garbage = _Node()
    garbage.myself = garbage
    left = weakref.ref(garbage)
    del garbage

    freeze_objects()

    assert left() is None


class _Node:
    """An object that only garbage collection frees."""

    myself: "_Node"
