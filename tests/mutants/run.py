"""Plants each bug in a copy of the tree and sees its test fail.

`python -m tests.mutants.run [WORD …]`

It validates the tests, not the program. A mutant that survives, a test that is red without one, and
an edit that does not apply any more make it fail. Words pick the mutants with one of them in the
name.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.planted import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
_COPIED = ("automator", "tests", "rules", "web", "docs", "pyproject.toml")
#: What pytest answers when tests have failed, and when all have passed.
_FAILED, _PASSED = 1, 0
_LONGEST_S = 600
_LAST_LINES = 15


def mutated(mutant: Mutant, text_of: dict[str, str]) -> dict[str, str]:
    """The texts of the files that the mutant changes, changed.

    Raises:
        ValueError: an edit does not stand in its file exactly once.
    """
    changed: dict[str, str] = {}
    for edit in mutant.edits:
        text = changed.get(edit.file, text_of[edit.file])
        if text.count(edit.old) != 1:
            raise ValueError(
                f"the mutant '{mutant.name}' does not apply: this stands {text.count(edit.old)}"
                f" times in {edit.file}, not once:\n{edit.old}"
            )
        changed[edit.file] = text.replace(edit.old, edit.new)
    return changed


def originals(mutant: Mutant, tree: Path = ROOT) -> dict[str, str]:
    """The files that it changes, as they are."""
    files = {edit.file for edit in mutant.edits}
    return {file: (tree / file).read_text(encoding="utf-8") for file in files}


def outcome(tree: Path, mutant: Mutant) -> tuple[int, str]:
    """Runs the mutant's test in a tree; pytest's answer and the end of what it printed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutant.test]
    if mutant.only:
        command += ["-k", mutant.only]
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    return done.returncode, "\n".join(done.stdout.splitlines()[-_LAST_LINES:])


def copied_to(tree: Path) -> None:
    """A copy of what the tests need, in which files may be broken."""
    tree.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)


def red_without(tree: Path, chosen: list[Mutant]) -> str:
    """What the first test printed that fails although nothing is planted; "" when all pass."""
    for mutant in {(item.test, item.only): item for item in chosen}.values():
        code, printed = outcome(tree, mutant)
        if code != _PASSED:
            return f"RED WITHOUT A MUTANT: {mutant.test} {mutant.only}\n{printed}"
    return ""


def is_seen(tree: Path, mutant: Mutant) -> bool:
    """Plants the bug, runs its test, and mends the tree again; prints how it ended."""
    before = originals(mutant, tree)
    for file, text in mutated(mutant, before).items():
        (tree / file).write_text(text, encoding="utf-8")
    began = time.monotonic()
    code, printed = outcome(tree, mutant)
    for file, text in before.items():
        (tree / file).write_text(text, encoding="utf-8")
    words = {_FAILED: "seen", _PASSED: "SURVIVED"}
    print(
        f"{words.get(code, 'NOT RUN'):9} {mutant.promise:4} {mutant.name}"
        f"  ({mutant.test} {mutant.only}, {time.monotonic() - began:.0f} s)",
        flush=True,
    )
    if code != _FAILED:
        print(printed, flush=True)
    return code == _FAILED


def main(words: list[str]) -> int:
    """Prints a line for each mutant; the exit code says whether all were seen."""
    chosen = [item for item in MUTANTS if not words or any(word in item.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="automator-mutants-") as folder:
        tree = Path(folder) / "tree"
        copied_to(tree)
        complaint = red_without(tree, chosen)
        if complaint:
            print(complaint)
            return 1
        seen = sum(is_seen(tree, mutant) for mutant in chosen)
    print(f"{seen} of {len(chosen)} planted bugs were seen")
    return 0 if chosen and seen == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
