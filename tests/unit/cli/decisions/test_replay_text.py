"""What the terminal shows of a replay: its plan, and how it ended."""

from typing import Any

import pytest

from automator.cli.decisions.replay import plan_text, replay_text
from automator.reasons.explanations import no_conditions
from automator.reasons.replays import already_replayed, matches_no_more, only_when_named

EXAMPLE = {
    "run": "0000000000001",
    "event": "0000000000002",
    "actor_name": "Hoa",
    "text": "giá?",
    "state": "dead",
    "reason": None,
}
PLAN: dict[str, Any] = {
    "id": "0000000000009",
    "request": {"over": "runs", "filters": {"state": "dead"}, "rules": "now", "rate": 20},
    "found": 1_203,
    "starts": 1_200,
    "seconds": 60.0,
    "groups": [
        {
            "rule": "order",
            "name": "Pass orders on",
            "steps": ["crm", "stock"],
            "keeps": True,
            "shadow": False,
            "revisions": [2],
            "held_back": 0,
            "unlimited": 1,
            "unsure": 2,
            "count": 1_200,
            "examples": [EXAMPLE],
        }
    ],
    "skipped": [
        {"reason": already_replayed().to_json(), "count": 2, "examples": []},
        {"reason": only_when_named(state="done").to_json(), "count": 1, "examples": []},
    ],
}
ENDED = {
    "id": "0000000000009",
    "state": "done",
    "started": 1,
    "skipped": [
        {"reason": matches_no_more(because=no_conditions()).to_json(), "count": 3},
    ],
    "runs": ["0000000000005"],
}


def test_a_plan_says_what_is_started_and_what_is_left_out() -> None:
    assert plan_text(PLAN) == (
        "plan 0000000000009: 1,203 runs fit state=dead\n"
        "   1,200  order (Pass orders on): crm, stock; the finished steps are kept; revision 2\n"
        "          its limits do not hold a replay back; it is counted\n"
        "          2 of them may have worked: that would be done twice\n"
        "          Hoa  “giá?”  dead  [0000000000002]\n"
        "left out:\n"
        "       2  replayed already\n"
        "       1  done: only replayed when the filter names state=done\n"
        "1,200 new runs, with the rules as they are now; at most 20 a second: 1 min or more.\n"
        "Their steps act again: people may get the same messages again."
    )


@pytest.mark.usefixtures("in_vietnamese")
def test_a_plan_is_said_in_the_language_of_its_reader() -> None:
    assert plan_text(PLAN) == (
        "kế hoạch 0000000000009: 1.203 lần xử lý khớp state=dead\n"
        "   1.200  order (Pass orders on): crm, stock; giữ nguyên những bước đã xong; bản 2\n"
        "          các giới hạn của nó không chặn việc chạy lại, nhưng vẫn được tính\n"
        "          2 lượt trong số đó có thể đã thành công: khi đó sẽ bị làm hai lần\n"
        "          Hoa  “giá?”  thất bại  [0000000000002]\n"
        "bỏ qua:\n"
        "       2  đã được chạy lại\n"
        "       1  done: chỉ chạy lại khi bộ lọc ghi state=done\n"
        "1.200 lần xử lý mới, theo quy tắc hiện nay; nhiều nhất 20 lượt mỗi giây: mất 1 phút"
        " trở lên.\n"
        "Các bước sẽ được làm lại: khách có thể nhận lại những gì đã nhận."
    )


def test_how_a_replay_ended_says_why_something_was_left_out() -> None:
    assert replay_text(ENDED, waits=False) == (
        "replay 0000000000009 is done: 1 run started\n"
        "       3  left out: its rule does not match any more: the rule has no conditions\n"
        "started: 0000000000005"
    )
