"""The planted bugs of tests/mutants still apply, and the tests that must see them exist."""

import re
from pathlib import Path

import pytest

from tests.mutants.planted import MUTANTS, Mutant
from tests.mutants.run import mutated, originals

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_planted_bug_still_applies_and_is_python(mutant: Mutant) -> None:
    for file, text in mutated(mutant, originals(mutant)).items():
        compile(text, file, "exec")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_of_every_planted_bug_exists(mutant: Mutant) -> None:
    text = (ROOT / mutant.test).read_text(encoding="utf-8")
    names = re.findall(r"^(?:async )?def (test_\w+)|^(Test\w+) =", text, re.MULTILINE)
    words = mutant.only.split(" or ")

    assert any(word in "".join(name) for name in names for word in words)


def test_a_planted_bug_that_no_longer_applies_is_refused() -> None:
    mutant = MUTANTS[0]
    changed = dict.fromkeys(originals(mutant), "something else\n")

    with pytest.raises(ValueError, match="does not apply"):
        mutated(mutant, changed)
