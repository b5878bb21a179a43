"""The samples for Prometheus on the page on deploying fit this program."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from automator.server.web.security import METRICS
from tests.support.site import open_site

DEPLOY = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "deploy.md"
TRACES = """\
targets: {crm: {url: "https://crm.example.com/in"}}
traces: {url: "http://127.0.0.1:4318/v1/traces"}
egress: {allow: ["127.0.0.1:4318"]}
connections:
  github: {provider: github, secret: "0123456789abcdef0123456789abcdef"}
"""
RULES = """\
rules:
  - id: pushed
    trigger: {event: push, connection: github}
    actions: [{log: pushed}]
"""


def sample(language: str, start: str) -> str:
    """The block of code of this language that begins so."""
    text = DEPLOY.read_text(encoding="utf-8")
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if block.startswith(start)]
    return found


async def test_alerts_read_only_metrics_and_states_that_exist(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.proto")
    text = sample("yml", "groups:")
    async with open_site(tmp_path, RULES, settings_text=TRACES) as site:
        assert site.services.backups is not None
        site.services.backups.make(site.services.clock.now_ms(), 1)
        answer = (await site.program().get(METRICS)).text
    samples = [one for family in text_string_to_metric_families(answer) for one in family.samples]

    read = set(re.findall(r"\bautomator_\w+", text))
    states = set(re.findall(r'state="(\w+)"', text))

    assert len(read) > 10
    assert read - {one.name for one in samples} == set()
    assert states - {one.labels.get("state") for one in samples} == set()
