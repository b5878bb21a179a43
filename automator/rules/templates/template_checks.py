"""Checks the syntax tree of a template before it is compiled.

Only what is listed here is allowed. Every kind of node that calls, includes, defines or extends
is missing from the list, and so is every filter and test that is not ours.
"""

import re
from collections.abc import Iterable, Iterator

from jinja2 import nodes

from automator.conditions import SCOPE_NAMES, Finding
from automator.files import suggest
from automator.rules.templates.filters import FILTERS

TESTS = frozenset(
    {"defined", "undefined", "none", "string", "number", "boolean", "mapping", "sequence"}
    | {"odd", "even", "in", "eq", "ne", "lt", "le", "gt", "ge", "true", "false"}
)
MAX_NODES = 500
MAX_DEPTH = 24
MAX_LOOPS = 2
MAX_CONSTANT = 4_096
_LARGEST_NUMBER = 1 << 64
_OPENS = re.compile(r"\{[{%]")
_CLOSES = re.compile(r"[}%]\}")

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


def findings_in(tree: nodes.Template, text: str) -> list[Finding]:
    """Everything in a template that is not allowed or not known."""
    try:
        every = list(_walk(tree, 0, 0))
    except OverflowError as error:
        fix = "do the work in several steps, or write it shorter."
        return [Finding(0, len(text), str(error), "template-limit", fix)]
    findings: list[Finding] = []
    if len(every) > MAX_NODES:
        message = f"the template has {len(every)} parts; at most {MAX_NODES} are allowed"
        findings.append(Finding(0, len(text), message, "template-limit", "write it shorter."))
    own = {node.name for node in every if isinstance(node, nodes.Name) and node.ctx != "load"}
    for node in every:
        finding = _finding(node, text, own)
        if finding and finding not in findings:
            findings.append(finding)
    return findings


def _walk(node: nodes.Node, depth: int, loops: int) -> Iterator[nodes.Node]:
    if depth > MAX_DEPTH:
        raise OverflowError(f"the template is nested more than {MAX_DEPTH} levels deep")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MAX_LOOPS:
            raise OverflowError(f"at most {MAX_LOOPS} loops may stand inside one another")
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1, loops)


def has_data(node: nodes.Node) -> bool:
    """A list or an object is written out somewhere inside."""
    kinds = (nodes.List, nodes.Dict, nodes.Tuple)
    return any(isinstance(part, kinds) for part in (node, *node.find_all(nodes.Node)))


def _finding(node: nodes.Node, text: str, own: set[str]) -> Finding | None:
    match node:
        case nodes.Call():
            return _call_finding(node, text)
        case nodes.Filter(name=name):
            return _unknown(name, FILTERS, "filters", "unknown-filter", text)
        case nodes.Test(name=name):
            return _unknown(name, TESTS, "tests", "unknown-test", text)
        case nodes.Name():
            return _name_finding(node, text, own)
        case nodes.Const():
            return _constant_finding(node)
        case _:
            return _statement_finding(node, text)


def _statement_finding(node: nodes.Node, text: str) -> Finding | None:
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node), type(node).__name__.lower())
        fix = "templates have {{ … }}, {% if %}, {% for %} and {% set name = … %}."
        message = f"'{word}' is not allowed in a template"
        return _at(text, word.split()[0], message, fix)
    if isinstance(node, nodes.For) and node.recursive:
        return _at(text, "recursive", "loops cannot be recursive", "remove 'recursive'.")
    if isinstance(node, nodes.Assign) and has_data(node.node):
        # Lists of lists of lists, each named twice in the next, grow without bounds.
        return _at(text, "set", "set takes no list and no object", "set its parts.")
    return None


def _call_finding(node: nodes.Call, text: str) -> Finding | None:
    called = node.node
    if isinstance(called, nodes.Name) and called.name == "range":
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not 1 <= len(node.args) <= 3:
            return _at(text, "range", "range takes one to three numbers", "write them.")
        return None
    name = str(getattr(called, "name", getattr(called, "attr", "")))
    nearest = f"write '| {name}'." if name in FILTERS else f"use filters: {', '.join(FILTERS)}."
    message = f"'{name}(…)' is a call, and templates call nothing"
    return _at(text, name, message, nearest, "template-call")


def _name_finding(node: nodes.Name, text: str, own: set[str]) -> Finding | None:
    name = node.name
    if node.ctx != "load":
        if name in SCOPE_NAMES or name.startswith("_"):
            fix = "choose another name, of letters and digits."
            return _at(text, name, f"'{name}' cannot be set in a template", fix)
        return None
    if name in SCOPE_NAMES or name in own or name in ("loop", "range"):
        return None
    message = f"there is no '{name}' here"
    return _at(text, name, message, suggest(name, SCOPE_NAMES, "names"), "unknown-name")


def _constant_finding(node: nodes.Const) -> Finding | None:
    value = node.value
    too_long = isinstance(value, str) and len(value) > MAX_CONSTANT
    too_large = isinstance(value, int) and abs(value) > _LARGEST_NUMBER
    if too_long or too_large:
        message = "a text or number written in the template is too long"
        return Finding(0, 1, message, "template-limit", "write it shorter.")
    return None


def _unknown(name: str, known: Iterable[str], many: str, code: str, text: str) -> Finding | None:
    names = sorted(known)
    if name in names:
        return None
    kind = many.removesuffix("s")
    return _at(text, name, f"there is no {kind} '{name}'", suggest(name, names, many), code)


def _at(text: str, word: str, message: str, fix: str, code: str = "template-statement") -> Finding:
    """A finding under a word: where it stands inside a tag, or else at the beginning."""
    pattern = rf"(?<![\w.]){re.escape(word)}(?!\w)" if word else r"\{[{%]"
    for start, tag in _tags(text):
        found = re.search(pattern, tag) or re.search(re.escape(word), tag)
        if found:
            return Finding(start + found.start(), max(1, len(word)), message, code, fix)
    return Finding(0, 1, message, code, fix)


def _tags(text: str) -> Iterator[tuple[int, str]]:
    """The tags of a text with where they begin, found in one pass."""
    opening = _OPENS.search(text)
    while opening:
        closing = _CLOSES.search(text, opening.end())
        if closing is None:
            return
        yield opening.start(), text[opening.start() : closing.end()]
        opening = _OPENS.search(text, closing.end())
