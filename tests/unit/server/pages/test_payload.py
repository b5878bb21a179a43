"""The payload of an event as a tree: paths and conditions mean what they stand beside."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import compile_expression
from automator.server.pages.activity.event import condition_of, nodes_of

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=40)
EVENTS = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(
        PLAIN,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def test_values_stand_behind_what_they_are_in() -> None:
    nodes = nodes_of({"text": "giá?", "actor": {"id": 7, "x-y": [True]}})

    assert [(node.depth, node.key, node.path, node.text) for node in nodes] == [
        (1, "text", "event.text", "giá?"),
        (1, "actor", "event.actor", ""),
        (2, "id", "event.actor.id", "7"),
        (2, "x-y", 'event.actor."x-y"', ""),
        (3, "[0]", 'event.actor."x-y"[0]', "true"),
    ]
    assert nodes[0].condition == "event.text == 'giá?'"
    assert nodes[2].condition == "event.actor.id == `7`"


def test_what_is_too_long_or_too_much_is_left_out() -> None:
    assert condition_of("event.text", "x" * 300) == ""
    assert len(nodes_of({"list": list(range(10_000))})) == 500


@given(EVENTS)
def test_the_condition_of_every_value_holds_for_its_event(event: dict[str, Any]) -> None:
    for node in nodes_of(event):
        if node.condition:
            assert compile_expression(node.condition).evaluate({"event": event}).holds
