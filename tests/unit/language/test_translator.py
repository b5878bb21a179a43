"""A translator says texts and reasons in one language, and times in one zone."""

import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.clock import ms_of
from automator.language import Translator
from automator.model import Reason, quoted
from automator.reasons import doctor
from automator.reasons.conditions import kind_list, kind_text, missing_value, wrong_kind
from automator.reasons.deliveries import too_large
from automator.reasons.runs import CHANGED_ON_DISK, COMMAND_LINE, marked_done

ENGLISH = Translator("en")
VIETNAMESE = Translator("vi", ZoneInfo("Asia/Ho_Chi_Minh"))


def test_a_text_without_translation_is_said_in_english() -> None:
    assert VIETNAMESE("No such text {here}") == "No such text {here}"
    assert VIETNAMESE("Rules") == "Quy tắc"
    assert Translator("xx").language == "en"


@pytest.mark.parametrize(
    ("ms", "english", "vietnamese"),
    [
        (412, "412 ms", "412 ms"),
        (1_900, "1.9 s", "1,9 giây"),
        (1_800_000, "30 min", "30 phút"),
        (0, "0 ms", "0 ms"),
        (90_000, "1 min 30 s", "1 phút 30 giây"),
        (72_000_000, "20 h", "20 giờ"),
        (93_600_000, "1 d 2 h", "1 ngày 2 giờ"),
        (788_645_000, "9 d 3 h", "9 ngày 3 giờ"),
        (100_000, "1 min 40 s", "1 phút 40 giây"),
        (172_800_000, "2 d", "2 ngày"),
    ],
)
def test_a_length_of_time_has_the_units_of_the_language(
    ms: int, english: str, vietnamese: str
) -> None:
    assert (ENGLISH.duration(ms), VIETNAMESE.duration(ms)) == (english, vietnamese)


@pytest.mark.parametrize(
    ("number", "english", "vietnamese"),
    [
        (0.5, "0.5", "0,5"),
        (10.0, "10", "10"),
        (12, "12", "12"),
        (1234.25, "1,234.25", "1.234,25"),
        (100_000, "100,000", "100.000"),
    ],
)
def test_a_number_has_the_signs_of_the_language(
    number: float, english: str, vietnamese: str
) -> None:
    assert (ENGLISH.number(number), VIETNAMESE.number(number)) == (english, vietnamese)


@pytest.mark.parametrize(
    ("count", "english", "vietnamese"),
    [
        (300, "300 B", "300 B"),
        (65_536, "64 KiB", "64 KiB"),
        (1_600_000, "1.5 MiB", "1,5 MiB"),
    ],
)
def test_a_size_has_the_unit_that_makes_it_short(count: int, english: str, vietnamese: str) -> None:
    assert (ENGLISH.size(count), VIETNAMESE.size(count)) == (english, vietnamese)


@given(st.integers(min_value=1, max_value=3_599))
def test_what_is_said_of_a_length_of_time_adds_up_to_what_it_was(seconds: int) -> None:
    words = iter(ENGLISH.duration(seconds * 1000).split())

    assert sum(int(number) * {"min": 60, "s": 1}[next(words)] for number in words) == seconds


def test_a_moment_is_said_in_the_readers_zone() -> None:
    assert ENGLISH.time(1_795_478_400_000) == "2026-11-24 00:00:00 UTC"
    assert VIETNAMESE.time(1_795_478_400_000) == "2026-11-24 07:00:00"


def test_a_value_that_looks_like_a_place_stays_as_it_is() -> None:
    assert ENGLISH("said {what}", what="{secret} {0}") == "said {secret} {0}"


def test_what_others_said_is_not_translated() -> None:
    assert VIETNAMESE.say(quoted("Rules {x}")) == "Rules {x}"
    said = quoted("Rules {x}", "Wait {y}.")
    assert (VIETNAMESE.say(said), VIETNAMESE.advice(said)) == ("Rules {x}", "Wait {y}.")


@pytest.mark.parametrize(
    ("name", "english", "vietnamese"),
    [
        (COMMAND_LINE, "command line", "dòng lệnh"),
        (CHANGED_ON_DISK, "changed on disk", "sửa trực tiếp trên đĩa"),
        ("token crm", "token crm", "mã crm"),
        ("goodbye, run 0r3kq5v5z0000", "goodbye, run 0r3kq5v5z0000",
         "goodbye, lần xử lý 0r3kq5v5z0000"),
        # Accounts that are called as something in the catalogue is.
        ("admin", "admin", "admin"),
        ("owner", "owner", "owner"),
    ],
)  # fmt: skip
def test_who_has_done_something_is_said_unless_it_is_a_name(
    name: str, english: str, vietnamese: str
) -> None:
    assert ENGLISH.author(name) == english
    assert VIETNAMESE.author(name) == vietnamese
    assert ENGLISH.say(marked_done(who=name)) == f"marked done by {english}"
    assert VIETNAMESE.say(marked_done(who=name)) == f"{vietnamese} đánh dấu là đã xong"


def test_a_reason_of_another_version_still_says_its_values() -> None:
    assert ENGLISH.say(Reason("no_such_code", {"limit": 3})) == "no_such_code limit=3"
    assert "limit" in ENGLISH.say(Reason("quoted", {"limit": 3}))
    assert ENGLISH.say(None) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(["quoted", "other"]), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_every_reason_that_is_stored_comes_back_and_can_be_said(
    code: str, params: dict[str, object]
) -> None:
    reason = Reason(code, params)

    assert Reason.from_json(Reason.from_json(reason.to_json()).to_json()).code == code
    assert isinstance(VIETNAMESE.say(reason), str)


def test_the_advice_of_a_reason_stands_where_a_sentence_about_it_asks_for_it() -> None:
    refused = doctor.refused(reason=too_large(limit=7))

    assert ENGLISH.say(refused) == "Refused, because the body is larger than 7 bytes."
    assert ENGLISH.advice(refused) == ENGLISH(too_large.advice)
    assert ENGLISH.advice(doctor.refused(reason=Reason("of_a_later_version"))) == ""


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("en", 0, "0 runs"), ("en", 1, "1 run"), ("en", 1_200, "1,200 runs"),
     ("vi", 1, "1 lần xử lý"), ("vi", 1_200, "1.200 lần xử lý")],
)  # fmt: skip
def test_things_are_counted_as_the_language_counts_them(
    language: str, count: int, said: str
) -> None:
    assert Translator(language).counted("{count} run", "{count} runs", count) == said


def test_reasons_in_a_list_are_said_in_the_language() -> None:
    wrong = wrong_kind(what="a", value=missing_value(), wanted=[kind_text(), kind_list()])

    assert Translator("en").say(wrong) == "a is missing, not text or a list"
    assert Translator("vi").say(wrong) == "a là giá trị trống, không phải chữ hoặc danh sách"


def test_a_command_that_has_read_no_rule_says_a_mistake_in_the_meaning_of_one() -> None:
    """Such mistakes are declared beside their checks, which a start does without."""
    program = (
        "import sys\nfrom automator.language import Translator\n"
        "from automator.model import Reason\n"
        "print('automator.rules' in sys.modules)\n"
        "print(Translator('en').say(Reason('meaning_not_a_flag', {'name': 'contact.opted_out'})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        "False",
        "this never holds: contact.opted_out is true or false",
    ]


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "Asia/Ho_Chi_Minh", "Tue 2026-11-24 22:10"),
        ("vi", "Asia/Ho_Chi_Minh", "22:10 T3 24/11/2026"),
        ("vi", "UTC", "22:10 T3 24/11/2026 (Asia/Ho_Chi_Minh)"),
    ],
)
def test_a_moment_names_its_zone_only_if_it_is_another_one_than_the_readers(
    language: str, zone: str, expected: str
) -> None:
    translator = Translator(language, ZoneInfo(zone))
    at = ms_of("2026-11-24T15:10:00Z")

    assert translator.moment(at, "Asia/Ho_Chi_Minh") == expected
