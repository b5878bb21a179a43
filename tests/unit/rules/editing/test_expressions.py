"""What a form writes it reads again, and what it cannot show it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import compile_expression
from automator.rules.editing.expressions import (
    COMPARED,
    MODES,
    Equal,
    FirstTime,
    Found,
    Hours,
    Posts,
    Split,
    TopLevel,
    Words,
    cleaned,
    read_conditions,
    read_words,
    words_in,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
LISTS = st.lists(TEXTS, min_size=1, max_size=4).map(lambda texts: words_in(",".join(texts)))
LISTS = LISTS.filter(bool)


@given(st.builds(Words, LISTS, st.just(()) | LISTS, st.sampled_from(MODES)))
def test_words_are_read_as_they_were_written(words: Words) -> None:
    assert read_words(str(words)) == words


@given(LISTS)
def test_posts_are_read_as_they_were_written(ids: tuple[str, ...]) -> None:
    posts = Posts(ids)

    assert read_conditions([str(posts)]).like(Posts(())) == [(0, posts)]


@given(st.sampled_from(COMPARED), LISTS, LISTS)
def test_other_conditions_are_read_as_they_were_written(
    path: str, words: tuple[str, ...], arms: tuple[str, ...]
) -> None:
    compared, split = (
        Equal(path, words[0]),
        Split(words[0], dict.fromkeys(arms), arms[-1], "contact.id"),
    )
    first = FirstTime()

    read = read_conditions([str(compared), str(split), str(first)])

    assert read.known == [(0, compared), (1, split), (2, first)]


@given(LISTS)
def test_what_is_written_can_be_compiled_and_holds(words: tuple[str, ...]) -> None:
    expression = compile_expression(str(Posts(words)))

    assert expression.holds({"event": {"post": {"id": words[-1]}}})


def test_each_kind_is_found_at_its_place() -> None:
    chosen = read_conditions(
        [
            "length(event.text) > `3`",
            "keywords(event.text, ['it\\'s', 'giá'], {exclude: ['đánh giá'], mode: 'contains'})",
            {"any": ["a", "b"]},
            "between(now, '08:00', '21:00', 'Asia/Ho_Chi_Minh')",
            "event.parent == null",
            "event.post.id == '1_2'",
            "keywords(event.text, ['second'])",
            "event.parent == null",
            "phones( event.text )",
            """ keywords ( event.text , `["giá"]` ) """,
            "event.parent==null",
        ]
    )

    assert chosen.like(Words(())) == [
        (1, Words(("it's", "giá"), ("đánh giá",), "contains")),
        (6, Words(("second",))),
        (9, Words(("giá",))),
    ]
    assert chosen.like(Hours("", "")) == [(3, Hours("08:00", "21:00", "Asia/Ho_Chi_Minh"))]
    assert (chosen.like(TopLevel()), chosen.like(Posts(()))) == (
        [(4, TopLevel())],
        [(5, Posts(("1_2",)))],
    )
    assert chosen.like(Found("phones")) == [(8, Found("phones"))]
    assert chosen.groups == [(2, "any")]
    assert [index for index, _ in chosen.known] == [1, 3, 4, 5, 6, 8, 9]


def test_a_group_that_is_no_list_of_its_own_stays_text() -> None:
    odd = [
        {"not": "event.x"},
        {"any": []},
        {"any": ["a"], "all": ["b"]},
        {"name": "a", "expr": "b"},
    ]

    chosen = read_conditions(odd)
    assert (chosen.known, chosen.groups) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "keywords(event.post.message, ['a'])",
        "keywords(event.text, ['a'], {typos: `1`})",
        "keywords(event.text, ['a', event.x])",
        "keywords(event.text, [])",
        "keywords(event.text, ['a']) && event.x",
        "keywords(event.text, ['a'], {mode: 'strange'})",
        "!keywords(event.text, ['a'])",
        "phones(event.post.message)",
        "keywords(event.text, ['a', ])",
        "keywords(event.text, ['a, b'])",
        "keywords(event.text, ['a'], {exclude: 'b'})",
        "keywords(event.text, 'a')",
        "keywords(event.text, ['a'], {words: ['b']})",
        "between(now, '8:00', '21:00')",
        "between(now, '08:00', '21:00', 'Asia/Ho_Chi_Minh', 'UTC')",
        "event.post.id == null",
        "event.post.id != '1'",
        "event.form.id == 'x'",
        "event.button.id != 'x'",
        "event.button.id == ' x '",
        "arm(event.actor.id, 'x', ['a', 'b']) != 'a'",
        "arm(event.actor.id, 'x', ['a', 'b']) == 'c'",
        "arm(event.actor.id, 'x', {a: 'most', b: '30'}) == 'a'",
        "contact.last_inbound_at != null",
    ],
)
def test_what_was_written_otherwise_stays_text(text: str) -> None:
    assert read_words(text) is None
    assert read_conditions([text]).known == []


def test_typed_words_are_cleaned() -> None:
    assert cleaned([" giá ", "", "bao  nhiêu", "giá", "[giá]"]) == ("giá", "bao nhiêu", "[giá]")
