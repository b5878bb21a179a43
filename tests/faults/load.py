"""Signed load as a provider makes it: each person's deliveries in order, repeated until taken."""

import json
import random
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.support.page_events import comment, delivery, signed

#: Of so many deliveries one is for the rule whose step is held when its outcome is unknown.
HELD_EVERY = 5
#: And one is sent once more although it was acknowledged, as providers do.
REPEATED_EVERY = 7
_PATIENCE_S = 60.0
_THREADS = 8


def text_of(number: int) -> str:
    """What the person writes."""
    return f"một lần {number}" if number % HELD_EVERY == 0 else f"đặt hàng {number}"


def is_held(number: int) -> bool:
    """Whether its step says `on_unknown: hold`."""
    return number % HELD_EVERY == 0


class Senders:
    """A few threads with some people each, whose deliveries each wait for the last one's answer.

    What is not acknowledged is sent again, maybe to another address.
    """

    def __init__(
        self,
        addresses: Callable[[], list[str]],
        *,
        people: int,
        seed: int,
        pause_s: float,
        reached: Callable[[str], None] = lambda _point: None,
        may_send: Callable[[int], bool] = lambda _acknowledged: True,
    ) -> None:
        """`reached` is called between a request and its answer, and after an answer of 200.

        `may_send` says whether so many acknowledged deliveries are not too far ahead of their
        effects.
        """
        self.people = people
        #: Number → the id of its event, as the answer said.
        self.acknowledged: dict[int, str] = {}
        self.sent: set[int] = set()
        #: Numbers that were sent more than once because no 200 came.
        self.sent_again: set[int] = set()
        self.failures: list[str] = []
        self._addresses = addresses
        self._seed = seed
        self._pause_s = pause_s
        self._reached = reached
        self._may_send = may_send
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_as, args=(first,), daemon=True)
            for first in range(min(_THREADS, people))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets everybody get an answer to their last delivery."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
            assert not thread.is_alive(), "a sender got no answer"
        assert not self.failures, self.failures[:5]

    def _send_as(self, first: int) -> None:
        chance = random.Random(self._seed * 1000 + first)  # noqa: S311 - it shall repeat.
        people = range(first, self.people, _THREADS)
        turn = 0
        while not self._stop.is_set():
            for person in people:
                number = turn * self.people + person
                self._send(number, chance)
                if number % REPEATED_EVERY == 0:
                    self._send(number, chance)
                self._stop.wait(chance.uniform(0, 2 * self._pause_s))
                while not (self._stop.is_set() or self._may_send(len(self.acknowledged))):
                    self._stop.wait(self._pause_s)
                if self._stop.is_set():
                    return
            turn += 1

    def _send(self, number: int, chance: random.Random) -> None:
        person = str(1000 + number % self.people)
        body = delivery(changes=[comment(number, person, text_of(number))])
        self.sent.add(number)
        for attempt in range(10_000):
            addresses = self._addresses()
            url = addresses[(number // self.people + attempt) % len(addresses)] if addresses else ""
            status, answer = self._post(url, body) if url else (0, b"")
            if status == 200:
                self._note(number, json.loads(answer)["events"][0])
                self._reached("after_ack")
                return
            if status not in (0, 503):
                self.failures.append(f"{number}: {status} {answer[:200]!r}")
                return
            self.sent_again.add(number)
            # Until the server is back; the others wait as well.
            threading.Event().wait(chance.uniform(0.01, 0.05))
        self.failures.append(f"{number}: never taken")

    def _note(self, number: int, event: str) -> None:
        before = self.acknowledged.setdefault(number, event)
        if before != event:
            self.failures.append(f"{number}: acknowledged as {before} and as {event}")

    def _post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and answer; status 0 when the server went away."""
        connection = HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE_S / 2)
        try:
            connection.request("POST", "/hooks/shop-page", body, signed(body))
            self._reached("before_ack")
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()
