"""A server with a SQLite file does not load what it does not use."""

import subprocess
import sys

_IMPORTED = """
import sys
import automator.server.bootstrap.app, automator.server.bootstrap.process
import automator.cli.serving.serve
unused = ("alembic", "psycopg", "sqlalchemy.dialects.postgresql")
print(*(name for name in sys.modules if name.startswith(unused)))
"""


def test_a_server_starts_without_importing_migrations_or_another_database() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == []
