"""The versions of the tables, which a start finds out without Alembic."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from automator.clock import ManualClock
from automator.resources import migrations_folder
from automator.store.database.migration import known_versions
from tests.support.store import opened, sqlite_url

#: Opens and closes a database, and says whether Alembic was needed.
OPENS = """
import asyncio, sys
from automator.clock import SystemClock
from automator.store import open_store

async def main():
    await (await open_store(sys.argv[1], clock=SystemClock(), node="node")).close()

asyncio.run(main())
print("alembic" in sys.modules)
"""


def test_the_files_of_the_migrations_are_named_by_the_versions_that_alembic_reads() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config).walk_revisions()

    assert known_versions() == tuple(script.revision for script in scripts)[::-1]


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_start_that_has_nothing_to_migrate_does_not_load_alembic(
    is_new: bool, tmp_path: Path, clock: ManualClock
) -> None:
    url = sqlite_url(tmp_path)
    if not is_new:
        async with opened(url, clock):
            pass

    answer = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", OPENS, url],
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.split()[-1] == "False"
