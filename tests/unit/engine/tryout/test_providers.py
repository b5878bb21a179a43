"""Tries through each provider: its own requests are made, and its answer is understood."""

import json

import pytest

from automator.model import AttemptStatus
from automator.providers import BUILTIN
from automator.providers.simulator import sample_names
from tests.support.tries import tried

#: An event of each provider that can be answered where it came from.
ANSWERED = {
    "github": "github/issue_comment.created",
    "discord": "discord/command",
}
SPEAKING = sorted(name for name, item in BUILTIN.items() if "reply" in item.can_send)


def sample_of(provider: str) -> str:
    wanted = ANSWERED.get(provider, f"{provider}/message.received")
    assert wanted in sample_names(provider), sample_names(provider)
    return wanted


@pytest.mark.parametrize("provider", SPEAKING)
def test_a_reply_is_rendered_into_the_requests_of_its_provider(provider: str) -> None:
    rules = """\
rules:
  - id: greet
    trigger: {connection: shop-page}
    actions:
      - {id: say, reply: "Chào bạn nhé"}
      - {id: note, log: "{{ steps.say.output | tojson }}"}
"""
    trial = tried(rules, sample=sample_of(provider))

    (run,) = trial.runs
    step = run.steps[0]
    assert step.status is AttemptStatus.OK, step.summary
    assert step.said is not None
    assert step.said.outgoing.text == "Chào bạn nhé"
    bodies = [json.loads(item["body"]) for item in step.requests if item["body"]]
    assert "Chào bạn nhé" in json.dumps(bodies, ensure_ascii=False)
    assert run.steps[1].status is AttemptStatus.OK
