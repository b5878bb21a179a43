"""Every name that the documents write as code is that of something that there is."""

import ast
import builtins
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from automator.configuration.settings import Settings
from automator.engine.replay.filter_syntax import run_filter
from automator.model import UsageError
from automator.model.own_events import OWN_EVENTS
from automator.providers.simulator import sample_names
from automator.sandbox import FAULTS
from automator.server.bootstrap.site import admin_routes
from tests.support.documented_commands import DOCUMENTS as ALL_DOCUMENTS
from tests.support.documented_commands import ROOT, whole_program

LOG_CODES = ROOT / "docs" / "reference" / "log.md"
DOCUMENTS = [page for page in ALL_DOCUMENTS if page.name != "CHANGELOG.md"]
#: Pages for people who read the code: there every identifier is one of the code.
OF_THE_CODE = [
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|md|toml|html|js|css|json)")
#: What belongs to somebody else, or is made while the program runs.
ELSEWHERE = frozenset(
    {
        "NOTIFY",
        "ConfigMap",
        "ruamel.yaml.clib",
        # Files of a reader.
        "knowledge/NAME.md",
        "knowledge/shop.md",
        "rules/knowledge/delivery.md",
        # Files of a release.
        "editor.cdx.json",
        "server.cdx.json",
    }
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    return INLINE.findall(prose(page))


def shell_lines(page: Path) -> Iterator[str]:
    """The commands that a page shows, each on one line; what stands in pipes and `$( )` apart."""
    for kind, text in FENCED.findall(page.read_text(encoding="utf-8")):
        if kind not in ("sh", "console"):
            continue
        for line in text.replace("\\\n", " ").splitlines():
            shown = line.strip()
            if kind == "console" and not shown.startswith("$ "):
                continue
            yield from re.split(r"&&|\|\||[|;]", shown.removeprefix("$ ").partition(" #")[0])


# --- Commands of the program and of make ---


def wrong_in_command(words: list[str]) -> str:
    """What does not exist of a call such as `automator token create NAME --role viewer`."""
    command = whole_program()
    path = ["automator"]
    while words and (inner := getattr(command, "commands", {})) and not words[0].startswith("-"):
        if words[0].isupper():
            return ""  # It stands for any of them.
        if words[0] not in inner:
            return " ".join([*path, words[0]])
        command = inner[words[0]]
        path.append(words.pop(0))
    options = {option for item in getattr(command, "params", []) for option in item.opts}
    options |= {option for item in getattr(command, "params", []) for option in item.secondary_opts}
    unknown = [
        word for word in words if word.startswith("--") and word.partition("=")[0] not in options
    ]
    unknown = [word for word in unknown if word not in ("--help", "--install-completion")]
    return f"{' '.join(path)} {unknown[0]}" if unknown else ""


def calls(page: Path) -> Iterator[str]:
    yield from (span for span in spans(page) if " " in span or span == "automator")
    yield from shell_lines(page)


def program_and_words(line: str) -> tuple[str, list[str]]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    while words and ("=" in words[0] and not words[0].startswith("-")):
        words.pop(0)
    return (words[0].rpartition("/")[2], words[1:]) if words else ("", [])


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_command_and_option_that_a_document_shows_exists(page: Path) -> None:
    wrong = []
    for line in calls(page):
        program, words = program_and_words(line)
        if program == "automator":
            wrong.append(wrong_in_command(words))

    assert [item for item in wrong if item] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_sample_and_fault_that_a_document_shows_exists(page: Path) -> None:
    known = {*sample_names(), *(name.partition("/")[0] for name in sample_names())}
    wrong = []
    for line in calls(page):
        program, words = program_and_words(line)
        # In brackets stands what a person chooses.
        given = [word for word in words[1:] if not word.startswith(("-", "[", "…"))]
        if program != "automator" or not given or words[1].startswith("-"):
            continue
        if words[0] == "send" and given[0] not in known:
            wrong.append(given[0])
        if words[0] == "fault" and not set(given[1:2]) <= set(FAULTS.get(given[0], ())):
            wrong.append(" ".join(given[:2]))

    assert wrong == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_filter_of_runs_that_a_document_shows_can_be_read(page: Path) -> None:
    wrong = []
    for line in calls(page):
        program, words = program_and_words(line)
        if program != "automator" or words[:1] not in (["log"], ["replay"]):
            continue
        # In capitals stands what a person fills in.
        fields = re.findall(r"(?<= )([a-z_]+)=([^ A-Z…]+)(?= |$)", f" {' '.join(words[1:])}")
        try:
            run_filter(dict(fields), 1_800_000_000_000)
        except UsageError as error:
            wrong.append(f"{line}: {error}")

    assert wrong == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_target_of_make_that_a_document_shows_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wrong = []
    for line in calls(page):
        program, words = program_and_words(line)
        if program == "make":
            named = [word for word in words if "=" not in word and not word.startswith("-")]
            wrong += [word for word in named if word not in targets]

    assert wrong == []


def test_every_option_that_stands_alone_is_one_of_some_command() -> None:
    from docs.makers.commands import all_commands

    known = {
        option
        for _, command in all_commands()
        for item in command.params
        for option in (*item.opts, *item.secondary_opts)
    }
    # The benchmarks have options of their own.
    known |= {name for path in source_files() for name in options_in(path)}
    named = {
        (relative(page), re.split("[ ,=]", span)[0])
        for page in DOCUMENTS
        for span in spans(page)
        if span.startswith("--")
    }

    assert [one for one in named if one[1] not in known] == []


# --- Settings, calls of the API, variables of the environment ---


def setting_at(path: list[str]) -> bool:
    """Whether a dotted name such as `disk.keep_free` leads to a setting."""
    from automator.files.validate import model_in

    model: type[BaseModel] | None = Settings
    for name in path:
        if model is None or name not in model.model_fields:
            return False
        model = model_in(model.model_fields[name].annotation)
    return True


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_setting_that_a_document_names_exists(page: Path) -> None:
    sections = {
        name
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    # A code of the log may look like a setting.
    others = {*OWN_EVENTS, *re.findall(r"`(\w+\.\w+)`", LOG_CODES.read_text(encoding="utf-8"))}
    named = [
        span
        for span in spans(page)
        if IDENTIFIER.fullmatch(span) and span.split(".")[0] in sections and span not in others
    ]

    assert [name for name in named if not setting_at(name.split("."))] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_call_of_the_api_that_a_document_names_exists(page: Path) -> None:
    known = {
        f"{method} {re.sub(r'{[^}]*}', '{}', route.path)}"
        for route in admin_routes()
        for method in route.methods or ()
    } | {"POST /hooks/{}", "GET /healthz", "GET /readyz"}
    named = [
        re.sub(r"\{[^}]*\}", "{}", found[0].partition("?")[0])
        for found in re.finditer(r"(?:GET|POST|PUT|DELETE) /[\w/{}.?=-]+", " ".join(spans(page)))
        if found[0].split()[1].startswith(("/api", "/hooks", "/healthz", "/readyz"))
    ]

    assert [call for call in named if call not in known] == []


def test_every_variable_of_ours_that_a_document_names_is_read() -> None:
    named = {
        (relative(page), name)
        for page in DOCUMENTS
        for name in re.findall(r"\b(?:AUTOMATOR|FAULTS)(?:_[A-Z]+)*\b", page.read_text("utf-8"))
    }

    assert [one for one in named if one[1] not in words_of_the_source()] == []


# --- Files and identifiers ---


@cache
def source_files() -> list[Path]:
    folders = ("automator", "tests", "benchmarks", "docs", "web", "rules")
    kinds = {".py", ".html", ".js", ".css", ".json", ".yaml", ".toml"}
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    top = [ROOT / "Makefile", ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / "pyproject.toml"]
    return [path for path in found if path.suffix in kinds and path != Path(__file__)] + top


@cache
def words_of_the_source() -> frozenset[str]:
    """Every word of code, settings, pages and samples."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in source_files())
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))


@cache
def definitions() -> frozenset[str]:
    """`name`, and `Class.name`, of every class, function, method, attribute and constant."""
    found: set[str] = set(dir(builtins))
    for path in source_files():
        if path.suffix == ".py":
            found.add(path.stem if path.stem != "__init__" else path.parent.name)
            tree = ast.parse(path.read_text(encoding="utf-8"))
            _define(tree.body, "", found)
            imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
            found |= {alias.name for node in imports for alias in node.names}
    return frozenset(found)


def options_in(path: Path) -> list[str]:
    """The options of a script of ours."""
    if path.parent.name != "benchmarks":
        return []
    return re.findall(r'"(--[a-z-]+)"', path.read_text(encoding="utf-8"))


def _define(body: list[ast.stmt], prefix: str, found: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found |= {node.name, f"{prefix}{node.name}"}
            if isinstance(node, ast.ClassDef):
                _define(node.body, f"{node.name}.", found)
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        for target in targets:
            if isinstance(target, ast.Name):
                found |= {target.id, f"{prefix}{target.id}"}


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_file_of_the_project_that_a_document_names_exists(page: Path) -> None:
    names = {path.name for path in source_files()} | {path.name for path in ROOT.iterdir()}
    named = [span for span in spans(page) if FILE.fullmatch(span) and span not in ELSEWHERE]

    def exists(name: str) -> bool:
        if "/" not in name:
            return name in names
        return any((folder / name).exists() for folder in (ROOT, ROOT / "automator"))

    assert [name for name in named if not exists(name)] == []


def test_every_class_and_method_that_a_document_names_exists() -> None:
    known = definitions() | ELSEWHERE
    named = [
        (relative(page), span.removesuffix("()"))
        for page in DOCUMENTS
        for span in spans(page)
        if re.fullmatch(r"(?:_?[A-Z]+[a-z]\w*\.)?(?:_?[A-Z]+[a-z]+[A-Z]\w*|[a-z_]+\(\))", span)
    ]

    assert [one for one in named if one[1] not in known] == []


def test_every_identifier_in_a_page_about_the_code_is_one_of_the_code() -> None:
    top = {part for path in ROOT.iterdir() for part in path.name.split(".")}
    known = words_of_the_source() | top
    unknown = [
        (relative(page), span)
        for page in OF_THE_CODE
        for span in spans(page)
        if IDENTIFIER.fullmatch(span) and span not in ELSEWHERE
        if not set(span.removesuffix("()").split(".")) <= known
    ]

    assert unknown == []
