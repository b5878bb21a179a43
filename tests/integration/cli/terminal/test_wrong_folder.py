"""A command without a server, in a folder where none has ever worked, makes nothing there."""

from pathlib import Path

import pytest

from tests.support.commands import command


@pytest.mark.parametrize(
    "words",
    [
        ("link",),
        ("token", "create", "ci"),
        ("account", "list"),
        ("contact", "opt-out", "shop-page", "4711"),
        ("release", "--restored"),
        ("prune",),
        ("run", "done", "0r3kq5v5z0000"),
        ("replay", "0r3kq5v5z0000"),
        ("limit", "reset", "abc"),
        ("target", "pause", "demo-target"),
        ("backup", "today.db"),
    ],
    ids=" ".join,
)
def test_a_command_in_the_wrong_folder_says_so_and_makes_no_database(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = command(tmp_path, *words)

    assert said.returncode == 1
    assert f"there is no database {tmp_path}/data/automator.db\n" in said.stderr
    assert "name its folder: --data FOLDER" in said.stderr
    assert not list(tmp_path.rglob("*.db*"))
