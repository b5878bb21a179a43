"""Checks of rule files that people are writing, in a thread of their own.

A check of a large text takes seconds of computing, and everybody who may sign in can ask for one.
So checks have a thread of their own, and only a few of them wait for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from automator.model import N_, Problem
from automator.server.web.security import RequestError

#: Checks that are under way or wait: of everybody, and of one person.
MOST_WAITING = 8
MOST_OF_ONE = 2


class RuleChecks:
    """Runs checks one after another; more than a few at a time are refused."""

    def __init__(self, check: Callable[[str, str], list[Problem]]) -> None:
        """`check(name, text)` says what is wrong with a text as the file of that name."""
        self._check = check
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="check")
        self._asking: Counter[str] = Counter()

    async def problems(self, name: str, text: str, *, of: str) -> list[Problem]:
        """What is wrong with a text as the file `name`; `of` is who asks.

        Raises:
            RequestError: too many checks wait already (503).
        """
        if self._asking.total() >= MOST_WAITING or self._asking[of] >= MOST_OF_ONE:
            raise RequestError(
                503,
                "too_many_checks",
                N_("Too many rule files are being checked just now."),
                fix=N_("Wait half a minute and try again."),
            )
        self._asking[of] += 1
        loop = asyncio.get_running_loop()
        checking = loop.run_in_executor(self._thread, self._check, name, text)
        # The thread goes on with the check when whoever asked has gone.
        checking.add_done_callback(lambda _: self._asking.subtract([of]))
        return await asyncio.shield(checking)

    def close(self) -> None:
        """Drops the checks that wait; one that is under way ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)
