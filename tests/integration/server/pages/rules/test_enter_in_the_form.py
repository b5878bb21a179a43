"""Enter in a field of a rule's form presses the form's first button, wherever that one stands."""

import re

from tests.integration.server.pages.rules.test_rule_editor import etag_in, saved
from tests.support.site import RULES, Site

_OF_FORM = re.compile(
    r'<button[^>]*form="rule-form"[^>]*>|<form[^>]*id="rule-form".*?</form>', re.DOTALL
)
_VALUE = re.compile(r'<button[^>]*value="(\w+)"')


def pressed_by_enter(page: str) -> str:
    found = _OF_FORM.search(page)
    assert found
    value = _VALUE.search(found[0])
    assert value
    return value[1]


async def test_enter_checks_the_form_whatever_notes_stand_above_it(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")
    page = await caller.get("/rules/prices.yaml?view=form")
    form = {"csrf": await site.csrf(caller), "file": "prices.yaml", "etag": etag_in(page),
            "rule": "0", "text": RULES.replace("'giá'", "'đẹp'"), "do": "save"}  # fmt: skip

    asked = await caller.post("/rules/form", form)

    assert "Save anyway" in asked.text
    assert [pressed_by_enter(one.text) for one in (page, asked)] == ["apply", "apply"]


async def test_enter_in_a_field_of_a_try_beside_the_text_does_not_save(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá vậy shop")

    asked = await saved(site, caller, "prices.yaml", RULES.replace("'giá'", "'đẹp'"))

    assert "Save anyway" in asked.text
    first = re.search(r'<button[^>]*form="rule-form"[^>]*>', asked.text)
    assert first
    assert 'formaction="/rules/try"' in first[0]
