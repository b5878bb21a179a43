"""Finding the server that works on a data folder."""

import json
import os
from pathlib import Path

import pytest

from automator.cli.terminal.control import Control, find_server
from automator.model import AutomatorError


def test_a_folder_without_a_server_has_none(tmp_path: Path) -> None:
    assert find_server(tmp_path) is None


def test_a_running_server_is_found_with_its_address_and_token(tmp_path: Path) -> None:
    fields = {"url": "http://127.0.0.1:9", "token": "secret", "pid": os.getpid()}
    (tmp_path / "control.json").write_text(json.dumps(fields), encoding="utf-8")

    assert find_server(tmp_path) == Control("http://127.0.0.1:9", "secret", os.getpid())


def test_the_file_of_a_server_that_was_killed_counts_for_nothing(tmp_path: Path) -> None:
    fields = {"url": "http://127.0.0.1:9", "token": "secret", "pid": 2**22 + 1}
    (tmp_path / "control.json").write_text(json.dumps(fields), encoding="utf-8")

    assert find_server(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x"}'])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "control.json").write_text(text, encoding="utf-8")

    with pytest.raises(AutomatorError, match="cannot be read"):
        find_server(tmp_path)
