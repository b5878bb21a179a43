"""The pages of the inbox: the list, one line with its exchange, and the marks of colleagues."""

import html
import re
from pathlib import Path

from automator.clock import ManualClock
from automator.model import AttemptStatus, Outcome, RunState, quoted
from automator.reasons.attempts.platform import page_blocked
from automator.reasons.runs import step
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site, open_site
from tests.support.store import Shop

ONLY_GITHUB = """\
connections:
  code:
    provider: github
    secret: "a-literal-secret-0123456789"
"""
_MAIL = re.compile(r'<li class="mail[^"]*">(.*?)</li>', re.DOTALL)


def mails(page: str) -> list[str]:
    """The lines of the list as texts."""
    shown = (re.sub(r"<[^>]+>", " ", one) for one in _MAIL.findall(page))
    return [" ".join(html.unescape(one).split()) for one in shown]


async def first_address(caller: Caller, query: str = "") -> str:
    """The address of the first line of the list."""
    found = re.search(r'mail-name" href="([^"?]+)', (await caller.get(f"/inbox{query}")).text)
    assert found
    return found[1]


async def test_the_inbox_is_the_first_page_and_says_what_became_of_each_line(site: Site) -> None:
    await site.event("Shop có ship Đà Nẵng không?", actor_name="Hoa")
    await site.event("còn size M không", sample="message.received", person="11")
    await site.event("Đẹp quá", actor_name="Minh")
    await site.event("Giá bao nhiêu?", actor_name="Mai")
    caller = await site.signed_in(Role.VIEWER)

    page = (await caller.get("/")).text

    eleven, hoa, mai, minh = mails(page)
    assert eleven.endswith("private message · demo-page")
    assert "Nobody has answered no rule listens to it" in eleven
    price = "Nobody has answered Answer price questions answers only if the text has one of these"
    assert price in hoa
    assert "A rule is to answer Answer price questions" in mai
    assert price in minh
    # Those who want to buy stand out, and the menu has their number.
    assert page.count("mail is-buyer") == 2
    assert 'Inbox</span><span class="count">2' in page
    assert '<a href="/inbox" aria-current="page"' in page


RARE_FIRST = """\
rules:
  - id: complaints
    name: Complaints
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['hàng lỗi'])"]
    actions: [reply: "Xin lỗi bạn"]
  - id: only-watches
    name: Watches
    mode: shadow
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['ship'])", "event.actor.name == 'Hoa'"]
    actions: [reply: "Dạ"]
  - id: prices
    name: Prices
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['giá'])"]
    actions: [reply: "250k"]
"""


async def test_of_rules_that_are_equally_near_the_one_that_answers_most_is_named(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, RARE_FIRST) as site:
        await site.event("Giá bao nhiêu?", actor_name="Mai")
        shop = Shop(ManualClock(site.services.clock.now_ms() + 1))
        store = site.services.store
        for claimed in await store.claim(10):
            attempt = shop.attempt(claimed, said="250k")
            await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))
        await site.event("Có ship không shop", actor_name="Lan")
        page = (await (await site.signed_in()).get("/inbox")).text

    lan, mai = mails(page)
    assert "Answered by a rule Prices" in mai
    assert "Nobody has answered Prices answers only if" in lan


async def test_a_line_opens_beside_the_list_with_its_post_and_the_whole_exchange(
    site: Site,
) -> None:
    event, _ = await site.event("Có ship không shop", actor_name="Hoa")
    editor, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    address = await first_address(editor)

    page = (await editor.get(address)).text
    seen = (await viewer.get(address)).text

    assert len(mails(page)) == 1
    talk = page.partition('<ol class="talk">')[2].partition("</ol>")[0]
    assert "Có ship không shop" in talk
    assert "· comment" in talk
    assert "https://www.facebook.com/" in page
    assert f'href="/rules/new?event={event}"' in page
    assert 'aria-current="true"' in page.partition('class="mail-list')[2]
    for form in ("/mark", "/staff-notes", "/write", "/rules/new"):
        assert form not in seen, form
    assert (await editor.get("/inbox/messages/demo-page/nobody")).status == 404
    assert (await editor.get("/inbox/others/demo-page/11")).status == 404


async def test_a_failed_answer_by_hand_says_so_with_its_reason_and_leads_the_list(
    site: Site,
) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    caller = await site.signed_in(Role.EDITOR)
    address = await first_address(caller)
    await site.press(caller, "/contacts/demo-page/11/write", text="Dạ còn ạ", key="one")
    (before,) = mails((await caller.get("/inbox")).text)
    shop, store = Shop(ManualClock(site.services.clock.now_ms() + 1)), site.services.store
    (claimed,) = await store.claim(10)
    why = page_blocked(platform="Facebook", connection="demo-page", told=quoted("spam"))
    failed = shop.attempt(claimed, status=AttemptStatus.FAILED, said="Dạ còn ạ")
    settlement = shop.settlement(
        claimed,
        owner=store.node,
        attempts=(failed,),
        state=RunState.DEAD,
        outcome=Outcome.NOTHING_SENT,
        reason=step(step="write", because=why),
    )
    await store.settle(settlement)
    site.services.inbox.forget()
    page = (await caller.get(address)).text
    (after,) = mails(page)

    assert "An answer by hand is on its way" in before
    assert (
        "The answer by hand did not arrive Facebook has blocked the account of demo-page" in after
    )
    assert "write:" not in page
    assert 'class="mail is-open is-buyer"' in page


async def test_a_picture_without_words_is_in_the_conversation_once(site: Site) -> None:
    await site.event("", sample="message.received", person="11")
    caller = await site.signed_in(Role.EDITOR)
    picture = "https://shop.example/ao.jpg"
    address = await first_address(caller)
    await site.press(caller, "/contacts/demo-page/11/write", text="", picture=picture, key="one")

    talk = (await caller.get(address)).text.partition('<ol class="talk">')[2].partition("</ol>")[0]

    assert re.findall('li class="([a-z]+)"', talk) == ["theirs", "ours"]
    assert talk.count("<i>a picture</i>") == 2


async def test_what_is_done_leaves_the_list_until_the_person_writes_again(site: Site) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    caller = await site.signed_in(Role.EDITOR)
    address = await first_address(caller)
    newest = re.search(r'name="newest" value="(\w+)"', (await caller.get(address)).text)
    assert newest

    done = await site.press(caller, f"{address}/mark", state="done", newest=newest[1], next=address)
    assert (done.status, done.headers["location"]) == (303, address)
    assert mails((await caller.get("/inbox")).text) == []
    (line,) = mails((await caller.get("/inbox?state=done")).text)
    assert "✓ Done editor" in line
    assert "Open again" in (await caller.get(address)).text

    await site.event("shop ơi", sample="message.received", person="11")
    assert len(mails((await caller.get("/inbox")).text)) == 1
    late = await site.press(caller, f"{address}/mark", state="done", newest=newest[1])
    assert late.status == 409
    assert "has written again meanwhile" in late.text


async def test_a_wrong_filter_says_what_it_takes(site: Site) -> None:
    page = (await (await site.signed_in()).get("/inbox?state=never")).text

    assert "state=never is no filter of the inbox" in page
    assert "Write unanswered or waiting or done" in page


async def test_programs_get_the_same_lines_and_mark_them(site: Site) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    await site.event("Có ship không shop", actor_name="Hoa")
    viewer, editor = await site.program_as(Role.VIEWER), await site.program_as(Role.EDITOR)

    comment, message = (await viewer.get("/api/inbox?state=unanswered")).json()["items"]
    address = "/api/inbox/messages/demo-page/11"
    refused = await viewer.json("POST", address, {"state": "done"})
    marked = (await editor.json("POST", address, {"state": "done"})).json()
    done = (await viewer.get("/api/inbox?state=done")).json()["items"]
    reopened = (await editor.json("POST", address, {"state": "open"})).json()
    person = (await viewer.get("/api/contact-data/demo-page/11")).json()

    assert (comment["kind"], comment["buyer"], comment["name"]) == ("comments", True, "Hoa")
    assert comment["why"].startswith("Answer price questions answers only if")
    assert (message["kind"], message["id"], message["state"]) == ("messages", "11", "unanswered")
    assert refused.status == 403
    assert (marked["state"], marked["marked_by"]) == ("done", "token desk-editor")
    assert [one["id"] for one in done] == ["11"]
    assert reopened["state"] == "unanswered"
    assert person["inbox"] == []


async def test_a_mark_goes_with_the_person(site: Site) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    program = site.program()
    await program.json("POST", "/api/inbox/messages/demo-page/11", {"state": "waiting"})
    known = (await program.get("/api/contact-data/demo-page/11")).json()["inbox"]
    erased = await program.request("DELETE", "/api/contacts/demo-page/11")

    assert [(one["state"], one["thread"]) for one in known] == [("waiting", "demo-page:11")]
    assert erased.status == 200
    assert site.services.store.log.marks(["demo-page:11"]) == {}
    assert mails((await (await site.signed_in()).get("/inbox?state=waiting")).text) == []


async def test_a_ready_answer_is_filled_into_the_answer_box_without_a_script(site: Site) -> None:
    await site.event("còn size M không", sample="message.received", person="11")
    caller, viewer = await site.signed_in(Role.EDITOR), await site.signed_in(Role.VIEWER)
    picture = "https://shop.example/size.jpg"
    ship = {"title": "Ship", "text": "Ship toàn quốc 30k ạ", "picture": picture}

    kept = await site.press(caller, "/inbox/ready", **ship)
    wrong = await site.press(caller, "/inbox/ready", title="Ảnh", text="", picture="http://x")
    refused = await site.press(viewer, "/inbox/ready", **ship)
    page = (await caller.get("/inbox/messages/demo-page/11?ready=Ship")).text

    assert (kept.status, kept.headers["location"]) == (303, "/inbox/ready")
    assert wrong.status == 400
    assert 'value="http://x"' in wrong.text
    assert refused.status == 403
    assert "\nShip toàn quốc 30k ạ</textarea>" in page
    assert f'name="picture" value="{picture}"' in page
    assert "Ship toàn quốc" in (await viewer.get("/inbox/ready")).text


async def test_a_ready_answer_with_a_known_title_replaces_it(site: Site) -> None:
    program = site.program()
    for text in ("30k ạ", "25k ạ"):
        found = await program.json("POST", "/api/ready-answers", {"title": "Ship", "text": text})
    await program.json("POST", "/api/ready-answers", {"title": "Áo", "text": "Dạ còn"})
    left = await program.request("DELETE", "/api/ready-answers/%C3%81o")

    kept = {"title": "Ship", "text": "25k ạ", "picture": ""}
    assert found.json()["items"] == left.json()["items"] == [kept]
    empty = await program.json("POST", "/api/ready-answers", {"title": "Ship", "text": " "})
    assert empty.status == 400


async def test_where_no_customers_write_the_overview_stays_the_first_page(tmp_path: Path) -> None:
    async with open_site(tmp_path, "rules: []", settings_text=ONLY_GITHUB) as site:
        caller = await site.signed_in()
        page = (await caller.get("/")).text

    assert "The last 24 hours" in page
    assert 'href="/inbox"' not in page
    assert '<a href="/" aria-current="page"' in page
