"""POST /api/tests: the tests in a text that nobody has saved yet."""

from automator.server.web.security import Role
from tests.support.site import RULES, Site

TESTED = (
    RULES
    + """\
    tests:
      - name: answers a question
        event: {sample: facebook/comment.created, with: {event.text: giá bao nhiêu}}
        expect: {actions: [reply]}
      - name: leaves praise alone
        event: {sample: facebook/comment.created, with: {event.text: đẹp quá}}
        expect: {actions: [reply]}
"""
)


async def test_a_viewer_runs_the_tests_of_a_text(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)

    found = (
        await caller.json("POST", "/api/tests", {"file": "prices.yaml", "text": TESTED})
    ).json()

    assert (found["ok"], found["broken"], found["left_out"]) == (False, False, 0)
    assert [(one["name"], one["passed"]) for one in found["tests"]] == [
        ("answers a question", True),
        ("leaves praise alone", False),
    ]
    assert found["tests"][1]["failures"][0]["text"]


async def test_a_broken_text_has_no_results(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    body = {"file": "prices.yaml", "text": TESTED.replace("trigger", "tirgger")}

    found = (await caller.json("POST", "/api/tests", body)).json()

    assert (found["ok"], found["broken"], found["tests"]) == (False, True, [])
