"""The one zone of a server, and what goes by it."""

import pytest

from automator.actions.follow_up import FollowUpInputs
from automator.configuration.settings import Settings
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files.settings_file import load_settings
from tests.support.rules import check


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
    monkeypatch.setenv("TZ", "Europe/Paris")
    rules = """
rules:
  - id: morning
    trigger: {schedule: {cron: "0 9 * * *"}}
    actions: [{log: x}]
"""

    settings = Settings.model_validate({"time_intervals": {"open": {"days": "mon-sat"}}})
    rule = check(rules).rule_set.rule("morning")

    assert rule is not None
    assert rule.spec.trigger.schedule is not None
    assert {
        settings.zone.key,
        settings.time_intervals["open"].timezone,
        rule.spec.trigger.schedule.timezone,
        FollowUpInputs(at="09:00", actions=[]).timezone,
    } == {DEFAULT_ZONE}


def test_a_zone_that_is_none_is_a_problem_with_its_place() -> None:
    loaded = load_settings("automator.yaml", "timezone: Asia/Saigong\n")

    assert loaded.settings is None
    assert [(item.line, item.column) for item in loaded.problems] == [(1, 11)]
