"""The list of the rules of a shop that has many: its pages, its search, and many problems."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.asgi import Caller
from tests.support.site import Site, open_site

COUNT = 230
RULE = """\
  - id: rule-{number}
    name: Giá mẫu {number}
    trigger: {{event: comment.created}}
    conditions: ["keywords(event.text, ['ma{number}'])"]
    actions: [{{reply: "Chào bạn, kho {number} ạ"}}]
"""


def rules(first: int, last: int) -> str:
    return "rules:\n" + "".join(RULE.format(number=number) for number in range(first, last))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, rules(0, COUNT)) as opened:
        yield opened


@pytest.fixture
async def editor(shop: Site) -> Caller:
    return await shop.signed_in()


def shown(page: str) -> list[str]:
    return re.findall(r'id="rule-(rule-\d+)"', page)


async def test_a_change_leads_back_to_the_rule_on_its_page_and_names_it(
    shop: Site, editor: Caller
) -> None:
    csrf = await shop.csrf(editor)
    form = {"csrf": csrf, "file": "prices.yaml", "rule": "rule-210", "on": "0"}

    done = await editor.post("/rules/switch", form)
    address, _, anchor = done.headers["location"].partition("#")
    page = (await editor.get(address)).text

    assert anchor == "rule-rule-210"
    assert "rule-210" in shown(page)
    assert "Switched off. <strong><bdi>Giá mẫu 210</bdi></strong>" in html.unescape(page)
    assert "page 3 of 3" in page


async def test_a_search_finds_names_words_answers_and_files_and_is_kept_by_a_change(
    shop: Site, editor: Caller
) -> None:
    for text, found in (
        ("gia+mau+117", ["rule-117"]),
        ("MA118", ["rule-118"]),
        ("kho+119+chao", ["rule-119"]),
        ("zqxj", []),
    ):
        assert shown((await editor.get(f"/rules?text={text}")).text) == found
    whole = (await editor.get("/rules?text=prices.yaml&page=2")).text
    assert len(shown(whole)) == COUNT - 200
    assert "page=1&amp;text=prices.yaml" in whole

    page = (await editor.get("/rules?text=ma118")).text
    assert page.count('<input type="hidden" name="text" value="ma118">') >= 3
    form = {"csrf": await shop.csrf(editor), "file": "prices.yaml", "rule": "rule-118",
            "on": "0", "text": "ma118"}  # fmt: skip
    done = await editor.post("/rules/switch", form)
    assert "text=ma118" in done.headers["location"]
    assert "page=" not in done.headers["location"]


async def test_of_many_problems_the_first_of_each_file_are_shown_and_the_others_counted(
    shop: Site, editor: Caller
) -> None:
    folder = shop.services.rulebook.folder
    for number in range(12):
        broken = rules(1000 + 20 * number, 1020 + 20 * number).replace("trigger", "triger")
        (folder / f"more-{number:02}.yaml").write_text(broken)
    await shop.services.rulebook.reload_if_changed()

    page = (await editor.get("/rules")).text

    assert page.count('<li class="error"') == 20
    assert "more problems in <a" in page
    for number in range(12):
        assert f"more-{number:02}.yaml?view=text#problems" in page


async def test_the_search_for_everything_finds_rules_by_their_words_and_files_by_their_names(
    editor: Caller,
) -> None:
    async def found(text: str) -> list[str]:
        page = (await editor.get(f"/find?q={text}", {"x-fragment": "1"})).text
        return re.findall(r'<a href="(/rules/[^"]+)"', page)

    assert await found("ma177") == ["/rules/prices.yaml?near=887"]
    assert (await found("prices.ya"))[-1] == "/rules/prices.yaml"
