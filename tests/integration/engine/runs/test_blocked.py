"""No rule acts for somebody who is blocked, by a person or by a rule; what they write is stored."""

from pathlib import Path

from automator.engine.explanation.why import explain_event
from automator.model import Block
from tests.support.words import said, told
from tests.support.world import CONNECTION, World, a_world

HOUR = 3600
RULES = """\
rules:
  - id: spam
    trigger: {event: message.received}
    conditions: ["contains(event.text, 'http')"]
    actions:
      - remember: {blocked: true, tags: {add: [spam]}}
    stop: true
  - id: answer
    trigger: {event: message.received}
    actions:
      - log: answered
      - follow_up:
          after: 1h
          actions: [log: again]
"""


async def block(world: World, person: str, *, blocked: bool = True) -> None:
    await world.store.contacts.block(CONNECTION, person, Block(blocked=blocked, by="hoa"))


async def became(world: World) -> list[str]:
    """What became of each run, and why it was cancelled."""
    return [
        f"{'again' if d.run.path else d.run.rule} {d.run.state.label} {said(d.run.because)}".strip()
        for d in await world.runs()
    ]


async def test_no_rule_acts_for_a_blocked_person_until_they_are_unblocked(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await block(world, "11")
        accepted = await world.writes(1, "11", "giá?")
        await world.handles_message(2, "12", "giá?")
        account = await explain_event(
            world.store.log, world.rulebook.revisions, accepted.receipts[0].event_id
        )
        await block(world, "11", blocked=False)
        await world.handles_message(3, "11", "alo")

        why = "the person is blocked since 2026-11-24 00:00:00 UTC, noted by hoa"
        ended = [line for line in await became(world) if not line.startswith("again")]
        assert ended == [f"answer cancelled {why}", "answer done", "answer done"]
        assert why in told(account)


async def test_a_rule_blocks_who_sends_links_and_their_follow_ups_end(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_message(1, "11", "giá?")
        await world.handles_message(2, "11", "http://spam")
        await world.writes(3, "11", "alo")
        await world.passes(HOUR)

        contact = await world.store.contacts.find(CONNECTION, "11")
        assert (contact["blocked"], contact["tags"]) == (True, ["spam"])
        assert contact["blocked_by"].startswith("spam, run ")
        ended = await became(world)
        assert [line.partition(",")[0] for line in ended if "blocked" in line] == [
            "again cancelled the person is blocked since 2026-11-24 00:00:00 UTC",
            "answer cancelled the person is blocked since 2026-11-24 00:00:00 UTC",
        ]
        assert ended[0] == "answer done"
        assert "spam done" in ended


async def test_nothing_acts_behind_the_rule_that_blocks_who_wrote(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES.replace("    stop: true\n", "")) as world:
        await world.handles_message(1, "11", "http://spam")

        assert [line.partition(",")[0] for line in await became(world)] == [
            "spam done",
            "answer cancelled the person is blocked since 2026-11-24 00:00:00 UTC",
        ]


async def test_a_block_keeps_its_time_and_author(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await block(world, "11")
        await world.passes(HOUR)
        await world.store.contacts.block(CONNECTION, "11", Block(blocked=True, by="minh"))

        contact = await world.store.contacts.find(CONNECTION, "11")
        assert (contact["blocked_by"], contact["blocked_at"]) == ("hoa", "2026-11-24T00:00:00.000Z")


async def test_a_message_of_a_blocked_person_answers_no_question(tmp_path: Path) -> None:
    asks = """\
rules:
  - id: asks
    trigger: {event: comment.created}
    actions:
      - id: tel
        ask: "Số điện thoại của bạn ạ?"
      - log: "{{ steps.tel.output.value }}"
"""
    async with a_world(tmp_path, asks) as world:
        await world.handles_comment(1, "11", "giá?")
        await block(world, "11")
        await world.handles_message(2, "11", "0901234567")

        assert "tel" in (await world.runs())[-1].run.path
        assert [d.run.state.label for d in await world.runs()] == ["done", "queued"]
