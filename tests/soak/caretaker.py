"""Whoever looks after the data of a running server: erases people, prunes, makes backups."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from tests.soak.traffic import person_of
from tests.support.process import ServerProgram, call

#: Seconds between two rounds of pruning, and between two backups.
_PRUNE_EVERY_S, _BACK_UP_EVERY_S = 20.0, 30.0
#: Seconds for an answer: an erasure and a prune go on until all is gone.
_ANSWER_S = 120.0


class Caretaker:
    """Threads that change the server's files in every way that a running server has; whatever they
    do goes on until `stop`. `server` is None while there is none.
    """

    def __init__(self, folder: Path, erase_every_s: float) -> None:
        self.server: ServerProgram | None = None
        #: How often each kind of work was done.
        self.done: Counter[str] = Counter()
        #: Answers that no work may have while the server is there.
        self.wrong: list[str] = []
        self._folder = folder
        self._turn = 0
        self._stop = threading.Event()
        work: tuple[tuple[float, Callable[[ServerProgram], None]], ...] = (
            (erase_every_s, self._erase),
            (_PRUNE_EVERY_S, self._prune),
            (_BACK_UP_EVERY_S, self._back_up),
        )
        self._threads = [
            threading.Thread(target=self._repeat, args=one, daemon=True) for one in work
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Waits for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * _ANSWER_S)
            assert not thread.is_alive(), "an erasure, a prune or a backup does not end"

    def _repeat(self, every_s: float, work: Callable[[ServerProgram], None]) -> None:
        while not self._stop.wait(every_s):
            if (server := self.server) is not None:
                work(server)

    def _erase(self, server: ServerProgram) -> None:
        """Erases one of those who go on writing: whoever writes again is a new person."""
        self._turn += 1
        answer = self._ask(server, "DELETE", f"/api/contacts/shop-page/{person_of(self._turn)}")
        if answer is not None:
            self.done["erasures"] += 1

    def _prune(self, server: ServerProgram) -> None:
        """Also forgets those who have not written for as long as contacts are kept."""
        if self._ask(server, "POST", "/api/prune") is not None:
            self.done["prunes"] += 1

    def _back_up(self, server: ServerProgram) -> None:
        file = self._folder / f"copy-{self.done['backups']}.db"
        made = subprocess.run(
            [sys.executable, "-m", "automator", "backup", str(file), "--data", str(server.data)],
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            check=False,
        )
        file.unlink(missing_ok=True)
        if made.returncode == 0:
            self.done["backups"] += 1
        elif server is self.server:
            self.wrong.append(f"a backup ended with {made.returncode}: {made.stderr[-200:]}")

    def _ask(self, server: ServerProgram, method: str, path: str) -> object | None:
        """The answer; None when there is none, or nothing is stored of the person."""
        try:
            headers = {"authorization": f"Bearer {server.control_token}"}
            status, answer = call(server.url, method, path, b"", headers, _ANSWER_S)
        except (OSError, HTTPException):
            return None
        if status == 200:
            found: object = json.loads(answer)
            return found
        if status not in (404, 503):
            self.wrong.append(f"{method} {path}: {status} {answer[:200]!r}")
        return None
