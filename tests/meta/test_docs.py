"""What the documents say exists, and what exists is in the documents."""

import ast
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from automator import cli
from automator.configuration.environment import Environment
from automator.model import Outcome, RunState, Waits
from automator.providers import BUILTIN
from automator.reasons import ReasonKind, problems, secrets, setup_mistakes
from automator.reasons.attempts import refusals, sending
from automator.server.bootstrap import process
from docs.generate import filled, pages
from tests.support.documented_commands import DOCUMENTS, ROOT, Shown, commands_in

REFERENCE = ROOT / "docs" / "reference"
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")
ANCHOR = re.compile(r"\]\((?!https?:|mailto:)([^)#]*\.md)?#([^)]+)\)")
DOTTED = re.compile(r"`(automator\.(?!yaml|db)[\w.]+)`")
#: What is not prose: code, and where links lead.
CODE = re.compile(r"^```.*?^```|`[^`\n]*`|(?<=\])\([^)\n]*\)", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:automator|docs|tests|web|benchmarks)/[\w./-]*)`")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def heading_anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("page", ["page-owners", "field"])
def test_a_list_of_features_is_counted_and_each_row_names_tests(page: str) -> None:
    text = (REFERENCE / f"{page}.md").read_text(encoding="utf-8")
    tests = r"`[\w/.]+::\w+`(?:, `[\w/.]+::\w+`)*"
    rows = re.findall(rf"^\| (\d+) \| .+? \| (\w+) \| .+ \| ({tests}|–) \|$", text, re.MULTILINE)

    scores = Counter(score for _, score, _ in rows)
    told = re.search(r"\*\*(\d+) yes, (\d+) partly, (\d+) no of (\d+)\*\*", text)
    assert told is not None
    *counts, all_rows = map(int, told.groups())
    assert [int(number) for number, *_ in rows] == list(range(1, all_rows + 1))
    assert counts == [scores[it] for it in ("yes", "partly", "no")]
    assert {score for _, score, shown in rows if shown == "–"} <= {"no"}
    named = {tuple(one.split("::")) for *_, shown in rows for one in re.findall(r"[^`, –]+", shown)}
    assert [one for one in sorted(named) if one[1] not in collected_from(one[0])] == []


@cache
def collected_from(path: str) -> frozenset[str]:
    """The tests that pytest collects from a file."""
    is_collected = path.startswith("tests/") and Path(path).name.startswith("test_")
    if not is_collected or not (ROOT / path).is_file():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (it for it in tree.body if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(it.name for it in functions if it.name.startswith("test_"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_link_to_a_heading_leads_to_one(document: Path) -> None:
    links = ANCHOR.findall(document.read_text(encoding="utf-8"))
    dead = [
        f"{target}#{anchor}"
        for target, anchor in links
        if anchor not in heading_anchors(document.parent / target if target else document)
    ]

    assert dead == []


def test_the_list_of_documents_has_every_page_but_the_decision_records() -> None:
    entry = ROOT / "docs" / "README.md"
    targets = LINK.findall(entry.read_text(encoding="utf-8"))
    listed = {(entry.parent / target).resolve() for target in targets}
    pages = (page for page in DOCUMENTS if page.parent.name not in {"adr", "docs"})

    assert [relative(page) for page in pages if page not in listed and page.parent != ROOT] == []
    assert "docs/README.md" in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    paths = PATH.findall(document.read_text(encoding="utf-8"))

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_dotted_name_in_a_document_can_be_resolved(document: Path) -> None:
    for name in DOTTED.findall(document.read_text(encoding="utf-8")):
        assert pkgutil.resolve_name(name) is not None


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_the_generated_parts_are_fresh(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text == filled(text), "run: python docs/generate.py"


def test_every_command_says_what_it_does_and_stands_in_the_reference() -> None:
    from docs.makers.commands import all_commands

    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    commands = all_commands()

    assert len(commands) > 10
    assert [path for path, command in commands if not command.help] == []
    assert [path for path, _ in commands if f"## `{path}" not in page] == []


def test_every_exit_code_stands_before_the_commands() -> None:
    intro = (REFERENCE / "cli.md").read_text(encoding="utf-8").partition("\n## ")[0]
    declared = {
        value
        for module in (cli, process)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int) and 64 <= value <= 78
    }

    assert len(declared) == 5
    assert {str(code) for code in declared} <= set(re.findall(r"\b\d+\b", intro))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_command_that_a_document_shows_is_one_with_these_options(document: Path) -> None:
    shown = commands_in(document)

    assert {one.place: why for one in shown if (why := refusal_of(one))} == {}


def refusal_of(shown: Shown) -> str:
    """What the command line does not know of what stands behind `automator`."""
    behind = shown.words[len(shown.name) :]
    if hasattr(shown.command, "commands"):
        is_open = not behind or behind[0].isupper() or behind[0].startswith("-")
        return "" if is_open else f"there is no command {behind[0]}"
    known = {option for parameter in shown.command.params for option in parameter.opts}
    given = [word.partition("=")[0] for word in behind if word.startswith("--")]
    return ", ".join(option for option in given if option not in known)


def test_every_metric_that_a_page_names_is_in_the_reference() -> None:
    metrics = (REFERENCE / "api.md").read_text(encoding="utf-8").partition("## Metrics")[2]
    known = set(re.findall(r"`(automator_\w+)`", metrics))
    pages = ["how-to/deploy.md", "deploy/alerts.yml", "deploy/grafana.json"]
    alarms = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in pages)
    named = set(
        re.findall(r"\b(automator_[a-z]+_\w+|automator_(?:runs|performing|accepting))", alarms)
    )

    assert len(named) > 10
    assert named - known == set()


@pytest.mark.parametrize(
    ("name", "language", "until"),
    [
        # What comes behind this is for the terminal, and emphasises words of customers.
        ("first-rule.md", "en", "## 2."),
        ("first-rule.vi.md", "vi", ""),
        ("shop-handbook.vi.md", "vi", ""),
    ],
)
def test_every_button_that_a_tutorial_names_is_on_a_page(
    name: str, language: str, until: str
) -> None:
    page = (ROOT / "docs" / "tutorial" / name).read_text(encoding="utf-8")
    text = CODE.sub("", page.partition(until)[0] if until else page).replace("**", "")
    named = {" ".join(label.split()).rstrip("…") for label in re.findall(r"\*([^*]+)\*", text)}
    shown = tuple(texts_of_pages(language))

    assert len(named) > 8
    assert [label for label in named if not any(one.startswith(label) for one in shown)] == []


def texts_of_pages(language: str) -> Iterator[str]:
    """Every text of the pages and commands, as readers of this language see it."""
    path = ROOT / "web" / "locale" / "vi" / "LC_MESSAGES" / "automator.po"
    with path.open("rb") as file:
        for message in read_po(file):
            shown = message.id if language == "en" else message.string
            yield from [shown] if isinstance(shown, str) else shown


def test_no_message_names_a_file_that_an_installed_program_does_not_have() -> None:
    files = re.compile(r"docs/[\w./-]+|[\w-]+\.md\b")
    shown = [text for text in texts_of_pages("vi") if "Project-Id-Version" not in text]
    said = [*texts_of_pages("en"), *shown, *texts_of_the_code()]
    # The texts of a shop are files that it writes itself.
    named = [text for text in said if files.search(re.sub(r"knowledge/\w*\.md", "", text))]

    assert named == []


def texts_of_the_code() -> Iterator[str]:
    """Each text of the program that is not the description of a module, class or function."""
    for path in sorted((ROOT / "automator").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in told:
                # Addresses of other sites, links within the reference, and the reader of all pages.
                is_own = "https://" not in one.value and "](" not in one.value
                if is_own and path.name not in {"resources.py", "shop_texts.py"}:
                    yield one.value


def test_every_page_of_the_documentation_that_a_message_names_exists() -> None:
    said = "\n".join([*texts_of_pages("en"), *texts_of_pages("vi")])
    addresses = re.findall(r"/help/([\w./-]+?)\.html", said)
    printed = set(re.findall(r"`automator help ([\w-]+)`", said))

    assert len(addresses) > 5
    assert [one for one in addresses if not (ROOT / "docs" / f"{one}.md").exists()] == []
    assert printed - {page.stem for page in DOCUMENTS} == set()


def test_every_option_of_every_command_says_what_it_does() -> None:
    from docs.makers.commands import all_commands

    silent = [
        f"{path} {parameter.name}"
        for path, command in all_commands()
        for parameter in command.params
        if not parameter.help
    ]

    assert silent == []


def test_every_environment_variable_of_the_server_stands_in_the_reference() -> None:
    class Noted(dict[str, str]):
        """An empty environment that notes what is read."""

        def get(self, name: str, default: Any = None) -> Any:
            self[name] = ""
            return default

    read = Noted()
    Environment.read(read)
    section = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    section = section.partition("## Environment variables")[2]

    assert sorted(read) == sorted(set(re.findall(r"`([A-Z_]{4,})`", section)) - {"PGPASSFILE"})


def test_every_action_has_a_section_in_the_reference() -> None:
    from automator.actions import BUILTIN

    anchors = heading_anchors(REFERENCE / "actions.md")

    assert [action.name for action in BUILTIN if action.name not in anchors] == []


def test_every_filter_of_templates_stands_in_the_reference() -> None:
    from automator.rules.templates.filters import FILTERS

    page = (REFERENCE / "templates.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", "".join(re.findall(r"^\|.*?\|", page, re.M))))

    assert [name for name in FILTERS if name not in named] == []


def test_every_filter_of_templates_is_explained_while_somebody_types() -> None:
    from automator.rules.assistance.texts import FILTER_TEXTS

    assert len(FILTER_TEXTS) > 10
    assert [name for name, text in FILTER_TEXTS.items() if not text] == []


def test_every_state_outcome_and_wait_of_a_run_stands_in_the_reference() -> None:
    page = (REFERENCE / "runs.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    labels = {one.label for kind in (RunState, Outcome) for one in kind}
    assert sorted((labels | {one.value for one in Waits}) - explained) == []


def test_every_provider_has_a_section_in_the_reference() -> None:

    anchors = heading_anchors(REFERENCE / "providers.md")

    assert [name for name in BUILTIN if name not in anchors] == []


def test_every_reason_stands_in_the_reference_with_its_advice() -> None:
    from automator.reasons import kinds

    page = (REFERENCE / "reasons.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.*?) ?\|$", page, re.MULTILINE))
    of_files = (REFERENCE / "problems.md").read_text(encoding="utf-8")
    rows |= re.findall(r"^\| `[a-z-]+` \| `(\w+)` \| .+? \| (.*?) ?\|$", of_files, re.MULTILINE)
    # Parts of sentences, such as the names of kinds, say nothing by themselves.
    whole = [kind for kind in kinds().values() if kind.code in rows or not _is_part(kind)]

    assert sorted(rows) == sorted(kind.code for kind in whole)
    assert [kind.code for kind in whole if bool(kind.advice) != bool(rows[kind.code])] == []


def _is_part(kind: ReasonKind[...]) -> bool:
    found = pkgutil.walk_packages(problems.__path__, f"{problems.__name__}.")
    modules = (import_module(module.name) for module in found)
    declared = any(kind in vars(module).values() for module in modules)
    return declared and not kind.problem_code


def test_every_decision_record_has_its_number_and_parts_and_is_short() -> None:
    for number, record in enumerate(sorted((ROOT / "docs" / "adr").glob("*.md")), start=1):
        text = record.read_text(encoding="utf-8")

        assert record.name.startswith(f"{number:04}-"), record.name
        assert text.startswith(f"# {number}. "), record.name
        assert "\nStatus: " in text, record.name
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{record.name} lacks {part}"
        assert text.count("\n") <= 60, record.name


def test_the_readme_and_contributing_stay_short() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") <= 150
    assert (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").count("\n") <= 120


def test_no_document_uses_a_word_that_the_glossary_avoids() -> None:
    avoided = glossary_words_not_said()
    texts = {
        relative(page): CODE.sub("", without_reminders(page.read_text(encoding="utf-8")))
        for page in DOCUMENTS
        if page.name != "glossary.md" and page.parent.name != "adr"
    }

    found = [
        f"{name}: {word}"
        for name, text in texts.items()
        for word in avoided
        if re.search(rf"\b{word}s?\b", text, re.IGNORECASE)
    ]

    assert found == []


def without_reminders(text: str) -> str:
    """A page without what is said in the words of a platform, such as LINE's channels."""
    for module in (setup_mistakes, secrets, refusals, sending):
        for kind in vars(module).values():
            if isinstance(kind, ReasonKind):
                text = text.replace(kind.text, "").replace(kind.advice or kind.text, "")
                text = re.sub(rf"^\| `{kind.code}` \|.*$", "", text, flags=re.MULTILINE)
    return text


def glossary_words_not_said() -> list[str]:
    """The words of the glossary's last column that mean nothing else in our documents."""
    rows = re.findall(
        r"^\|[^|]+\|[^|]+\|([^|]*)\|$",
        (REFERENCE / "glossary.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    words = {word.strip() for row in rows for word in row.split("(")[0].split(",")}
    ordinary = {"", "---", "we do not say", "call", "hit", "filter", "source", "task", "user"}
    return sorted(words - ordinary)


def test_every_call_of_the_api_stands_in_the_reference_with_its_role() -> None:
    from automator.server.access.guard import Guarded
    from automator.server.bootstrap.site import admin_routes

    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    calls = [
        f"| `{method} {route.path_format}` | {route.endpoint.role.label} |"
        for route in admin_routes()
        if isinstance(route.endpoint, Guarded) and route.endpoint.is_api and route.endpoint.role
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]

    assert len(calls) > 15
    assert [call for call in calls if call not in page] == []


def test_the_reference_names_each_parameter_of_a_call() -> None:
    from automator.server.access.guard import Guarded
    from automator.server.bootstrap.site import admin_routes
    from automator.server.shared.lists import PAGE_PARAMETERS

    rows = (REFERENCE / "api.md").read_text(encoding="utf-8").splitlines()
    missing = [
        (route.path_format, name)
        for route in admin_routes()
        if isinstance(route.endpoint, Guarded) and route.endpoint.is_api
        for method in sorted(route.methods or ())
        if method != "HEAD"
        for row in ["\n".join(row for row in rows if f"| `{method} {route.path_format}` |" in row)]
        for name in {one.name for one in route.endpoint.parameters or ()}
        if f"`{name}" not in row and name not in {"as", *(one.name for one in PAGE_PARAMETERS)}
    ]

    assert missing == []
