"""Postal addresses of Vietnam in a text."""

import pytest

from automator.conditions import FINDERS, compile_expression
from automator.conditions.functions.postal_addresses import find_addresses
from tests.support.words import all_said

addresses = FINDERS["addresses"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (text.replace("<", "").replace(">", ""), text.partition("<")[2].partition(">")[0])
        for text in (
            "<số 12 ngõ 34 đường Láng, Đống Đa, Hà Nội>",
            "<12/3 Nguyễn Trãi, P.5, Q.5, TP.HCM>",
            "gửi về <123 Le Loi q1> nhé",
            "<thôn 3 xã Hòa Tiến huyện Hòa Vang Đà Nẵng>",
            "ship về <45 Trần Phú Hà Đông Hà Nội> giúp mình",
            "đc: <45 phan đình giót>",
            "Địa chỉ mình là <số 7 hẻm 51 Quang Trung, Gò Vấp> ạ",
            "<xom 5 xa nghi phu tp vinh nghe an>",
            "<ấp Bình Hòa, xã Tân Thạch, huyện Châu Thành, Bến Tre>",
            "<nhà số 8 đường 3/2 phường 11 quận 10>",
            "<chung cư Sunrise, phường Tân Hưng, quận 7>",
            "<12 ngo 165 Cau Giay HN>",
            "<tổ 4, khu phố 2, phường Trảng Dài, Biên Hòa>",
            "<So 25 duong so 7, kdc Trung Son, Binh Chanh>",
            "lấy 2 cái, 0901234567, <17 Hoàng Hoa Thám phường 13 Tân Bình>",
            "Lan - 0901 234 567 - <56 Nguyễn Văn Cừ, Long Biên, Hà Nội>",
            "<Kiệt 20/5 Hoàng Diệu, Đà Nẵng>",
            "<phòng 302 tòa B, số 10 đường Phạm Hùng, Nam Từ Liêm>",
            "giao k12 <ngõ 4 phố Vọng> nha",
            "<115 Điện Biên Phủ, Đa Kao, Quận 1, Hồ Chí Minh>",
            "<222/15 Bùi Đình Túy P12 Q.Bình Thạnh>",
            "<KP3, P. Long Bình, TP. Biên Hoà, Đồng Nai>",
            "cho e ship <thôn Đoài xã Tam Giang Yên Phong Bắc Ninh> nha",
            "<Số 9 Lý Thường Kiệt, TT. Đô Lương, Nghệ An>",
            "<29 Lê Duẩn, Q. Hải Châu, Đà Nẵng>. Cảm ơn shop",
            "<66 tran hung dao phuong 1 quan 5>",
            "<SỐ 12 NGÕ 34 ĐƯỜNG LÁNG ĐỐNG ĐA HÀ NỘI> NHÉ SHOP",
            "<102 nguyen tri phuong q10>",
            "<buôn Ea Nao, xã Ea Tu, Buôn Ma Thuột>",
            "Nhà em <15 ngách 45/12 ngõ Thịnh Quang>",
        )
    ],
)
def test_an_address_is_found_as_people_write_it(text: str, found: str) -> None:
    assert addresses(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "shop ở Hà Nội hay Sài Gòn ạ",
        "có ship quận 1 không",
        "lấy 2 áo size M",
        "số 5 còn không shop",
        "1kg đường 25k",
        "2 bát phở bò tái",
        "đường này đi sao ạ",
        "cho mình 3 hộp, tổng 250.000đ",
        "0901 234 567",
        "mình ở phường 5 quận 3",
        "áo số 12 còn màu đỏ không",
        "Mua 2 Áo Dài Hà Nội",
        "đơn 12345 giao chưa",
        "hẹn 12/11/2026 nhé",
        "địa chỉ shop ở đâu",
        "cho xin địa chỉ với ạ",
        "shop có ở đường Láng không",
        "phố đi bộ Hà Nội đẹp quá",
        "tp HCM giao mấy ngày",
        "xóm mình thích lắm",
        "tổ 2 người đi",
        "12h đường về",
        "ngõ nhỏ phố nhỏ nhà tôi ở đó",
        "Nguyễn Văn A đặt 2 bộ",
        "tầng 2 còn chỗ không",
        "thành phố nào cũng giao hả shop",
        "bản 2 có gì khác bản 1",
        "10 phần quà ở Đà Nẵng",
        "5 phố cổ đẹp nhất",
        "có chi nhánh ở Cầu Giấy không shop",
    ],
)
def test_places_amounts_and_streets_alone_are_no_address(text: str) -> None:
    assert addresses(text) == []


def test_several_addresses_are_each_found_once() -> None:
    text = "12 Lê Lợi, Q.1; 12 Lê Lợi, Q.1 và 8 Trần Phú, Hà Nội"

    assert addresses(text) == ["12 Lê Lợi, Q.1", "8 Trần Phú, Hà Nội"]


@pytest.mark.parametrize("part", ["q1 ", "phường ", "1 Lê Lê ", "đường số số ", "12, "])
def test_a_long_text_of_beginnings_is_examined_up_to_a_limit(part: str) -> None:
    # The address is behind more beginnings than are examined.
    assert find_addresses(part * 2_000 + ". 12 Lê Lợi, Q.1", 20) == []


def test_why_names_the_address_that_was_found() -> None:
    scope = {"event": {"text": "giao 12 Lê Lợi, Q.1 nhé"}}
    explained = compile_expression("addresses(event.text)").explain(scope)

    assert all_said(explained.because) == (
        "addresses() finds 12 Lê Lợi, Q.1 in 'giao 12 Lê Lợi, Q.1 nhé'"
    )
