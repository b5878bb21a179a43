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


@pytest.mark.parametrize("what", ["a folder", "a link to nowhere"])
@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("check",)], ids=" ".join)
def test_what_stands_in_the_place_of_the_settings_and_is_no_file_starts_no_demo(
    tmp_path: Path, words: tuple[str, ...], what: str
) -> None:
    config = tmp_path / "automator.yaml"
    if what == "a folder":
        config.mkdir()  # As Docker makes it for a file that it is to mount.
    else:
        config.symlink_to("gone.yaml")
    (tmp_path / "rules").mkdir()

    said = command(tmp_path, *words)

    assert said.returncode == 78
    assert "automator.yaml cannot be read: " in said.stderr
    assert "fix: Write the settings file there" in said.stderr
    assert not (tmp_path / "data" / "automator.db").exists()


@pytest.mark.parametrize(
    ("settings", "database", "code"),
    [
        ("connections: {shop: {provider: nobody}}\n", None, 78),
        ("connections: {shop: {provider: github, secret: env:NOT_SET_HERE}}\n", None, 78),
        ("connections: {}\n", "mysql://nowhere/automator", 78),
        ("connections: {}\n", "postgresql+psycopg://shop@127.0.0.1:1/shop", 69),
    ],
    ids=["problem", "secret not set", "address of no database", "database that does not answer"],
)
def test_a_start_tells_a_service_manager_wrong_settings_from_a_database_that_is_away(
    tmp_path: Path, settings: str, database: str | None, code: int
) -> None:
    (tmp_path / "automator.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    place = ("--database", database) if database else ()

    said = command(tmp_path, "serve", "--port", "0", *place)

    assert said.returncode == code, said.stderr
