"""The filter `tracked` leads nowhere but to the host that the rule file writes out."""

from typing import Any

import pytest

from automator.rules.templates.inputs import tracks_links
from automator.rules.templates.template import RenderError, compile_template
from automator.rules.templates.template_budget import TemplateBudget
from tests.support.words import raises_saying

SCOPE = {
    "event": {"text": "../x?y=z#@evil.example/", "data": {"id": 7}},
    "contact": {"id": "501", "name": "Hoa & Lan"},
}


def targets(text: str) -> list[str]:
    """The targets of the links that a template makes."""
    template, faults = compile_template(text)
    assert template is not None, faults
    found: list[str] = []

    def track(target: str) -> str:
        found.append(target)
        return "https://bot.example/l/x"

    template.render(SCOPE, TemplateBudget(track))
    return found


def code_of(text: str) -> str:
    template, faults = compile_template(text)
    assert template is None
    return faults[0].code


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("{{ 'https://shop.example' | tracked }}", "https://shop.example"),
        ("Xem {{ 'https://shop.example/ao?a=1#b' | tracked }} ạ", "https://shop.example/ao?a=1#b"),
        ("{{ ('https://shop.example/p/' ~ event.data.id) | tracked }}", "https://shop.example/p/7"),
        (
            "{{ ('https://shop.example/?u=' + contact.id + '&n=' + contact.name) | tracked }}",
            "https://shop.example/?u=501&n=Hoa%20%26%20Lan",
        ),
        (
            "{{ ('https://shop.example/?q=' ~ event.text) | tracked }}",
            "https://shop.example/?q=..%2Fx%3Fy%3Dz%23%40evil.example%2F",
        ),
        ("{{ 'https://shop.example/áo' | tracked }}", "https://shop.example/%C3%A1o"),
    ],
)
def test_the_host_is_that_of_the_file_and_values_are_encoded(text: str, target: str) -> None:
    assert targets(text) == [target]


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.text | tracked }}",
        "{{ 'https://' ~ event.text | tracked }}",
        "{{ ('https://' ~ event.text) | tracked }}",
        "{{ ('https://shop.example' ~ event.text) | tracked }}",
        "{{ ('https://shop.example:' ~ event.text) | tracked }}",
        "{{ ('https://a@' ~ event.text) | tracked }}",
        "{{ 'https://user@shop.example/' | tracked }}",
        "{{ 'javascript:alert(1)' | tracked }}",
        "{{ '//shop.example/a' | tracked }}",
        "{{ 'https://shop.example/a\\nb' | tracked }}",
        "{{ 'https://shop.example\\\\@evil.example/' | tracked }}",
        "{{ ('https://shop.example/' if event.text else 'https://b.example/') | tracked }}",
        "{{ 'https://shop.example/' | replace('shop', 'evil') | tracked }}",
        "{{ 7 | tracked }}",
    ],
)
def test_no_value_decides_where_a_link_leads(text: str) -> None:
    assert code_of(text) == "tracked-target"


def test_no_value_climbs_out_of_the_path() -> None:
    template, _ = compile_template("{{ ('https://shop.example/p/' ~ '..' ~ '/x') | tracked }}")
    assert template is not None

    with raises_saying(RenderError, "a placeholder made '..' in the path of an address"):
        template.render(SCOPE, TemplateBudget(str))


def test_outside_the_steps_of_a_rule_no_link_is_made() -> None:
    template, _ = compile_template("{{ 'https://shop.example' | tracked }}")
    assert template is not None

    with raises_saying(RenderError, "a tracked link is only for a message"):
        template.render(SCOPE)


def test_a_call_says_how_the_filter_is_written() -> None:
    assert code_of("{{ tracked('https://shop.example') }}") == "template-call"


@pytest.mark.parametrize(
    ("value", "tracks"),
    [
        ("{{ 'https://a.example' | tracked }}", True),
        ([{"url": "{{ 'https://a.example' | tracked }}"}], True),
        ({"text": "tracked"}, False),
        ("{{ 'tracked' }}", False),
        (None, False),
    ],
)
def test_what_makes_a_link_is_known_before(value: Any, tracks: bool) -> None:
    assert tracks_links(value) is tracks
