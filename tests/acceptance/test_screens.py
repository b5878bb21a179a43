"""Every screen of the server in a real browser: quiet, accessible, small, and kept in its place."""

import gzip
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from automator.resources import static_folder
from automator.server.web.security import CONTENT_SECURITY_POLICY
from tests.acceptance.conftest import RULES, SECRETS, SETTINGS
from tests.support.process import ServerProgram
from tests.support.rule_editor import write
from tests.support.screens import (
    DARK,
    DESK,
    HOSTILE,
    LOOKS,
    NARROW,
    PHONE,
    SHADOW,
    WHOLE,
    ZOOMED,
    Look,
    Screens,
)

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

#: Bytes on the wire, compressed.
MOST_SCRIPT = 13_000
MOST_STYLE = 8_000
MOST_EDITOR = 155_000
AXE = files("axe_playwright_python").joinpath("axe.min.js")
#: What WCAG 2.2 AA asks for, and what axe recommends beyond it.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What axe says of colours: a dark page differs from the light one in nothing else.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
#: Ends when nothing that can be clicked has changed its place between two looks at the page.
STANDS_STILL = """async () => {
  const places = () => JSON.stringify(
    [...document.querySelectorAll("a, button, summary, input, select, textarea")].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return [x, y, width, height];
    }));
  for (let before, now = places(); now !== before; now = places()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""
#: Times that say how long ago are written once, so that no line breaks anew under a measurement.
ONCE = "window.setInterval = () => 0;"
#: Parts with a text of their own that stand a few letters wide, and so many lines high.
SQUEEZED = """[...document.querySelectorAll("main *")].filter((one) => {
  const own = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  const { width, height } = one.getBoundingClientRect();
  const letters = own.map((node) => node.data.trim()).join("").length;
  return letters > 5 && width > 2 && width < 40 && height > 3 * width;
}).map((one) => one.outerHTML.slice(0, 160))"""
#: Texts that end before their end, apart from those that are shortened on purpose.
CUT = """[...document.querySelectorAll("body *")].filter((one) => {
  const { overflowX, visibility } = getComputedStyle(one);
  const hides = ["hidden", "clip"].includes(overflowX) && visibility === "visible";
  return hides && one.clientWidth > 2 && one.scrollWidth > one.clientWidth + 1
    && one.textContent.trim() && !one.closest(".cm-editor, .clip, .visually-hidden");
}).map((one) => one.outerHTML.slice(0, 160))"""
#: The part of the menu at the side that a window of 800 px does not show.
BELOW_THE_MENU = """(() => {
  const side = document.querySelector(".side");
  return side ? side.scrollHeight - side.clientHeight : 0;
})()"""
#: The height of what stays in its place while the page is scrolled.
STAYS = """[...document.querySelectorAll("body *")].filter((one) =>
  ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility()
).reduce((sum, one) => sum + one.getBoundingClientRect().height, 0)"""
#: Senders whose forms differ: apps, tokens, a signature of one's own.
SENDERS = ("facebook", "zalo", "telegram", "github")

#: Where a shop works every day, and where its rules are made.
DESK_PAGES = ["/inbox", "/log", "/rules/gallery", "/rules/gallery/price",
              "/rules/price-questions.yaml?view=form", "/rules/history"]  # fmt: skip

#: The page, the address and the answer of every screen, in one look.
Visits = Callable[[Look], Iterator[tuple[Any, str, Any]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """A demo server with the example rules."""
    folder: Path = tmp_path_factory.mktemp("screens")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield program
    program.terminate()


@pytest.fixture(scope="module")
def screens(browser: Any, server: ServerProgram) -> Screens:
    """Its screens, after people have written and some answers have failed."""
    found = Screens(browser, server)
    with found.page() as page:
        found.fill(page)
    return found


@pytest.fixture(scope="module")
def shop_screens(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    """Those of a shop with settings of its own, to which nothing has come yet."""
    folder: Path = tmp_path_factory.mktemp("shop")
    (folder / "rules").mkdir()
    (folder / "rules" / "shop.yaml").write_text(RULES)
    config = folder / "automator.yaml"
    # Nobody is asked there: nothing comes in that could be answered.
    config.write_text(SETTINGS.format(port=9))
    options = ("--config", str(config), "--rules", str(folder / "rules"))
    program = ServerProgram(folder, *options, environ=SECRETS)
    yield Screens(browser, program)
    program.terminate()


@pytest.fixture(scope="module")
def addresses(screens: Screens) -> dict[str, str]:
    """One address for each screen of the demo."""
    with screens.page() as page:
        found = screens.addresses(page)
    assert len(found) >= 20
    return found


@pytest.fixture(scope="module")
def shop_addresses() -> list[str]:
    """The screens of a new shop that look otherwise than those of the demo."""
    lists = ["log", "events", "samples", "review", "replays", "follow-ups", "deliveries"]
    lists += ["contacts", "limits", "targets", "connections", "rules"]
    new = [f"/connections/new/{name}" for name in SENDERS]
    new += [f"/connections/new/generic?check={check}" for check in ("hmac", "basic")]
    return ["/", *(f"/{name}" for name in lists), "/connections/new", *new,
            "/connections/shop-page", "/connections/shop-page/test"]  # fmt: skip


@pytest.fixture
def visits(
    screens: Screens,
    addresses: dict[str, str],
    shop_screens: Screens,
    shop_addresses: list[str],
) -> Visits:
    """Opens every screen, the demo's and the new shop's, one after the other."""

    def visited(look: Look) -> Iterator[tuple[Any, str, Any]]:
        of_shop = [*shop_addresses, shop_screens.applying]
        for found, paths in ((screens, addresses.values()), (shop_screens, of_shop)):
            with found.page(look) as page:
                page.add_init_script(ONCE)
                for address in paths:
                    yield page, address, opened(page, address)

    return visited


@pytest.fixture(autouse=True)
def quiet(screens: Screens, shop_screens: Screens) -> Iterator[None]:
    """At the end of each test nothing may have gone wrong on any page."""
    for found in (screens, shop_screens):
        found.complaints.clear()
    yield
    assert screens.complaints + shop_screens.complaints == []


def opened(page: Any, address: str) -> Any:
    """The answer, once the page is drawn."""
    answer = page.goto(address)
    page.wait_for_load_state("load")
    if page.locator("form[data-editor]").count():
        page.locator(".cm-content").wait_for()
    return answer


@pytest.mark.parametrize("look", [*LOOKS, ZOOMED, NARROW], ids=lambda look: look.name)
def test_every_screen_is_safe_accessible_small_and_in_its_place(visits: Visits, look: Look) -> None:
    """One walk for all of it: to open the screens takes longer than to look at them."""
    found: list[str] = []
    for page, address, answer in visits(look):
        found += breaches_of_policy(address, answer)
        found += out_of_place(page, address)
        found += cut_or_covered(page, address, look) if look in (ZOOMED, NARROW) else ()
        found += too_large(page, address) if look is DARK else ()
        found += barriers_everywhere(page, address, look) if look in LOOKS else ()

    assert found == []


def breaches_of_policy(address: str, answer: Any) -> Iterator[str]:
    if answer.status != 200:
        yield f"{address}: status {answer.status}"
    if answer.headers["content-security-policy"] != CONTENT_SECURITY_POLICY:
        yield f"{address}: another policy"


def out_of_place(page: Any, address: str) -> Iterator[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{address}: {wide} px wider than its window"
    if hidden := page.evaluate(BELOW_THE_MENU):
        yield f"{address}: {hidden} px of the menu are only seen by scrolling it"
    for html in page.evaluate(SQUEEZED):
        yield f"{address}: squeezed: {html}"


def cut_or_covered(page: Any, address: str, look: Look) -> Iterator[str]:
    for html in page.evaluate(CUT):
        yield f"{address}: cut: {html}"
    # The documentation has the bars of its own theme.
    if not address.startswith("/help/") and page.evaluate(STAYS) > look.height / 3:
        yield f"{address}: what stays leaves no room for the page"


def too_large(page: Any, address: str) -> Iterator[str]:
    """Of scripts and styles."""
    sent = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    sizes = {".js": 0, ".css": 0}
    for name in {urlsplit(url).path for url in sent}:
        kind = Path(name).suffix
        if name.startswith("/static/") and kind in sizes:
            content = (static_folder() / name.split("/", 3)[3]).read_bytes()
            sizes[kind] += len(gzip.compress(content, 9, mtime=0))
    is_editor = page.locator("form[data-editor]").count() > 0
    if sizes[".js"] > (MOST_EDITOR if is_editor else MOST_SCRIPT):
        yield f"{address}: {sizes['.js']} bytes of scripts"
    if sizes[".css"] > MOST_STYLE:
        yield f"{address}: {sizes['.css']} bytes of styles"


def barriers_everywhere(page: Any, address: str, look: Look) -> list[str]:
    """What axe complains about, what is folded away included."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    # As tall as the page, so that the bar of a phone covers no link of it by accident.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": look.width, "height": max(look.height, height)})
    found = barriers(page, address)
    page.set_viewport_size({"width": look.width, "height": look.height})
    return found


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_nothing_that_opens_has_a_barrier_that_axe_knows(screens: Screens, look: Look) -> None:
    found = []
    with screens.page(look) as page:
        page.add_init_script(ONCE)
        page.goto("/log")
        page.locator("details.drop summary").click()
        page.locator("[data-keys-open]").click()
        page.locator("dialog[open]").wait_for()
        found += barriers(page, "the keys")
        page.keyboard.press("Escape")
        if look is PHONE:
            page.get_by_role("button", name="Thêm").click()
            page.locator("#menu:popover-open").wait_for()
            found += barriers(page, "the menu")
        else:
            page.locator("[data-inspect]").first.click()
            page.locator("[data-inspector] h1").wait_for()
            found += barriers(page, "a run beside the list")
        page.goto("/events")
        page.keyboard.press("Control+k")
        page.locator("[data-found] a").first.wait_for()
        found += barriers(page, "the field that finds")
        found += [*barriers_of_the_editor(page)]
        found += [*barriers_of_the_form(screens, page, look)]
        found += barriers_of_two_changes(screens, page, look)

    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_desk_of_a_shop_has_no_barrier_in_any_theme(
    screens: Screens, shop_screens: Screens, width: int, scheme: str
) -> None:
    look = Look("desk", width, 844, scheme=scheme)
    found: list[str] = []
    for of, addresses in ((screens, DESK_PAGES), (shop_screens, ["/connections"])):
        with of.page(look) as page:
            page.add_init_script(ONCE)
            for address in addresses:
                opened(page, address)
                found += barriers_everywhere(page, address, look)

    assert found == []


def barriers_of_the_editor(page: Any) -> Iterator[str]:
    """Of the difference, a try, completions and problems, beside and within the text."""
    opened(page, "/rules/price-questions.yaml?view=text")
    page.locator("#preview .preview-head").wait_for()
    page.locator("#try button.main").click()
    page.locator("#trial > *").first.wait_for()
    yield from barriers(page, "a try")
    write(page, "rules:\n  - id: first\n    trigger: {event: comment.created}\n    triger: x\n    ")
    page.locator("li[data-severity=error]").first.wait_for()
    page.locator("button[value=diff]").click()
    page.locator("#difference > *").first.wait_for()
    yield from barriers(page, "problems and the difference")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Space")
    page.locator(".cm-tooltip-autocomplete").wait_for()
    yield from barriers(page, "completions")


def barriers_of_the_form(screens: Screens, page: Any, look: Look) -> Iterator[str]:
    """Of a rule with every action and a group of conditions, all parts of its form open."""
    name = f"whole-{look.name}"
    screens.save(f"{name}/knowledge/shop.md", "Giá 100k")
    screens.save(f"{name}/rules.yaml", WHOLE.replace("whole", name))
    opened(page, f"/rules/{name}/rules.yaml?view=form")
    page.locator("[data-rule-form] .chip-list").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.locator("button[value='group:any:']").click()
    page.locator("fieldset[data-place='1'] select[name$='.kind']").wait_for()
    yield from barriers_everywhere(page, "the whole form", look)


def barriers_of_two_changes(screens: Screens, page: Any, look: Look) -> list[str]:
    """Of the page that puts two changes of one file together, or shows where they meet."""
    name = f"both-{look.name}.yaml"
    text = SHADOW.replace("friendly", name.removesuffix(".yaml"))
    screens.save(name, text)
    opened(page, f"/rules/{name}?view=text")
    other = page.context.new_page()
    opened(other, f"/rules/{name}?view=text")
    write(other, f"# theirs\n{text}")
    other.locator("button[value=save]").click()
    other.wait_for_url("**saved=1")
    other.close()
    write(page, f"# mine\n{text}" if look is PHONE else f"{text}# mine\n")
    page.locator("button[value=save]").click()
    page.locator("main .pair").first.wait_for()
    page.locator(".cm-content").wait_for()
    page.locator("li[data-severity], [data-status]:not(.hint)").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    # The answer to a text that cannot be saved as it is.
    screens.complaints[:] = [said for said in screens.complaints if "status of 409" not in said]
    return barriers(page, "two changes")


def barriers(page: Any, where: str) -> list[str]:
    """What axe complains about on a page that stands still."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = complaints_of_axe(page, where)
    # Axe measures one thing after the other: a page that moved meanwhile has what it never shows.
    return found and complaints_of_axe(page, where)


def complaints_of_axe(page: Any, where: str) -> list[str]:
    page.evaluate(STANDS_STILL)
    result = page.evaluate(
        "([tags, ofColours]) => axe.run(document, {resultTypes: ['violations'],"
        " runOnly: matchMedia('(prefers-color-scheme: dark)').matches ? ofColours : tags})",
        [TAGS, OF_COLOURS],
    )
    return [
        f"{where}: {violation['id']}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


def test_what_opens_on_a_narrow_screen_stays_on_it(screens: Screens) -> None:
    with screens.page(NARROW) as page:
        opened(page, "/log")
        page.locator("details.drop summary").click()
        box = page.locator("details.drop ul").bounding_box()
        opened(page, f"/events/{screens.newest('events')['id']}")
        page.locator(".tree > summary").click()
        rows = page.evaluate(
            """[...document.querySelectorAll(".tree li")].filter((one) => {
              const tools = one.querySelector(".tools-of-value");
              const end = one.getBoundingClientRect().bottom;
              return tools && tools.getBoundingClientRect().bottom > end + 1;
            }).length"""
        )

    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW.width
    assert rows == 0


def test_a_person_is_handed_on_and_noted_about_on_a_narrow_screen(screens: Screens) -> None:
    with screens.page(PHONE) as page:
        page.goto("/contacts?assignee=owner")
        page.locator(".row.contact a").first.click()
        page.locator(".hand-on summary").click()
        page.select_option("select[name=to]", "")
        page.locator(".hand-on textarea").fill("Ai rảnh thì nhận giúp")
        page.locator(".hand-on button").click()
        page.wait_for_url("**#staff")
        page.locator("form[action$='/staff-notes'] textarea").fill("Thích <b>size M</b>")
        page.locator("form[action$='/staff-notes'] button").click()
        page.get_by_text("Thích <b>size M</b>").first.wait_for()
        newest = page.locator(".staff-notes > li").all_inner_texts()[:2]
        page.locator(".staff-notes summary").first.click()
        width = page.evaluate("document.documentElement.scrollWidth")
        found = barriers(page, "the notes of the staff")
        page.goto("/contacts?only=unassigned")
        unassigned = page.locator(".row.contact").count()

    assert "size M" in newest[0]
    assert "→ không giao cho ai nữa" in newest[1]
    assert "Ai rảnh thì nhận giúp" in newest[1]
    assert width <= PHONE.width
    assert unassigned > 0
    assert found == []


@pytest.mark.parametrize("look", [DESK, PHONE], ids=lambda look: look.name)
def test_hostile_texts_stay_in_their_place(screens: Screens, look: Look) -> None:
    with screens.page(look) as page:
        for text in HOSTILE:
            screens.send(page, text)
            event, run = screens.newest("events")["id"], screens.newest("runs")["id"]
            places = ["/", "/log", "/events", "/follow-ups", "/demo", "/review",
                      f"/events/{event}", f"/runs/{run}", "/deliveries"]  # fmt: skip
            for address in places:
                opened(page, address)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
                made = "main img, main script, main a[href^=javascript]"
                assert page.locator(made).count() == 0, address
    # What was asked for is in `quiet`: no dialog, no request to another host, no message.


def test_the_policy_lets_no_script_make_html_out_of_a_text(
    browser: Any, server: ServerProgram
) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/sign-in")

    refused = page.evaluate(
        """[() => (document.body.innerHTML = "<b>x</b>"),
            () => trustedTypes.createPolicy("other", {})].map((act) => {
              try { act(); return ""; } catch (error) { return error.name; }
            })"""
    )

    assert refused == ["TypeError", "TypeError"]
    context.close()
