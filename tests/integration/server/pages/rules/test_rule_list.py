"""Rules and files are switched, named, moved and deleted in the page, and each change is undone."""

import html
import re
from pathlib import Path

import pytest

from automator.language import Translator
from automator.resources import example_rules_folder
from automator.server.pages import reports
from automator.server.web.security import Role
from tests.support.asgi import Caller, Reply
from tests.support.site import RULES, Site, open_site

TWO = (
    RULES
    + """\
  # The second.
  - id: thanks
    trigger: {event: comment.created}   # all of them
    actions: [{log: thanks}]
"""
)


@pytest.fixture
async def editor(site: Site) -> Caller:
    await save(site, TWO)
    return await site.signed_in(Role.EDITOR)


async def save(site: Site, text: str, name: str = "prices.yaml") -> None:
    book = site.services.rulebook
    known = book.files().get(name)
    await book.save(name, text, if_match=known.etag if known else None, author="test")


async def press(site: Site, caller: Caller, change: str, **form: str) -> Reply:
    csrf = await site.csrf(caller)
    return await caller.post(f"/rules/{change}", {"csrf": csrf, "file": "prices.yaml", **form})


def on_disk(site: Site, name: str = "prices.yaml") -> str:
    return (site.services.rulebook.folder / name).read_bytes().decode()


def enabled(site: Site) -> dict[str, bool]:
    rules = site.services.rulebook.active.rule_set.rules
    return {rule.spec.id: rule.spec.enabled for rule in rules}


def revision_in(reply: Reply) -> str:
    found = re.search(r"revision=(\d+)", reply.headers["location"])
    assert found
    return found[1]


async def test_a_rule_is_switched_off_and_the_change_is_undone(site: Site, editor: Caller) -> None:
    off = await press(site, editor, "switch", rule="thanks", on="0")

    assert on_disk(site) == TWO.replace("id: thanks\n", "id: thanks\n    enabled: false\n")
    assert enabled(site) == {"price-question": True, "thanks": False}
    page = (await editor.get(off.headers["location"])).text
    assert "Switched off." in page
    assert 'aria-checked="false"' in page

    undone = await press(site, editor, "undo", revision=revision_in(off))

    assert undone.headers["location"] == "/rules?did=undo"
    assert on_disk(site) == TWO
    assert enabled(site) == {"price-question": True, "thanks": True}


async def test_a_file_is_switched_off_as_a_whole_and_on(site: Site, editor: Caller) -> None:
    await press(site, editor, "switch", rule="thanks", on="0")
    before = on_disk(site)

    await press(site, editor, "switch", on="0")
    assert enabled(site) == {"price-question": False, "thanks": False}
    assert "switched off" in (await editor.get("/rules")).text

    await press(site, editor, "switch", on="1")
    assert on_disk(site) == before
    assert enabled(site) == {"price-question": True, "thanks": False}


async def test_a_rule_gets_a_name_and_keeps_its_id(site: Site, editor: Caller) -> None:
    await press(site, editor, "name", rule="thanks", name=" Cảm ơn:  khách ")

    assert on_disk(site) == TWO.replace("id: thanks\n", 'id: thanks\n    name: "Cảm ơn: khách"\n')
    assert "Cảm ơn: khách" in (await editor.get("/rules")).text
    assert (await press(site, editor, "name", rule="thanks", name="x" * 121)).status == 400


async def test_a_rule_is_deleted_and_the_last_one_with_its_file(site: Site, editor: Caller) -> None:
    await press(site, editor, "drop", rule="thanks")
    assert on_disk(site) == RULES + "  # The second.\n"

    last = await press(site, editor, "drop", rule="price-question")
    assert site.services.rulebook.files() == {}

    await press(site, editor, "undo", revision=revision_in(last))
    assert on_disk(site) == RULES + "  # The second.\n"


async def test_a_file_gets_another_name_with_everything_in_it(site: Site, editor: Caller) -> None:
    moved = await press(site, editor, "move", name="autumn/answers")

    assert list(site.services.rulebook.files()) == ["autumn/answers.yaml"]
    assert on_disk(site, "autumn/answers.yaml") == TWO
    assert site.services.rulebook.active.rule_set.rule("thanks")
    await press(site, editor, "undo", revision=revision_in(moved))
    assert list(site.services.rulebook.files()) == ["prices.yaml"]


async def test_a_file_takes_no_name_that_another_one_has(site: Site, editor: Caller) -> None:
    await save(site, "rules: []\n", "other.yaml")

    assert (await press(site, editor, "move", name="other.yaml")).status == 400
    assert (await press(site, editor, "move", name="../x.yaml")).status == 400
    assert on_disk(site) == TWO


async def test_what_somebody_else_changed_since_is_not_undone(site: Site, editor: Caller) -> None:
    off = await press(site, editor, "switch", rule="thanks", on="0")
    await save(site, RULES)

    refused = await press(site, editor, "undo", revision=revision_in(off))

    assert refused.status == 409
    assert on_disk(site) == RULES


async def test_a_copy_of_a_rule_has_an_id_of_its_own_and_is_switched_off(
    site: Site, editor: Caller
) -> None:
    before = on_disk(site)
    first = await press(site, editor, "copy", rule="price-question")
    await press(site, editor, "copy", rule="price-question")

    rules = {rule.spec.id: rule.spec for rule in site.services.rulebook.active.rule_set.rules}
    copy, original = rules["price-question-2"], rules["price-question"]
    page = (await editor.get(first.headers["location"])).text
    assert [*rules][-2:] == ["price-question-2", "price-question-3"]
    assert first.headers["location"].endswith("#rule-price-question-2")
    assert "switch it on" in page
    assert (copy.enabled, original.enabled) == (False, True)
    assert copy.name == "Answer price questions (copy)"
    assert [step.inputs for step in copy.steps] == [step.inputs for step in original.steps]
    assert on_disk(site).startswith(before)


async def test_a_rule_that_is_not_there_any_more_is_said(site: Site, editor: Caller) -> None:
    assert (await press(site, editor, "switch", rule="gone", on="0")).status == 404
    assert (await press(site, editor, "switch", file="gone.yaml", on="0")).status == 404
    assert (await press(site, editor, "copy", rule="gone")).status == 404
    assert (await press(site, editor, "undo", revision="999999")).status == 404


async def test_a_broken_file_stands_at_the_top_with_its_place_and_the_mend(
    site: Site, editor: Caller
) -> None:
    (site.services.rulebook.folder / "worse.yaml").write_text("rules:\n  - idd: x\n")
    (site.services.rulebook.folder / "prices.yaml").write_text(TWO.replace("- id: thanks", "- x"))
    await site.services.rulebook.reload_if_changed()

    page = (await editor.get("/rules")).text

    assert page.index("worse.yaml:") < page.index('class="file"')
    assert "did you mean" in page
    # Its rules are in force as they were; the text on disk is another one.
    assert "an earlier version is in force" in page
    assert 'action="/rules/switch"' not in page.replace('name="file" value="worse.yaml"', "")
    assert (await press(site, editor, "switch", rule="thanks", on="0")).status in (400, 404)


async def test_a_viewer_reads_the_list_and_changes_nothing(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)

    page = (await viewer.get("/rules")).text

    assert "Answer price questions" in page
    assert 'action="/rules/' not in page
    for change in ("switch", "name", "copy", "drop", "move", "undo"):
        assert (await press(site, viewer, change, rule="price-question")).status == 403
    assert (await viewer.get("/rules/gallery")).status == 403


async def test_the_list_says_in_words_what_a_rule_does(site: Site, editor: Caller) -> None:
    await site.event()

    page = re.sub(r"<[^>]+>", "", (await editor.get("/rules")).text)

    assert "somebody comments" in page
    assert "giá" in page
    assert re.search(r"24 h: 1 run,", page)
    assert "last fired" in page


async def test_a_ready_made_rule_is_live_at_once_and_its_text_is_kept_when_it_has_an_error(
    site: Site, editor: Caller
) -> None:
    assert "Answer price questions" in (await editor.get("/rules/gallery")).text
    csrf = await site.csrf(editor)
    form = {"csrf": csrf, "connection": "demo-page", "f_private": "250k"}

    broken = await editor.post("/rules/gallery/price", {**form, "f_answer": "Chào {{ event."})
    assert broken.status == 422
    assert "Chào {{ event." in broken.text
    assert "price.yaml" not in site.services.rulebook.files()

    made = await editor.post("/rules/gallery/price", {**form, "f_answer": "Chào bạn"})
    assert made.status == 303
    assert "#rule-demo-page-price" in made.headers["location"]
    assert "Your rule is live." in (await editor.get(made.headers["location"])).text
    assert "asks(event.text, 'price')" in on_disk(site, "price.yaml")


async def test_a_ready_made_rule_says_the_name_of_a_person_in_words_and_saves_a_placeholder(
    site: Site, editor: Caller
) -> None:
    address = "/rules/gallery/price"
    csrf = await site.csrf(editor)
    form = {"csrf": csrf, "connection": "demo-page", "f_private": "Chào [the person's name]"}
    offered = (await editor.get(address)).text
    own = "Chào {{ event.actor.name | default('anh chị') }}"

    await editor.post(address, {**form, "f_answer": "Hello [the person's name], it is 250k."})
    kept = (await editor.post(address, {**form, "f_answer": own, "do": "preview"})).text

    assert "Hello [the person&#39;s name], we have sent you the price." in offered
    assert "{{" not in offered
    saved = on_disk(site, "price.yaml")
    assert "Hello {{ event.actor.name | default('there') }}, it is 250k." in saved
    assert "Chào {{ event.actor.name | default('') }}" in saved
    # A placeholder with another word is not ours to change.
    assert own in html.unescape(kept)


async def test_a_ready_made_rule_that_is_pressed_twice_is_made_once(
    site: Site, editor: Caller
) -> None:
    address = "/rules/gallery/price"
    form = {"csrf": await site.csrf(editor), "connection": "demo-page", "f_answer": "Chào bạn"}
    assert "made such a rule" not in (await editor.get(address)).text

    await editor.post(address, form)
    again = await editor.post(address, form)
    other_words = await editor.post(address, {**form, "f_answer": "Dạ chào"})
    files = site.services.rulebook.files()

    assert (again.status, again.headers["location"]) == (303, "/rules#rule-demo-page-price")
    assert other_words.status == 409
    assert "You have made such a rule already" in other_words.text
    assert "Dạ chào" in other_words.text
    assert "price-2.yaml" not in files
    seen = re.search(r'name="seen" value="([^"]*)"', other_words.text)
    assert seen
    # Whoever has been told of it and presses again wants a second one.
    made = await editor.post(address, {**form, "f_answer": "Dạ chào", "seen": seen[1]})
    assert made.status == 303
    assert "demo-page-price-2" in on_disk(site, "price-2.yaml")
    assert "You have made such rules already" in (await editor.get(address)).text


async def test_ready_made_rules_are_grouped_by_what_they_are_for_and_found_by_words(
    editor: Caller,
) -> None:
    whole = (await editor.get("/rules/gallery")).text
    found = (await editor.get("/rules/gallery?q=GIVEAWAY")).text
    nothing = (await editor.get("/rules/gallery?q=zzz")).text

    assert re.findall(r"<h2>([^<]+)</h2>", whole)[:3] == [
        "Answer questions", "Turn questions into orders", "Look after people",
    ]  # fmt: skip
    assert re.findall(r'href="/rules/gallery/(\w+)"', found) == ["giveaway"]
    assert "No ready-made rule has these words." in nothing


async def test_a_ready_made_rule_shows_what_it_would_have_done_before_it_is_live(
    site: Site, editor: Caller
) -> None:
    await site.event()
    form = {"csrf": await site.csrf(editor), "connection": "demo-page", "do": "preview"}
    before = site.services.rulebook.active.revision

    usual = (await editor.get("/rules/gallery/price")).text
    changed = (await editor.post("/rules/gallery/price", {**form, "f_answer": "Dạ 99k"})).text
    by_schedule = (await editor.get("/rules/gallery/summary")).text

    assert "1 of the last 1 events match" in usual
    assert re.search('<div class="bubble[^>]*>[^<]*Dạ 99k', changed) or "Dạ 99k</" in changed
    assert 'id="preview"' not in by_schedule
    assert site.services.rulebook.active.revision == before


async def test_an_empty_form_opens_under_a_new_name_each_time(site: Site, editor: Caller) -> None:
    address = "/rules/new?for=demo-page&view=form"
    first = await editor.get(address)
    await site.services.rulebook.save("demo-page.yaml", "rules: []\n", if_match=None, author="lan")

    second = await editor.get(address)

    assert '<input type="hidden" name="file" value="demo-page.yaml">' in first.text
    assert '<input type="hidden" name="file" value="demo-page-2.yaml">' in second.text


async def test_a_ready_made_rule_is_refused_for_a_connection_that_cannot_do_it(
    site: Site, editor: Caller
) -> None:
    answer = await site.press(editor, "/rules/gallery/hide_links", connection="demo-github")
    assert answer.status == 400
    assert (await editor.get("/rules/gallery/none")).status == 404


async def test_a_ready_made_rule_is_tried_in_the_form_before_it_is_saved(
    site: Site, editor: Caller
) -> None:
    form = {"csrf": await site.csrf(editor), "connection": "demo-page"}
    before = site.services.rulebook.active.revision

    page = await editor.post("/rules/gallery/price", {**form, "f_answer": "Dạ 99k", "do": "form"})

    assert page.status == 200
    assert re.search('<option value="price"[^>]* selected', page.text)
    assert 'id="try-form"' in page.text
    # Its text is nowhere yet: a link to it would show another one.
    assert "choose=text" not in page.text
    assert site.services.rulebook.active.revision == before


async def test_a_shadow_is_compared_and_made_live_and_the_change_is_undone(
    site: Site, editor: Caller
) -> None:
    shadow = TWO.replace(
        "id: thanks\n", "id: thanks\n    mode: shadow\n    rollout: {percent: 10}\n"
    )
    await save(site, shadow)

    assert "/rules/promote?rule=thanks" in (await editor.get("/rules")).text
    page = await editor.get("/rules/promote?rule=thanks")
    assert (page.status, "It has not met any event yet." in page.text) == (200, True)

    seen = str(site.services.rulebook.active.revision)
    done = await press(site, editor, "promote", rule="thanks", revision=seen)

    assert on_disk(site) == TWO
    assert "The rule is live for everybody." in (await editor.get(done.headers["location"])).text
    await press(site, editor, "undo", revision=revision_in(done))
    assert on_disk(site) == shadow


async def test_only_a_rule_that_waits_for_it_is_promoted(site: Site, editor: Caller) -> None:
    assert (await editor.get("/rules/promote?rule=thanks")).status == 400
    assert (await editor.get("/rules/promote?rule=nobody")).status == 404
    assert (await press(site, editor, "promote", rule="thanks")).status == 400
    await save(site, TWO.replace("id: thanks\n", "id: thanks\n    mode: shadow\n"))
    assert (await editor.get("/rules/promote?rule=thanks&since=1y")).status == 400
    assert (await editor.get("/rules/promote?rule=thanks&since=91d")).status == 400


async def test_a_viewer_sees_the_comparison_and_cannot_promote(site: Site) -> None:
    await save(site, TWO.replace("id: thanks\n", "id: thanks\n    mode: shadow\n"))
    viewer = await site.signed_in(Role.VIEWER)

    page = await viewer.get("/rules/promote?rule=thanks")
    assert (page.status, "Make it live" in page.text) == (200, False)
    assert (await press(site, viewer, "promote", rule="thanks")).status == 403


async def test_the_coverage_shows_each_rule_and_the_events_that_none_takes(
    site: Site, editor: Caller
) -> None:
    await save(site, TWO.replace("comment.created}   #", "order.created}   #"))
    assert "No event has come in yet." in (await editor.get("/rules/coverage")).text
    await site.event("đẹp quá")

    page = (await editor.get("/rules/coverage")).text

    assert "No event yet was one that this rule listens to: " in page
    assert "its trigger fits none" not in page
    assert page.count("0 of 1 matched") == 1
    assert "met its conditions" not in page
    assert "Events that no rule takes" in page
    assert "đẹp quá" in page
    assert "/rules/coverage" in (await editor.get("/rules")).text
    for wrong in ("0", "many", "20001"):
        assert (await editor.get(f"/rules/coverage?events={wrong}")).status == 400


async def test_the_list_says_conditions_and_groups_in_words_and_counts_only_the_others(
    site: Site, editor: Caller
) -> None:
    conditions = """\
    conditions:
      - any: ["phones(event.text)", "contains(contact.tags, 'vip')"]
      - length(event.text) > `5`
    actions: [{log: thanks}]
"""
    await save(site, TWO.replace("    actions: [{log: thanks}]\n", conditions))

    page = (await editor.get("/rules")).text

    group = "one of these: the text has a phone number; the person has the tag “vip”"
    assert f"<bdi>{group}</bdi> · 1 more condition</p>" in page


async def test_the_list_says_which_answers_somebody_approves_first(
    site: Site, editor: Caller
) -> None:
    await save(
        site, TWO.replace("actions: [{log: thanks}]", "actions: [{reply: Dạ, approve: true}]")
    )

    page = (await editor.get("/rules")).text

    assert "answers <q><bdi>Dạ</bdi></q> once somebody approves it" in page
    assert page.count("once somebody approves it") == 1


async def test_the_coverage_shows_groups_of_conditions_in_words(site: Site, editor: Caller) -> None:
    group = "{any: [\"keywords(event.text, ['giá'])\", {not: [event.actor.name]}]}"
    await save(
        site, TWO.replace("    actions: [{log", f"    conditions: [{group}]\n    actions: [{{log")
    )
    await site.event("đẹp quá")

    page = (await editor.get("/rules/coverage?rule=thanks")).text

    listed = re.sub(r"<[^>]+>|\s+", " ", page.partition("any of")[2].partition("true:")[0])
    assert "the text has one of these words: “giá” none of event.actor.name" in " ".join(
        listed.split()
    )


async def test_a_coverage_that_takes_long_says_so_and_goes_on_when_asked(
    site: Site, editor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("đẹp quá", "rẻ quá"):
        await site.event(text)
    monkeypatch.setattr(reports, "_FIRST_SECONDS", 0.0)

    first = (await editor.get("/rules/coverage")).text
    longer = (await editor.get("/rules/coverage?long=yes")).text

    assert "1 event ·" in first
    assert "Older events were not looked at." in first
    assert 'href="/rules/coverage?long=yes"' in first
    assert "2 events ·" in longer
    assert "Older events" not in longer


async def test_a_vietnamese_reader_of_the_demo_gives_the_examples_vietnamese_names(
    tmp_path: Path,
) -> None:
    vietnamese = {"accept-language": "vi"}
    async with open_site(tmp_path, "rules: []\n") as demo:
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in example_rules_folder().glob("*.yaml")
        }
        for name, text in texts.items():
            (demo.services.rulebook.folder / name).write_text(text, encoding="utf-8")
        await demo.services.rulebook.reload_if_changed()
        owner = await demo.signed_in()
        assert "/rules/say" not in (await owner.get("/rules")).text
        page = (await owner.get("/rules", vietnamese)).text
        assert 'action="/rules/say"' in page
        form = {"csrf": await demo.csrf(owner)}

        done = await owner.post("/rules/say", form, vietnamese)
        said = (await owner.get(done.headers["location"], vietnamese)).text

        names = [rule.spec.name for rule in demo.services.rulebook.active.rule_set.rules]
        assert len(names) == 16
        assert [name for name in names if Translator("vi")(name) != name] == []
        assert "Báo cho shop khi có lời phàn nàn" in said
        assert "chỉ dịp Tết" in said
        assert "/rules/say" not in said
        # What customers get, and what decides, is as it was; so are the comments.
        prices = on_disk(demo, "price-questions.yaml")
        assert "# All of these must hold." in prices
        assert "name: không phải câu trả lời cho bình luận khác" in prices
        revision = str(demo.services.rulebook.active.revision)
        await owner.post("/rules/undo", {**form, "revision": revision})
        assert {name: on_disk(demo, name) for name in texts} == texts


PRICES = """\
vars: {price: 250000, shop: Áo Đẹp}
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - reply: "{{ vars.shop }}: {{ vars.price | money }} ạ {{ event.actor.name | default('bạn') }}"
      - reply: "{{ event.data.total | money }} và {{ vars.price / event.data.count }}"
"""


async def test_a_row_shows_a_price_as_customers_see_it(site: Site, editor: Caller) -> None:
    await save(site, PRICES)

    shown = (await editor.get("/rules")).text

    assert "Áo Đẹp: 250.000đ ạ [the person&#39;s name]" in shown
    assert "[total] và [price]" in shown


async def test_a_row_says_the_times_of_a_schedule_and_of_a_sequence_in_words(
    site: Site, editor: Caller
) -> None:
    text = """\
rules:
  - id: weekly
    trigger:
      schedule: {cron: "0 9 * * 1-5"}
      contacts: {connection: demo-page}
    actions:
      - follow_up:
          after: 1h
          actions: [{message: x}]
          next:
            - {after: 2h, actions: [{message: y}]}
            - {at: "09:00 +1d", actions: [{message: z}]}
  - {id: often, trigger: {schedule: {every: 15m}}, actions: [{log: x}]}
"""
    await save(site, text, "weekly.yaml")

    page = (await editor.get("/rules")).text

    assert "Monday to Friday, 09:00" in page
    assert "1h → 2h → 09:00 +1d" in page
    assert "every 15 min" in page


async def test_a_new_rule_has_no_id_under_which_the_log_knows_a_deleted_one(
    site: Site, editor: Caller
) -> None:
    event, _run = await site.event("giá vậy shop")
    made = (await editor.get(f"/rules/new?event={event}")).text
    assert "- id: demo-page-rule\n" in html.unescape(made)
    await save(site, TWO.replace("id: thanks", "id: demo-page-rule"))
    await site.event("giá vậy shop")
    await save(site, TWO)

    made = (await editor.get(f"/rules/new?event={event}")).text

    assert "- id: demo-page-rule-2\n" in html.unescape(made)


async def test_a_rule_leads_to_its_runs_however_old_and_to_its_coverage(
    site: Site, editor: Caller
) -> None:
    await site.event("giá vậy shop")

    page = (await editor.get("/rules")).text
    of_one = (await editor.get("/rules/coverage?rule=price-question")).text

    assert '<a href="/log?rule=price-question">last fired' in page
    assert 'href="/rules/coverage?rule=price-question"' in page
    assert re.findall(r'aria-label="(price-question|thanks)"', of_one) == ["price-question"]
    assert 'href="/rules/coverage">all rules</a>' in of_one
