"""Templates in rule files: Jinja2 in a closed sandbox over plain data.

A template sees JSON values only, never an object with methods. Nothing can be called, every
filter is one of ours, operators and loops are bounded, and nothing is computed at compile time.
A result is data: no code path renders it again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.visitor import NodeTransformer

from automator.conditions import Finding
from automator.model import AutomatorError, Reason
from automator.reasons import ReasonKind
from automator.reasons.attempts import templates as faults
from automator.reasons.problems import templates
from automator.rules.templates.filters.tracked import DOTS, encoded, is_tracked_in
from automator.rules.templates.filters.tracked import NAME as TRACKED
from automator.rules.templates.template_budget import TemplateBudget
from automator.rules.templates.template_checks import findings_in, has_data
from automator.rules.templates.template_reads import all_paths_in, unguarded
from automator.rules.templates.template_sandbox import (
    Rendering,
    Sandbox,
    made_plain,
    missing_reason,
    plain_data,
)
from automator.rules.templates.template_syntax import syntax_finding
from automator.rules.templates.values import MAX_TEXT, LimitError, TemplateFault

MAX_SOURCE = 16_384
_ADDRESS = re.compile(r"https?://[^\s/?#@\\{}]+[/?]")
_TAGS = ("{{", "{%", "{#")


class RenderError(AutomatorError):
    """A template cannot be rendered for this event."""


_ENVIRONMENT = Sandbox()


def is_template(text: str) -> bool:
    """Whether a text has a placeholder, a statement or a comment of a template."""
    return any(tag in text for tag in _TAGS)


class Template:
    """A compiled template. `render` may be called from any thread."""

    __slots__ = (
        "_keeps_type",
        "_makes_data",
        "_root",
        "is_url",
        "paths",
        "reads",
        "text",
        "tracks",
    )

    def __init__(
        self, text: str, tree: nodes.Template, *, keeps_type: bool, is_url: bool, zone: str
    ) -> None:
        self.text = text
        self.is_url = is_url
        self._keeps_type = keeps_type
        self._makes_data = has_data(tree)
        #: It makes a tracked link.
        self.tracks = is_tracked_in(tree)
        #: The paths that it reads, such as `("event", "actor", "name")`; those of `reads` must be
        #: there.
        self.paths = all_paths_in(tree)
        self.reads = unguarded(tree, self.paths)
        if keeps_type:
            output = tree.body[0]
            assert isinstance(output, nodes.Output)  # noqa: S101  # compile_template has looked.
            target = nodes.Name("result", "store", lineno=1)
            tree.body = [nodes.Assign(target, output.nodes[0], lineno=1)]
        tree = _Rewriter(is_url=is_url, zone=zone).visit(tree)
        tree.set_environment(_ENVIRONMENT)
        code = _ENVIRONMENT.compile(tree)
        template = _ENVIRONMENT.template_class.from_code(_ENVIRONMENT, code, {})
        self._root = template.root_render_func

    def render(self, scope: Mapping[str, Any], budget: TemplateBudget | None = None) -> Any:
        """The text, or the value of a lone `{{ expression }}`; `budget` is shared with others.

        Raises:
            RenderError: a name is undefined, a value has the wrong kind, or a limit is passed.
        """
        context = Rendering(_ENVIRONMENT, scope, budget or TemplateBudget())
        try:
            if self._keeps_type:
                return self._value(context)
            text = _collect(self._root(context))
        except UndefinedError as error:
            raise RenderError(missing_reason(error)) from error
        except Exception as error:  # After any error only this step fails.
            raise RenderError(_plain(error)) from error
        if self.is_url and DOTS.search(text.partition("?")[0]):
            raise RenderError(faults.DOTS_IN_ADDRESS())
        return text

    def _value(self, context: Rendering) -> Any:
        for _ in self._root(context):
            pass
        value = context.vars["result"]
        if self._makes_data or isinstance(value, Undefined):
            value = plain_data(value, context.budget)
        if context.budget.plain is not None and value.__class__ is str:
            value = made_plain(value, context.budget.plain, context.budget)
        return value


def _collect(parts: Iterator[str]) -> str:
    found: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_TEXT:
            raise LimitError(faults.TEXT_BECOMES_TOO_LONG(most=MAX_TEXT))
        found.append(part)
    return "".join(found)


_PLAIN: Mapping[type[Exception], ReasonKind] = {
    ValueError: faults.VALUE_UNUSABLE,
    TypeError: faults.KINDS_DIFFER,
    ZeroDivisionError: faults.DIVIDED_BY_ZERO,
    RecursionError: faults.TEMPLATE_NESTED_TOO_DEEPLY,
    OverflowError: faults.TEMPLATE_NUMBER_TOO_LARGE,
}


def _plain(error: Exception) -> Reason:
    if isinstance(error, TemplateFault):
        return error.reason
    known = (kind for fault, kind in _PLAIN.items() if isinstance(error, fault))
    return next(known, faults.VALUES_DO_NOT_FIT)()


class _Rewriter(NodeTransformer):
    """Replaces operations that Jinja2 does not bound with our own bounded filters."""

    def __init__(self, *, is_url: bool, zone: str) -> None:
        self._zone = zone
        self._methods: dict[type[nodes.Node], Any] = {
            nodes.For: self._loop,
            nodes.Concat: self._joined,
            nodes.Call: self._range,
            nodes.Compare: self._compared,
            nodes.Test: self._tested,
            nodes.Getitem: self._cut,
            nodes.Filter: self._filtered,
        }
        if is_url:
            self._methods[nodes.Output] = self._address

    def get_visitor(self, node: nodes.Node) -> Any:
        """The method for a kind of node."""
        return self._methods.get(type(node))

    def _loop(self, node: nodes.For) -> nodes.Node:
        # The cost of its body without filters: a node takes about a quarter of an element's time.
        parts = len(node.body) + sum(1 for item in node.body for _ in item.find_all(nodes.Node))
        weight = 4 + parts // 4
        self.generic_visit(node)
        node.iter = _filter(node.iter, "!loop", nodes.Const(weight, lineno=node.lineno))
        return node

    def _compared(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _read(node.expr)
        for operand in node.ops:
            operand.expr = _read(operand.expr)
        return node

    def _tested(self, node: nodes.Test) -> nodes.Node:
        self.generic_visit(node)
        if node.args:
            node.node = _read(node.node)
            node.args = [_read(argument) for argument in node.args]
        return node

    def _cut(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filter(node.node, "!slice")
        return node

    def _filtered(self, node: nodes.Filter) -> nodes.Node:
        if node.name == TRACKED and node.node is not None:
            node.node = encoded(node.node, _encoded)
        self.generic_visit(node)
        is_named = len(node.args) > 1 or any(one.key == "zone" for one in node.kwargs)
        if self._zone and node.name == "date" and not is_named:
            zone = nodes.Const(self._zone, lineno=node.lineno)
            named: Any = nodes.Keyword("zone", zone, lineno=node.lineno)
            node.kwargs.append(named)
        return node

    def _joined(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "join")

    def _range(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.args, lineno=node.lineno), "!range")

    def _address(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [_encoded(item) for item in node.nodes]
        return node


def _encoded(item: nodes.Expr) -> nodes.Expr:
    plain = isinstance(item, nodes.TemplateData)
    done = isinstance(item, nodes.Filter) and item.name == "urlencode"
    return item if plain or done else _filter(item, "!url")


def _read(value: nodes.Expr) -> nodes.Expr:
    return value if isinstance(value, nodes.Const) else _filter(value, "!read")


def _filter(value: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


def compile_template(
    text: str, *, is_url: bool = False, zone: str = ""
) -> tuple[Template | None, list[Finding]]:
    """The template, or None and everything that is wrong with it.

    In an address the scheme, the host and the port are written out, and values that are filled in
    behind them are percent-encoded. `zone` is that of dates whose filter names none; "" = that of
    the filter.
    """
    if len(text) > MAX_SOURCE:
        return None, [Finding(0, 1, templates.TEMPLATE_TOO_LONG(most=MAX_SOURCE))]
    stripped = text.strip()
    source = stripped if stripped.startswith("{{") and stripped.endswith("}}") else text
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        return None, [syntax_finding(_ENVIRONMENT, text, error)]
    except Exception:  # noqa: BLE001  # The parser's own limits: depth, digits of a number.
        return None, [Finding(0, 1, templates.TEMPLATE_UNREADABLE())]
    findings = findings_in(tree, text)
    if is_url and not findings:
        findings = _url_findings(tree, text)
    if findings:
        return None, findings
    try:
        lone = _is_lone(tree, source)
        return Template(text, tree, keeps_type=lone, is_url=is_url, zone=zone), []
    except Exception as error:  # noqa: BLE001  # Whatever the compiler does not take.
        return None, [Finding(0, 1, templates.TEMPLATE_UNUSABLE(problem=_plain(error)))]


def _is_lone(tree: nodes.Template, source: str) -> bool:
    if len(tree.body) != 1 or not source.startswith("{{"):
        return False
    output = tree.body[0]
    return (
        isinstance(output, nodes.Output)
        and len(output.nodes) == 1
        and not isinstance(output.nodes[0], nodes.TemplateData)
    )


def begins_with_host(text: str) -> bool:
    """Whether a text begins with a scheme and a whole host, so that no value can change them."""
    return _ADDRESS.match(text) is not None


def _url_findings(tree: nodes.Template, text: str) -> list[Finding]:
    first = tree.body[0] if tree.body else None
    start = first.nodes[0] if isinstance(first, nodes.Output) else None
    if isinstance(start, nodes.TemplateData) and begins_with_host(start.data):
        return []
    tag = max(0, text.find("{"))
    return [Finding(tag, 2, templates.HOST_FROM_TEMPLATE())]
