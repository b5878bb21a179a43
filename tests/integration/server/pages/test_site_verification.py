"""What others look for to see that a domain is ours."""

import dataclasses

import pytest

from automator.configuration.settings import Settings, SiteVerification
from automator.server.bootstrap.app import create_app
from tests.support.asgi import Caller
from tests.support.site import Site

FILE = "zalo_verifierAbC123.html"


def caller_of(site: Site, verification: dict[str, dict[str, str]]) -> Caller:
    own = SiteVerification.model_validate(verification)
    settings = site.services.settings.model_copy(update={"site_verification": own})
    return Caller(create_app(dataclasses.replace(site.services, settings=settings)))


async def test_a_file_is_shown_to_everybody_as_it_is_written(site: Site) -> None:
    content = "There Is No Limit To What You Can Accomplish Using Zalo!"

    caller = caller_of(site, {"files": {FILE: content, "proof.txt": "mine"}})

    reply = await caller.get(f"/{FILE}")
    assert (reply.status, reply.text) == (200, content)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert (await caller.get("/proof.txt")).headers["content-type"].startswith("text/plain")
    assert (await caller.get("/zalo_verifierOther.html")).status == 404
    assert (await caller.request("HEAD", f"/{FILE}")).status == 200


async def test_the_home_page_has_the_tags_for_those_who_are_not_signed_in(site: Site) -> None:
    meta = {"zalo-platform-site-verification": 'code"123'}

    reply = await caller_of(site, {"meta": meta}).get("/")

    assert reply.status == 200
    tag = '<meta name="zalo-platform-site-verification" content="code&#34;123">'
    assert tag in reply.text.partition("<body>")[0]


async def test_without_tags_the_home_page_asks_to_sign_in_and_then_shows_what_happened(
    site: Site,
) -> None:
    stranger = await site.caller().get("/")
    signed_in = await (await site.signed_in()).get("/overview")

    assert stranger.status == 401
    assert signed_in.status == 200
    assert "The last 24 hours" in signed_in.text


@pytest.mark.parametrize("name", ["../x.html", "a/b.html", "x.js", ".html", "x.html\n"])
def test_a_file_can_stand_at_the_top_alone(name: str) -> None:
    with pytest.raises(ValueError, match="files"):
        Settings.model_validate({"site_verification": {"files": {name: "x"}}})
