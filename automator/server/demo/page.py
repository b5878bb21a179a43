"""The sandbox page of a demo: sends samples as a sender would, and shows what was sent back.

It also plans errors for the next answers of a platform, to show how runs deal with them.
"""

from dataclasses import dataclass
from functools import cache

from starlette.responses import Response
from starlette.routing import Route

from automator.engine.intake.intake import Accepted
from automator.http.types import InboundRequest
from automator.model import UsageError, format_id
from automator.plugins import Provider
from automator.providers.simulator import (
    build_sample,
    describe_sample,
    sample_names,
    signed_query,
    signed_request,
)
from automator.sandbox import FAULTS, MEANINGS, Control, Fault, Faults, Recorder, fault_path
from automator.server.access.guard import page
from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.server.web.templates import render

_SHOWN = 50
_LONGEST_TEXT = 2000
_MOST_TIMES = 1000
TEXTS = ("Giá bao nhiêu vậy shop?", "Còn hàng không ạ?", "Đẹp quá!")
_FAVOURITES = ("comment.created", "message.received", "order.created", "order")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample that the page can send."""

    name: str
    about: str
    takes_text: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """A connection whose sender the page can play."""

    connection: str
    title: str
    #: Rules can answer through it.
    answers: bool


class SandboxPage:
    """The page of one sandbox, with what it received and which of its answers shall fail."""

    def __init__(self, recorder: Recorder, faults: Faults) -> None:
        self._recorder = recorder
        self._faults = faults

    async def show(self, context: RequestContext) -> Response:
        """Who sends what, which answers fail, and what the sandbox received, the newest first."""
        services = context.services
        records = self._recorder.records()[::-1]
        senders = [_sender(provider) for provider in services.connections.values()]
        senders = [sender for sender in senders if _samples(services, sender.connection)]
        known = [sender.connection for sender in senders]
        wanted = context.query("from")
        chosen = wanted if wanted in known else next(iter(known), "")
        samples = _samples(services, chosen)
        return render(
            context,
            "sandbox.html",
            records=records[:_SHOWN],
            senders=senders,
            chosen=chosen,
            samples=samples,
            favourite=_favourite(samples),
            takes_text=any(sample.takes_text for sample in samples),
            texts=TEXTS,
            faults=_faults(services, chosen),
            meanings=MEANINGS,
            waiting=self._faults.waiting(),
            sent=context.query("sent"),
        )

    async def send_sample(self, context: RequestContext) -> Response:
        """Sends a sample through verification, parsing and matching, as its sender would."""
        services = context.services
        provider = services.intake.connection(context.form.get("connection", ""))
        name = context.form.get("sample", "")
        text = context.form.get("text", "").strip()[:_LONGEST_TEXT]
        serial = services.ids.next() % 1_000_000_000
        sample = build_sample(
            name,
            serial=serial,
            now_ms=context.now_ms,
            # A sample that has no text takes none.
            text=text if text and _takes_text(name) else None,
        )
        key = f"sandbox-{serial}"
        headers, body = signed_request(provider, sample, context.now_ms, key)
        outcome = await services.intake.receive(
            provider,
            InboundRequest(
                method="POST",
                query=signed_query(provider, sample, context.now_ms, key),
                raw_headers=tuple((name.lower(), value) for name, value in headers.items()),
                body=body,
                received_at=context.now_ms,
                remote="sandbox page",
            ),
        )
        events = outcome.receipts if isinstance(outcome, Accepted) else ()
        sent = format_id(events[0].event_id) if events else "1"
        return see_other(f"/demo?from={provider.connection}&sent={sent}")

    async def plan_fault(self, context: RequestContext) -> Response:
        """Lets the next answers to a connection fail, or forgets what was planned."""
        services = context.services
        provider = services.intake.connection(context.form.get("connection", ""))
        error = context.form.get("error", "")
        if not error:
            self._faults.plan(Control(clear_faults=True))
        elif error in FAULTS.get(provider.name, ()):
            written = context.form.get("times", "1")
            times = int(written) if written.isdecimal() and len(written) < 5 else 1
            times = min(max(times, 1), _MOST_TIMES)
            planned = Fault(error=error, times=times, path=fault_path(provider.name))
            self._faults.plan(Control(next=(planned,)))
        else:
            raise UsageError(
                f"{provider.name} has no error '{error}'", fix="Choose one on the page."
            )
        return see_other(f"/demo?from={provider.connection}")


def sandbox_pages(recorder: Recorder, faults: Faults) -> list[Route]:
    """The routes of the page, with the role that each needs."""
    shown = SandboxPage(recorder, faults)
    return [
        page("/demo", shown.show, Role.VIEWER),
        page("/demo/send", shown.send_sample, Role.EDITOR, methods=("POST",)),
        page("/demo/fault", shown.plan_fault, Role.EDITOR, methods=("POST",)),
    ]


def _sender(provider: Provider) -> Sender:
    title = provider.title or provider.name
    return Sender(provider.connection, title, bool(provider.can_send))


def _samples(services: Services, connection: str) -> list[Sample]:
    provider = services.connections.get(connection)
    names = sample_names(provider.name) if provider else []
    return [Sample(name, describe_sample(name), _takes_text(name)) for name in names]


def _favourite(samples: list[Sample]) -> str:
    """The sample that is chosen when the page opens: what most people try first."""
    by_type = {sample.name.partition("/")[2]: sample.name for sample in samples}
    return next((by_type[kind] for kind in _FAVOURITES if kind in by_type), "")


def _faults(services: Services, connection: str) -> tuple[str, ...]:
    provider = services.connections.get(connection)
    return FAULTS.get(provider.name, ()) if provider else ()


@cache
def _takes_text(sample: str) -> bool:
    try:
        build_sample(sample, serial=1, now_ms=0, text="?")
    except UsageError:
        return False
    return True
