"""The tests of a rule file in the browser: they run beside the editor, and events become tests."""

import json
import re
from html import unescape

import pytest
import yaml

from automator.server.web.security import Role
from tests.support.site import RULES, Site

TESTS = """    tests:
      - name: asks
        event: {sample: facebook/comment.created, with: {event.text: giá sao shop}}
        expect: {actions: [reply]}
      - name: praises <b>much</b>
        event: {sample: facebook/comment.created, with: {event.text: đẹp quá}}
        expect: matched
"""


async def test_the_tests_of_the_text_in_the_editor_are_shown_as_they_go(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)

    page = (await site.press(viewer, "/rules/tests", file="prices.yaml", text=RULES + TESTS)).text

    assert "1 test fails" in page
    assert "✓ price-question: asks" in page
    assert "expected: the rule matches; it did not" in page
    assert "praises &lt;b&gt;much&lt;/b&gt;" in page
    assert "đẹp quá" in page
    # Nothing was stored, and the text is still in the editor.
    assert site.services.store.log.runs() == []
    assert "praises &lt;b&gt;much" in page.partition("</textarea>")[0]


async def test_the_pages_script_gets_the_result_alone(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    form = {"csrf": await site.csrf(editor), "file": "prices.yaml", "text": RULES}

    page = (await editor.post("/rules/tests", form, headers={"x-fragment": "1"})).text

    assert "No rule of this file has a test" in page
    assert "<html" not in page


async def test_a_broken_text_runs_no_test(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)

    page = (
        await site.press(editor, "/rules/tests", file="prices.yaml", text=f"{RULES}    x: 1\n")
    ).text

    assert "The tests run when the file has no errors." in page


async def test_an_event_becomes_a_test_of_its_rule(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event("giá bao nhiêu vậy")
    assert "Must do what it does now" in (await editor.get(f"/events/{event}")).text

    form = {"csrf": await site.csrf(editor), "rule": "price-question"}
    reply = await editor.post(f"/events/{event}/test", form)

    assert reply.status == 303
    text = (site.services.rulebook.folder / "prices.yaml").read_text(encoding="utf-8")
    assert text.startswith(RULES)
    assert "name: giá bao nhiêu vậy" in text
    tested = {"csrf": form["csrf"], "file": "prices.yaml", "text": text}
    assert "1 test passes" in (await editor.post("/rules/tests", tested)).text


async def test_a_viewer_keeps_no_test(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    event, _run = await site.event()

    reply = await site.press(viewer, f"/events/{event}/test", rule="price-question")

    assert reply.status == 403
    assert "Must match" not in (await viewer.get(f"/events/{event}")).text


async def test_a_rule_that_is_not_there_gets_no_test(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event()

    assert (await site.press(editor, f"/events/{event}/test", rule="another")).status == 404


@pytest.mark.parametrize(
    ("said", "expect", "told"),
    [
        ("giá bao nhiêu", "matched", "It passes."),
        ("còn size M không", "matched", "It fails until the rule is changed."),
        ("giá bao nhiêu", "no_match", "It fails until the rule is changed."),
        ("còn size M không", "no_match", "It passes."),
    ],
)
async def test_a_press_says_what_a_rule_must_do_about_an_event(
    site: Site, said: str, expect: str, told: str
) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event(said)
    form = {"csrf": await site.csrf(editor), "rule": "price-question", "expect": expect}

    reply = await editor.post(f"/events/{event}/test", form)

    page = (await editor.get(reply.headers["location"])).text
    assert "Answer price questions has one more test, in prices.yaml." in page
    assert told in page
    file = site.services.rulebook.folder / "prices.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith(RULES)
    assert yaml.safe_load(text)["rules"][0]["tests"][0]["expect"] == expect
    revision = str(site.services.rulebook.active.revision)
    undone = await editor.post("/rules/undo", {"csrf": form["csrf"], "revision": revision})
    assert undone.status == 303
    assert file.read_text(encoding="utf-8") == RULES


async def test_only_the_newest_revision_can_be_undone_beside_the_event(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event()
    form = {"csrf": await site.csrf(editor), "rule": "price-question", "expect": "matched"}
    location = (await editor.post(f"/events/{event}/test", form)).headers["location"]
    assert "/rules/undo" in (await editor.get(location)).text

    await editor.post(f"/events/{event}/test", form)

    assert "/rules/undo" not in (await editor.get(location)).text


def kept(event: str, expect: str = "matched", rule: str = "price-question") -> str:
    return f"/rules/keep?file=prices.yaml&event={event}&rule={rule}&expect={expect}"


async def test_a_test_beside_the_preview_stands_in_the_text_and_is_not_saved(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event("còn size M không")
    text = RULES.replace("'giá'", "'size'  ") + "# The end.\n"
    form = {"csrf": await site.csrf(editor), "text": text}

    page = (await editor.post(kept(event), form)).text
    part = (await editor.post(kept(event), form, headers={"x-fragment": "1"})).text

    assert "What saving would change" in page
    assert "expect: matched" in page.partition("</textarea>")[0]
    (edits,) = re.findall("data-edits='([^']*)'", part)
    (edit,) = json.loads(edits)
    written = text[: edit["start"]] + edit["insert"] + text[edit["end"] :]
    assert written.replace(edit["insert"], "") == text
    assert yaml.safe_load(written)["rules"][0]["tests"][0]["expect"] == "matched"
    file = site.services.rulebook.folder / "prices.yaml"
    assert file.read_text(encoding="utf-8") == RULES


@pytest.mark.parametrize(
    ("address", "added", "told"),
    [
        ({}, "    x: 1\n", "no test can be made for it"),
        ({"rule": "another"}, "", "there is no rule another"),
        ({"expect": "anything"}, "", "a test cannot expect"),
        ({"event": "0000000000000"}, "", "there is no event"),
    ],
)
async def test_what_becomes_no_test_says_why_and_leaves_the_text(
    site: Site, address: dict[str, str], added: str, told: str
) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event()

    page = (await site.press(editor, kept(**{"event": event, **address}), text=RULES + added)).text

    assert told in page
    assert RULES.splitlines()[1].strip() in page.partition("</textarea>")[0]
    assert "What saving would change" not in page


async def test_the_preview_offers_tests_of_the_rule_that_acts_and_of_the_nearest(
    site: Site,
) -> None:
    viewer, editor = await site.signed_in(Role.VIEWER), await site.signed_in(Role.EDITOR)
    matching, _run = await site.event("giá bao nhiêu")
    other, _run = await site.event("còn size M không")
    form = {"csrf": await site.csrf(editor), "file": "prices.yaml", "text": RULES}

    page = unescape((await editor.post("/rules/preview", form)).text)

    assert page.count(f"event={matching}&rule=price-question&expect=no_match") == 1
    assert page.count(f"event={other}&rule=price-question&expect=matched") == 1
    form["csrf"] = await site.csrf(viewer)
    assert "/rules/keep" not in (await viewer.post("/rules/preview", form)).text
