"""What the pages say about runs that a limit holds back, collects, or lets wait."""

import json
from pathlib import Path

from automator.model.speech import Speech
from tests.support.site import RULES, open_site

KEY = "{key: event.post.id"


async def test_the_page_of_a_run_lists_the_events_that_it_has_collected(tmp_path: Path) -> None:
    rules = f"{RULES}    limits: {{debounce: {KEY}, quiet: 1h, max_wait: 2h}}}}\n"
    async with open_site(tmp_path, rules) as site:
        _, first = await site.event("giá?")
        second_event, second = await site.event("bao nhiêu ạ?", "Minh")
        caller = await site.signed_in()

        page = (await caller.get(f"/runs/{first}")).text
        joined = (await caller.get(f"/runs/{second}")).text
        event = (await caller.get(f"/events/{second_event}")).text

    assert "Events that this run has collected" in page
    assert "bao nhiêu ạ?" in page
    assert f'href="/runs/{first}">collected into this run' in joined
    assert f"debounce: collected into run {first} as event 2" in event


async def test_a_run_that_waits_for_its_turn_says_so_and_names_no_time(tmp_path: Path) -> None:
    rules = f"{RULES}    limits: {{concurrency: {KEY}}}}}\n"
    async with open_site(tmp_path, rules) as site:
        _, first = await site.event()
        _, second = await site.event()
        caller = await site.signed_in()

        pages = [(await caller.get(address)).text for address in (f"/runs/{second}", "/log")]
        run = json.loads((await caller.get(f"/api/runs/{second}")).text)

    assert "It waits for a free place: others are under way since" in pages[0]
    assert run["run_at"] is None
    assert run["waits"] == {
        "for": "place", "target": None, "since": run["created_at"], "until": None,
    }  # fmt: skip
    for page in pages:
        assert "concurrency: waits for its place; 1 of 1 under way for" in page
        assert f"run {first}" in page
        assert "9999" not in page


async def test_the_log_says_what_once_has_held_back_and_for_which_run(tmp_path: Path) -> None:
    rules = f"{RULES}    limits: {{once: {KEY}}}}}\n"
    async with open_site(tmp_path, rules) as site:
        _, first = await site.event()
        await site.event()

        page = (await (await site.signed_in()).get("/log?state=suppressed")).text

    assert "once: already started for" in page
    assert f"run {first}" in page


async def test_the_list_of_limits_names_the_people_whom_budgets_count(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await site.event("giá?", "Minh")
        (event,) = site.services.store.log.events()
        speech = Speech(
            connection="demo-page",
            contact=event.contact or "",
            is_private=True,
            per_contact=9,
            per_connection=0,
            is_counted=False,
        )
        await site.services.store.ask_to_speak(speech)

        page = (await (await site.signed_in()).get("/limits")).text

    assert "<bdi>Minh</bdi></a>" in page
    assert f"<bdi>{event.contact}</bdi>" not in page
