"""Tries of one event: decisions, texts, requests and follow-ups, without any effect."""

import json

import pytest

from automator.configuration.secrets import REDACTED, Secret
from automator.configuration.target import Target
from automator.configuration.time_intervals import TimeInterval
from automator.engine.tryout import tryout
from automator.engine.tryout.trial_events import events_in, posted
from automator.model import DAY_MS, AttemptStatus, RunState
from automator.reasons.limits import once
from automator.store import LimitStanding
from automator.store.contacts.contact_rows import first_contact
from tests.support.providers import NOW_MS, a_provider
from tests.support.tries import PAGE, texts_of, tried
from tests.support.words import said

PRICE = """\
vars: {shop: Áo Đẹp}
rules:
  - id: price
    name: Answer price questions
    trigger: {event: comment.created, connection: shop-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - id: public
        reply: "Chào {{ event.actor.name }}, {{ vars.shop }} đây ạ."
      - private_reply: "Giá 250k ạ."
      - follow_up:
          after: 20h
          cancel_on: {event: message.received, conditions: ["event.text != null"]}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
"""


def test_a_try_shows_the_texts_the_requests_and_the_follow_up_with_its_time() -> None:
    trial = tried(PRICE, said="giá bao nhiêu")

    first, later = trial.runs
    assert [step.id for step in first.steps] == ["public", "private_reply", "follow_up"]
    assert first.texts[0].endswith(", Áo Đẹp đây ạ.")
    assert first.state is RunState.DONE
    (request,) = first.steps[0].requests
    assert (request["method"], "/comments" in request["url"]) == ("POST", True)
    assert json.loads(request["body"]) == {"message": first.texts[0]}
    assert later.at == NOW_MS + 20 * 3_600_000
    assert later.texts == ("Bạn còn quan tâm không ạ?",)
    assert later.cancel_on == {"event": ["message.received"], "conditions": ["event.text != null"]}


def test_no_secret_is_in_a_request_that_would_be_made() -> None:
    trial = tried(PRICE, said="giá")

    assert "page-token-of-tests" not in json.dumps(trial.as_json())
    assert trial.runs[0].steps[0].requests[0]["headers"]["authorization"] == "<redacted>"


def test_a_rule_that_does_not_match_is_explained_with_values() -> None:
    trial = tried(PRICE, said="đẹp quá")

    assert not trial.runs
    (rule,) = trial.rules
    assert not rule.matched
    assert rule.conditions[0].decides
    assert ("event.text", "đẹp quá") in rule.conditions[0].values


def test_a_shadow_rule_shows_what_it_would_send_if_it_were_live() -> None:
    trial = tried(PRICE.replace("name: Answer", "mode: shadow\n    name: Answer"), said="giá")

    assert trial.runs[0].shadow
    assert len(trial.runs[0].texts) == 2
    assert trial.runs[0].steps[0].requests


def test_a_template_that_cannot_be_rendered_says_why_and_nothing_after_it_is_done() -> None:
    trial = tried(PRICE.replace("event.actor.name", "event.actor.nmae"), said="giá")

    (run,) = trial.runs
    assert run.state is RunState.DEAD
    assert [step.status for step in run.steps] == [AttemptStatus.FAILED]
    assert "nmae" in said(run.steps[0].summary)


def test_what_one_rule_remembers_the_steps_of_the_next_see() -> None:
    trial = tried(
        """\
rules:
  - id: note
    trigger: {event: comment.created}
    actions:
      - remember: {size: M}
  - id: tell
    trigger: {event: comment.created}
    actions:
      - reply: "Size {{ contact.state.size }}"
"""
    )

    assert texts_of(trial.runs) == ["Size M"]


def test_the_person_can_be_chosen() -> None:
    rules = """\
rules:
  - id: regular
    trigger: {event: message.received}
    conditions: ["contact.state.vip == `true`"]
    actions: [{reply: "Chào khách quen {{ contact.name }}"}]
"""
    lan = {**first_contact(f"{PAGE}:7", NOW_MS), "name": "Lan", "state": {"vip": True}}

    sample = "facebook/message.received"

    assert texts_of(tried(rules, sample=sample, contact=lan).runs) == ["Chào khách quen Lan"]
    assert not tried(rules, sample=sample).runs


def test_who_has_opted_out_is_told_nothing_in_private() -> None:
    gone = {**first_contact(f"{PAGE}:7", NOW_MS), "opted_out": True}
    rules = """\
rules:
  - id: greet
    trigger: {event: message.received}
    actions: [{reply: "Chào bạn"}]
"""
    (run,) = tried(rules, sample="facebook/message.received", contact=gone).runs

    assert run.steps[0].status is AttemptStatus.SKIPPED
    assert run.steps[0].summary.code == "opted_out"
    assert not run.steps[0].requests


def test_behind_a_question_that_may_not_be_asked_only_on_error_is_done() -> None:
    gone = {**first_contact(f"{PAGE}:7", NOW_MS), "opted_out": True}
    rules = """\
rules:
  - id: lead
    trigger: {event: message.received}
    actions:
      - id: tel
        ask: {text: "Số ạ?", expect: phone}
      - log: "{{ steps.tel.output.value }}"
    on_error: [{id: failed, log: "không có số"}]
"""
    asked, failed = tried(rules, sample="facebook/message.received", contact=gone).runs

    assert [(step.id, step.status) for step in asked.steps] == [("tel", AttemptStatus.SKIPPED)]
    assert [step.id for step in failed.steps] == ["failed"]


def test_a_rule_outside_its_hours_waits_until_they_begin() -> None:
    rules = PRICE.replace("  name:", "  active: [night]\n    outside: wait\n    name:")
    night = TimeInterval(times=("22:00-23:00",))
    trial = tried(rules, said="giá", intervals={"night": night})

    assert trial.runs[0].at > NOW_MS
    assert trial.runs[0].texts


def test_a_limit_that_is_used_up_holds_the_rule_back_and_lets_the_next_one_act() -> None:
    rules = """\
rules:
  - id: first
    trigger: {event: comment.created}
    stop: true
    limits: {once: {key: event.actor.id}}
    actions: [{reply: "một"}]
  - id: second
    trigger: {event: comment.created}
    actions: [{reply: "hai"}]
"""
    spent = once(key="7", last=NOW_MS, run=1)
    full = LimitStanding(name="once", key="7", holds_back=True, reason=spent)

    assert texts_of(tried(rules).runs) == ["một"]
    trial = tried(rules, limits_of=lambda run, _at: (full,) if run.rule == "first" else ())
    assert [run.state for run in trial.runs] == [RunState.SUPPRESSED, RunState.DONE]
    assert texts_of(trial.runs) == ["hai"]
    assert [rule.decided_by.code for rule in trial.rules] == ["no_conditions"] * 2


def test_the_answer_of_a_request_can_be_assumed_for_the_steps_after_it() -> None:
    rules = """\
rules:
  - id: stock
    trigger: {event: comment.created}
    actions:
      - id: look
        request: {url: "https://stock.example/items", output: {left: body.left}}
      - reply: "Còn {{ steps.look.output.left }} cái"
"""
    assumed = tried(rules, answers={"look": {"left": 3}})

    assert texts_of(assumed.runs) == ["Còn 3 cái"]
    assert assumed.runs[0].steps[0].requests[0]["url"] == "https://stock.example/items"
    assert assumed.runs[0].steps[0].note is None
    unknown = tried(rules).runs[0].steps[0]
    assert unknown.note is not None
    assert unknown.note.code == "answer_unknown"


def test_a_try_signs_nothing_that_could_be_sent_by_hand() -> None:
    rules = (
        "rules: [{id: a, trigger: {event: comment.created},"
        " actions: [{forward: {to: crm, body: {paid: true}}}]}]"
    )
    target = Target(url="https://crm.example/in", secret=Secret("whsec_" + "QUFB" * 8, "env:CRM"))

    (request,) = tried(rules, targets={"crm": target}).runs[0].steps[0].requests

    assert request["body"] == '{"paid":true}'
    assert request["headers"]["webhook-signature"] == REDACTED


def test_a_forward_shows_the_signed_request_to_its_target() -> None:
    rules = "rules: [{id: a, trigger: {event: comment.created}, actions: [{forward: {to: crm}}]}]"
    trial = tried(rules, targets={"crm": Target(url="https://crm.example/in")})

    (request,) = trial.runs[0].steps[0].requests
    assert request["url"] == "https://crm.example/in"
    assert json.loads(request["body"])["type"] == "comment.created"


def test_a_notice_shows_its_request_without_the_address_that_gives_access() -> None:
    rules = """\
rules:
  - id: a
    trigger: {event: comment.created}
    actions: [{notify: {to: ops, title: Xem, text: "{{ event.text }}"}}]
"""
    trial = tried(rules, notify={"ops": Secret("tgram://123456:AAtoken_token/55", "env:OPS")})

    (step,) = trial.runs[0].steps
    (request,) = step.requests
    assert (step.status.value, step.summary.code) == ("ok", "notified")
    assert request["url"] == "https://api.telegram.org/bot<secret env:OPS>/sendMessage"
    assert json.loads(request["body"])["text"].startswith("Xem\n")


def test_the_second_private_reply_to_a_comment_says_that_it_has_had_one() -> None:
    rules = """\
rules:
  - id: a
    trigger: {event: comment.created}
    actions: [{private_reply: "một"}]
  - id: b
    trigger: {event: comment.created}
    actions: [{private_reply: "hai"}]
"""
    first, second = tried(rules).runs

    assert first.texts == ("một",)
    assert second.steps[0].summary.code == "private_reply_taken"


@pytest.mark.parametrize("step", ["reply: Ơ kìa", "private_reply: Ơ kìa", "moderate: hide"])
def test_nothing_is_said_below_the_comment_that_the_event_has_deleted(step: str) -> None:
    rule = f"""
rules:
  - id: gone
    trigger: {{event: comment.deleted}}
    actions: [{{{step}}}]
"""
    (run,) = tried(rule, sample="facebook/comment.deleted").runs

    assert run.steps[0].summary.code == "place_deleted"
    assert run.steps[0].requests == ()


def test_an_absence_is_waited_for_though_a_rule_that_is_decided_later_stops_the_others() -> None:
    rules = """
rules:
  - id: first
    trigger: {event: comment.created}
    conditions: ["!(contact.opted_out)"]
    stop: true
    actions: [{reply: một}]
  - id: waits
    trigger:
      absence: {of: message.received, after: comment.created, within: 45m, key: event.actor.id}
    actions: [{private_reply: hai}]
  - id: stopped
    trigger: {event: comment.created}
    actions: [{log: ba}]
"""
    trial = tried(rules)

    assert [run.rule for run in trial.runs] == ["first", "waits"]
    assert {rule.rule: rule.matched for rule in trial.rules} == {
        "first": True,
        "waits": True,
        "stopped": False,
    }


def test_a_try_that_takes_too_much_says_that_something_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tryout, "MOST_STEPS", 1)
    trial = tried(PRICE, said="giá")

    assert len(trial.runs[0].steps) == 1
    assert trial.cut is not None


def test_steps_of_on_error_are_tried_when_a_step_fails() -> None:
    rules = PRICE.replace("event.actor.name", "event.nobody.name") + (
        "    on_error:\n      - log: hỏng rồi\n"
    )
    trial = tried(rules, said="giá")

    assert [run.state for run in trial.runs] == [RunState.DEAD, RunState.DONE]
    assert [step.action for step in trial.runs[1].steps] == ["log"]


def test_steps_see_the_contact_as_the_event_leaves_it() -> None:
    rules = """\
rules:
  - id: first
    trigger: {event: message.received}
    conditions: ["contact.last_inbound_at == '2026-11-23T00:00:00.000Z'"]
    actions: [{log: "{{ contact.last_inbound_at }} {{ contact.first_seen }}"}]
"""
    known = {
        **first_contact(f"{PAGE}:7", NOW_MS - DAY_MS),
        "last_inbound_at": "2026-11-23T00:00:00.000Z",
        "window_opened_at": "2026-11-23T00:00:00.000Z",
    }
    (run,) = tried(rules, sample="facebook/message.received", contact=known).runs

    assert said(run.steps[0].summary) == "2026-11-24T00:00:00.000Z 2026-11-23T00:00:00.000Z"


def test_a_message_may_be_answered_however_long_ago_the_one_before_it_came() -> None:
    rules = """\
rules:
  - id: answer
    trigger: {event: message.received}
    actions: [{message: "Chào bạn"}]
"""
    long_ago = "2026-11-01T00:00:00.000Z"
    known = {
        **first_contact(f"{PAGE}:7", NOW_MS - 30 * DAY_MS),
        "last_inbound_at": long_ago,
        "window_opened_at": long_ago,
    }

    assert texts_of(tried(rules, sample="facebook/message.received", contact=known).runs) == [
        "Chào bạn"
    ]


def test_who_opts_out_in_a_step_is_told_nothing_by_the_steps_after_it() -> None:
    rules = """\
rules:
  - id: stop
    trigger: {event: message.received}
    actions:
      - remember: {opted_out: true}
      - message: "Tạm biệt"
      - log: "{{ contact.opted_out_at }} {{ contact.opted_out_by }}"
"""
    (run,) = tried(rules, sample="facebook/message.received").runs
    _, told, logged = run.steps

    assert (told.summary.code, told.requests) == ("opted_out", ())
    assert said(logged.summary).startswith("2026-11-24T00:00:00.000Z stop")


def test_a_person_whom_a_rule_blocks_gets_nothing_from_the_rules_after_it() -> None:
    rules = """\
rules:
  - id: block
    trigger: {event: message.received}
    actions: [{remember: {blocked: true}}]
  - id: greet
    trigger: {event: message.received}
    actions: [{reply: "Chào bạn"}]
"""
    block, greet = tried(rules, sample="facebook/message.received").runs

    assert block.state is RunState.DONE
    assert (greet.state, greet.reason and greet.reason.code) == (RunState.CANCELLED, "blocked")


def test_runs_are_tried_in_the_order_of_their_times() -> None:
    rules = """\
rules:
  - id: unanswered
    trigger:
      absence: {of: message.sent, after: message.received, within: 45m, key: event.actor.id}
    actions: [{remember: {waited: true}}]
  - id: later
    trigger: {event: message.received}
    actions:
      - follow_up: {after: 20m, actions: [{message: "{{ contact.state.waited | default('-') }}"}]}
      - follow_up: {after: 2h, actions: [{message: "{{ contact.state.waited | default('-') }}"}]}
"""
    trial = tried(rules, sample="facebook/message.received")

    assert texts_of(trial.runs) == ["-", "true"]


def test_the_delivery_of_a_try_is_of_the_type_that_its_sender_would_name() -> None:
    event, delivery = events_in(a_provider("generic", PAGE), posted({"event": "paid"}, NOW_MS))[0]

    assert event.body["headers"]["content-type"] == "application/json"
    assert dict(delivery.headers) == {"content-type": "application/json"}
