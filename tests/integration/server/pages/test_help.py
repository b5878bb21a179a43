"""Help behind every page: a link in the frame that leads to the part about the page."""

import re

import pytest

from automator.server.web.navigation import GROUPS
from tests.support.site import Site

PATHS = [item.path for group in GROUPS for item in group.items]


@pytest.mark.parametrize("path", [*PATHS, "/rules/history", "/samples", "/limits"])
async def test_every_page_leads_to_the_part_of_the_help_about_it(site: Site, path: str) -> None:
    caller = await site.signed_in()

    link = re.search(r'class="help" href="/help#([a-z-]+)"', (await caller.get(path)).text)

    assert link
    assert f'<section id="{link[1]}"' in (await caller.get("/help")).text
