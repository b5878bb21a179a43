"""The words of a stranger in a message of a rule that writes markup."""

import json
from pathlib import Path

from automator.model import RunState
from tests.support.http import a_reply
from tests.support.providers import a_provider
from tests.support.world import a_world

RULES = """\
rules:
  - id: tell
    trigger: {event: comment.created}
    actions:
      - message: {via: VIA, to: TO, text: "*New* <https://shop.example|see>: {{ event.text }}"}
      - id: alone
        message: {via: VIA, to: TO, text: "{{ event.text }}"}
      - id: chosen
        message: {via: VIA, to: TO, one_of: ["{% set a = event.text %}{{ a | upper }}"]}
      - forward: {to: crm, body: {text: "{{ event.text }}"}}
"""
SAID = "<!here> [a](https://evil.example)"
IN_SLACK = "&lt;!here&gt; [a](https://evil.example)"
IN_DISCORD = "<\u2060!here> [a]\u2060(https://evil.example)"


async def texts_sent(folder: Path, provider: str, to: str, answer: bytes) -> list[str]:
    """The texts of the three messages, and of what is forwarded."""
    others = {"team": a_provider(provider, "team")}
    rules = RULES.replace("VIA", "team").replace("TO", f'"{to}"')
    async with a_world(folder, rules, others=others) as world:
        world.http.script = [a_reply(200, answer)] * 4
        await world.comments(1, "11", SAID)
        await world.settled()
        (detail,) = await world.runs()
        assert detail.run.state is RunState.DONE, detail.attempts
        bodies = [json.loads(request.body) for request in world.http.requests]
        return [body.get("text", body.get("content")) for body in bodies]


async def test_slack_gets_the_markup_of_the_rule_and_none_of_a_customer(tmp_path: Path) -> None:
    texts = await texts_sent(tmp_path, "slack", "C9", b'{"ok":true,"channel":"C9","ts":"2.1"}')

    assert texts == [
        f"*New* <https://shop.example|see>: {IN_SLACK}",
        IN_SLACK,
        IN_SLACK.upper().replace("&LT;", "&lt;").replace("&GT;", "&gt;"),
        SAID,
    ]


async def test_discord_gets_the_markup_of_the_rule_and_none_of_a_customer(tmp_path: Path) -> None:
    texts = await texts_sent(tmp_path, "discord", "#9", b'{"id":"1","channel_id":"9"}')

    assert texts == [
        f"*New* <https://shop.example|see>: {IN_DISCORD}",
        IN_DISCORD,
        IN_DISCORD.upper(),
        SAID,
    ]
