"""Writes the parts of the reference that come from the code.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`; everything else is written by
people and stays. `python docs/generate.py` writes them; a test says when they are out of date.
The makers of the parts are in `docs/makers/`.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from docs.makers.calls import calls_table
from docs.makers.commands import commands_text
from docs.makers.conditions import functions_table, signs_table
from docs.makers.events import telling_rule, told_table
from docs.makers.filters import filters_table
from docs.makers.gallery import SHOP, gallery_text, shop_table
from docs.makers.keys import keys_table, old_spellings_table
from docs.makers.log import log_table
from docs.makers.plugins import action_text, provider_text, services_table
from docs.makers.reasons import examples_tables, problems_table, reasons_text
from docs.makers.runs import runs_text

DOCS = Path(__file__).parent
_PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w.-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
#: What makes a part, by the first word of its name.
_MAKERS: dict[str, Callable[[str], str]] = {
    "action": action_text,
    "provider": provider_text,
    "log": log_table,
    "model": keys_table,
    "old_spellings": old_spellings_table,
    "services": services_table,
    "functions": functions_table,
    "buying_signs": signs_table,
    "cli": commands_text,
    "told": told_table,
    "telling_rule": telling_rule,
    "examples": examples_tables,
    "filters": filters_table,
    "gallery": gallery_text,
    "problems": problems_table,
    "reasons": reasons_text,
    "runs": runs_text,
    "shop": shop_table,
    "api": calls_table,
}


def filled(text: str) -> str:
    """A page with its generated parts written anew.

    Raises:
        KeyError: the page names a part that nothing makes.
    """
    return _PART.sub(lambda part: f"{part['begin']}{_made(part['name'])}\n{part['end']}", text)


def pages() -> list[Path]:
    """Every page with generated parts."""
    return [
        *sorted((DOCS / "reference").glob("*.md")),
        DOCS / "how-to" / "be-told.md",
        SHOP / "README.md",
    ]


def _made(name: str) -> str:
    kind, _, which = name.partition(".")
    return _MAKERS[kind](which)


if __name__ == "__main__":
    for page in pages():
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{len(pages())} pages are up to date\n")
