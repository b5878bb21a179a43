"""The page of the log: filters in the address, and counts that lead to them."""

import html

from tests.support.site import Site


async def test_the_log_counts_reasons_and_finds_runs_by_one(site: Site) -> None:
    caller = await site.signed_in()
    _, stopped = await site.event()
    page = (await caller.get("/log")).text
    assert "reason=" not in page
    await caller.post(f"/runs/{stopped}/cancel", {"csrf": await site.csrf(caller)})
    _, other = await site.event()

    page = html.unescape((await caller.get("/log")).text)
    found = (await caller.get("/log?reason=cancelled_by_person")).text
    wrong = html.unescape((await caller.get("/log?reason=canceled")).text)

    assert 'href="/log?reason=cancelled_by_person&since=24h" title="cancelled by …"' in page
    assert "1 <code>cancelled_by_person</code>" in page
    assert '<option value="cancelled_by_person">cancelled by …</option>' in page
    assert f"/runs/{stopped}" in found
    assert f"/runs/{other}" not in found
    assert '<option value="cancelled_by_person" selected>' in found
    assert "there is no reason 'canceled'" in wrong
