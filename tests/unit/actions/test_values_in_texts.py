"""The values of an answer: none passes that the texts do not have as a whole."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions.answer import (
    _DAYS,
    _LINK,
    _SPELT_LINK,
    first_foreign,
    hidden_in,
    values_in,
)

TEXTS = """\
Áo thun giá 250.000đ, size 38, 39, 40. Giao trong 3 ngày làm việc.
Mở cửa 8:00 – 21:00 mỗi ngày, thứ Hai nghỉ. Gọi 0901 234 567 hoặc viết a@shop.vn.
Xem https://shop.vn/doi-tra. Giảm 20%. Phí 30 nghìn. Bảo hành hai năm, từ 12/11/2026. Quà $20.
"""


@pytest.mark.parametrize(
    "answer",
    [
        "Dạ áo 250.000đ ạ, còn size 39, 40.",
        "Giao trong 3 ngày nha bạn!",
        "Shop mở 8:00-21:00, thứ hai nghỉ ạ.",
        "Bạn gọi 0901 234 567 hoặc a@shop.vn nhé",
        "**Giảm 20%**, phí 30 nghìn, bảo hành hai năm.",
        "Xem ở https://shop.vn/doi-tra.",
        "Từ 12/11/2026; quà $20",
        "Dạ vâng, shop cảm ơn bạn năm nay đã ủng hộ ạ",
        "Gia đình 👩\u200d👩\u200d👧 vui vẻ ạ",
    ],
)
def test_an_answer_with_the_values_of_the_texts_passes(answer: str) -> None:
    assert first_foreign(answer, TEXTS) is None
    assert hidden_in(answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        "25.000đ", "1.250.000đ", "250.000", "250k", "250.000 đ", "250.000$", "2 50.000đ",
        "hai trăm năm mươi nghìn", "nam tram nghin", "một triệu đồng", "five hundred dollars",
        "3 giờ", "3", "ba ngày", "30 triệu", "30", "một năm", "20", "20.0%", "120%",
        "0901 234", "234 567", "0901.234.567", "0901 234 568", "+84 901 234 567",
        "8:00-22:00", "12/11", "12/11/2027", "12 tháng 11", "November 12", "thứ ba", "Tuesday",
        "chủ nhật", "shop.vn", "https://shop.vn", "https://shop.vn/doi-tra/x", "b@shop.vn",
        "bit.ly/shop", "shоp.vn/doi-tra", "shop chấm vn", "shop (dot) com", "SHOP。VN",
        "２５０.０００đ", "٣ ngày", "𝟑 ngày", "3️⃣ ngày", "③ ngày", "Ⅲ ngày", "½ giá", "🔟 ngày",
        "三 ngày", "38 40", "38-40", "size 41", "38_39", "3`8", "2<b></b>0%", "38*40", "39|40",
        '<a href="https://evil.example">đây</a>', "[đây](https://evil.example)",
    ],
)  # fmt: skip
def test_a_value_that_the_texts_do_not_have_like_that_is_found(answer: str) -> None:
    assert first_foreign(f"Dạ {answer} ạ", TEXTS) is not None


@pytest.mark.parametrize("code", ["200B", "200C", "2060", "202E", "00AD", "FEFF", "E0031", "0007"])
def test_a_character_that_nobody_sees_is_found(code: str) -> None:
    assert hidden_in(f"250{chr(int(code, 16))}.000đ") == f"U+{code}"


@pytest.mark.parametrize("part", ["y", "y.", "9 ", "9", "<a", "dot ", "chấm vn", "năm ", "@", "3-"])
def test_the_work_grows_with_the_text_and_not_with_its_square(part: str) -> None:
    def steps(count: int) -> int:
        lines = 0

        def counted(_frame: object, event: str, _argument: object) -> None:
            nonlocal lines
            lines += event in ("call", "c_call")

        sys.setprofile(counted)
        try:
            list(values_in(part * count))
        finally:
            sys.setprofile(None)
        return lines

    assert steps(4_000) < 6 * steps(1_000)
    # A pattern that goes over a long word again and again does so within one call.
    assert not any(pattern.pattern.startswith(r"\S") for pattern in (_LINK, _SPELT_LINK, _DAYS))


_PIECES = st.lists(
    st.one_of(
        st.integers(0, 10**9).map(str),
        st.text(st.characters(categories=["Nd", "Nl", "No"]), min_size=1, max_size=4),
        st.sampled_from([" ", ".", ",", "-", "/", ":", "đ", "k", "%", "$", "\n", "ngày", "x", "ạ"]),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)


@given(answer=_PIECES, texts=_PIECES)
def test_no_digit_passes_that_is_in_no_value_of_the_texts(answer: str, texts: str) -> None:
    if first_foreign(answer, texts) is not None:
        return
    known = "".join(values_in(texts)).casefold()
    for sign in answer:
        if sign.isnumeric():
            assert sign.casefold() in known or sign in known


@given(answer=_PIECES)
def test_every_digit_belongs_to_a_value(answer: str) -> None:
    values = "".join(values_in(answer))
    for sign in answer:
        if sign.isdecimal():
            assert sign in values


@given(texts=_PIECES, joint=st.sampled_from([" ", "\n", " ạ, ", ". "]))
def test_what_stands_in_the_texts_passes(texts: str, joint: str) -> None:
    assert first_foreign(texts, f"Dạ{joint}\n{texts}\n{joint}vâng") is None
