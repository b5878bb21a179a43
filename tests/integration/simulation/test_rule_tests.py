"""The tests of rule files run on the engine itself, and say what differs."""

import json
from pathlib import Path

import pytest

from automator.cli.serving.simulation_setup import rules_and_setup
from automator.model import Event, IdSource, Severity, format_id
from automator.providers.simulator import build_sample
from automator.rules import load_rules, read_rule_files, with_test_files
from automator.simulation.rule_tests import run_tests
from tests.support.page_events import delivery, message
from tests.support.rule_tests import codes_of, results_of
from tests.support.rules import check, real_rule_context
from tests.support.words import said

RULE = """
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - {name: asks for the price, expr: "keywords(event.text, ['giá', 'bao nhiêu'])"}
    limits:
      throttle: {key: event.actor.id, limit: 1, period: 1d}
    actions:
      - id: public
        reply: "Chào {{ event.actor.name }}, {{ vars.shop }} đã nhắn tin ạ."
      - private_reply: "Giá hôm nay: 250k ạ."
      - remember: {asked: true}
        if: contact.state.asked == null
      - follow_up:
          after: 20h
          cancel_on: {event: message.received}
          actions:
            - message: "Bạn còn quan tâm không ạ?"
    tests:
      - name: the test
"""
COMMENT = "{sample: facebook/comment.created, with: {event.text: gia bao nhieu}}"


def outcome(test: str, folder: Path) -> list[str]:
    """The codes with which a test of the rule fails, as YAML below its name."""
    indented = "\n".join(f"        {line}" for line in test.splitlines())
    return codes_of(results_of({"price.yaml": RULE + indented}, folder)["the test"])


@pytest.mark.parametrize(
    ("share", "given", "fails"),
    [
        ("100", "{}", []),
        ("0", "{}", ["test_did_not_match"]),
        ("0", "{rollout: in}", []),
        ("100", "{rollout: out}", ["test_did_not_match"]),
    ],
)
def test_a_test_follows_the_rollout_or_assumes_that_its_person_is_in_it(
    share: str, given: str, fails: list[str], tmp_path: Path
) -> None:
    test = f"        event: {COMMENT}\n        given: {given}\n        expect: matched\n"
    text = RULE.replace("    limits:", f"    rollout: {{percent: {share}}}\n    limits:") + test
    result = results_of({"price.yaml": text}, tmp_path)["the test"]

    assert codes_of(result) == fails
    assert result.decisions[0].decided_by.code == ("not_rolled_out" if fails else "rolled_out")


@pytest.mark.parametrize(
    ("given", "otherwise", "code"),
    [
        ("{}", "skip", "after_approval"),
        ("{approval: approved}", "skip", "after_approval"),
        ("{approval: declined}", "send", "declined_in_test"),
        ("{approval: declined, answers: {public: {status: 500}}}", "send", "declined_in_test"),
        ("{approval: expired}", "skip", "not_approved"),
        ("{approval: expired}", "send", "sent_unapproved"),
    ],
)
def test_a_test_takes_an_approval_as_given_and_otherwise_as_approved(
    given: str, otherwise: str, code: str, tmp_path: Path
) -> None:
    status = "skipped" if code in ("declined_in_test", "not_approved") else "ok"
    approve = f"        approve: {{within: 2h, otherwise: {otherwise}}}\n"
    public = 'đã nhắn tin ạ."\n'
    expect = f"{{actions: [{{id: public, status: {status}}}, private_reply, remember]}}"
    test = f"        event: {COMMENT}\n        given: {given}\n        expect: {expect}\n"
    text = RULE.replace(public, public + approve) + test
    result = results_of({"price.yaml": text}, tmp_path)["the test"]

    assert codes_of(result) == []
    (public_step, *_) = result.runs[0].steps
    assert bool(public_step.requests) is (status == "ok")
    assert public_step.summary.code == code


@pytest.mark.parametrize(
    ("after", "fails"), [("55s", []), ("54s", ["test_follow_up_time_differs"])]
)
def test_a_drawn_wait_is_its_middle_in_a_test(after: str, fails: list[str], tmp_path: Path) -> None:
    test = f"        event: {COMMENT}\n        expect: {{follow_ups: [{{after: {after}}}]}}\n"
    text = RULE.replace("after: 20h", "after: {between: [20s, 90s]}") + test

    assert codes_of(results_of({"price.yaml": text}, tmp_path)["the test"]) == fails


@pytest.mark.parametrize(("after", "fails"), [("12h", []), ("3h", ["test_follow_up_time_differs"])])
def test_what_is_due_at_night_acts_as_soon_as_it_may_in_a_test(
    after: str, fails: list[str], tmp_path: Path
) -> None:
    test = (
        f"        event: {COMMENT}\n"
        '        given: {clock: "2026-11-24T20:00:00+07:00"}\n'
        f"        expect: {{follow_ups: [{{after: {after}}}]}}\n"
    )
    text = RULE.replace("after: 20h", 'after: 3h\n          active: {times: "08:00-21:00"}') + test

    assert codes_of(results_of({"price.yaml": text}, tmp_path)["the test"]) == fails


def test_a_test_sees_what_a_rule_in_shadow_mode_would_say(tmp_path: Path) -> None:
    test = f"        event: {COMMENT}\n        expect: {{actions: [{{id: public, contains: Chào}}, "
    text = RULE.replace("    limits:", "    mode: shadow\n    limits:") + test
    result = results_of({"price.yaml": f"{text}private_reply, remember]}}\n"}, tmp_path)["the test"]

    assert codes_of(result) == []


@pytest.mark.parametrize(
    "expect",
    [
        "matched",
        "{matched: 1}",
        "{actions: [public, private_reply, remember]}",
        "{actions: [{id: public, contains: [Chào, Áo Đẹp]}, private_reply, remember]}",
        (
            "{actions: [{id: public, text: 'Chào Trần Thị Ngọc Ánh, Áo Đẹp đã nhắn tin ạ.'},"
            " private_reply, remember]}"
        ),
        "{follow_ups: [{after: 20h, actions: [message]}]}",
        "{follow_ups: [{cancelled: false}]}",
        "{contact: {asked: true}}",
        "{suppressed: false}",
    ],
)
def test_what_happens_is_what_a_test_may_expect(expect: str, tmp_path: Path) -> None:
    assert outcome(f"event: {COMMENT}\nexpect: {expect}", tmp_path) == []


@pytest.mark.parametrize(
    ("expect", "code"),
    [
        ("no_match", "test_match_not_expected"),
        ("{matched: false}", "test_match_not_expected"),
        ("{matched: 2}", "test_times_differ"),
        ("{actions: [public]}", "test_actions_differ"),
        ("{actions: []}", "test_actions_differ"),
        (
            "{actions: [{id: public, text: Chào}, private_reply, remember]}",
            "test_text_differs",
        ),
        (
            "{actions: [{id: public, contains: 300k}, private_reply, remember]}",
            "test_text_lacks",
        ),
        (
            "{actions: [public, {id: private_reply, to: '7'}, remember]}",
            "test_receiver_differs",
        ),
        (
            "{actions: [{id: public, status: failed}, private_reply, remember]}",
            "test_status_differs",
        ),
        ("{follow_ups: []}", "test_follow_ups_differ"),
        ("{follow_ups: [{after: 19h}]}", "test_follow_up_time_differs"),
        ("{follow_ups: [{cancelled: true}]}", "test_follow_up_goes_on"),
        ("{follow_ups: [{actions: []}]}", "test_actions_differ"),
        ("{suppressed: true}", "test_not_held_back"),
        ("{contact: {asked: false}}", "test_contact_differs"),
    ],
)
def test_a_test_that_expects_something_else_says_what_differs(
    expect: str, code: str, tmp_path: Path
) -> None:
    assert outcome(f"event: {COMMENT}\nexpect: {expect}", tmp_path) == [code]


def test_a_limit_holds_back_as_on_the_server(tmp_path: Path) -> None:
    twice = f"events:\n  - {COMMENT}\n  - {{sample: facebook/comment.created, after: 1h, "
    twice += "with: {event.text: giá?}}\n"

    assert outcome(f"{twice}expect: {{suppressed: throttled, matched: 2}}", tmp_path) == []
    assert outcome(f"{twice}expect: {{suppressed: once}}", tmp_path) == ["test_held_back_otherwise"]
    assert outcome(f"{twice}expect: {{suppressed: false}}", tmp_path) == ["test_held_back"]


def test_a_test_may_name_the_limit_whatever_its_period(tmp_path: Path) -> None:
    once = "      once: {key: event.actor.id, period: 1d}"
    text = RULE.replace("      throttle: {key: event.actor.id, limit: 1, period: 1d}", once)
    test = f"        events: [{COMMENT}, {COMMENT}]\n        expect: {{suppressed: once}}\n"

    assert codes_of(results_of({"price.yaml": text + test}, tmp_path)["the test"]) == []


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("2026-11-24T23:00+07:00", "{suppressed: outside}"), ("2026-11-24T10:00+07:00", "matched")],
)
def test_a_rule_has_its_times_in_place(clock: str, expected: str, tmp_path: Path) -> None:
    text = RULE.replace(
        "    limits:", '    active: {days: mon-sat, times: "08:00-21:00"}\n    limits:'
    )
    test = f"        given: {{clock: '{clock}'}}\n        event: {COMMENT}\n"
    test += f"        expect: {expected}\n"

    assert codes_of(results_of({"price.yaml": text + test}, tmp_path)["the test"]) == []


def test_a_message_of_the_same_person_cancels_a_follow_up(tmp_path: Path) -> None:
    events = f"events:\n  - {COMMENT}\n  - {{sample: facebook/message.received, after: 2h}}\n"

    assert outcome(f"{events}expect: {{follow_ups: [{{cancelled: true}}]}}", tmp_path) == []
    assert outcome(f"{events}expect: {{follow_ups: [{{cancelled: false}}]}}", tmp_path) == [
        "test_follow_up_cancelled"
    ]


def test_no_match_can_name_the_condition_that_decides(tmp_path: Path) -> None:
    praise = "event: {sample: facebook/comment.created, with: {event.text: đẹp quá}}\n"

    for named in ("true", "asks for the price", "keywords"):
        assert outcome(f"{praise}expect: {{no_match: {named}}}", tmp_path) == []
    assert outcome(f"{praise}expect: {{no_match: event.post}}", tmp_path) == [
        "test_no_match_elsewhere"
    ]
    assert outcome(f"{praise}expect: matched", tmp_path) == ["test_did_not_match"]


@pytest.mark.parametrize(("events", "count"), [(0, 0), (1, 1), (2, 2)])
@pytest.mark.parametrize("expected", [0, 1, 2])
def test_a_test_may_say_how_often_the_rule_matches(
    events: int, count: int, expected: int, tmp_path: Path
) -> None:
    praise = "{sample: facebook/comment.created, with: {event.text: đẹp quá}}"
    arrivals = ", ".join([praise, *[COMMENT] * events])
    fails = outcome(f"events: [{arrivals}]\nexpect: {{matched: {expected}}}", tmp_path)

    assert fails == ([] if expected == count else ["test_times_differ"])


def test_no_match_can_name_a_condition_inside_the_group_that_decides(tmp_path: Path) -> None:
    group = "      - any: [\"event.text == 'a'\", {name: says b, expr: \"event.text == 'b'\"}]\n"
    text = RULE.replace("    limits:", f"{group}    limits:")
    for named, fails in (("says b", []), ("== 'a'", []), ("c", ["test_no_match_elsewhere"])):
        test = f"        event: {COMMENT}\n        expect: {{no_match: {named}}}\n"

        assert codes_of(results_of({"price.yaml": text + test}, tmp_path)["the test"]) == fails


def test_what_is_given_holds_when_the_test_begins(tmp_path: Path) -> None:
    given = "given: {contact: {state: {asked: true}}, vars: {shop: Tiệm Mới}}\n"
    expect = "expect: {actions: [{id: public, contains: Tiệm Mới}, private_reply]}"

    assert outcome(f"{given}event: {COMMENT}\n{expect}", tmp_path) == []


def test_the_name_of_who_writes_is_what_the_test_gives(tmp_path: Path) -> None:
    rule = """
rules:
  - id: greet
    trigger: {event: message.received, connection: shop-page}
    actions: [reply: "Chào {{ event.actor.name | default('bạn') }} {{ contact.name }}"]
    tests:
      - name: known
        event: {sample: facebook/message.received}
        given: {contact: {name: Lan}}
        expect: {actions: [{id: reply, text: Chào Lan Lan}]}
      - name: unknown
        event: {sample: facebook/message.received}
        expect: {actions: [{id: reply, contains: Chào bạn}]}
"""
    results = results_of({"greet.yaml": rule}, tmp_path)

    assert [codes_of(results[name]) for name in ("known", "unknown")] == [[], []]


def test_the_delivery_of_a_test_can_be_forwarded_byte_by_byte(tmp_path: Path) -> None:
    body = delivery(messaging=[message(1, "7", "giá?")]).decode()
    rule = f"""
rules:
  - id: pass-on
    trigger: {{event: message.received, connection: shop-page}}
    actions: [{{forward: {{to: "https://crm.example/in", raw: true}}}}]
    tests:
      - name: a message
        event: {{delivery: {body}}}
        expect: {{actions: [forward]}}
"""
    result = results_of({"pass-on.yaml": rule}, tmp_path)["a message"]

    assert codes_of(result) == []
    (request,) = result.runs[0].steps[0].requests
    assert json.loads(request["body"]) == json.loads(body)
    assert request["headers"]["content-type"] == "application/json"


def test_an_event_that_cannot_come_in_fails_its_test_alone(tmp_path: Path) -> None:
    wrong = "event: {sample: facebook/comment.created, with: {event.txt: giá}}\nexpect: matched"
    nobody = "event: {sample: facebook/message.read, connection: nowhere}\nexpect: no_match"
    unreadable = "event: {delivery: {object: page}}\nexpect: no_match"
    nothing = "event: {delivery: {object: page, entry: []}}\nexpect: no_match"

    assert outcome(wrong, tmp_path) == ["test_cannot_arrive"]
    assert outcome(nobody, tmp_path) == ["test_cannot_arrive"]
    assert outcome(unreadable, tmp_path) == ["test_cannot_arrive"]
    assert outcome(nothing, tmp_path) == ["test_nothing_read"]


def test_a_delivery_that_comes_once_more_in_a_test_starts_nothing(tmp_path: Path) -> None:
    body = delivery(messaging=[message(1, "7", "giá?")]).decode()
    rule = f"""
rules:
  - id: count
    trigger: {{event: message.received, connection: shop-page}}
    actions: [{{log: "{{{{ event.text }}}}"}}]
    tests:
      - name: comes twice
        events:
          - {{delivery: {body}}}
          - {{after: 1m, delivery: {body}}}
        expect: {{matched: 1}}
"""
    result = results_of({"count.yaml": rule}, tmp_path)["comes twice"]

    assert codes_of(result) == []
    assert len(result.decisions) == 1


FOR_EVER = """
rules:
  - id: tick
    trigger: {schedule: {every: 10s}}
    actions: [{log: tick}]
    tests:
      - name: for ever
        run_for: 300d
        expect: matched
"""


def test_a_rule_that_goes_round_in_a_circle_ends(tmp_path: Path) -> None:
    results = results_of({"tick.yaml": FOR_EVER}, tmp_path, most_claims=20)

    assert codes_of(results["for ever"]) == ["test_too_much"]


def test_a_test_that_takes_too_long_ends(tmp_path: Path) -> None:
    results = results_of({"tick.yaml": FOR_EVER}, tmp_path, most_seconds=0.5)

    assert codes_of(results["for ever"]) == ["test_takes_too_long"]
    assert results["for ever"].seconds < 30


def test_the_tests_of_the_example_rules_pass(tmp_path: Path) -> None:
    results = results_of(read_rule_files(Path("rules/demo")), tmp_path)

    assert len(results) > 20
    failed = {name: [said(item) for item in one.failures] for name, one in results.items()}
    assert {name: failures for name, failures in failed.items() if failures} == {}


def test_a_test_takes_the_body_of_a_delivery_from_a_file(tmp_path: Path) -> None:
    sample = build_sample("facebook/comment.created", serial=1, now_ms=0)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "comment.json").write_bytes(sample.body)

    assert outcome("event: {file: files/comment.json}\nexpect: matched", tmp_path) == []
    assert outcome("event: {file: files/comment.json}\nexpect: no_match", tmp_path) == [
        "test_match_not_expected"
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "test_file_missing"),
        ("{", "test_file_not_json"),
        ('{"a": "' + "x" * 262_144 + '"}', "test_file_too_large"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_warning_at_its_place_and_fails_its_test_alone(
    content: str | None, code: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "body.json").write_text(content, encoding="utf-8")
    second = f"      - name: another\n        event: {COMMENT}\n        expect: matched\n"
    text = f"{RULE}        event: {{file: body.json}}\n        expect: matched\n{second}"
    around = real_rule_context()
    loaded = with_test_files(load_rules(around, {"price.yaml": text}), tmp_path)
    [problem] = [one for one in loaded.problems if one.code == "test-file"]
    results = results_of({"price.yaml": text}, tmp_path)

    assert (problem.reason.code, problem.severity, problem.line) == (code, Severity.WARNING, 22)
    assert codes_of(results["the test"]) == ["test_cannot_arrive"]
    assert codes_of(results["another"]) == []


def test_a_link_leads_no_test_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "body.json").symlink_to(tmp_path / "secret.json")
    text = f"{RULE}        event: {{file: body.json}}\n        expect: matched\n"
    loaded = with_test_files(load_rules(real_rule_context(), {"price.yaml": text}), rules)

    assert [one.reason.code for one in loaded.problems] == ["test_file_outside"]


def test_a_test_takes_an_event_of_the_log(tmp_path: Path) -> None:
    event = Event(
        id=IdSource(lambda: 0, 1).next(),
        delivery_id=None,
        connection="demo-page",
        provider="facebook",
        type="comment.created",
        dedupe_key="key",
        lane="demo-page:lan",
        contact="demo-page:lan",
        is_self=False,
        occurred_at=0,
        received_at=0,
        body={
            "text": "Giá bao nhiêu vậy shop?",
            "actor": {"id": "lan", "name": "Lan"},
            "comment": {"id": "1_2"},
        },
    )
    text = RULE.replace("shop-page", "demo-page")
    text += f"        event: {{stored: {format_id(event.id)}}}\n"
    text += "        expect: {actions: [{id: public, contains: Lan}, private_reply, remember]}\n"

    found = results_of({"price.yaml": text}, tmp_path, stored=lambda _id: event)
    nowhere = results_of({"price.yaml": text}, tmp_path)

    assert codes_of(found["the test"]) == []
    assert codes_of(nowhere["the test"]) == ["test_no_log"]


def test_a_notice_needs_no_address_where_commands_read_no_secrets(tmp_path: Path) -> None:
    settings = tmp_path / "automator.yaml"
    settings.write_text(
        "connections: {shop-page: {provider: facebook, app_secret: env:A, verify_token: env:B}}\n"
        "notify: {ops: env:OPS}\n",
        encoding="utf-8",
    )
    rules = """
rules:
  - id: told
    trigger: {event: comment.created, connection: shop-page}
    actions: [{notify: {to: ops, text: "{{ event.text }}"}}]
    tests:
      - name: the test
        event: {sample: facebook/comment.created, with: {event.text: hàng lỗi}}
        expect: {actions: [{id: notify, contains: hàng lỗi}]}
"""

    read, setup = rules_and_setup({"told.yaml": rules}, settings)
    (result,) = run_tests(setup, read.tests)

    assert codes_of(result) == []


@pytest.mark.parametrize(
    ("expected", "fails"),
    [
        ("{id: notify, contains: hàng lỗi}", []),
        ('{id: notify, text: "Xem\\nhàng lỗi"}', []),
        ("{id: notify, contains: hàng tốt}", ["test_text_lacks"]),
    ],
)
def test_the_words_of_a_notice_are_expected_like_those_of_an_answer(
    expected: str, fails: list[str], tmp_path: Path
) -> None:
    rules = f"""
rules:
  - id: told
    trigger: {{event: comment.created, connection: shop-page}}
    actions: [{{notify: {{to: ops, title: Xem, text: "{{{{ event.text }}}}"}}}}]
    tests:
      - name: the test
        event: {{sample: facebook/comment.created, with: {{event.text: hàng lỗi}}}}
        expect: {{actions: [{expected}]}}
"""
    assert codes_of(results_of({"told.yaml": rules}, tmp_path)["the test"]) == fails


ASKS = """
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - id: lookup
        request:
          url: "https://shop.example/price"
          output: {price: body.price, kind: headers.kind}
        continue_on_error: true
        retry: {max_attempts: 2}
      - id: public
        reply: >-
          {{ steps.lookup.output.price | default('?') }}
          {{ steps.lookup.output.kind | default('-') }}
    tests:
      - name: the test
        event: {sample: facebook/comment.created}
"""


@pytest.mark.parametrize(
    ("answer", "expect"),
    [
        ("{price: 5}", "[lookup, {id: public, text: 5 -}]"),
        (
            "{status: 201, headers: {Kind: vip}, body: {price: 7}}",
            "[lookup, {id: public, text: 7 vip}]",
        ),
        ("{status: 404}", "[{id: lookup, status: failed}, {id: public, text: '? -'}]"),
        (
            "{status: 503, body: {price: 5}}",
            "[{id: lookup, status: failed}, {id: public, text: '? -'}]",
        ),
        ("{status: paid, body: x}", "[lookup, {id: public, text: '? -'}]"),
    ],
)
def test_a_request_gets_the_assumed_answer_with_its_status(
    answer: str, expect: str, tmp_path: Path
) -> None:
    text = f"{ASKS}        given: {{answers: {{lookup: {answer}}}}}\n"
    text += f"        expect: {{actions: {expect}}}\n"

    assert codes_of(results_of({"price.yaml": text}, tmp_path)["the test"]) == []


def test_an_action_that_waits_for_another_attempt_says_so(tmp_path: Path) -> None:
    text = f"{ASKS}        given: {{answers: {{lookup: {{status: 503}}}}}}\n        run_for: 1s\n"
    text += "        expect: {actions: [{id: lookup, status: retry}]}\n"

    assert codes_of(results_of({"price.yaml": text}, tmp_path)["the test"]) == []


QUESTION = """
rules:
  - id: lead
    trigger: {event: message.received, connection: shop-page}
    actions:
      - id: tel
        ask: {text: "Số ạ?", expect: phone, retries: 1, retry_text: "Chưa đúng ạ", within: 30m}
      - message: "Gọi {{ steps.tel.output.value }}"
    on_error: [message: "Không sao ạ"]
    tests:
      - name: the test
"""


@pytest.mark.parametrize(
    ("answers", "actions"),
    [
        (["0901234567"], "[tel, {id: message, text: 'Gọi +84901234567'}]"),
        (["chưa", "0901234567"], "[tel, {id: tel, text: Chưa đúng ạ}, message]"),
        (["chưa", "không"], "[tel, tel]"),
        ([], "[tel]"),
    ],
)
def test_a_later_event_of_a_test_answers_a_question(
    answers: list[str], actions: str, tmp_path: Path
) -> None:
    sample = "after: 1m, sample: facebook/message.received"
    said_then = "".join(
        f"          - {{{sample}, with: {{event.text: '{text}'}}}}\n" for text in answers
    )
    test = (
        "        event: {sample: facebook/message.received, with: {event.text: giá}}\n"
        f"        events:\n{said_then or '          []'}\n"
        f"        expect: {{matched: 1, actions: {actions}}}\n"
    )
    result = results_of({"price.yaml": QUESTION + test}, tmp_path)["the test"]

    assert codes_of(result) == []


PAID = """
rules:
  - id: tell-buyer
    trigger: {event: order.paid, connection: orders}
    pause_on: {human_reply: 2h}
    actions:
      - message: {via: shop-page, to: "{{ event.data.data.id }}", text: Đơn đã thanh toán ạ}
    tests:
      - name: the test
        event: {sample: standard_webhooks/order.paid, with: {event.data.data.id: "24601"}}
"""
_TOLD = "{actions: [{id: message, to: '24601', contains: thanh toán, sends: {via: shop-page}}]}"
_LEFT_OUT = "{actions: [{id: message, status: skipped}]}"


@pytest.mark.parametrize(
    ("person", "expect", "fails"),
    [
        ("", _TOLD, []),
        ("", "{actions: [{id: message, sends: {via: zalo-oa}}]}", ["test_not_among"]),
        ("wrote: 23h", _TOLD, []),
        ("wrote: 25h", _LEFT_OUT, []),
        ("opted_out: true", _LEFT_OUT, []),
        ("blocked: true", _LEFT_OUT, []),
        ("answered_by_hand: true", _TOLD, []),
    ],
)
def test_a_test_says_what_is_known_of_the_person_at_another_connection(
    person: str, expect: str, fails: list[str], tmp_path: Path
) -> None:
    known = f"{{connection: shop-page, id: '24601'{', ' if person else ''}{person}}}"
    test = f"        given: {{contacts: [{known}]}}\n        expect: {expect}\n"
    result = results_of({"paid.yaml": PAID + test}, tmp_path)["the test"]

    assert codes_of(result) == fails


def test_a_message_through_another_connection_waits_in_a_test_until_the_pause_ends(
    tmp_path: Path,
) -> None:
    known = "{connection: shop-page, id: '24601', answered_by_hand: true}"
    test = f"        given: {{contacts: [{known}]}}\n        run_for: 1h\n"
    result = results_of({"paid.yaml": PAID + test + "        expect: {actions: []}\n"}, tmp_path)

    (run,) = result["the test"].runs
    assert run.note is not None
    assert run.note.code == "answered_by_hand"


def test_a_person_of_a_test_is_known_to_a_connection_that_there_is(tmp_path: Path) -> None:
    known = "{connection: shop-pge, id: '24601'}"
    test = f"        given: {{contacts: [{known}]}}\n        expect: matched\n"
    result = results_of({"paid.yaml": PAID + test}, tmp_path)["the test"]

    assert codes_of(result) == ["test_cannot_arrive"]


@pytest.mark.parametrize(
    ("person", "expect"),
    [
        ("wrote: 1h", "{actions: [message]}"),
        ("blocked: true", "{reason: blocked}"),
        ("opted_out: true", "{actions: [{id: message, status: skipped}]}"),
    ],
)
def test_the_person_of_the_first_event_is_described_like_any_other(
    person: str, expect: str, tmp_path: Path
) -> None:
    rules = f"""\
rules:
  - id: answer
    trigger: {{event: message.received, connection: shop-page}}
    actions: [message: Chào bạn]
    tests:
      - name: the test
        given: {{contact: {{{person}}}}}
        event: {{sample: facebook/message.received}}
        expect: {expect}
"""
    assert codes_of(results_of({"staff.yaml": rules}, tmp_path)["the test"]) == []


def test_each_known_contact_of_a_test_needs_its_id() -> None:
    test = "        given: {contacts: [{id: '1'}, {wrote: 1h}]}\n        expect: matched\n"
    (problem,) = [one for one in check(PAID + test).problems if one.code == "missing-key"]

    assert said(problem.reason) == "a contact of a test has no 'id', which it needs"
    assert test[problem.column - 1 :].startswith("{wrote: 1h}")


@pytest.mark.parametrize(
    ("person", "expect"),
    [
        ("", "{actions: [{id: message, to: '24601'}]}"),
        ("wrote: 48h", "{actions: [{id: message, status: skipped}]}"),
        ("blocked: true", "{actions: [{id: message, status: skipped}]}"),
        ("connection: shop-page, opted_out: true", "{actions: [{id: message, status: skipped}]}"),
    ],
)
def test_people_of_a_test_are_those_whom_a_step_names_at_the_connection_of_its_event(
    person: str, expect: str, tmp_path: Path
) -> None:
    rules = f"""\
rules:
  - id: tell-staff
    trigger: {{event: message.received, connection: shop-page}}
    actions:
      - message: {{to: "24601", text: "Khách hỏi"}}
    tests:
      - name: the test
        given: {{contacts: [{{id: "24601"{", " if person else ""}{person}}}]}}
        event: {{sample: facebook/message.received}}
        expect: {expect}
"""
    assert codes_of(results_of({"staff.yaml": rules}, tmp_path)["the test"]) == []


def test_an_event_that_is_written_out_needs_no_sample_beside_it(tmp_path: Path) -> None:
    written = "{type: comment.created, connection: shop-page, text: giá, actor: {id: '1'}}"
    text = RULE + f"        event: {written}\n        expect: matched\n"

    assert codes_of(results_of({"price.yaml": text}, tmp_path)["the test"]) == []


@pytest.mark.parametrize(("goes_on", "kept"), [("false", "none"), ("true", "not_asked")])
def test_in_a_test_nothing_is_done_behind_a_question_that_may_not_be_asked(
    goes_on: str, kept: str, tmp_path: Path
) -> None:
    rules = f"""\
rules:
  - id: lead
    trigger: {{event: message.received, connection: shop-page}}
    actions:
      - id: tel
        ask: {{text: "Số ạ?", expect: phone}}
        continue_on_error: {goes_on}
      - {{remember: {{tel: "{{{{ steps.tel.output.status }}}}"}}}}
    on_error: [{{remember: {{tel: none}}}}]
    tests:
      - name: the test
        event: {{sample: facebook/message.received}}
        given: {{contact: {{opted_out: true}}}}
        expect: {{contact: {{tel: {kept}}}}}
"""
    result = results_of({"lead.yaml": rules}, tmp_path)["the test"]

    assert codes_of(result) == []


BODIES = """\
connections:
  orders:
    provider: generic
    verify: {hmac: sha256, header: x-signature, secret: env:ORDERS_SECRET}
    event: {type: body.event || body.order.event, id: body.id || body.order.id}
    headers: [x-shop]
"""
BODY_RULES = """
rules:
  - id: order
    trigger: {event: order.paid, connection: orders}
    actions:
      - set: {id: event.data.id || event.data.order.id, shop: 'event.headers."x-shop"'}
      - log: "{{ vars.id }} {{ vars.shop }}"
    tests:
      - name: the test
"""


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ("{delivery: {event: order.paid, id: '7'}}", "7 "),
        ("{delivery: '<order><event>order.paid</event><id>7</id></order>'}", "7 "),
        ("{delivery: 'event=order.paid&id=7', headers: {X-Shop: hn}}", "7 hn"),
        ("{file: order.xml, headers: {x-shop: hn}}", "8 hn"),
        ("{file: order.form}", "9 "),
        (
            (
                "{delivery: {event: order.paid, id: 7}, headers: {Content-Type:"
                " application/x-www-form-urlencoded}}"
            ),
            "7 ",
        ),
        (
            (
                "{delivery: '<order><event>order.paid</event><id>7</id></order>', headers:"
                " {content-type: text/xml; charset=utf-8}}"
            ),
            "7 ",
        ),
    ],
)
def test_a_delivery_of_a_test_is_json_xml_or_a_form(
    event: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "automator.yaml"
    settings.write_text(BODIES, encoding="utf-8")
    # As an old shop writes it, which the XML says itself.
    xml = '<?xml version="1.0" encoding="iso-8859-1"?><order name="\xe9"><event>order.paid</event>'
    (tmp_path / "order.xml").write_bytes(f"{xml}<id>8</id></order>".encode("latin-1"))
    (tmp_path / "order.form").write_text("event=order.paid&id=9", encoding="utf-8")
    test = f"        event: {event}\n        expect: {{log: '{line}'}}\n"
    read, setup = rules_and_setup({"order.yaml": BODY_RULES + test}, settings)
    (result,) = run_tests(setup, read.tests)

    assert [said(failure) for failure in result.failures] == []


def test_headers_belong_to_no_sample() -> None:
    event = "{sample: facebook/comment.created, headers: {a: b}}"
    text = f"{RULE}        event: {event}\n        expect: matched\n"
    loaded = load_rules(real_rule_context(), {"price.yaml": text})

    assert "test_field_of_delivery" in [one.reason.code for one in loaded.problems]
