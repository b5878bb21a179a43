"""Nothing is saved that has errors, and nothing is overwritten unseen."""

import asyncio
import html
import re

from automator.server.security import Role
from tests.support.asgi import Caller, Reply
from tests.support.site import RULES, Site

BROKEN = RULES.replace("conditions:", "conditons:")
CHANGED = RULES.replace("shop đã nhắn tin", "shop vừa nhắn tin")


def etag_in(reply: Reply) -> str:
    found = re.search(r'name="etag" value="([0-9a-f]*)"', reply.text)
    assert found
    return found[1]


def text_in(reply: Reply) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", reply.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


async def submit(site: Site, caller: Caller, text: str, etag: str, do: str = "save") -> Reply:
    form = {"csrf": await site.csrf(caller), "etag": etag, "text": text, "do": do}
    return await caller.post("/rules/prices.yaml", form)


def on_disk(site: Site) -> str:
    return (site.services.rulebook.folder / "prices.yaml").read_bytes().decode()


async def test_a_saved_rule_is_live_at_once(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    page = await caller.get("/rules/prices.yaml")

    reply = await submit(site, caller, CHANGED.replace("\n", "\r\n"), etag_in(page))

    assert (reply.status, reply.headers["location"]) == (303, "/rules/prices.yaml?saved=1")
    assert on_disk(site) == CHANGED
    assert site.services.rulebook.active.revision == 2
    assert "revision 2" in (await caller.get("/rules/prices.yaml?saved=1")).text


async def test_the_form_holds_the_text_exactly(site: Site) -> None:
    hostile = "\n# </textarea><script>alert(1)</script> & “quotes” {{ x }}\n" + RULES
    (site.services.rulebook.folder / "prices.yaml").write_text(hostile, encoding="utf-8")

    page = await (await site.signed_in()).get("/rules/prices.yaml")

    assert text_in(page) == hostile
    assert "<script>alert" not in page.text


async def test_a_file_with_errors_is_not_written_and_the_text_is_kept(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")

    reply = await submit(site, caller, BROKEN, etag_in(page))

    assert reply.status == 422
    assert on_disk(site) == RULES
    assert text_in(reply) == BROKEN
    assert etag_in(reply) == etag_in(page)
    assert 'data-line="5"' in reply.text
    assert "conditions" in reply.text
    assert site.services.rulebook.active.revision == 1


async def test_checking_writes_nothing(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")

    broken = await submit(site, caller, BROKEN, etag_in(page), do="check")
    good = await submit(site, caller, CHANGED, etag_in(page), do="check")

    assert (broken.status, good.status) == (200, 200)
    assert 'class="error"' in broken.text
    assert "No problems" in good.text
    assert on_disk(site) == RULES


async def test_a_stale_save_shows_both_texts_and_their_difference(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")
    (site.services.rulebook.folder / "prices.yaml").write_text(
        RULES.replace("Answer price questions", "Prices"), encoding="utf-8"
    )

    reply = await submit(site, caller, CHANGED, etag_in(page))

    assert reply.status == 409
    assert text_in(reply) == CHANGED
    assert "-    name: Prices" in reply.text
    assert "+    name: Answer price questions" in reply.text
    assert "Prices" in on_disk(site)
    again = await submit(site, caller, CHANGED, etag_in(reply))
    assert again.status == 303
    assert on_disk(site) == CHANGED


async def test_of_two_saves_at_once_one_is_told(site: Site) -> None:
    caller = await site.signed_in()
    etag = etag_in(await caller.get("/rules/prices.yaml"))
    texts = [CHANGED, RULES.replace("giá", "gia")]

    replies = await asyncio.gather(*(submit(site, caller, text, etag) for text in texts))

    assert sorted(reply.status for reply in replies) == [303, 409]


async def test_a_new_file_starts_from_an_example_that_has_no_problems(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/new?name=greetings")
    form = {"csrf": await site.csrf(caller), "etag": "", "text": text_in(page), "do": "save"}

    reply = await caller.post("/rules/greetings.yaml", form)

    assert reply.status == 303
    assert (site.services.rulebook.folder / "greetings.yaml").exists()


async def test_no_name_leads_out_of_the_rules_folder(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)
    for name in ("..%2fx.yaml", "../x.yaml", "X.yaml", "x.txt", ".x.yaml", "x.yaml.bak", "a" * 80):
        form = {"csrf": csrf, "etag": "", "text": RULES, "do": "save"}
        reply = await caller.post(f"/rules/{name}", form)
        assert reply.status in {400, 404}, name
    assert [path.name for path in site.services.rulebook.folder.iterdir()] == ["prices.yaml"]


async def test_a_viewer_reads_and_cannot_save(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    page = await caller.get("/rules/prices.yaml")

    reply = await submit(site, caller, CHANGED, etag_in(page))

    assert "readonly" in page.text
    assert reply.status == 403


async def test_the_history_says_who_changed_what(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    page = await caller.get("/rules/prices.yaml")
    await submit(site, caller, CHANGED, etag_in(page))

    history = (await caller.get("/rules/history")).text

    newest, _, oldest = history.partition('id="revision-1"')
    assert 'id="revision-2"' in newest
    assert "editor ·" in newest
    assert "-      - reply: &#34;Chào {{ event.actor.name }}, shop đã nhắn tin" in newest
    assert "+      - reply: &#34;Chào {{ event.actor.name }}, shop vừa nhắn tin" in newest
    assert 'class="add"' not in oldest


# --- The API ---


async def test_the_api_saves_only_over_what_was_read(site: Site) -> None:
    caller = site.caller()
    caller.headers["authorization"] = f"Bearer {site.services.control_token}"
    read = await caller.get("/api/rules/prices.yaml")
    etag = read.headers["etag"]
    body = {"text": CHANGED}

    missing = await caller.json("PUT", "/api/rules/prices.yaml", body)
    saved = await caller.json("PUT", "/api/rules/prices.yaml", body, {"if-match": etag})
    stale = await caller.json("PUT", "/api/rules/prices.yaml", body, {"if-match": etag})
    exists = await caller.json("PUT", "/api/rules/prices.yaml", body, {"if-none-match": "*"})

    assert (missing.status, missing.json()["error"]) == (428, "if_match_needed")
    assert (saved.status, saved.json()["revision"]) == (200, 2)
    assert saved.headers["etag"] == f'"{saved.json()["etag"]}"'
    assert stale.status == exists.status == 412
    assert stale.json()["current"]["text"] == CHANGED
    assert stale.json()["diff"] == []


async def test_the_api_lists_every_problem(site: Site) -> None:
    caller = site.caller()
    caller.headers["authorization"] = f"Bearer {site.services.control_token}"
    etag = (await caller.get("/api/rules/prices.yaml")).headers["etag"]

    refused = await caller.json(
        "PUT", "/api/rules/prices.yaml", {"text": BROKEN}, {"if-match": etag}
    )
    checked = await caller.json("POST", "/api/check", {"file": "prices.yaml", "text": BROKEN})

    assert refused.status == 422
    problem = refused.json()["problems"][0]
    assert (problem["file"], problem["line"], problem["code"]) == ("prices.yaml", 5, "unknown-key")
    assert problem["fix"]
    assert checked.json()["ok"] is False
    assert checked.json()["problems"][0] == problem


async def test_when_too_many_checks_wait_the_next_one_is_told_when_to_come_back(
    site: Site,
) -> None:
    caller = site.caller()
    caller.headers["authorization"] = f"Bearer {site.services.control_token}"
    hostile = "".join(f"k{number}: 1\n" for number in range(3_000))
    body = {"file": "prices.yaml", "text": hostile}

    replies = await asyncio.gather(
        *(caller.json("POST", "/api/check", body) for _ in range(8)),
        caller.get("/api/rules"),
    )

    *checks, page = replies
    refused = [reply for reply in checks if reply.status == 503]
    assert page.status == 200
    assert refused
    assert {reply.headers["retry-after"] for reply in refused} == {"30"}
    assert {reply.json()["error"] for reply in refused} == {"too_many_checks"}
    answered = [reply.json() for reply in checks if reply.status == 200]
    assert {len(answer["problems"]) for answer in answered} == {101}


async def test_the_page_of_a_saved_file_computes_nothing_anew(site: Site) -> None:
    caller = await site.signed_in()
    await submit(site, caller, CHANGED, etag_in(await caller.get("/rules/prices.yaml")))
    site.services.checks.close()

    page = await caller.get("/rules/prices.yaml")

    assert page.status == 200
    assert text_in(page) == CHANGED
