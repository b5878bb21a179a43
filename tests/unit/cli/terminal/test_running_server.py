"""Finding the server that works on a data folder."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from automator.cli.terminal.running_server import RunningServer, find_server
from automator.model import AutomatorError, ConflictError
from automator.server.bootstrap.control_file import CONTROL_FILE, ControlFile, require_no_server


def written(folder: Path, url: str = "http://127.0.0.1:9") -> ControlFile:
    return ControlFile(folder, url=url, token="secret")


def test_a_folder_without_a_server_has_none(tmp_path: Path) -> None:
    assert find_server(tmp_path) is None


def test_a_file_in_the_place_of_a_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    assert find_server(tmp_path / "data") is None


def test_a_running_server_is_found_with_its_address_and_token(tmp_path: Path) -> None:
    control = written(tmp_path)

    assert find_server(tmp_path) == RunningServer("http://127.0.0.1:9", "secret", os.getpid())
    control.remove()
    assert find_server(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", '{"url": "http://127.0.0.1:9"}'])
def test_the_file_of_a_server_that_was_killed_counts_for_nothing(tmp_path: Path, text: str) -> None:
    """Whoever has the number of its process now: in a container that is the command itself."""
    fields = {"url": "http://127.0.0.1:9", "token": "secret", "pid": os.getpid()}
    (tmp_path / CONTROL_FILE).write_text(text or json.dumps(fields), encoding="utf-8")

    assert find_server(tmp_path) is None


def test_a_second_server_on_a_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    require_no_server(tmp_path)
    first = written(tmp_path)

    with pytest.raises(ConflictError, match="another server works on the data folder"):
        require_no_server(tmp_path)

    first.remove()
    (tmp_path / CONTROL_FILE).write_text("{}", encoding="utf-8")  # As a kill leaves it.
    require_no_server(tmp_path)


def test_a_server_that_stops_leaves_the_file_of_the_next_one(tmp_path: Path) -> None:
    first = written(tmp_path, "http://127.0.0.1:1")
    second = written(tmp_path, "http://127.0.0.1:2")

    first.remove()

    found = find_server(tmp_path)
    assert found is not None
    assert found.url == "http://127.0.0.1:2"
    second.remove()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x"}'])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / CONTROL_FILE
    path.write_text(text, encoding="utf-8")

    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AutomatorError, match="cannot be read"):
            find_server(tmp_path)
