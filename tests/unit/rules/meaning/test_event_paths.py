from dataclasses import replace

import pytest

from automator.model import Severity
from automator.rules import load_rules
from automator.rules.meaning.event_paths import event_paths_of
from tests.support.rules import real_rule_context, rule_set

RULE = """
rules:
  - id: a
    trigger: {event: comment.created}
    rollout: {percent: 10, key: event.conversation.id}
    conditions:
      - contains(event.text, 'giá')
      - any: [event.post.id == '1', "not_null(event.parent.id, contact.id)"]
    limits: {once: {key: "[event.actor.id, event.post.id]"}}
    actions:
      - reply: "{{ event.actor.name }} {{ event.data.phone | default('-') }}"
        if: event.comment.id != null
      - follow_up:
          after: 1h
          actions: [message: "{{ event.data.total }}"]
"""


def test_every_place_of_a_rule_tells_what_it_reads_of_an_event() -> None:
    (rule,) = rule_set(RULE).rules

    assert {".".join(names) for names in event_paths_of(rule.spec)} == {
        *("text", "post.id", "parent.id", "actor.id", "actor.name", "comment.id", "data.total"),
        "conversation.id",
    }


@pytest.mark.parametrize(
    ("connection", "path", "is_told"),
    [
        ("shop-page", 'event.headers."x-foo"', True),
        ("shop-page", 'event.headers."user-agent"', False),
        ("shop-page", "event.headers", False),
        ("orders", 'event.headers."x-foo"', True),
        ("orders", 'event.headers."x-shop"', False),
        ("nobody-knows", 'event.headers."x-foo"', False),
        ("orders", "event.request.path", False),
        ("orders", "event.request.remote", True),
        ("shop-page", "event.request.path", True),
        ("nobody-knows", "event.request.path", False),
    ],
)
def test_what_rules_do_not_see_of_a_request_is_told_in_conditions_and_in_templates(
    connection: str, path: str, is_told: bool
) -> None:
    known = real_rule_context()
    rule_context = replace(
        known, seen={**known.seen, "generic": ("event.headers.x-shop", "event.request.path")}
    )
    templated = path.replace('."', "['").removesuffix('"') + ("']" if '"' in path else "")
    text = f"""
rules:
  - id: a
    trigger: {{connection: {connection}}}
    conditions: ['{path} != null']
    actions:
      - request: {{url: "https://crm.example/in", body: "{{{{ {templated} }}}}"}}
"""

    found = load_rules(rule_context, {"a.yaml": text}).problems

    kinds = ("meaning_header_not_seen", "meaning_request_not_seen")
    told = [one for one in found if one.reason.code in kinds]
    assert len(told) == (2 if is_told else 0), found
    assert all(one.severity is Severity.WARNING for one in told)
