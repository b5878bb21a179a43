"""The alerts for Prometheus and the dashboard for Grafana fit this program."""

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from automator.model.own_events import ABOUT_SERVER, APPROVAL_WAITING
from automator.server.web.security import METRICS
from tests.support.faults import unavailable
from tests.support.site import open_site

DOCS = Path(__file__).resolve().parents[4] / "docs"
ALERTS = DOCS / "deploy" / "alerts.yml"
DASHBOARD = json.loads((DOCS / "deploy" / "grafana.json").read_text(encoding="utf-8"))
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
#: A metric with values that set an alert off, and values that do not, one a minute.
SERIES = {
    "AutomatorDown": ('up{job="automator"}', "0x90", "1x90"),
    "AutomatorRefusesDeliveries": ("automator_accepting", "0x90", "1x90"),
    "AutomatorCarriesOutNothing": ("automator_performing", "0x90", "1x90"),
    "AutomatorIsLate": ("automator_oldest_due_run_age_seconds", "61x90", "50x90"),
    "AutomatorRunsToReview": ("automator_runs_to_review", "3x80 4x10", "3x90"),
    "AutomatorAccessLost": ("automator_connection_access_lost", "1x90", "0x90"),
    "AutomatorConnectionWarns": ("automator_connection_warnings", "1x90", "0x90"),
    "AutomatorTargetClosed": ("automator_target_open", "0x90", "1x90"),
    "AutomatorRunsHeld": ('automator_runs{state="held"}', "2x90", "0x90"),
    "AutomatorBackupFailed": ("automator_backup_failed", "1x90", "0x90"),
    "AutomatorDiskLow": ("automator_disk_low", "1x90", "0x90"),
    "AutomatorRuleMistakes": ("automator_rule_mistakes", "1x90", "0x90"),
    "AutomatorTracesLate": ("automator_traces_lag_seconds", "400x90", "3x90"),
}


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def expressions() -> list[str]:
    """The queries of the dashboard, each with values for its variables."""
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    return [query.replace("$job", "automator").replace("$__rate_interval", "5m") for query in found]


def promtool(*arguments: str) -> None:
    """Runs `promtool`; fails with what it says."""
    program = shutil.which("promtool")
    if program is None:
        unavailable("promtool is not installed: apt-get install promtool")
    done = subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_alerts_and_dashboard_read_only_metrics_labels_and_states_that_exist(
    tmp_path: Path,
) -> None:
    pytest.importorskip("opentelemetry.proto")
    async with open_site(tmp_path, RULES, settings_text=TRACES) as site:
        assert site.services.backups is not None
        site.services.backups.make(site.services.clock.now_ms(), 1)
        answer = (await site.program().get(METRICS)).text
    families = list(text_string_to_metric_families(answer))
    samples = [one for family in families for one in family.samples]
    # What was not counted yet has a name, and no sample.
    names = {one.name for one in samples}
    endings = {"counter": ["_total"], "summary": ["_sum", "_count"]}
    names |= {one.name + end for one in families for end in endings.get(one.type, [""])}

    for text in (ALERTS.read_text(encoding="utf-8"), "\n".join(expressions())):
        read = set(re.findall(r"\b(?:automator|process)_\w+", text))
        states = set(re.findall(r'state="(\w+)"', text))
        assert len(read) > 10
        assert read - names == set()
        assert states - {one.labels.get("state") for one in samples} == set()
    # What the server tells is on the dashboard.
    assert {name for name in names - read if name.startswith("automator_")} == {
        "automator_backup_failed",
        "automator_rules",
        "automator_rules_revision",
        "automator_traces_lost_total",
    }


def test_every_alert_has_a_section_that_says_what_to_do() -> None:
    page = (DOCS / "how-to" / "answer-an-alert.md").read_text(encoding="utf-8")
    names = [alert["alert"] for alert in alerts()]

    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == names
    for alert in alerts():
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["runbook_url"].endswith(
            f"/answer-an-alert#{alert['alert'].lower()}"
        )


def test_each_event_about_the_server_has_one_alert() -> None:
    told = [kind for alert in alerts() for kind in alert["annotations"].get("events", "").split()]

    # A person has to act on these two, and the server itself works: they are no alerts.
    assert sorted(told) == sorted({*ABOUT_SERVER} - {APPROVAL_WAITING, "token.ending"})


def test_each_alert_fires_for_its_trouble_and_is_silent_without_it(tmp_path: Path) -> None:
    promtool("check", "rules", str(ALERTS))
    tests = []
    for alert in alerts():
        series, bad, good = SERIES[alert["alert"]]
        name = series if "{" in series else f'{series}{{job="automator"}}'
        firing = f'count(ALERTS{{alertname="{alert["alert"]}",alertstate="firing"}})'
        for values, fires in ((bad, True), (good, False)):
            tests.append(
                {
                    "interval": "1m",
                    "input_series": [{"series": name, "values": values}],
                    "promql_expr_test": [
                        {
                            "expr": firing,
                            "eval_time": "85m",
                            "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
                        }
                    ],
                }
            )
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": tests}))

    promtool("test", "rules", str(file))


def test_prometheus_reads_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"r{number}", "expr": query} for number, query in enumerate(expressions())]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))

    assert len(rules) > 20
    promtool("check", "rules", str(file))


def test_no_panel_of_the_dashboard_covers_another() -> None:
    panels = DASHBOARD["panels"]
    ids = [panel["id"] for panel in panels]

    assert len(set(ids)) == len(ids)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    for panel in panels:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["description"]
