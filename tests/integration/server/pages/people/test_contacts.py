"""The list of contacts, its search, and what was said on both sides."""

import csv
import io
import re
from dataclasses import replace
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus, Block, Remember, format_id
from automator.server.pages.people import contacts
from automator.server.web.security import Role
from automator.store.contacts.linking import link
from automator.store.log.people_log import PeopleLog
from tests.support.site import Site
from tests.support.store import Shop


def names(page: str) -> list[str]:
    return re.findall(r'<a href="/contacts/[^"]+"><bdi>([^<]*)</bdi>', page)


async def test_the_list_shows_who_wrote_last_with_their_words(site: Site) -> None:
    caller = await site.signed_in()
    assert "Nobody has written yet." in (await caller.get("/contacts")).text
    await site.event("Giá bao nhiêu?", "Nguyễn Thị Lan")

    page = (await caller.get("/contacts")).text

    assert names(page) == ["Nguyễn Thị Lan"]
    assert '<span class="face face-' in page
    assert ">TL</span>" in page
    assert "<bdi>Giá bao nhiêu?</bdi>" in page


@pytest.mark.parametrize(
    ("text", "is_found"), [("lan", True), ("bao nhieu", True), ("someone else", False)]
)
async def test_people_are_found_by_their_names_and_words(
    site: Site, text: str, is_found: bool
) -> None:
    await site.event("Giá bao nhiêu?", "Nguyễn Thị Lan")

    page = (await (await site.signed_in()).get(f"/contacts?text={text}")).text

    assert bool(names(page)) is is_found
    assert ("Nobody is found." in page) is not is_found


async def test_people_are_found_by_their_ids(site: Site) -> None:
    await site.event()
    caller = await site.signed_in()
    found = re.search(r'href="/contacts/demo-page/([^"]+)"', (await caller.get("/contacts")).text)
    assert found

    assert names((await caller.get(f"/contacts?text={found[1]}")).text) == ["Lan"]


async def answered(site: Site, said: str, **changes: Any) -> int:
    """Somebody asks for the price, and the rule says something; the id of its run."""
    await site.event("Giá bao nhiêu?")
    store = site.services.store
    (claimed,) = await store.claim(1)
    shop = Shop(ManualClock(site.services.clock.now_ms() + 1))
    attempt = replace(shop.attempt(claimed, status=AttemptStatus.OK, said=said), **changes)
    await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))
    assert claimed.run.rule == "price-question"
    return claimed.run.id


async def page_of_the_contact(site: Site) -> str:
    """The page of the only person."""
    caller = await site.signed_in()
    found = re.search(r'href="(/contacts/demo-page/[^"]+)"', (await caller.get("/contacts")).text)
    assert found
    return (await caller.get(found[1])).text


def talk_on(page: str) -> str:
    """The conversation on the page of a person."""
    return page.partition('<ol class="talk">')[2].partition("</ol>")[0]


async def test_the_page_of_a_person_shows_what_both_sides_have_said(site: Site) -> None:
    await answered(site, "Dạ 250k ạ")

    page = await page_of_the_contact(site)

    talk = talk_on(page)
    assert re.findall(r'class="(ours|theirs)"', talk) == ["theirs", "ours"]
    assert "<bdi>Giá bao nhiêu?</bdi>" in talk
    assert "<bdi>Dạ 250k ạ</bdi>" in talk
    assert "Answer price questions" in talk


async def test_a_message_of_a_rule_leads_to_the_line_that_says_it(site: Site) -> None:
    rule = site.services.rulebook.active.rule_set.rule("price-question")
    assert rule
    step = rule.spec.steps[-1]
    run_id = await answered(site, "Dạ 250k", step=step.id)

    line = f'href="/rules/{step.place.file}?near={step.place.line}"'
    assert step.place.line > rule.spec.place.line
    talk = talk_on(await page_of_the_contact(site))
    run = (await (await site.signed_in()).get(f"/runs/{format_id(run_id)}")).text

    assert line in talk
    assert f"{line}><bdi>Change this text in the rule</bdi>" in run


async def test_a_message_of_a_rule_that_is_gone_leads_nowhere(site: Site) -> None:
    await answered(site, "Dạ 250k ạ")
    rule = site.services.rulebook.active.rule_set.rule("price-question")
    assert rule
    (site.services.rulebook.folder / rule.spec.place.file).write_text("rules: []\n")
    await site.services.rulebook.reload_if_changed()

    talk = talk_on(await page_of_the_contact(site))

    assert "/rules/" not in talk
    assert "Dạ 250k ạ" in talk


async def remembered(site: Site) -> None:
    """Two people who gave their phone numbers, one of whom has opted out."""
    contacts = site.services.store.contacts
    phone = {"phone": "0901234567", "city": "=1+1"}
    await contacts.assume(
        "demo-page", "2469134578901234", Remember(values=phone, add_tags=("vip",))
    )
    await contacts.assume("demo-oa", "77", Remember(values={"phone": "+84901"}), opted_out=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=vip", ["2469134578901234"]),
        ("value=phone", ["77", "2469134578901234"]),
        ("connection=demo-oa&value=phone", ["77"]),
        ("only=opted_out", ["77"]),
        ("tag=none", []),
    ],
)
async def test_people_are_picked_by_what_rules_remember(
    site: Site, query: str, found: list[str]
) -> None:
    await remembered(site)

    page = (await (await site.signed_in()).get(f"/contacts?{query}")).text

    assert names(page) == found
    assert ("Nobody is found." in page) is not found
    assert (f'href="/contacts/export.csv?{query.replace("&", "&amp;")}"' in page) is bool(found)


async def test_the_filters_propose_the_tags_and_values_that_are_there(site: Site) -> None:
    await remembered(site)

    page = (await (await site.signed_in()).get("/contacts")).text

    assert '<datalist id="tags"><option value="vip"></datalist>' in page
    assert '<option value="city"><option value="phone">' in page


async def test_contacts_are_saved_for_a_spreadsheet_with_a_column_for_each_value(
    site: Site,
) -> None:
    await remembered(site)

    reply = await (await site.signed_in()).get("/contacts/export.csv?value=phone")

    first, second = csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff")))
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.search(r'filename="contacts-[0-9-]{10}\.csv"', reply.headers["content-disposition"])
    assert list(first)[-2:] == ["city", "phone"]
    assert (first["connection"], first["id"], first["phone"]) == ("demo-oa", "77", '="+84901"')
    assert (second["tags"], second["city"]) == ("vip", "'=1+1")
    # A spreadsheet would drop the zero in front, and the last digits of the id.
    assert (second["phone"], second["id"]) == ('="0901234567"', '="2469134578901234"')


async def test_programs_read_contacts_page_by_page_and_are_told_of_a_wrong_filter(
    site: Site,
) -> None:
    await remembered(site)
    caller = await site.program_as(Role.VIEWER)

    first = (await caller.get("/api/contacts?value=phone&limit=1")).json()
    second = (await caller.get(f"/api/contacts?value=phone&limit=1&cursor={first['next']}")).json()
    wrong = await caller.get("/api/contacts?only=maybe")

    assert [one["id"] for one in first["items"] + second["items"]] == ["77", "2469134578901234"]
    assert first["items"][0]["connection"] == "demo-oa"
    assert first["items"][0]["state"] == {"phone": "+84901"}
    assert (wrong.status, wrong.json()["error"]) == (400, "usage")
    assert "opted_out or blocked or unassigned" in wrong.json()["fix"]


async def test_remembered_times_are_shown_in_the_zone_of_the_reader(site: Site) -> None:
    kept = Remember(values={"asked_at": "2026-11-27T17:11:12.100Z", "size": 40, "cart": ["<b>"]})
    await site.services.store.contacts.assume("demo-oa", "77", kept)
    caller = await site.signed_in()

    listed = (await caller.get("/contacts?value=asked_at")).text
    alone = (await caller.get("/contacts/demo-oa/77")).text

    for page in (listed, alone):
        assert '<time datetime="2026-11-27T17:11:12.100Z">2026-11-28 00:11:12</time>' in page
        assert "<bdi>40</bdi>" in page
        assert "&lt;b&gt;" in page


async def test_who_writes_under_another_id_is_listed_with_what_is_known(site: Site) -> None:
    await site.event("Giá bao nhiêu?", "Lan")
    log, edit = site.services.store.log, site.services.store.contacts
    (row,) = log.latest_of_people(before=None, limit=1)[0]
    connection, _, person = (row.contact or "").partition(":")
    await edit.block(connection, "main-id", Block(blocked=True, by="hoa"))
    await site.services.store._edit(
        lambda db, batch: link(db, f"{connection}:main-id", person, batch.now_ms)
    )

    page = (await (await site.signed_in()).get("/contacts")).text

    assert names(page) == ["Lan"]
    assert "⊘</span>blocked" in page


async def test_somebody_of_whom_nothing_is_known_is_listed_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.event("Giá bao nhiêu?", "Lan")
    monkeypatch.setattr(PeopleLog, "known_people", lambda _log, _keys: {})

    assert names((await (await site.signed_in()).get("/contacts")).text) == ["Lan"]


async def test_people_are_picked_by_who_looks_after_them_or_that_nobody_does(site: Site) -> None:
    contacts = site.services.store.contacts
    for person, assignee in {"11": None, "22": "Áđmin", "33": "mai", "44": ""}.items():
        await contacts.assume("demo-page", person, Remember(values={"assignee": assignee}))
    program, caller = await site.program_as(Role.VIEWER), await site.signed_in()

    async def picked(query: str) -> list[str]:
        found = (await program.get(f"/api/contacts?{query}")).json()["items"]
        listed = names((await caller.get(f"/contacts?{query}")).text)
        assert [one["id"] for one in found] == listed
        return listed

    assert await picked("assignee=admin") == ["22"]
    assert await picked("assignee=mai") == ["33"]
    assert await picked("only=unassigned") == ["11", "44"]
    assert await picked("assignee=mai&only=unassigned") == []
    mine = re.search(
        r'<a href="([^"]+)" aria-current="true">mine<',
        (await caller.get("/contacts?assignee=admin")).text,
    )
    assert mine is not None
    assert mine[1] == "/contacts?assignee=admin"


async def test_the_filters_propose_a_bounded_number_of_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "_MOST_PROPOSED", 3)
    tags = tuple(f"tag-{number}" for number in range(5))
    kept = Remember(values={f"value_{number}": 1 for number in range(5)}, add_tags=tags)
    await site.services.store.contacts.assume("demo-page", "1", kept)

    page = (await (await site.signed_in()).get("/contacts")).text

    assert re.findall(r'<option value="(tag-.)">', page) == ["tag-0", "tag-1", "tag-2"]
    assert re.findall(r'<option value="value_(.)">', page) == ["0", "1", "2"]
