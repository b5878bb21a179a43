"""The server makes its regular backups by itself, and says when it cannot."""

import shutil

import pytest

from automator.clock import ManualClock
from automator.configuration.storage import Backup
from automator.engine.schedule.scheduler import Housekeeping
from tests.support.site import Site
from tests.support.words import error_said


def housekeeping(site: Site, clock: ManualClock) -> Housekeeping:
    services = site.services

    async def nothing() -> None:
        return

    return Housekeeping(
        rulebook=services.rulebook,
        store=services.store,
        runner=services.runner,
        fire_due=nothing,
        go_on=nothing,
        replays=services.replays,
        on_lease_lost=lambda: None,
        check_connections=nothing,
        tell_of_approvals=nothing,
        report_troubles=nothing,
        backups=services.backups,
        backup=Backup.model_validate({"every": "1h", "keep": 2}),
        clock=clock,
        pruner=services.pruner,
    )


async def test_a_backup_is_made_when_the_last_one_is_old_enough(
    site: Site, clock: ManualClock
) -> None:
    keeping, backups = housekeeping(site, clock), site.services.backups
    assert backups is not None
    kept = []
    for _ in range(6):
        await keeping.back_up_if_due()
        kept.append(len(backups.kept()))
        clock.advance(1800)

    assert kept == [1, 1, 2, 2, 2, 2]
    assert clock.now_ms() - backups.kept()[0].made_at <= 3_601_000


async def test_a_backup_that_failed_is_told_and_tried_again(
    site: Site, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    keeping, backups = housekeeping(site, clock), site.services.backups
    assert backups is not None
    backups.folder.parent.mkdir(exist_ok=True)
    backups.folder.write_text("no folder")

    await keeping.back_up_if_due()

    assert backups.failure is not None
    assert error_said(backups.failure)[0].endswith("a file stands where a folder is needed")
    told = (await (await site.signed_in()).get("/api/status")).json()["backups"]["failure"]
    assert "a file stands where a folder is needed. Choose a folder" in told
    assert "backup.failed" in caplog.text
    backups.folder.unlink()
    await keeping.back_up_if_due()
    assert backups.failure is None
    assert len(backups.kept()) == 1
    shutil.rmtree(backups.folder)
