"""The sandbox page of a demo: plays the sender at a click, and shows what would have been sent."""

from functools import cache

from starlette.responses import RedirectResponse, Response

from automator.model import NotFoundError, UsageError
from automator.providers.simulator import (
    build_sample,
    describe_sample,
    sample_names,
    signed_query,
    signed_request,
)
from automator.server.pages import render
from automator.server.visit import Visit
from automator.wire import InboundRequest

_SEE_OTHER = 303
_SHOWN = 50
_LONGEST_TEXT = 2000
TEXTS = ("Giá bao nhiêu vậy shop?", "Còn hàng không ạ?", "Đẹp quá!")


async def show_sandbox(visit: Visit) -> Response:
    """Buttons for samples, and what the sandbox received, the newest first."""
    recorder = visit.services.recorder
    if recorder is None:
        raise NotFoundError("this server has no sandbox", fix="Start it with --demo.")
    records = recorder.records()[::-1]
    samples = {
        name: [(sample, describe_sample(sample)) for sample in sample_names(provider.name)]
        for name, provider in visit.services.connections.items()
    }
    return render(
        visit,
        "sandbox.html",
        records=records[:_SHOWN],
        samples={name: found for name, found in samples.items() if found},
        with_text={
            name for name, found in samples.items() if any(_takes_text(item) for item, _ in found)
        },
        texts=TEXTS,
        sent=visit.query("sent"),
    )


async def send_sample(visit: Visit) -> Response:
    """Sends a sample through verification, parsing and matching, as its sender would."""
    services = visit.services
    if services.recorder is None:
        raise NotFoundError("this server has no sandbox", fix="Start it with --demo.")
    provider = services.intake.connection(visit.form.get("connection", ""))
    serial = services.ids.next() % 1_000_000_000
    sample = build_sample(
        visit.form.get("sample", ""),
        serial=serial,
        now_ms=visit.now_ms,
        text=visit.form.get("text", "").strip()[:_LONGEST_TEXT] or None,
    )
    key = f"sandbox-{serial}"
    headers, body = signed_request(provider, sample, visit.now_ms, key)
    await services.intake.receive(
        provider,
        InboundRequest(
            method="POST",
            query=signed_query(provider, sample, visit.now_ms, key),
            raw_headers=tuple((name.lower(), value) for name, value in headers.items()),
            body=body,
            received_at=visit.now_ms,
            remote="sandbox page",
        ),
    )
    return RedirectResponse("/demo?sent=1", _SEE_OTHER)


@cache
def _takes_text(sample: str) -> bool:
    try:
        build_sample(sample, serial=1, now_ms=0, text="?")
    except UsageError:
        return False
    return True
