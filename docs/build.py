"""Builds the site of the documentation: web/help.zip, from docs/ by Sphinx, MyST and Furo.

python -m docs.build    builds it, if it is not up to date

`docs/README.md` declares the site: its sections are the groups of the sidebar and of llms.txt. The
pages work under the policy of the server, with no inline script or style, so what Furo writes into
its pages goes into files. A link that leads nowhere ends the build.
"""

import gzip
import hashlib
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SITE = HERE.parent / "web/help.zip"
#: What the build needs beside Python; requirements-dev.txt has the versions.
PACKAGES = ("sphinx", "myst-parser", "furo")

_SETTINGS = {
    "project": "automator",
    "html_title": "automator",
    "root_doc": "README",
    "extensions": ["myst_parser"],
    "exclude_patterns": ["makers", "**/__pycache__"],
    "myst_heading_anchors": 4,
    "html_favicon": "../web/static/icon.svg",
    "html_theme": "furo",
    "html_theme_options": {"top_of_page_buttons": []},
    "html_copy_source": False,
    "html_use_index": False,
    "html_show_copyright": False,
    # Pygments knows no mermaid and no csv; they are shown as they are.
    "suppress_warnings": ["misc.highlighting_failure"],
}
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!## ).*\n)*)", re.MULTILINE)
_LINK = re.compile(r"\[([^][]+)\]\(([^)\s]+)\)")
_PAGE_LINK = re.compile(r"\[([^]]+)\]\(((?!\.\./|https?:)[^)#]+\.md)\)")
_PARAGRAPH = re.compile(r"^(?![#\[])\S.*(?:\n\S.*)*", re.MULTILINE)
#: What the policy of the server forbids in a page: none is left after the build.
_INLINE = re.compile(r"<style|<script(?![^>]* src=)[^>]*>|<[^>]* (?:style|on\w+)=[^>]*>")
_THEME = '<script>\n      document.body.dataset.theme = localStorage.getItem("theme") || "auto";\n'
#: In the pages of Furo: styles that the policy forbids, and barriers that axe finds.
_REPLACED = {
    ' style="display: none;"': ' display="none"',
    ' style="opacity: 50%"': ' opacity=".5"',
    'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"',
    '<aside class="sidebar-drawer"': '<aside class="sidebar-drawer" aria-label="Pages"',
    '<aside class="toc-drawer': '<aside aria-label="Contents" class="toc-drawer',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results">': '<h1>Search</h1><div id="search-results">',
}
#: In the scripts of Sphinx: what makes HTML from texts, which the policy forbids.
_SCRIPTS = {
    "searchtools.js": {
        "linkEl.innerHTML = _escapeHTML(title)": "linkEl.textContent = title",
        'document.createElement("span")).innerHTML =\n      ` (${_escapeHTML(descr)})`': (
            'document.createElement("span")).textContent =\n      ` (${descr})`'
        ),
        "parseFromString(\n      htmlString,": (
            "parseFromString(\n      Search.ownPages.createHTML(htmlString),"
        ),
        "const Search = {\n": (
            "const Search = {\n  ownPages: (window.trustedTypes ?? {createPolicy: (_, it) => it})"
            '.createPolicy("fragments", {createHTML: (page) => page}),\n'
        ),
    },
    # A link with a script in its address.
    "sphinx_highlight.js": {'= document.getElementById("searchbox")': "= null"},
}
_NOT_SHIPPED = (".doctrees", ".buildinfo", "objects.inv", "genindex.html", ".map")


class BuildFailed(Exception):
    """The site cannot be built."""


def is_up_to_date() -> bool:
    """Whether the site was built from the documents as they are now."""
    if not SITE.exists():
        return False
    with zipfile.ZipFile(SITE) as archive:
        return archive.comment == _digest()


def requirements() -> list[str]:
    """The packages that a build needs; none if the site is up to date."""
    return [] if is_up_to_date() else list(PACKAGES)


def build_if_possible(*, is_needed: bool = True) -> bool:
    """Builds the site if it is not up to date; tells whether there is one.

    Raises:
        BuildFailed: a page is wrong; or Sphinx is missing under CI=true and the site is needed.
    """
    if is_up_to_date():
        return True
    missing = [name for name in PACKAGES if find_spec(name.replace("-", "_")) is None]
    if not missing:
        build()
        return True
    if is_needed and os.environ.get("CI") == "true":
        raise BuildFailed(f"{', '.join(missing)} is missing")
    return False


def build() -> None:
    """Builds the site; the same documents give the same bytes.

    Raises:
        BuildFailed: a link leads nowhere, or a page has something that the server's policy forbids.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder).resolve() / "out"
        _write_pages(out)
        _move_inline(out)
        _let_search_work(out)
        _add_texts(out)
        _pack(out)


def sections() -> Iterator[tuple[str, list[str]]]:
    """The sections of docs/README.md: the title, and the pages in it as paths below docs/."""
    for section in _SECTION.finditer((HERE / "README.md").read_text(encoding="utf-8")):
        pages = [path for _, path in _PAGE_LINK.findall(section["text"])]
        yield section["title"], list(dict.fromkeys(pages))


def _write_pages(out: Path) -> None:
    from docutils.parsers.rst import roles  # noqa: F401 - Loads docutils before Sphinx.
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    with docutils_namespace():
        app = Sphinx(
            HERE,
            None,
            out,
            out / ".doctrees",
            "html",
            confoverrides=_SETTINGS,
            status=None,
            warningiserror=True,
        )
        app.connect("source-read", _with_sidebar)
        app.connect("doctree-read", _with_anchors)
        app.connect("html-page-context", _in_its_language)
        app.build()
        if app.statuscode:
            raise BuildFailed("the documents have mistakes, which are listed above")


def _with_sidebar(_app: Any, name: str, source: list[str]) -> None:
    """Adds the sidebar of Sphinx to the list of pages; a link out of docs/ becomes its text."""
    page = HERE / name
    source[0] = _LINK.sub(lambda it: it[0] if _is_shipped(page, it[2]) else it[1], source[0])
    if name == "README":
        source[0] += "".join(
            "\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""])
            for title, pages in sections()
        )
        source[0] += "".join(
            f"- [{_title(path)}](adr/{path.name})\n" for path in sorted(HERE.glob("adr/0*.md"))
        )
    if name.startswith("adr/"):
        # In the sidebar of every page these would make half of the site.
        source[0] = f"---\norphan: true\n---\n{source[0]}"


def _is_shipped(page: Path, target: str) -> bool:
    """Whether a link leads to a page or a file of the documentation, or to another site."""
    path = (page.parent / target.partition("#")[0]).resolve()
    return ":" in target or target.startswith("#") or (HERE in path.parents and not path.is_dir())


def _with_anchors(_app: Any, doctree: Any) -> None:
    """An anchor for each code that stands in a table whose first columns are codes."""
    from docutils import nodes

    for table in doctree.findall(nodes.table):
        titles = [cell.astext() for cell in next(table.findall(nodes.thead)).findall(nodes.entry)]
        if titles[0] != "code":
            continue
        columns = 2 if titles[1] == "reason" else 1
        for row in next(table.findall(nodes.tbody)).findall(nodes.row):
            for code in (it for cell in row[:columns] for it in cell.findall(nodes.literal)):
                if code.astext() not in doctree.ids:
                    code["ids"].append(code.astext())
                    doctree.ids[code.astext()] = code


def _in_its_language(
    _app: Any, name: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    if name.endswith(".vi"):
        context["language"] = "vi"


def _move_inline(out: Path) -> None:
    """Moves what Furo writes into its pages into files, and mends its barriers."""
    style = re.compile(r"<style>(.*?)</style>", re.DOTALL)
    for page in sorted(out.rglob("*.html")):
        root = "../" * (len(page.relative_to(out).parts) - 1)
        text = page.read_text(encoding="utf-8")
        styles = style.findall(text)
        (out / "_static/theme.css").write_text("".join(styles), encoding="utf-8")
        text = style.sub(f'<link rel="stylesheet" href="{root}_static/theme.css">', text)
        text = text.replace(_THEME, f'<script src="{root}_static/theme.js">')
        for old, new in _REPLACED.items():
            text = text.replace(old, new)
        if left := _INLINE.search(text):
            raise BuildFailed(f"{page.name} has {left[0][:80]}, which the server's policy forbids")
        page.write_text(text, encoding="utf-8")
    theme = _THEME.partition("\n")[2].strip()
    (out / "_static/theme.js").write_text(f"{theme}\n", encoding="utf-8")


def _let_search_work(out: Path) -> None:
    """Lets the search of Sphinx make no HTML from texts, and read pages under a named policy."""
    for name, changes in _SCRIPTS.items():
        path = out / "_static" / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            if text.count(old) != 1:
                raise BuildFailed(f"another {name}, without {old}")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def _add_texts(out: Path) -> None:
    """Adds the texts of the pages, for programs and for `automator help`, with their list."""
    listed = ["# automator", "", f"> {_first_words(HERE / 'README.md')}", ""]
    for page in sorted(HERE.rglob("*.md")):
        shutil.copy(page, out / page.relative_to(HERE))
    for title, pages in sections():
        lines = [f"- [{_title(HERE / it)}]({it}): {_first_words(HERE / it)}" for it in pages]
        listed += [f"## {title}", "", *lines, ""]
    (out / "llms.txt").write_text("\n".join(listed), encoding="utf-8")


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _first_words(page: Path) -> str:
    found = _PARAGRAPH.search(page.read_text(encoding="utf-8"))
    return " ".join(found[0].split()) if found else ""


def _pack(out: Path) -> None:
    """Packs the site; its files are compressed as browsers take them."""
    with zipfile.ZipFile(SITE, "w") as archive:
        archive.comment = _digest()
        for path in sorted(out.rglob("*")):
            name = path.relative_to(out).as_posix()
            if path.is_file() and not any(part in name for part in _NOT_SHIPPED):
                # A member has no time of its own: the same pages give the same archive.
                archive.writestr(
                    zipfile.ZipInfo(name), gzip.compress(path.read_bytes(), 9, mtime=0)
                )


def _digest() -> bytes:
    """The SHA-256 of everything that the site depends on."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and "makers" not in path.parts and "__pycache__" not in path.parts:
            # Line ends may differ between checkouts.
            content = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{path.relative_to(HERE)} {len(content)}\n".encode() + content)
    return digest.hexdigest().encode()


if __name__ == "__main__":
    try:
        if not build_if_possible():
            sys.exit(f"docs: {', '.join(PACKAGES)} are missing: pip install {' '.join(PACKAGES)}")
    except BuildFailed as failure:
        sys.exit(f"docs: {failure}")
