from automator.rules.meaning.event_paths import event_paths_of
from tests.support.rules import rule_set

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
