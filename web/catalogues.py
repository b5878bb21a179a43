"""Compiles the catalogues of the languages, and updates them with the texts of the program.

python -m web.catalogues compile    .po -> .mo, also done when the package is built
python -m web.catalogues update     adds new texts to each .po, and drops unused ones
"""

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "web/locale"
DOMAIN = "automator"
_METHODS = [
    ("automator/**.py", "python"),
    ("web/templates/**.html", "jinja2"),
    ("automator/providers/samples/*/*.json", "web.catalogues:sample_texts"),
    ("rules/demo/**.yaml", "web.catalogues:example_texts"),
]
#: `N_` marks a text, `_` translates it at once, `counted` has one text for one and one for many.
_KEYWORDS: dict[str, Any] = {"N_": None, "_": None, "counted": (1, 2), "translator": None}


def sample_texts(
    file: IO[bytes], *_: Any, **_options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The descriptions of samples, in the form of Babel's extracted texts."""
    sample = json.load(file)
    # The values that all samples of a provider share have no description.
    if "description" in sample:
        yield 1, "N_", sample["description"], []


def example_texts(
    file: IO[bytes], *_: Any, **_options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The names and descriptions of the demo's rules, in the form of Babel's extracted texts."""
    from automator.rules.editing.edits import names_in

    for _path, name in names_in(file.read().decode()):
        yield 1, "N_", name, []


def catalogue_files() -> list[Path]:
    """The catalogue of each language other than English."""
    return sorted(HERE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def texts_of_the_program() -> Catalog:
    """Every text that is marked in the program and its pages."""
    found = Catalog(project=DOMAIN)
    for name, _line, text, comments, context in extract_from_dir(
        ROOT, _METHODS, keywords=_KEYWORDS, directory_filter=lambda _folder: True
    ):
        found.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    for text in (*_explanations(), *_help_of_commands()):
        found.add(text)
    return found


def _help_of_commands() -> Iterator[str]:
    """The texts of `--help`: the docstrings of commands, and the help of their options."""
    from typer.main import get_command

    from automator.cli.commands import program
    from automator.cli.terminal.help import help_texts

    yield from help_texts(get_command(program()))


def _explanations() -> Iterator[str]:
    """The rule editor's texts about keys, functions and filters: descriptions in the code."""
    from automator.actions import builtin_actions
    from automator.rules.assistance.schema import rule_file_schema
    from automator.rules.assistance.texts import explained_texts

    yield from explained_texts(rule_file_schema(builtin_actions()))


def read(path: Path) -> Catalog:
    """Reads the .po file of a language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compile_all() -> None:
    """Writes the .mo file of each catalogue if it is missing or older than the .po file."""
    for path in catalogue_files():
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            with compiled.open("wb") as file:
                write_mo(file, read(path))


def update_all() -> None:
    """Puts the texts of the program into each catalogue; new texts have empty translations."""
    texts = texts_of_the_program()
    for path in catalogue_files():
        catalogue = read(path)
        created, header = catalogue.creation_date, catalogue.header_comment
        # Without guesses: a guessed translation would look like a real one.
        catalogue.update(texts, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = header
        # With a new date, any two updates would conflict in version control.
        catalogue.creation_date = created
        written = BytesIO()
        write_po(written, catalogue, width=100, sort_output=True, no_location=True)
        path.write_bytes(written.getvalue())


if __name__ == "__main__":
    {"compile": compile_all, "update": update_all}[sys.argv[1]]()
