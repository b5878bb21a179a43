"""Texts of rules as people read them who write no expressions."""

import pytest

from automator.server.pages.step_texts import without_expressions


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Chào {{ event.actor.name | default('bạn') }} ơi", "Chào [name] ơi"),
        ("“Giá {{ vars.price | mo…”", "“Giá …”"),
        ("“Giá hôm nay…”", "“Giá hôm nay…”"),
        ("không có gì", "không có gì"),
    ],
)
def test_a_name_stands_for_an_expression(written: str, read: str) -> None:
    assert without_expressions(written) == read
