"""Checks the syntax tree of a template before it is compiled.

Only the kinds of nodes, filters and tests listed here are allowed. Nodes that call, include, define
or extend are not among them.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import nodes

from automator.conditions import SCOPE_NAMES, Finding, meant_path
from automator.configuration.time_intervals import check_zone
from automator.files import suggest
from automator.model import Reason
from automator.model.problem import WrongValue
from automator.reasons import ReasonKind
from automator.reasons.problems import templates
from automator.reasons.problems.phrases import word_filters, word_names, word_tests
from automator.reasons.problems.rules import rule_name_of_elsewhere, rule_unknown_name
from automator.rules.templates.filters import DATE_SIGN, DATE_SIGNS, FILTERS, TRACKED, has_host

TESTS = frozenset(
    {"defined", "undefined", "none", "string", "number", "boolean", "mapping", "sequence"}
    | {"odd", "even", "in", "eq", "ne", "lt", "le", "gt", "ge", "true", "false"}
)
#: The operator for each filter of other programs that calculates.
_SIGNS = {
    **dict.fromkeys(("divide", "divided_by", "div"), "/"),
    **dict.fromkeys(("times", "multiply", "multiplied_by", "mul"), "*"),
    **dict.fromkeys(("plus", "add"), "+"),
    **dict.fromkeys(("minus", "subtract"), "-"),
}
#: Names by which templates of other programs read secrets.
_SECRETS = frozenset({"secrets", "secret", "env", "environ", "credentials"})
MAX_NODES = 500
MAX_DEPTH = 24
MAX_LOOPS = 2
MAX_CONSTANT = 4_096
_LARGEST_NUMBER = 1 << 64
_OPENS = re.compile(r"\{[{%]")
_CLOSES = re.compile(r"[}%]\}")
#: A text, a bracket or a comma in a call.
_PARTS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|[()\[\]{},]")

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.If,
    nodes.For,
    nodes.Assign,
    nodes.Name,
    nodes.TemplateData,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Dict,
    nodes.Pair,
    nodes.Keyword,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Pow,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
)
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.AssignBlock: "set … endset",
    nodes.With: "with",
    nodes.ScopedEvalContextModifier: "autoescape",
}


class _TooLarge(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def findings_in(tree: nodes.Template, text: str) -> list[Finding]:
    """The findings about everything in a template that is forbidden or unknown."""
    try:
        every = list(_walk(tree, 0, 0))
    except _TooLarge as too_large:
        return [Finding(0, len(text), too_large.reason)]
    findings: list[Finding] = []
    if len(every) > MAX_NODES:
        reason = templates.template_has_too_many_parts(count=len(every), most=MAX_NODES)
        findings.append(Finding(0, len(text), reason))
    own = {node.name for node in every if isinstance(node, nodes.Name) and node.ctx != "load"}
    called = {id(node.node) for node in every if isinstance(node, nodes.Call)}
    for node in every:
        # The finding about a call is also about its name.
        finding = None if id(node) in called else _finding(node, text, own)
        if finding and finding not in findings:
            findings.append(finding)
    return findings


def _walk(node: nodes.Node, depth: int, loops: int) -> Iterator[nodes.Node]:
    if depth > MAX_DEPTH:
        raise _TooLarge(templates.template_too_deep(most=MAX_DEPTH))
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MAX_LOOPS:
            raise _TooLarge(templates.template_too_many_loops(most=MAX_LOOPS))
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1, loops)


def has_data(node: nodes.Node) -> bool:
    """Whether there is a literal list or object somewhere inside."""
    kinds = (nodes.List, nodes.Dict, nodes.Tuple)
    return any(isinstance(part, kinds) for part in (node, *node.find_all(nodes.Node)))


def _finding(node: nodes.Node, text: str, own: set[str]) -> Finding | None:
    match node:
        case nodes.Call():
            return _call_finding(node, text)
        case nodes.Filter():
            return _filter_finding(node, text)
        case nodes.Test(name=name):
            return _unknown(name, TESTS, templates.template_unknown_test, word_tests, text)
        case nodes.Name():
            return _name_finding(node, text, own)
        case nodes.Const():
            return _constant_finding(node)
        case _:
            return _statement_finding(node, text)


def _statement_finding(node: nodes.Node, text: str) -> Finding | None:
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node), type(node).__name__.lower())
        return _at(text, word.split()[0], templates.template_forbidden_statement(word=word))
    if isinstance(node, nodes.For) and node.recursive:
        return _at(text, "recursive", templates.template_recursive_loop())
    if isinstance(node, nodes.Assign) and has_data(node.node):
        # Otherwise a list could contain the previous list twice, again and again, without limit.
        return _at(text, "set", templates.template_data_set())
    return None


def _call_finding(node: nodes.Call, text: str) -> Finding | None:
    called = node.node
    if isinstance(called, nodes.Name) and called.name == "range":
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not 1 <= len(node.args) <= 3:
            return _at(text, "range", templates.template_range_arguments())
        return None
    name = str(getattr(called, "name", getattr(called, "attr", "")))
    if name in FILTERS:
        call, better = f"{name}(…)", f"… | {name}"
        if isinstance(called, nodes.Name):
            call, better = _as_filter(text, name) or (call, better)
        return _at(text, name, templates.template_filter_called(call=call, better=better))
    return _at(text, name, templates.template_call(name=name, filters=list(FILTERS)))


def _as_filter(text: str, name: str) -> tuple[str, str] | None:
    """The text of a call, and the filter in its place: `event.text | phones` for
    `phones(event.text)`; None if the call has no value.
    """
    offset, length = _place_of(text, name)
    opening = text.find("(", offset + length)
    depth, first = 0, None
    for part in _PARTS.finditer(text, opening) if opening >= 0 else ():
        sign = part[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        if first is None and ((sign == "," and depth == 1) or depth == 0):
            first = part.start()
        if depth == 0 and first is not None:
            value, others = (
                text[opening + 1 : first].strip(),
                text[first + 1 : part.start()].strip(),
            )
            given = f"({others})" if others else ""
            better = f"{value} | {name}{given}"
            return (text[offset : part.end()], better) if value else None
    return None


def _filter_finding(node: nodes.Filter, text: str) -> Finding | None:
    name = node.name
    reason = argument_problem(node) if name in FILTERS else None
    if name == TRACKED and node.node is not None and not has_host(node.node):
        reason = templates.template_tracked_target()
    if name in _SIGNS:
        reason = templates.template_filter_calculates(name=name, sign=_SIGNS[name])
    if reason is not None:
        return _at(text, name, reason)
    return _unknown(name, FILTERS, templates.template_unknown_filter, word_filters, text)


def _name_finding(node: nodes.Name, text: str, own: set[str]) -> Finding | None:
    name = node.name
    if node.ctx != "load":
        if name in SCOPE_NAMES or name.startswith("_"):
            return _at(text, name, templates.template_name_cannot_be_set(name=name))
        return None
    if name in SCOPE_NAMES or name in own or name in ("loop", "range"):
        return None
    meant = meant_path(name)
    if meant is not None:
        return _at(text, name, rule_name_of_elsewhere(name=name, better=meant))
    if name in _SECRETS:
        return _at(text, name, templates.template_secret(name=name))
    suggestion = suggest(name, SCOPE_NAMES, word_names)
    return _at(text, name, rule_unknown_name(name=name, suggestion=suggestion))


def _constant_finding(node: nodes.Const) -> Finding | None:
    value = node.value
    too_long = isinstance(value, str) and len(value) > MAX_CONSTANT
    too_large = isinstance(value, int) and abs(value) > _LARGEST_NUMBER
    if too_long or too_large:
        return Finding(0, 1, templates.template_constant_too_long())
    return None


def _unknown(
    name: str, known: Iterable[str], kind: ReasonKind[...], many: ReasonKind[...], text: str
) -> Finding | None:
    names = sorted(known)
    if name in names:
        return None
    return _at(text, name, kind(name=name, suggestion=suggest(name, names, many)))


def _at(text: str, word: str, reason: Reason) -> Finding:
    """A finding that underlines a word."""
    return Finding(*_place_of(text, word), reason)


def _place_of(text: str, word: str) -> tuple[int, int]:
    """The offset of a word inside a tag, and its length; otherwise the beginning of the text."""
    pattern = rf"(?<![\w.]){re.escape(word)}(?!\w)" if word else r"\{[{%]"
    tags = list(_tags(text))
    # The pattern comes first, because the word alone may occur in another tag.
    for sought in (pattern, re.escape(word)):
        for start, tag in tags:
            found = re.search(sought, tag)
            if found:
                return start + found.start(), max(1, len(word))
    return 0, 1


def _tags(text: str) -> Iterator[tuple[int, str]]:
    """The tags of a text with their offsets, found in one pass."""
    opening = _OPENS.search(text)
    while opening:
        closing = _CLOSES.search(text, opening.end())
        if closing is None:
            return
        yield opening.start(), text[opening.start() : closing.end()]
        opening = _OPENS.search(text, closing.end())


# --- The literal arguments of filters ---


#: How to write each filter with arguments.
_USAGE: Final[Mapping[str, str]] = {
    "money": "money('USD')",
    "date": "date('%H:%M', 'Asia/Ho_Chi_Minh')",
    "truncate": "truncate(80)",
    "replace": "replace('a', 'b')",
    "default": "default('…')",
    "d": "d('…')",
    "join": "join(', ')",
    "round": "round(2)",
    "int": "int(0)",
    "float": "float(0)",
    "arm": "arm('greeting', ['a', 'b'])",
}
#: The value with which the arguments of a filter are tried out; a text for all other filters.
_TRIED_WITH: Final[Mapping[str, Any]] = {
    "date": "2026-11-24T03:00:00Z",
    "join": ["a", "b"],
    **dict.fromkeys(("money", "round", "abs", "int", "float"), 1),
}


def argument_problem(node: nodes.Filter) -> Reason | None:
    """The problem with the arguments of a filter; None if there is none, or it is unknown."""
    if node.name == "date" and (reason := _date_problem(node)) is not None:
        return reason
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return None
    # Jinja2 calls them pairs of expressions.
    named: list[Any] = list(node.kwargs)
    given = [*node.args, *(one.value for one in named)]
    values = [part.value if isinstance(part, nodes.Const) else None for part in given]
    positional, keywords = values[: len(node.args)], values[len(node.args) :]
    by_name = dict(zip((one.key for one in named), keywords, strict=True))
    call, value = FILTERS[node.name], _TRIED_WITH.get(node.name, "a")
    try:
        inspect.signature(call).bind(value, *positional, **by_name)
        if all(isinstance(part, nodes.Const) for part in given):
            call(value, *positional, **by_name)
    except (TypeError, ValueError):
        usage = _USAGE.get(node.name, node.name)
        return templates.template_filter_arguments(name=node.name, usage=usage)
    return None


def _date_problem(node: nodes.Filter) -> Reason | None:
    """The problem with the pattern or the zone of a `date`; None if there is none, or unknown."""
    given = list(zip(("pattern", "zone"), node.args, strict=False))
    # Jinja2 calls them pairs of expressions.
    named: list[Any] = list(node.kwargs)
    given += [(one.key, one.value) for one in named]
    written = {name: part.value for name, part in given if isinstance(part, nodes.Const)}
    pattern, zone = written.get("pattern"), written.get("zone")
    if isinstance(pattern, str):
        signs = DATE_SIGN.findall(pattern)
        if not signs:
            return templates.template_date_without_sign(pattern=pattern)
        for sign in signs:
            if sign not in DATE_SIGNS:
                return templates.template_date_sign_unknown(sign=sign, known=" %".join(DATE_SIGNS))
    if isinstance(zone, str):
        try:
            check_zone(zone)
        except WrongValue as error:
            return error.reason
    return None
