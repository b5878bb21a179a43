"""Texts of rules as people read them who write no expressions."""

import pytest

from automator.model import Place, Step
from automator.server.pages.step_texts import steps_in_words, without_expressions


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Chào {{ event.actor.name | default('bạn') }} ơi", "Chào [name] ơi"),
        ("“Giá {{ vars.price | mo…”", "“Giá …”"),
        ("“Giá hôm nay…”", "“Giá hôm nay…”"),
        ("không có gì", "không có gì"),
        ("{% if event.text %}Chào{% endif %} {{ 'bạn' }}", "Chào […]"),
    ],
)
def test_a_name_stands_for_an_expression(written: str, read: str) -> None:
    assert without_expressions(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{{ vars.shop }} chào {{ event.actor.name }}", "Áo chào [name]"),
        ("{% if vars.shop %}Từ {{ vars.shop }}{% else %}–{% endif %}", "Từ Áo"),
        ("{% if event.text %}{{ vars.shop }} {% endif %}ơi", "Áo ơi"),
    ],
)
def test_a_step_shows_known_values_and_no_statement(written: str, read: str) -> None:
    step = Step(id="reply", action="reply", inputs={"text": written}, place=Place("a.yaml", 1, 1))

    (told,) = steps_in_words([step], {"vars": {"shop": "Áo"}})

    assert told.about == read
