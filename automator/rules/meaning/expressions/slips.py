"""Finds slips in values that are written out: a blank at an end, an alternative that never counts,
a tag that stands as a field.
"""

from collections.abc import Iterator
from typing import Final

from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.reasons.problems.meaning.comparisons import OUTER_BLANK, TAG_AS_FIELD
from automator.reasons.problems.meaning.searched_texts import LOST_ALTERNATIVE
from automator.rules.meaning.expressions.conditions import path_and_literal
from automator.rules.meaning.subject import Remark, Subject

_TAGS: Final = "contact.tags"


def outer_blanks(subject: Subject) -> Iterator[Remark]:
    """`contains(contact.tags, 'VIP ')`: a tag or a text that is equal has no blank at its end.

    In the text of a person, ` giá` may be looked for on purpose.
    """
    for written, node in subject.parts:
        for text in _compared_as_a_whole(node):
            better = text.strip()
            if better and better != text:
                reason = OUTER_BLANK(text=text, better=better)
                yield written.remark(f"'{text}'", reason)


def _compared_as_a_whole(node: Node) -> list[str]:
    """The texts that another value has to equal."""
    found = path_and_literal(node)
    if found is not None:
        return [found[1]] if isinstance(found[1], str) else []
    children = node["children"]
    if node["type"] != "function_expression" or len(children) != 2:
        return []
    if node["value"] == "contains" and _is_of_tags(children[0]):
        return _texts(children[1])
    if node["value"] == "one_of":
        return [*_texts(children[0]), *_texts(children[1])]
    return []


def _is_of_tags(node: Node) -> bool:
    """`contact.tags`, or the same with a value for when there are none."""
    nodes: list[Node] = [node, *node["children"][:1]]
    return any(".".join(path_names(one) or ()) == _TAGS for one in nodes)


def _texts(node: Node) -> list[str]:
    items: list[Node] = node["children"] if node["type"] == "multi_select_list" else [node]
    values = [item["value"] for item in items if item["type"] == "literal"]
    return [value for value in values if isinstance(value, str)]


def tags_as_fields(subject: Subject) -> Iterator[Remark]:
    """`contact.tags.VIP`: the tags are a list."""
    for written, node in subject.parts:
        path = ".".join(path_names(node) or ())
        tag = path.removeprefix(f"{_TAGS}.")
        if tag not in (path, "") and "." not in tag:
            better = f"contains({_TAGS}, '{tag}')"
            yield written.remark(path, TAG_AS_FIELD(path=path, better=better))


def lost_alternatives(subject: Subject) -> Iterator[Remark]:
    """`contains(event.text, 'giá' || 'ib')`: the first text is not empty, so the second is lost."""
    for written, node in subject.parts:
        if node["type"] != "function_expression" or len(node["children"]) < 2:
            continue
        for child in node["children"]:
            texts = _alternatives(child)
            if len(texts) > 1 and all(texts):
                listed = f"[{', '.join(unparse(one) for one in _leaves(child))}]"
                reason = LOST_ALTERNATIVE(first=texts[0], lost=texts[1], better=listed)
                yield written.remark(f"'{texts[1]}'", reason)


def _alternatives(node: Node) -> list[str]:
    """The texts of `'giá' || 'ib'`; none where anything else stands there."""
    if node["type"] != "or_expression":
        return []
    leaves = list(_leaves(node))
    texts = [text for leaf in leaves for text in _texts(leaf)]
    return texts if len(texts) == len(leaves) else []


def _leaves(node: Node) -> Iterator[Node]:
    if node["type"] != "or_expression":
        yield node
        return
    for child in node["children"]:
        yield from _leaves(child)
