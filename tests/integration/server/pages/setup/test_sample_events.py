"""A test event through a connection of one's own: dry at first, and marked where it comes in."""

import pytest

from automator.server.web.security import Role
from tests.support.site import Site

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: "a-literal-app-secret-0123456789"
    verify_token: verify-0123456789
    page_access_token: "a-literal-page-token-0123456789"
    # The server sends its test events itself, from none of these.
    allow_from: [203.0.113.0/24]
"""
SAMPLE = "facebook/comment.created"


async def test_a_test_event_shows_what_the_rules_in_force_would_do_and_keeps_nothing(
    shop: Site,
) -> None:
    editor = await shop.signed_in(Role.EDITOR)
    form = (await editor.get("/connections/shop-page/test")).text

    tried = await shop.press(
        editor, "/connections/shop-page/test", sample=SAMPLE, text="Giá bao nhiêu?"
    )

    assert f'<option value="{SAMPLE}"' in form
    assert "Let it come in" not in form
    assert "Chào Test person, shop đã nhắn tin cho bạn ạ." in tried.text
    assert "Let it come in" in tried.text
    assert shop.services.store.log.events() == []


async def test_one_that_is_let_in_is_marked_as_a_test(shop: Site) -> None:
    editor = await shop.signed_in(Role.EDITOR)

    sent = await shop.press(
        editor, "/connections/shop-page/test/send", sample=SAMPLE, text="Giá bao nhiêu?"
    )

    assert sent.status == 303
    page = (await editor.get(sent.headers["location"])).text
    assert "test event" in page
    (event,) = shop.services.store.log.events()
    assert (event.actor_name, event.text) == ("Test person", "Giá bao nhiêu?")
    (run,) = shop.services.store.log.runs()
    assert run.run.rule == "price-question"


async def test_an_event_of_others_is_not_marked(site: Site) -> None:
    event, _ = await site.event()

    assert "test event" not in (await (await site.signed_in()).get(f"/events/{event}")).text


@pytest.mark.parametrize("sample", ["github/push", "", "../../x"])
@pytest.mark.parametrize("button", ["test", "test/send"])
async def test_only_samples_of_the_connection_are_taken(
    shop: Site, sample: str, button: str
) -> None:
    editor = await shop.signed_in(Role.EDITOR)

    answer = await shop.press(editor, f"/connections/shop-page/{button}", sample=sample)

    assert answer.status == 400
    assert "this connection has no such sample" in answer.text
    assert shop.services.store.log.events() == []


async def test_a_viewer_sends_none(shop: Site) -> None:
    viewer = await shop.signed_in(Role.VIEWER)

    assert (await viewer.get("/connections/shop-page/test")).status == 403
    assert "/connections/shop-page/test" not in (await viewer.get("/connections/shop-page")).text
    refused = await shop.press(viewer, "/connections/shop-page/test/send", sample=SAMPLE)
    assert refused.status == 403
    assert shop.services.store.log.events() == []
