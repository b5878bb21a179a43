"""A platform that does not answer is told wherever somebody looks, until it answers again."""

from pathlib import Path

from automator.reasons.attempts.outbound import name_not_found
from tests.support.site import RULES, open_site

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: a-literal-app-secret-0123456789
    verify_token: verify-0123456789
    page_access_token: token-0123456789
"""
HOST = "graph.facebook.com"
SAID = f"{HOST} has not answered since"
PAGES = ("/overview", "/connections", "/connections/shop-page", "/rules")


async def test_a_platform_that_does_not_answer_is_no_good_health(tmp_path: Path) -> None:
    rules = RULES.replace("comment.created}", "comment.created, connection: shop-page}")
    async with open_site(tmp_path, rules, settings_text=SETTINGS) as site:
        owner = await site.signed_in()
        destination = site.services.gate.destinations.named(f"{HOST}:443")

        async def told() -> set[str]:
            return {path for path in PAGES if SAID in (await owner.get(path)).text}

        destination.note_result(name_not_found(host=HOST))
        once = await told()
        destination.note_result(name_not_found(host=HOST))
        twice = await told()
        health = (await owner.get("/log")).text
        destination.note_result(None)

        assert once == set()
        assert twice == set(PAGES)
        assert "Look at this" in health
        assert await told() == set()


async def test_another_host_that_does_not_answer_says_nothing_about_a_connection(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, RULES, settings_text=SETTINGS) as site:
        owner = await site.signed_in()
        destination = site.services.gate.destinations.named("crm.example:443")

        for _ in range(3):
            destination.note_result(name_not_found(host="crm.example"))

        assert "has not answered since" not in (await owner.get("/connections")).text
