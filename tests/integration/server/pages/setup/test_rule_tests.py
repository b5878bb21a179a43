"""The tests of a rule file in the browser: they run beside the editor, and events become tests."""

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
    form = {"csrf": await site.csrf(viewer), "file": "prices.yaml", "text": RULES + TESTS}

    page = (await viewer.post("/rules/tests", form)).text

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
    form = {"csrf": await site.csrf(editor), "file": "prices.yaml", "text": f"{RULES}    x: 1\n"}

    page = (await editor.post("/rules/tests", form)).text

    assert "The tests run when the file has no errors." in page


async def test_an_event_becomes_a_test_of_its_rule(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event("giá bao nhiêu vậy")
    assert "Keep as a test" in (await editor.get(f"/events/{event}")).text

    form = {"csrf": await site.csrf(editor), "rule": "price-question"}
    reply = await editor.post(f"/events/{event}/test", form)

    assert (reply.status, reply.headers["location"]) == (303, "/rules/prices.yaml?saved=1")
    text = (site.services.rulebook.folder / "prices.yaml").read_text(encoding="utf-8")
    assert text.startswith(RULES)
    assert "name: giá bao nhiêu vậy" in text
    tested = {"csrf": form["csrf"], "file": "prices.yaml", "text": text}
    assert "1 test passes" in (await editor.post("/rules/tests", tested)).text


async def test_a_viewer_keeps_no_test(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    event, _run = await site.event()

    form = {"csrf": await site.csrf(viewer), "rule": "price-question"}
    reply = await viewer.post(f"/events/{event}/test", form)

    assert reply.status == 403
    assert "Keep as a test" not in (await viewer.get(f"/events/{event}")).text


async def test_a_rule_that_is_not_there_gets_no_test(site: Site) -> None:
    editor = await site.signed_in(Role.EDITOR)
    event, _run = await site.event()

    form = {"csrf": await site.csrf(editor), "rule": "another"}

    assert (await editor.post(f"/events/{event}/test", form)).status == 404
