"""Every YAML example in the documents is read by the code that reads what people write."""

import re
import textwrap
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from automator.configuration.settings import Settings
from automator.files import parse_yaml
from automator.model import Problem
from automator.rules import RuleContext, load_rules
from automator.rules.compiled.shop_texts import shop_text_file
from automator.rules.gallery.gallery import GALLERY
from automator.rules.gallery.gallery_rule import GalleryRule
from automator.rules.reading.snippets import named_texts
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from tests.support.rule_tests import codes_of, results_of
from tests.support.words import rendered

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^(?P<indent> *)```yaml\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RULE = "rules:\n  - id: price-question\n    trigger: {event: [comment.created, order.created]}\n"


def examples() -> list[tuple[str, str]]:
    """Where each example stands, and its text."""
    return [
        (f"{page.relative_to(ROOT).as_posix()}:{number}", textwrap.dedent(found["text"]))
        for page in DOCUMENTS
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), 1)
    ]


def as_file(place: str, text: str) -> str:
    """An example as a whole file: lists are the conditions or the actions of a rule."""
    if not text.startswith("- ") and not text.startswith("    "):
        return text
    inner = textwrap.indent(textwrap.dedent(text), "      ")
    if "conditions" in place or "not: [" in text:
        return f"{RULE}    conditions:\n{inner}    actions: [{{log: x}}]\n"
    return f"{RULE}    actions:\n{inner}"


def problems_of(text: str, scratch: Path) -> list[Problem]:
    first = re.match(r"[a-z_]+", text)
    if first is not None and first[0] in Settings.model_fields and first[0] != "vars":
        config = scratch / "automator.yaml"
        config.write_text(text, encoding="utf-8")
        return load_config(config, scratch, demo=False, resolve_secrets=False).problems
    return load_rules(of_any_reader(), with_shop_texts(text)).problems


def with_shop_texts(text: str) -> dict[str, str]:
    """An example with the texts from which it answers, as a reader writes them."""
    names = named_texts(parse_yaml("example.yaml", text).data) if "answer:" in text else ()
    said = (ROOT / "docs/how-to/answer-from-your-own-texts.md").read_text(encoding="utf-8")
    written = said.partition("```text\n")[2].partition("```")[0]
    return {"example.yaml": text, **{shop_text_file(name): written for name in names}}


@cache
def of_any_reader() -> RuleContext:
    """All platforms are known, and the reader's own connections and targets are not."""
    with TemporaryDirectory() as folder:
        demo = load_config(None, Path(folder), demo=True).require()
    return rule_context_of(demo, is_configured=False)


@pytest.mark.parametrize(("place", "text"), examples(), ids=[place for place, _ in examples()])
def test_an_example_has_no_problem(place: str, text: str, tmp_path: Path) -> None:
    problems = problems_of(as_file(place, text), tmp_path)

    assert rendered(problems) == ""


def examples_with_tests() -> list[tuple[str, str]]:
    """The examples with tests of their rules; the demo has another target than a reader."""
    return [
        (place, text.replace("crm", "demo-target"))
        for place, text in examples()
        if "\n    tests:\n" in text
    ]


@pytest.mark.parametrize(
    ("place", "text"), examples_with_tests(), ids=[place for place, _ in examples_with_tests()]
)
def test_the_tests_in_an_example_pass(place: str, text: str, tmp_path: Path) -> None:
    results = results_of(with_shop_texts(text), tmp_path)

    assert {name: codes_of(result) for name, result in results.items() if codes_of(result)} == {}


#: An example of so many lines is a file to copy. Shorter ones show one thing, and stay fragments.
A_FILE = 15


def test_every_rule_of_an_example_that_is_a_whole_file_has_a_test() -> None:
    """A whole file has the key `rules` and, without the tests in it, at least 15 lines.

    Shorter examples are fragments: a page shows one key with them, and their tests would be most of
    what a reader has to read. Files in folders of `docs` are whole files, however long they are.
    """
    files = [(place, text) for place, text in examples() if re.search("^rules:$", text, re.M)]
    long = [(place, text) for place, text in files if _lines_without_tests(text) >= A_FILE]
    folders = [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "docs").glob("*/*.yaml"))
        if path.name != "automator.yaml" and path.parent.name != "deploy"
    ]

    assert len(folders) > 10
    assert [
        f"{place}: {rule['id']}"
        for place, text in (*long, *folders)
        for rule in parse_yaml(place, text).data["rules"]
        if not rule.get("tests")
    ] == []


@pytest.mark.parametrize("item", GALLERY, ids=lambda item: item.key)
def test_every_ready_made_rule_has_its_section_and_an_example_with_a_test(
    item: GalleryRule,
) -> None:
    page = (ROOT / "docs/reference/ready-made-rules.md").read_text(encoding="utf-8")
    section = re.split(r"^##+ ", page.partition(f"### {item.title}\n")[2], maxsplit=1, flags=re.M)[
        0
    ]
    found = BLOCK.search(section)

    assert item.about in section
    assert found is not None
    (rule,) = parse_yaml("example.yaml", found["text"]).data["rules"]
    assert rule["id"] == item.key.replace("_", "-")
    assert rule["tests"]


def _lines_without_tests(text: str) -> int:
    return len(re.sub(r"^    tests:\n(?:      .*\n)+", "", text, flags=re.M).strip().splitlines())


def test_there_are_examples_at_all() -> None:
    assert len(examples()) > 15
    assert len(examples_with_tests()) > 15
