"""The code editor of a rule file in a real browser, and the text field where it is missing."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_screens import barriers
from tests.support.process import ServerProgram
from tests.support.rule_editor import selected, text_of, write
from tests.support.visitors import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

FILE = "price-questions.yaml"
BROKEN = """\
rules:
  - id: first
    triger: {event: comment.created}
    trigger: {event: comment.created, connection: demo-page}
    actions:
      - reply: "Chào {{ event.actor.name }} 😀"
      - repply: x
"""
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True}

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the rule files."""
    return tmp_path_factory.mktemp("editor") / "rules"


@pytest.fixture(scope="module")
def server(rules: Path) -> Iterator[ServerProgram]:
    """A demo server with the example rules."""
    program = ServerProgram(rules.parent, "--demo", "--rules", str(rules))
    yield program
    program.terminate()


@pytest.fixture
def editor(browser: Any, server: ServerProgram) -> Iterator[Open]:
    """Opens a rule file of a demo server; at the end no page may have complained."""
    visitor = Visitor(browser, server, expects_dialogs=True)

    def opened(path: str = f"/rules/{FILE}", **options: Any) -> Any:
        return visitor.open(path, **options)

    yield opened
    visitor.leave()
    # Chromium notes each refused save; those are what the tests ask for.
    refused = ("status of 422", "status of 409")
    assert [said for said in visitor.complaints if not any(one in said for one in refused)] == []


def settled(page: Any, status: str) -> None:
    page.locator("[data-status]", has_text=status).wait_for()


def test_keys_texts_templates_and_problems_have_looks_of_their_own(editor: Open) -> None:
    page = editor()
    page.locator(".cm-template", has_text="vars.shop").first.wait_for()
    # The language is read in pauses, and colours come with it.
    for word in ("trigger", "rules"):
        page.locator(".cm-line span", has_text=re.compile(f"^{word}$")).first.wait_for()

    colours = page.evaluate(
        """(() => {
          const shown = (word) => [...document.querySelector(".code").shadowRoot
            .querySelectorAll(".cm-line span")].find((span) => span.textContent === word);
          return [shown("trigger"), shown('"{{ now }}"') ?? shown("{{ now }}"),
            shown("rules")].map((span) => getComputedStyle(span).color);
        })()"""
    )

    assert colours[0] == colours[2] != colours[1]
    page.locator(".cm-foldGutter span[title=Fold]").nth(3).wait_for()


def test_problems_stand_in_the_text_beside_their_line_and_in_a_list(editor: Open) -> None:
    page = editor()
    write(page, BROKEN)
    settled(page, "2 to mend")
    page.locator(".cm-lintRange-error").nth(1).wait_for()

    assert [text.inner_text() for text in page.locator(".cm-lintRange-error").all()] == [
        "triger",
        "repply",
    ]
    assert page.locator(".cm-lint-marker-error").count() == 2
    assert page.locator(".problems li.error").count() == 2
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    assert selected(page) == "triger"
    page.locator(".problems a", has_text="line 7").click()
    assert selected(page) == "repply"


def test_on_a_phone_a_problem_stands_beneath_its_line_and_the_bar_hides_no_problem(
    editor: Open,
) -> None:
    page = editor(f"/rules/{FILE}?view=text", **PHONE)
    write(page, BROKEN)
    settled(page, "2 to mend")
    page.locator(".cm-beneath").first.wait_for()
    assert "triger" in page.locator(".cm-beneath").first.inner_text()

    # Saved with an error, the page says so within the screen, wherever one has scrolled to.
    page.get_by_role("button", name="Save").click()
    page.locator("form[data-refused] .problems li").first.wait_for()
    for position in (0, 10_000):
        page.evaluate(f"scrollTo(0, {position})")
        box = page.locator("[data-status]").bounding_box()
        assert 0 <= box["y"] <= 640 - box["height"] or position
    bar, problem = (page.locator(one).first.bounding_box() for one in (".bar", ".problems li"))
    assert bar["y"] + bar["height"] <= problem["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_phone_opens_the_form_first_and_remembers_who_chose_the_text(
    editor: Open, rules: Path
) -> None:
    page = editor(**PHONE)
    page.locator("[data-rule-form] .chip-list").first.wait_for()
    assert page.locator(".views [aria-current]").inner_text() == "Form"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("link", name="As text", exact=True).click()
    page.locator(".cm-content").wait_for()
    page.goto(f"/rules/{FILE}")
    page.locator(".cm-content").wait_for()
    page.get_by_role("link", name="Form", exact=True).click()
    page.locator("[data-rule-form]").wait_for()
    page.goto(f"/rules/{FILE}")
    page.locator("[data-rule-form]").wait_for()

    # A file that no form can show opens as text, which says what is wrong.
    (rules / "torn.yaml").write_text("rules: [\n", encoding="utf-8")
    page.goto("/rules")
    page.get_by_text("torn.yaml").first.wait_for()
    page.goto("/rules/torn.yaml")
    page.locator("#rule-form .cm-content").wait_for()
    (rules / "torn.yaml").unlink()


def test_a_wide_screen_opens_the_text_first_and_remembers_who_chose_the_form(
    editor: Open,
) -> None:
    page = editor()
    page.locator(".cm-content").wait_for()

    page.get_by_role("link", name="Form", exact=True).click()
    page.locator("[data-rule-form]").wait_for()
    page.goto(f"/rules/{FILE}")
    page.locator("[data-rule-form]").wait_for()
    # A new file opens in the same way, and has both views as well.
    page.goto("/rules/new?name=another&for=demo-page")
    page.locator("[data-rule-form]").wait_for()
    page.get_by_role("link", name="As text", exact=True).click()
    page.locator(".cm-content", has_text="demo-page").wait_for()


def test_tab_indents_and_escape_lets_the_keyboard_leave(editor: Open) -> None:
    page = editor()
    write(page, "vars: {a: 1}\n")
    page.keyboard.press("Control+Home")

    page.keyboard.press("Tab")
    assert text_of(page).startswith("  vars")
    page.keyboard.press("Shift+Tab")
    assert text_of(page).startswith("vars")

    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "save"


def test_lines_are_folded_and_texts_are_searched(editor: Open) -> None:
    page = editor()
    page.locator(".cm-foldGutter span[title=Fold]").nth(1).click()
    page.locator(".cm-foldPlaceholder").wait_for()

    page.locator(".cm-content").click()
    page.keyboard.press("Control+f")
    page.locator(".cm-search input[name=search]").press_sequentially("private_reply")
    page.keyboard.press("Enter")
    assert page.locator(".cm-searchMatch-selected").inner_text() == "private_reply"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_has_the_colours_of_the_page(editor: Open, scheme: str) -> None:
    page = editor(color_scheme=scheme)
    page.locator(".cm-editor").wait_for()

    card, text = page.evaluate(
        """[document.querySelector(".editor"),
            document.querySelector(".code").shadowRoot.querySelector(".cm-editor")]
           .map((one) => getComputedStyle(one).backgroundColor)"""
    )

    assert card == text
    assert (text == "rgb(255, 255, 255)") is (scheme == "light")


def test_without_the_bundle_the_text_field_edits_shows_problems_and_saves(
    editor: Open, rules: Path
) -> None:
    good = (rules / FILE).read_text(encoding="utf-8")
    page = editor("/log")
    page.route(
        "**/vendor/editor.js",
        lambda route: route.fulfill(status=200, body="export {};", content_type="text/javascript"),
    )
    page.evaluate("console.warn = () => {}")
    page.add_init_script("console.warn = () => {}")
    page.goto(f"/rules/{FILE}")
    field = page.locator("#text")

    field.fill(BROKEN)
    settled(page, "2 to mend")
    assert page.locator(".numbers b").all_inner_texts() == ["3\n", "7\n"]
    field.fill(good + "# plain\n")
    settled(page, "No problems")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/rules/{FILE}?saved=1")

    assert (rules / FILE).read_text(encoding="utf-8") == good + "# plain\n"


def test_other_scripts_of_the_page_hear_of_each_text_and_may_change_it(editor: Open) -> None:
    page = editor()
    page.locator(".cm-content").wait_for()
    page.evaluate(
        "document.addEventListener('rule-text-changed', (event) => (window.heard = event.detail))"
    )
    write(page, "# 😀\nvars: {}\n")
    assert page.evaluate("window.heard") == "# 😀\nvars: {}\n"

    page.evaluate(
        """document.dispatchEvent(new CustomEvent("rule-text-edit",
             {detail: [{start: 4, end: 8, insert: "rules"}]}))"""
    )
    assert text_of(page) == "# 😀\nrules: {}\n"
    page.evaluate(
        """document.dispatchEvent(new CustomEvent("rule-text-select",
             {detail: {line: 2, column: 1, length: 5}}))"""
    )
    assert selected(page) == "rules"


def test_what_can_be_written_is_offered_and_leads_to_a_rule(editor: Open) -> None:
    page = editor("/rules/new?name=completed.yaml&for=demo-page")
    write(page, "")

    def takes(typed: str, option: str) -> None:
        page.keyboard.type(typed)
        offered = page.locator(".cm-tooltip-autocomplete li[aria-selected]", has_text=option)
        for _ in range(100):
            if offered.is_visible():
                break
            page.wait_for_timeout(100)
        else:
            # What a slow server is asked while somebody types may be given up; people ask again.
            page.keyboard.press("Control+Space")
        offered.wait_for()
        # What was typed a moment ago may not be taken by accident.
        page.wait_for_timeout(150)
        page.keyboard.press("Enter")

    takes("ru", "rules")
    takes("i", "id")
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    takes("trig", "trigger")
    takes("ev", "event")
    takes("comment.c", "comment.created")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    takes("ac", "actions")
    takes("rep", "reply")
    page.keyboard.type('"Chào ')
    page.keyboard.type("{{ event.actor.")
    takes("na", "name")
    page.keyboard.type(' }}"')

    assert text_of(page) == (
        "rules:\n  - id: hello\n    trigger:\n      event: comment.created\n"
        '    actions:\n      - reply: "Chào {{ event.actor.name }}"'
    )
    settled(page, "No problems")


def test_a_key_is_explained_in_the_language_of_the_reader(editor: Open) -> None:
    page = editor(locale="vi-VN")
    page.locator(".cm-line span", has_text="trigger").first.hover()

    about = page.locator(".cm-about")
    about.wait_for()
    assert "Quy tắc" in about.inner_text() or "sự kiện" in about.inner_text()


def test_a_problem_is_mended_by_one_press(editor: Open) -> None:
    page = editor()
    write(page, BROKEN)
    settled(page, "2 to mend")

    page.locator(".problems button", has_text="Change to reply").click()
    settled(page, "1 to mend")
    assert "- reply: x" in text_of(page)
    page.keyboard.press("Control+z")
    assert "- repply: x" in text_of(page)
    settled(page, "2 to mend")

    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    page.locator(".cm-tooltip-lint", has_text="triger").wait_for()
    # Its other name stands there already, so that only the second problem has a fix.
    page.keyboard.press("F8")
    page.locator(".cm-tooltip-lint .cm-diagnosticAction").click()
    assert "repply" not in text_of(page)


def another_tab(page: Any, path: str = f"/rules/{FILE}") -> Any:
    """The same browser, after the tab was closed and the page is opened again."""
    context = page.context
    page.close(run_before_unload=False)
    opened = context.new_page()
    opened.goto(path)
    # What the scripts of the text and of the form put in the place of fields.
    opened.locator(".cm-content, .chip-list").first.wait_for()
    return opened


def is_kept(page: Any, text: str) -> None:
    """The browser keeps a draft with this text, a moment after it was written."""
    page.wait_for_function("text => Object.values(localStorage).join().includes(text)", arg=text)


def test_unsaved_text_survives_a_closed_tab(editor: Open, rules: Path) -> None:
    good = (rules / FILE).read_text(encoding="utf-8")
    page = editor()
    write(page, good + "# not saved 😀\n")
    is_kept(page, "# not saved 😀")

    page = another_tab(page)
    assert text_of(page) == good
    page.get_by_role("button", name="Go on with it").click()
    assert text_of(page) == good + "# not saved 😀\n"

    write(page, good + "# saved\n")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**?saved=1")
    page = another_tab(page)
    assert page.locator("[data-draft]").is_hidden()
    (rules / FILE).write_text(good, encoding="utf-8")


def test_what_was_typed_into_the_form_survives_a_closed_tab(editor: Open, rules: Path) -> None:
    good = (rules / FILE).read_text(encoding="utf-8")
    address = f"/rules/{FILE}?view=form"
    page = editor(address)
    page.locator("textarea[name$='.text']").first.fill("Giá hôm nay 199k ạ 😀")
    is_kept(page, "Giá hôm nay 199k ạ 😀")

    page = another_tab(page, address)
    assert "199k" not in page.locator("[data-rule-form]").inner_html()
    page.get_by_role("button", name="Go on with it").click()
    page.wait_for_url("**/rules/form")
    field = page.locator("textarea[name$='.text']").first
    assert field.input_value() == "Giá hôm nay 199k ạ 😀"

    page.get_by_role("button", name="Save", exact=True).click()
    # The tests of the file expect the former words.
    page.get_by_role("button", name="Save anyway").first.click()
    page.wait_for_url("**saved=1")
    assert "199k" in (rules / FILE).read_text(encoding="utf-8")
    page = another_tab(page, address)
    assert page.locator("[data-draft]").is_hidden()
    (rules / FILE).write_text(good, encoding="utf-8")


def test_what_a_form_has_saved_is_no_draft_any_more(editor: Open, rules: Path) -> None:
    page = editor("/rules/new?name=typed.yaml&for=demo-page&view=form")
    field = page.locator("textarea[name$='.text']").first
    field.fill("Một")
    is_kept(page, "Một")

    # At once, before the text with it has come back.
    field.fill("Hai")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**saved=1")

    assert "Hai" in (rules / "typed.yaml").read_text(encoding="utf-8")
    assert page.locator("[data-draft]").is_hidden()
    assert page.evaluate("localStorage.getItem('draft:typed.yaml')") is None
    (rules / "typed.yaml").unlink()


def test_a_value_is_put_into_a_text_and_a_wait_is_a_number_with_a_unit(
    editor: Open, rules: Path
) -> None:
    page = editor("/rules/new?name=waits.yaml&for=demo-page&view=form")
    field = page.locator("textarea[name='a0-0.text']")
    field.fill("Chào ")
    page.locator(".inserts").first.get_by_role("button", name="+ the person's name").click()
    assert field.input_value() == "Chào {{ event.actor.name | default('') }}"

    page.locator("select[name=action]").select_option("follow_up")
    page.locator("button[value=add]").click()
    wait = page.locator("label", has=page.locator("input[name='a0-1.after']"))
    wait.get_by_role("spinbutton").fill("3")
    wait.get_by_role("combobox").select_option("days")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**saved=1")

    assert "after: 3d" in (rules / "waits.yaml").read_text(encoding="utf-8")
    assert "{{ event.actor.name | default('') }}" in (rules / "waits.yaml").read_text("utf-8")
    (rules / "waits.yaml").unlink()


def test_a_draft_can_be_thrown_away(editor: Open, rules: Path) -> None:
    page = editor()
    write(page, "rules: []\n")
    is_kept(page, "rules: []")

    page = another_tab(page)
    page.get_by_role("button", name="Throw it away").click()
    page = another_tab(page)
    assert page.locator("[data-draft]").is_hidden()


def test_a_file_that_somebody_else_saves_is_noticed_and_both_changes_meet(
    editor: Open, rules: Path
) -> None:
    good = (rules / FILE).read_text(encoding="utf-8")
    page = editor()
    write(page, good + "# mine\n")
    (rules / FILE).write_text("# theirs\n" + good, encoding="utf-8")

    # As when somebody comes back to the tab.
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.locator("[data-changed]").wait_for()
    page.get_by_role("button", name="Compare both").click()
    page.get_by_role("button", name="Save both").wait_for()
    page.locator(".cm-content").wait_for()
    assert text_of(page) == "# theirs\n" + good + "# mine\n"
    page.get_by_role("button", name="Save both").click()
    page.wait_for_url("**?saved=1")

    assert (rules / FILE).read_text(encoding="utf-8") == "# theirs\n" + good + "# mine\n"
    # What both have written is saved: nothing is left to go on with.
    page.locator(".cm-content").wait_for()
    assert page.locator("[data-draft]").is_hidden()
    (rules / FILE).write_text(good, encoding="utf-8")


def test_who_says_that_only_their_text_counts_is_asked_once(editor: Open, rules: Path) -> None:
    good = (rules / FILE).read_text(encoding="utf-8")
    page = editor()
    write(page, good + "# mine\n")
    (rules / FILE).write_text("# theirs\n" + good, encoding="utf-8")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".cm-content").wait_for()
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))

    page.get_by_role("button", name="Save mine alone").click()
    page.wait_for_url("**?saved=1")

    assert asked == ["confirm"]
    assert (rules / FILE).read_text(encoding="utf-8") == good + "# mine\n"
    (rules / FILE).write_text(good, encoding="utf-8")


def test_what_saving_would_change_is_shown_beside_the_text(editor: Open) -> None:
    page = editor()
    page.locator(".cm-content").wait_for()
    page.keyboard.press("Control+Home")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# more")
    page.get_by_role("button", name="What changes").click()

    page.locator("#difference .add", has_text="+# more").wait_for()
    page.keyboard.press("Control+End")
    page.get_by_role("button", name="What changes").click()
    page.locator("#difference .add").first.wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_that_opens_in_the_editor_is_a_barrier(
    editor: Open, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 800}
    page = editor(f"/rules/{FILE}?view=text", color_scheme=scheme, viewport=viewport)
    found = []
    write(page, BROKEN)
    settled(page, "2 to mend")
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    page.locator(".cm-tooltip-lint").wait_for()
    found += barriers(page, "a problem")
    page.keyboard.press("Control+End")
    page.keyboard.type("      - ")
    page.locator(".cm-tooltip-autocomplete").wait_for()
    found += barriers(page, "completion")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+f")
    page.locator(".cm-search").wait_for()
    page.get_by_role("button", name="What changes").click()
    page.locator("#difference .add").first.wait_for()
    found += barriers(page, "search and differences")

    assert found == []
