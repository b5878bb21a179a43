"""Try it here, and the preview at the press of a button: the pages that work without a script."""

import asyncio
import gc
import re
import threading
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from automator.engine.explanation.bundle import MOST_PACKED
from automator.model import OptOut
from automator.server.web.request_context import MAX_TEXT_FORM
from automator.server.web.security import Role
from tests.support.asgi import Caller, Reply
from tests.support.site import RULES, Site
from tests.support.world import until

#: Letters of what is large.
LONG = 900_000


async def pressed(site: Site, caller: Caller, path: str, **fields: str) -> Reply:
    csrf = await site.csrf(caller)
    given: dict[str, Any] = {"csrf": csrf, "file": "prices.yaml", "text": RULES, **fields}
    return await caller.post(path, given)


async def test_a_viewer_tries_a_stored_event_with_the_text_in_the_editor(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.signed_in(Role.VIEWER)
    text = RULES.replace("Chào {{", "Kính chào {{")

    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", text=text)

    assert page.status == 200
    assert "Kính chào Lan, shop đã nhắn tin cho bạn ạ." in page.text
    assert "Kính chào {{ event.actor.name }}" in page.text
    assert f'value="event:{event}" selected' in page.text


async def test_a_tried_rule_that_is_not_saved_yet_is_not_called_gone(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.signed_in()
    new = RULES.replace("id: price-question", "id: not-saved")

    fields = {"file": "new.yaml", "subject": f"event:{event}"}
    tried = await pressed(site, caller, "/rules/try", text=new, **fields)
    saved = await pressed(site, caller, "/rules/try", subject=f"event:{event}")

    assert "no longer there" not in tried.text
    assert "Open the rule" in saved.text


async def test_whoever_tries_in_the_form_stays_in_the_form(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.signed_in()
    text = RULES.replace("Chào {{", "Kính chào {{")
    form = await caller.get("/rules/prices.yaml?view=form")
    assert 'id="try-form"' in form.text

    fields = {"view": "form", "rule": "0", "subject": f"event:{event}", "text": text}
    page = await pressed(site, caller, "/rules/try", **fields)

    assert "Kính chào Lan, shop đã nhắn tin cho bạn ạ." in page.text
    assert "data-rule-form" in page.text
    assert "data-editor" not in page.text


async def test_a_rule_from_an_event_is_tried_on_that_event_first(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    await site.event("đẹp")
    caller = await site.signed_in()

    page = await caller.get(f"/rules/new?event={event}")

    assert f'value="event:{event}" selected' in page.text


async def test_the_person_and_the_words_can_be_chosen(site: Site) -> None:
    event, _ = await site.event("đẹp")
    caller = await site.signed_in()

    fields = {"said": "giá", "person": "77", "person_name": "Bình"}
    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", **fields)

    assert "Chào Bình, shop" in page.text


async def test_a_sample_and_an_event_that_is_written_are_tried(site: Site) -> None:
    caller = await site.signed_in()
    sample = "sample:facebook/comment.created@demo-page"
    tried = await pressed(site, caller, "/rules/try", subject=sample, said="giá")
    written = {"connection": "demo-page", "type": "comment.created", "person": "5"}
    own = await pressed(
        site, caller, "/rules/try", subject="written", said="giá", person_name="An", **written
    )

    assert "shop đã nhắn tin cho bạn ạ." in tried.text
    assert "Chào An, shop đã nhắn tin" in own.text


async def test_what_cannot_be_tried_is_said_where_the_result_would_be(site: Site) -> None:
    caller = await site.signed_in()
    for subject in ("", "event:nothing", "sample:x", "written"):
        page = await pressed(site, caller, "/rules/try", subject=subject, said="words kept")

        assert page.status == 200
        assert 'class="card note bad"' in page.text
        assert 'value="words kept"' in page.text


async def test_buttons_are_shown_with_what_they_do(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.signed_in()
    text = """\
rules:
  - id: price
    trigger: {event: comment.created, connection: demo-page}
    actions:
      - private_reply:
          text: Mẫu này ạ
          buttons: [{text: Xem mẫu, url: "https://shop.example"}, {text: Đặt, payload: order}]
"""

    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", text=text)

    for shown in ("Xem mẫu", "<code>https://shop.example</code>", "<code>order</code>"):
        assert shown in page.text


async def test_a_message_through_another_connection_is_shown_with_it_and_its_receiver(
    site: Site,
) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.signed_in()
    text = """\
rules:
  - id: price
    trigger: {event: comment.created, connection: demo-page}
    actions:
      - message: {via: demo-oa, to: "4810112936", text: Shop báo giá ạ}
"""

    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", text=text)

    assert "through demo-oa to 4810112936" in page.text
    assert "Shop báo giá ạ" in page.text

    opt_out = OptOut(opted_out=True, by="tester")
    await site.services.store.contacts.opt_out("demo-oa", "4810112936", opt_out)
    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", text=text)

    assert "to 4810112936 through demo-oa: the contact opted out on" in page.text
    assert "Shop báo giá ạ" not in page.text.partition("What would happen")[2]


async def test_rules_with_errors_are_not_tried(site: Site) -> None:
    event, _ = await site.event()
    caller = await site.signed_in()
    broken = RULES.replace("trigger", "tirgger")

    page = await pressed(site, caller, "/rules/try", subject=f"event:{event}", text=broken)

    assert "errors in the rules: 1" in page.text


async def test_the_script_gets_the_result_alone(site: Site) -> None:
    event, _ = await site.event()
    caller = await site.signed_in()
    caller.headers["x-fragment"] = "1"

    for path in ("/rules/try", "/rules/preview"):
        part = await pressed(site, caller, path, pick=f"event:{event}")
        assert "<html" not in part.text
        assert "Chào Lan" in part.text


async def test_a_preview_at_the_press_of_a_button_keeps_the_text_that_was_written(
    site: Site,
) -> None:
    await site.event("ship không")
    caller = await site.signed_in(Role.VIEWER)
    text = RULES.replace("'bao nhiêu'", "'ship'")

    page = await pressed(site, caller, "/rules/preview", text=text)

    assert "+1 newly match" in page.text
    assert "&#39;ship&#39;" in page.text


async def test_the_enter_key_in_the_fields_of_a_try_does_not_save(site: Site) -> None:
    caller = await site.signed_in()
    page = (await caller.get("/rules/prices.yaml")).text

    # It presses the first button of the form, wherever that stands in the page.
    own = page.index('<form id="rule-form"')
    outside = page.find('<button hidden form="rule-form" formaction="/rules/try"')
    others = [found for found in (page.find('form="rule-form"'),) if found >= 0]
    assert 0 <= outside < own
    assert outside < min(others) < own


async def upload(site: Site, caller: Caller, content: bytes, text: str = RULES) -> Reply:
    csrf = await site.csrf(caller)
    given = {"csrf": csrf, "file": "prices.yaml", "text": text, "pick": "bundle"}
    return await caller.upload("/rules/try", given, {"bundle": ("case.zip", content)})


async def bundled(site: Site, caller: Caller, text: str = "Giá bao nhiêu") -> bytes:
    event, _ = await site.event(text)
    return (await caller.get(f"/events/{event}/bundle")).body


def changed(content: bytes, file: str, text: str) -> bytes:
    """The same bundle with another text of one of its files."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w") as archive:
        for name in {*old.namelist(), file}:
            archive.writestr(name, text if name == file else old.read(name))
    return made.getvalue()


async def test_a_case_is_tried_with_its_rules_and_beside_them_with_those_in_the_editor(
    site: Site,
) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller)
    text = RULES.replace("price-question", "greeting").replace("Chào {{", "Kính chào {{")

    page = await upload(site, caller, case, text=text)

    assert page.status == 200
    assert "From case.zip: revision 1 of another instance" in page.text
    assert "The rules decide as they did when the bundle was made." in page.text
    rows = {
        cells[0]: cells[1:]
        for row in re.findall("<tr>(.*?)</tr>", page.text, re.DOTALL)
        if (cells := re.findall("no such rule|does not match|matches|greeting|price-question", row))
    }
    assert rows == {
        "greeting": ["no such rule", "no such rule", "matches"],
        "price-question": ["matches", "matches", "no such rule"],
    }
    # The person of a case is somebody else.
    assert "Kính chào Lan, shop" in page.text
    assert ">Chào Lan, shop" in page.text
    assert "Kính chào {{ event.actor.name }}" in page.text


async def test_rules_that_match_nowhere_are_not_listed(site: Site) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller, "đẹp quá")

    page = await upload(site, caller, case)

    assert "No rule matches, neither there nor here." in page.text
    assert '<th scope="row">price-question' not in page.text


async def test_a_case_that_decides_otherwise_here_says_which_rules(site: Site) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller)
    rules = RULES.replace("'giá'", "'ship'").replace("'bao nhiêu'", "'size'")

    page = await upload(site, caller, changed(case, "rules/prices.yaml", rules))

    said = "These decide otherwise than when the bundle was made: price-question"
    assert said in page.text


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda case: case[:300], "case.zip: -: it is no bundle, or is cut off"),
        (lambda case: case + b"0" * MOST_PACKED, "case.zip: -: it is too large"),
        (lambda case: changed(case, "../out.yaml", ""), "this path leads out of the bundle"),
        (lambda case: changed(case, "event.json", "{"), "case.zip: event.json: it is not JSON"),
    ],
)
async def test_what_is_wrong_with_a_case_is_said_and_the_text_stays(
    spoil: Callable[[bytes], bytes], problem: str, site: Site
) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller)

    page = await upload(site, caller, spoil(case), text=RULES + "# not saved yet\n")

    assert page.status == 200
    assert problem in page.text
    assert "# not saved yet" in page.text


async def test_no_chosen_file_is_said(site: Site) -> None:
    caller = await site.signed_in()

    assert "no file was chosen" in (await pressed(site, caller, "/rules/try", pick="bundle")).text


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (RULES.replace("trigger", "tirgger"), "<code>prices.yaml:4</code>"),
        (RULES + "# " + "x" * 1_000_000, "too large to be tried in the page"),
    ],
)
async def test_rules_of_a_case_that_cannot_be_tried_are_named_beside_the_own_ones(
    rules: str, problem: str, site: Site
) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller)

    page = await upload(site, caller, changed(case, "rules/prices.yaml", rules))

    assert problem in page.text
    assert "Chào Lan, shop" in page.text


async def test_what_was_uploaded_is_let_go_with_the_answer(site: Site) -> None:
    caller = await site.signed_in()
    case = await bundled(site, caller)
    sent: tuple[Callable[[], tuple[bytes, str]], ...] = (
        lambda: (changed(case, "decisions.json", '{"rules": "' + "x" * LONG + '"}'), RULES),
        lambda: (b"no bundle" * LONG, RULES),
        lambda: (b"", "too long" * LONG),
    )
    for make in sent:
        gc.collect()
        # Nobody waits for the collection of garbage, which is seldom.
        gc.disable()
        try:
            await upload(site, caller, *make())
            # The thread that has read it lets go of its work just after the answer is known.
            await until(lambda: not _holders())
        finally:
            gc.enable()


def _holders() -> list[object]:
    return [holder for holder in gc.get_objects() if _holds_much(holder)]


def _holds_much(holder: object) -> bool:
    held = gc.get_referents(holder)
    return any(isinstance(item, bytes | str) and len(item) >= LONG for item in held)


async def test_so_many_large_uploads_at_once_are_refused_and_later_ones_are_not(
    site: Site,
) -> None:
    caller, gate = await site.signed_in(), threading.Event()
    tries = site.services.tries
    busy = asyncio.create_task(tries.run(lambda: gate.wait(60), of="somebody"))

    uploads = [asyncio.create_task(upload(site, caller, b"x" * 5_000_000)) for _ in range(4)]
    await asyncio.wait(uploads, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    answers = [(await reply).status for reply in uploads]
    await busy

    assert sorted(answers) == [200, 200, 503, 503]
    assert (await upload(site, caller, b"x" * 5_000_000)).status == 200


async def test_a_text_in_a_form_with_files_is_no_longer_than_in_others(site: Site) -> None:
    caller = await site.signed_in()

    page = await upload(site, caller, b"", text="x" * (MAX_TEXT_FORM + 1))

    assert page.status == 413


async def test_only_the_try_takes_files(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)

    page = await caller.upload("/rules/check", {"csrf": csrf}, {"bundle": ("case.zip", b"")})

    assert page.status == 415
