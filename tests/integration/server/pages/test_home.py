"""The home page: what happened, what waits for a person, and the first steps."""

import re
from pathlib import Path

import pytest

from automator.model import RunState
from automator.server.web.security import Role
from tests.support.site import Site, open_site
from tests.support.stopped_runs import NO_ANSWER, stopped


async def home(site: Site, role: Role = Role.ADMIN) -> str:
    return (await (await site.signed_in(role)).get("/overview")).text


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next of its kind."""
    return page.partition(f'id="{title}"')[2].partition("<h2")[0]


async def test_home_is_the_first_page_after_signing_in(site: Site) -> None:
    token = (await site.link()).rpartition("/")[2]

    reply = await site.caller().post("/sign-in", {"token": token})

    assert reply.headers["location"] == "/"


async def test_an_admin_without_a_connection_is_led_to_the_first_one(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings_text="connections: {}") as site:
        found = {role: await (await site.signed_in(role)).get("/") for role in Role}

    assert found[Role.ADMIN].headers["location"] == "/connections/new"
    assert [found[role].status for role in (Role.VIEWER, Role.EDITOR)] == [200, 200]


async def test_who_is_not_signed_in_is_asked_to(site: Site) -> None:
    assert (await site.caller().get("/")).status == 401


async def test_the_first_steps_are_ticked_by_what_has_happened(site: Site) -> None:
    first = section(await home(site), "first-steps")
    await site.event()
    second = section(await home(site), "first-steps")
    (claimed,) = await site.services.store.claim(1)

    assert "2 of 4 done" in first
    assert first.count('class="is-done"') == 2
    assert "3 of 4 done" in second
    assert 'href="/log"' in second
    assert claimed.run.rule == "price-question"


async def test_runs_that_failed_alike_are_one_row_with_a_plan_to_retry_them(site: Site) -> None:
    for _ in range(3):
        await stopped(site, RunState.DEAD)

    page = section(await home(site), "needs-you")
    viewer = section(await home(site, Role.VIEWER), "needs-you")

    assert page.count("<article") == 1
    assert "Answer price questions" in page
    assert "3 runs failed" in page
    assert NO_ANSWER in page
    query = "state=unknown,dead&amp;rule=price-question&amp;reason=quoted&amp;error_code=timeout"
    assert f'href="/replays/new?{query}"' in page
    assert "/replays/new" not in viewer
    link = re.search(r'href="(/replays/new[^"]+)"', page)
    assert link
    plan = (await (await site.signed_in()).get(link[1].replace("&amp;", "&"))).text
    assert "3 fit, 3 runs would be started" in plan


async def test_a_question_that_no_rule_answered_leads_to_a_rule_from_it(site: Site) -> None:
    asked, _ = await site.event("Shop ở đâu vậy?", "Minh")
    praised, _ = await site.event("Đẹp quá!")
    answered, _ = await site.event("Giá bao nhiêu vậy shop?")

    page = section(await home(site), "asked")

    assert f"/rules/new?event={asked}" in page
    assert "<bdi>Shop ở đâu vậy?</bdi>" in page
    assert praised not in page
    assert answered not in page


async def test_broken_files_and_failing_connections_need_a_person(site: Site) -> None:
    assert "Nothing has failed" in await home(site)
    rulebook = site.services.rulebook
    (rulebook.folder / "broken.yaml").write_text("rules: [", encoding="utf-8")
    await rulebook.reload_if_changed()

    page = section(await home(site), "needs-you")

    assert "broken.yaml has errors" in page
    assert 'href="/rules/broken.yaml"' in page
    assert "Nothing has failed" not in page


async def test_each_bar_of_the_chart_leads_to_the_log_of_its_hour(site: Site) -> None:
    page = await home(site)

    links = re.findall(r'<a tabindex="-1" href="/log\?since=([^&]+)&amp;until=([^"]+)"', page)
    assert len(links) == 24
    assert len(set(links)) == 24
    assert 'role="img"' in page
    assert page.count("<g><title>") == 24
    assert "Nothing came in within the last 24 hours." in page


async def test_the_chart_stacks_what_ended_well_was_held_back_and_failed(site: Site) -> None:
    for state in (RunState.DONE, RunState.DONE, RunState.CANCELLED, RunState.DEAD):
        await stopped(site, state)

    page = await home(site)

    rectangles = re.findall(r'<rect class="([a-z-]+)" [^>]*height="([0-9.]+)"', page)
    assert rectangles == [("well", "50.0"), ("held-back", "25.0"), ("failed", "25.0")]
    assert "4 events, 2 runs done, 1 held back, 1 failed" in page


@pytest.mark.parametrize("language", ["en", "vi"])
async def test_home_is_shown_in_both_languages(site: Site, language: str) -> None:
    await stopped(site)
    caller = await site.signed_in()

    page = (await caller.get("/overview", {"accept-language": language})).text

    assert ("The last 24 hours" in page) is (language == "en")
    assert ("24 giờ qua" in page) is (language == "vi")


async def test_a_connection_says_when_its_last_event_came_before_the_watchdog_has_looked(
    site: Site,
) -> None:
    before = section(await home(site), "senders")
    await site.event()
    after = section(await home(site), "senders")

    assert "<time" not in before
    assert after.count("<time") == 1
    assert "nothing yet" not in after.partition("<time")[0]


async def test_home_leads_to_the_missed_buyers(site: Site) -> None:
    assert 'href="/contacts/missed"' in section(await home(site), "asked")


async def test_outside_a_demo_nobody_is_sent_to_a_test_that_leaves_no_event(tmp_path: Path) -> None:
    async with open_site(tmp_path, settings_text="connections: {}\n") as site:
        first = section(await home(site), "first-steps")

    assert "If nothing comes, its connection says what is missing." in first
    assert "send a test event" not in first
