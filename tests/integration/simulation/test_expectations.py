"""A test of a rule may expect everything that the trace of its simulation shows."""

from pathlib import Path

import pytest

from automator.model import Severity
from automator.rules import Loaded, load_rules
from automator.server.reading.config import load_config
from automator.server.reading.rule_context import rule_context_of
from automator.simulation.rule_tests import TestResult
from tests.support.rule_tests import codes_of, results_of
from tests.support.words import said

RULE = """
rules:
  - id: lead
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - {name: asks for the price, expr: "keywords(event.text, ['giá'])"}
    actions:
      - id: note
        set: {total: "`250`", who: "event.actor.id"}
      - id: line
        log: {text: "price {{ vars.total }} for {{ vars.who }}", level: warning}
      - id: crm
        forward:
          to: demo-target
          headers: {X-Kind: lead}
          body:
            customer: {id: "{{ event.actor.id }}", tags: [new, vip]}
            amount: "{{ vars.total }}"
        continue_on_error: true
        retry: {max_attempts: 3}
      - id: lookup
        request:
          method: PUT
          url: "https://shop.example/stock?size=M&size=L&of={{ event.actor.id }}"
          body: {a: 1}
          headers: {content-type: application/x-www-form-urlencoded}
          output: {left: body.left}
      - id: public
        reply:
          text: "Chào bạn, còn {{ steps.lookup.output.left }}"
          attachments: [{type: image, url: "https://shop.example/a.png"}]
      - id: ops
        notify: {to: ops, title: Hỏi giá, text: "{{ event.text }}"}
      - remember: {asked: true, tags: {add: [vip, new]}}
      - follow_up:
          after: 2h
          actions: [{id: later, message: "Còn quan tâm không ạ?"}]
    on_error:
      - id: sorry
        notify: {to: ops, text: "failed: {{ event.text }}"}
    tests:
      - name: the test
        event: {sample: facebook/comment.created, with: {event.text: "giá ạ"}}
"""
GIVEN = "{answers: {lookup: {left: 3}}}"
FAILS = "{answers: {lookup: {status: 404}}}"


def result(expect: str, folder: Path, given: str = GIVEN, rule: str = RULE) -> TestResult:
    """The result of the test of a rule, with what is given and expected."""
    text = f"{rule}        given: {given}\n        expect: {expect}\n"
    return results_of({"lead.yaml": text}, folder)["the test"]


def read(text: str, folder: Path) -> Loaded:
    """A rule file as it is read with the connections and the target of the demo."""
    config = load_config(None, folder, demo=True)
    return load_rules(rule_context_of(config, is_configured=False), {"lead.yaml": text})


@pytest.mark.parametrize(
    "expect",
    [
        "{sends: {to: demo-target}}",
        "{sends: {to: demo-target, method: POST, body: {amount: 250}}}",
        "{sends: {to: demo-target, body: {customer: {tags: [new, vip]}}}}",
        "{sends: {to: demo-target, body: {customer: {tags: {contains: vip}}}}}",
        "{sends: {body: {customer: {id: {matches: '^[0-9]+$'}}}}}",
        "{sends: {body: {customer: {id: {not: '7'}}}}}",
        "{sends: {body: {customer: {equals: {id: '6840000000000213', tags: [new, vip]}}}}}",
        "{sends: {body: {contains: '\"amount\":250'}}}",
        "{sends: {body: {matches: 'amount.:250'}}}",
        "{sends: {headers: {x-kind: lead, Content-Type: {contains: json}}}}",
        "{sends: {method: PUT, query: {size: [M, L], of: {matches: '^6'}}}}",
        "{sends: {url: {matches: '^https://shop.example/stock'}}}",
        "{sends: [{to: demo-target}, {to: ops, text: {contains: giá ạ}}]}",
        "{sends: {text: 'Chào bạn, còn 3'}}",
        "{sends: {text: 'Chào bạn, còn 3', attachments: [{type: image}]}}",
        "{sends: {text: 'Còn quan tâm không ạ?'}}",
        "{never_sends: {text: {contains: 300k}}}",
        "{never_sends: [{to: ops, text: {matches: ^failed}}, {body: {amount: '250'}}]}",
        "{log: price 250 for 6840000000000213}",
        "{log: {contains: price}}",
        "{log: {text: {matches: '^price'}, level: warning}}",
        "{vars: {total: 250, who: {matches: '^[0-9]+$'}}}",
        "{contact: {asked: true, tags: {contains: [new, vip]}, opted_out: false, blocked: false}}",
        "{on_error: []}",
        "{state: done, outcome: answered}",
        (
            "{actions: [{id: note, output: {total: 250}}, {id: line, contains: price,"
            " output: {level: warning}}, {id: crm, attempts: 1, to: demo-target, sends: {body:"
            " {amount: 250}}}, {id: lookup, output: {left: 3}, sends: {method: PUT}}, {id: public,"
            " text: {matches: 'còn [0-9]$'}, sends: {attachments: [{type: image}]}}, {id: ops,"
            " to: ops, reason: notified}, remember]}"
        ),
    ],
)
def test_what_the_trace_shows_can_be_expected(expect: str, tmp_path: Path) -> None:
    found = result(expect, tmp_path)

    assert [said(one) for one in found.failures] == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (
            "{sends: {to: demo-target, body: {amount: '250'}}}",
            (
                'sends: expected {"to":"demo-target","body":{"amount":"250"}}; the nearest is POST'
                ' demo-target: sends.body.amount: expected "250", is 250'
            ),
        ),
        (
            "{sends: {to: demo-target, body: {amont: 250}}}",
            (
                'sends: expected {"to":"demo-target","body":{"amont":250}}; the nearest is POST'
                " demo-target: sends.body.amont: expected 250, is not there, only customer, amount"
            ),
        ),
        (
            "{sends: {to: ops, text: {matches: '^giá'}}}",
            (
                'sends: expected {"text":{"matches":"^giá"},"to":"ops"}; the nearest is POST ops'
                ' Hỏi giá giá ạ: sends.text: expected to match "^giá", is "Hỏi giá\\ngiá ạ"'
            ),
        ),
        (
            "{sends: []}",
            (
                "sends: expected nothing; there is POST demo-target, PUT"
                " https://shop.example/stock?size=M&size=L&of=6840000000000213, POST"
                " 6840000000000213 Chào bạn, còn 3, POST ops Hỏi giá giá ạ, POST"
                " 6840000000000213 Còn quan tâm không ạ?"
            ),
        ),
        (
            "{never_sends: {to: ops}}",
            'never_sends: expected anything but {"to":"ops"}, is POST ops Hỏi giá giá ạ',
        ),
        (
            "{log: price 300}",
            (
                'log: expected {"text":"price 300"}; the nearest is price 250 for'
                ' 6840000000000213: log.text: expected "price 300", is "price 250 for'
                ' 6840000000000213"'
            ),
        ),
        ("{log: []}", "log: expected nothing; there is price 250 for 6840000000000213"),
        ("{vars: {total: '250'}}", 'vars.total: expected "250", is 250'),
        ("{vars: {total: {not: 250}}}", "vars.total: expected anything but 250, is 250"),
        (
            "{contact: {tags: {contains: old}}}",
            'contact: tags: expected to contain "old", is ["vip","new"]',
        ),
        ("{on_error: [sorry]}", "expected actions: sorry; carried out: none"),
        ("{state: dead}", 'state: expected "dead", is "done"'),
        ("{outcome: nothing_sent}", 'outcome: expected "nothing_sent", is "answered"'),
    ],
)
def test_a_failed_expectation_says_what_is_expected_and_what_is_there(
    expect: str, told: str, tmp_path: Path
) -> None:
    assert [said(one) for one in result(expect, tmp_path).failures] == [told]


@pytest.mark.parametrize(
    ("expect", "given"),
    [
        ("{on_error: [{id: sorry, contains: failed, to: ops}], state: dead}", FAILS),
        (
            (
                "{actions: [note, line, crm, {id: lookup, status: failed, attempts: 1}],"
                " follow_ups: []}"
            ),
            FAILS,
        ),
        ("{outcome: partly}", FAILS),
        (
            (
                "{actions: [note, line, {id: crm, status: failed, attempts: 3, sends: {to:"
                " demo-target}}, lookup, public, ops, remember]}"
            ),
            "{answers: {crm: {status: 503}, lookup: {left: 3}}}",
        ),
    ],
)
def test_a_test_expects_what_happens_after_a_failure(
    expect: str, given: str, tmp_path: Path
) -> None:
    found = result(expect, tmp_path, given)

    assert [said(one) for one in found.failures] == []


def test_a_difference_has_the_place_of_what_was_expected(tmp_path: Path) -> None:
    expect = """
          sends:
            - to: demo-target
            - to: demo-target
              body:
                customer:
                  id: '7'
          vars:
            total: 300
          actions:
            - note
"""
    found = result(expect, tmp_path)
    lines = (RULE + f"        given: {GIVEN}\n        expect: {expect}").splitlines()

    assert [lines[place.line - 1].strip() for place in found.places] == [
        "actions:",
        "id: '7'",
        "total: 300",
    ]


QUESTION = """
rules:
  - id: lead
    trigger: {event: message.received, connection: shop-page}
    actions:
      - id: tel
        ask: {text: "Số ạ?", expect: phone, retries: 1, retry_text: "Chưa đúng ạ", within: 30m}
      - message: "Gọi {{ steps.tel.output.value }}"
    on_error: [{id: sorry, message: "Không sao ạ"}]
    tests:
      - name: the test
        event: {sample: facebook/message.received, with: {event.text: giá}}
"""


@pytest.mark.parametrize(
    ("answers", "expect", "fails"),
    [
        (["0901234567"], "{actions: [{id: tel, status: answered}, message], on_error: []}", []),
        (
            ["0901234567"],
            "{actions: [{id: tel, output: {value: '+84901234567', tries: 1}}, message]}",
            [],
        ),
        ([], "{actions: [{id: tel, status: unanswered}], on_error: [sorry]}", []),
        ([], "{actions: [{id: tel, status: expired}], state: cancelled}", []),
        ([], "{actions: [tel], follow_ups: [], reason: question_expired}", []),
        ([], "{actions: [{id: tel, status: refused}]}", ["test_status_differs"]),
        ([], "{actions: [{id: tel, status: answered}]}", ["test_status_differs"]),
        (
            ["chưa", "không"],
            "{actions: [{id: tel, status: refused}, {id: tel, status: unanswered}]}",
            [],
        ),
        (
            ["chưa", "0901234567"],
            "{actions: [{id: tel, status: unanswered}, tel, message]}",
            ["test_status_differs"],
        ),
        (
            ["chưa", "0901234567"],
            "{actions: [tel, {id: tel, output: {tries: 2, status: answered}}, message]}",
            [],
        ),
    ],
)
def test_a_question_ends_answered_or_not(
    answers: list[str], expect: str, fails: list[str], tmp_path: Path
) -> None:
    sample = "after: 1m, sample: facebook/message.received"
    events = ", ".join(f"{{{sample}, with: {{event.text: '{text}'}}}}" for text in answers)
    rule = f"{QUESTION}        events: [{events}]\n"

    assert codes_of(result(expect, tmp_path, "{}", rule)) == fails


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ("{contact: {}}", "test_compares_nothing"),
        ("{never_sends: []}", "test_compares_nothing"),
        ("{actions: [{id: remember, text: giá}]}", "test_step_has_none"),
        ("{actions: [{id: note, sends: {to: ops}}]}", "test_step_has_none"),
        ("{actions: [{id: crm, sends: {text: giá}}]}", "test_sends_none"),
        ("{actions: [{id: crm, to: ops}]}", "test_name_never"),
        ("{actions: [{id: ops, sends: {to: sales}}]}", "test_name_never"),
        ("{sends: {template: {name: x}}, matched: true}", None),
        ("{actions: [{id: crm, status: unanswered}]}", "test_step_has_none"),
        ("{actions: [{id: note, status: retry}]}", "test_step_has_none"),
        ("{actions: [sorry]}", "test_step_elsewhere"),
        ("{actions: [later]}", "test_step_elsewhere"),
        ("{actions: [follow_up]}", "test_step_elsewhere"),
        ("{on_error: [public]}", "test_step_elsewhere"),
        ("{follow_ups: [{actions: [public]}]}", "test_step_elsewhere"),
        ("{suppressed: throttled}", "test_rule_has_none"),
        ("{suppressed: answered_by_hand}", "test_rule_has_none"),
        ("{no_match: event.post}", "test_condition_never"),
        ("{no_match: asks for}", None),
        ("{vars: {totl: 5}}", "test_name_never"),
        ("{matched: 0, sends: {to: ops}}", "test_never_holds"),
    ],
)
def test_what_can_never_be_there_is_a_mistake_at_its_place(
    expect: str, reason: str | None, tmp_path: Path
) -> None:
    text = f"{RULE}        expect: {expect}\n"
    loaded = read(text, tmp_path)
    last_line = len(text.splitlines())
    found = [(one.reason.code, one.severity) for one in loaded.problems if one.line == last_line]

    assert found == ([] if reason is None else [(reason, Severity.WARNING)])
    assert not loaded.refused


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("on_error: [reply]", "on_error"),
        ("follow_ups: [{after: 2h}]", "follow_up"),
        ("log: hello", "log"),
        ("log: []", None),
        ("follow_ups: []", None),
        ("on_error: []", None),
    ],
)
def test_a_part_that_the_rule_lacks_can_not_be_expected(
    key: str, part: str | None, tmp_path: Path
) -> None:
    text = f"""
rules:
  - id: hello
    trigger: {{event: comment.created, connection: shop-page}}
    actions: [reply: Chào]
    tests:
      - name: the test
        event: {{sample: facebook/comment.created}}
        expect: {{{key}}}
"""
    loaded = read(text, tmp_path)
    found = [one.reason for one in loaded.problems if one.line == 9]

    assert "test_rule_has_none" in [one.code for one in found] or part is None
    assert [one.params["needed"] for one in found if one.code == "test_rule_has_none"] == (
        [] if part is None else [part]
    )


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ("{}", "test_expects_nothing"),
        ("{sends: {}}", "test_compares_nothing"),
        ("{sends: {body: {}}}", "test_compares_nothing"),
        ("{sends: {to: ops, text: {contains: ''}}}", "test_compares_nothing"),
        ("{log: {matches: ''}}", "test_compares_nothing"),
        ("{log: {matches: '('}}", "condition_pattern_unreadable"),
        ("{log: {text: {containz: x}}}", "test_text_not_comparable"),
        ("{vars: {total: {matches: 5}}}", "test_text_not_comparable"),
        ("{no_match: true, sends: {to: ops}}", "test_never_holds"),
    ],
)
def test_what_compares_nothing_or_cannot_be_compared_is_refused(
    expect: str, reason: str, tmp_path: Path
) -> None:
    text = f"{RULE}        expect: {expect}\n"
    loaded = read(text, tmp_path)

    assert reason in [one.reason.code for one in loaded.problems]
    assert loaded.refused


UNASKED = """
rules:
  - id: lookup
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - id: stock
        request: {url: "https://shop.example/stock", expect: body.left, output: {left: body.left}}
    tests:
      - name: nobody has said what comes
        event: {sample: facebook/comment.created}
        expect: {actions: [{id: stock, status: ok}]}
      - name: an empty answer lacks it
        given: {answers: {stock: {status: 200}}}
        event: {sample: facebook/comment.created}
        expect: {actions: [{id: stock, status: failed, reason: answer_not_expected}]}
"""


def test_only_an_answer_that_somebody_assumes_can_be_other_than_expected(tmp_path: Path) -> None:
    results = results_of({"a.yaml": UNASKED}, tmp_path)

    assert {name: codes_of(result) for name, result in results.items()} == {
        "nobody has said what comes": [],
        "an empty answer lacks it": [],
    }
