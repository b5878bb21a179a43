"""`automator account` where no server works: it lists, changes and removes by itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from automator.cli.administration import access
from automator.clock import ManualClock, SystemClock
from automator.model import ConflictError, NotFoundError, UsageError
from automator.server.access.sign_in_links import new_sign_in_link, use_link
from automator.server.web.security import Role
from automator.store.database.sqlite_files import FileLock
from tests.support.commands import command
from tests.support.store import opened, with_tables

NOW_MS = 1_800_000_000_000


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with an owner, and an editor who has a session."""
    async with opened(with_tables(tmp_path), ManualClock(NOW_MS)) as store:
        for name, role in (("owner", None), ("lan", Role.EDITOR)):
            link = await new_sign_in_link(store, "", now_ms=NOW_MS, account=name, role=role)
            assert await use_link(store, link.rpartition("/")[2], now_ms=NOW_MS)
    return tmp_path


async def in_thread(function: Any, *args: Any, **options: Any) -> None:
    """Calls a command, which runs an event loop of its own."""
    await asyncio.to_thread(function, *args, **options)


async def test_accounts_are_listed_changed_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await in_thread(access.change_role, "lan", "viewer", data=folder)
    await in_thread(access.list_accounts, data=folder)
    listed = capsys.readouterr().out
    await in_thread(access.remove, "lan", data=folder)
    await in_thread(access.list_accounts, data=folder)
    left = capsys.readouterr().out

    assert [line.split()[:2] for line in listed.splitlines()[2:]] == [
        ["lan", "viewer"],
        ["owner", "admin"],
    ]
    assert "removed lan" in left
    assert left.count("lan") == 1


async def test_the_last_admin_goes_only_by_force_and_a_link_makes_one_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConflictError, match="the last admin"):
        await in_thread(access.remove, "owner", data=folder)
    await in_thread(access.remove, "owner", force=True, data=folder)

    await in_thread(access.link, data=folder)

    secret = capsys.readouterr().out.strip().rpartition("/")[2]
    async with opened(with_tables(folder), SystemClock()) as store:
        account = await use_link(store, secret, now_ms=SystemClock().now_ms())
    assert account is not None
    assert (account.name, account.role) == ("owner", Role.ADMIN)


async def test_wrong_names_and_roles_are_said(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no account 'mai'"):
        await in_thread(access.remove, "mai", data=folder)
    with pytest.raises(UsageError, match="no such role"):
        await in_thread(access.change_role, "lan", "king", data=folder)
    with pytest.raises(UsageError, match="has another role"):
        await in_thread(access.link, "lan", "viewer", data=folder)


def test_a_command_beside_a_server_that_still_starts_is_told_to_try_again(tmp_path: Path) -> None:
    """Until it answers, only the lock of its database says that it is there."""
    with_tables(tmp_path / "data")
    lock = FileLock(tmp_path / "data" / "automator.db")
    try:
        refused = command(tmp_path, "link")
    finally:
        lock.release()

    assert refused.returncode == 1
    assert "A server that is just starting can be asked in a moment" in refused.stderr
