"""A save that changes what stored events would get says so first."""

import re

import pytest

from automator.rules import Loaded
from automator.server.rule_tests import changes_of_saving
from automator.server.web.security import RequestError
from tests.integration.server.pages.rules.test_rule_editor import etag_in, on_disk, saved, text_in
from tests.support.site import RULES, Site

TESTS = """    tests:
      - name: praises
        event: {sample: facebook/comment.created, with: {event.text: đẹp quá}}
        expect: matched
"""
GONE = '<bdi>Answer price questions</bdi> <span class="hint">1 gone</span>'
SAVE_BUTTON = re.compile(r'name="do" value="(save\w*)"')
OTHER_WORD = RULES.replace("'giá'", "'đẹp'")


async def test_a_save_that_changes_what_people_get_says_so_first(site: Site) -> None:
    caller = await site.signed_in()
    event, _run = await site.event("giá vậy shop")

    asked = await saved(site, caller, "prices.yaml", OTHER_WORD)

    assert asked.status == 200
    assert "Not saved yet: something else would have happened" in asked.text
    assert GONE in asked.text
    assert f'href="/events/{event}"' in asked.text
    assert "the rule acts no more" in asked.text
    assert text_in(asked) == OTHER_WORD
    assert on_disk(site) == RULES

    done = await saved(site, caller, "prices.yaml", OTHER_WORD, do="save_anyway")

    assert done.status == 303
    assert on_disk(site) == OTHER_WORD


async def test_a_save_that_changes_nothing_for_stored_events_asks_nothing(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")

    done = await saved(site, caller, "prices.yaml", f"# A comment.\n{RULES}")

    assert done.status == 303


async def test_the_form_of_a_rule_says_so_too(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    page = await caller.get("/rules/prices.yaml")
    form = {"csrf": await site.csrf(caller), "file": "prices.yaml", "etag": etag_in(page),
            "rule": "0", "text": OTHER_WORD}  # fmt: skip

    asked = await caller.post("/rules/form", {**form, "do": "save"})
    done = await caller.post("/rules/form", {**form, "do": "save_anyway"})

    assert (asked.status, done.status) == (200, 303)
    assert GONE in asked.text
    assert on_disk(site) == OTHER_WORD


async def test_what_a_save_changes_is_said_in_the_words_of_the_form(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")

    asked = await saved(site, caller, "prices.yaml", OTHER_WORD)

    listed = re.search(r"data-changes.*?<li>(.*?)</li>", asked.text, re.DOTALL)
    assert listed
    assert " ".join(listed[1].split()) == (
        "<bdi>Answer price questions</bdi>: Has one of these words → <bdi>đẹp, bao nhiêu</bdi>"
    )


async def test_the_save_button_confirms_the_changes_that_were_shown(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    page = await caller.get("/rules/prices.yaml?view=form")
    form = {"csrf": await site.csrf(caller), "file": "prices.yaml", "etag": etag_in(page),
            "rule": "0", "text": OTHER_WORD, "do": "save"}  # fmt: skip

    asked = await caller.post("/rules/form", form)
    in_text = await saved(site, caller, "prices.yaml", OTHER_WORD)

    assert SAVE_BUTTON.findall(page.text) == ["save"]
    assert SAVE_BUTTON.findall(asked.text) == SAVE_BUTTON.findall(in_text.text) == ["save_anyway"]


async def test_only_the_newest_events_come_in_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    await site.event("ok")
    monkeypatch.setattr(changes_of_saving, "MOST_EVENTS", 1)

    assert (await saved(site, caller, "prices.yaml", OTHER_WORD)).status == 303


async def test_a_save_waits_no_longer_than_it_may(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    await site.event("giá vậy shop")
    monkeypatch.setattr(changes_of_saving, "MOST_SECONDS", -1.0)

    asked = await saved(site, caller, "prices.yaml", OTHER_WORD)

    assert "It was ended early" in asked.text
    assert "1 event from" in asked.text


async def test_a_new_file_is_saved_at_once(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    text = RULES.replace("price-question", "another")

    answer = await site.press(caller, "/rules/new.yaml", etag="", text=text, do="save")
    assert answer.status == 303


@pytest.mark.parametrize("is_new", [False, True])
async def test_a_save_with_a_failing_test_shows_it_and_keeps_what_was_typed(
    site: Site, is_new: bool
) -> None:
    caller = await site.signed_in()
    text = RULES + TESTS
    if is_new:
        (site.services.rulebook.folder / "prices.yaml").unlink()
        await site.services.rulebook.reload_if_changed()
    page = "" if is_new else etag_in(await caller.get("/rules/prices.yaml"))
    form = {"csrf": await site.csrf(caller), "file": "prices.yaml", "etag": page,
            "rule": "0", "text": text, "name": "Prices"}  # fmt: skip

    asked = await caller.post("/rules/form", {**form, "do": "save"})
    done = await caller.post("/rules/form", {**form, "do": "save_anyway"})

    assert (asked.status, done.status) == (200, 303)
    assert "Not saved yet: a test fails" in asked.text
    assert "something else would have happened" not in asked.text
    assert "expected: the rule matches; it did not" in asked.text
    assert "name: Prices" in asked.text.partition('name="text"')[2]
    assert SAVE_BUTTON.findall(asked.text) == ["save_anyway"]
    assert on_disk(site) == text.replace("Answer price questions", "Prices")


async def test_changed_decisions_and_failing_tests_are_shown_together(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")

    asked = await saved(site, caller, "prices.yaml", OTHER_WORD + TESTS.replace("đẹp", "xinh"))

    assert GONE in asked.text
    assert "1 test fails" in asked.text


async def test_a_server_that_is_too_busy_to_test_saves_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> object:
        raise RequestError(503, "too_many_checks", "busy")

    caller = await site.signed_in()
    monkeypatch.setattr(site.services.rule_tests, "run", busy)

    assert (await saved(site, caller, "prices.yaml", RULES + TESTS)).status == 303


async def test_a_test_that_failed_before_is_told_and_only_a_new_failure_asks(site: Site) -> None:
    caller = await site.signed_in()
    red = RULES + TESTS
    await saved(site, caller, "prices.yaml", red, do="save_anyway")

    done = await saved(site, caller, "prices.yaml", f"# A comment.\n{red}")
    page = await caller.get(done.headers["location"])
    second = TESTS.partition("\n")[2].replace("praises", "praises more")
    asked = await saved(site, caller, "prices.yaml", red + second)

    assert done.status == 303
    assert "1 test fails, as it did before." in page.text
    assert asked.status == 200
    assert "2 tests fail" in asked.text


async def test_saving_reads_the_changed_file_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await site.signed_in()
    read: list[bool] = []
    rulebook = type(site.services.rulebook)
    whole = rulebook.loaded_with

    def counted(self: object, name: str, text: str, *, quickly: bool = False) -> Loaded:
        read.append(quickly)
        return whole(site.services.rulebook, name, text, quickly=quickly)

    monkeypatch.setattr(rulebook, "loaded_with", counted)
    await saved(site, caller, "prices.yaml", f"# A comment.\n{RULES}")

    assert read == [True]
