"""spam_signals() finds simple signs of advertising, and none in what buyers write."""

import pytest

from automator.conditions import compile_expression
from automator.conditions.functions.extraction import find_spam_signals
from tests.support.words import all_said

BUYERS = (
    "giá bao nhiêu vậy shop", "GIÁ SAO Ạ", "0901 234 567 gọi em nhé", "đẹp quá đẹp quá",
    "@Lan Phạm xem nè", "@lan.pham @hoa_92 mẫu này xinh", "còn size M không ạ?? 😍😍😍",
    "ship Đà Nẵng bn tiền", "Chốt 2 áo đen M, 1 áo trắng L, giao trước thứ 6 giúp em",
    "ok ok ok", "ha ha ha ha", "size 38 39 40 41 42 43 còn không", "chị ở 12 Nguyễn Trãi, Hà Nội",
    "How much is the blue one?", "这个多少钱", "ราคาเท่าไหร่คะ", "얼마예요?",
    "CHO EM HỎI CÒN HÀNG KHÔNG Ạ", "xinh xỉu 😍😍😍😍", "email lan@example.com nha shop",
    "Áo đẹp lắm, mình mua lần 3 rồi, giao nhanh, gói kỹ, sẽ ủng hộ tiếp ạ",
    "1. áo đen\n2. áo trắng\n3. áo đỏ", "A@B.C", "", " ", "❤️❤️❤️",
)  # fmt: skip
SPAM = {
    "Xem ở đây: shop-khac.vn/sale": ["link"],
    "https://bit.ly/3abc nhận quà": ["link", "short_link"],
    "a.vn b.vn c.vn": ["link", "many_links"],
    "@lan @hoa @mai vào nhóm em": ["many_mentions"],
    "Call +44 20 7946 0958 for loans": ["foreign_phone"],
    "Быстрый кредит без отказа, пишите в личные сообщения": ["foreign_script"],
    "vay vay vay vay vay nhanh": ["repeated"],
    "tuyển cộng tác viên\ntuyển cộng tác viên\nTuyển cộng tác viên": ["repeated"],
    "𝐊𝐢𝐞̂́𝐦 𝐭𝐢𝐞̂̀𝐧 𝐭𝐚̣𝐢 𝐧𝐡𝐚̀": ["styled_letters"],
    "🔥" * 12 + " sale": ["many_emojis"],
    "VAY TIỀN NHANH TRONG NGÀY KHÔNG CẦN THẾ CHẤP LÃI SUẤT THẤP": ["shouting"],
}


@pytest.mark.parametrize("text", BUYERS)
def test_what_buyers_write_has_no_signal(text: str) -> None:
    assert find_spam_signals(text) == []


@pytest.mark.parametrize(("text", "signals"), SPAM.items())
def test_advertising_has_its_signals(text: str, signals: list[str]) -> None:
    assert find_spam_signals(text) == signals


def test_signals_are_named_in_the_explanation() -> None:
    condition = compile_expression("length(spam_signals(event.text)) >= `2`")
    scope = {"event": {"text": "https://bit.ly/3abc nhận quà"}}

    assert condition.holds(scope)
    found = compile_expression("spam_signals(event.text)").explain(scope)
    assert all_said(found.because) == (
        "spam_signals() finds link, short_link in 'https://bit.ly/3abc nhận quà'"
    )


def test_only_the_beginning_of_a_text_is_read() -> None:
    assert find_spam_signals("a " * 1_000 + "shop-khac.vn") == []
