"""Parts of expressions, as several checks look at them."""

from collections.abc import Iterator
from typing import Any

from automator.conditions.forms.values import Node
from automator.rules.meaning.subject import Subject, WrittenExpression


def nodes_of(subject: Subject, kind: str) -> Iterator[tuple[WrittenExpression, Node]]:
    """All parts of this kind, each with the expression that it stands in."""
    for written, node in subject.parts:
        if node["type"] == kind:
            yield written, node


def is_text(node: Node) -> bool:
    """Whether a part is a text that is written out."""
    return node["type"] == "literal" and isinstance(node["value"], str)


def written_texts(node: Node) -> list[str]:
    """The texts that are written out: one, or those of a list."""
    items: list[Any] = node["children"] if node["type"] == "multi_select_list" else [node]
    return [item["value"] for item in items if is_text(item)]
