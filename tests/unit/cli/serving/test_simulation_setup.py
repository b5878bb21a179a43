"""Rule files that commands change keep everything else as it was."""

from pathlib import Path

import pytest

from automator.cli.serving.simulation_setup import change_file
from automator.files.editing import SpliceError


def refused(_text: str) -> str:
    raise SpliceError


def test_a_changed_file_keeps_the_ends_of_its_lines_and_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"rules:\r\n  - id: a\r\n")
    file.chmod(0o640)

    change_file(file, lambda text: text.replace("id: a", "id: b"))

    assert file.read_bytes() == b"rules:\r\n  - id: b\r\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_changed_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"rules: []\n")

    with pytest.raises(SpliceError):
        change_file(file, refused)

    assert file.read_bytes() == b"rules: []\n"
    assert [item.name for item in tmp_path.iterdir()] == ["rules.yaml"]
