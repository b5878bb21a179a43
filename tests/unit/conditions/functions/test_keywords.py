"""keywords(): the same question, however people type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import ExpressionError, compile_expression, fold
from automator.conditions.functions.keywords import Matcher, Options, is_close
from tests.support.words import advice_on, said


def _holds(text: Any, words: str, options: str = "") -> bool:
    arguments = f"text, {words}, {options}" if options else f"text, {words}"
    return compile_expression(f"keywords({arguments})").holds({"text": text})


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Giá bao nhiêu vậy shop?", "['giá']", True),
        ("gia bao nhieu", "['giá']", True),
        ("GIÁ?", "['gia']", True),
        ("shop giảm giá không", "['giảm giá']", True),
        ("giảm  \n giá", "['giảm giá']", True),
        ("giảm, giá", "['giảm giá']", True),
        ("giá giảm", "['giảm giá']", False),
        ("giai đoạn", "['giá']", False),
        ("ib mình", "['ib']", True),
        ("bib", "['ib']", False),
        ("ib123", "['ib']", False),
        ("đẹp quá", "['giá', 'bao nhiêu', 'ib']", False),
        ("gia\u0301", "['giá']", True),
        ("học c++ nhé", "['c++']", True),
        ("học c nhé", "['c++']", False),
        ("có #sale không", "['#sale']", True),
        ("có #salenow không", "['#sale']", False),
        ("có sale không", "['#sale']", False),
        ("đẹp ❤️❤️", "['❤']", True),
        ("đẹp", "['❤']", False),
        ("size-M", "['size m']", True),
        ("giá", "'giá'", True),
        ("", "['giá']", False),
    ],
)
def test_whole_words_are_found_with_or_without_accents(
    text: str, words: str, expected: bool
) -> None:
    assert _holds(text, words) is expected


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("ขอถามราคาหน่อยค่ะ", "['ราคา']", True),
        ("สวยมาก", "['ราคา']", False),
        ("请问价格多少", "['价格']", True),
        ("请问格价", "['价格']", False),
        ("请ib我", "['ib']", True),
        ("値段はいくらですか", "['いくら']", True),
        ("가격은 얼마예요", "['가격']", True),
        ("कीमत क्या है", "['कीमत']", True),
        ("कीमती", "['कीमत']", False),
        ("Сколько стоит?", "['сколько']", True),
    ],
)
def test_scripts_without_spaces_are_searched_inside_sentences(
    text: str, words: str, expected: bool
) -> None:
    assert _holds(text, words) is expected


@pytest.mark.parametrize(
    ("text", "words", "options", "expected"),
    [
        ("giai đoạn", "['giá']", "{mode: 'contains'}", True),
        ("GIÁ ", "['giá']", "{mode: 'exact'}", True),
        ("giá?", "['giá']", "{mode: 'exact'}", True),
        ("giá bao nhiêu", "['giá']", "{mode: 'exact'}", False),
        ("❤️", "['❤']", "{mode: 'exact'}", True),
        ("giá ship", "['giá', 'ship']", "{all: `true`}", True),
        ("giá", "['giá', 'ship']", "{all: `true`}", False),
        ("giá sỉ", "['giá']", "{exclude: ['sỉ']}", False),
        ("giá lẻ", "['giá']", "{exclude: ['sỉ']}", True),
        ("khuyen mia", "['khuyến mãi']", "{typos: `1`}", False),
        ("khuyeen mai", "['khuyến mãi']", "{typos: `1`}", True),
        ("khuyen mai", "['khuyến mãi']", "{typos: `1`}", True),
        ("shippp", "['ship']", "{typos: `2`}", False),
        ("shipp", "['ship']", "{typos: `1`}", True),
        ("gía", "['gió']", "{typos: `2`}", False),
        ("facebok", "['facebook']", "{typos: `1`}", True),
        ("fcebok", "['facebook']", "{typos: `1`}", False),
        ("fcebok", "['facebook']", "{typos: `2`}", True),
        ("giá", "['giá']", '`{"mode": "word"}`', True),
    ],
)
def test_options_change_how_words_are_compared(
    text: str, words: str, options: str, expected: bool
) -> None:
    assert _holds(text, words, options) is expected


def test_a_text_that_is_null_has_no_keywords() -> None:
    outcome = compile_expression("keywords(event.text, ['giá'])").evaluate({"event": {}})

    assert (outcome.value, outcome.reason) == (False, None)


def test_words_from_vars_work_like_written_words() -> None:
    compiled = compile_expression("keywords(text, vars.words, vars.options)")
    scope = {"text": "giai đoạn", "vars": {"words": ["giá"], "options": {"mode": "contains"}}}

    assert compiled.holds(scope)
    assert not compiled.holds({**scope, "vars": {"words": ["giá"]}})


@pytest.mark.parametrize(
    "arguments",
    [
        "['']", "['giá', ' ']", "`5`", "[`5`]", "['a'], {mod: 'word'}", "['a'], {mode: 'words'}",
        "['a'], {typos: `3`}", "['a'], {typos: `true`}", "['a'], {all: 'yes'}",
        "['a'], {typos: `1`, mode: 'exact'}", "['a'], 'word'", "['a'], {exclude: `1`}",
    ],
)  # fmt: skip
def test_arguments_that_cannot_work_are_refused_when_compiled(arguments: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(f"keywords(text, {arguments})")

    assert caught.value.code == "wrong-argument"
    assert advice_on(caught.value.finding.reason)


@pytest.mark.parametrize(
    ("text", "words", "options", "because"),
    [
        (
            "đẹp quá",
            ["giá", "bao nhiêu", "ib"],
            Options(),
            "the rule looks for giá or bao nhiêu or ib, and the text 'đẹp quá' has none of these",
        ),
        ("Cho hỏi GIÁ", ["gia"], Options(), "word 'gia' matched at 'GIÁ' (position 9)"),
        ("giá sỉ", ["giá"], Options(exclude=("sỉ",)),
         "the text 'giá sỉ' has the word 'sỉ', which the rule excludes"),
        ("giá", ["giá", "ship"], Options(all=True),
         "the rule looks for all of its words, and the text 'giá' is without ship"),
        ("bao   nhiêu?", ["bao nhieu"], Options(),
         "word 'bao nhieu' matched at 'bao   nhiêu' (position 1)"),
        ("facebok", ["facebook"], Options(typos=1), "word 'facebook' matched"),
    ],
)  # fmt: skip
def test_the_explanation_names_the_word_and_its_place(
    text: str, words: list[str], options: Options, because: str
) -> None:
    assert said(Matcher(words, options).because(text)) == because


@given(
    st.lists(st.sampled_from(["giá", "bao nhiêu", "ib", "đẹp", "quá", "价格"]), max_size=6),
    st.sampled_from([" ", ", ", "! ", "\n"]),
    st.lists(st.sampled_from(["GIA", "bao nhieu", "Ib", "价格"]), min_size=1, max_size=3),
)
def test_a_word_is_found_exactly_when_it_stands_in_the_text(
    pieces: list[str], separator: str, words: list[str]
) -> None:
    text = separator.join(pieces)
    expected = any(fold(word) in [fold(piece) for piece in pieces] for word in words)

    assert Matcher(words, Options()).matches(text) is expected
    assert bool(list(Matcher(words, Options()).found(text))) is expected


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("abcd", "abdc", 1), ("abcd", "abcde", 1), ("abcd", "bcd", 1), ("abcd", "axyd", 2),
     ("abcd", "abcd", 0), ("ca", "abc", 3)],
)  # fmt: skip
def test_slips_are_counted_with_swapped_neighbours_as_one(
    one: str, other: str, distance: int
) -> None:
    assert is_close(one, other, distance)
    assert distance == 0 or not is_close(one, other, distance - 1)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("áo màu hồng còn không", "['hỏng']", False),
        ("ao mau hong con khong", "['hỏng']", True),
        ("HÀNG HỎNG RỒI", "['hỏng']", True),
        ("hàng hõng rồi", "['hỏng']", True),
        ("hàng giả à", "['giá']", False),
        ("bạn ơi", "['bán']", False),
        ("gía sao shop", "['giá']", True),
        ("hàng bị lôi", "['lỗi']", True),
        ("mua o dau", "['đâu']", True),
        ("hồng này hỏng rồi", "['hỏng']", True),
        ("bảo nhiêu", "['bao nhiêu', 'bao nhieu']", True),
        ("mưa quá", "['mua']", True),
        ("ho\u0302\u0300ng", "['hỏng']", False),
        ("ho\u0309ng", "['hỏng']", True),
        ("cafe", "['café']", True),
        ("gia bao nhiêu ạ", "['giá bao nhiêu']", True),
        ("còn hang không", "['còn hàng']", True),
        ("giảm giả, giảm giá", "['giảm giá']", True),
        ("giảm giả", "['giảm giá']", False),
        ("hồng", "['#hỏng', 'hỏng']", False),
        ("giả " * 65 + "giá", "['giá']", True),
    ],
)
def test_a_word_with_other_accents_is_another_word(text: str, words: str, expected: bool) -> None:
    assert _holds(text, words) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{mode: 'exact'}", False),
        ("{exclude: ['áo']}", False),
        ("{mode: 'contains'}", True),
        ("{typos: `1`}", True),
    ],
)
def test_accents_are_compared_in_whole_words_without_typos(options: str, expected: bool) -> None:
    assert _holds("hồng", "['hỏng']", options) is expected


def test_the_explanation_names_a_word_that_differs_in_its_accents_alone() -> None:
    reason = Matcher(["hỏng"], Options()).because("áo hồng này")

    assert said(reason) == "'hồng' has other accents than 'hỏng', and is another word"
    assert advice_on(reason)


def test_the_explanation_names_the_place_where_the_accents_fit() -> None:
    (found,) = Matcher(["hỏng"], Options()).found("áo hồng hỏng rồi")

    assert (found.typed, found.position) == ("hỏng", 8)


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        *(
            (f"áo này còn {no} ạ", "còn không", True)
            for no in ["k", "ko", "k0", "hok", "hông", "hem", "khum"]
        ),
        ("CON HOK", "còn không", True),
        ("con bn cai", "còn bao nhiêu", True),
        ("áo này bn", "bao nhiêu", True),
        ("đổi đc k shop", "đổi được không", True),
        ("ck rùi nha", "chuyển khoản rồi", True),
        ("còn hồng", "còn không", False),
        ("hàng hỏng", "hàng không", False),
        ("còn váy", "còn vậy", False),
        ("con hoc", "còn không", False),
        ("cồn k", "còn không", False),
        ("50 k", "không", False),
        ("mua k còn", "còn không", False),
        ("được shop", "đc shop", False),
        ("xin đc shop", "đc shop", True),
    ],
)
def test_a_phrase_in_full_finds_the_short_spellings_of_its_words(
    text: str, phrase: str, expected: bool
) -> None:
    assert _holds(text, f"['{phrase}']") is expected
    assert Matcher([phrase], Options(all=True)).matches(text) is expected


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("em ck rùi nha", "rồi", True),
        ("em ck rui nha", "roi", True),
        ("sip bao nhiêu", "ship", True),
        ("hok cần đâu", "không", True),
        ("ck r nhé", "rồi", False),
        ("50k", "không", False),
        ("50 k", "không", False),
        ("áo hồng", "không", False),
        ("sao dzậy shop", "váy", False),
        ("sao dzậy shop", "vậy", True),
        ("hg đẹp", "hãng", False),
        ("mua j", "gì", False),
        ("váy bn", "nhiều", False),
        ("rồi", "rùi", False),
    ],
)
def test_a_single_word_finds_its_spellings_of_two_or_more_letters(
    text: str, word: str, expected: bool
) -> None:
    assert _holds(text, f"['{word}']") is expected
    assert Matcher([word], Options(all=True)).matches(text) is expected
    assert Matcher([word], Options()).because(text).code.startswith("keyword_matched") is expected


def test_an_excluded_word_is_found_in_its_spellings() -> None:
    assert not _holds("em cọc rùi", "['cọc']", "{exclude: ['rồi']}")


def test_an_exact_phrase_may_be_spelt_short() -> None:
    assert _holds("k cần", "['không cần']", "{mode: 'exact'}")
    assert not _holds("k cần đâu", "['không cần']", "{mode: 'exact'}")


def test_the_place_of_a_short_spelling_is_shown() -> None:
    assert "'còn hông'" in said(Matcher(["còn không"], Options()).because("áo còn hông shop"))
    assert "'bao nhiêu'" in said(Matcher(["bao nhiêu"], Options()).because("váy bn"))
