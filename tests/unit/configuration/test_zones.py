"""The one zone of a server, and what goes by it."""

from pathlib import Path

import pytest

from automator.actions.follow_up import FollowUpInputs
from automator.configuration.environment import zone_of_machine
from automator.configuration.settings import Settings
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files.settings_file import load_settings
from tests.support.rules import check


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


def test_all_times_without_a_zone_go_by_one_whatever_the_machine_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("automator.configuration.settings.machine_zone", lambda: "Europe/Paris")
    rules = """
rules:
  - id: morning
    trigger: {schedule: {cron: "0 9 * * *"}}
    actions: [{log: x}]
"""

    settings = Settings.model_validate({"time_intervals": {"open": {"days": "mon-sat"}}})
    rule = check(rules).rule_set.rule("morning")

    assert settings.zone.key == "Europe/Paris"
    assert rule is not None
    assert rule.spec.trigger.schedule is not None
    assert {
        settings.time_intervals["open"].timezone,
        rule.spec.trigger.schedule.timezone,
        FollowUpInputs(at="09:00", actions=[]).timezone,
    } == {DEFAULT_ZONE}


def test_a_zone_that_is_none_is_a_problem_with_its_place() -> None:
    loaded = load_settings("automator.yaml", "timezone: Asia/Saigong\n")

    assert loaded.settings is None
    assert [(item.line, item.column) for item in loaded.problems] == [(1, 11)]
