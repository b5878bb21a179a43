"""A server without a demo does not load the parts of one."""

import subprocess
import sys

_IMPORTED = """
import sys
import automator.server.bootstrap.app, automator.server.bootstrap.process
import automator.server.reading.config
optional = ("automator.sandbox", "automator.server.demo.sandbox")
print(*(name for name in sys.modules if name.startswith(optional)))
"""


def test_a_server_starts_without_importing_the_sandbox_or_what_the_demo_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == []
