"""A rule is edited in a form that carries the text; the server splices what was changed into it."""

import html
import re

import pytest

from automator.rules.editing.edits import data_of, rules_in
from automator.server.web.security import Role
from tests.integration.server.pages.rules.test_rule_editor import etag_in, submit, text_in
from tests.support.asgi import Caller, Reply
from tests.support.site import RULES, Site


def form_in(reply: Reply) -> dict[str, str]:
    """What a browser would send if somebody pressed Enter in the form of the rule."""
    found = re.search(r'<form method="post" action="/rules/form".*?</form>', reply.text, re.DOTALL)
    assert found, reply.text
    part, given = found[0], {}
    for name, value in re.findall(r'<input[^>]*?name="([^"]+)" value="([^"]*)"', part):
        given[name] = html.unescape(value)
    for name, value in re.findall(
        r'<textarea name="([^"]+)"[^>]*>\n(.*?)</textarea>', part, re.DOTALL
    ):
        given[name] = html.unescape(value)
    for name, inner in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', part, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        given[name] = html.unescape(chosen[1]) if chosen else ""
    for tag in re.findall(r'<input type="checkbox"[^>]*>', part):
        name = re.search(r'name="([^"]+)"', tag)
        assert name
        given.pop(name[1], None)
        if " checked" in tag:
            given[name[1]] = "1"
    return given


async def press(site: Site, caller: Caller, form: dict[str, str], do: str) -> Reply:
    given = {**form, "do": do, "csrf": await site.csrf(caller)}
    return await caller.post("/rules/form", given)


def on_disk(site: Site, name: str = "prices.yaml") -> str:
    return (site.services.rulebook.folder / name).read_bytes().decode()


async def test_the_form_shows_the_rule_and_saving_it_unchanged_changes_no_byte(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)

    page = await caller.get("/rules/prices.yaml?view=form")

    form = form_in(page)
    assert form["words"] == "giá, bao nhiêu"
    assert form["event"] == "comment.created"
    assert form["text"] == RULES
    saved = await press(site, caller, form, "save")
    assert saved.status == 303
    assert on_disk(site) == RULES


async def test_what_was_changed_is_spliced_and_saved(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    saved = await press(site, caller, {**form, "words": "giá, ib", "top_level": "1"}, "save")

    assert saved.headers["location"] == "/rules/prices.yaml?view=form&rule=0&saved=1"
    assert on_disk(site) == RULES.replace(
        "['giá', 'bao nhiêu'])\n", "['giá', 'ib'])\n      - event.parent == null\n"
    )
    assert "Saved." in (await caller.get(saved.headers["location"])).text


async def test_an_action_is_added_filled_in_and_taken_out_before_anything_is_saved(
    site: Site,
) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    more = form_in(await press(site, caller, {**form, "action": "private_reply"}, "add"))

    assert on_disk(site) == RULES
    assert "private_reply" in more["text"]
    (name,) = [name for name in more if name.endswith("text") and name.startswith("a0-1")]
    fewer = form_in(await press(site, caller, {**more, name: "250k ạ"}, "remove:0"))
    assert "250k ạ" in fewer["text"]
    assert (await press(site, caller, fewer, "save")).status == 303
    assert 'reply: "Chào' not in on_disk(site)
    assert 'private_reply: "250k ạ"' in on_disk(site)


async def test_a_test_is_added_filled_in_run_by_saving_and_taken_out(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    added = await press(site, caller, form, "add-test")
    filled = {
        **form_in(added),
        "t0.with.event.text": "đẹp quá",
        "t0.0.id": "reply",
        "t0.name": "asks",
    }
    refused = await press(site, caller, filled, "save")
    mended = {**form_in(refused), "t0.with.event.text": "giá sao ạ"}
    saved = await press(site, caller, mended, "save")

    assert form_in(added)["t0.event.sample"] == "facebook/comment.created"
    assert "Not saved yet: a test fails" in refused.text
    assert saved.status == 303
    test = data_of(on_disk(site))["rules"][0]["tests"]
    sample = {"sample": "facebook/comment.created", "with": {"event.text": "giá sao ạ"}}
    assert test == [{"name": "asks", "event": sample, "expect": {"actions": ["reply"]}}]
    again = form_in(await caller.get("/rules/prices.yaml?view=form"))
    gone = await press(site, caller, again, "remove:t0")
    assert form_in(gone)["text"] == RULES


@pytest.mark.parametrize(
    ("tests", "offered"),
    [
        ("", True),
        ("    tests: []\n", True),
        ("    tests: {}\n", False),
        ("    tests: [x]\n", False),
    ],
)
async def test_a_test_is_offered_where_tests_are_a_list(
    site: Site, tests: str, offered: bool
) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    shown = await press(site, caller, {**form, "text": RULES + tests}, "show")
    pressed = await press(site, caller, form_in(shown), "add-test")

    assert ('value="add-test"' in shown.text) is offered
    assert ("t0.name" in form_in(pressed)) is offered
    assert ("the form has no such place" in pressed.text) is not offered
    assert ("tests" in form_in(shown)) is not offered


@pytest.mark.parametrize(
    ("trigger", "run_for"),
    [
        ("schedule: {cron: '30 18 * * sat', timezone: Asia/Ho_Chi_Minh}", "2m"),
        ("schedule: {cron: '0 9 L * *'}", "2m"),
        ("schedule: {every: 4h}", "4h"),
        ("schedule: {cron: '*/5 8-17 * * *'}", "1d"),
        ("{schedule: {cron: '0 9 1,15 * *'}, contacts: {connection: demo-page}}", "2m"),
    ],
)
async def test_a_test_of_a_rule_that_fires_by_itself_lets_its_time_come(
    site: Site, trigger: str, run_for: str
) -> None:
    caller = await site.signed_in(Role.EDITOR)
    trigger = trigger if trigger.startswith("{") else f"{{{trigger}}}"
    text = f"rules:\n  - {{id: timed, trigger: {trigger}, actions: [log: x]}}\n"
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))
    shown = form_in(await press(site, caller, {**form, "text": text}, "show"))

    added = form_in(await press(site, caller, shown, "add-test"))
    saved = await press(site, caller, added, "save")

    # Whoever saves is asked first if a test fails.
    assert (added["t0.run_for"], saved.status) == (run_for, 303), saved.text


async def test_a_message_of_orders_is_added_with_the_connection_that_is_to_send_it(
    site: Site,
) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))
    text = RULES.replace("comment.created}", "order.paid, connection: demo-orders}")
    orders = {**form, "text": text, "event": "order.paid", "connection": "demo-orders"}

    more = form_in(await press(site, caller, {**orders, "action": "message"}, "add"))

    (via,) = [name for name in more if name.endswith(".via")]
    assert more[via] in site.services.connections
    assert "message" in site.services.connections[more[via]].can_send
    other = form_in(await press(site, caller, {**more, via: "demo-oa"}, "show-again"))
    assert "via: demo-oa" in other["text"]


async def test_actions_change_places_and_conditions_are_grouped_before_anything_is_saved(
    site: Site,
) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    more = form_in(await press(site, caller, {**form, "action": "log"}, "add"))
    up = form_in(await press(site, caller, {**more, "words": "ib"}, "up:1"))
    grouped = form_in(await press(site, caller, up, "group:not:"))
    words = {**grouped, "c1.words": "đánh giá", "c1.kind": "any"}

    assert on_disk(site) == RULES
    assert up["text"].index("- log:") < up["text"].index("- reply:")
    assert grouped["c1.kind"] == "not"
    assert (await press(site, caller, words, "save")).status == 303
    assert "- any:\n          - keywords(event.text, ['đánh giá'])" in on_disk(site)
    gone = form_in(await press(site, caller, {**words, "text": grouped["text"]}, "ungroup:1"))
    assert gone["text"] == up["text"]
    assert "no such place" in (await press(site, caller, form, "up:9")).text


async def test_days_and_times_are_picked_without_a_script(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))
    days = {f"active.{day}": "1" for day in ("mon", "tue", "wed", "sat")}
    times = {"active.from1": "08:00", "active.until1": "12:00", "active.from2": "13:00"}

    saved = await press(site, caller, {**form, **days, **times}, "save")

    assert saved.status == 303
    (rule, *_) = rules_in(on_disk(site))
    assert rule["active"] == {"days": ["mon-wed", "sat"], "times": ["08:00-12:00", "13:00-24:00"]}
    again = form_in(await caller.get("/rules/prices.yaml?view=form"))
    assert {name: again[name] for name in (*days, *times)} == {**days, **times}
    assert (again["active.until2"], again["active.from3"]) == ("00:00", "")
    assert "active.sun" not in again
    everyday = {name: value for name, value in again.items() if name not in (*days, *times)}
    emptied = {**everyday, **dict.fromkeys(times, ""), "active.until2": ""}
    assert (await press(site, caller, emptied, "save")).status == 303
    assert on_disk(site) == RULES


async def test_an_error_is_shown_and_nothing_is_saved(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    refused = await press(site, caller, {**form, "pause_on.human_reply": "long"}, "save")

    assert refused.status == 422
    assert "problems" in refused.text
    assert form_in(refused)["pause_on.human_reply"] == "long"
    assert on_disk(site) == RULES


async def test_a_broken_text_shows_its_problem_and_no_fields(site: Site) -> None:
    (site.services.rulebook.folder / "prices.yaml").write_text("rules: {{ x }}\n# kept\n")
    await site.services.rulebook.reload_if_changed()
    caller = await site.signed_in(Role.EDITOR)

    page = await caller.get("/rules/prices.yaml?view=form")

    assert "cannot be read as rules" in page.text
    assert 'name="words"' not in page.text
    assert form_in(page)["text"] == "rules: {{ x }}\n# kept\n"
    assert (await press(site, caller, form_in(page), "save")).status == 422


async def test_a_broken_text_is_mended_by_the_button_beside_its_problem(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    broken = RULES.replace('reply: "Chào', "reply: {{ greeting }} Chào").replace('ạ."', "ạ.")
    form = {"file": "prices.yaml", "etag": "x", "rule": "0", "text": broken}

    shown = await press(site, caller, form, "apply")
    fix = re.search(r'name="do" value="(fix:[^"]+)">Put quotes around it<', shown.text)
    assert fix
    mended = await press(site, caller, form, html.unescape(fix[1]))
    late = await press(site, caller, {**form, "text": RULES}, html.unescape(fix[1]))

    assert "there is no form for it" in shown.text
    assert "there is no form for it" not in mended.text
    assert "{{ greeting }} Chào" in form_in(mended)["text"]
    assert form_in(late)["text"] == RULES
    assert on_disk(site) == RULES


async def test_somebody_elses_change_is_not_overwritten(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))
    (site.services.rulebook.folder / "prices.yaml").write_text(RULES + "# theirs\n")

    refused = await press(site, caller, {**form, "words": "ib"}, "save")

    assert refused.status == 409
    assert on_disk(site) == RULES + "# theirs\n"
    # Who knows no YAML has both changes at one press.
    both = text_in(refused)
    assert both == RULES.replace("'giá', 'bao nhiêu'", "'ib'") + "# theirs\n"
    assert (await submit(site, caller, both, etag_in(refused))).status == 303
    assert on_disk(site) == both


async def test_a_new_file_begins_in_the_form(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/new?name=first&for=demo-page&view=form"))

    saved = await press(site, caller, {**form, "name": "Của tôi"}, "save")

    assert saved.status == 303
    assert "name: Của tôi" in on_disk(site, "first.yaml")


async def test_a_second_file_for_a_connection_begins_with_an_id_of_its_own(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    first = form_in(await caller.get("/rules/new?name=one&view=form"))
    await press(site, caller, first, "save")

    second = form_in(await caller.get("/rules/new?name=two&view=form"))
    saved = await press(site, caller, second, "save")

    assert saved.status == 303
    ids = [rule.spec.id for rule in site.services.rulebook.active.rule_set.rules]
    assert len(set(ids)) == len(ids) == 3


async def test_a_viewer_sees_the_form_and_cannot_send_it(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    page = await caller.get("/rules/prices.yaml?view=form")

    assert "readonly" in page.text
    # Without a button Enter sends nothing that would be refused.
    assert not re.search("<button[^>]*name=.do", page.text)
    assert "changing them needs the role editor" in page.text
    assert (await press(site, caller, form_in(page), "save")).status == 403


async def test_while_somebody_types_the_text_comes_back(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    answer = await press(site, caller, {**form, "words": "ib"}, "text")

    assert answer.json() == {
        "text": RULES.replace("['giá', 'bao nhiêu']", "['ib']"),
        "status": "",
    }


async def test_a_rule_is_made_from_an_event(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    event, _ = await site.event("Shop ơi, bao nhiêu tiền vậy?", "Lan <b>")
    assert f"/rules/new?event={event}" in (await caller.get(f"/events/{event}")).text

    page = await caller.get(f"/rules/new?event={event}")

    form = form_in(page)
    assert (form["connection"], form["event"]) == ("demo-page", "comment.created")
    assert form["asks"] == "price"
    assert "event.actor.name" in page.text
    assert "Lan &lt;b&gt;" in page.text
    saved = await press(site, caller, {**form, "name": "Hỏi giá"}, "save")
    assert saved.status == 303
    assert site.services.rulebook.active.rule_set.rule("demo-page-rule")
    assert (await caller.get("/rules/new?event=0000000000000")).status == 404


async def test_one_more_rule_is_added_to_a_file_and_live_when_it_is_saved(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    more = form_in(await press(site, caller, form, "new-rule"))
    twice = form_in(await press(site, caller, more, "new-rule"))

    assert (more["rule"], more["name"], more["event"]) == ("1", "My rule", "comment.created")
    assert on_disk(site) == RULES
    saved = await press(site, caller, {**twice, "words": "ship"}, "save")
    assert saved.status == 303
    assert on_disk(site).startswith(RULES.rstrip("\n"))
    ids = [rule.spec.id for rule in site.services.rulebook.active.rule_set.rules]
    assert ids == ["price-question", "my-rule", "my-rule-2"]


async def test_the_view_that_somebody_chose_opens_the_next_time_as_well(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    assert 'id="rule-form" method' in (await caller.get("/rules/prices.yaml")).text

    chosen = await caller.get("/rules/prices.yaml?choose=form")

    assert chosen.headers["location"] == "/rules/prices.yaml?view=form"
    assert "rule_view=form" in chosen.headers["set-cookie"]
    caller.cookies["rule_view"] = "form"
    assert "data-rule-form" in (await caller.get("/rules/prices.yaml")).text
    # What saves the text, and what leads to a line of it, comes back to the text.
    for query in ("saved=1", "line=3", "view=text"):
        assert "data-rule-form" not in (await caller.get(f"/rules/prices.yaml?{query}")).text


async def test_a_rule_that_somebody_saved_in_the_form_opens_in_the_form(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    refused = await press(site, caller, {**form, "a0-0.text": "{{ event."}, "save")
    saved = await press(site, caller, {**form, "name": "Prices"}, "save")

    assert "set-cookie" not in refused.headers
    assert "rule_view=form" in saved.headers["set-cookie"]
    assert "<bdi>Prices</bdi></h1>" in (await caller.get(saved.headers["location"])).text


async def test_a_link_to_a_rule_opens_that_rule_in_the_view_that_was_chosen(site: Site) -> None:
    second = "  - id: thanks\n    trigger: {event: comment.created}\n    actions: [{log: thanks}]\n"
    (site.services.rulebook.folder / "two.yaml").write_text(
        f"# Two.\n{RULES.replace('price-question', 'prices-two')}{second}"
    )
    await site.services.rulebook.reload_if_changed()
    caller = await site.signed_in(Role.EDITOR)
    listed = (await caller.get("/rules")).text
    found = re.search(r'class="title" href="(/rules/two.yaml[^"]+)"><bdi>thanks', listed)
    assert found

    in_text = (await caller.get(f"{found[1]}&view=text")).text
    on_a_phone = (await caller.get(f"{found[1]}&screen=narrow")).text
    caller.cookies["rule_view"] = "form"
    chosen = (await caller.get(found[1])).text

    assert "data-rule-form" not in in_text
    for page in (on_a_phone, chosen):
        assert '<input type="hidden" name="rule" value="1">' in page
    # And so does the way from one view to the other.
    for page in (in_text, chosen):
        assert f"{found[1]}&amp;choose=" in page


async def test_a_placeholder_without_its_end_is_said_by_the_name_of_its_field(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))

    refused = await press(site, caller, {**form, "a0-0.text": "Chào {{ event."}, "save")

    problems = refused.text[refused.text.index('class="problems"') :].partition("</ul>")[0]
    assert refused.status == 422
    assert "<strong>Text:</strong>" in problems
    assert "line " not in problems


async def test_what_is_wrong_in_the_form_is_said_by_the_name_of_the_field(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = {"csrf": await site.csrf(caller), "file": "new.yaml", "etag": "", "rule": "0"}
    text = RULES.replace("price-question", "another")

    fields = {"limits.throttle.limit": "five times", "limits.debounce.quiet": "30 seconds"}
    page = await caller.post("/rules/form", {**form, "text": text, **fields, "do": "save"})

    assert page.status == 422
    assert "<strong>Times for one person, at most:</strong>" in page.text
    assert "nothing more for a while:</strong>" in page.text
    # A link to a line would leave the form, for a file that does not exist yet.
    assert "/rules/new.yaml?line=" not in page.text


async def test_a_file_of_many_rules_folds_them_above_the_form(site: Site) -> None:
    many = RULES + "".join(
        f"  - id: r{number}\n    trigger: {{event: comment.created}}\n    actions: [{{log: x}}]\n"
        for number in range(20)
    )
    (site.services.rulebook.folder / "prices.yaml").write_text(many)
    await site.services.rulebook.reload_if_changed()
    caller = await site.signed_in(Role.EDITOR)

    page = (await caller.get("/rules/prices.yaml?view=form&rule=4")).text

    assert "<summary>Rule 5 of the 21 in this file</summary>" in page


async def test_only_a_text_that_nobody_chose_asks_for_the_width_of_the_screen(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    (site.services.rulebook.folder / "torn.yaml").write_text("rules: [\n")
    pages = {
        address: (await caller.get(address)).text
        for address in ("/rules/prices.yaml", "/rules/new?name=more", "/rules/prices.yaml?line=2",
                        "/rules/prices.yaml?view=text", "/rules/torn.yaml",
                        "/rules/torn.yaml?screen=narrow")
    }  # fmt: skip

    asking = [address for address, page in pages.items() if "/narrow.js" in page]
    assert asking == ["/rules/prices.yaml", "/rules/new?name=more"]
    assert "data-rule-form" not in pages["/rules/torn.yaml?screen=narrow"]
    assert "data-rule-form" in (await caller.get("/rules/prices.yaml?screen=narrow")).text


async def test_the_form_of_a_long_rule_can_be_sent_with_all_its_fields(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    steps = "".join(f'      - log: "line {number}"\n' for number in range(40))
    (site.services.rulebook.folder / "long.yaml").write_text(
        f"rules:\n  - id: long\n    trigger: {{event: comment.created}}\n    actions:\n{steps}"
    )
    form = form_in(await caller.get("/rules/long.yaml?view=form"))

    changed = form_in(await press(site, caller, {**form, "a0-39.text": "last"}, "apply"))

    assert len(form) > 400
    assert changed["text"] == form["text"].replace('"line 39"', '"last"')


async def test_zalos_question_is_added_without_a_script_and_says_its_limits(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    form = form_in(await caller.get("/rules/prices.yaml?view=form"))
    text = RULES.replace("comment.created}", "message.received, connection: demo-oa}")
    listening = {**form, "text": text, "event": "message.received", "connection": "demo-oa"}

    page = await press(site, caller, {**listening, "action": "request_user_info"}, "add")

    assert "within 7 days of the person&#39;s last message" in page.text
    asked = form_in(page)
    assert "template_type: request_user_info" in asked["text"]
    (title,) = [name for name in asked if name.endswith(".title") and "template" in name]
    again = form_in(await press(site, caller, {**asked, title: "Giao hàng"}, "apply"))
    assert "title: Giao hàng" in again["text"]


async def test_the_staff_who_take_turns_are_rows_without_a_script(site: Site) -> None:
    caller = await site.signed_in(Role.EDITOR)
    who = "{{ event.actor.id | arm('staff', ['lan', 'mai']) }}"
    text = RULES.partition("    actions")[0] + (
        f'    actions:\n      - remember: {{assignee: "{who}", tags: {{add: ["{who}"]}}}}    # x\n'
    )
    (site.services.rulebook.folder / "prices.yaml").write_text(text)
    page = await caller.get("/rules/prices.yaml?view=form")
    form = form_in(page)

    assert "Staff who take turns" in page.text
    assert [form[f"split.staff.name{number}"] for number in (1, 2, 3)] == ["lan", "mai", ""]
    assert (await press(site, caller, form, "save")).status == 303
    assert on_disk(site) == text
    more = {**form, "split.staff.name3": "Hoà", "split.staff.value3": "2"}
    shown = form_in(await press(site, caller, more, "apply"))
    shares = "{'lan': '1', 'mai': '1', 'Hoà': '2'}"
    assert shown["text"] == text.replace("['lan', 'mai']", shares)
    assert (shown["split.staff.value2"], shown["split.staff.name4"]) == ("1", "")
