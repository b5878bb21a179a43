"""Comments on the page of a demo server that runs as a program, signed as the platform would."""

import itertools
import time

from automator.providers.simulator import build_sample, signed_request
from automator.server.reading.config import load_config
from tests.support.process import ServerProgram, call

_CONNECTION = "demo-page"


class Commenters:
    """People who comment; each comment is another person's, so that no budget holds it back."""

    def __init__(self, server: ServerProgram) -> None:
        self._server = server
        self._provider = load_config(None, server.data, True, url=server.url).connections[
            _CONNECTION
        ]
        self._serial = itertools.count(1)

    def say(self, text: str, name: str = "Trần Thị Ngọc Ánh") -> None:
        """One comment; it is stored when this returns."""
        serial, now_ms = next(self._serial), round(time.time() * 1000)
        sample = build_sample(
            "facebook/comment.created",
            serial=serial,
            now_ms=now_ms,
            text=text,
            actor=f"55{serial:08}",
            changes={"event.actor.name": name},
        )
        headers, body = signed_request(self._provider, sample, now_ms, f"comment-{serial}")
        status, answer = call(
            self._server.url, "POST", f"/hooks/{_CONNECTION}", body, dict(headers)
        )
        assert status == 200, answer

    def say_all(self, texts: list[str], found_by: str) -> None:
        """One comment each; returns once a search for these words finds the runs of all."""
        for text in texts:
            self.say(text)
        self._server.wait_until_found(found_by, events=len(texts))

    def fail_next(self, error: str) -> None:
        """The next request to the platform fails with this error."""
        order = b'{"next": [{"error": "%s"}]}' % error.encode()
        head = {"content-type": "application/json"}
        call(self._server.url, "POST", "/sandbox/control", order, head)
