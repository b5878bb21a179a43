"""The change of a text is told as the one stretch that differs."""

import pytest

from automator.server.shared.rule_files import edit_between


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("a", "a"),
        ("", "ab"),
        ("aa", "aaa"),
        ("aba", "aca"),
        ("aaa", "a"),
        ("x😀y", "x😀é"),
    ],
)
def test_the_edit_makes_the_new_text_of_the_old_one(old: str, new: str) -> None:
    edit = edit_between(old, new)

    assert old[: edit.start] + edit.insert + old[edit.end :] == new


def test_what_both_have_in_common_is_no_part_of_the_edit() -> None:
    edit = edit_between("rules: []\n# The end.\n", "rules: [x]\n# The end.\n")

    assert (edit.start, edit.end, edit.insert) == (8, 8, "x")
