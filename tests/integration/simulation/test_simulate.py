"""`automator simulate`: the timeline of events of a file, and of those of the log."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import format_id
from automator.simulation.incoming import StoredEvents
from automator.store import EventPlan
from tests.support.commands import Result, command
from tests.support.store import Shop, opened, with_tables

RULES = """
rules:
  - id: price
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    limits: {throttle: {key: event.actor.id, limit: 1, period: 1d}}
    actions:
      - reply: "Chào {{ event.actor.name }} ({{ now[:16] }})"
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions: [{message: Bạn còn quan tâm không}]
"""
START = "2026-11-24T21:50+07:00"
LAN = {"connection": "demo-page", "actor": {"id": "7", "name": "Lan"}, "comment": {"id": "1_2"}}
MINH = {**LAN, "actor": {"id": "8", "name": "Minh"}}


def comment(at: str, text: str = "giá?", **fields: Any) -> dict[str, Any]:
    return {**LAN, "at": at, "type": "comment.created", "text": text, **fields}


def simulated(
    folder: Path, *lines: Any, rules: str = RULES, options: tuple[str, ...] = ()
) -> Result:
    """The command over a file with these lines: objects, or texts as they are."""
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "events.ndjson").write_text("\n".join(texts), encoding="utf-8")
    return command(folder, "simulate", "events.ndjson", "--rules", "rules.yaml", *options)


def entries(
    folder: Path, *lines: Any, rules: str = RULES, options: tuple[str, ...] = ()
) -> list[Any]:
    result = simulated(folder, *lines, rules=rules, options=("--json", *options))
    return [json.loads(line) for line in result.stdout.splitlines()]


def told(found: list[Any], *kinds: str) -> list[tuple[str, ...]]:
    """The time, the kind, and what was said or why."""
    return [
        (item["at"][:16], item["kind"], item.get("said", ""))
        for item in found
        if item["kind"] in kinds
    ]


def test_a_follow_up_of_two_days_is_carried_out_in_virtual_time(tmp_path: Path) -> None:
    rules = RULES.replace("after: 20h", "after: 2d").replace("message: Bạn", "log: Bạn")

    found = entries(tmp_path, comment(START), rules=rules)

    assert told(found, "event", "matched", "sent", "planned", "fired", "step") == [
        ("2026-11-24T14:50", "event", ""),
        ("2026-11-24T14:50", "matched", ""),
        ("2026-11-24T14:50", "sent", "Chào Lan (2026-11-24T14:50)"),
        ("2026-11-24T14:50", "planned", ""),
        ("2026-11-26T14:50", "fired", ""),
        ("2026-11-26T14:50", "step", ""),
    ]


def test_what_a_person_writes_meanwhile_cancels_and_limits_hold_back(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        comment(START),
        {**LAN, "after": "1h", "type": "comment.created", "text": "giá sao ạ"},
        {**LAN, "after": "1h", "type": "message.received", "text": "size M"},
        {**MINH, "after": "1h", "type": "comment.created", "text": "giá?"},
        options=("--run-for", "20h"),
    )

    assert told(found, "held_back", "cancelled", "planned", "fired") == [
        ("2026-11-24T14:50", "planned", ""),
        ("2026-11-24T15:50", "held_back", ""),
        ("2026-11-24T16:50", "cancelled", ""),
        ("2026-11-24T17:50", "planned", ""),
    ]
    assert [item["reason"]["code"] for item in found if item["kind"] == "held_back"] == [
        "throttled"
    ]


def test_a_calendar_puts_off_and_a_schedule_fires(tmp_path: Path) -> None:
    (tmp_path / "automator.yaml").write_text(
        "connections: {demo-page: {provider: facebook, app_secret: env:A, verify_token: env:B}}\n"
        "time_intervals: {open: {times: ['08:00-21:00'], timezone: Asia/Ho_Chi_Minh}}\n",
        encoding="utf-8",
    )
    rules = """
rules:
  - id: price
    trigger: {event: comment.created, connection: demo-page}
    active: [open]
    outside: wait
    actions: [{log: "{{ event.text }}"}]
  - id: report
    trigger: {schedule: {cron: "0 9 * * *", timezone: Asia/Ho_Chi_Minh}}
    actions: [{log: Chào buổi sáng}]
"""
    found = entries(
        tmp_path, comment(START), rules=rules, options=("--start", START, "--run-for", "26h")
    )

    assert [(item["at"][:16], item["kind"], item.get("rule")) for item in found] == [
        ("2026-11-24T14:50", "event", None),
        ("2026-11-24T14:50", "matched", "price"),
        ("2026-11-24T14:50", "put_off", "price"),
        ("2026-11-25T01:00", "step", "price"),
        ("2026-11-25T02:00", "event", None),
        ("2026-11-25T02:00", "matched", "report"),
        ("2026-11-25T02:00", "step", "report"),
    ]


def test_a_limit_that_does_not_apply_puts_nothing_off(tmp_path: Path) -> None:
    rules = RULES.replace("event.actor.id", "event.order.id")
    found = entries(tmp_path, comment("2026-11-24T22:00+07:00"), rules=rules)

    assert [item["reason"]["code"] for item in found if item["kind"] == "noted"] == [
        "limit_without_key"
    ]
    assert [item for item in found if item["kind"] == "put_off"] == []


def test_a_person_reads_it_in_their_language(tmp_path: Path) -> None:
    said = simulated(tmp_path, comment(START), comment(START, text="đẹp")).stdout
    vietnamese = command(
        tmp_path, "--lang", "vi", "simulate", "events.ndjson", "--rules", "rules.yaml"
    ).stdout

    assert "✓ price: every condition holds" in said
    assert "does not hold" in said
    assert "“Chào Lan (2026-11-24T14:50)”" in said
    assert "◷ price › follow_up: planned for 2026-11-25 17:50:00" in said
    assert "events: 2, sent: 2, held back: 0; follow-ups: 1 planned, 1 carried out" in said
    assert "planned for" not in vietnamese
    assert "“Chào Lan (2026-11-24T14:50)”" in vietnamese


#: Lines with something wrong, the code of the problem, and what is marked.
WRONG: list[tuple[Any, str, str]] = [
    ("no json", "line-not-json", "n"),
    ('{"at": "2026-11-24T21:50+07:00", "sample": "face', "line-cut-off", '"'),
    ("[" * 100_000, "line-not-json", ""),
    ("[1]", "wrong-kind", "["),
    (comment("2026-11-24T21:50"), "test-clock", '"at"'),
    (comment("2026-11-23T21:50+07:00"), "before-the-start", '"at"'),
    (comment(START, type="comment.creatd"), "unknown-event", '"type"'),
    (comment(START, type="foo.bar"), "unknown-event", '"type"'),
    (comment(START, connection="demo-pge"), "unknown-connection", '"connection"'),
    (comment(START, txt="giá"), "unknown-key", '"txt"'),
    ({"at": START, "sample": "facebook/coment.created"}, "unknown-sample", '"sample"'),
    (
        {"at": START, "sample": "facebook/comment.created", "with": {"event.txt": "a"}},
        "cannot-come-in",
        '"with"',
    ),
    (
        {"at": START, "connection": "demo-page", "delivery": {"object": "page", "entry": []}},
        "cannot-come-in",
        '"delivery"',
    ),
    ({"at": START, "type": "comment.created"}, "no-connection-named", "{"),
    ('{"text": "' + "a" * 262_144 + '"}', "line-too-long", ""),
]


def test_a_line_that_cannot_come_in_is_a_located_problem_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    other = {**MINH, "at": START, "type": "comment.created", "text": "giá"}
    lines = (comment(START), *(line for line, _, _ in WRONG), other)

    found = entries(tmp_path, *lines, options=("--start", START))

    problems = [item for item in found if item["kind"] == "problem"]
    assert [(item["line"], item["code"], _marked(item)) for item in problems] == [
        (number, code, marked) for number, (_, code, marked) in enumerate(WRONG, 2)
    ]
    assert told(found, "sent")[:2] == [
        ("2026-11-24T14:50", "sent", "Chào Lan (2026-11-24T14:50)"),
        ("2026-11-24T14:50", "sent", "Chào Minh (2026-11-24T14:50)"),
    ]


def _marked(problem: Any) -> str:
    """The text above the marker."""
    start: int = problem["column"] - 1
    return str(problem["source"])[start : start + problem["length"]]


def test_wrong_lines_end_the_command_with_1_and_their_places(tmp_path: Path) -> None:
    result = simulated(tmp_path, comment(START), "no json")

    assert result.returncode == 1
    assert result.stderr.startswith("events.ndjson:2:1: this line is not JSON from here on")
    assert "events: 1," in result.stdout
    assert simulated(tmp_path, comment(START)).returncode == 0


@pytest.mark.parametrize(
    "options", [("--start", "2026-11-24T21:50"), ("--run-for", "soon"), ("--stored",)]
)
def test_wrong_options_are_said(options: tuple[str, ...], tmp_path: Path) -> None:
    assert simulated(tmp_path, comment(START), options=options).returncode == 2


def test_stored_events_come_in_again_with_their_ids_and_nothing_is_written(tmp_path: Path) -> None:
    ids = asyncio.run(_stored(tmp_path / "data"))
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    before = (tmp_path / "data" / "automator.db").read_bytes()

    since = ("--stored", "--since", "2026-01-01", "--data", "data", "--rules", "rules.yaml")
    result = command(tmp_path, "simulate", *since, "--json")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [item["event"] for item in found if item["kind"] == "event"] == ids[:2]
    assert [item["kind"] for item in found if item["kind"] in ("sent", "held_back")] == [
        "sent",
        "held_back",
        "sent",
    ]
    assert "1 event is left out" in result.stderr
    assert (tmp_path / "data" / "automator.db").read_bytes() == before


async def test_stored_events_of_a_person_of_two_ids_come_from_one_person(tmp_path: Path) -> None:
    shop = Shop(ManualClock())
    async with opened(with_tables(tmp_path), shop.clock) as store:
        for who, same in (("84912345678", ()), ("VN.1", ("84912345678", "VN.1")), ("nga", ())):
            await shop.receive(store, who=who, runs=0, same_person=same)
        stored = StoredEvents(
            log=store.log,
            connections=["shop-page"],
            after=0,
            until_ms=shop.clock.now_ms() + 60_000,
            most=100,
        )

        events = [event for one in stored.arrivals() for event in one.written]
        people = [set(event.same_person) for event in events]

    both = {"84912345678", "VN.1"}
    assert people == [both, both, set()]


async def _stored(folder: Path) -> list[str]:
    """Two comments, and an event of a connection that is gone."""
    shop, ids = Shop(ManualClock()), []
    async with opened(with_tables(folder), shop.clock) as store:
        for connection in ("demo-page", "demo-page", "taken-away"):
            shop.clock.advance(60)
            delivery = shop.delivery(connection=connection)
            event = shop.event(
                delivery,
                connection=connection,
                contact=f"{connection}:lan",
                body={
                    "text": "giá vậy shop",
                    "actor": {"id": "lan", "name": "Lan", "is_self": False},
                    "comment": {"id": "1_2"},
                },
            )
            (receipt,) = await store.ingest(delivery, [EventPlan(event, (), 1)])
            ids.append(format_id(receipt.event_id))
    return ids
