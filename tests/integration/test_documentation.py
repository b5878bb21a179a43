"""The built documentation: its links, the anchors of codes, and what programs read of it."""

import gzip
import os
import re
import zipfile
from html import unescape
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import pytest

from automator.reasons import kinds
from automator.resources import explained_codes
from docs import build

_LINK = re.compile(r'(?:href|src)="(?![a-z]+:)([^"#?]*)(?:\?[^"#]*)?(?:#([^"]*))?"')
_ID = re.compile(r'\bid="([^"]+)"')


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The files of the site by name; `make docs` builds it."""
    if not build.is_up_to_date():
        if os.environ.get("CI") != "true":
            pytest.skip("the documentation is not built: make docs")
        pytest.fail("the documentation is not built as it is now: make docs")
    with zipfile.ZipFile(build.SITE) as archive:
        return {
            name: gzip.decompress(archive.read(name)).decode(errors="replace")
            for name in archive.namelist()
        }


def test_every_link_of_the_site_leads_to_a_page_and_an_anchor(pages: dict[str, str]) -> None:
    anchors = {name: set(map(unescape, _ID.findall(text))) for name, text in pages.items()}
    dead, checked = [], 0
    for name, text in pages.items():
        for target, anchor in _LINK.findall(text) if name.endswith(".html") else ():
            path = normpath(join(dirname(name), unquote(target))) if target else name
            checked += 1
            if path not in pages or (anchor and unquote(unescape(anchor)) not in anchors[path]):
                dead.append(f"{name}: {target}#{anchor}")

    assert dead == []
    assert checked > 5_000


_OF_CODES = ("reference/problems", "reference/reasons", "reference/log")


def test_every_code_has_an_anchor_on_its_page(pages: dict[str, str]) -> None:
    codes = explained_codes()
    anchors = {page: _ID.findall(pages[f"{page}.html"]) for page in _OF_CODES}

    assert [code for code, rows in codes.items() if code not in anchors[rows[0][0]]] == []
    assert {kind.problem_code for kind in kinds().values()} - {"", None} <= set(codes)
    assert len(codes) > 1_000


@pytest.mark.parametrize("name", _OF_CODES)
def test_no_anchor_is_there_twice(pages: dict[str, str], name: str) -> None:
    found = _ID.findall(pages[f"{name}.html"])

    assert len(found) == len(set(found))


def test_programs_find_each_page_of_the_list_with_a_sentence_about_it(
    pages: dict[str, str],
) -> None:
    listed = re.findall(r"^- \[.+?\]\((.+?)\): \S.+$", pages["llms.txt"], re.MULTILINE)

    assert [name for name in listed if name not in pages] == []
    assert set(listed) == {page for _, found in build.sections() for page in found}
    assert len(listed) > 60


def test_a_page_in_vietnamese_says_so(pages: dict[str, str]) -> None:
    for name in (name for name in pages if name.endswith(".vi.html")):
        assert 'lang="vi"' in pages[name].partition("<head>")[0], name


def test_no_page_names_another_host_for_what_it_loads(pages: dict[str, str]) -> None:
    loads = re.compile(r'<(?:script|img|link|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//')

    assert [
        name for name, text in pages.items() if name.endswith("html") and loads.search(text)
    ] == []
