"""A good sender in its own process: deliveries at a steady rate, with the time of each answer.

`python -m tests.faults.canary URL PATH SECONDS` prints one line of JSON. The time of an answer
counts from the moment its request was due, so that requests behind a stall show it too.
"""

import json
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.support.page_events import comment, delivery, signed

RATE = 20
_SENDERS = 10
_TIMEOUT_S = 30.0


class Canary:
    """The process, while something else happens to the server."""

    def __init__(self, url: str, path: str, seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.canary", url, path, str(seconds)],
            stdout=subprocess.PIPE,
        )
        self._within_s = seconds + _TIMEOUT_S + 30

    def result(self) -> dict[str, float]:
        """Waits for the end: `sent`, `failed`, and in milliseconds `p50`, `p99`, `slowest`."""
        try:
            output, _ = self._process.communicate(timeout=self._within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        found: dict[str, float] = json.loads(output)
        return found


class _Senders:
    """Threads that take turns, each with a connection that it keeps."""

    def __init__(self, url: str, path: str, seconds: float) -> None:
        place = urlsplit(url)
        self._host, self._port = place.hostname or "", place.port
        self._path = path
        self._count = int(RATE * seconds)
        self._start = time.monotonic() + 0.1
        self.times_ms: list[float] = []
        self.failures: list[str] = []

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._send_every_tenth, args=(first,))
            for first in range(_SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_every_tenth(self, first: int) -> None:
        connection = HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        for number in range(first, self._count, _SENDERS):
            due = self._start + number / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            person = f"canary-{number}"
            body = delivery(changes=[comment(time.time_ns(), person, f"chào shop {number}")])
            try:
                connection.request("POST", self._path, body, signed(body))
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            if answer.status != 200:
                self.failures.append(str(answer.status))
            self.times_ms.append((time.monotonic() - due) * 1000)
        connection.close()


def main() -> None:
    url, path, seconds = sys.argv[1:]
    senders = _Senders(url, path, float(seconds))
    senders.run()
    times = sorted(senders.times_ms) or [0.0]
    figures = {
        "sent": len(senders.times_ms) + len(senders.failures),
        "failed": len(senders.failures),
        "p50": round(times[len(times) // 2], 1),
        "p99": round(times[int(len(times) * 0.99)], 1),
        "slowest": round(times[-1], 1),
    }
    print(json.dumps(figures))
    print(senders.failures[:5], file=sys.stderr)


if __name__ == "__main__":
    main()
