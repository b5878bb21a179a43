"""The modules that a run meets from its claim to its settlement, as the docs list them."""

import re
import sys
import threading
from pathlib import Path
from types import FrameType

from tests.support.world import a_world

ARCHITECTURE = Path(__file__).parents[4] / "docs" / "explanation" / "architecture.md"
#: The runner asks for the claim and hands over what comes of it; here the test does.
RUNNER = ("automator.engine.runs.runner", "automator.engine.runs.runner")
#: Who carries a run, and who keeps it; what actions and providers do is no part of its path.
PACKAGES = (
    "automator.engine.runs.",
    "automator.engine.attempts.",
    "automator.lifecycle.",
    "automator.store.runs.",
    "automator.store.queue.",
)
RULES = """\
rules:
  - id: answer
    trigger: {event: comment.created}
    actions:
      - private_reply: "Chào {{ event.actor.name }}"
"""


class Trace:
    """Notes the modules whose functions are called, in the order of their first calls."""

    def __init__(self) -> None:
        self.met: list[str] = []
        self.is_on = False

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        name = frame.f_globals.get("__name__", "")
        if self.is_on and event == "call" and name.startswith(PACKAGES) and name not in self.met:
            self.met.append(name)


def documented() -> list[str]:
    """The modules of the section, in its order."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    section = text.partition("## One run, module by module")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `(automator\.[\w.]+)`", section, re.MULTILINE)


async def test_a_run_meets_the_documented_modules_in_their_order(tmp_path: Path) -> None:
    trace, before = Trace(), sys.getprofile()
    threading.setprofile(trace)
    try:
        async with a_world(tmp_path, RULES) as world:
            await world.runner.stop()
            await world.comments(1, "11", "giá?")
            sys.setprofile(trace)
            trace.is_on = True
            (claimed,) = await world.store.claim(1)
            settlement = await world.runner._carrier.carry(claimed, lambda: True)
            assert settlement is not None
            assert await world.runner._settler.settle(settlement)
            trace.is_on = False

            (done,) = await world.runs()
            assert done.run.state.label == "done"
    finally:
        sys.setprofile(before)
        threading.setprofile(before)

    assert [module for module in trace.met if module not in RUNNER] == documented()
