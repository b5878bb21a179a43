"""Templates can be rendered, and print what came from outside so that it turns nothing around it.

A name or a comment may hold marks that turn the direction of everything after it. `<bdi>`,
`<code>` and blocks of their own keep that inside, and so do the macros that are made of them.
"""

import re
from collections.abc import Iterator

import pytest
from jinja2 import nodes

from automator.resources import templates_folder
from automator.server.web.templates import environment

#: Fields of events, runs and contacts that people outside write.
OUTSIDE = {"actor_name", "text", "actor", "tags", "display_name"}
#: Macros that print it safely, and the translator, which takes our own texts.
SAFE_CALLS = {"said", "person", "contact_link", "avatar", "_"}
_INSIDE_SAFE = re.compile(r"<(bdi|code|pre|textarea|title)\b[^>]*>[^<]*$")
_IN_ATTRIBUTE = re.compile(r"<[^>]*$")
TEMPLATES = sorted(path.name for path in templates_folder().glob("*.html"))


def fields_in(expression: nodes.Expr) -> set[str]:
    """The names of the fields that an expression reads."""
    parts = [expression, *expression.find_all(nodes.Expr)]
    found = {node.attr for node in parts if isinstance(node, nodes.Getattr)}
    constants = [node.arg for node in parts if isinstance(node, nodes.Getitem)]
    for call in parts:
        if isinstance(call, nodes.Call) and getattr(call.node, "attr", "") == "get":
            constants += call.args
    return found | {
        str(constant.value) for constant in constants if isinstance(constant, nodes.Const)
    }


def is_safe(expression: nodes.Expr, before: str) -> bool:
    """Whether an expression, printed behind this text of the template, stays by itself."""
    if isinstance(expression, nodes.Call):
        called = expression.node
        name = called.attr if isinstance(called, nodes.Getattr) else getattr(called, "name", "")
        if name in SAFE_CALLS:
            return True
    return bool(_INSIDE_SAFE.search(before) or _IN_ATTRIBUTE.search(before))


def unsafe_in(source: str) -> Iterator[str]:
    """What a template prints of the outside without care, by line."""
    for output in environment().parse(source).find_all(nodes.Output):
        before = ""
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                before += node.data
            elif not isinstance(node, nodes.Const):
                fields = fields_in(node) & OUTSIDE
                is_account = "context.actor" in source.splitlines()[node.lineno - 1]
                if (
                    fields
                    and not is_safe(node, before)
                    and not (fields == {"actor"} and is_account)
                ):
                    yield f"line {node.lineno}: {', '.join(sorted(fields))}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_prints_text_from_outside_by_itself(name: str) -> None:
    source = (templates_folder() / name).read_text(encoding="utf-8")

    assert list(unsafe_in(source)) == [], "print it with parts.said(…) or inside <bdi>"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_names_only_filters_and_templates_that_there_are(name: str) -> None:
    source = (templates_folder() / name).read_text(encoding="utf-8")
    tree = environment().parse(source)
    others = [*tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport))]

    environment().compile(source)
    names = {node.template.value for node in others if isinstance(node.template, nodes.Const)}
    assert names <= set(TEMPLATES)


@pytest.mark.parametrize(
    ("source", "finds"),
    [
        ("<p>{{ event.text }}</p>", True),
        ("<p>{{ event.body.get('text') or '' }}</p>", True),
        ("{% if x %}<b>{{ run['actor_name'] }}</b>{% endif %}", True),
        ("<bdi>x</bdi>{{ event.text | upper }}", True),
        ("<bdi>{{ event.text }}</bdi>", False),
        ("<p>{{ parts.said(event.text) }}</p>", False),
        ("<input value='{{ words.text }}'>", False),
        ("<p>{{ _(item.text) }} {{ context.actor.name }}</p>", False),
    ],
)
def test_the_check_tells_the_two_apart(source: str, finds: bool) -> None:
    assert bool(list(unsafe_in(source))) is finds
