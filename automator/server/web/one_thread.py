"""Runs slow computations about rules in threads, one at a time of each kind.

Checking a large text takes seconds of computing, and every signed-in person can ask for it.
Therefore checks, tries, and help with writing have a thread each, and only a few requests may wait
for each thread.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from automator.model import N_, Problem
from automator.server.web.security import RequestError

#: At most this many computations of a thread may run or wait, in all and of one person.
MOST_WAITING = 8
MOST_OF_ONE = 2

T = TypeVar("T")


class OneThread:
    """Runs one computation at a time in a thread; refuses more if too many are waiting."""

    #: The error for a person whose computation is refused.
    too_many = N_("Too many rules are being tried just now.")

    def __init__(self, name: str, most_of_one: int = MOST_OF_ONE) -> None:
        """`name` is the name of the thread.

        `most_of_one` is the most computations of one person that may run or wait.
        """
        self._most_of_one = most_of_one
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._asking: Counter[str] = Counter()

    async def run(self, work: Callable[[], T], *, of: str) -> T:
        """Runs `work` in the thread and returns its result; `of` is the name of who asks.

        Raises:
            RequestError: too many computations wait already (503).
        """
        if self._asking.total() >= MOST_WAITING or self._asking[of] >= self._most_of_one:
            fix = N_("Wait half a minute and try again.")
            raise RequestError(503, "too_many_checks", self.too_many, fix=fix)
        self._asking[of] += 1
        loop = asyncio.get_running_loop()
        doing = loop.run_in_executor(self._thread, work)
        # If the caller goes away, the thread still goes on, so the work counts until it ends.
        doing.add_done_callback(lambda _: self._asking.subtract([of]))
        return await asyncio.shield(doing)

    def close(self) -> None:
        """Drops waiting computations; the one under way ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class RuleChecks(OneThread):
    """Checks texts as rule files."""

    too_many = N_("Too many rule files are being checked just now.")

    def __init__(self, check: Callable[[str, str], list[Problem]]) -> None:
        """`check(name, text)` returns the problems that the file `name` would have with a text."""
        super().__init__("check")
        self._check = check

    async def problems(self, name: str, text: str, *, of: str) -> list[Problem]:
        """The problems that the file `name` would have with a text; `of` is the name of who asks.

        Raises:
            RequestError: too many checks wait already (503).
        """
        return await self.run(partial(self._check, name, text), of=of)
