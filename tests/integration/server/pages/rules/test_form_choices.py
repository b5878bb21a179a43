"""The form of a rule offers a click on a link where messages can have tracked links."""

from pathlib import Path

from automator.server.editing.form_choices import form_choices
from tests.support.site import open_site

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: secret-for-tests-0123456789
    verify_token: verify-token-for-tests
    page_access_token: page-token-for-tests-0123456789
  code: {provider: github, secret: secret-for-tests-0123456789}
"""


async def test_a_click_is_offered_where_a_link_would_work(tmp_path: Path) -> None:
    with_url = f"public_url: https://bot.example\n{SETTINGS}"
    async with open_site(tmp_path / "a", settings_text=with_url) as site:
        there = (await form_choices(site.services)).events
    async with open_site(tmp_path / "b", settings_text=SETTINGS) as site:
        elsewhere = (await form_choices(site.services)).events

    assert "link.clicked" in there["shop-page"]
    assert "link.clicked" not in there["code"]
    assert "link.clicked" not in elsewhere["shop-page"]
