"""While traces are off, no event keeps the trace of its sender, and no request carries one."""

from pathlib import Path

from automator.http.traceparent import TRACEPARENT
from automator.http.types import InboundRequest
from tests.support.page_events import comment, delivery, signed
from tests.support.world import a_world

RULES = """\
rules:
  - id: pass-on
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
"""
HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_while_traces_are_off_a_trace_of_the_sender_goes_nowhere(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = delivery(changes=[comment(1, "11", "đặt hàng", at=world.clock.now_ms())])
        headers = (*signed(body).items(), (TRACEPARENT, HEADER))
        request = InboundRequest("POST", "", headers, body, world.clock.now_ms(), "")
        await world.intake.receive(world.provider, request)
        await world.settled()

        (sent,) = world.http.requests
        assert TRACEPARENT not in sent.headers
        assert TRACEPARENT.encode() not in sent.body
