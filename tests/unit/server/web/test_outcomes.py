"""What the codes of attempts mean for people."""

import re
from pathlib import Path

import automator
from automator.server.web.outcomes import MEANINGS, meaning

_CODE = re.compile(r'"([a-z_]+)"')


def test_every_code_that_is_explained_is_one_that_attempts_can_have() -> None:
    folder = Path(automator.__path__[0])
    parts = ("engine", "providers", "actions", "reasons")
    files = [file for part in parts for file in (folder / part).rglob("*.py")]
    written = {code for file in files for code in _CODE.findall(file.read_text(encoding="utf-8"))}

    assert set(MEANINGS) - written == set()


def test_a_code_that_is_not_explained_says_nothing() -> None:
    assert meaning("no_such_code") == ""
    assert meaning("") == ""
