"""What `automator why` says about an event that really came in. GOLDEN_UPDATE=1 writes it anew."""

import os
import re
from pathlib import Path

import pytest

from automator.configuration.time_intervals import TimeInterval
from automator.language import ENGLISH, LANGUAGES
from tests.support.explained import explained
from tests.support.words import told
from tests.support.world import a_world

_FOLDER = Path(__file__).parent / "why"
_CASES = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
_ID = re.compile(r"\b(?=[0-9a-z]*[0-9])[0-9a-z]{13}\b")
_ZONE = "Asia/Ho_Chi_Minh"
#: The clock of the world stands at a Tuesday, 07:00 in Vietnam.
_INTERVALS = {
    "night": TimeInterval(times=("00:00-07:00", "22:00-24:00"), timezone=_ZONE),
    "evening": TimeInterval(times=("18:00-22:00",), timezone=_ZONE),
    "weekend": TimeInterval(days=("sat-sun",), timezone=_ZONE),
}


@pytest.mark.parametrize("case", _CASES)
async def test_the_account_of_an_event_reads_as_recorded(case: str, tmp_path: Path) -> None:
    """In English, and in each other language that has a file of the case."""
    rules = (_FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
    async with a_world(tmp_path, rules, intervals=_INTERVALS) as world:
        accepted = await world.handles_comment(1, "11", "Giá bao nhiêu vậy shop?")
        event_id = accepted.receipts[0].event_id
        account = await explained(world, event_id)
    for language in LANGUAGES:
        expected = _FOLDER / (f"{case}.out" if language == ENGLISH else f"{case}.{language}.out")
        if not expected.exists():
            continue
        written = _ID.sub("ID", told(account, language)) + "\n"
        if os.environ.get("GOLDEN_UPDATE"):
            expected.write_text(written, encoding="utf-8")

        assert written == expected.read_text(encoding="utf-8")
