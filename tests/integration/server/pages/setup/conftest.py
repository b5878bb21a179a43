"""A server with an automator.yaml of its own, for the pages that change it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.site import RULES, Site, open_site


@pytest.fixture
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """A server with the `SETTINGS` of the test's module as its automator.yaml."""
    async with open_site(tmp_path, RULES, settings_text=request.module.SETTINGS) as opened:
        yield opened
