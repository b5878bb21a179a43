"""An Http that answers from a script and writes down what it was asked."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automator.http.types import HttpReply
from automator.model import StepError


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request as an action or a provider made it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float
    target: str = ""


def a_reply(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> HttpReply:
    """An answer of the other side."""
    return HttpReply(status=status, headers=headers or {}, body=body)


#: The answer that only confirms success.
EMPTY = a_reply(200, b"{}")


@dataclass(slots=True)
class HeldReply:
    """An empty answer that comes when the test says so, or an error."""

    then: StepError | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class ScriptedHttp:
    """Gives the answers of its script in turn, then an empty one; an error in it is raised."""

    script: list[HttpReply | StepError | HeldReply] = field(default_factory=list)
    requests: list[SentRequest] = field(default_factory=list)
    #: Addresses that answer nothing until their event is set.
    hanging: dict[str, asyncio.Event] = field(default_factory=dict)
    #: Answers every request, instead of the script.
    answer: Callable[[SentRequest], Awaitable[HttpReply]] | None = None
    under_way: Counter[str] = field(default_factory=Counter)
    #: The most requests to an address that were under way at once.
    peak: Counter[str] = field(default_factory=Counter)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Records the request and gives the next answer."""
        self.requests.append(SentRequest(method, url, dict(headers or {}), body, timeout_s, target))
        self.under_way[url] += 1
        self.peak[url] = max(self.peak[url], self.under_way[url])
        try:
            return await self._answer(url)
        finally:
            self.under_way[url] -= 1

    async def _answer(self, url: str) -> HttpReply:
        if url in self.hanging:
            await self.hanging[url].wait()
            return EMPTY
        if self.answer is not None:
            return await self.answer(self.last)
        answer = self.script.pop(0) if self.script else EMPTY
        if isinstance(answer, StepError):
            raise answer
        if isinstance(answer, HeldReply):
            answer.asked.set()
            await answer.answered.wait()
            if answer.then is not None:
                raise answer.then
            return EMPTY
        return answer

    @property
    def last(self) -> SentRequest:
        """The newest request."""
        return self.requests[-1]


def bodies(http: ScriptedHttp) -> list[Any]:
    """The bodies of the requests so far, which are JSON."""
    return [json.loads(request.body) for request in http.requests]


def calls(http: ScriptedHttp) -> list[tuple[str, Any]]:
    """The last part of each request's address, and its body."""
    return [(item.url.rpartition("/")[2], json.loads(item.body)) for item in http.requests]


def asked_of_graph(http: ScriptedHttp) -> list[str]:
    """The things that the Graph API was asked for, without the proof."""
    urls = [one.url for one in http.requests if one.method == "GET"]
    return [url.partition("v26.0/")[2].partition("&")[0] for url in urls]
