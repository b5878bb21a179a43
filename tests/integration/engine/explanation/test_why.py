"""What `why` says of an event: whether rules were stopped, and which runs replays have started."""

from pathlib import Path

import pytest

from automator.model import NotFoundError
from automator.reasons.explanations import (
    contact_as_now,
    contact_as_then,
    decided_after_others,
    stops,
    stops_nothing,
    stops_unless,
    waits_for_turn,
)
from tests.support.explained import explained, matched, notes
from tests.support.http import HeldReply
from tests.support.replaying import replayed
from tests.support.words import told
from tests.support.world import a_world

STOPPING = """\
rules:
  - id: answer
    trigger: {event: message.received}
    pause_on: {human_reply: 12h}
    limits: {debounce: {key: event.actor.id, quiet: 1m, max_wait: 10m}}
    stop: true
    actions: [log: answer]
  - id: tell-us
    trigger: {event: message.received}
    actions: [log: tells]
"""
STATE = """\
rules:
  - id: send
    trigger: {event: comment.created}
    actions: [forward: {to: crm}]
  - id: asks
    trigger: {event: comment.created}
    conditions: ["contact.state.step == null"]
    actions: [remember: {step: size}]
"""
PLAIN = """\
rules:
  - id: first
    trigger: {event: comment.created}
    stop: true
    conditions: ["event.text == 'x'"]
    actions: [log: first]
  - id: second
    trigger: {event: comment.created}
    actions: [log: second]
"""


async def test_a_rule_with_stop_says_whether_it_has_acted(tmp_path: Path) -> None:
    async with a_world(tmp_path, STOPPING) as world:
        first = (await world.writes(1, "11", "một")).receipts[0].event_id
        second = (await world.writes(2, "11", "hai")).receipts[0].event_id
        await world.settled()
        assert notes(await explained(world, first), "answer") == [stops_unless]
        assert matched(await explained(world, second)) == ["answer"]

        await world.answers_by_hand(3, "11")
        await world.passes(120)
        for event_id in (first, second):
            account = await explained(world, event_id)
            assert notes(account, "answer") == [stops_nothing]
            assert matched(account) == ["answer", "tell-us"]

        await world.passes(13 * 3600)
        third = (await world.writes(4, "11", "ba")).receipts[0].event_id
        await world.passes(120)
        account = await explained(world, third)
        assert notes(account, "answer") == [stops]
        assert matched(account) == ["answer"]


async def test_a_rule_that_is_decided_in_its_turn_says_so_before_and_after(tmp_path: Path) -> None:
    async with a_world(tmp_path, STATE) as world:
        held = HeldReply()
        world.http.script.append(held)
        await world.comments(1, "11", "giá?")
        await held.asked.wait()
        event_id = (await world.comments(2, "11", "giá?")).receipts[0].event_id
        account = await explained(world, event_id)
        assert notes(account, "asks") == [waits_for_turn, contact_as_now]
        assert account.rules[-1].runs == ()

        held.answered.set()
        await world.settled()
        account = await explained(world, event_id)
        assert notes(account, "asks") == [decided_after_others, contact_as_then]
        assert account.rules[-1].runs == ()


async def test_replays_are_counted_apart_and_those_of_newer_rules_are_listed(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        event_id = (await world.comments(1, "11", "giá?")).receipts[0].event_id
        await world.settled()
        rules = tmp_path / "rules" / "shop.yaml"
        newer = PLAIN.replace("    conditions: [\"event.text == 'x'\"]\n", "")
        rules.write_text(newer.replace("id: first", "id: newer"), encoding="utf-8")
        assert await world.rulebook.reload_if_changed()
        await replayed(world, event_id)

        account = await explained(world, event_id)
        text = told(account)

        assert "1 of 2 rules match (revision 1); replays have started 1 run more" in text
        assert "runs of rules that revision 1 does not have" in text
        assert "→ newer (revision 2): run" in text
        assert "    replayed from the event by " in text
        assert matched(account) == ["second"]
        vietnamese = told(account, "vi")
        assert (
            "1 trên 2 quy tắc khớp (bản quy tắc 1); các lần chạy lại đã bắt đầu thêm 1 lần xử lý"
        ) in vietnamese
        assert "lần xử lý của các quy tắc không có trong bản quy tắc 1" in vietnamese
        assert "→ newer (bản quy tắc 2): lần xử lý" in vietnamese
        assert " chạy lại từ sự kiện lúc " in vietnamese
        assert account.as_json()["replayed"] == 1
        assert [row["revision"] for row in account.as_json()["other_runs"]] == [2]


async def test_a_rule_that_only_a_replay_has_is_explained_by_its_name(tmp_path: Path) -> None:
    async with a_world(tmp_path, PLAIN) as world:
        event_id = (await world.comments(1, "11", "giá?")).receipts[0].event_id
        await world.settled()
        with pytest.raises(NotFoundError):
            await explained(world, event_id, "newer")
        rules = tmp_path / "rules" / "shop.yaml"
        # The rules of one revision after the other; only the first of them has the rule `newer`.
        for count, text in enumerate([PLAIN.replace("id: second", "id: newer"), *[PLAIN] * 6]):
            rules.write_text(f"# {count}\n{text}", encoding="utf-8")
            assert await world.rulebook.reload_if_changed()
            await replayed(world, event_id)
            world.clock.advance(1)

        account = await explained(world, event_id, "newer")

        assert account.rules == ()
        (beside,) = account.beside
        assert [rule.explanation.matched for rule in beside.rules] == [True]
        assert [row.run.rule for row in account.others] == ["newer"]
        assert "replayed with revision 2\n    ✓ newer matches" in told(account)
        with pytest.raises(NotFoundError):
            await explained(world, event_id, "nobody")
