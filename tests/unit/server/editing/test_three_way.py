"""Two changes of one text put together, as somebody does who has seen both."""

from hypothesis import given
from hypothesis import strategies as st

from automator.server.editing.conflicts import merged

BASE = "rules:\n  - id: a\n    stop: true\n  - id: b\n    stop: true\n"
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=12).map("".join)


def test_changes_of_different_lines_are_both_in_the_text() -> None:
    mine = BASE.replace("id: a", "id: one")
    theirs = BASE.replace("id: b", "id: two") + "  - id: c\n"

    assert merged(BASE, mine, theirs) == mine.replace("id: b", "id: two") + "  - id: c\n"


def test_different_changes_of_one_line_are_for_a_person_to_decide() -> None:
    assert merged(BASE, BASE.replace("id: a", "id: x"), BASE.replace("id: a", "id: y")) is None


def test_two_texts_at_the_same_place_are_for_a_person_to_decide() -> None:
    assert merged(BASE, BASE + "  - id: c\n", BASE + "  - id: d\n") is None


def test_the_same_change_by_both_is_one() -> None:
    changed = BASE.replace("id: a", "id: x")

    assert merged(BASE, changed, changed) == changed


def test_what_one_has_deleted_and_the_other_has_left_is_deleted() -> None:
    mine = "rules:\n  - id: b\n    stop: true\n"

    assert merged(BASE, mine, BASE + "# checked\n") == mine + "# checked\n"


@given(LINES, LINES)
def test_where_one_has_changed_nothing_the_text_of_the_other_is_the_result(
    base: str, changed: str
) -> None:
    assert merged(base, base, changed) == changed
    assert merged(base, changed, base) == changed


@given(LINES, LINES, LINES)
def test_the_result_does_not_depend_on_who_is_who(base: str, one: str, other: str) -> None:
    assert merged(base, one, other) == merged(base, other, one)


@given(LINES, LINES, LINES)
def test_no_line_comes_from_nowhere_and_none_that_all_have_is_lost(
    base: str, one: str, other: str
) -> None:
    result = merged(base, one, other)

    if result is not None:
        assert set(result.splitlines()) <= {*one.splitlines(), *other.splitlines()}


def test_long_texts_that_differ_everywhere_are_not_compared() -> None:
    base, mine, theirs = (
        "".join(f"{name} {number}\n" for number in range(2_000)) for name in ("x", "y", "z")
    )

    assert merged(base, mine, theirs) is None
