"""How far people come in a rule: on its page and over the API."""

from pathlib import Path

from automator.clock import ManualClock
from automator.engine.links.link_tokens import Link
from automator.model import AttemptStatus
from automator.server.web.security import Role
from tests.support.site import Site, open_site
from tests.support.store import Shop

RULES = """\
rules:
  - id: short
    name: Greets shortly
    trigger: {event: message.received}
    conditions: ["arm(event.actor.id, 'greeting', {short: `100`, long: `0`}) == 'short'"]
    actions:
      - message: "Dạ ạ"
      - follow_up: {after: 1h, actions: [message: "Bạn còn <quan tâm> không?"]}
  - id: long
    trigger: {event: message.received}
    conditions: ["arm(event.actor.id, 'greeting', {short: `100`, long: `0`}) == 'long'"]
    actions: [message: "Dạ shop chào bạn ạ"]
  - id: quiet
    trigger: {event: comment.created}
    actions: [log: x]
"""
WITH_ADDRESS = """\
public_url: https://bot.example
connections:
  demo-page:
    provider: facebook
    app_secret: secret-for-tests-0123456789
    verify_token: verify-token-for-tests
    page_access_token: page-token-for-tests-0123456789
"""


async def writes(site: Site) -> None:
    """Somebody writes, and gets the first message."""
    await site.event("Chào shop", sample="message.received", person="11")
    store = site.services.store
    shop = Shop(ManualClock(site.services.clock.now_ms() + 1))
    (claimed,) = await store.claim(10)
    attempt = shop.attempt(claimed, status=AttemptStatus.OK, said="Dạ ạ", step="message")
    await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))


async def test_the_page_shows_each_message_and_the_arms(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await writes(site)
        caller = await site.signed_in()

        page = (await caller.get("/rules/funnel?rule=short")).text
        rules = (await caller.get("/rules")).text

    assert "How far people come in Greets shortly" in page
    assert "“Dạ ạ”" in page
    assert "“Bạn còn &lt;quan tâm&gt; không?”" in page
    assert "<strong>1 <span" in page
    assert "Which variant works" in page
    assert '<a href="/rules/funnel?rule=short">' in rules
    assert "/rules/funnel?rule=quiet" not in rules


async def test_a_page_without_numbers_says_what_to_do(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        caller = await site.signed_in()

        nobody = (await caller.get("/rules/funnel?rule=short&days=7")).text
        silent = (await caller.get("/rules/funnel?rule=quiet")).text
        unknown = await caller.get("/rules/funnel?rule=none")

    assert "Nobody has entered this rule in this time." in nobody
    assert 'href="/rules/coverage"' in nobody
    assert "This rule sends no messages to people" in silent
    assert unknown.status == 404


async def test_the_api_counts_the_same_for_programs_and_for_people(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        await writes(site)
        caller = await site.program_as(Role.VIEWER)

        found = (await caller.get("/api/funnels/short?days=7&runs=10")).json()
        text = (await caller.get("/api/funnels/short?as=text")).json()["text"]
        wrong = await caller.get("/api/funnels/short?runs=0")

    assert (found["entered"], found["people"], found["split"]) == (1, 1, "greeting")
    assert [stage["got"] for stage in found["stages"]] == [1, 0]
    assert {one["arm"]: one["entered"] for one in found["arms"]} == {"short": 1, "long": 0}
    assert "1 entered (1 person)" in text
    assert "greeting = short: 1 entered" in text
    assert wrong.status == 400


async def test_a_message_with_a_tracked_link_shows_how_many_opened_it(tmp_path: Path) -> None:
    rules = RULES.replace("Dạ ạ", "Dạ {{ 'https://shop.example' | tracked }}")
    async with open_site(tmp_path, rules, settings_text=WITH_ADDRESS) as site:
        await writes(site)
        caller = await site.signed_in()
        (((run, *_),), _) = site.services.store.log.ways("short", 0, 10)
        await site.services.clicks.take(Link(run.id, "message", "https://shop.example"))

        page = (await caller.get("/rules/funnel?rule=short")).text
        program = await site.program_as(Role.VIEWER)
        found = (await program.get("/api/funnels/short")).json()
        text = (await program.get("/api/funnels/short?as=text")).json()["text"]

    assert "1 opened its link (100 %)" in page
    assert [stage["clicked"] for stage in found["stages"]] == [1, None]
    assert "↗ 1 opened its link (100 %)" in text
