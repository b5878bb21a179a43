"""Rules that cost an event too much: it is acknowledged, and what was left out is said."""

import logging
from pathlib import Path

import pytest

from tests.support.explained import explained
from tests.support.words import told
from tests.support.world import a_world

_COPIES = ",".join(["@"] * 100)
_RULES = f"""\
rules:
  - id: hostile
    trigger: {{event: comment.created}}
    conditions: ["event|[{_COPIES}]|[{_COPIES}]|to_json(@)"]
    actions: [log: hostile]
  - id: good
    trigger: {{event: comment.created}}
    conditions: ["event.text == 'giá?'"]
    actions: [log: good]
"""


async def test_a_rule_that_is_over_budget_is_named_in_the_log_and_in_the_explanation(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path, _RULES) as world:
        with caplog.at_level(logging.WARNING):
            accepted = await world.comments(1, "11", "giá?")
        event_id = accepted.receipts[0].event_id
        account = await explained(world, event_id)

        (line,) = [message for message in caplog.messages if "rules.over_budget" in message]
        assert "rule=hostile: too_many_elements limit=100000" in line
        assert [run.run.rule for run in await world.runs()] == ["good"]
        assert "over budget: it produces more than 100,000 elements" in told(account)


async def test_rules_behind_the_budget_of_an_event_say_so_in_the_explanation(
    tmp_path: Path,
) -> None:
    heavy = "event|[@,@,@,@,@,@,@,@,@,@]|[" + ",".join(["@"] * 60) + "]|[]|[*].actor|[?id != `5`]"
    more = f"[{','.join([f'({heavy})'])}] | length(@) == `1`"
    rules = "rules:\n" + "".join(
        f"  - {{id: r{number}, trigger: {{event: comment.created}}, "
        f'conditions: ["{more}", "{more}", "{more}"], actions: [log: hi]}}\n'
        for number in range(150)
    )
    async with a_world(tmp_path, rules) as world:
        accepted = await world.comments(1, "11", "giá?")
        event_id = accepted.receipts[0].event_id
        text = told(await explained(world, event_id))

        acted = {run.run.rule for run in await world.runs()}
        assert 0 < len(acted) < 150
        assert "the rules before it used up the time of one event" in text
