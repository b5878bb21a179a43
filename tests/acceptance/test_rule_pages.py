"""From nothing to a live rule in the page alone: a real Page's settings, no demo."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until
from tests.support.rule_editor import write

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

#: What somebody has copied from the demo: it names a connection that this server has not.
FOREIGN = """\
rules:
  - id: from-the-demo
    trigger: {event: comment.created, connection: demo-page}
    actions:
      - reply: Chào bạn
"""
FILE = "shop-page.yaml"
IN_VIEW = """(one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}"""


@pytest.fixture
def owner(browser: Any, shop: Shop) -> Iterator["Owner"]:
    """The owner of a shop, at the first start of a server without any rule."""
    (shop.rules / "shop.yaml").unlink()
    server = shop.start()
    context = browser.new_context(
        base_url=server.url, locale="en-US", viewport={"width": 1100, "height": 800}
    )
    page = context.new_page()
    # Only what is asked before something is deleted.
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(server.sign_in_link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: address.endswith("/"))
    yield Owner(shop, server, page)
    context.close()


class Owner:
    """What they do and see."""

    def __init__(self, shop: Shop, server: ServerProgram, page: Any) -> None:
        self.rules: Path = shop.rules
        self.page = page
        self._shop, self._server = shop, server
        self._comments = 0

    def rules_page(self) -> str:
        self.page.goto("/rules")
        return str(self.page.locator("main").inner_text())

    def saves(self, text: str) -> None:
        write(self.page, text)
        self.page.get_by_role("button", name="Save").click()

    def is_answered(self) -> None:
        """A comment that Facebook sends is answered."""
        self._comments += 1
        body = delivery(changes=[comment(self._comments, str(self._comments), "giá bao nhiêu ạ?")])
        status, answer = call(self._server.url, "POST", "/hooks/shop-page", body, signed(body))
        assert status == 200, answer
        wait_until(
            lambda: len(self._shop.sandbox.records("public_reply")) == self._comments, "the answer"
        )


def test_a_first_rule_is_made_broken_mended_and_deleted_in_the_page(owner: Owner) -> None:
    page = owner.page
    assert "No rule is in force." in owner.rules_page()

    page.get_by_role("link", name="A first rule for shop-page").click()
    text = page.locator("#text").input_value()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/rules/{FILE}?saved=1")
    assert "Saved. The rules are live now" in page.locator("main").inner_text()
    owner.is_answered()

    broken = text.replace("conditions:", "conditons:")
    owner.saves(broken)
    # The page that says so, and not the one on which it was typed.
    page.locator("form[data-refused] .problems li.error").wait_for()
    assert (owner.rules / FILE).read_text() == text

    owner.saves(text + "# mended\n")
    page.wait_for_url(f"**/rules/{FILE}?saved=1")
    assert (owner.rules / FILE).read_text() == text + "# mended\n"

    page.get_by_role("button", name="Delete this file").click()
    page.wait_for_url("**/rules?deleted=*")
    page.locator("main", has_text="is deleted").wait_for()
    page.locator("main", has_text="No rule is in force.").wait_for()
    assert not (owner.rules / FILE).exists()


def test_a_menu_is_closed_by_escape_and_by_going_on_elsewhere(owner: Owner) -> None:
    page = owner.page
    (owner.rules / FILE).write_text(FOREIGN.replace("demo-page", "shop-page"))
    wait_until(lambda: "from-the-demo" in owner.rules_page(), "the rule")
    # That of the file, and below it that of its rule.
    menus = page.locator("main details.menu")
    first, second = menus.nth(0), menus.nth(1)
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("open") is not None
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert first.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"

    second.locator("summary").click()
    first.locator("summary").click()
    assert second.get_attribute("open") is None
    assert first.get_attribute("open") is not None
    page.locator("h1").click()
    assert first.get_attribute("open") is None


def test_files_that_are_broken_on_disk_are_mended_and_deleted_one_by_one(owner: Owner) -> None:
    page = owner.page
    page.goto("/rules/new?name=shop-page.yaml&for=shop-page")
    text = page.locator("#text").input_value()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/rules/{FILE}?saved=1")

    (owner.rules / "below").mkdir()
    (owner.rules / "below" / "foreign.yaml").write_text(FOREIGN)
    (owner.rules / "worse.yaml").write_text("rules: {{ x }}")
    (owner.rules / FILE).write_text(text.replace("conditions:", "conditons:"))
    wait_until(lambda: "an earlier version is in force" in owner.rules_page(), "the broken file")
    assert owner.rules_page().count("not in force") == 2
    owner.is_answered()

    page.get_by_role("link", name=re.compile("^shop-page.yaml")).last.click()
    page.locator(f"form[data-file='{FILE}']").wait_for()
    wait_until(lambda: page.locator(".problems li").count() == 1, "the problem")
    owner.saves(text)
    page.wait_for_url(f"**/rules/{FILE}?saved=1")
    owner.is_answered()

    for name in ("below/foreign.yaml", "worse.yaml"):
        page.goto("/rules")
        page.locator(".file-head").get_by_role("link", name=name, exact=True).click()
        page.get_by_role("button", name="Delete this file").click()
        page.wait_for_url("**/rules?deleted=*")
    assert "not in force" not in owner.rules_page()
    assert [path.name for path in owner.rules.rglob("*.yaml")] == [FILE]
    owner.is_answered()


def test_a_file_is_saved_and_deleted_without_scripts(browser: Any, owner: Owner) -> None:
    cookies = owner.page.context.cookies()
    context = browser.new_context(
        base_url=owner.page.url.split("/log")[0], java_script_enabled=False
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/rules")
    page.get_by_role("link", name="A first rule for shop-page").click()
    page.get_by_role("button", name="Save").click()
    page.locator("[role=status]", has_text="Saved.").wait_for()
    owner.is_answered()

    page.get_by_role("button", name="Delete this file").click()
    page.locator("main", has_text="No rule is in force.").wait_for()
    context.close()


def test_a_sequence_and_a_message_to_many_are_built_step_by_step_in_the_form(owner: Owner) -> None:
    page = owner.page
    page.goto("/rules/new?name=shop-page.yaml&for=shop-page&view=form")
    page.locator("select[name=action]").select_option("follow_up")
    page.locator("button[value=add]").click()
    page.get_by_role("button", name="And again later").click()
    wait = page.locator("label", has=page.locator("input[name='a0-1-n0.after']"))
    wait.get_by_role("spinbutton").fill("3")
    page.locator("textarea[name='a0-1-n0-0.text']").fill("Một tin nữa ạ")
    page.locator("button[value=save]").click()
    page.wait_for_url(f"**/rules/{FILE}?*saved=1")
    saved = (owner.rules / FILE).read_text()
    assert "next:" in saved
    assert "after: 3h" in saved
    assert "Một tin nữa ạ" in saved

    # The fields are those of what is chosen, without another press.
    page.locator("select[name=event]").select_option("schedule.contact")
    page.locator("select[name=days]").select_option("* * sat")
    page.locator("input[name=time]").fill("18:30")
    page.locator("input[name='contacts.tag']").fill("vip")
    assert page.locator("[data-chips] .chip-list button").count() == 0
    with page.expect_navigation(url="**saved=1"):
        page.locator("button[value=save]").click()
    saved = (owner.rules / FILE).read_text()
    assert "30 18 * * sat" in saved
    assert "tag: vip" in saved
    assert "reply:" not in saved
    assert "every Saturday, 18:30" in owner.rules_page()


def test_a_row_for_one_more_comes_as_soon_as_the_last_one_is_begun(owner: Owner) -> None:
    page = owner.page
    page.goto("/rules/gallery")
    who = "{{ event.actor.id | arm('staff', ['lan', 'mai']) }}"
    rule = f'id: a, trigger: {{event: comment.created}}, actions: [remember: {{assignee: "{who}"}}]'
    (owner.rules / FILE).write_text(f"rules:\n  - {{{rule}}}\n")
    wait_until(lambda: "a" in owner.rules_page(), "the rule")
    page.goto(f"/rules/{FILE}?view=form")
    for number, name in ((3, "hoa"), (4, "cúc")):
        page.locator(f"[name='split.staff.name{number}']").press_sequentially(name)
    page.locator("button[value=save]").click()
    page.wait_for_url(f"**/rules/{FILE}?*saved=1")
    assert "['lan', 'mai', 'hoa', 'cúc']" in (owner.rules / FILE).read_text()


def test_a_refused_save_of_the_form_says_why_in_place_and_back_leads_back(owner: Owner) -> None:
    page = owner.page
    page.goto("/rules")
    page.goto("/rules/new?name=shop-page.yaml&for=shop-page&view=form")
    address = page.url
    page.locator("textarea[name='a0-0.text']").fill("Chào {{ event.actor.name")
    page.locator("button[value=save]").click()
    page.locator("[data-wrong] li.error").wait_for()

    assert page.url == address
    assert page.evaluate("document.activeElement.matches('[data-wrong]')")
    page.locator("textarea[name='a0-0.text']").fill("Chào bạn")
    page.locator(".bar [value=apply]").click()
    page.locator("[data-form-status]", has_text="No problems").wait_for()
    # Enter checks as well, and neither saves nor compares with what others have saved.
    page.locator("textarea[name='a0-0.text']").fill("Chào {{ event.actor.name")
    page.locator("input[name=name]").press("Enter")
    page.locator("[data-wrong] li.error").wait_for()
    page.locator("textarea[name='a0-0.text']").fill("Chào bạn")
    page.locator("input[name=name]").press("Enter")
    page.locator("[data-wrong]").wait_for(state="detached")
    assert page.url == address
    page.go_back()
    page.wait_for_url("**/rules")


def test_who_switches_a_rule_far_down_stays_there_and_sees_how_to_undo_it(owner: Owner) -> None:
    page = owner.page
    rule = "  - {{id: rule-{0}, trigger: {{event: comment.created}}, actions: [{{log: x}}]}}\n"
    rules = "rules:\n" + "".join(rule.format(number) for number in range(60))
    (owner.rules / FILE).write_text(rules)
    wait_until(lambda: "rule-59" in owner.rules_page(), "the rules")

    page.get_by_role("switch", name="rule-55").click()
    page.wait_for_url("**did=off*")

    assert page.locator("#rule-rule-55").evaluate(IN_VIEW)
    assert page.get_by_role("button", name="Undo").evaluate(IN_VIEW)
    assert "rule-55" in page.locator(".said").inner_text()
