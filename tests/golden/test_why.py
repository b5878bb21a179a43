"""What `automator why` says about an event that really came in. GOLDEN_UPDATE=1 writes it anew."""

import os
import re
from pathlib import Path

import pytest

from automator.configuration.time_intervals import TimeInterval
from automator.engine.operations.why import explain_event
from tests.support.words import said
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
    rules = (_FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
    async with a_world(tmp_path, rules, intervals=_INTERVALS) as world:
        accepted = await world.comments(1, "11", "Giá bao nhiêu vậy shop?")
        await world.settled()
        event_id = accepted.receipts[0].event_id
        account = await explain_event(world.store.log, world.rulebook.revisions, event_id)
    written = _ID.sub("ID", account.render_text(said)) + "\n"
    expected = _FOLDER / f"{case}.out"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert written == expected.read_text(encoding="utf-8")
