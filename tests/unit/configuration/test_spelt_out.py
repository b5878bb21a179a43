import pytest

from automator.actions.when import parse_when
from automator.configuration.spelt_out import meant_duration, meant_time_of_day
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
