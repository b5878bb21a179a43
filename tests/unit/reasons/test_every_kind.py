"""Every reason has its sentence in every process, whichever part has given it."""

import subprocess
import sys

_LEFT_OUT = """
import pkgutil, sys
import automator.reasons as reasons
for module in pkgutil.walk_packages(reasons.__path__, "automator.reasons."):
    if module.name not in sys.modules:
        print(module.name)
"""


def test_the_package_of_reasons_imports_all_of_its_modules() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LEFT_OUT], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == []
