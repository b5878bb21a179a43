"""A first automator.yaml, as a page makes it."""

from pathlib import Path

import pytest

from automator.files.settings_file import load_settings
from automator.model import Problem
from automator.server.setup.leaving_demo import make_settings_file
from automator.server.web.settings_file import SettingsFile
from automator.simulation.simulation import SimulationSetup


def _never(_: str) -> tuple[SimulationSetup, list[Problem]]:
    raise AssertionError


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Asia/Bangkok", "Asia/Bangkok"),
        ("", "Asia/Ho_Chi_Minh"),
        ("Nowhere/Else", "Asia/Ho_Chi_Minh"),
        ("../../etc/passwd", "Asia/Ho_Chi_Minh"),
        ("UTC\nworkers: 1", "Asia/Ho_Chi_Minh"),
    ],
)
def test_the_first_settings_have_the_zone_of_the_browser_if_there_is_such_a_zone(
    tmp_path: Path, said: str, zone: str
) -> None:
    file = SettingsFile(tmp_path / "automator.yaml", check=lambda _: [], simulate=_never)

    make_settings_file(file, said)

    text = file.read()
    loaded = load_settings("automator.yaml", text)
    assert loaded.problems == []
    assert loaded.settings is not None
    assert loaded.settings.zone.key == zone
    assert "workers" not in text


def test_settings_that_are_there_already_stay(tmp_path: Path) -> None:
    path = tmp_path / "automator.yaml"
    path.write_text("workers: 3\n", encoding="utf-8")

    make_settings_file(SettingsFile(path, check=lambda _: [], simulate=_never), "Asia/Bangkok")

    assert path.read_text(encoding="utf-8") == "workers: 3\n"
