"""Caches whose bound is the memory or the number of their entries."""

from hypothesis import given
from hypothesis import strategies as st

from automator.caches import RecentEntries, SizedCache


def test_what_was_made_once_is_not_made_again() -> None:
    cache: SizedCache[str, object] = SizedCache(100)
    first = cache.get_or_make("a", object, 10)

    assert cache.get_or_make("a", object, 10) is first
    assert cache.get("a") is first
    assert cache.get("b") is None


def test_the_entry_that_was_used_least_recently_goes_first() -> None:
    cache: SizedCache[str, str] = SizedCache(40)
    for key in "abcd":
        cache.get_or_make(key, key.upper, 10)
    cache.get("a")

    cache.get_or_make("e", lambda: "E", 10)

    assert cache.get("a") == "A"
    assert cache.get("b") is None
    assert len(cache) == 4


def test_a_value_that_would_push_out_most_others_is_made_and_not_kept() -> None:
    cache: SizedCache[str, str] = SizedCache(40)

    assert cache.get_or_make("large", lambda: "made", 11) == "made"
    assert cache.get("large") is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40))))
def test_a_cache_never_weighs_more_than_it_may(steps: list[tuple[int, int]]) -> None:
    cache: SizedCache[int, str] = SizedCache(100)
    for key, weight in steps:
        assert cache.get_or_make(key, lambda made=key: str(made), weight) == str(key)
        assert cache.weight <= 100

    cache.clear()
    assert (len(cache), cache.weight) == (0, 0)


def test_a_further_entry_takes_the_place_of_the_one_that_was_set_longest_ago() -> None:
    entries: RecentEntries[str, int] = RecentEntries(2)
    entries["a"] = 1
    entries["b"] = 2
    entries["a"] = 3

    entries["c"] = 4

    assert dict(entries) == {"a": 3, "c": 4}
