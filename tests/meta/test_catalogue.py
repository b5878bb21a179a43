"""Every text that people read is in the catalogue of each language, and nothing else is."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog

from automator.reasons import kinds
from automator.rules.meaning import table  # noqa: F401 - it declares mistakes
from web.catalogues import ROOT, catalogue_files, read, texts_of_the_program

_PLACES = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")
LANGUAGES = [path.parent.parent.name for path in catalogue_files()]


def catalogue(language: str) -> Catalog:
    return next(read(path) for path in catalogue_files() if path.parent.parent.name == language)


def texts(found: Catalog) -> set[str | tuple[str, ...]]:
    ids = (message.id for message in found if message.id)
    return {tuple(item) if isinstance(item, list | tuple) else item for item in ids}


@cache
def texts_of_ours() -> set[str | tuple[str, ...]]:
    """Reading the whole program for them takes seconds."""
    return texts(texts_of_the_program())


def as_list(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_the_program_has_texts_and_there_are_languages_for_them() -> None:
    assert len(texts_of_ours()) > 500
    assert LANGUAGES == ["vi"]


def test_pages_count_by_the_name_that_is_looked_for() -> None:
    """Of a call of a method, as in `_.counted`, Babel finds no text."""
    pages = (ROOT / "web/templates").rglob("*.html")

    assert [page.name for page in pages if ".counted(" in page.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_the_catalogue_and_no_other(language: str) -> None:
    ours, known = texts_of_ours(), texts(catalogue(language))

    assert sorted(map(str, ours - known)) == [], "new: python -m web.catalogues update"
    assert sorted(map(str, known - ours)) == [], "unused: python -m web.catalogues update"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_by_a_guess(language: str) -> None:
    messages = [message for message in catalogue(language) if message.id]

    assert [item.id for item in messages if not all(as_list(item.string))] == []
    assert [item.id for item in messages if item.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_the_values_of_its_text(language: str) -> None:
    different = {
        str(message.id): message.string
        for message in catalogue(language)
        if message.id
        and any(
            set(_PLACES.findall(said)) != set(_PLACES.findall(as_list(message.id)[-1]))
            for said in as_list(message.string)
        )
    }

    assert different == {}


def test_a_delivery_is_called_the_same_everywhere_in_vietnamese() -> None:
    """`gói dữ liệu`, or `dữ liệu nhận được` as a title: the doctor had words of its own."""
    others = re.compile(r"yêu cầu|lần nhận|lượt gửi|gói tin|gói nhận", re.IGNORECASE)
    wrong = [
        message.id
        for message in catalogue("vi")
        for text in as_list(message.id)
        if re.search(r"\bdeliver(y|ies)\b", text) and not re.search(r"\b(request|ask)", text)
        if any(map(others.search, as_list(message.string)))
    ]

    assert wrong == []


def test_every_reason_has_its_sentence_in_the_catalogue() -> None:
    ours = texts_of_ours()

    assert [kind.code for kind in kinds().values() if kind.text not in ours] == []
    assert [kind.code for kind in kinds().values() if kind.advice and kind.advice not in ours] == []


#: What takes a text of ours into the catalogue, or has it taken there as the help of a command.
_MARKS = frozenset({"N_", "_", "TRANSLATOR", "counted", "Option", "Argument"})
_HELP = frozenset({"help", "short_help"})
#: Two words, but for those of a command that is to be typed.
_WORDS = re.compile(r"(?!automator\b)\b[a-z]{2,} [a-z]{2,}", re.IGNORECASE)


def bare_texts(node: ast.AST) -> Iterator[str]:
    """Texts of several words in code that nothing takes into the catalogue; no docstrings."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in _MARKS:
            return
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if is_docstring or (isinstance(node, ast.keyword) and node.arg in _HELP):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        typed = re.sub(r"(automator|--[a-z]+) [a-z -]+", "", node.value)
        if _WORDS.search(typed):
            yield node.value
    for below in ast.iter_child_nodes(node):
        yield from bare_texts(below)


def test_every_text_that_a_command_prints_is_in_the_catalogue() -> None:
    found = {
        str(path.relative_to(ROOT)): texts
        for path in sorted((ROOT / "automator/cli").rglob("*.py"))
        if (texts := list(bare_texts(ast.parse(path.read_text(encoding="utf-8")))))
        # Typer's own sentences are looked for there.
        and path.name != "help.py"
    }

    assert found == {}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('say(f"✓ stored as delivery {id}")', ["✓ stored as delivery "]),
        ('table(rows, ["answers for", ""])', ["answers for"]),
        ('return lines or "no fault waits"', ["no fault waits"]),
        ('say(TRANSLATOR(N_("no fault waits")))', []),
        ('"""A docstring of words."""', []),
        ('app = Typer(help="The people who write.")', []),
        ('say(f"automator replay run={id}")', []),
    ],
)
def test_a_text_without_a_mark_is_found(code: str, expected: list[str]) -> None:
    assert list(bare_texts(ast.parse(code))) == expected
