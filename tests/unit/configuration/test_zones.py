"""The one zone of a server, and what goes by it."""

from pathlib import Path

import pytest

from automator.configuration.environment import zone_of_machine
from automator.configuration.settings import Settings
from automator.files.settings_file import load_settings


@pytest.mark.parametrize(
    ("environ", "link", "zone"),
    [
        ({}, "zoneinfo/Asia/Ho_Chi_Minh", "Asia/Ho_Chi_Minh"),
        ({}, "zoneinfo/Etc/UTC", "UTC"),
        ({}, "somewhere/else", "UTC"),
        ({"TZ": "Asia/Bangkok"}, "zoneinfo/Etc/UTC", "Asia/Bangkok"),
        ({"TZ": ":Asia/Bangkok"}, "zoneinfo/Etc/UTC", "Asia/Bangkok"),
        ({"TZ": ":/usr/share/zoneinfo/Asia/Bangkok"}, "zoneinfo/Etc/UTC", "Asia/Bangkok"),
        ({"TZ": "<+07>-7"}, "zoneinfo/Asia/Bangkok", "UTC"),
        ({"TZ": ""}, "zoneinfo/Asia/Bangkok", "Asia/Bangkok"),
    ],
)
def test_the_zone_of_a_machine_is_the_one_that_it_names(
    tmp_path: Path, environ: dict[str, str], link: str, zone: str
) -> None:
    (tmp_path / link).parent.mkdir(parents=True)
    (tmp_path / link).touch()
    (tmp_path / "localtime").symlink_to(tmp_path / link)

    assert zone_of_machine(environ, tmp_path / "localtime") == zone


def test_intervals_without_a_zone_go_by_the_one_of_the_settings() -> None:
    text = """
        timezone: Asia/Ho_Chi_Minh
        time_intervals:
          open: {days: mon-sat}
          abroad: {days: mon-sat, timezone: Europe/Paris}
          universal: {days: mon-sat, timezone: UTC}
    """

    settings = load_settings("automator.yaml", text).settings

    assert settings is not None
    assert settings.zone.key == "Asia/Ho_Chi_Minh"
    assert {name: item.timezone for name, item in settings.time_intervals.items()} == {
        "open": "Asia/Ho_Chi_Minh",
        "abroad": "Europe/Paris",
        "universal": "UTC",
    }


def test_intervals_do_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automator.configuration.settings.machine_zone", lambda: "Asia/Ho_Chi_Minh")

    settings = Settings.model_validate({"time_intervals": {"open": {"days": "mon-sat"}}})

    assert settings.zone.key == "Asia/Ho_Chi_Minh"
    assert settings.time_intervals["open"].timezone == "UTC"


def test_a_zone_that_is_none_is_a_problem_with_its_place() -> None:
    loaded = load_settings("automator.yaml", "timezone: Asia/Saigong\n")

    assert loaded.settings is None
    assert [(item.line, item.column) for item in loaded.problems] == [(1, 11)]
