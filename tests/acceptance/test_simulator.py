"""Every sender of the demo, over the real process: what it sends, and how it is answered."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automator.providers import BUILTIN
from automator.providers.simulator import sample_names
from automator.sandbox import FAULTS, fault_path
from automator.server.demo.settings import demo_name
from tests.support.commands import command
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

QUESTION = "Còn hàng không?"
ASKER = "890000000000009999"
ANSWER = "Dạ còn ạ"
FORM = "700700"
RULES = f"""\
rules:
  - id: answer
    trigger: {{event: [message.received, github.issues.opened, discord.command]}}
    conditions: ["event.text == '{QUESTION}' || event.actor.id == '{ASKER}'"]
    actions:
      - id: say
        reply: "{ANSWER}"
  - id: lead
    trigger: {{event: lead.created}}
    conditions: [event.lead.form_id == '{FORM}']
    actions:
      - log: "{{{{ event.lead.full_name }}}}: {{{{ event.lead.phone_number }}}}"
"""
#: What is sent to be answered: a message, or what comes nearest to one.
ASKED = {
    **{
        provider.name: (f"{provider.name}/message.received", "--text", QUESTION)
        for provider in BUILTIN.values()
        if provider.can_send
    },
    "github": ("github/issues.opened", "--text", QUESTION),
    "discord": ("discord/command", "--actor", ASKER),
}


class Demo:
    """A running demo, and the commands beside it."""

    def __init__(self, folder: Path) -> None:
        rules = folder / "rules"
        rules.mkdir()
        (rules / "answer.yaml").write_text(RULES, encoding="utf-8")
        self.folder = folder
        self.server = ServerProgram(folder, "--demo", "--rules", str(rules))

    def command(self, *arguments: str) -> str:
        """What a command prints that has to succeed."""
        result = command(self.folder, *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def send(self, *arguments: str) -> Any:
        return json.loads(self.command("send", *arguments, "--json"))

    def state_of(self, event: str) -> str:
        """What became of the one run of an event, once it is over."""
        found: list[str] = []

        def is_over() -> bool:
            items = self.server.api("GET", "/api/runs?limit=20")["items"]
            found[:] = [run["state"] for run in items if run["event_id"] == event]
            return bool(found) and found[0] not in ("queued", "running")

        wait_until(is_over, "a run that is over")
        return found[0]

    def sandbox(self, path: str, body: Any = None) -> Any:
        """The answer to a question, or to what it is told."""
        method, sent = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        status, answer = call(self.server.url, method, f"/sandbox{path}", sent)
        assert status == 200, answer
        return json.loads(answer)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("simulator"))
    yield running
    running.server.terminate()


@pytest.mark.parametrize("provider", list(BUILTIN))
def test_every_sample_of_a_provider_is_sent_signed_accepted_and_logged(
    demo: Demo, provider: str
) -> None:
    names = sample_names(provider)
    assert names

    answers = demo.send(provider)

    answers = answers if isinstance(answers, list) else [{"sample": names[0], **answers}]
    assert [answer["sample"] for answer in answers] == names
    events = [event for answer in answers for event in answer["events"]]
    listed = demo.server.api("GET", f"/api/events?connection={demo_name(provider)}&limit=200")
    assert events
    assert set(events) <= {item["id"] for item in listed["items"]}
    refused = demo.server.api("GET", "/api/deliveries?verdict=rejected")["items"]
    unread = demo.server.api("GET", "/api/deliveries?verdict=unparsable")["items"]
    assert [*refused, *unread] == []


@pytest.mark.parametrize("provider", ASKED)
def test_the_sandbox_takes_the_answer_through_each_provider_and_refuses_it_on_demand(
    demo: Demo, provider: str
) -> None:
    question = ASKED[provider]
    before = demo.sandbox("/records")["last"]
    (event,) = demo.send(*question)["events"]
    assert demo.state_of(event) == "done"
    (said,) = demo.sandbox(f"/records?after={before}")["records"]
    assert ANSWER in said["text"]
    assert fault_path(provider) in said["path"]

    assert "permission" in FAULTS[provider]
    fault = {"error": "permission", "path": fault_path(provider)}
    demo.sandbox("/control", {"next": [fault]})
    (refused,) = demo.send(*question)["events"]

    assert demo.state_of(refused) == "dead"
    assert demo.sandbox("/control")["next"] == []


def test_the_sandbox_gives_the_answers_of_a_lead_and_refuses_them_on_demand(demo: Demo) -> None:
    lead = ("facebook/lead.created", "--set", f"event.lead.form_id={FORM}")
    (event,) = demo.send(*lead)["events"]
    assert demo.state_of(event) == "done"
    assert ": +849" in demo.command("why", event)

    fault = {"error": "permission", "path": fault_path("facebook")}
    demo.sandbox("/control", {"next": [fault]})
    (refused,) = demo.send(*lead)["events"]

    assert demo.state_of(refused) == "dead"
    assert "the answers of the lead" in demo.command("why", refused)


def test_what_can_be_simulated_is_changed_by_path(demo: Demo) -> None:
    answer = demo.send("shopify/orders.create", "--set", "event.data.note=Giao buổi tối")

    (event,) = answer["events"]
    stored = demo.server.api("GET", f"/api/events/{event}")
    assert "Giao buổi tối" in json.dumps(stored, ensure_ascii=False)


def test_faults_are_listed_and_forgotten(demo: Demo) -> None:
    demo.command("fault", "zalo", "rate_limit", "--times", "3")

    listed = demo.command("fault")
    cleared = demo.command("fault", "--clear")

    assert "the next 3 answers of zalo: rate_limit" in listed
    assert "Too late: the person has not written for too long" in listed
    assert cleared == "no fault waits\n"
