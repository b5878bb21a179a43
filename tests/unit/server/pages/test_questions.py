"""Questions are told from other comments, with and without accents."""

import pytest

from automator.server.pages.home import is_question


@pytest.mark.parametrize(
    "text",
    [
        "Giá bao nhiêu vậy shop?",
        "gia sao shop",
        "ib",
        "còn hàng ko ạ",
        "Ship khong b",
        "Bn tiền",
        "shop ở đâu",
        "ship HN không",
        "áo này giặt máy được k ạ",
        "hàng về chưa shop",
        "ship đi Cần Thơ mất mấy ngày ạ",
        "bao lâu thì nhận được hàng",
        "áo này mấy tiền v shop",
        "nhiu vậy shop",
        "Bn vậy ạ",
        "chất vải ntn",
        "cho em hỏi với",
        "ship về Huế giúp mình",
        "mình muốn đặt 2 cái",
        "xin link shop ơi",
        "cái này làm bằng gì vậy",
        "How much is it",
        "is it available",
        "？",
    ],
)
def test_a_question_is_known(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Đẹp quá!",
        "Cảm ơn shop nhé",
        "ok",
        "",
        "❤️❤️",
        "gian hàng đẹp",
        "may mắn quá",
        "áo may kỹ",
    ],
)
def test_other_comments_are_none(text: str) -> None:
    assert not is_question(text)
