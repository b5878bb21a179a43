"""Phone numbers, e-mail addresses and links in a text."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import FINDERS, compile_expression
from automator.conditions.functions.addresses import find_emails, find_links
from automator.conditions.functions.extraction import MOST_FOUND
from automator.conditions.functions.keywords import MAX_TEXT
from automator.conditions.functions.phone_numbers import find_phones
from automator.conditions.functions.postal_addresses import find_addresses

phones, emails, links = (FINDERS[name] for name in ("phones", "emails", "links"))

_MINE = "+84901234567"


@pytest.mark.parametrize(
    "text",
    [
        "0901 234 567",
        "gọi mình 0901234567 nhé",
        "+84 90.123.4567",
        "84901234567",
        "090-123-4567",
        "(+84) 901234567",
        "+84(0)901234567",
        "0084 901 234 567",
        "09 01 23 45 67",
        "0 9 0 1 2 3 4 5 6 7",
        "0️⃣9️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
        "０９０１２３４５６７",
        "0901\u200b234\u00a0567",
        "sđt0901234567",
        "SĐT.0901234567.",
        "0901234567nhé",
        "Lan-0901234567",
        "lấy 2 cái, 0901 234 567 (Lan)",
        "zalo.me/0901234567",
        "https://wa.me/84901234567",
        "250.000 0901234567",
        "0901\u200e234\u202e567",
        "0901\u2062234\u3164567",
        "0901·234·567",
        "0901 234 567 k có zalo ạ",
        "0901234567 đ ko shop",
        "O9o1234567 nha",
        "lh O90.1234.567",
        "𝟎𝟗𝟎𝟏 𝟐𝟑𝟒 𝟓𝟔𝟕…",
    ],
)
def test_a_number_is_found_however_people_write_it(text: str) -> None:
    assert phones(text) == [_MINE]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(028) 3823 4567", ["+842838234567"]),
        ("84-24-3823-4567", ["+842438234567"]),
        ("0901234567/0987654321", [_MINE, "+84987654321"]),
        ("0901.234.567-0987.654.321", [_MINE, "+84987654321"]),
        ("0901234567, 0901 234 567\n0987654321", [_MINE, "+84987654321"]),
        ("+1 415-555-2671 or +66 81 234 5678", ["+14155552671", "+66812345678"]),
        ("+44 (0)20 7946 0958", ["+442079460958"]),
    ],
)
def test_landlines_several_numbers_and_those_of_other_countries_are_found(
    text: str, found: list[str]
) -> None:
    assert phones(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "giá 250.000.000đ",
        "84.350.000.000",
        "0901 234 567đ",
        "84 901 234 567 đ",
        "+10.000.000",
        "đơn 0901234567890",
        "mã đơn 240912345",
        "GHN0901234567",
        "DH-0901234567",
        "#0901234567",
        "0901234567VN",
        "0.901.234.567",
        "https://shop.vn/p/0901234567",
        "0901234567@example.com",
        "12/11/2026 09:30",
        "1900 1234",
        "OOO oooooooooo",
        "SO901234567",
        "0123 456 7890",
        "",
    ],
)
def test_prices_orders_dates_and_codes_are_no_numbers(text: str) -> None:
    assert phones(text) == []


_GAPS = st.sampled_from(["", "", " ", ".", "-", ") ", " - "])


@given(
    st.sampled_from(["0", "84", "+84", "0084", "+84 0"]),
    st.from_regex(r"[35789][0-9]{8}|2[0-9]{9}", fullmatch=True),
    st.lists(_GAPS, min_size=10, max_size=10),
)
def test_every_grouping_of_a_number_is_the_same_number(
    prefix: str, local: str, gaps: list[str]
) -> None:
    written = prefix + "".join(gap + digit for gap, digit in zip(gaps, local, strict=False))

    assert phones(f"sdt: {written}") in ([f"+84{local}"], [])
    assert phones(f"sdt: 0{local}, gọi nhé") == [f"+84{local}"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mail: Lan.Nguyen+1@Example.com.", ["lan.nguyen+1@example.com"]),
        ("a@x.vn,b@x.com.vn a@X.vn", ["a@x.vn", "b@x.com.vn"]),
        ("<lan@example.com>", ["lan@example.com"]),
        ("lan@example.com.Cảm ơn", ["lan@example.com"]),
        ("lan@example.com.Thanks", ["lan@example.com"]),
        ("lan@example.com…cảm ơn", ["lan@example.com"]),
        ("l\u00adan＠example\u200b.com", ["lan@example.com"]),
        ("nguyễn@example.com", []),
        ("a..b@x.vn", []),
        ("@shop, a@b, tiktok.com/@shop.vn", []),
    ],
)
def test_addresses_are_found_in_small_letters(text: str, found: list[str]) -> None:
    assert emails(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HTTPS://Example.COM/Path?A=1.", ["https://example.com/Path?A=1"]),
        ("rẻ hơn ở shopee.vn/abc, www.abc.com.vn!", ["https://shopee.vn/abc",
         "https://www.abc.com.vn"]),
        ("(xem http://a.vn/b_(c))", ["http://a.vn/b_(c)"]),
        ("m.me/shop bit.ly/3abC", ["https://m.me/shop", "https://bit.ly/3abC"]),
        ("a.vn:8080/x a.vn:8080/x", ["https://a.vn:8080/x"]),
        ("https://a.com，好", ["https://a.com"]),
        ("𝐬𝐡𝐨𝐩.𝐯𝐧/𝐚 ｓｈｏｐ．ｖｎ", ["https://shop.vn/a", "https://shop.vn"]),
        ("sh\u00adop\u200e.vn shop.vn…rẻ", ["https://shop.vn"]),
        ("https://shop.vn@evil.com/a http://a:b@evil.com", ["https://evil.com/a",
         "http://evil.com"]),
        ("https://evil.com\\@shop.vn", ["https://evil.com\\@shop.vn"]),
        ("(https://a.vn/b)))]. a.vn/(c)", ["https://a.vn/b", "https://a.vn/(c)"]),
        ("lan@example.com 250.000 áo.com size.M ok.me nhé zalo.me https://", []),
    ],
)  # fmt: skip
def test_links_are_found_with_and_without_their_scheme(text: str, found: list[str]) -> None:
    assert links(text) == found


@given(st.sampled_from(sorted(FINDERS)), st.text("0189+-.( @a:/đvncom", max_size=60))
def test_what_is_found_is_found_again_in_itself(name: str, text: str) -> None:
    for one in FINDERS[name](text):
        assert FINDERS[name](one) == [one]


@pytest.mark.parametrize("name", sorted(FINDERS))
def test_what_is_found_is_bounded_and_no_list_is_shared(name: str) -> None:
    many = " ".join(
        f"09012345{n} a{n}@x.vn https://x.vn/{n} {n} Lê Lợi, Q.1" for n in range(10, 60)
    )
    found = FINDERS[name](many)
    found.append("another")

    assert len(FINDERS[name](many)) == MOST_FOUND
    assert FINDERS[name](" " * MAX_TEXT + many) == []


_HOSTILE = [
    "o",
    "o1","1 ", "0 ", "0901 ", "08 4 ", "+(((", "00 84 ", "+1 ", "@", "a@", "a" * 63 + ".",
            "x@a.b.c ", "a-", "https://", ".com", "a.com/", "))))", "08(((4",
            "http://a@", "\\", "\u0301\u0323"]  # fmt: skip


def test_brackets_behind_links_take_no_longer_than_other_signs() -> None:
    def seconds(sign: str) -> float:
        text = "".join(f"https://a.vn/{n}{sign * 1_990} " for n in range(20))
        began = time.thread_time()
        find_links(text, 20)
        return time.thread_time() - began

    plain, brackets = (min(seconds(sign) for _ in range(3)) for sign in ("a", ")"))

    assert brackets < 0.02 + 20 * plain


@pytest.mark.parametrize("search", [find_phones, find_emails, find_links, find_addresses])
@pytest.mark.parametrize("part", _HOSTILE)
def test_a_hostile_text_takes_linear_time(
    search: Callable[[str, int], list[str]], part: str
) -> None:
    def seconds(size: int) -> float:
        text = (part * size)[:size]
        began = time.thread_time()
        search(text, 1_000_000)
        return time.thread_time() - began

    short = min(seconds(4_096) for _ in range(3))
    long = min(seconds(32_768) for _ in range(3))

    assert long < 0.005 + 24 * short


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("phones('gọi 0901 234 567')", [_MINE]),
        ("phones(nothing)", []),
        ("emails('a@x.vn')[0]", "a@x.vn"),
        ("len(links('a.vn b.vn'))", 2),
        ("contains(phones('0901234567'), '+84901234567')", True),
        ("!phones('giá')", True),
    ],
)
def test_conditions_have_what_is_found_as_lists(text: str, value: Any) -> None:
    assert compile_expression(text).search({}) == value
