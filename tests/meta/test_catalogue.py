"""Every text that people read is in the catalogue of each language, and nothing else is."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog

from automator.reasons import kinds
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


def test_every_reason_has_its_sentence_in_the_catalogue() -> None:
    ours = texts_of_ours()

    assert [kind.code for kind in kinds().values() if kind.text not in ours] == []
    assert [kind.code for kind in kinds().values() if kind.advice and kind.advice not in ours] == []
