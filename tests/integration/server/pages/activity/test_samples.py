"""A sample that was kept can be looked at, and shows what the rules as they are now make of it."""

from automator.engine.rulesets.rule_folder import etag_of
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import RULES, Site

HOSTILE = "<script>alert(1)</script> giá?"


async def kept(site: Site, caller: Caller, text: str) -> str:
    """The id of an event that somebody has kept."""
    event, _ = await site.event(text)
    reply = await site.press(caller, f"/events/{event}/sample")
    assert reply.status == 303
    said = (await caller.get(reply.headers["location"])).text
    assert f'href="/samples/{event}"' in said
    return event


async def test_samples_are_listed_with_the_rules_that_match_them_now(site: Site) -> None:
    caller = await site.signed_in()
    assert "No event has been kept yet" in (await caller.get("/samples")).text
    asked, other = await kept(site, caller, HOSTILE), await kept(site, caller, "đẹp quá")

    page = (await caller.get("/samples")).text

    assert page.index(f"/samples/{other}") < page.index(f"/samples/{asked}")
    assert page.count("Answer price questions") == 1
    assert "<script>alert" not in page


async def test_a_sample_is_explained_by_the_rules_as_they_are_now(site: Site) -> None:
    caller = await site.signed_in()
    sample = await kept(site, caller, "đẹp quá")
    assert "does not match" in (await caller.get(f"/samples/{sample}")).text

    await site.services.rulebook.save(
        "prices.yaml", RULES.replace("'giá'", "'đẹp'"), if_match=etag_of(RULES), author="lan"
    )

    page = (await caller.get(f"/samples/{sample}")).text
    assert "does not match" not in page
    assert "Revision 2" in page
    assert "&#34;text&#34;: &#34;đẹp quá&#34;" in page


async def test_a_sample_is_deleted_by_an_editor(site: Site) -> None:
    editor, viewer = await site.signed_in(), await site.signed_in(Role.VIEWER)
    sample = await kept(site, editor, "giá?")
    address = f"/samples/{sample}/delete"

    refused = await site.press(viewer, address)
    deleted = await site.press(editor, address)

    assert (refused.status, deleted.status) == (403, 303)
    assert (await editor.get(f"/samples/{sample}")).status == 404
    assert (await editor.get(f"/events/{sample}")).status == 200
