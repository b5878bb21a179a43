"""Schedules on a running server: where they are seen, and that nobody can pretend to be one."""

from pathlib import Path

import pytest

from automator.model import format_id
from automator.model.log_filters import EventFilter
from tests.support.site import open_site

RULES = """\
rules:
  - id: quarterly
    trigger: {schedule: {every: 15m}}
    actions:
      - log: "{{ event.data.scheduled_at }}"
"""


async def test_pages_and_the_api_show_the_next_and_the_last_fire(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await site.half_an_hour_goes_by()
        caller = await site.signed_in()

        page = (await caller.get("/rules")).text
        assert "every 15 min" in page
        assert "by itself:" in page
        assert "next 20" in page
        assert "last 20" in page
        (event,) = site.services.store.log.events(EventFilter(connection="schedule"))
        state = (await site.services.schedules.states())[0]
        assert state.last_fire is not None
        # The server has a clock of its own: by that, the next may be before the last.
        assert state.next_fire is not None
        listed = (await caller.get("/events?connection=schedule")).text
        assert "quarterly: 20" in listed
        assert event.type == "schedule.fired"


async def test_the_page_of_its_event_says_that_nobody_sent_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await site.half_an_hour_goes_by()
        (event,) = site.services.store.log.events(EventFilter(connection="schedule"))
        caller = await site.signed_in()

        page = (await caller.get(f"/events/{format_id(event.id)}")).text

        assert "Nobody sent this: a schedule made it." in page
        assert "quarterly" in page


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
async def test_nothing_can_be_posted_to_the_connection_of_schedules(
    tmp_path: Path, method: str
) -> None:
    async with open_site(tmp_path, RULES) as site:
        body = b'{"rule": "quarterly"}'
        reply = await site.caller().request(method, "/hooks/schedule", body)

        assert reply.status == 403
        assert reply.json()["error"] == "internal_connection"
        assert site.services.store.log.events(limit=10) == []
