"""What needs a person is an event for rules and a line of the log: once, until it has been over."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from automator.clock import ManualClock
from automator.model import AutomatorError, RunState, StoreUnavailableError
from automator.model.log_filters import EventFilter
from automator.model.own_events import TROUBLES
from automator.reasons.connections import tokens_changed
from automator.server.bootstrap import operational_events
from automator.server.bootstrap.operational_events import FAILING_MS, QUIET_MS, report_troubles
from automator.store.cluster.node_leases import NodeRow
from tests.support.site import RULES, Site, open_site
from tests.support.stopped_runs import stopped

#: The clock of the store goes on while a test runs.
SLACK_MS = 60_000
TELLS = f"""\
  - id: tells
    trigger: {{event: [{", ".join(TROUBLES)}]}}
    actions: [{{log: "{{{{ event.text }}}} {{{{ event.data.link }}}}"}}]
"""


@pytest.fixture(params=["sqlite", "postgresql"])
async def telling(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Site]:
    """A server with a rule about all that needs a person, on each database."""
    url = request.getfixturevalue("postgresql_store_url") if request.param != "sqlite" else None
    async with open_site(tmp_path, RULES + TELLS, clock=clock, database=url) as opened:
        yield opened


def told(site: Site) -> list[str]:
    """The events of troubles, the oldest first: the kind, and what the data names."""
    log = site.services.store.log
    found = []
    for row in reversed(log.events(EventFilter(connection="schedule"))):
        detail = log.event(row.id)
        assert detail is not None
        data = {name: value for name, value in detail.event.body["data"].items() if name != "link"}
        assert set(data) == set(TROUBLES[row.type].facts)
        assert [run.run.rule for run in detail.runs] == ["tells"]
        found.append(" ".join([row.type, *(str(value) for value in data.values())]))
    return found


async def unavailable(*_: object, **__: object) -> None:
    raise StoreUnavailableError("the disk is away")


async def passes(site: Site, clock: ManualClock, ms: int) -> None:
    clock.advance(ms / 1000)
    await report_troubles(site.services)


async def test_a_paused_target_is_told_once_and_again_when_it_was_over_for_half_an_hour(
    telling: Site, clock: ManualClock
) -> None:
    gate = telling.services.gate
    await gate.pause("demo-target", "hoa", "moves to another house")
    await passes(telling, clock, FAILING_MS - SLACK_MS)
    assert told(telling) == []
    await passes(telling, clock, 2 * SLACK_MS)
    await passes(telling, clock, 2 * QUIET_MS)
    assert told(telling) == ["target.paused demo-target"]

    await gate.resume("demo-target", "hoa")
    await passes(telling, clock, QUIET_MS - FAILING_MS)
    await gate.pause("demo-target", "hoa", "once more")
    await passes(telling, clock, FAILING_MS + SLACK_MS)
    assert told(telling) == ["target.paused demo-target"]
    await gate.resume("demo-target", "hoa")
    await passes(telling, clock, QUIET_MS)
    await gate.pause("demo-target", "hoa", "once more")
    await passes(telling, clock, FAILING_MS + SLACK_MS)
    assert told(telling) == [
        "target.paused demo-target",
        "target.resumed demo-target",
        "target.paused demo-target",
    ]


async def test_that_a_target_works_again_is_told_once_even_if_the_first_try_cannot_be_stored(
    telling: Site, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telling.services.gate.pause("demo-target", "hoa", "")
    await passes(telling, clock, FAILING_MS + SLACK_MS)
    await telling.services.gate.resume("demo-target", "hoa")
    clock.advance(QUIET_MS / 1000)
    with monkeypatch.context() as patch:
        patch.setattr(telling.services.intake, "raise_own", unavailable)
        with pytest.raises(StoreUnavailableError):
            await report_troubles(telling.services)

    await asyncio.gather(*(report_troubles(telling.services) for _ in range(4)))
    await passes(telling, clock, 60_000)

    assert told(telling) == ["target.paused demo-target", "target.resumed demo-target"]


async def test_a_target_whose_pause_nobody_was_told_of_does_not_come_back(
    telling: Site, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telling.services.gate.pause("demo-target", "hoa", "")
    with monkeypatch.context() as patch:
        patch.setattr(telling.services.intake, "raise_own", unavailable)
        with pytest.raises(StoreUnavailableError):
            await passes(telling, clock, FAILING_MS + SLACK_MS)
    await telling.services.gate.resume("demo-target", "hoa")
    await passes(telling, clock, QUIET_MS)

    assert told(telling) == []


async def test_several_nodes_that_look_at_once_tell_it_once(
    telling: Site, clock: ManualClock
) -> None:
    await telling.services.gate.pause("demo-target", "hoa", "")
    clock.advance((FAILING_MS + SLACK_MS) / 1000)

    await asyncio.gather(*(report_troubles(telling.services) for _ in range(4)))

    assert told(telling) == ["target.paused demo-target"]


async def test_two_nodes_tell_a_stopped_run_once_and_each_its_own_disk(
    tmp_path: Path,
    clock: ManualClock,
    postgresql_store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = SimpleNamespace(total=10_000_000_000, free=999_000_000)
    monkeypatch.setattr("automator.store.database.disk.shutil.disk_usage", lambda _: usage)
    async with (
        open_site(tmp_path / "1", RULES + TELLS, clock=clock, database=postgresql_store_url) as one,
        open_site(tmp_path / "2", RULES + TELLS, clock=clock, database=postgresql_store_url) as two,
    ):
        await stopped(one, RunState.DEAD)
        for _ in range(2):
            await asyncio.gather(*(report_troubles(site.services) for site in (one, two)))

        lines = sorted(told(one))
        nodes = {site.services.store.node for site in (one, two)}
        assert len(nodes) == 2
        assert set(lines[:2]) == {f"disk.low {node} 999" for node in nodes}
        assert [line.rpartition(" ")[0] for line in lines[2:]] == ["run.dead price-question"]


async def test_a_rule_whose_run_stopped_is_told_but_not_a_rule_that_tells_of_troubles(
    telling: Site, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    await stopped(telling, RunState.DEAD)
    await passes(telling, clock, 1000)
    await stopped(telling, RunState.DEAD)
    for _ in range(3):
        await passes(telling, clock, 60_000)

    (line,) = told(telling)
    assert line.startswith("run.dead price-question ")
    assert "run_stopped rule=price-question" in caplog.text


async def test_a_lost_access_is_told_once_and_again_when_it_was_back_for_half_an_hour(
    telling: Site, clock: ManualClock
) -> None:
    lost = SimpleNamespace(connection="demo-oa", lost=tokens_changed())
    working = SimpleNamespace(connection="demo-page", lost=None)
    for keepers in ((lost, working), (lost, working), (working,), (lost, working)):
        object.__setattr__(telling.services, "token_keepers", keepers)
        await passes(telling, clock, QUIET_MS)

    assert told(telling) == ["access.lost demo-oa", "access.lost demo-oa"]


async def test_a_broken_rule_file_and_a_failed_backup_are_told(
    telling: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "rules" / "more.yaml").write_text("rules: 7\n", encoding="utf-8")
    await telling.services.rulebook.reload_if_changed()
    failed = SimpleNamespace(failure=AutomatorError("the disk is full"))
    object.__setattr__(telling.services, "backups", failed)

    await report_troubles(telling.services)

    assert told(telling) == ["rules.refused more.yaml", "backup.failed"]
    # The rule book has logged the file already.
    assert caplog.text.count("rules.refused") == 1
    assert caplog.text.count("backup.failed") == 1


async def test_a_disk_with_less_room_than_its_setting_is_told_once(
    telling: Site, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(total=10_000_000_000, free=1_000_000_000)
    monkeypatch.setattr("automator.store.database.disk.shutil.disk_usage", lambda _: usage)
    await passes(telling, clock, 60_000)
    assert told(telling) == []

    usage.free = 999_000_000
    await asyncio.gather(*(report_troubles(telling.services) for _ in range(4)))
    await passes(telling, clock, 60_000)

    assert told(telling) == [f"disk.low {telling.services.store.node} 999"]


async def test_a_node_that_is_silent_is_told_by_the_others(
    telling: Site, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = clock.now_ms()
    rows = [
        NodeRow(id=number, started_at=1, heartbeat_at=now_ms - silent, version="1", revision=1)
        for number, silent in ((1, 0), (2, FAILING_MS))
    ]
    monkeypatch.setattr(telling.services.store.log, "nodes", lambda: rows)

    await report_troubles(telling.services)

    assert told(telling) == ["node.lost node-2"]


async def test_more_troubles_than_can_be_kept_wait_until_there_is_room(
    telling: Site, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operational_events, "MOST", 1)
    await telling.services.gate.pause("demo-target", "hoa", "")
    (tmp_path / "rules" / "more.yaml").write_text("rules: 7\n", encoding="utf-8")
    await telling.services.rulebook.reload_if_changed()
    await passes(telling, clock, FAILING_MS + SLACK_MS)
    assert told(telling) == ["target.paused demo-target"]

    await telling.services.gate.resume("demo-target", "hoa")
    await passes(telling, clock, QUIET_MS)
    await passes(telling, clock, QUIET_MS)

    assert told(telling) == [
        "target.paused demo-target",
        "target.resumed demo-target",
        "rules.refused more.yaml",
    ]


async def test_without_a_rule_about_it_there_is_a_line_in_the_log_and_no_event(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(tmp_path, clock=clock) as site:
        await site.services.gate.pause("demo-target", "hoa", "")
        for _ in range(2):
            await passes(site, clock, FAILING_MS)

        assert site.services.store.log.events(EventFilter(connection="schedule")) == []
    assert caplog.text.count("target.paused about=demo-target") == 1
