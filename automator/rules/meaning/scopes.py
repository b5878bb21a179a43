"""Names and paths that do not exist at the place where an expression reads them."""

import re
from collections.abc import Iterator
from typing import Any, Final

from automator.conditions import FUNCTIONS, SCOPE_NAMES, compile_expression
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, constant, parts_of
from automator.model import LEAD, N_, POST, Reason
from automator.rules.compiled.deferred_rules import ANSWERS, POST_TEXT, parts_read
from automator.rules.meaning.event_paths import TEXTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression, warning
from automator.rules.mending.fixes import mistake


@mistake(
    "post-too-early",
    N_("{path} is not known here: {where} is evaluated before the text of a post is looked up"),
    N_("compare event.post.id, or ask for the text in the if of a step."),
    bad="trigger: {absence: {of: a.b, after: comment.created, within: 1h, key: event.id}}\n"
    "conditions:\n  - event.post.message",
    good="trigger: {absence: {of: a.b, after: comment.created, within: 1h, key: event.id}}\n"
    "conditions:\n  - event.post.id",
)
def meaning_post_too_early(*, path: str, where: str) -> None: ...
@mistake(
    "lead-too-early",
    N_("{path} is not known here: {where} is evaluated before the answers of a lead are looked up"),
    N_("compare event.lead.form_id, or ask for the answers in the if of a step."),
    bad="trigger: {absence: {of: a.b, after: lead.created, within: 1h, key: event.id}}\n"
    "conditions:\n  - event.lead.answers",
    good="trigger: {absence: {of: a.b, after: lead.created, within: 1h, key: event.id}}\n"
    "conditions:\n  - event.lead.form_id",
)
def meaning_lead_too_early(*, path: str, where: str) -> None: ...
@mistake(
    "unknown-path",
    N_("{name} is null here: inside of [? … ] and behind | only the one value is seen"),
    N_("ask outside of it, or look for the item in a template, as in {example}."),
    bad="conditions:\n  - event.attachments | [?event.text]",
    good="conditions:\n  - event.attachments && event.text",
)
def meaning_out_of_sight(*, name: str, example: str) -> None: ...
@mistake(
    "constant-comparison",
    N_("'{path}' between quotes is a text, and not the field"),
    N_("write {path} without quotes."),
    bad="conditions:\n  - contains('event.text', 'a')",
    good="conditions:\n  - contains(event.text, 'a')",
)
def meaning_path_as_text(*, path: str) -> None: ...
@mistake(
    "unknown-path",
    N_("{name} is null here: inside of [? … ] and behind | only the one value is seen"),
    N_("write {better}."),
    bad="conditions:\n  - event.attachments[?type == event.text]",
    good="conditions:\n  - one_of(event.text, event.attachments[*].type)",
)
def meaning_out_of_sight_otherwise(*, name: str, better: str) -> None: ...


#: Forms whose first part sees the scope of the form, while the other parts see that part's value.
_NARROWS: Final = frozenset(
    {"pipe", "subexpression", "projection", "value_projection", "filter_projection"}
)
#: The fields of an event, without those that other data may also have, such as `event.type`.
_OURS: Final = re.compile(
    r"event\.(?:text|actor|post|comment|conversation|parent|message|attachments|received_at"
    r"|occurred_at|connection|data)(?:\..+)?|contact\.(?:state|tags)(?:\..+)?|steps\..+|vars\..+"
)
_EXAMPLE: Final = "{% for one in vars.sizes if one.code in event.text %}…{% endfor %}"
_PATH_AS_TEXT: Final = re.compile(
    r"(?:event|contact|vars|steps|connection)\.[a-z_][\w]*(?:\.[\w]+)*"
)


@warning
def names_out_of_sight(subject: Subject) -> Iterator[Remark]:
    """Finds `vars.sizes[?contains(event.text, code)]`: there is no event inside the brackets."""
    for written in subject.expressions:
        if written.tree is None:
            continue
        asked = {id(node) for node in _asked(written.tree)} if written.is_condition else set()
        filters = [node for node in written.parts if node["type"] == "filter_projection"]
        inside = {id(part): node for node in filters for part in parts_of(node["children"][2])}
        for node in _narrowed(written.tree, None):
            names = path_names(node)
            name = ".".join(names or ())
            if names and names[0] in SCOPE_NAMES and _OURS.fullmatch(name):
                around = inside.get(id(node))
                yield written.remark(
                    name, _out_of_sight(name, around, is_asked=id(around) in asked)
                )


def _asked(node: Node) -> Iterator[Node]:
    """The parts of a condition whose truth matters, such as both sides of `&&`."""
    children: list[Node] = node["children"] if node["type"] != "slice" else []
    if node["type"] in ("and_expression", "or_expression", "not_expression"):
        for child in children:
            yield from _asked(child)
    elif node["type"] == "pipe" and children[1]["type"] == "index_expression":
        yield from _asked(children[0])
    else:
        yield node


def _out_of_sight(name: str, around: Node | None, *, is_asked: bool) -> Reason:
    """The problem with a name inside the brackets of a filter, with a form that works."""
    found = _compared(around["children"][2], name) if around is not None else None
    if around is None or found is None:
        return meaning_out_of_sight(name=name, example=_EXAMPLE)
    function, field = found
    source, rest = (unparse(part) for part in around["children"][:2])
    if source == "@":
        return meaning_out_of_sight(name=name, example=_EXAMPLE)
    if is_asked:
        better = f"{function}({name}, {source}[*].{field})"
        return meaning_out_of_sight_otherwise(name=name, better=better)
    sign = "==" if function == "one_of" else "in"
    items = f"{{% for one in {source} if one.{field} {sign} {name} %}}"
    value = f"{{{{ one.{field if rest == '@' else rest} }}}}"
    return meaning_out_of_sight(name=name, example=f"{items}{value}{{% endfor %}}")


def _compared(node: Node, name: str) -> tuple[str, str] | None:
    """The function that compares a name with a field of all items, and this field."""
    children = node["children"]
    is_equal = node["type"] == "comparator" and node["value"] == "eq"
    is_call = node["type"] == "function_expression" and node["value"] in ("contains", "keywords")
    if len(children) != 2 or not (is_equal or is_call):
        return None
    if is_equal and ".".join(path_names(children[1]) or ()) == name:
        children = children[::-1]
    wanted = children[1]
    if wanted["type"] == "multi_select_list" and len(wanted["children"]) == 1:
        wanted = wanted["children"][0]
    field = path_names(wanted)
    if ".".join(path_names(children[0]) or ()) != name or not field or field[0] in SCOPE_NAMES:
        return None
    return ("one_of" if is_equal else "keywords"), ".".join(field)


@warning
def filters_in_expressions(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text | lower == 'a'`: only templates have filters behind a bar."""
    for written, node in subject.parts:
        source, right = node["children"] if node["type"] == "pipe" else (node, node)
        field = right["children"][0] if right["type"] == "comparator" else right
        is_text = ".".join(path_names(source) or ()) in TEXTS
        if not is_text or field["type"] != "field" or field["value"] not in FUNCTIONS:
            continue
        call = {**field, "type": "function_expression", "children": [source]}
        whole = {**right, "children": [call, *right["children"][1:]]}
        better = unparse(call if right is field else whole)
        reason = meaning_out_of_sight_otherwise(name=field["value"], better=better)
        yield written.remark_on(node, reason)


@warning
def parts_too_early(subject: Subject) -> Iterator[Remark]:
    """Finds conditions on a part of an event that are evaluated before the part is looked up."""
    for written in subject.expressions:
        parts = parts_read(compile_expression(written.text)) if written.tree is not None else ()
        where = _asked_at_once(subject, written) if parts else None
        if where is None:
            continue
        if POST in parts:
            name = ".".join(POST_TEXT)
            yield written.remark(name, meaning_post_too_early(path=name, where=where))
        if LEAD in parts:
            name = ".".join(ANSWERS)
            yield written.remark(name, meaning_lead_too_early(path=name, where=where))


def _asked_at_once(subject: Subject, written: WrittenExpression) -> str | None:
    """The key of conditions that are evaluated as soon as an event comes in; None if they are not,
    or if the events carry the text.
    """
    if written.role == "cancel_on":
        events = subject.value_at((*written.path[: written.path.index("cancel_on") + 1], "event"))
        return None if _are_of_posts(events) else "cancel_on"
    absence = subject.trigger.absence
    if absence is None or written.role not in ("conditions", "key"):
        return None
    return None if _are_of_posts(subject.trigger.events) else "absence"


def _are_of_posts(events: Any) -> bool:
    names = [events] if isinstance(events, str) else events
    return bool(names) and all(str(name).startswith("post.") for name in names)


def _narrowed(node: Node, source: Node | None) -> Iterator[Node]:
    """Yields the parts that see the value of `source` instead of the whole scope."""
    if source is not None:
        yield node
        if path_names(node) is not None:
            return
    children: list[Node] = node["children"] if node["type"] != "slice" else []
    for index, child in enumerate(children):
        narrows = node["type"] in _NARROWS and index > 0
        inner = children[0] if narrows else child if node["type"] == "expref" else source
        yield from _narrowed(child, inner)


@warning
def paths_as_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords('event.text', ['giá'])`: a path in quotes is just a text."""
    for written in subject.expressions:
        for node in (one for one in written.parts if one["type"] != "slice"):
            # Another check reports a comparison of two literal texts.
            is_constant = node["type"] == "comparator" and constant(node["children"][0])[0]
            for child in node["children"] if not is_constant else ():
                path = child["value"] if child["type"] == "literal" else None
                if isinstance(path, str) and _PATH_AS_TEXT.fullmatch(path):
                    yield written.remark(unparse(child), meaning_path_as_text(path=path))
