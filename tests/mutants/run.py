"""Plants each bug in a copy of the tree and sees its test fail.

`python -m tests.mutants.run [WORD]`

It validates the tests, not the program. A mutant that survives, a test that is red without one, and
an edit that does not apply any more make it fail. A word picks the mutants whose name has it.
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


def originals(mutant: Mutant) -> dict[str, str]:
    """The files that it changes, as they are."""
    files = {edit.file for edit in mutant.edits}
    return {file: (ROOT / file).read_text(encoding="utf-8") for file in files}


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


def main(words: list[str]) -> int:
    """Prints a line for each mutant; the exit code says whether all were seen."""
    chosen = [item for item in MUTANTS if all(word in item.name for word in words)]
    survived: list[str] = []
    with tempfile.TemporaryDirectory(prefix="automator-mutants-") as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, tree / name, ignore=ignored)
            else:
                shutil.copy(source, tree / name)
        for test, only in dict.fromkeys((item.test, item.only) for item in chosen):
            item = next(one for one in chosen if (one.test, one.only) == (test, only))
            code, printed = outcome(tree, item)
            if code != _PASSED:
                print(f"RED WITHOUT A MUTANT: {test} {only}\n{printed}")
                return 1
        for mutant in chosen:
            before = originals(mutant)
            for file, text in mutated(mutant, before).items():
                (tree / file).write_text(text, encoding="utf-8")
            began = time.monotonic()
            code, printed = outcome(tree, mutant)
            for file, text in before.items():
                (tree / file).write_text(text, encoding="utf-8")
            seen = code == _FAILED
            took = time.monotonic() - began
            print(
                f"{'seen' if seen else 'SURVIVED':9} {mutant.promise:4} {mutant.name}"
                f"  ({mutant.test} {mutant.only}, {took:.0f} s)",
                flush=True,
            )
            if not seen:
                survived.append(mutant.name)
                print(printed)
    print(f"{len(chosen) - len(survived)} of {len(chosen)} planted bugs were seen")
    return 1 if survived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
