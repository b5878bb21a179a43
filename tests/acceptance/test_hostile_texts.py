"""Strangers, and people of the shop, write what is longest and strangest: all pages stay usable."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.screens import DESK, PHONE, Look
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

#: Without a space, from right to left, letters under many marks, and signs made of many signs.
TEXTS = (
    "w" * 4_000,
    "\u202e\u2067" + "غالي جدا" * 400,
    "a" + "\u0301\u0323\u0336" * 1_300,
    "👩‍👩‍👧‍👦" * 500,
    "giá\u2029\u202eabc \x1c\u202eabc \x85\u202eabc",
)
LONGEST_NAME = 120
RULES = f"""\
rules:
  - id: later
    name: "{"W" * LONGEST_NAME}"
    trigger: {{event: comment.created, connection: shop-page}}
    actions:
      - reply: "{{{{ event.text | truncate(900) }}}}"
      - follow_up:
          after: 12h
          actions: [message: "{"m" * 1_500}"]
  - id: looked-at
    name: "{"ا" * LONGEST_NAME}"
    trigger: {{event: comment.created, connection: shop-page}}
    actions:
      - private_reply: "{{{{ event.text | truncate(900) }}}}"
        approve: true
  - id: {"f" * 60}
    trigger: {{event: comment.created, connection: shop-page}}
    actions: [forward: {{to: crm}}]
"""
CLICKABLE = "a[href], button, summary, input, select, textarea"
UNSEEN = ".skip, .visually-hidden, [aria-hidden=true]"
#: The links, buttons and fields in whose middle a click would reach something else. What is cut off
#: by a part above it counts as far as it is seen.
COVERED = """([clickable, unseen]) => {
  const found = [];
  for (const one of document.querySelectorAll(clickable)) {
    if (!one.checkVisibility() || one.closest(unseen)) continue;
    one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const first = [...one.getClientRects()].find((box) => box.width > 3 && box.height > 3);
    if (!first) continue;
    let [left, right] = [first.left, first.right];
    let [top, bottom] = [Math.max(first.top, 0), Math.min(first.bottom, innerHeight)];
    for (let above = one.parentElement; above; above = above.parentElement) {
      if (getComputedStyle(above).overflowX === "visible") continue;
      const edge = above.getBoundingClientRect();
      [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
    }
    if (right - left < 2 || bottom - top < 2) continue;
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (one.contains(hit) || hit?.closest("label")?.control === one) continue;
    found.push(`${one.outerHTML.slice(0, 120)} under ${hit?.outerHTML.slice(0, 120)}`);
  }
  for (const row of document.querySelectorAll("li.row")) {
    const { height } = row.getBoundingClientRect();
    if (height > innerHeight) found.push(`${height} px high: ${row.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""
#: Opens what is folded, except for what opens over the page.
UNFOLD = """for (const one of document.querySelectorAll("main details")) {
  if (!one.matches(".drop, .menu")) one.open = true;
}"""


@pytest.fixture
def server(shop: Shop) -> ServerProgram:
    """A shop to which such texts have come, from people with such names."""
    (shop.rules / "shop.yaml").write_text(RULES, encoding="utf-8")
    shop.sandbox.control(next=[{"error": "token_expired", "times": 1}])
    server = shop.start()
    for number, text in enumerate(TEXTS):
        said = comment(number, str(number), text)
        said["value"]["from"]["name"] = text
        body = delivery(changes=[said])
        assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200
    api = server.api
    wait_until(lambda: api("GET", "/api/approvals")["items"], "an approval")
    wait_until(lambda: api("GET", "/api/runs?state=dead")["items"], "a failure")
    noted = {"text": TEXTS[0][:1_000]}
    for number in range(len(TEXTS)):
        api("POST", f"/api/contacts/shop-page/{number}/staff-notes", noted)
    return server


def addresses(server: ServerProgram) -> Iterator[str]:
    yield from ("/", "/log", "/log?text=www", "/events", "/approvals", "/review", "/follow-ups")
    yield from ("/contacts", "/contacts/answers", "/deliveries", "/limits", "/targets", "/rules")
    yield from ("/rules/coverage", "/rules/history", "/rules/funnel?rule=later", "/find?q=w")
    yield from ("/rules/shop.yaml?view=form", "/replays/new?state=done", "/connections")
    for number in range(len(TEXTS)):
        yield f"/contacts/shop-page/{number}"
    for event in server.everything("events")[: len(TEXTS)]:
        yield f"/events/{event['id']}"
    for run in server.everything("runs")[: 3 * len(TEXTS)]:
        yield f"/runs/{run['id']}"
    yield f"/rules/new?event={server.everything('events')[0]['id']}"


@pytest.mark.parametrize("look", [DESK, PHONE], ids=lambda look: look.name)
def test_nothing_lies_over_what_can_be_clicked_and_no_page_is_wider_than_its_window(
    server: ServerProgram, browser: Any, look: Look
) -> None:
    visitor = Visitor(browser, server)
    found = []
    with visitor.page(**look.options) as page:
        for address in addresses(server):
            page.goto(address)
            page.wait_for_load_state()
            for state in ("as it comes", "unfolded"):
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                found += [f"{address} {state}: {wide} px too wide"] if wide > 0 else []
                found += [
                    f"{address} {state}: {html}"
                    for html in page.evaluate(COVERED, [CLICKABLE, UNSEEN])
                ]
                page.evaluate(UNFOLD)

    assert found == []
    assert visitor.complaints == []
