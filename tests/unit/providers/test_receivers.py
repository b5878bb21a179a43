"""The ids of those who are written to: what is none is found before anything is sent."""

import pytest

from automator.model import PermanentError
from tests.support.providers import a_provider


@pytest.mark.parametrize(
    ("provider", "to", "known_as"),
    [
        ("facebook", "24813579246801357", "24813579246801357"),
        ("facebook", "0901234567", None),
        ("facebook", "an@shop.example", None),
        ("instagram", "17841405793187218", "17841405793187218"),
        ("instagram", "@hoa.shop", None),
        ("zalo", "4810112936104567890", "4810112936104567890"),
        ("zalo", "0901234567", None),
        ("zalo", "84901234567", "84901234567"),
        ("telegram", "55", "55"),
        ("telegram", "-1001234", "-1001234"),
        ("telegram", "@shop_news", "@shop_news"),
        ("telegram", "Nguyễn An", None),
        ("line", "U0123456789abcdef0123456789abcdef", "U0123456789abcdef0123456789abcdef"),
        ("line", "hoa", None),
        ("whatsapp", "+84901234567", "84901234567"),
        ("whatsapp", "84901234567", "84901234567"),
        ("whatsapp", "0901234567", None),
        ("whatsapp", "VN.1349abc", "VN.1349abc"),
        ("slack", "U123", "U123"),
    ],
)
def test_an_id_is_one_of_the_platform(provider: str, to: str, known_as: str | None) -> None:
    assert a_provider(provider).receiver_id(to) == known_as


@pytest.mark.parametrize(
    ("template", "number"),
    [
        ({"id": "1", "phone": "0901 234 567"}, "84901234567"),
        ({"id": "1", "phone": None}, None),
        ({"id": "1", "phone": ""}, None),
        ({"id": "1"}, None),
    ],
)
def test_a_template_of_zalo_names_a_telephone_number_itself(
    template: dict[str, str | None], number: str | None
) -> None:
    assert a_provider("zalo").receiver_in(template) == number


def test_what_is_no_telephone_number_is_told() -> None:
    with pytest.raises(PermanentError):
        a_provider("zalo").receiver_in({"id": "1", "phone": "An"})


def test_a_template_of_others_has_its_receiver_beside_it() -> None:
    assert a_provider("whatsapp").receiver_in({"name": "order", "phone": "84901234567"}) is None
