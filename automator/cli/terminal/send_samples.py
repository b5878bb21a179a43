"""Posts samples to a hook, signed as their provider would sign them."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.progress import progress_bar
from automator.clock import SystemClock
from automator.engine.network.egress import Egress
from automator.http.types import HttpReply
from automator.model import N_, AutomatorError, StepError, record
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_query, signed_request
from automator.server.http.hook_answers import DELIVERY, EVENTS

#: `send_many` has at most this many requests under way.
_SENDERS = 16
#: Serials begin at the present millisecond times this number, so that two commands in a row do not
#: build samples with the same ids.
_SERIALS_PER_MS = 16
_WRITTEN_DOWN = N_("automator log shows its lines.")
_NOT_STORED = N_("It is not stored. See what the server lacks, and send it again: automator status")


@record(kw_only=False)
class SampleToSend:
    """A sample to send, and the hook that gets it."""

    sample: str
    provider: Provider
    url: str
    text: str | None
    actor: str | None
    changes: Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """The number of acknowledged deliveries, and the reasons why others were not acknowledged."""

    acknowledged: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """Returns the number of deliveries that were not acknowledged."""
        return self.failures.total()


async def send_each(wanted: Sequence[SampleToSend]) -> list[Mapping[str, Any]]:
    """Posts samples one after the other; returns the ids of the stored deliveries and events.

    Raises:
        AutomatorError: the server did not acknowledge a sample, or cannot be reached.
    """
    egress, serials = _egress(wanted[0].url), _serials()
    try:
        return [_stored(await _post(egress, item, next(serials))) for item in wanted]
    finally:
        await egress.close()


def _stored(reply: HttpReply) -> Mapping[str, Any]:
    answer = reply.json()
    said = answer if isinstance(answer, dict) else {}
    if not reply.is_success:
        raise AutomatorError(
            N_("the server answered {answer}: {said}"),
            fix=_NOT_STORED if reply.status >= 500 else _WRITTEN_DOWN,
            code=str(said.get("error") or ""),
            answer=reply.status,
            said=said.get("message") or reply.text[:200],
        )
    if DELIVERY in reply.headers:
        # The provider prescribes the body of the answer, so the ids are in headers.
        return {"delivery": reply.headers[DELIVERY], "events": reply.headers[EVENTS].split()}
    return said


async def send_many(wanted: SampleToSend, count: int, rate: float | None) -> Tally:
    """Posts a sample `count` times, at most `rate` a second (None = as fast as possible).

    Shows a progress bar on standard error.
    """
    tally = Tally()
    egress = _egress(wanted.url)
    serials = _serials()
    numbers = iter(range(count))
    began = time.monotonic()
    with progress_bar("sending") as show:

        async def sender() -> None:
            for number in numbers:
                if rate is not None:
                    await asyncio.sleep(began + number / rate - time.monotonic())
                await _count(egress, wanted, next(serials), tally)
                tally.seconds = time.monotonic() - began
                speed = f"{tally.acknowledged / tally.seconds:,.0f}/s, {tally.failed:,} failed"
                show(tally.acknowledged + tally.failed, count, speed)

        try:
            await asyncio.gather(*(sender() for _ in range(min(_SENDERS, count))))
        finally:
            await egress.close()
    return tally


async def _count(egress: Egress, wanted: SampleToSend, serial: int, tally: Tally) -> None:
    try:
        reply = await _post(egress, wanted, serial)
    except StepError as error:
        tally.failures[TRANSLATOR.say(error.reason)] += 1
        return
    if reply.is_success:
        tally.acknowledged += 1
    else:
        tally.failures[f"answered {reply.status}"] += 1


async def _post(egress: Egress, wanted: SampleToSend, serial: int) -> HttpReply:
    now_ms = SystemClock().now_ms()
    sample = build_sample(
        wanted.sample,
        serial=serial,
        now_ms=now_ms,
        text=wanted.text,
        actor=wanted.actor,
        changes=wanted.changes,
    )
    key = f"simulated-{serial}"
    headers, body = signed_request(wanted.provider, sample, now_ms, key)
    query = signed_query(wanted.provider, sample, now_ms, key)
    url = f"{wanted.url}?{query}" if query else wanted.url
    return await egress.request("POST", url, headers=headers, body=body)


def _serials() -> Iterator[int]:
    serial = SystemClock().now_ms() * _SERIALS_PER_MS
    while True:
        yield serial
        serial += 1


def _egress(url: str) -> Egress:
    """Makes a client that may send to this address only, even a private one: a person named it."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Egress(allow=(f"{parts.hostname}:{port}",))
