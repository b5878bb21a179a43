"""The README and the tutorial, followed word for word with the real server."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.process import ServerProgram, wait_until

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "rules" / "demo"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EVENT = re.compile(r"automator why (\w+)")


class Newcomer:
    """Somebody at a terminal in a copy of the project, with a demo that runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.examples = folder / "rules" / "demo"
        shutil.copytree(EXAMPLES, self.examples)
        self.server = ServerProgram(folder, cwd=folder)
        #: The event that the last command has named.
        self.event = ""

    def types(self, line: str, *, fails: bool = False) -> str:
        """What the terminal shows after a line of a page."""
        line = line.replace(".venv/bin/", "").replace("EVENT", self.event)
        program, *arguments = shlex.split(line)
        assert program == "automator"
        done = command(self.folder, *arguments)
        assert (done.returncode != 0) == fails, (line, done)
        if found := EVENT.search(done.stdout):
            self.event = found[1]
        return done.stdout

    def matched(self) -> set[str]:
        """The rules that matched the last event."""
        return set(re.findall(r"^✓ ([\w-]+)", self.types("automator why EVENT"), re.MULTILINE))

    def loads(self, rules: int) -> None:
        """Waits until the server has read the last edit, and has so many rules."""
        line = f"rules={rules}\n"
        wait_until(lambda: self.server.printed.count(line) > self._loaded, f"{rules} rules")
        self._loaded = self.server.printed.count(line)

    _loaded = 0


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    person = Newcomer(tmp_path)
    yield person
    person.server.terminate()


def steps_of(page: str) -> list[dict[str, list[str]]]:
    """The blocks below each numbered heading of a page, by their language."""
    sections = re.split(r"^## \d\. ", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
    steps = []
    for section in sections:
        blocks: dict[str, list[str]] = {"files": re.findall(r"`(data/[\w./-]+)`", section)}
        for language, text in BLOCK.findall(section):
            blocks.setdefault(language, []).append(text)
        steps.append(blocks)
    return steps


def test_the_tutorial_does_what_it_says(newcomer: Newcomer) -> None:
    _, start, ask, write, attempt, only_one, tests = steps_of("docs/tutorial/first-rule.md")
    shown = start[""][0].replace("http://127.0.0.1:8080", newcomer.server.url)
    assert [line for line in shown.splitlines() if line not in newcomer.server.printed] == ["…"]

    price, log, shipping = ask["sh"]
    newcomer.types(price)
    assert newcomer.matched() == {"price-question"}
    wait_until(lambda: "✓ sent             price-question" in newcomer.types(log), "the answers")
    newcomer.types(shipping)
    assert newcomer.matched() == {"price-question"}
    assert "'bao nhiêu'" in newcomer.types("automator why EVENT")

    rule = newcomer.folder / write["files"][0]
    rule.write_text(write["yaml"][0].replace("conditions:", "condition:"), "utf-8")
    told = newcomer.types(write["sh"][0], fails=True)
    assert "shipping.yaml:5:5:" in told
    assert "did you mean 'conditions'?" in told
    wait_until(lambda: "rules.refused file=shipping.yaml" in newcomer.server.printed, "a refusal")
    rule.write_text(write["yaml"][0], "utf-8")
    newcomer.loads(17)
    assert "no problems" in newcomer.types(write["sh"][0])

    newcomer.types(attempt["sh"][0])
    assert newcomer.matched() == {"shipping-question"}
    told = newcomer.types(attempt["sh"][1])
    assert len(re.findall(r"^[✓✗] ", told, re.MULTILINE)) == 17
    assert "<- decides" in told

    newcomer.types(shipping)
    assert newcomer.matched() == {"price-question", "shipping-question"}
    prices = newcomer.folder / only_one["files"][0]
    head = "    conditions:\n"
    prices.write_text(prices.read_text("utf-8").replace(head, head + only_one["yaml"][0]), "utf-8")
    newcomer.loads(17)
    newcomer.types(shipping)
    assert newcomer.matched() == {"shipping-question"}

    rule.write_text(tests["yaml"][0], "utf-8")
    assert "2 passed" in newcomer.types(tests["sh"][0])
    rule.write_text(tests["yaml"][0].replace("'ship', ", ""), "utf-8")
    told = newcomer.types(tests["sh"][0], fails=True)
    assert "the text 'phi ship ve Da Nang' has none of these" in told
    assert f"fix: change {tests['files'][0]}:6" in told
    assert contents(newcomer.examples) == contents(EXAMPLES)


def test_what_the_readme_shows_of_the_demo_works(newcomer: Newcomer) -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("## Try it")[2]
    lines = [line for _, text in BLOCK.findall(section) for line in text.splitlines()]
    typed = [line for line in lines if line.startswith(".venv/bin/automator ")]

    assert [line.split()[1] for line in typed] == ["send", "log", "why", "check", "test"]
    assert "✓ price-question" in [newcomer.types(line) for line in typed][2]


def test_the_page_about_tests_shows_what_the_command_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "test-your-rules.md").read_text("utf-8")
    blocks = [text for _, text in BLOCK.findall(page)]
    rules = next(text for text in blocks if text.startswith("rules:"))
    passing, failing = (text for text in blocks if re.search(r"^[✓✗] price-question: ", text, re.M))
    file = tmp_path / "rules" / "price.yaml"
    file.parent.mkdir()

    file.write_text(rules, "utf-8")
    passed = command(tmp_path, "test").stdout
    file.write_text(rules.replace("['giá', 'bao nhiêu']", "['ib']"), "utf-8")
    failed = command(tmp_path, "test").stdout

    # The last line says how long it took.
    assert passing.splitlines()[1:-1] == passed.splitlines()[:-1]
    assert failed.startswith(failing)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}
