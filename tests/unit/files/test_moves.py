"""A key gets another name, and neighbours change places; nothing else of the text changes."""

import pytest

from automator.files.editing import SpliceError, moved, renamed

LIST = """\
a:
  # the head of the list

  # one
  - x: 1  # first
    # within the first
  # two

  # really two
  - y: |+
      text

  - {z: 3}
b: [ 1,  2 , 3 ]  # in brackets
"""


def test_a_key_is_renamed_where_it_stands() -> None:
    assert renamed("any:  # why\n  - a\n", ("any",), "all") == "all:  # why\n  - a\n"
    assert renamed("x: {any: [a]}", ("x", "any"), "not") == "x: {not: [a]}"
    assert renamed("any: [a]", ("any",), "any") == "any: [a]"


def test_what_is_not_there_is_not_renamed() -> None:
    assert renamed("a: 1\n", ("none",), "d") == "a: 1\n"
    with pytest.raises(SpliceError):
        renamed("a: 1\n", ("a", "b"), "d")


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(SpliceError):
        renamed("a: 1\nc: 2\n", ("a",), "c")


def test_items_of_lines_change_places_with_their_comments() -> None:
    one = "  # one\n  - x: 1  # first\n    # within the first\n"
    two = "  # really two\n  - y: |+\n      text\n\n"

    after = moved(LIST, ("a", 0), up=False)

    assert after == LIST.replace(one, "@").replace(two, one).replace("@", two)
    assert moved(after, ("a", 1), up=True) == LIST


def test_items_in_brackets_change_places() -> None:
    assert moved(LIST, ("b", 0), up=False) == LIST.replace("[ 1,  2 ,", "[ 2,  1 ,")


def test_the_first_goes_no_further_up_and_the_last_no_further_down() -> None:
    assert moved(LIST, ("b", 0), up=True) == LIST
    assert moved(LIST, ("b", 2), up=False) == LIST


def test_the_ends_of_lines_stay_those_of_the_file() -> None:
    text = "\ufeffa:\r\n- one # 1\r\n- two\r\n"
    assert moved(text, ("a", 1), up=True) == "\ufeffa:\r\n- two\r\n- one # 1\r\n"
    assert moved("- a\n- b", (0,), up=False) == "- b\n- a"


def test_what_stands_behind_another_dash_is_refused() -> None:
    with pytest.raises(SpliceError):
        moved("- - a\n  - b\n", (0, 0), up=False)
