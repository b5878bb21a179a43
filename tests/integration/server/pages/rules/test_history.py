"""The history of the rules: what changed, and an earlier version brought back."""

import asyncio
import re

import pytest

from automator.server.pages.rules import history
from automator.server.web.security import Role
from tests.integration.server.pages.rules.test_rule_editor import CHANGED, etag_in, on_disk, submit
from tests.support.asgi import Caller, Reply
from tests.support.site import RULES, Site


async def changed_once(site: Site, caller: Caller) -> None:
    """The file has a second revision, and another file a third."""
    await submit(site, caller, CHANGED, etag_in(await caller.get("/rules/prices.yaml")))
    await site.press(caller, "/rules/other.yaml", etag="", text="rules: []\n", do="save")


async def restore_version(site: Site, caller: Caller, revision: str, file: str) -> Reply:
    return await site.press(caller, "/rules/history/bring-back", revision=revision, file=file)


async def test_the_history_of_one_file_has_its_changes_alone(site: Site) -> None:
    caller = await site.signed_in()
    await changed_once(site, caller)

    everything = (await caller.get("/rules/history")).text
    of_prices = (await caller.get("/rules/history?file=prices.yaml")).text

    assert 'id="revision-3"' in everything
    assert 'id="revision-3"' not in of_prices
    assert 'id="revision-2"' in of_prices
    assert "The file is like this now." in of_prices


async def test_an_earlier_version_is_brought_back_as_a_new_revision(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    await changed_once(site, caller)

    reply = await restore_version(site, caller, "1", "prices.yaml")

    assert (reply.status, reply.headers["location"]) == (303, "/rules/prices.yaml?brought=1")
    assert on_disk(site) == RULES
    assert site.services.rulebook.active.revision == 4
    rows = await asyncio.to_thread(site.services.store.log.rulesets)
    assert rows[0].files == {"prices.yaml": RULES, "other.yaml": "rules: []\n"}


async def test_an_earlier_version_opens_in_the_view_that_the_person_has_chosen(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    await changed_once(site, caller)
    await caller.get("/rules/prices.yaml?choose=form")

    reply = await restore_version(site, caller, "1", "prices.yaml")
    opened = (await caller.get(reply.headers["location"])).text

    assert "data-rule-form" in opened
    assert "live now, as revision 4" in opened


async def test_a_file_that_was_not_there_then_is_deleted(site: Site) -> None:
    caller = await site.signed_in()
    await changed_once(site, caller)

    reply = await restore_version(site, caller, "2", "other.yaml")

    assert (reply.status, reply.headers["location"]) == (303, "/rules")
    assert not (site.services.rulebook.folder / "other.yaml").exists()


async def test_only_editors_bring_versions_back_and_only_those_that_are_kept(site: Site) -> None:
    editor, viewer = await site.signed_in(), await site.signed_in(Role.VIEWER)
    await changed_once(site, editor)

    assert (await restore_version(site, viewer, "1", "prices.yaml")).status == 403
    assert "Bring this version back" not in (await viewer.get("/rules/history")).text
    assert (await restore_version(site, editor, "99", "prices.yaml")).status == 404
    assert (await restore_version(site, editor, "x", "prices.yaml")).status == 400
    assert (await restore_version(site, editor, "1", "never.yaml")).status == 404
    assert on_disk(site) == CHANGED


async def test_before_the_first_revision_there_is_none_and_the_page_is_there_all_the_same(
    site: Site,
) -> None:
    caller = await site.signed_in()

    replies = [await caller.get(f"/rules/history?before={number}&file=") for number in (0, 1)]

    assert [reply.status for reply in replies] == [200, 200]
    assert all('id="revision-' not in reply.text for reply in replies)


async def test_older_revisions_are_behind_a_link_and_a_deleted_file_is_found_there(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, book = await site.signed_in(), site.services.rulebook
    await changed_once(site, caller)
    await book.delete("other.yaml", if_match=book.files()["other.yaml"].etag, author="test")
    monkeypatch.setattr(history, "_SHOWN", 2)

    newest = (await caller.get("/rules/history")).text
    older = (await caller.get("/rules/history?before=3&file=")).text

    assert [f'id="revision-{number}"' in newest for number in (4, 3, 2, 1)] == [1, 1, 0, 0]
    assert [f'id="revision-{number}"' in older for number in (4, 3, 2, 1)] == [0, 0, 1, 1]
    assert "/rules/history?before=3&amp;file=" in newest
    assert "next" not in older[older.index("<main") : older.index("</main>")]
    assert "The file is deleted now." in newest
    missing = (await caller.get("/rules/other.yaml")).text
    assert "/rules/history?file=other.yaml" in missing


async def test_the_history_says_in_words_what_changed(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    await changed_once(site, caller)

    page = (await caller.get("/rules/history")).text

    words = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))
    assert "Answer price questions: Text → Chào" in words
