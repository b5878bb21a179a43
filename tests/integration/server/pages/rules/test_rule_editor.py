"""Nothing is saved that has errors, and nothing is overwritten unseen."""

import asyncio
import html
import re

import pytest

from automator.providers import BUILTIN
from automator.server.demo.settings import demo_name
from automator.server.web.security import Role
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
    return await site.press(caller, "/rules/prices.yaml", etag=etag, text=text, do=do)


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


def somebody_renames_the_rule(site: Site) -> str:
    """What the file is after somebody has saved it on disk."""
    theirs = RULES.replace("Answer price questions", "Prices")
    (site.services.rulebook.folder / "prices.yaml").write_text(theirs, encoding="utf-8")
    return theirs


async def test_a_stale_save_shows_both_changes_and_the_text_with_both(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")
    theirs = somebody_renames_the_rule(site)

    reply = await submit(site, caller, CHANGED, etag_in(page))

    assert reply.status == 409
    assert "+    name: Prices" in reply.text
    assert "+      - reply: " in reply.text
    both = text_in(reply)
    assert both == CHANGED.replace("Answer price questions", "Prices")
    assert on_disk(site) == theirs
    again = await submit(site, caller, both, etag_in(reply))
    assert again.status == 303
    assert on_disk(site) == both


async def test_where_both_have_changed_a_line_a_person_decides(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")
    theirs = somebody_renames_the_rule(site)
    mine = RULES.replace("Answer price questions", "Giá")

    reply = await submit(site, caller, mine, etag_in(page))

    assert reply.status == 409
    assert text_in(reply) == mine
    assert "both of you changed the same lines" in reply.text
    assert "+    name: Prices" in reply.text
    assert "+    name: Giá" in reply.text
    assert on_disk(site) == theirs
    assert (await submit(site, caller, mine, etag_in(reply))).status == 303
    assert on_disk(site) == mine


async def test_where_the_opened_text_is_not_kept_both_texts_are_shown(site: Site) -> None:
    caller = await site.signed_in()
    theirs = somebody_renames_the_rule(site)

    reply = await submit(site, caller, CHANGED, "0" * 64)

    assert reply.status == 409
    assert text_in(reply) == CHANGED
    assert "-    name: Prices" in reply.text
    assert on_disk(site) == theirs


async def test_what_saving_would_change_is_shown_and_nothing_is_written(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")

    whole = await submit(site, caller, CHANGED, etag_in(page), do="diff")
    form = {"csrf": await site.csrf(caller), "text": CHANGED, "do": "diff"}
    part = await caller.post("/rules/prices.yaml", form, {"x-fragment": "1"})

    for reply in (whole, part):
        assert reply.status == 200
        assert "What saving would change" in reply.text
        assert "shop vừa nhắn tin" in reply.text
    assert text_in(whole) == CHANGED
    assert "<html" not in part.text
    assert on_disk(site) == RULES


async def test_comparing_never_writes(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")

    reply = await submit(site, caller, CHANGED, etag_in(page), do="compare")

    assert reply.status == 409
    assert on_disk(site) == RULES


async def test_a_file_that_did_not_change_is_not_sent_again(site: Site) -> None:
    caller = await site.signed_in()
    first = await caller.get("/api/rules/prices.yaml")

    same = await caller.get("/api/rules/prices.yaml", {"if-none-match": first.headers["etag"]})
    somebody_renames_the_rule(site)
    other = await caller.get("/api/rules/prices.yaml", {"if-none-match": first.headers["etag"]})

    assert (same.status, same.body) == (304, b"")
    assert other.status == 200


async def test_of_two_saves_at_once_one_is_told(site: Site) -> None:
    caller = await site.signed_in()
    etag = etag_in(await caller.get("/rules/prices.yaml"))
    texts = [CHANGED, RULES.replace("giá", "gia")]

    replies = await asyncio.gather(*(submit(site, caller, text, etag) for text in texts))

    assert sorted(reply.status for reply in replies) == [303, 409]


async def test_a_new_file_starts_from_an_example_that_has_no_problems(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/new?name=greetings")

    reply = await site.press(
        caller, "/rules/greetings.yaml", etag="", text=text_in(page), do="save"
    )

    assert reply.status == 303
    assert (site.services.rulebook.folder / "greetings.yaml").exists()


async def test_no_name_leads_out_of_the_rules_folder_or_to_the_rules_of_the_demo(
    site: Site,
) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)
    bad = ("..%2fx.yaml", "../x.yaml", "X.yaml", "x.txt", ".x.yaml", "x.yaml.bak", "a" * 80)
    for name in (*bad, "demo/x.yaml"):
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


# --- Each file alone ---


def put(site: Site, name: str, text: str) -> None:
    file = site.services.rulebook.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


async def saved(site: Site, caller: Caller, name: str, text: str, do: str = "save") -> Reply:
    page = await caller.get(f"/rules/{name}")
    return await site.press(caller, f"/rules/{name}", etag=etag_in(page), text=text, do=do)


async def test_a_file_is_saved_though_others_are_broken(site: Site) -> None:
    caller = await site.signed_in()
    put(site, "broken.yaml", BROKEN)
    put(site, "worse.yaml", "rules: 5")
    await site.services.rulebook.reload_if_changed()

    page = await caller.get("/rules/prices.yaml")
    reply = await saved(site, caller, "prices.yaml", CHANGED)

    assert "broken.yaml" not in page.text
    assert reply.status == 303
    assert on_disk(site) == CHANGED


async def test_a_broken_file_is_mended_in_the_page(site: Site) -> None:
    caller = await site.signed_in()
    put(site, "prices.yaml", BROKEN)
    put(site, "worse.yaml", "rules: 5")
    await site.services.rulebook.reload_if_changed()
    rules = await caller.get("/rules")

    reply = await saved(site, caller, "prices.yaml", CHANGED)

    assert "an earlier version is in force" in rules.text
    assert "not in force" in rules.text
    assert "Answer price questions" in rules.text
    assert reply.status == 303
    assert "an earlier version is in force" not in (await caller.get("/rules")).text


async def test_a_file_is_deleted_in_the_page_whether_it_is_broken_or_not(site: Site) -> None:
    caller = await site.signed_in()
    put(site, "broken.yaml", BROKEN)
    await site.services.rulebook.reload_if_changed()

    for name in ("broken.yaml", "prices.yaml"):
        reply = await saved(site, caller, name, "", do="delete")
        assert (reply.status, reply.headers["location"]) == (303, f"/rules?deleted={name}")

    assert list(site.services.rulebook.folder.iterdir()) == []
    assert "No rule is in force." in (await caller.get("/rules?deleted=prices.yaml")).text


async def test_a_file_that_has_changed_meanwhile_is_not_deleted(site: Site) -> None:
    caller = await site.signed_in()
    page = await caller.get("/rules/prices.yaml")
    put(site, "prices.yaml", CHANGED)

    reply = await site.press(caller, "/rules/prices.yaml", etag=etag_in(page), do="delete")

    assert reply.status == 409
    assert on_disk(site) == CHANGED


async def test_a_viewer_deletes_nothing(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    page = await caller.get("/rules/prices.yaml")

    assert 'value="delete"' not in page.text
    answer = await site.press(caller, "/rules/prices.yaml", etag=etag_in(page), do="delete")
    assert answer.status == 403
    assert on_disk(site) == RULES


async def test_a_file_in_a_folder_below_is_made_opened_and_saved(site: Site) -> None:
    caller = await site.signed_in()
    new = await caller.get("/rules/new?name=autumn/sale.yaml")
    text = text_in(new)

    made = await site.press(caller, "/rules/autumn/sale.yaml", etag="", text=text, do="save")

    assert (made.status, made.headers["location"]) == (303, "/rules/autumn/sale.yaml?saved=1")
    assert text_in(await caller.get("/rules/autumn/sale.yaml")) == text
    assert 'href="/rules/autumn/sale.yaml"' in (await caller.get("/rules")).text


async def test_a_file_that_is_called_otherwise_on_disk_can_be_mended_and_deleted(
    site: Site,
) -> None:
    name, address = "Bảng giá #2.yaml", "B%E1%BA%A3ng%20gi%C3%A1%20%232.yaml"
    caller = await site.signed_in()
    put(site, name, "rules: 5")
    await site.services.rulebook.reload_if_changed()

    assert f'href="/rules/{address}"' in (await caller.get("/rules")).text
    mended = await saved(site, caller, address, "rules: []\n")
    deleted = await saved(site, caller, address, "", do="delete")

    assert (mended.status, mended.headers["location"]) == (303, f"/rules/{address}?saved=1")
    assert deleted.status == 303
    assert not (site.services.rulebook.folder / name).exists()


@pytest.mark.parametrize("provider", sorted(BUILTIN))
async def test_the_first_rule_for_every_kind_of_sender_is_right_as_it_is(
    site: Site, provider: str
) -> None:
    caller = await site.signed_in()
    connection = demo_name(provider)

    page = await caller.get(f"/rules/new?name=first.yaml&for={connection}")

    assert connection in text_in(page)
    assert site.services.rulebook.check("first.yaml", text_in(page)) == []


# --- The API ---


async def test_the_api_saves_only_over_what_was_read(site: Site) -> None:
    caller = site.program()
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
    caller = site.program()
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
    first = checked.json()["problems"][0]
    assert [fix["label"] for fix in first.pop("fixes")] == ["Change to conditions"]
    assert first == problem


async def test_when_too_many_checks_wait_the_next_one_is_told_when_to_come_back(
    site: Site,
) -> None:
    caller = site.program()
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


async def test_the_api_checks_and_saves_a_file_though_others_are_broken(site: Site) -> None:
    caller = site.program()
    put(site, "broken.yaml", BROKEN)
    await site.services.rulebook.reload_if_changed()

    checked = await caller.json("POST", "/api/check", {"file": "prices.yaml", "text": CHANGED})
    etag = (await caller.get("/api/rules/prices.yaml")).headers["etag"]
    saving = await caller.json(
        "PUT", "/api/rules/prices.yaml", {"text": CHANGED}, {"if-match": etag}
    )

    assert checked.json() == {"ok": True, "problems": []}
    assert saving.status == 200
    files = {
        file["name"]: file["state"] for file in (await caller.get("/api/rules")).json()["files"]
    }
    assert files == {"broken.yaml": "refused", "prices.yaml": "in_force"}


async def test_the_api_deletes_only_what_was_read(site: Site) -> None:
    caller = site.program()
    put(site, "deep/er.yaml", RULES.replace("price-question", "other"))
    await site.services.rulebook.reload_if_changed()
    etag = (await caller.get("/api/rules/deep/er.yaml")).headers["etag"]

    unnamed = await caller.json("DELETE", "/api/rules/deep/er.yaml", {})
    stale = await caller.json("DELETE", "/api/rules/deep/er.yaml", {}, {"if-match": '"x"'})
    gone = await caller.json("DELETE", "/api/rules/deep/er.yaml", {}, {"if-match": etag})
    again = await caller.json("DELETE", "/api/rules/deep/er.yaml", {}, {"if-match": etag})

    assert [unnamed.status, stale.status, gone.status, again.status] == [428, 412, 200, 404]
    assert gone.json()["revision"] == 3
    assert list(site.services.rulebook.files()) == ["prices.yaml"]


async def test_a_limit_whose_key_is_no_expression_is_said_by_the_api(site: Site) -> None:
    caller = site.program()
    text = RULES + '    limits: {once: {key: "{{ event.actor.id }}"}}\n'

    reply = await caller.json("POST", "/api/check", {"file": "prices.yaml", "text": text})

    assert reply.status == 200
    assert [item["code"] for item in reply.json()["problems"]] == ["condition-syntax"]
