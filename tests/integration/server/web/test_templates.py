"""What the pages show and do, over a real store."""

import re
from dataclasses import replace

import pytest

from automator.engine.explanation.why import explain_event
from automator.model import parse_id
from automator.providers import BUILTIN
from automator.server.pages.activity.deliveries import shown_headers
from automator.server.web.security import Role
from automator.store.log.pruning import Cutoffs, PortionSize, Stage
from tests.support.site import Site
from tests.support.words import told

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    '"><svg/onload=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnol\u2028 \u0007",
)


async def test_an_empty_log_says_what_to_do_first(site: Site) -> None:
    page = (await (await site.signed_in()).get("/log")).text

    assert "Three steps to the first run" in page
    assert "automator send facebook/comment.created" in page


async def test_the_log_shows_what_a_rule_did_for_whom(site: Site) -> None:
    _, run = await site.event("Giá bao nhiêu?", "Nguyễn Thị Lan")

    page = (await (await site.signed_in()).get("/log")).text

    assert f'id="run-{run}"' in page
    assert "Nguyễn Thị Lan" in page
    assert "Giá bao nhiêu?" in page
    assert "Three steps" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("state=queued", True),
        ("state=dead", False),
        ("state=nonsense", True),
        ("rule=price-question", True),
        ("rule=other", False),
        ("connection=demo-page", True),
        ("connection=demo-github", False),
        ("text=bao", True),
        ("text=nothing+like+it", False),
        ("type=comment.created&since=1d", True),
        ("type=message.received", False),
        ("until=2020-01-01", False),
        ("error_code=timeout", False),
        ("contact=demo-page:nobody", False),
        ("state=dead,queued", True),
    ],
)
async def test_the_address_filters_the_log(site: Site, query: str, shown: bool) -> None:
    _, run = await site.event()

    page = (await (await site.signed_in()).get(f"/log?{query}")).text

    assert (f'id="run-{run}"' in page) is shown


async def test_a_filter_that_cannot_be_meant_is_named_and_left_out(site: Site) -> None:
    _, run = await site.event()
    caller = await site.signed_in()

    for path, seen in (("/log", f'id="run-{run}"'), ("/events", "Giá bao nhiêu vậy shop?")):
        page = (await caller.get(f"{path}?since=yesterday&text=bao")).text

        assert seen in page
        assert "since is no time: &#39;yesterday&#39;" in page
        assert 'value="yesterday"' not in page


async def test_older_leads_through_all_runs_without_gaps(site: Site) -> None:
    runs = [(await site.event(f"giá {number}"))[1] for number in range(53)]
    caller = await site.signed_in()
    first = (await caller.get("/log")).text
    older = re.search(r'rel="next" href="/log\?([^"]+)"', first)
    assert older

    second = (await caller.get(f"/log?{older[1]}")).text

    seen = re.findall(r'id="run-([0-9a-z]+)"', first + second)
    assert seen == runs[::-1]
    assert 'rel="next"' not in second


async def test_the_rules_page_says_how_much_each_rule_did(site: Site) -> None:
    caller = await site.signed_in()
    before = (await caller.get("/rules")).text
    await site.event()
    await site.event()

    page = (await caller.get("/rules")).text
    vietnamese = (await caller.get("/rules", {"accept-language": "vi"})).text

    assert "24 h:" not in before
    assert "24 h: 2 runs, 0 done" in page
    assert "24 giờ: 2 lần xử lý, 0 xong" in vietnamese


async def test_an_event_tells_why_a_rule_stayed_silent(site: Site) -> None:
    event, run = await site.event("Đẹp quá!")
    caller = await site.signed_in()

    page = (await caller.get(f"/events/{event}")).text
    listed = (await caller.get("/events?matched=no")).text

    assert run == ""
    assert "does not match" in page
    assert "the text has one of these words: “giá”, “bao nhiêu”" in page
    assert '<a href="/rules/prices.yaml?near=2">Open the rule</a>' in page
    assert "Đẹp quá!" in page
    assert event in listed


async def test_an_event_that_retention_has_emptied_says_so(site: Site) -> None:
    event, _ = await site.event()
    number = parse_id(event)
    assert number is not None
    cutoffs = Cutoffs(payloads=None, log=site.services.clock.now_ms() + 60_000, dedupe_keys=None)
    log = site.services.store.log
    (row,) = log.runs()
    await site.services.store.run_edits.cancel(row.id, "hoa")
    await site.services.store.upkeep.prune(Stage.LOG, cutoffs, [number], PortionSize(1))
    caller = await site.signed_in(Role.EDITOR)

    page = await caller.get(f"/events/{event}")
    revisions = site.services.rulebook.revisions
    why = await explain_event(log, revisions, number)

    assert page.status == 200
    assert "Retention has emptied this event" in page.text
    assert "Why, and why not" not in page.text
    assert "/replay" not in page.text
    assert "this event was emptied, by retention" in told(why)
    assert "rules match" not in told(why)
    assert why.as_json()["emptied"] is True


async def test_a_run_shows_its_conditions_with_values_and_its_steps(site: Site) -> None:
    _, run = await site.event()

    page = (await (await site.signed_in()).get(f"/runs/{run}")).text

    assert "keywords(event.text" in page
    assert "event.text = " in page
    assert "reply" in page
    assert "Answer price questions" in page


async def test_a_waiting_run_can_be_cancelled_and_tried_again(site: Site) -> None:
    _, run = await site.event()
    caller = await site.signed_in(Role.EDITOR)

    cancelled = await site.press(caller, f"/runs/{run}/cancel")
    page = (await caller.get(f"/runs/{run}")).text
    again = await site.press(caller, f"/runs/{run}/cancel")
    retried = await site.press(caller, f"/runs/{run}/retry")

    assert cancelled.status == 303
    assert "cancelled by editor" in page
    assert "Retry now" in page
    assert again.status == 409
    assert retried.status == 303
    assert site.services.store.log.runs(limit=1)[0].state_label == "queued"


async def test_a_run_that_is_due_already_cannot_be_hurried(site: Site) -> None:
    _, run = await site.event()
    caller = await site.signed_in(Role.EDITOR)

    reply = await site.press(caller, f"/runs/{run}/now")

    assert reply.status == 409
    assert "does not wait for a later time" in reply.text


async def test_a_replay_starts_a_new_run(site: Site) -> None:
    event, run = await site.event()
    caller = await site.signed_in()

    reply = await site.press(caller, f"/events/{event}/replay")

    new = reply.headers["location"].removeprefix("/runs/")
    assert new != run
    assert parse_id(new) == site.services.store.log.runs(limit=1)[0].id
    assert (await caller.get(f"/runs/{new}")).status == 200


async def test_an_event_can_be_kept_as_a_sample_once(site: Site) -> None:
    event, _ = await site.event()
    caller = await site.signed_in()

    await site.press(caller, f"/events/{event}/sample")
    await site.press(caller, f"/events/{event}/sample")

    kept = await site.services.store.documents.read(
        "samples", lambda documents: [dict(item) for item in documents.all()]
    )
    assert [item["id"] for item in kept] == [event]


async def test_what_people_write_is_shown_as_text_on_every_page(site: Site) -> None:
    pages = ["/log", "/events", "/follow-ups", "/deliveries?verdict=all", "/demo"]
    for text in HOSTILE:
        event, run = await site.event(f"giá {text}", text)
        pages += [f"/events/{event}", f"/runs/{run}"]
    caller = await site.signed_in()

    for path in pages:
        page = (await caller.get(path)).text
        assert "<img src=x" not in page, path
        assert "<svg/onload" not in page, path
        assert "<script>alert" not in page, path
        assert 'href="javascript:' not in page, path
        assert ">49<" not in page, path


async def test_pages_have_no_inline_script_or_style(site: Site) -> None:
    event, run = await site.event()
    caller = await site.signed_in()
    paths = ["/log", f"/runs/{run}", f"/events/{event}", "/rules", "/rules/prices.yaml", "/demo",
             "/settings", "/connections", "/sign-in", "/nowhere"]  # fmt: skip

    for path in paths:
        page = (await caller.get(path)).text
        assert re.search(r"<style|\sstyle=|\son[a-z]+=", page) is None, path
        assert re.findall(r"<script(?![^>]* src=)", page) == [], path
        assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == [], path


async def test_a_delivery_is_shown_without_what_gives_access(site: Site) -> None:
    await site.event()
    row = site.services.store.log.deliveries(limit=1)[0]
    caller = await site.signed_in()
    found = re.search(
        r"/deliveries/([0-9a-z]{13})", (await caller.get("/deliveries?verdict=all")).text
    )
    assert found
    assert parse_id(found[1]) == row.id

    page = (await caller.get(f"/deliveries/{found[1]}")).text

    assert "x-hub-signature-256" in page
    for secret in site.services.connections["demo-page"].secrets():
        assert secret.reveal() not in page


async def test_the_headers_of_a_delivery_hide_secrets_and_credentials(site: Site) -> None:
    await site.event()
    row = site.services.store.log.deliveries(limit=1)[0]
    delivery = site.services.store.log.delivery(row.id)
    assert delivery
    secret = site.services.connections["demo-page"].secrets()[0].reveal()
    sent = (("authorization", "Basic YTpi"), ("x-token", f"v1 {secret}"), ("accept", "*/*"))

    shown = dict(shown_headers(site.services, replace(delivery, headers=sent)))

    assert shown["authorization"] == "<redacted>"
    assert secret not in shown["x-token"]
    assert shown["accept"] == "*/*"


@pytest.mark.parametrize("path", ["/runs/", "/events/", "/deliveries/", "/api/runs/"])
@pytest.mark.parametrize("name", ["0000000000001", "nonsense", "%3Cscript%3E"])
async def test_what_is_not_there_is_not_found(site: Site, path: str, name: str) -> None:
    assert (await (await site.signed_in()).get(path + name)).status == 404


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/runs/0000000000001", ['href="/log">Log</a>']),
        (
            "/rules/gone.yaml",
            ['href="/rules">Rules</a>', 'href="/rules/history?file=gone.yaml">History</a>'],
        ),
        ("/contacts/demo-page/gone", ['href="/contacts">Contacts</a>']),
    ],
)
async def test_what_is_not_there_leads_to_its_list(site: Site, path: str, leads: list[str]) -> None:
    page = (await (await site.signed_in()).get(path)).text

    main = page[page.index("<main") : page.index("</main>")]
    assert [lead for lead in leads if lead not in main] == []


async def test_the_sandbox_sends_a_sample_through_the_whole_intake(site: Site) -> None:
    caller = await site.signed_in()
    form = {
        "csrf": await site.csrf(caller),
        "connection": "demo-page",
        "sample": "facebook/comment.created",
        "text": "Giá bao nhiêu vậy shop?",
    }

    replies = [await caller.post("/demo/send", form) for _ in range(2)]

    assert [reply.status for reply in replies] == [303, 303]
    assert [row.text for row in site.services.store.log.runs()] == [form["text"]] * 2


async def test_an_event_says_why_a_rule_did_not_match_in_the_language_of_the_reader(
    site: Site,
) -> None:
    caller = await site.signed_in()
    event, _ = await site.event("đẹp quá")

    english = (await caller.get(f"/events/{event}")).text
    caller.cookies["lang"] = "vi"
    vietnamese = (await caller.get(f"/events/{event}")).text

    assert "looks for giá or bao nhiêu, and the text &#39;đẹp quá&#39; has none" in english
    assert "quy tắc tìm giá hoặc bao nhiêu, mà nội dung &#39;đẹp quá&#39; không có" in vietnamese
    assert "does not hold" not in vietnamese


async def test_the_log_and_a_run_say_what_was_done_in_the_language_of_the_reader(
    site: Site,
) -> None:
    caller = await site.signed_in()
    _, run = await site.event("giá bao nhiêu ạ")
    await site.services.store.run_edits.cancel(parse_id(run) or 0, "hoa")

    english = [(await caller.get(path)).text for path in ("/log", f"/runs/{run}")]
    caller.cookies["lang"] = "vi"
    vietnamese = [(await caller.get(path)).text for path in ("/log", f"/runs/{run}")]

    assert all("cancelled by hoa" in page for page in english)
    assert all("đã hủy bởi hoa" in page for page in vietnamese)
    assert not any("cancelled by" in page for page in vietnamese)


async def test_the_sandbox_plays_every_sender_that_has_samples(site: Site) -> None:
    caller = await site.signed_in()

    pages = {
        name: (await caller.get(f"/demo?from={name}")).text for name in site.services.connections
    }

    assert len(pages) == len(BUILTIN)
    for name, page in pages.items():
        assert f'<input type="hidden" name="connection" value="{name}">' in page
        assert all(f'<option value="{other}"' in page for other in pages)
    can_fail = {name for name, page in pages.items() if "Let its answers fail" in page}
    assert can_fail == {
        name for name, provider in site.services.connections.items() if provider.can_send
    }


async def test_the_sandbox_lets_the_answers_of_one_sender_fail_until_it_is_told_not_to(
    site: Site,
) -> None:
    caller = await site.signed_in()
    form = {"csrf": await site.csrf(caller), "connection": "demo-oa"}

    planned = await caller.post("/demo/fault", {**form, "error": "token_expired", "times": "2"})
    page = (await caller.get("/demo?from=demo-oa")).text
    unknown = await caller.post("/demo/fault", {**form, "error": "no_such"})
    (waiting,) = (await caller.get("/sandbox/control")).json()["next"]
    await caller.post("/demo/fault", form)

    assert (planned.status, unknown.status) == (303, 400)
    assert "zalo: <code>token_expired</code> × 2" in page
    assert (waiting["error"], waiting["times"], waiting["path"]) == ("token_expired", 2, "/zalo/")
    assert (await caller.get("/sandbox/control")).json()["next"] == []


async def test_connections_that_nothing_has_come_through_stand_aside_in_the_demo(
    site: Site,
) -> None:
    caller = await site.signed_in()

    page = (await caller.get("/connections")).text

    before, aside = page.split("<details>")
    assert "demo-page" in before
    assert "demo-telegram" in aside


async def test_a_token_is_shown_once_and_works_until_it_is_deleted(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)
    form = {"csrf": csrf, "name": "report", "role": "viewer"}
    page = (await caller.post("/settings/tokens", form)).text
    secret = re.search(r"am_[\w-]{43}", page)
    assert secret
    program = site.caller()
    program.headers["authorization"] = f"bearer {secret[0]}"

    assert secret[0] not in (await caller.get("/settings")).text
    assert (await program.get("/api/runs")).status == 200
    assert (await program.get("/api/tokens")).status == 403
    token_id = re.search(r"/settings/tokens/([0-9a-f]+)/delete", page)
    assert token_id
    await caller.post(f"/settings/tokens/{token_id[1]}/delete", {"csrf": csrf})
    assert (await program.get("/api/runs")).status == 401
