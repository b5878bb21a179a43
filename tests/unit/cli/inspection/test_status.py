"""The status of a server, for people."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from automator.cli.inspection.status import status_text
from automator.cli.terminal.output import TRANSLATOR
from automator.language import ENGLISH

AT = "2026-11-24T03:00:00.000Z"
BACKUPS = {
    "folder": "/data/backups",
    "kept": 7,
    "newest": AT,
    "failure": "",
}


PAUSED = {
    "name": "crm",
    "state": "paused",
    "since": AT,
    "by": "hoa",
    "reason": {"code": "quoted", "params": {"text": "they move"}},
    "waiting": 2,
}


def answer(**changes: Any) -> dict[str, Any]:
    """What `/api/status` says of a quiet server."""
    quiet = {
        "version": "0.1.0",
        "demo": False,
        "store_available": True,
        "store_trouble": None,
        "rules": {"count": 3, "revision": 2, "problems": 0},
        "connections": ["shop-page"],
        "last_24_hours": {
            "events": 0,
            "runs": {"done": 0, "dead": 0},
            "rejected_deliveries": 0,
            "reasons": {},
        },
        "waiting_follow_ups": 0,
        "nodes": [],
        "held": 0,
        "lost_access": {},
        "watch": [],
        "store_warnings": [],
        "backups": None,
        "backup_note": None,
        "schedules": [],
        "targets": [],
    }
    return {**quiet, **changes}


def test_a_quiet_server_says_so() -> None:
    text = status_text("http://127.0.0.1:8080", answer())

    assert "0 events; runs: none" in text
    assert "demo" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"demo": True}, "version 0.1.0, demo"),
        (
            {"store_trouble": {"text": "the disk of /data is full", "fix": "Make room."}},
            "hooks are answered with 503: the disk of /data is full. Make room.",
        ),
        ({"rules": {"count": 3, "revision": 2, "problems": 1}}, "1 problem in the files"),
        (
            {"targets": [PAUSED]},
            "crm paused since 2026-11-24 03:00:00 UTC by hoa: they move; 2 runs waiting",
        ),
        ({"connections": []}, "connections    none"),
        (
            {"lost_access": {"shop-oa": {"text": "Zalo says: no"}}},
            "access lost    shop-oa: Zalo says: no",
        ),
        (
            {
                "watch": [
                    {"connection": "page", "warnings": [{"text": "Nothing has arrived for 3 h."}]}
                ]
            },
            "connection     page: Nothing has arrived for 3 h.",
        ),
        (
            {"store_warnings": [{"text": "fsync is off", "fix": "Set it."}]},
            "warning        fsync is off. Set it.",
        ),
        ({"held": 3}, "3 runs: automator release --restored"),
        ({"backups": BACKUPS}, "2026-11-24 03:00:00 UTC, 7 kept in /data/backups"),
        (
            {"backup_note": {"text": "not made by this program", "fix": ""}},
            "backup         not made by this program",
        ),
        ({"backups": {**BACKUPS, "newest": None}}, "backup         none yet"),
        ({"backups": {**BACKUPS, "failure": "no room"}}, "the last one failed: no room"),
    ],
)
def test_what_is_special_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in status_text("http://127.0.0.1:8080", answer(**changes))


def test_runs_are_counted_by_their_state() -> None:
    day = {
        "events": 1500,
        "runs": {"done": 1400, "dead": 2, "queued": 0},
        "rejected_deliveries": 7,
        "reasons": {"throttled": 12, "once": 3},
    }

    text = status_text("http://127.0.0.1:8080", answer(last_24_hours=day))

    assert "1,500 events; runs: 1,400 done, 2 dead" in text
    assert "7 deliveries" in text
    assert "reasons        12 throttled, 3 once: automator log reason=CODE" in text


def test_what_waits_is_not_counted_to_the_end() -> None:
    day = {
        "events": 1,
        "runs": {"done": 12_000, "queued": 10_001},
        "rejected_deliveries": 0,
        "reasons": {"once": 10_001},
    }

    text = status_text(
        "http://127.0.0.1:8080", answer(last_24_hours=day, waiting_follow_ups=10_001)
    )

    assert "runs: 12,000 done, more than 10,000 queued" in text
    assert "more than 10,000 waiting" in text
    assert "more than 10,000 once" in text


def test_the_nodes_are_listed_when_there_are_several() -> None:
    nodes = [
        {"name": f"node-{number}", "version": "1.0", "revision": number, "heartbeat_at": AT}
        for number in (0, 7)
    ]

    text = status_text("http://127.0.0.1:8080", answer(nodes=nodes, node="node-7"))

    assert (
        "node-0, version 1.0, rules not loaded yet, last heard of 2026-11-24 03:00:00 UTC" in text
    )
    assert "node-7 (this one), version 1.0, rules 7, last heard of 2026-11-24 03:00:00 UTC" in text


def test_times_are_those_of_the_zone_of_the_settings() -> None:
    TRANSLATOR.choose(ENGLISH, ZoneInfo("Asia/Ho_Chi_Minh"))

    text = status_text("http://127.0.0.1:8080", answer(backups=BACKUPS))

    assert "2026-11-24 10:00:00, 7 kept in /data/backups" in text


def test_a_schedule_is_shown_on_its_own_clock() -> None:
    schedules = [
        {
            "rule": "morning",
            "schedule": "0 9 * * *",
            "timezone": "Asia/Ho_Chi_Minh",
            "next_fire": "2026-11-25T02:00:00.000Z",
            "next_fire_local": "2026-11-25 09:00",
            "last_fire": None,
            "last_fire_local": "",
        }
    ]

    text = status_text("http://127.0.0.1:8080", answer(schedules=schedules))

    assert "morning: 0 9 * * *, next 2026-11-25 09:00 (Asia/Ho_Chi_Minh)" in text


def test_the_status_is_said_in_the_chosen_language(in_vietnamese: None) -> None:
    day = {
        "events": 1500,
        "runs": {"done": 1400, "queued": 10_001},
        "rejected_deliveries": 7,
        "reasons": {"throttled": 12},
    }

    text = status_text(
        "http://127.0.0.1:8080", answer(last_24_hours=day, held=3, backups=BACKUPS, demo=True)
    )

    assert text.splitlines()[:5] == [
        "máy chủ        http://127.0.0.1:8080, phiên bản 0.1.0, bản thử",
        "kho dữ liệu    ghi được",
        "quy tắc        3, phiên bản 2",
        "kết nối        shop-page",
        "24 giờ qua     1.500 sự kiện; lần xử lý: 1.400 xong, hơn 10.000 đang chờ",
    ]
    assert "3 lần xử lý: automator release --restored" in text
    assert "2026-11-24 03:00:00 UTC, giữ 7 bản trong /data/backups" in text
