"""The rules of one connection are cloned for another one: told before, and switched off after."""

from typing import Any

import pytest

from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site

SHOP = """\
# All about prices.
vars: {price: 250k}

rules:
  # Asked under a post.
  - id: demo-page-price   # the oldest one
    name: Prices
    trigger: {event: comment.created, connection: demo-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - reply: "{{ vars.price }}"   # never rounded
      - follow_up: {after: 1h, actions: [{message: Còn quan tâm không ạ?}]}
    tests:
      - name: asks
        given: {contact: {connection: demo-page}}
        event: {sample: facebook/comment.created, connection: demo-page}
        expect: matched

  # For everybody.
  - id: all-of-them
    trigger: {event: comment.created}
    actions: [{log: x}]
  - id: stop-it
    trigger: {event: message.received, connection: [demo-page, demo-github]}
    conditions: ["event.connection == 'demo-page'", "event.post.id != '684000000000021_99'"]
    actions:
      - cancel_follow_ups: demo-page-price
      - cancel_follow_ups: {rule: all-of-them}
      - message: {via: demo-page, to: "1234", text: Chào}
"""
OTHER = """\
rules:
  - id: hide-it
    trigger: {event: comment.created, connection: demo-page}
    actions: [{moderate: hide}]
  - id: both
    trigger: {event: comment.created, connection: [demo-page, demo-instagram]}
    actions: [{log: both}]
"""
CLONE = """\
# All about prices.
enabled: false
vars: {price: 250k}

rules:
  # Asked under a post.
  - id: demo-instagram-price   # the oldest one
    name: Prices
    trigger: {event: comment.created, connection: demo-instagram}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - reply: "{{ vars.price }}"   # never rounded
      - follow_up: {after: 1h, actions: [{message: Còn quan tâm không ạ?}]}
    tests:
      - name: asks
        given: {contact: {connection: demo-instagram}}
        event: {sample: facebook/comment.created, connection: demo-instagram}
        expect: matched

  - id: demo-instagram-stop-it
    trigger: {event: message.received, connection: demo-instagram}
    conditions: ["event.connection == 'demo-page'", "event.post.id != '684000000000021_99'"]
    actions:
      - cancel_follow_ups: demo-instagram-price
      - cancel_follow_ups: {rule: all-of-them}
      - message: {via: demo-instagram, to: "1234", text: Chào}
"""
DOUBT = CLONE.splitlines()[21]


@pytest.fixture
async def editor(site: Site) -> Caller:
    for name, text in {"shop.yaml": SHOP, "hiding.yaml": OTHER}.items():
        await site.services.rulebook.save(name, text, if_match=None, author="test")
    return await site.signed_in(Role.EDITOR)


async def cloned(site: Site, old: str, new: str, path: str = "/api/clones") -> dict[str, Any]:
    answer = await site.program().json("POST", path, {"from": old, "to": new})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_rules_are_cloned_with_their_comments_and_switched_off(
    site: Site, editor: Caller
) -> None:
    found = await cloned(site, "demo-page", "demo-instagram")

    files = site.services.rulebook.files()
    assert files["shop-demo-instagram.yaml"].text == CLONE
    assert (files["shop.yaml"].text, files["hiding.yaml"].text) == (SHOP, OTHER)
    assert [one["clone"] for one in found["clones"]] == [
        "demo-instagram-hide-it",
        "demo-instagram-price",
        "demo-instagram-stop-it",
    ]
    active = site.services.rulebook.active
    assert found["revision"] == active.revision
    clones = [active.rule_set.rule(one["clone"]) for one in found["clones"]]
    assert [clone.spec.enabled for clone in clones if clone] == [False] * 3


async def test_what_would_be_made_and_what_is_doubtful_is_told_before(
    site: Site, editor: Caller
) -> None:
    before = site.services.rulebook.active.revision
    found = await cloned(site, "demo-page", "demo-instagram", "/api/clones/plan")

    assert (found["revision"], site.services.rulebook.active.revision) == (None, before)
    assert [(one["rule"], one["code"]) for one in found["left_out"]] == [
        ("both", "rule_listens_already")
    ]
    assert [problem["code"] for problem in found["problems"]] == ["before-answer", "never-holds"]
    line = CLONE.splitlines().index(DOUBT) + 1
    assert found["doubts"] == [
        {"file": "shop-demo-instagram.yaml", "line": line, "text": DOUBT.strip()}
    ]


async def test_a_rule_that_the_other_connection_cannot_carry_out_is_left_out_with_the_reason(
    site: Site, editor: Caller
) -> None:
    found = await cloned(site, "demo-page", "demo-github")

    assert {one["rule"]: one["code"] for one in found["left_out"]} == {
        "hide-it": "meaning_not_possible",
        "demo-page-price": "meaning_message_not_possible",
        "stop-it": "rule_listens_already",
    }
    assert [one["rule"] for one in found["clones"]] == ["both"]
    assert site.services.rulebook.state_of("hiding-demo-github.yaml") == "in_force"


async def test_the_page_shows_the_clones_and_makes_them_and_the_change_is_undone(
    site: Site, editor: Caller
) -> None:
    address = "/rules/clone?from=demo-page&to=demo-instagram"
    page = (await editor.get(address)).text
    assert "<code>demo-instagram-price</code>" in page
    assert "It listens to demo-instagram already." in page

    made = await site.press(editor, "/rules/clone", **{"from": "demo-page", "to": "demo-instagram"})
    files = site.services.rulebook.files()
    assert "shop-demo-instagram.yaml" in files
    assert "switch them on" in (await editor.get(made.headers["location"])).text

    revision = str(site.services.rulebook.active.revision)
    await site.press(editor, "/rules/undo", revision=revision)
    assert set(site.services.rulebook.files()) == {"prices.yaml", "shop.yaml", "hiding.yaml"}


async def test_wrong_connections_are_refused(site: Site, editor: Caller) -> None:
    same = {"from": "demo-page", "to": "demo-page"}
    assert (await site.program().json("POST", "/api/clones", same)).status == 400
    unknown = {"from": "demo-page", "to": "nowhere"}
    assert (await site.program().json("POST", "/api/clones", unknown)).status == 404
