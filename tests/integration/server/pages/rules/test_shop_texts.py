"""The shop's own texts, from which rules answer, are files of the rules like all others."""

import io
import zipfile

from automator.rules.editing.edits import data_of
from automator.server.web.security import Role
from tests.integration.server.pages.rules.test_rule_editor import etag_in, text_in
from tests.integration.server.pages.rules.test_rule_form import form_in, press
from tests.support.asgi import Caller, Reply
from tests.support.site import Site

SHOP = "# Shop\n\nÁo giá 250.000đ.\n"
ANSWERS = """\
rules:
  - id: answers
    trigger: {event: message.received}
    actions:
      - answer: shop
"""
PAGE = "/rules/knowledge/shop.md"


async def with_texts(site: Site) -> Caller:
    folder = site.services.rulebook.folder
    (folder / "knowledge").mkdir()
    (folder / "knowledge" / "shop.md").write_text(SHOP, encoding="utf-8")
    (folder / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    await site.services.rulebook.reload_if_changed()
    return await site.signed_in(Role.EDITOR)


async def saved(site: Site, caller: Caller, text: str) -> Reply:
    etag = etag_in(await caller.get(PAGE))
    return await site.press(caller, PAGE, etag=etag, text=text, do="save")


async def test_a_text_is_read_and_changed_in_the_editor_of_rules(site: Site) -> None:
    caller = await with_texts(site)
    page = await caller.get(PAGE)
    assert (page.status, text_in(page)) == (200, SHOP)

    reply = await saved(site, caller, "Áo giá 300.000đ.\n")

    assert reply.status == 303
    assert site.services.rulebook.active.rule_set.files["knowledge/shop.md"] == "Áo giá 300.000đ.\n"
    for address in ("/rules", "/rules/answers.yaml", PAGE):
        assert (await caller.get(address)).status == 200


async def test_a_text_that_is_too_long_is_refused_at_its_place(site: Site) -> None:
    caller = await with_texts(site)

    reply = await saved(site, caller, "y" * 12_001)

    assert reply.status == 422
    assert "12,001" in reply.text or "12001" in reply.text
    assert site.services.rulebook.active.rule_set.files["knowledge/shop.md"] == SHOP


async def test_a_text_is_made_over_the_api(site: Site) -> None:
    program = await site.program_as(Role.EDITOR)
    text = {"text": "Mở cửa 8:00."}
    made = await program.json("PUT", "/api/rules/knowledge/new.md", text, {"if-none-match": "*"})
    refused = await program.json("PUT", "/api/rules/new.md", text, {"if-none-match": "*"})

    assert (made.status, refused.status) == (200, 400)
    assert "knowledge/new.md" in site.services.rulebook.active.rule_set.files


async def test_an_answer_is_added_in_the_form_with_the_texts_that_exist(site: Site) -> None:
    caller = await with_texts(site)
    folder = site.services.rulebook.folder
    for name in ("knowledge/prices.md", "autumn/knowledge/sale.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SHOP, encoding="utf-8")
    await site.services.rulebook.reload_if_changed()
    page = await caller.get("/rules/answers.yaml?view=form")
    form = form_in(page)

    assert "Texts of the shop to answer from" in page.text
    assert '<option value="answer">' in page.text
    assert form["a0-0.texts.shop"] == "1"
    assert 'name="a0-0.texts.prices"' in page.text
    assert "a0-0.texts.sale" not in page.text
    both = {**form, "a0-0.texts.prices": "1"}
    again = form_in(await press(site, caller, {**both, "action": "answer"}, "add"))
    assert [again[f"a0-0.texts.{name}"] for name in ("shop", "prices")] == ["1", "1"]
    assert {name for name in again if name.startswith("a0-1.texts.")} == {
        "a0-1.texts.ticks",
        "a0-1.texts.prices",
    }
    saved = await press(site, caller, both, "save")

    assert saved.status == 303, saved.text
    written = (folder / "answers.yaml").read_text(encoding="utf-8")
    assert data_of(written)["rules"][0]["actions"] == [{"answer": {"texts": ["shop", "prices"]}}]


async def test_a_bundle_of_an_event_has_the_texts(site: Site) -> None:
    caller = await with_texts(site)
    event, _run = await site.event(sample="message.received", person="77")

    reply = await caller.get(f"/events/{event}/bundle")

    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert "rules/knowledge/shop.md" in archive.namelist()
