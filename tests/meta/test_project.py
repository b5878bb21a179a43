"""The files around the code say what is there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):(.*)$", makefile, re.MULTILINE)

    assert len(targets) > 8
    assert [name for name, rest in targets if "##" not in rest] == []


def test_no_text_holds_the_marks_of_two_changes_that_met() -> None:
    begin, end = "<" * 7 + " ", ">" * 7 + " "
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "web").rglob("*.html")]

    marked = [
        path.relative_to(ROOT).as_posix()
        for path in texts
        if any(
            line.startswith((begin, end)) for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]

    assert marked == []


def test_the_map_for_contributors_shows_every_part_of_the_package() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    parts = [
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "automator").iterdir()
        if not path.name.startswith("__")
    ]

    assert [part for part in parts if f"`automator/{part}`" not in contributing] == []


def test_no_part_imports_from_a_row_above_its_own_in_the_map() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [
        re.findall(r"`automator/([a-z_]+)", line.split("|")[1])
        for line in contributing.splitlines()
        if line.startswith("| `automator/")
    ]
    row_of = {part: number for number, row in enumerate(rows) for part in row}
    wrong = set()
    for path in (ROOT / "automator").rglob("*.py"):
        part = path.relative_to(ROOT / "automator").parts[0].removesuffix(".py")
        for found in re.findall(
            r"^\s*(?:from|import) automator\.([a-z_]+)", path.read_text("utf-8"), re.MULTILINE
        ):
            if part in row_of and found != part and row_of[found] <= row_of[part]:
                wrong.add(f"{part} imports {found}")

    assert len(row_of) > 15
    assert sorted(wrong) == []


def test_the_first_decision_shows_the_layers_that_are_checked() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [item["layers"] for item in contracts if item.get("containers") == ["automator"]]
    record = (ROOT / "docs" / "adr" / "0001-layers.md").read_text(encoding="utf-8")

    assert "\n".join(f"    {layer}" for layer in layers) in record


def test_every_folder_that_goes_into_the_wheel_exists() -> None:
    folders = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_path_that_the_image_copies_exists() -> None:
    copies = re.findall(
        r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    paths = [path for line in copies for path in line.split()[:-1]]

    assert len(paths) > 3
    assert [path for path in paths if not (ROOT / path).exists()] == []


#: Packages whose module has another name; None: it is data that the standard library reads.
MODULES = {
    "google-re2": "re2",
    "prometheus-client": "prometheus_client",
    "pyahocorasick": "ahocorasick",
    "python-multipart": "python_multipart",
    "pyyaml": "yaml",
    "ruamel.yaml": "ruamel",
    "typing-extensions": "typing_extensions",
    "tzdata": None,
}


def test_every_package_that_is_required_is_imported() -> None:
    names = [re.split("[<>=;~ ]", item)[0] for item in PROJECT["project"]["dependencies"]]
    modules = [MODULES.get(name, name) for name in names]
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "automator").rglob("*.py")
    )

    assert len(modules) > 15
    assert [
        module
        for module in modules
        if module and not re.search(rf"^\s*(?:from|import) {module}\b", text, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("folder", ["actions", "providers"])
def test_a_class_that_is_not_registered_is_noticed(folder: str) -> None:
    """A new file with an action or a provider must also stand in BUILTIN."""
    from automator import actions, providers

    package = {"actions": actions, "providers": providers}[folder]
    base = {"actions": "Action", "providers": "Provider"}[folder]
    of_rules_and_people = (*actions.BUILTIN, actions.WRITE)
    builtin = package.BUILTIN.values() if folder == "providers" else map(type, of_rules_and_people)
    registered = {item.__name__ for item in builtin}
    written = dict(
        pair
        for path in (ROOT / "automator" / folder).rglob("*.py")
        for pair in re.findall(
            rf"^class (\w+)\((\w*{base})\b", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    )

    # What others are built upon, as for Meta's products, is no sender of its own.
    assert set(written) - set(written.values()) == registered


def test_every_decision_has_a_number_of_its_own() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    titles = [record.read_text(encoding="utf-8").split(".", 1)[0] for record in records]

    assert titles == [f"# {number}" for number in range(1, len(records) + 1)]
    assert [record.name[:4] for record in records] == [
        f"{number:04}" for number in range(1, len(records) + 1)
    ]
