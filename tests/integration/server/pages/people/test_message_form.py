"""The form below a conversation, and the call of the API: what is written there is stored once."""

import re

import pytest

from automator.model import RunState, format_id
from automator.model.log_filters import RunFilter
from automator.model.run import BY_HAND
from automator.server.web.security import Role
from automator.store import RunRow
from tests.support.asgi import Caller
from tests.support.site import Site

ADDRESS = "/contacts/demo-page/11"
_KEY = re.compile(r'name="key" value="([^"]+)"')


async def wrote(site: Site) -> None:
    """The person writes a message."""
    await site.event("còn size M không", sample="message.received", person="11")


def by_hand(site: Site) -> list[RunRow]:
    return site.services.store.log.runs(RunFilter(rule=BY_HAND))


async def send(
    site: Site, caller: Caller, text: str, key: str = "one", picture: str = ""
) -> tuple[int, str, str]:
    """The status, the place to which it leads, and the page, of the form with this text."""
    reply = await site.press(caller, f"{ADDRESS}/write", text=text, key=key, picture=picture)
    return reply.status, reply.headers.get("location", ""), reply.text


async def test_what_is_sent_twice_with_one_form_is_stored_once_and_in_the_conversation(
    site: Site,
) -> None:
    await wrote(site)
    caller = await site.signed_in(Role.EDITOR)
    page = (await caller.get(ADDRESS)).text
    found = _KEY.search(page)
    assert found

    first = await send(site, caller, "Dạ còn ạ", found[1])
    second = await send(site, caller, "Dạ còn ạ", found[1])

    assert first[:2] == second[:2] == (303, f"{ADDRESS}?changed=written#conversation")
    (row,) = by_hand(site)
    assert (row.run.state, row.actor_name) == (RunState.QUEUED, "editor")
    after = (await caller.get(first[1].partition("#")[0])).text
    assert after.partition('<ol class="talk">')[2].partition("</ol>")[0].count("Dạ còn ạ") == 1
    assert "waits to be sent" in after
    assert "· <bdi>editor" in after
    assert _KEY.search(after)[1] != found[1]  # type: ignore[index] - the page has a form.
    assert "Written by hand" in (await caller.get("/log")).text
    # The run leads back to the person.
    assert f'href="{ADDRESS}"' in (await caller.get(f"/runs/{format_id(row.id)}")).text


async def test_what_is_refused_comes_back_with_its_text_and_its_key(site: Site) -> None:
    await wrote(site)
    caller = await site.signed_in(Role.EDITOR)

    status, _, page = await send(site, caller, "x" * 2001, "one")

    assert status == 400
    assert "Write 1 to 2000 letters" in page
    assert "x" * 2001 in page
    found = _KEY.search(page)
    assert found
    assert found[1] == "one"
    assert by_hand(site) == []


async def test_a_picture_alone_is_sent_and_its_wrong_address_comes_back(site: Site) -> None:
    await wrote(site)
    caller = await site.signed_in(Role.EDITOR)

    refused = await send(site, caller, "", "one", picture="http://shop.example/ao.jpg")
    sent = await send(site, caller, "", "one", picture="https://shop.example/ao.jpg")
    page = (await caller.get(ADDRESS)).text

    assert refused[0] == 400
    assert 'value="http://shop.example/ao.jpg"' in refused[2]
    assert sent[0] == 303
    assert "<i>a picture</i>" in page


async def test_the_page_says_why_nothing_can_be_written(site: Site) -> None:
    await wrote(site)
    caller = await site.signed_in(Role.EDITOR)
    csrf = await site.csrf(caller)
    await caller.post(f"{ADDRESS}/opt-out", {"csrf": csrf})

    page = (await caller.get(ADDRESS)).text
    status, _, refused = await send(site, caller, "Dạ còn ạ")

    assert "Nothing can be written to this person now" in page
    assert "the person wants no private messages" in page
    assert f'action="{ADDRESS}/write"' not in page
    assert status == 400
    assert "Dạ còn ạ" in refused
    assert by_hand(site) == []


async def test_the_form_is_one_tap_from_the_top_for_who_may_write(site: Site) -> None:
    await wrote(site)
    editor = (await (await site.signed_in(Role.EDITOR)).get(ADDRESS)).text
    viewer = (await (await site.signed_in(Role.VIEWER)).get(ADDRESS)).text

    assert 0 < editor.find('href="#write"') < editor.find('id="write"')
    assert 'href="#write"' not in viewer


async def test_who_only_looks_gets_no_form_and_cannot_write(site: Site) -> None:
    await wrote(site)
    caller = await site.signed_in(Role.VIEWER)

    assert "Write to this person" not in (await caller.get(ADDRESS)).text
    assert (await send(site, caller, "Dạ còn ạ"))[0] == 403
    assert by_hand(site) == []


async def test_the_api_stores_a_message_and_says_which_run_sends_it(site: Site) -> None:
    await wrote(site)
    program = await site.program_as(Role.EDITOR)

    first = await program.json("POST", f"/api{ADDRESS}/write", {"text": "Dạ còn ạ", "key": "one"})
    again = await program.json("POST", f"/api{ADDRESS}/write", {"text": "Dạ còn ạ", "key": "one"})
    other = await program.json("POST", f"/api{ADDRESS}/write", {"text": "Dạ còn ạ"})

    assert first.json()["new"] is True
    assert again.json() == {**first.json(), "new": False}
    assert other.json()["run"] != first.json()["run"]
    assert len(by_hand(site)) == 2


@pytest.mark.parametrize(
    "body", [{}, {"text": 3}, {"picture": 3}, {"text": "Dạ", "tag": "HUMAN_AGENT"}]
)
async def test_the_api_refuses_what_is_no_message(site: Site, body: dict[str, object]) -> None:
    await wrote(site)
    program = await site.program_as(Role.EDITOR)

    reply = await program.json("POST", f"/api{ADDRESS}/write", body)

    assert reply.status == 400
    assert by_hand(site) == []
