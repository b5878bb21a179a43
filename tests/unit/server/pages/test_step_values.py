"""The page of a run shows what the texts of its steps were filled in with."""

from automator.model import Event, Step
from automator.rules import CompiledRule
from automator.server.pages.activity.run import step_values
from tests.support.rules import ACTIONS, a_scope, rule_set

RULES = """\
vars: {shop: Áo Đẹp}
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - id: tag
        reply: "{{ vars.shop }}: {{ event.actor.name | default('bạn') }}, {{ event.text | length }}"
      - id: more
        reply: "{{ steps.tag.output.id }} {{ vars.shop }} {{ contact.tags }} {{ now }}"
      - follow_up:
          after: "{{ event.text }}"
          actions:
            - reply: "{{ event.post.id }}"
"""


DATA = {"steps": {"tag": {"status": "ok", "output": {"id": "77_1"}}}}


def values_of(step_id: str, **event: object) -> dict[str, str]:
    rule = rule_set(RULES, shop="x").rule("price")
    assert rule
    return dict(step_values(step_of(rule, step_id), ACTIONS["reply"], rule, DATA, heard(**event)))


def step_of(rule: CompiledRule, step_id: str) -> Step:
    return next(step for step in rule.spec.sequence("") if step.id == step_id)


def heard(**event: object) -> Event:
    body = a_scope(**event)["event"] if event else {}
    return Event(
        id=1, delivery_id=1, connection="shop-page", provider="facebook", type="comment.created",
        dedupe_key="1", lane=None, contact=None, is_self=False, occurred_at=None, received_at=1,
        body=body,
    )  # fmt: skip


def test_each_path_stands_with_its_value_in_the_order_of_the_text() -> None:
    found = values_of("tag", text="Giá bao nhiêu", actor={"name": "Lan"})

    assert list(found.items()) == [
        ("vars.shop", '"Áo Đẹp"'),
        ("event.actor.name", '"Lan"'),
        ("event.text", '"Giá bao nhiêu"'),
    ]


def test_what_was_not_there_is_null_and_what_was_not_kept_is_left_out() -> None:
    assert values_of("tag", actor={})["event.actor.name"] == "null"
    assert list(values_of("more", text="giá")) == ["steps.tag.output.id", "vars.shop"]
    assert values_of("tag") == {}


def test_a_long_value_is_cut() -> None:
    assert len(values_of("tag", text="á" * 5_000)["event.text"]) <= 161


def test_what_a_follow_up_does_later_is_not_among_its_values() -> None:
    assert list(values_of("follow_up", text="2h")) == ["event.text"]
