import pytest

from automator.actions.follow_up import parse_when
from automator.configuration.everyday_times import (
    meant_days,
    meant_duration,
    meant_time_of_day,
    meant_times,
)
from automator.configuration.time_intervals import parse_days, parse_times
from automator.configuration.values import parse_duration


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1 day", "1d"),
        ("day", "1d"),
        ("2 ngày", "2d"),
        ("20 giờ", "20h"),
        ("15 phút", "15m"),
        ("24H", "24h"),
        ("1h30", "90m"),
        ("1 giờ 30 phút", "90m"),
        ("1,5h", "1.5h"),
        ("PT1H30M", "90m"),
        ("P1D", "1d"),
        ("01:00:00", "1h"),
        ("“20h”", "20h"),
        ("P", None),
        ("h", None),
        ("12:30", None),
        ("-2h", None),
        ("soon", None),
    ],
)
def test_a_duration_of_everyday_language_has_a_form_of_ours(text: str, meant: str | None) -> None:
    assert meant_duration(text) == meant
    assert meant is None or parse_duration(meant) > 0


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9h", "09:00"),
        ("9h30", "09:30"),
        ("0930", "09:30"),
        ("9.30", "09:30"),
        ("24:00", "00:00"),
        ("9 giờ sáng", "09:00"),
        ("8h tối", "20:00"),
        ("9 pm", "21:00"),
        ("12 am", "00:00"),
        ("9h sáng mai", "09:00 +1d"),
        ("21:00 tomorrow", "21:00 +1d"),
        ("1h trưa", None),
        ("9", None),
        ("25:00", None),
    ],
)
def test_a_time_of_day_of_everyday_language_has_a_form_of_ours(
    text: str, meant: str | None
) -> None:
    assert meant_time_of_day(text) == meant
    assert meant is None or parse_when(meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("8h-21h", "08:00-21:00"),
        ("8h đến 21h30", "08:00-21:30"),
        ("9am – 5pm", "09:00-17:00"),
        ("08h00-24h", "08:00-24:00"),
        ("8h sáng mai - 9h", None),
        ("8h", None),
        ("sáng - tối", None),
    ],
)
def test_times_of_everyday_language_have_a_form_of_ours(text: str, meant: str | None) -> None:
    assert meant_times(text) == meant
    assert meant is None or parse_times(meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("T2-T7", "mon-sat"),
        ("thứ 2 đến thứ 6", "mon-fri"),
        ("thứ 2-6", "mon-fri"),
        ("thu 7 - cn", "sat-sun"),
        ("Chủ nhật", "sun"),
        ("Monday to Friday", "mon-fri"),
        ("cuối tuần", "sat-sun"),
        ("2-6", None),
        ("mai", None),
        ("t2-t3-t4", None),
    ],
)
def test_days_of_everyday_language_have_a_form_of_ours(text: str, meant: str | None) -> None:
    assert meant_days(text) == meant
    assert meant is None or parse_days(meant)
