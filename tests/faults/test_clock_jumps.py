"""The clock jumps by hours and days, forth and back, while people write: each follow-up comes once.

A jump forth makes due whatever waits by then; one back makes nothing wait for longer than it would
have. Jumps also come while commits are under way, whose times are corrected when they are made.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.conftest import SECRETS, SETTINGS
from tests.faults.figures import report
from tests.faults.sizes import new_seed, size
from tests.support.moved_clock import MovedClock
from tests.support.page_events import comment, delivery, signed
from tests.support.process import SandboxThread, ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

JUMPS = size(6, 40)
#: Seconds off the true time; a follow-up waits for less than the shortest way between two.
_OFFSETS = (0, 3_600, -3_600, 7 * 3_600, 86_400, -2 * 86_400, 5 * 86_400, 45)
_PEOPLE_A_JUMP = 4
_ENDED_WITHIN_S = 100.0
RULES = """\
rules:
  - id: question
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - reply: "Shop đã nhắn tin ạ {{ event.text }}"
      - follow_up:
          after: 20s
          actions:
            - forward: {to: crm}
"""


def test_a_clock_that_jumps_by_hours_and_days_loses_and_repeats_nothing(tmp_path: Path) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    sandbox, clock = SandboxThread(), MovedClock(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yaml").write_text(RULES)
    config = tmp_path / "automator.yaml"
    config.write_text(SETTINGS.format(port=sandbox.port))
    arguments = ("--config", str(config), "--rules", str(tmp_path / "rules"))
    server = ServerProgram(tmp_path, *arguments, environ={**SECRETS, **clock.environ})
    acknowledged: set[str] = set()
    number = 0
    try:
        for _ in range(JUMPS):
            clock.set(chance.choice(_OFFSETS))
            for _ in range(_PEOPLE_A_JUMP):
                number += 1
                body = delivery(changes=[comment(number, str(2000 + number), f"giá {number}.")])
                status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
                assert status in (200, 503), answer
                if status == 200:
                    acknowledged.add(f" {number}.")
        clock.set(0)
        wait_until(lambda: not _unfinished(server), f"the end of all, seed {seed}", _ENDED_WITHIN_S)
        printed = server.printed
    finally:
        code = server.terminate()
    said = Counter(
        (kind, text)
        for kind in ("public_reply", "forward")
        for record in sandbox.records(kind)
        for text in acknowledged
        if text in str(record)
    )
    sandbox.stop()
    report(
        "clock jumps",
        seed=seed,
        jumps=JUMPS,
        set_back=printed.count("clock.set_back"),
        acknowledged=len(acknowledged),
        said=len(said),
        twice=sum(said.values()) - len(said),
    )
    assert (code, "rules.refused" in printed) == (0, False)
    assert "Traceback" not in printed, printed.partition("Traceback")[2][:3000]
    assert {text for _, text in said} == acknowledged
    assert len(said) == 2 * len(acknowledged)
    assert set(said.values()) == {1}
    assert "clock.set_back" in printed, "vacuous: it was never set back"


def _unfinished(server: ServerProgram) -> list[str]:
    runs = server.everything("runs")
    return [run["id"] for run in runs if run["state"] in ("queued", "running")]
