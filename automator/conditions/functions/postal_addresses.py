"""addresses(): finds Vietnamese postal addresses in a text, by the words that people put into them.

Precision goes first: a place is an address if a parcel could be brought there. That takes a house,
a lane or a village, and beside it a street, a ward or the names of a district and a province. The
name of a city or of a district alone is none, as in "có ship quận 1 không".
"""

import re
from typing import Final, NamedTuple

from automator.conditions.texts.fold import fold, plain
from automator.model import normalized

#: How many parts one address has at most, and how many words the name of a part.
_MOST_PARTS: Final = 12
_MOST_WORDS: Final = 4
#: How many places of a text at which an address may begin are examined.
_MOST_BEGINNINGS: Final = 100


def _spelled(words: str) -> str:
    """A pattern of these words with their accents, or without any: `duong`, but not `dường`."""
    both = (form for word in words.split() for form in (word, fold(word)))
    return "|".join(re.escape(form).replace("_", r"\s?") for form in dict.fromkeys(both))


#: The number of a house, a lane or a ward: `12`, `12B`, `5bis`, `20/5A`; but not `1kg` and `12h`.
_NUMBER: Final = r"\d{1,5}(?:[a-g]|bis)?(?:[/-]\d{1,4}[a-g]?){0,6}(?![\w.,]?\w)"
#: The words that begin a part, by its kind; `_` is where people may leave out the blank.
_MARKS: Final = {
    "house": "số_nhà nhà_số sn số lô căn_hộ căn phòng block tòa toà tầng",
    "lane": "ngõ ngách hẻm kiệt",
    "street": "đường phố đại_lộ quốc_lộ tỉnh_lộ ql",
    "village": "thôn ấp xóm tổ_dân_phố tổ tdp khu_phố kp khóm buôn bản khu_đô_thị kđt khu_tập_thể"
    " khu_dân_cư kdc chung_cư khu_công_nghiệp kcn",
    "ward": "phường xã thị_trấn",
    "district": "quận huyện thị_xã thành_phố",
    "province": "tỉnh",
}
#: Abbreviations, which count only with a dot before a name, or with a number.
_SHORT: Final = {"ward": "p|f|x|tt", "district": "q|h|tx|tp"}
_MARK: Final = re.compile(
    "|".join(
        f"(?P<{kind}>(?:{_spelled(words)})(?![^\\W\\d_])"
        + (rf"|(?:{_SHORT[kind]})(?:\s?\.|(?=\s?\d))" if kind in _SHORT else "")
        + ")"
        for kind, words in _MARKS.items()
    ),
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(_NUMBER, re.IGNORECASE)
_BLANK: Final = re.compile(r"[ .:,]{0,3}")
_WORD: Final = re.compile(r"[^\W\d_]+")
#: What may be between two parts, and the words "ở", "thuộc" and "trên" with it.
_BETWEEN: Final = re.compile(
    r"[\s,.;:()–-]{0,6}(?:(?:ở|o|thuộc|thuoc|trên|tren)\s)?", re.IGNORECASE
)
_ASKED: Final = re.compile(
    r"(?<!\w)(?:địa\s?chỉ|dia\s?chi|đ/c|d/c|đc|dc)(?:\s(?:mình|minh|em|nhà|nha|ship|là|la)){0,3}"
    r"\s?:?\s?",
    re.IGNORECASE,
)
#: A number, or a word that begins a part: only there an address may begin.
_BEGINNING: Final = re.compile(rf"(?<![\w.,/+-])(?:{_MARK.pattern}|(?={_NUMBER}))", re.IGNORECASE)


def _folded(names: str) -> frozenset[str]:
    return frozenset(fold(name.strip()) for name in names.split(","))


def _both(words: str) -> frozenset[str]:
    """These words with their accents, and without any."""
    return frozenset(words.split()).union(map(fold, words.split()))


#: The provinces and cities, before and after the mergers of 2025, with what people call them.
_PROVINCES: Final = _folded(
    "an giang, bà rịa, vũng tàu, bà rịa vũng tàu, bắc giang, bắc kạn, bạc liêu, bắc ninh, bến tre,"
    " bình định, bình dương, bình phước, bình thuận, cà mau, cần thơ, cao bằng, đà nẵng, đắk lắk,"
    " đăk lăk, daklak, đắk nông, điện biên, đồng nai, đồng tháp, gia lai, hà giang, hà nam, hà nội,"
    " hn, hà tĩnh, hải dương, hải phòng, hậu giang, hòa bình, huế, thừa thiên huế, hưng yên,"
    " khánh hòa, kiên giang, kon tum, lai châu, lâm đồng, lạng sơn, lào cai, long an, nam định,"
    " nghệ an, ninh bình, ninh thuận, phú thọ, phú yên, quảng bình, quảng nam, quảng ngãi,"
    " quảng ninh, quảng trị, sóc trăng, sơn la, tây ninh, thái bình, thái nguyên, thanh hóa,"
    " tiền giang, hồ chí minh, hcm, tphcm, tp hcm, hcmc, sài gòn, sg, trà vinh, tuyên quang,"
    " vĩnh long, vĩnh phúc, yên bái, đà lạt, nha trang, biên hòa, buôn ma thuột, quy nhơn"
)
#: The districts of the two largest cities that have names, and the cities that people call so.
_DISTRICTS: Final = _folded(
    "ba đình, hoàn kiếm, đống đa, hai bà trưng, cầu giấy, thanh xuân, hoàng mai, long biên,"
    " tây hồ, hà đông, nam từ liêm, bắc từ liêm, thanh trì, gia lâm, đông anh, hoài đức, sóc sơn,"
    " bình thạnh, gò vấp, tân bình, tân phú, phú nhuận, thủ đức, bình tân, hóc môn, củ chi,"
    " nhà bè, bình chánh, hải châu, thanh khê, liên chiểu, sơn trà, ngũ hành sơn, cẩm lệ"
)
_NAMED_AREAS: Final = {
    **dict.fromkeys(_DISTRICTS, "district"),
    **dict.fromkeys(_PROVINCES, "province"),
}
_AREAS: Final = _NAMED_AREAS | {f"tp {name}": kind for name, kind in _NAMED_AREAS.items()}
#: Most streets have the name of a person; these are the first words of such names, and of others.
_STREETS: Final = _both(
    "nguyễn trần phạm huỳnh phan hoàng trương đinh đặng bùi ngô lương lý tôn hùng lê vũ võ đỗ tạ"
    " phùng triệu hai_bà bà_triệu quang_trung điện_biên cách_mạng láng xã_đàn giải_phóng"
    " trường_chinh kim_mã bạch_đằng âu_cơ lạc_long an_dương xô_viết lũy_bán thống_nhất tô"
    " cao_thắng mạc khuất_duy chùa kha_vạn"
)
#: Words that do not belong to a name: what people write behind an address.
_NO_NAME: Final = _both(
    "nhé nhen nha nhá ạ à shop ơi cho em mình tôi tớ chị anh bạn ship giao lấy gửi sđt đt tel số"
    " thì được đc không ko k hok còn giá bao là này nào đó kia ấy đâu có và với để gần của về mai"
    " nay gọi trước sau cạnh đối hộ giúp size màu cái áo chiếc bộ đôi cod tên người nhận mua đặt"
    " rồi xong cảm thanks đi lắm quá rất hay nữa luôn ngay tầm tiền mấy gì ai nên mà ở đến từ"
)


class _Part(NamedTuple):
    #: The kinds that the part proves; none for a name between others.
    kinds: tuple[str, ...]
    end: int


def find_addresses(text: str, most: int, *, is_asked: bool = False) -> list[str]:
    """The first postal addresses in a text, each once, as people wrote them.

    In the answer to a question for an address, which is `is_asked`, and behind "địa chỉ", a number
    and a name are enough.
    """
    text = normalized("NFC", plain(text))
    found: dict[str, None] = {}
    end = examined = 0
    told_at = {match.end() for match in _ASKED.finditer(text)}
    for match in _BEGINNING.finditer(text):
        start = match.start()
        if start < end:
            continue
        examined += 1
        if examined > _MOST_BEGINNINGS or len(found) == most:
            break
        is_told = is_asked or start in told_at
        kinds, last = _parts_from(text, start, is_asked=is_told)
        if _is_address(kinds, is_asked=is_told):
            found.setdefault(" ".join(text[start:last].split()))
            end = last
    return list(found)


def _is_address(kinds: set[str], *, is_asked: bool) -> bool:
    has_house = bool(kinds & {"house", "lane"})
    has_area = bool(kinds & {"ward", "district", "province"})
    if is_asked:
        return bool(kinds & {"street", "ward"} and has_house) or "village" in kinds
    if "vague" in kinds:
        return has_area
    in_street = "street" in kinds or "ward" in kinds or {"district", "province"} <= kinds
    return (has_house and in_street) or ("village" in kinds and has_area)


def _parts_from(text: str, start: int, *, is_asked: bool) -> tuple[set[str], int]:
    """The kinds of the parts that follow each other from a place on, and the end of the last."""
    kinds: set[str] = set()
    at = end = start
    for count in range(_MOST_PARTS):
        part = _part(text, at, is_first=count == 0, is_asked=is_asked)
        if part is None:
            break
        kinds.update(part.kinds)
        if part.kinds:
            end = part.end
        between = _BETWEEN.match(text, part.end)
        at = between.end() if between else part.end
    return kinds, end


def _part(text: str, at: int, *, is_first: bool, is_asked: bool) -> _Part | None:
    mark = _MARK.match(text, at)
    if mark is not None and mark.lastgroup:
        return _marked(text, mark.lastgroup, mark.end(), is_asked=is_asked)
    number = _DIGITS.match(text, at)
    if number is not None:
        return _numbered(text, number, is_asked=is_asked) if is_first else None
    area = _name(text, at, of_area=True)
    if area.words:
        return _Part((_AREAS[area.folded],), area.end)
    # A name that nothing marks, between others: "Kim Liên" in "12 ngõ 3, Kim Liên, Đống Đa".
    name = _name(text, at)
    is_between = name.words and name.is_capital and text[name.end : name.end + 1] in ",-"
    return _Part((), name.end) if is_between and not is_first else None


def _marked(text: str, kind: str, at: int, *, is_asked: bool) -> _Part | None:
    """A part behind its word: "ngõ 34", "P.5", "quận Bình Thạnh", "số 12 Lê Lợi"."""
    at = _after_blank(text, at)
    if kind == "street" and (road := _MARK.match(text, at)) and road.lastgroup == "house":
        # "đường số 7"
        at = _after_blank(text, road.end())
    if number := _DIGITS.match(text, at):
        if kind not in ("house", "lane"):
            return _Part((kind,), number.end())
        name = _name(text, _after_blank(text, number.end()))
        is_name = len(name.words) > 1 and name.folded not in _AREAS
        if is_name and (name.is_street or name.is_capital or is_asked):
            vague = () if name.is_street or kind == "lane" else ("vague",)
            return _Part((kind, "street", *vague), name.end)
        return _Part((kind,), number.end())
    name = _name(text, at)
    if kind == "house":
        # A block or a floor has a letter; "số lượng" is no house.
        return _Part((), name.end) if len(name.folded) == 1 else None
    if not name.words or (kind == "lane" and not name.is_capital):
        return None
    kind = "street" if kind == "lane" else kind
    vague = ("vague",) if kind == "street" and not name.is_capital else ()
    return _Part((kind, *vague), name.end)


def _numbered(text: str, number: re.Match[str], *, is_asked: bool) -> _Part | None:
    """The number of a house without a word before it: "45 Trần Phú", "12 ngõ 3"."""
    at = _after_blank(text, number.end())
    mark = _MARK.match(text, at)
    if mark is not None and mark.lastgroup in ("lane", "street", "village"):
        return _Part(("house",), number.end())
    name = _name(text, at)
    if len(name.words) < 2 or not (name.is_street or is_asked):
        return None
    return _Part(("house", "street", "vague"), name.end)


def _after_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _begins_part(text: str, at: int) -> bool:
    """Whether a word within a name begins the next part, as `phường` does and `Kiệt` may not."""
    mark = _MARK.match(text, at)
    if mark is None:
        return False
    behind = _after_blank(text, mark.end())
    if _DIGITS.match(text, behind):
        return True
    word = _WORD.match(text, behind)
    is_named = word is not None and word[0].lower() not in _NO_NAME
    return is_named and mark.lastgroup not in ("house", "lane") and not _MARK.match(text, behind)


class _Name(NamedTuple):
    words: list[str]
    folded: str
    end: int
    is_capital: bool

    @property
    def is_street(self) -> bool:
        """Whether it begins as the names of streets do."""
        begins = (self.words[:1], self.words[:2])
        return any("_".join(words).lower() in _STREETS for words in begins)


def _name(text: str, at: int, *, of_area: bool = False) -> _Name:
    """The name that begins here, without words if none does.

    A name in capitals ends at the first small word, and any other at a word that is in no name.
    """
    words: list[str] = []
    folded: list[str] = []
    ends = [at]
    is_capital = text[at : at + 1].isupper()
    while len(words) < _MOST_WORDS + 2 and (word := _WORD.match(text, at)):
        is_over = words and (is_capital > word[0][0].isupper() or _begins_part(text, at))
        # In a name in capitals "Minh" and "Mai" are names; in small letters they are other words.
        may_be_any = of_area or (is_capital and not word[0].isupper())
        if is_over or (not may_be_any and word[0].lower() in _NO_NAME):
            break
        words.append(word[0])
        folded.append(fold(word[0]))
        ends.append(word.end())
        if text[word.end() : word.end() + 1] != " ":
            break
        at = word.end() + 1
    count = min(len(words), _MOST_WORDS)
    if of_area:
        while count and " ".join(folded[:count]) not in _AREAS:
            count -= 1
    else:
        # "Láng Hà Nội" are two names.
        pairs = ((i, j) for i in range(1, count) for j in range(i + 1, len(words) + 1))
        count = next((i for i, j in pairs if " ".join(folded[i:j]) in _AREAS), count)
    return _Name(words[:count], " ".join(folded[:count]), ends[count], is_capital)
