import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.files import MAX_BYTES, parse_yaml
from automator.files.limits import MAX_NODES
from automator.files.yaml_mistakes import flow_text
from automator.model import Problem
from tests.support.words import advice_on


def problems_of(text: str) -> list[Problem]:
    return parse_yaml("rules.yaml", text).problems


def codes_of(text: str) -> list[str]:
    return [problem.code for problem in problems_of(text)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0701234567", "0701234567"),
        ("+84701234567", "+84701234567"),
        ("22:30", "22:30"),
        ("on", "on"),
        ("no", "no"),
        ("2024-02-31", "2024-02-31"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("1_000", "1_000"),
        ("12345678901234567890", "12345678901234567890"),
        ("9" * 5000, "9" * 5000),
        ("123456789012345678", 123456789012345678),
        ("-5", -5),
        ("0", 0),
        ("2.50", 2.5),
        ("250.000", "250.000"),
        ("1.250", "1.250"),
        ("0.250", 0.25),
        ("1.125", 1.125),
        ("1250.000", 1250.0),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ('"5"', "5"),
    ],
)
def test_a_plain_scalar_is_read_as_yaml_1_2_and_phone_numbers_stay_text(
    written: str, read: object
) -> None:
    parsed = parse_yaml("rules.yaml", f"key: {written}\n")

    assert parsed.problems == []
    assert parsed.data == {"key": read}
    assert type(parsed.data["key"]) is type(read)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "duplicate-key", 2, 1),
        ("a: &name [1]\n", "yaml-anchor", 1, 4),
        ("a: &a [*a]\n", "yaml-anchor", 1, 4),
        ("a: *name\n", "yaml-anchor", 1, 4),
        ("a: !!python/object/apply:os.system [id]\n", "yaml-quotes", 1, 4),
        ("a: 1\n---\nb: 2\n", "several-documents", 2, 1),
        ("%YAML 1.1\n---\na: 1\n", "yaml-directive", 1, 1),
        ("a:\n\tb: 1\n", "tab-character", 2, 1),
        ("a: b\tc\n", "tab-character", 1, 5),
        ("\u202ea: 1\n", "bidi-character", 1, 1),
        ("a: b\u2066c\n", "bidi-character", 1, 5),
        ('"a\\u200bb": 1\n', "invisible-character", 1, 1),
        ("a: b\x00c\n", "control-character", 1, 5),
        ("a: b\ufffdc\n", "wrong-encoding", 1, 5),
        ('a: "b\\0"\n', "control-character", 1, 4),
        ('a: "\\ud800"\n', "control-character", 1, 4),
        ("a\u200bb: 1\n", "invisible-character", 1, 1),
        ("? [1, 2]\n: x\n", "yaml-key", 1, 3),
        (": x\n", "yaml-key", 1, 1),
        ("[" * 5000, "too-deep", 1, 22),
        ("a: [1\n", "yaml-syntax", 1, 4),
        ("a: 'b\n", "yaml-syntax", 1, 4),
        ("a: b\nc\n", "yaml-syntax", 2, 1),
        ("a:\n  - b\n - c\n", "yaml-syntax", 3, 2),
        ("a: x\n b: 2\n", "yaml-syntax", 2, 3),
    ],
)
def test_what_hides_the_meaning_of_a_file_is_refused_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    first = problems_of(text)[0]

    assert (first.code, first.line, first.column) == (code, line, column)
    assert advice_on(first.reason)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("reply: {{ event.text }}\n", '"{{ event.text }}"'),
        ("reply: {{ event.text }} nhé\n", '"{{ event.text }} nhé"'),
        ("- !event.actor.is_self\n", '"!event.actor.is_self"'),
        ("- [event.text] == x\n", '"[event.text] == x"'),
        ("- `3` == event.n\n", '"`3` == event.n"'),
        ("- @ == x\n", '"@ == x"'),
        ("- %x == y\n", '"%x == y"'),
        ("- &x && y\n", '"&x && y"'),
        ("- *.id\n", '"*.id"'),
        ("reply: Giá: 250k\n", '"Giá: 250k"'),
        ("reply: Giá 250k #sale\n", '"Giá 250k #sale"'),
        ("- contains(event.text, 'a # b')\n", "\"contains(event.text, 'a # b')\""),
        ("- keywords(event.text, ['a'], {exclude: ['b']})\n", "{exclude: ['b']})\""),
    ],
)
def test_a_text_that_needs_quotes_is_shown_between_them(text: str, fix: str) -> None:
    problem = problems_of(text)[0]

    assert fix in advice_on(problem.reason)


@pytest.mark.parametrize(
    "text",
    [
        "enabled: false # the sale is over\n",
        "enabled: false #off\n",
        "a: plain text # a comment\n",
        "a: '#sale'\n",
        "# only a comment\n",
        "",
        "\ufeffa: 1\n",
        "a: 1\r\nb: 2\r\n",
        "a: 👨‍👩‍👧 cả nhà\n",
    ],
)
def test_ordinary_files_have_no_problems(text: str) -> None:
    assert problems_of(text) == []


def test_a_file_over_the_size_limit_is_not_read() -> None:
    assert codes_of("a: " + "b" * MAX_BYTES) == ["file-too-large"]


def test_line_ends_of_windows_count_towards_the_size() -> None:
    assert codes_of("\r\n" * (MAX_BYTES // 2 + 1)) == ["file-too-large"]


def test_a_line_that_nobody_can_look_at_is_not_shown_with_each_of_its_problems() -> None:
    found = problems_of("{" + "a: 1, " * 300 + "}")

    assert len(found) == 299
    assert {problem.source for problem in found} == {""}


def test_reading_stops_at_the_limit_of_values() -> None:
    assert codes_of("[" + "1," * (MAX_NODES + 10) + "]") == ["too-many-values"]


def test_one_problem_names_every_line_with_a_tab() -> None:
    (problem,) = problems_of("a:\n\tb: 1\n\tc: 2\n")

    assert problem.reason.params["lines"] == [2, 3]


def test_one_problem_names_every_line_that_is_indented_by_odd_blanks() -> None:
    (problem,) = problems_of("a:\n\u00a0 b: 1\n \u00a0c:\u200b 2\n")

    assert problem.reason.params == {"lines": [2, 3], "characters": ["U+00A0", "U+200B"]}


def test_odd_blanks_in_a_text_of_several_lines_are_no_problem() -> None:
    text = "a: |\n  first\n  \u00a0 second: 1\nb: 'x\n  \u00a0 y: z'\n"

    assert problems_of(text) == []


@pytest.mark.parametrize(
    ("text", "wanted", "column", "line"),
    [
        ("a: one two\n", "two", 8, 1),
        ("a: 'it''s two'\n", "two", 11, 1),
        ('a: "\\u0061\\n two"\n', "two", 14, 1),
        ("a: |\n  one\n  two\n", "two", 3, 3),
        ("a: |\n  one\n\n    two\n", "two", 5, 4),
        ("a: >-\n  one\n  two\n", "two", 3, 3),
        ("a: one\n  two\n", "two", 3, 2),
        ("a: 'one\n\n  two'\n", "two", 3, 3),
        ('a: "one \\\n  two"\n', "two", 3, 2),
    ],
)
def test_a_place_inside_a_text_is_exact_in_every_style(
    text: str, wanted: str, column: int, line: int
) -> None:
    parsed = parse_yaml("rules.yaml", text)
    position = parsed.positions.inside(("a",), parsed.data["a"].index(wanted), len(wanted))

    assert (position.line, position.column, position.length) == (line, column, len(wanted))


def test_keys_values_and_items_have_places() -> None:
    places = parse_yaml("rules.yaml", "a:\n  - b: c d\n").positions

    assert (places.key(("a",)).line, places.key(("a",)).column) == (1, 1)
    assert (places.key(("a", 0, "b")).line, places.key(("a", 0, "b")).column) == (2, 5)
    value = places.value(("a", 0, "b"))
    assert (value.line, value.column, value.length) == (2, 8, 3)


def test_a_path_that_is_not_there_has_the_place_of_what_is_around_it() -> None:
    places = parse_yaml("rules.yaml", "a:\n  b: 1\n").positions

    assert places.value(("a", "x", "y")) == places.value(("a",))


_SIGNS = "a[]{}'\"#|>,?\\@%`é \t\r\n\x00\x85\u202e\u2028\ud800\ufeff"
_WORDS = ("b: ", "- ", "{{", "}}", "&x", "*x", "!t", "---", "...", "null", "<<")
_PIECES = st.sampled_from([*_SIGNS, *_WORDS])


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)))
def test_any_text_gives_data_or_problems_whose_places_lie_inside_their_lines(text: str) -> None:
    parsed = parse_yaml("rules.yaml", text)

    for problem in parsed.problems:
        line = parsed.lines[problem.line - 1]
        assert 1 <= problem.column <= len(line) + 1
        assert problem.column + problem.length - 1 <= max(len(line), problem.column)
        assert problem.source == (line if len(line) <= 1_000 else "")


@given(st.text(alphabet="ab '\"\\n:#é\n", min_size=1))
def test_each_character_of_a_quoted_text_has_a_place(text: str) -> None:
    parsed = parse_yaml("rules.yaml", "a: '" + text.replace("'", "''") + "'\n")

    if not parsed.problems:
        value = parsed.data["a"]
        for index, character in enumerate(value):
            place = parsed.positions.inside(("a",), index)
            shown = parsed.lines[place.line - 1][place.column - 1 : place.column]
            assert character in (" ", "\n") or shown == character


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1258"])
def test_a_file_in_another_encoding_is_told_that_alone(encoding: str) -> None:
    written = "\ufeffrules:\n  - id: giá\n    name: Đẹp\n".encode(encoding, "replace")

    found = problems_of(written.decode("utf-8", "replace"))

    assert {problem.code for problem in found} == {"wrong-encoding"}


def test_a_text_between_more_brackets_than_a_file_may_have_is_not_looked_for() -> None:
    brackets = 5_000

    assert flow_text("[" * brackets + "a, [b] c" + "]" * brackets) is None
    assert flow_text("[a, keywords(b, ['c'])]") == (4, "keywords(b, ['c'])")
