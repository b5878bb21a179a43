"""How much of each scenario is run, and from which seed.

A little in every test run; all with FAULTS=full, as `make test-faults` does. FAULTS_SEED repeats a
run whose line of figures named its seed.
"""

import os
import random

FULL = os.environ.get("FAULTS") == "full"


def size(small: int, full: int) -> int:
    """The number for this run."""
    return full if FULL else small


def new_seed() -> int:
    """The seed that was asked for, or one by chance."""
    given = os.environ.get("FAULTS_SEED")
    return int(given) if given else random.SystemRandom().randrange(1_000_000)
