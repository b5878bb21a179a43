"""language(): Vietnamese with or without accents, English, others by script, or nothing."""

import pytest

from automator.conditions import compile_expression
from automator.conditions.texts.languages import language_of

VIETNAMESE = """\
gia bao nhieu vay shop
Giá bao nhiêu ạ
giá?
con size m khong
ship ve ha noi mat bao lau
cho minh 1 cai mau den
chot don a01
shop oi tu van minh voi
hang loi roi doi lai cho toi
còn hàng không
ib mình
ko thay rep
áo này còn màu đen ko shop
lay minh 2 cai nhe
dia chi o dau vay
may gio mo cua
hoan tien cho minh di
hàng lỗi
lừa đảo
dat coc bao nhieu
shop nhan cod khong a
giao hang cham qua
đẹp quá
dep qua shop
mẫu này bao nhiêu tiền
bn vậy shop
xin gia
tư vấn em với
check inbox giúp mình
cho hỏi giá
ao nay vai gi vay
mac 60kg vua khong
bao gio co hang lai
mua 2 tang 1 khong
den chua
còn k shop
co mau do khong
con do khong
the nay bao nhieu tien vay
sao lau vay
khi nao giao
phi ship bao nhieu
"""
ENGLISH = """\
how much is this?
price please
do you ship to Hanoi
still available?
can I get a refund
what is the price
I want this one
my order has not arrived
where are you located
do you have size M in black
is this still available
how long does delivery take
please send me the price
can you deliver tomorrow
I love it
where is my order
this is broken, I want my money back
are you open today
Hello, I need help with my order
what colors do you have
any discount?
is it new
too expensive
red dress size M please
"""
#: Texts that say nothing, or that are in other languages.
OPEN = """\
ok
1
ib
size M?
.
shop
hi
A01 L
👍
0901234567
https://shop.vn/a
@Lan Nguyen
combien ca coute
cuanto cuesta
berapa harganya
magkano po
wie viel kostet das
скільки коштує
inbox
sale
ok shop
price
+1
a
xl
quanto custa
hola
que
te amo
c'est combien
haben Sie das
merci
danke
"""


@pytest.mark.parametrize("text", VIETNAMESE.splitlines())
def test_vietnamese_is_known_with_and_without_accents(text: str) -> None:
    assert language_of(text) == "vi"
    assert language_of(text.upper()) == "vi"


@pytest.mark.parametrize("text", ENGLISH.splitlines())
def test_english_is_known(text: str) -> None:
    assert language_of(text) == "en"


@pytest.mark.parametrize("text", ["", *OPEN.splitlines()])
def test_what_does_not_say_is_never_guessed(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ราคาเท่าไหร่", "th"),
        ("多少钱", "zh"),
        ("いくらですか", "ja"),
        ("얼마예요", "ko"),
        ("값이 얼마예요 shop", "ko"),
        ("តម្លៃប៉ុន្មាន", "km"),
        ("ລາຄາເທົ່າໃດ", "lo"),
        ("送料はいくら", "ja"),
    ],
)
def test_a_script_of_one_language_decides(text: str, language: str) -> None:
    assert language_of(text) == language


def test_decomposed_and_styled_letters_are_read_as_plain_ones() -> None:
    assert language_of("gia\u0301 bao nhie\u0302u va\u0323\u0302y") == "vi"
    assert language_of("𝐠𝐢𝐚 𝐛𝐚𝐨 𝐧𝐡𝐢𝐞𝐮") == "vi"


@pytest.mark.parametrize("text", ["à" * 100_000, "a1" * 50_000, "." * 100_000, "bạn ơi " * 20_000])
def test_only_the_beginning_of_a_long_text_is_read(text: str) -> None:
    assert language_of(text) == language_of(text[:1_000])


def test_conditions_ask_for_it() -> None:
    compiled = compile_expression("language(event.text) == 'en'")

    assert compiled.holds({"event": {"text": "how much is this?"}})
    assert not compiled.holds({"event": {"text": "giá sao shop"}})
    assert not compiled.holds({"event": {"text": "ok"}})
    assert not compiled.holds({"event": {"text": None}})
    assert compile_expression("language(event.text) == null").holds({"event": {}})
