"""The sandbox page: somebody is chosen, a sample is sent, and what becomes of it appears."""

import pytest

from automator.model.log_filters import EventFilter
from automator.server.tryout.senders import PEOPLE, changes_for, samples_of
from tests.support.asgi import Caller
from tests.support.site import Site


async def send(site: Site, caller: Caller, **fields: str) -> str:
    form = {
        "csrf": await site.csrf(caller),
        "connection": "demo-page",
        "sample": "facebook/comment.created",
        **fields,
    }
    reply = await caller.post("/demo/send", form)
    assert reply.status == 303, reply.text
    return reply.headers["location"]


async def test_the_person_who_writes_is_chosen(site: Site) -> None:
    caller = await site.signed_in()
    person = PEOPLE[1]

    page = (await caller.get(await send(site, caller, person=person.id, text="giá?"))).text

    (row,) = site.services.store.log.events(EventFilter())
    assert (row.actor_name, row.text) == (person.name, "giá?")
    assert row.contact == f"demo-page:{person.id}"
    assert f'<option value="{person.id}" selected>' in page


async def test_the_choice_stays_for_the_next_event(site: Site) -> None:
    caller = await site.signed_in()

    page = (await caller.get(await send(site, caller, sample="facebook/message.received"))).text

    assert 'title="facebook/message.received" selected>' in page


async def test_what_became_of_the_event_stands_on_the_page_and_renews_itself(site: Site) -> None:
    caller = await site.signed_in()
    address = await send(site, caller, text="Giá bao nhiêu?")
    event = address.rpartition("sent=")[2]

    page = (await caller.get(address)).text
    news = (await caller.get(f"/demo/news?sent={event}")).text

    assert f'data-refresh="/demo/news?sent={event}"' in page
    assert "Answer price questions" in news
    assert "<html" not in news
    silent = (await caller.get(await send(site, caller, text="Đẹp quá"))).text
    assert "No rule answers this." in silent


async def test_the_rule_has_its_name_there(site: Site) -> None:
    caller = await site.signed_in()

    address = await send(site, caller, text="Giá bao nhiêu?")

    news = (await caller.get(address.replace("/demo?", "/demo/news?"))).text
    assert "Answer price questions" in news
    assert "price-question" not in news


@pytest.mark.parametrize("sent", ["1", "nonsense", ""])
async def test_an_event_that_is_not_there_is_no_mistake(site: Site, sent: str) -> None:
    caller = await site.signed_in()

    assert (await caller.get(f"/demo?sent={sent}")).status == 200
    assert (await caller.get(f"/demo/news?sent={sent}")).status == 200


async def test_every_sample_takes_what_it_has_a_place_for(site: Site) -> None:
    caller = await site.signed_in()
    for connection in ("demo-telegram", "demo-line", "demo-discord", "demo-slack", "demo-oa"):
        for sample in samples_of(site.services, connection):
            fields = {"connection": connection, "sample": sample.name, "text": "giá?"}
            assert "sent=" in await send(site, caller, person=PEOPLE[0].id, **fields)
            changes = changes_for(sample.name, "giá?", PEOPLE[0])
            assert ("event.actor.id" in changes) is sample.takes_person
