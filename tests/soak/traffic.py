"""Steady signed load of several providers, repeated until it is taken, and a visitor of pages."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from automator.http.signing import sign_standard
from tests.support.page_events import comment, delivery, message, signed
from tests.support.process import ServerProgram, call

GITHUB_SECRET = "github-secret-for-tests-0123456789"
TILL_SECRET = "whsec_dGlsbC1zZWNyZXQtZm9yLXRlc3RzLTAxMjM0NTY3ODk="
PEOPLE = 40
#: Of so many comments of the Page one is followed by a message, which cancels the follow-up.
_WRITES_BACK_EVERY = 4
#: And one of so many is by somebody who never writes again.
_WRITES_ONCE_EVERY = 4
_SENDERS = 4
_REPEAT_S = 0.2
PAGES = ("/log", "/events", "/rules", "/follow-ups", "/review", "/deliveries", "/connections",
         "/settings", "/healthz")  # fmt: skip
_VIEW_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """One delivery as its provider sends it; a repetition is the same request, signed anew."""

    connection: str
    body: bytes
    headers: Callable[[bytes], dict[str, str]]


def person_of(number: int) -> str:
    """Who writes the delivery with this number: one of those who go on writing."""
    return str(1000 + number % PEOPLE)


def request_of(number: int) -> Request:
    """The delivery with this number: comments and messages of the Page, issues, orders."""
    kind = number % 4
    if kind == 2:
        return _issue(number)
    if kind == 3:
        return _order(number)
    if number % (4 * _WRITES_BACK_EVERY) == 1:
        body = delivery(messaging=[message(number, person_of(number - 1), "cảm ơn")])
    else:
        writes_once = number % (4 * _WRITES_ONCE_EVERY) == 1 + 4 * (_WRITES_ONCE_EVERY - 1)
        person = str(1_000_000 + number) if writes_once else person_of(number)
        body = delivery(changes=[comment(number, person, f"đặt hàng {number}")])
    return Request("shop-page", body, signed)


def _issue(number: int) -> Request:
    body = {
        "action": "created",
        "issue": {"id": number % PEOPLE, "number": number % PEOPLE, "title": "lỗi"},
        "comment": {"id": number, "body": f"lỗi {number}", "created_at": "2026-09-21T13:40:00Z"},
        "repository": {"id": 1, "full_name": "shop/site"},
        "sender": {"id": 5, "login": "dev", "type": "User"},
    }

    def sign(content: bytes) -> dict[str, str]:
        digest = hmac.new(GITHUB_SECRET.encode(), content, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json",
            "x-github-event": "issue_comment",
            "x-github-delivery": f"delivery-{number}",
            "x-hub-signature-256": f"sha256={digest}",
        }

    return Request("repository", json.dumps(body).encode(), sign)


def _order(number: int) -> Request:
    body = {"type": "order.paid", "data": {"id": f"DH-{number}", "total": 1000 + number}}

    def sign(content: bytes) -> dict[str, str]:
        headers = sign_standard(TILL_SECRET, f"order-{number}", int(time.time()), content)
        return {"content-type": "application/json", **headers}

    return Request("till", json.dumps(body).encode(), sign)


@dataclass(slots=True)
class Seen:
    """What senders and visitors were told."""

    #: Connection and id of each event that was acknowledged.
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    #: (seconds since the start, milliseconds) of each acknowledgement.
    latencies: list[tuple[float, float]] = field(default_factory=list)
    #: Answers that were neither 200 nor 503, and none at all while the server was there.
    wrong: list[str] = field(default_factory=list)
    refused: int = 0
    viewed: int = 0


class Traffic:
    """Senders and a visitor, as threads. `url` is empty while there is no server."""

    def __init__(self, rate: float) -> None:
        """`rate` is in deliveries a second."""
        self.seen = Seen()
        self.url = ""
        self.cookie = ""
        self.began = time.monotonic()
        self._interval_s = _SENDERS / rate
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_from, args=(first,), daemon=True)
            for first in range(_SENDERS)
        ]
        self._threads.append(threading.Thread(target=self._look, daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets every sender get its last delivery acknowledged."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a sender got no answer"

    def sign_in(self, server: ServerProgram) -> None:
        """Starts a session with a new link."""
        self.cookie = _session(server.url, server.sign_in_link.rpartition("/")[2])

    def _send_from(self, first: int) -> None:
        due = time.monotonic()
        number = first
        while not self._stop.is_set():
            due += self._interval_s
            self._send_until_taken(number)
            number += _SENDERS
            # Who was held up catches up, but not all at once.
            due = max(due, time.monotonic() - 1.0)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _send_until_taken(self, number: int) -> None:
        request = request_of(number)
        while True:
            url = self.url
            began = time.monotonic()
            status, answer = self._post(url, request) if url else (0, b"")
            if status == 200:
                now = time.monotonic()
                self.seen.latencies.append((now - self.began, (now - began) * 1000))
                for event in json.loads(answer)["events"]:
                    self.seen.acknowledged.add((request.connection, event))
                return
            if status not in (0, 503):
                self.seen.wrong.append(f"{request.connection} {number}: {status} {answer[:200]!r}")
                return
            self.seen.refused += 1
            time.sleep(_REPEAT_S)

    def _post(self, url: str, request: Request) -> tuple[int, bytes]:
        headers = request.headers(request.body)
        try:
            return call(url, "POST", f"/hooks/{request.connection}", request.body, headers)
        except (OSError, HTTPException):
            return 0, b""

    def _look(self) -> None:
        turn = 0
        while not self._stop.wait(_VIEW_EVERY_S):
            url, page = self.url, PAGES[turn % len(PAGES)]
            if not url:
                continue
            try:
                status, _ = call(url, "GET", page, headers={"cookie": self.cookie})
            except (OSError, HTTPException):
                continue
            turn += 1
            self.seen.viewed += 1
            if status not in (200, 503):
                self.seen.wrong.append(f"the page {page}: {status}")


def _session(url: str, token: str) -> str:
    """The cookie of a session that a link begins."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=15)
    try:
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": url}
        connection.request("POST", "/sign-in", f"token={token}", headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        return (answer.getheader("set-cookie") or "").partition(";")[0]
    finally:
        connection.close()
