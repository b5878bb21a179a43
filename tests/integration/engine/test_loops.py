"""What goes round in a ring of servers stops, and says why."""

from pathlib import Path

import pytest

from automator.http.headers import HOPS, MOST_HOPS
from automator.http.types import HttpReply, InboundRequest
from automator.model import RejectedDelivery, RunState, Verdict
from automator.model.log_filters import DeliveryFilter
from tests.support.http import SentRequest, a_reply
from tests.support.page_events import comment, delivery, signed
from tests.support.words import said
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: pass-on
    trigger: {event: comment.created}
    actions:
      - forward: {to: crm}
"""


async def take_in(world: World, number: int, hops: str | None = None) -> None:
    """A new comment each time, as a server in between would make of what it passes on."""
    body = delivery(changes=[comment(number, "11", "đặt hàng", at=world.clock.now_ms())])
    headers = [*signed(body).items(), *([(HOPS, hops)] if hops is not None else [])]
    await world.intake.receive(
        world.provider,
        InboundRequest("POST", "", tuple(headers), body, world.clock.now_ms(), ""),
    )


async def test_two_servers_that_forward_to_one_another_stop_after_a_few_hops(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with a_world(tmp_path, RULES) as one, a_world(other, RULES, node=2) as two:
        passed_on = []

        def leads_to(world: World) -> None:
            async def answer(request: SentRequest) -> HttpReply:
                passed_on.append(request.headers[HOPS])
                try:
                    await take_in(world, len(passed_on), request.headers[HOPS])
                except RejectedDelivery as refusal:
                    return a_reply(refusal.status)
                return a_reply(200)

            (two if world is one else one).http.answer = answer

        leads_to(one)
        leads_to(two)
        await take_in(one, 100)
        for _ in range(MOST_HOPS):
            await one.settled()
            await two.settled()
        await one.passes(86_400)
        await two.passes(86_400)

        assert passed_on == ["1", "2", "3", "4", "5"]
        states = [detail.run.state for world in (one, two) for detail in await world.runs()]
        assert sorted(states) == [RunState.DONE] * 4 + [RunState.DEAD]
        last = (await one.runs())[-1]
        assert "goes round in a ring" in said(last.run.reason)
        assert last.event.body["hops"] == 4
        assert one.gate.destinations.named("crm").health.failures == 0


async def test_what_has_come_too_far_is_refused_and_written_down(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        with pytest.raises(RejectedDelivery) as refused:
            await take_in(world, 1, str(MOST_HOPS))

        (row,) = world.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
        assert (refused.value.status, row.reason_code) == (508, "loop")
        assert world.store.log.events() == []
