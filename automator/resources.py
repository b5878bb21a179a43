"""The files that come with the package: pages, static files, example rules, samples, migrations.

In a checkout these are `web/` and `rules/demo/` beside the package; a wheel has them inside the
package.
"""

import gzip
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from markupsafe import escape

_PACKAGE = Path(__file__).resolve().parent


def _shipped(inside_wheel: str, in_checkout: str) -> Path:
    installed = _PACKAGE / inside_wheel
    return installed if installed.is_dir() else _PACKAGE.parent / in_checkout


def templates_folder() -> Path:
    """The Jinja2 templates of the pages."""
    return _shipped("_web/templates", "web/templates")


#: The subfolder of a checkout's rules folder with the example rules, which servers ignore.
DEMO_FOLDER = "demo"


def static_folder() -> Path:
    """Style sheets, scripts and icons."""
    return _shipped("_web/static", "web/static")


def locale_folder() -> Path:
    """The texts of the pages in other languages."""
    return _shipped("_web/locale", "web/locale")


def example_rules_folder() -> Path:
    """The rule files that the demo starts with."""
    return _shipped("_rules", "rules/demo")


def samples_folder() -> Path:
    """Realistic payloads for each provider."""
    return _PACKAGE / "providers" / "samples"


def migrations_folder() -> Path:
    """The Alembic scripts of the store."""
    return _PACKAGE / "store" / "migrations"


# --- The documentation ---

_DOCS = _PACKAGE.parent / "docs"
#: The pages that explain the codes of messages, in tables whose first column is `code`.
_PAGES_OF_CODES = ("reference/problems", "reference/reasons", "reference/log")


@cache
def _site() -> ZipFile | None:
    """The site that docs/build.py makes; None in a checkout where nobody has built it."""
    path = templates_folder().parent / "help.zip"
    return ZipFile(path) if path.exists() else None


@cache
def document_pages() -> Collection[str]:
    """The pages of the documentation, as the names of their texts: `how-to/deploy.md`."""
    if site := _site():
        return [name for name in site.namelist() if name.endswith(".md")]
    return sorted(path.relative_to(_DOCS).as_posix() for path in _DOCS.rglob("*.md"))


def document(name: str) -> bytes | None:
    """A file of the documentation, compressed with gzip; None if there is no such file.

    In a checkout without the site, a page shows its text, and says how to build the site.
    """
    if site := _site():
        return site.read(name) if name in site.NameToInfo else None
    text = re.sub(r"\.html$", ".md", name)
    if text not in document_pages():
        return None
    content = (_DOCS / text).read_text(encoding="utf-8")
    if text != name:
        content = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(text)}</title>'
            f"<p>`make docs` builds this page. Its text:</p><pre>{escape(content)}</pre></html>"
        )
    return gzip.compress(content.encode(), 6)


def document_text(name: str) -> str:
    """The text of a page of the documentation."""
    return gzip.decompress(document(name) or b"").decode()


@cache
def explained_codes() -> Mapping[str, list[tuple[str, list[str]]]]:
    """The codes of messages. Each has the pages that explain it, with the rest of its row there."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for page in _PAGES_OF_CODES:
        columns = 0
        for line in document_text(f"{page}.md").splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if cells[:1] == ["code"]:
                columns = 2 if cells[1] == "reason" else 1
            elif not cells:
                columns = 0
            for code in re.findall(r"`([^`]+)`", " ".join(cells[:columns])):
                found.setdefault(code, []).append((page, cells[columns:]))
    return found
