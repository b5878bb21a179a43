"""Every ready-made rule passes the check for a real connection, and fires on what it is for."""

from dataclasses import replace
from typing import Any

import pytest

from automator.http.types import InboundRequest
from automator.language import Translator
from automator.providers.simulator import build_sample, sample_names, signed_request
from automator.rules import EventFacts, Loaded
from automator.rules.gallery.gallery import GALLERY, gallery_rule, price
from automator.rules.gallery.gallery_rule import GalleryConnection, GalleryRule
from automator.server.editing.free_ids import free_name
from tests.support.gallery import FITTING, made, real, text_of

#: 22:30 in Vietnam, when the shop is closed.
NOW = 1_795_534_200_000
#: Types of events that carry no words of a person.
WITHOUT_TEXT = ("review.created", "lead.created", "contact.submitted_info")


@pytest.mark.parametrize(
    ("connection", "name", "phone"),
    [
        ("shop-page", "event.lead.full_name", "event.lead.phone_number"),
        ("shop-oa", "event.info.name", "event.info.phone"),
    ],
)
def test_a_lead_is_kept_with_its_phone_number_and_told(
    connection: str, name: str, phone: str
) -> None:
    item, around = gallery_rule("take_leads"), real()[2][connection]
    assert item is not None

    remember, log, notify = item.rule(item.filled(around, {}, str), "made")["actions"]

    assert remember["remember"] == {"phone": f"{{{{ {phone} }}}}", "tags": {"add": ["lead"]}}
    assert remember["if"] == phone
    assert name in log["log"]
    assert phone in notify["notify"]["text"]


def test_a_rule_with_a_tracked_link_is_offered_where_one_would_work() -> None:
    item, around = gallery_rule("price_link"), real()[2]["shop-page"]
    assert item is not None

    assert item.fits(around)
    assert not item.fits(replace(around, has_public_url=False))


def test_a_complaint_is_told_to_somebody_where_somebody_can_be_told() -> None:
    item, around = gallery_rule("complaint"), real()[2]["shop-page"]
    assert item is not None

    def last_step(place: GalleryConnection) -> dict[str, Any]:
        return item.rule(item.filled(place, {}, str), "made")["actions"][-1]

    assert last_step(around)["notify"]["to"] == "ops"
    assert last_step(around)["continue_on_error"] is True
    assert "log" in last_step(replace(around, receivers=()))


def test_what_answers_questions_keeps_quiet_after_an_answer_by_hand() -> None:
    around = real()[2]["shop-page"]
    quiet = {
        item.key
        for item in GALLERY
        if "pause_on" in item.rule(item.filled(around, {}, str), "made")
    }

    assert quiet == {
        "ask_phone_number", "price", "opening_hours", "ask_again", "welcome", "out_of_hours",
        "order_status", "not_understood", "write_to_many", "price_link",
    }  # fmt: skip


def test_there_are_enough_of_them_and_each_fits_a_page() -> None:
    around = real()[2]

    assert len(GALLERY) >= 10
    assert [item.key for item in GALLERY if not item.fits(around["shop-page"])] == []
    assert sum(item.fits(around["shop-oa"]) for item in GALLERY) >= 6


@pytest.mark.parametrize(("item", "connection", "language"), FITTING)
def test_it_has_no_problem_and_fires_on_its_sample(
    item: GalleryRule, connection: str, language: str
) -> None:
    loaded = made(item, connection, language)

    assert loaded.problems == []
    (rule,) = loaded.rule_set.rules
    say = Translator(language)
    assert rule.spec.name == say(item.title)
    # What a schedule fires is tried in tests/integration/simulation/test_gallery.py.
    by_schedule = item.is_for_people or item.is_scheduled
    for event in () if by_schedule else rule.spec.trigger.events:
        assert fires(loaded, connection, event, say(item.sample)), event
    only_other = say("What a lovely morning") if item.key != "welcome" else ""
    assert (
        not item.fields
        or by_schedule
        or item.key
        in (
            "welcome",
            "out_of_hours",
            "hide_phone_numbers",
            "not_understood",
            "take_leads",
            "share_people",
        )
        or (not fires(loaded, connection, rule.spec.trigger.events[0], f"zzz {only_other}"))
    )


def fires(loaded: Loaded, connection: str, event: str, text: str) -> bool:
    """Whether the rule acts on a sample of this type with this text."""
    provider = real()[1][connection]
    for name in sample_names(provider.name):
        if name.rpartition("/")[2] != event:
            continue
        wanted = None if event in WITHOUT_TEXT else text
        sample = build_sample(name, serial=1, now_ms=NOW, text=wanted)
        headers, body = signed_request(provider, sample, NOW, "1")
        request = InboundRequest("POST", "", tuple(headers.items()), body, NOW, "127.0.0.1")
        (parsed,) = provider.parse(request)
        body_of = {**parsed.body, "type": parsed.type, "connection": connection}
        scope = {"event": body_of, "now": "2026-11-24T15:30:00Z", "contact": {}, "vars": {}}
        facts = EventFacts(parsed.type, connection, provider.name, is_self=False)
        return bool(loaded.rule_set.decide(scope, NOW, facts))
    raise AssertionError(f"{provider.name} has no sample of {event}")


@pytest.mark.parametrize("connection", real()[2])
def test_the_price_is_said_on_every_connection(connection: str) -> None:
    text = text_of(price, connection, "en")

    assert "250,000" in text
    assert ("we have sent you the price" in text) == ("private_reply" in text)


@pytest.mark.parametrize(("item", "connection", "language"), FITTING)
def test_every_text_that_the_form_asks_for_is_in_the_rule(
    item: GalleryRule, connection: str, language: str
) -> None:
    fields = item.fields_for(real()[2][connection])
    given = {one.key: f"said-{one.key}" for one in fields if one.kind in ("text", "line")}

    text = text_of(item, connection, language, **given)

    assert [said for said in given.values() if said not in text] == []


def test_what_is_filled_in_stands_in_the_rule() -> None:
    item, giveaway = gallery_rule("price"), gallery_rule("giveaway")
    assert item
    assert giveaway
    given = {"answer": 'Chào "bạn": #1\nhẹn gặp', "private": ""}

    (rule,) = made(item, "shop-page", "vi", **given).rule_set.rules
    (other,) = made(giveaway, "shop-page", "vi", words=" giá ,  ib;\nxin giá").rule_set.rules

    assert rule.spec.conditions[0].text == "asks(event.text, 'price')"
    assert other.spec.conditions[0].text == "keywords(event.text, ['giá', 'ib', 'xin giá'])"
    assert rule.spec.steps[0].inputs["text"] == given["answer"]
    # An empty text becomes the one of the template.
    assert "250" in rule.spec.steps[1].inputs["text"]


def test_a_choice_that_is_none_and_a_time_that_is_none_become_the_default() -> None:
    asked, closed = gallery_rule("ask_again"), gallery_rule("out_of_hours")
    assert asked
    assert closed

    (rule,) = made(asked, "shop-page", "en", after="12h\nx: y").rule_set.rules
    assert rule.spec.steps[0].inputs["after"] == "12h"
    (rule,) = made(closed, "shop-page", "en", opens="25:00").rule_set.rules
    assert "'08:00'" in str(rule.spec.conditions)


def test_names_are_numbered_when_they_are_taken() -> None:
    assert free_name("a", {"b"}) == "a"
    assert free_name("a", {"a.yaml", "a-2.yaml"}, ".yaml") == "a-3.yaml"


def test_a_set_time_is_kept_in_every_language_and_no_tag_means_everybody() -> None:
    item = gallery_rule("write_to_many")
    assert item

    for language in ("en", "vi"):
        given = {"days": "every Monday", "time": "18:30", "tag": ""}
        (rule,) = made(item, "shop-page", language, **given).rule_set.rules
        trigger = rule.spec.trigger

        assert trigger.schedule is not None
        assert trigger.audience is not None
        assert trigger.schedule.cron == (("30", "18", "*", "*", "mon"),)
        assert trigger.audience.tag == ""


def test_whoever_of_the_staff_can_be_told_hears_of_their_own_people_alone() -> None:
    item, around = gallery_rule("share_people"), real()[2]["shop-page"]
    assert item is not None

    def notices(*receivers: str) -> list[dict[str, Any]]:
        place = replace(around, receivers=receivers)
        filled = item.filled(place, {"names": "Lan, Mài, O'Neil"}, str)
        return [step for step in item.rule(filled, "made")["actions"] if "notify" in step]

    assert [(one["notify"]["to"], one["if"]) for one in notices("mai", "ops")] == [
        ("mai", "contact.state.assignee == 'Mài'")
    ]
    assert [(one["notify"]["to"], one.get("if")) for one in notices("ops")] == [("ops", None)]
    assert notices() == []
