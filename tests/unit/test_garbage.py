"""Garbage collection of a start: it rests, and goes on once the server answers."""

import gc
from collections.abc import Iterator

import pytest

from automator.garbage import collect_nothing, freeze_objects


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_collection_rests_until_the_objects_of_the_start_are_frozen() -> None:
    collect_nothing()
    rested = not gc.isenabled()

    freeze_objects()

    assert rested
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_garbage_of_a_running_server_is_freed_before_the_rest_is_frozen() -> None:
    gc.collect()
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    before = gc.get_stats()[2]["collected"]

    freeze_objects()

    assert gc.get_stats()[2]["collected"] > before
