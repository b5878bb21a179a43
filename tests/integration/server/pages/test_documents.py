"""The documentation under /help: for everybody, with an address for the code of each message."""

import pytest

from automator import resources
from tests.support.site import Site


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout in which nobody has built the documentation."""
    monkeypatch.setattr(resources, "_site", lambda: None)


async def test_who_cannot_sign_in_can_read_the_documentation(site: Site) -> None:
    stranger = site.caller()

    page = await stranger.get("/help/reference/runs.html")
    packed = await stranger.get("/help/reference/runs.html", {"accept-encoding": "gzip"})

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Outcomes" in page.text
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(page.body) / 2
    assert "set-cookie" not in page.headers
    # Search engines are to find the documentation once, and not at every shop.
    assert page.headers["x-robots-tag"] == "noindex"


async def test_the_text_of_each_page_is_there_for_programs(site: Site) -> None:
    reply = await site.caller().get("/help/how-to/deploy.md")

    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text.startswith("# Deploy")


@pytest.mark.parametrize("name", ["none.html", "../pyproject.toml", "..%2fREADME.md", "%00.md"])
async def test_nothing_else_is_there(site: Site, name: str) -> None:
    assert (await site.caller().get(f"/help/{name}")).status == 404


@pytest.mark.usefixtures("unbuilt")
async def test_a_checkout_shows_the_texts_and_how_the_site_is_built(site: Site) -> None:
    page = await site.caller().get("/help/reference/runs.html")

    assert "`make docs` builds this page" in page.text
    assert "## Outcomes" in page.text
    for name in ("none.html", "..%2fpyproject.toml", "..%2fREADME.md", "%00.md"):
        assert (await site.caller().get(f"/help/{name}")).status == 404


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("throttled", "reference/reasons.html#throttled"),
        ("unknown-key", "reference/problems.html#unknown-key"),
        ("runner.idle", "reference/log.html#runner.idle"),
        ("bad_signature", "reference/problems.html#bad_signature"),
        ("a-code-of-a-plugin", "reference/problems.html"),
    ],
)
async def test_every_code_has_an_address(site: Site, code: str, address: str) -> None:
    reply = await site.caller().get(f"/help/codes/{code}")

    assert (reply.status, reply.headers["location"]) == (303, f"/help/{address}")


async def test_a_page_about_an_error_leads_to_its_code(site: Site) -> None:
    caller = await site.signed_in()

    page = (await caller.get("/nowhere")).text

    assert 'href="/help/codes/not_found"' in page
