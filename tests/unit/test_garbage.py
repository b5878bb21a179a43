"""Garbage collection of a start: it rests, and goes on once the server answers."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from automator.garbage import FreeMemory, collect_nothing, freeze_objects


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


def test_memory_is_given_back_each_time_the_process_has_grown() -> None:
    sizes = iter([100, 40, 50, 90, 45, 61])
    given_back = []
    memory = FreeMemory(lambda: given_back.append(1), lambda: next(sizes) * 1_000_000)

    memory.give_back()  # 100 MB at first, 40 afterwards.
    memory.give_back()
    assert len(given_back) == 1
    memory.give_back()  # 90 MB, and 45 afterwards.
    memory.give_back()
    assert len(given_back) == 2


def test_memory_is_given_back_by_any_library() -> None:
    FreeMemory().give_back()
    FreeMemory(resident=lambda: 1_000_000_000).give_back()


class _Node:
    """An object that only garbage collection frees."""

    myself: "_Node"
