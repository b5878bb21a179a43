"""`automator fix`: rewrites old spellings in files, and leaves everything else as it is."""

from pathlib import Path
from typing import Any

import pytest

from automator.files import source
from automator.files.editing import tree
from automator.rules.editing.edits import with_new_spellings
from tests.support.commands import command

OLD = """# The rules of the shop
rules:
  - id: ask
    trigger: {event: message.received}   # any page
    actions:
      - ask: {text: Cỡ nào?, expires: 2h}  # as agreed with Lan
      - log: a
        on_error: continue
    tests:
      - name: answers
        event: {type: message.received, text: chào}
        expect: {matched: true}
"""
NEW = """# The rules of the shop
rules:
  - id: ask
    trigger: {event: message.received}   # any page
    actions:
      - ask: {text: Cỡ nào?, within: 2h}  # as agreed with Lan
      - log: a
        continue_on_error: true
    tests:
      - name: answers
        event: {type: message.received, with: {event.text: chào}}
        expect: matched
"""


def rules(folder: Path, text: str | bytes, name: str = "rules.yaml") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_file_is_rewritten_in_place_with_its_comments_and_shown_as_a_difference(
    tmp_path: Path,
) -> None:
    file = rules(tmp_path, OLD)

    said = command(tmp_path, "fix", "rules.yaml")

    assert (said.returncode, file.read_text()) == (0, NEW)
    assert "-      - ask: {text: Cỡ nào?, expires: 2h}  # as agreed with Lan" in said.stdout
    assert "+      - ask: {text: Cỡ nào?, within: 2h}  # as agreed with Lan" in said.stdout
    assert said.stdout.endswith("1 file of 1 file rewritten\n")
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_that_was_rewritten_is_not_written_again(tmp_path: Path) -> None:
    file = rules(tmp_path, OLD)
    command(tmp_path, "fix", "rules.yaml")
    before = file.stat()

    said = command(tmp_path, "fix", "rules.yaml")

    assert (said.returncode, said.stdout) == (0, "0 files of 1 file rewritten\n")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_check_writes_nothing_and_exits_with_1_while_a_file_would_change(tmp_path: Path) -> None:
    file = rules(tmp_path, OLD)

    before = command(tmp_path, "fix", "--check", "rules.yaml")
    assert (before.returncode, file.read_text()) == (1, OLD)
    assert "1 file of 1 file to rewrite" in before.stdout

    rules(tmp_path, NEW)
    after = command(tmp_path, "fix", "--check", "rules.yaml")
    assert (after.returncode, file.read_text()) == (0, NEW)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ends", [["\n"], ["\r\n"], ["\r\n", "\n", "\r\n"]])
def test_ends_of_lines_and_the_mark_at_the_beginning_stay(
    tmp_path: Path, ends: list[str], mark: str
) -> None:
    lines = zip(OLD.splitlines(), NEW.splitlines(), strict=True)
    old, new = mark, mark
    for number, (before, after) in enumerate(lines):
        end = ends[number % len(ends)]
        old, new = old + before + end, new + after + end
    file = rules(tmp_path, old)

    assert command(tmp_path, "fix", "rules.yaml").returncode == 0

    assert file.read_bytes() == new.encode()


def test_permissions_stay_and_a_link_stays_a_link(tmp_path: Path) -> None:
    file = rules(tmp_path, OLD, "shop.yaml")
    file.chmod(0o640)
    (tmp_path / "rules.yaml").symlink_to("shop.yaml")

    assert command(tmp_path, "fix", "rules.yaml").returncode == 0

    assert (tmp_path / "rules.yaml").is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == (NEW, 0o640)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (OLD.encode() + b"  - id: [\n", "rules.yaml:14:1:"),
        (OLD.encode() + b"\tid: x\n", "rules.yaml:13:1:"),
        (OLD.encode().replace(b"agreed", b"\xff"), "rules.yaml:6:49:"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_place_and_stays(
    tmp_path: Path, text: bytes, place: str
) -> None:
    file = rules(tmp_path, text)
    other = rules(tmp_path, OLD, "other.yaml")

    said = command(tmp_path, "fix", "rules.yaml", "other.yaml")

    assert place in said.stdout
    assert "a comment beside them" not in said.stdout
    assert "1 file of 2 files rewritten" in said.stdout
    assert (said.returncode, file.read_bytes(), other.read_text()) == (1, text, NEW)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing yet\n", "expires: 2h\n", "[{ask: {expires: 2h}}]\n", "rules: soon\n", "text\n"],
)
def test_what_is_no_list_of_rules_stays(tmp_path: Path, text: str) -> None:
    file = rules(tmp_path, text)

    said = command(tmp_path, "fix", "rules.yaml")

    assert (said.returncode, file.read_text()) == (0, text)


def test_a_spelling_beside_a_comment_that_would_be_lost_is_left_with_its_place(
    tmp_path: Path,
) -> None:
    event = "\n          type: message.received\n          text: chào  # as she wrote"
    file = rules(tmp_path, OLD.replace(" {type: message.received, text: chào}", event))

    said = command(tmp_path, "fix", "rules.yaml")

    assert said.returncode == 1
    assert "rules.yaml:13:11:" in said.stdout
    after = NEW.replace(" {type: message.received, with: {event.text: chào}}", event)
    assert file.read_text() == after


def test_all_files_of_the_folder_are_rewritten_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "automator.yaml").write_text("connections: {}\n")
    files = [rules(tmp_path / "rules", OLD, name) for name in ("a.yaml", "b.yml")]

    said = command(tmp_path, "fix")

    assert "2 files of 2 files rewritten" in said.stdout
    assert [file.read_text() for file in files] == [NEW, NEW]


def test_the_work_grows_with_the_file_and_not_with_its_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work is the number of characters that a parser of YAML gets to read."""
    read = [0]

    def counted(of: Any) -> Any:
        def reading(text: str, **options: Any) -> Any:
            read[0] += len(text)
            return of(text, **options)

        return reading

    yaml = vars(source)["yaml"]
    assert vars(tree)["yaml"] is yaml
    for name in ("parse", "scan"):
        monkeypatch.setattr(yaml, name, counted(getattr(yaml, name)))
    header, _, rule = OLD.partition("rules:\n")
    works = []
    for count in (10, 40):
        numbered = "".join(rule.replace("id: ask", f"id: ask{one}") for one in range(count))
        read[0] = 0
        after = with_new_spellings(f"{header}rules:\n{numbered}")
        works.append(read[0] / count)
        assert after.count("expect: matched") == count

    assert works[1] < works[0] * 1.1
