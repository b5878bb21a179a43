"""Templates in rule files: Jinja2 in a closed sandbox over plain data.

A template sees only JSON values, never an object with methods. It can call nothing, every filter is
from `filters.py`, operators and loops have limits, and nothing is computed at compile time. No
result is rendered again as a template.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jinja2 import Environment, StrictUndefined, Undefined, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from automator.conditions import SCOPE_NAMES, Finding
from automator.files import did_you_mean
from automator.model import AutomatorError, Reason, quoted
from automator.reasons import ReasonKind
from automator.reasons.attempts import templates as faults
from automator.reasons.problems import templates
from automator.rules.templates.filters import (
    DOTS,
    FILTERS,
    FLAT_FILTERS,
    TEXT_FILTERS,
    TRACKED,
    WEIGHTS,
    bounded_range,
    encoded,
    is_tracked_in,
    tracked,
    urlencode,
)
from automator.rules.templates.template_budget import CALL, Plain, TemplateBudget
from automator.rules.templates.template_checks import TESTS, findings_in, has_data
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    BadValueError,
    LimitError,
    TemplateFault,
    WrongKindError,
    as_text,
    bounded,
)

# --- The Jinja2 sandbox of templates: plain data only, and no calls of methods ---
#
# Attribute access reads only keys. Every filter spends from the budget, operators have limits, and
# nothing is computed when a template is compiled.


_MAX_BITS = 256
_LOOP_FIELDS = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})


class _Generator(CodeGenerator):
    """Generates code that computes everything when it runs, and nothing before."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible


class _Missing(StrictUndefined):
    """A missing value: using it is an error, and everything inside it is missing as well."""

    @property
    def _undefined_message(self) -> str:
        """The reason as text, since Jinja2's errors carry only text; see `missing_reason`."""
        return self._reason().key

    def _reason(self) -> Reason:
        name, around = str(self._undefined_name), self._undefined_obj
        if not isinstance(around, Mapping):
            return faults.template_name_missing(name=name)
        nearest = did_you_mean(name, [key for key in around if isinstance(key, str)])
        if nearest:
            return faults.template_value_misspelt(name=name, nearest=nearest)
        return faults.template_value_missing(name=name)


def missing_reason(error: UndefinedError) -> Reason:
    """The reason in an error about a missing value."""
    try:
        return Reason.from_key(error.message or "")
    except (ValueError, KeyError, TypeError):
        # Jinja2's own words.
        return quoted(str(error))


class Rendering(Context):
    """One rendering, with its budget."""

    def __init__(
        self, environment: "Sandbox", scope: Mapping[str, Any], budget: TemplateBudget
    ) -> None:
        super().__init__(environment, scope, None, {})  # type: ignore[arg-type]  # Only read.
        self.budget = budget


class Sandbox(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator
    context_class = Rendering
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(
            undefined=_Missing,
            optimized=False,
            autoescape=False,
            loader=None,
            cache_size=0,
            keep_trailing_newline=True,
            finalize=_finalize,
        )
        self.globals = {}
        self.filters = {name: _guarded(name, filter_) for name, filter_ in FILTERS.items()}
        self.filters[TRACKED] = _tracked
        self.filters["!loop"] = _bounded_loop
        self.filters["!range"] = _guarded("!range", bounded_range)
        self.filters["!url"] = _guarded("urlencode", urlencode)
        self.filters["!read"] = _paid_for_reading
        self.filters["!slice"] = _paid_for_copying
        self.tests = {name: test for name, test in self.tests.items() if name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if obj.__class__ is dict:
            try:
                return obj[argument]
            except (KeyError, TypeError):
                return _Missing(obj=obj, name=argument)
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, LoopContext) and argument in _LOOP_FIELDS:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple | str | Mapping):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return _Missing(obj=obj if obj is not None else {}, name=argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        del obj, attr, value
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        del obj
        return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        assert isinstance(context, Rendering)  # noqa: S101  # No other one is ever made.
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            fail(left if isinstance(left, Undefined) else right)
        if operator == "+" and left.__class__ is right.__class__ and left.__class__ in (str, list):
            most = MAX_TEXT if left.__class__ is str else MAX_ITEMS
            if len(left) + len(right) > most:
                raise LimitError(faults.template_sum_too_long())
            context.budget.spend(1 + (len(left) + len(right)) // 16)
            return left + right
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            wanted = (
                faults.template_two_alike_needed
                if operator == "+"
                else faults.template_two_numbers_needed
            )
            raise WrongKindError(wanted(operator=operator))
        if operator == "**" and (abs(right) > _MAX_BITS or _bits(left) * abs(right) > _MAX_BITS):
            raise LimitError(faults.template_number_too_large())
        return _usable(self.binop_table[operator](left, right))


def _bits(number: int | float) -> int:
    return number.bit_length() if isinstance(number, int) else 1


def _usable(number: Any) -> Any:
    """The result of an operator; raises if it is a number that JSON cannot write."""
    if isinstance(number, complex):
        raise BadValueError(faults.template_root_of_negative())
    if _bits(number) > _MAX_BITS or not math.isfinite(number):
        raise LimitError(faults.template_number_too_large())
    return number


@pass_context
def _finalize(context: Rendering, value: Any) -> str:
    budget = context.budget
    budget.spend(1)
    if value.__class__ is not str:
        if isinstance(value, Undefined):
            fail(value)
        budget.spend_value(value)
        value = as_text(value)
    return value if budget.plain is None else made_plain(value, budget.plain, budget)


def made_plain(text: str, plain: Plain, budget: TemplateBudget) -> str:
    """The text of a value without markup, for the text of a message.

    Raises:
        LimitError: it becomes too long.
    """
    budget.spend_text(len(text))
    return bounded(plain(text))


def fail(missing: Undefined) -> None:
    missing._fail_with_undefined_error()


def _guarded(name: str, function: Any) -> Any:
    """A filter that spends from the budget and refuses missing values."""
    takes_missing = name in ("default", "d")

    @pass_context
    def run(context: Rendering, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Undefined):
            if not takes_missing:
                fail(value)
            value = None
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, Undefined):
                fail(argument)
        value = _paid_for(context.budget, name, value, (*args, *kwargs.values()))
        result = function(value, *args, **kwargs)
        if result.__class__ is str and len(result) > MAX_TEXT:
            raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
        return result

    return run


_checked_target = _guarded(TRACKED, tracked)


@pass_context
def _tracked(context: Rendering, value: Any) -> str:
    """The address of a tracked link of the step."""
    return context.budget.track(_checked_target(context, value))


def _paid_for(budget: TemplateBudget, name: str, value: Any, arguments: tuple[Any, ...]) -> Any:
    """The value that a filter works on, after paying for it."""
    budget.spend(CALL)
    if name in FLAT_FILTERS:
        return value
    if name == "join" and value.__class__ is list:
        return plain_data(value, budget)
    for argument in arguments:
        budget.spend_value(argument)
    if value.__class__ is not str:
        budget.spend_value(value)
        if name in TEXT_FILTERS:
            value = as_text(value)
    if value.__class__ is str:
        budget.spend_text(len(value), WEIGHTS.get(name, 1))
    return value


@pass_context
def _paid_for_reading(context: Rendering, value: Any) -> Any:
    """The value itself, after paying for reading the whole value."""
    context.budget.spend_value(value)
    return value


@pass_context
def _paid_for_copying(context: Rendering, value: Any) -> Any:
    """The value itself, after paying for copying a part of it."""
    if isinstance(value, str | list | tuple):
        context.budget.spend(1 + len(value) // 16)
    return value


@pass_context
def _bounded_loop(context: Rendering, value: Any, weight: int) -> Iterator[Any]:
    """The items of a list; `weight` is the least cost of one turn of the loop."""
    if isinstance(value, Undefined):
        fail(value)
    if not isinstance(value, list | tuple | dict):
        raise WrongKindError(faults.template_loop_needs_list())
    if len(value) > MAX_ITEMS:
        raise LimitError(faults.template_loop_too_long(most=MAX_ITEMS))
    for item in value:
        context.budget.spend(weight)
        yield item


def plain_data(value: Any, budget: TemplateBudget) -> Any:
    """A copy of the value; fails if a part of the value is missing.

    Raises:
        LimitError: the copy would cost more than is left.
    """
    if isinstance(value, Undefined):
        fail(value)
    if isinstance(value, dict):
        budget.spend(1 + 2 * len(value))
        return {as_text(key): plain_data(item, budget) for key, item in value.items()}
    if isinstance(value, list | tuple):
        budget.spend(1 + len(value))
        return [plain_data(item, budget) for item in value]
    if value.__class__ is str and len(value) > CALL:
        # The value may be written as text afterwards, so every occurrence of a text is paid for.
        budget.spend_text(len(value))
    return value


# --- A template, compiled once and rendered for each run ---


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
        #: Whether it makes a tracked link.
        self.tracks = is_tracked_in(tree)
        #: All paths that it reads, such as `("event", "actor", "name")`; `reads` has those that
        #: must exist.
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
        """The rendered text, or the value of a template that is only one `{{ expression }}`.

        Raises:
            RenderError: a name is undefined, a value has the wrong kind, or a limit is exceeded.
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
            raise RenderError(faults.template_dots_in_address())
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
            raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
        found.append(part)
    return "".join(found)


_PLAIN: Mapping[type[Exception], ReasonKind[[]]] = {
    ValueError: faults.template_value_unusable,
    TypeError: faults.template_kinds_differ,
    ZeroDivisionError: faults.template_divided_by_zero,
    RecursionError: faults.template_nested_too_deeply,
    OverflowError: faults.template_number_too_large,
}


def _plain(error: Exception) -> Reason:
    if isinstance(error, TemplateFault):
        return error.reason
    known = (kind for fault, kind in _PLAIN.items() if isinstance(error, fault))
    return next(known, faults.template_values_do_not_fit)()


class _Rewriter(NodeTransformer):
    """Replaces operations that Jinja2 does not limit by filters that spend from the budget."""

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
        # The cost of one turn, without filters: a node takes about a quarter of an element's time.
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
    """The compiled template, or None and the findings.

    With `is_url`, scheme, host and port must be literal, and values after them are percent-encoded.
    `zone` is the zone of `date` filters without a zone; "" = the filter's default.
    """
    if len(text) > MAX_SOURCE:
        return None, [Finding(0, 1, templates.template_too_long(most=MAX_SOURCE))]
    stripped = text.strip()
    source = stripped if stripped.startswith("{{") and stripped.endswith("}}") else text
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        return None, [syntax_finding(_ENVIRONMENT, text, error)]
    except Exception:  # noqa: BLE001  # The parser's own limits: depth, digits of a number.
        return None, [Finding(0, 1, templates.template_unreadable())]
    findings = findings_in(tree, text)
    if is_url and not findings:
        findings = _url_findings(tree, text)
    if findings:
        return None, findings
    try:
        lone = _is_lone(tree, source)
        return Template(text, tree, keeps_type=lone, is_url=is_url, zone=zone), []
    except Exception as error:  # noqa: BLE001  # Whatever the compiler does not take.
        return None, [Finding(0, 1, templates.template_unusable(problem=_plain(error)))]


def _is_lone(tree: nodes.Template, source: str) -> bool:
    if len(tree.body) != 1 or not source.startswith("{{"):
        return False
    output = tree.body[0]
    return (
        isinstance(output, nodes.Output)
        and len(output.nodes) == 1
        and not isinstance(output.nodes[0], nodes.TemplateData)
    )


# --- Values that take the place of names in a template ---


class TemplateLiteralError(ValueError):
    """A value cannot be a part of an expression of a template."""


def with_values(text: str, root: str, literal: Callable[[str], str | None]) -> str:
    """The template with `literal(name)` in place of each `root.name`; None leaves the name.

    A template that cannot be read is left as it is.
    """
    try:
        tokens = [(kind, value) for _, kind, value in _ENVIRONMENT.lex(text)]
    except TemplateSyntaxError:
        return text
    spoken = [index for index, (kind, _) in enumerate(tokens) if kind != "whitespace"]
    is_changed = False
    for before, *path in zip([-1, *spoken], spoken, spoken[1:], spoken[2:], strict=False):
        if [tokens[index] for index in path[:2]] != [("name", root), ("operator", ".")]:
            continue
        is_name = tokens[path[2]][0] == "name" and (before < 0 or tokens[before][1] not in ".|")
        found = literal(tokens[path[2]][1]) if is_name else None
        if found is not None:
            for index in range(path[0], path[2]):
                tokens[index] = ("", "")
            tokens[path[2]] = ("", found)
            is_changed = True
    return "".join(value for _, value in tokens) if is_changed else text


def literal_in_template(value: Any) -> str:
    """A value as an expression of a template. A text with placeholders is joined of its parts.

    Raises:
        TemplateLiteralError: a text has a statement, a comment or a mistake.
    """
    if isinstance(value, Mapping):
        pairs = (f"{_quoted(str(key))}: {literal_in_template(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal_in_template, value))}]"
    if isinstance(value, str):
        return _joined(value) if is_template(value) else _quoted(value)
    return "none" if value is None else f"({json.dumps(value)})"


def _quoted(text: str) -> str:
    """A text in quotes, in which nothing looks like a tag of a template."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub("[{}%#]", lambda sign: f"\\x{ord(sign[0]):02x}", quoted)


def _joined(text: str) -> str:
    parts, inside = list[str](), False
    try:
        for _, kind, value in _ENVIRONMENT.lex(text):
            if kind == "data":
                parts.append(_quoted(value))
            elif kind in ("variable_begin", "variable_end"):
                inside = kind == "variable_begin"
                parts += ["("] if inside else []
                parts[-1] += "" if inside else ")"
            elif inside:
                parts[-1] += value
            else:
                raise TemplateLiteralError(kind)
    except TemplateSyntaxError as error:
        raise TemplateLiteralError(str(error)) from error
    return f"({' ~ '.join(parts)})"


def begins_with_host(text: str) -> bool:
    """Whether a text begins with a literal scheme and a complete literal host."""
    return _ADDRESS.match(text) is not None


def _url_findings(tree: nodes.Template, text: str) -> list[Finding]:
    first = tree.body[0] if tree.body else None
    start = first.nodes[0] if isinstance(first, nodes.Output) else None
    if isinstance(start, nodes.TemplateData) and begins_with_host(start.data):
        return []
    tag = max(0, text.find("{"))
    return [Finding(tag, 2, templates.template_host_from_template())]


# --- The paths that a template reads, and which of them are not guarded ---

#: Filters that accept a missing value.
_GUARDS = frozenset({"default", "d"})
_ASKS = frozenset({"defined", "undefined"})


def all_paths_in(tree: nodes.Template) -> tuple[tuple[str, ...], ...]:
    """The paths from the top of the scope that a template reads."""
    return tuple(dict.fromkeys(_paths(tree, _own_names(tree))))


def unguarded(
    tree: nodes.Template, paths: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """The paths that must exist, because no default or `{% if %}` guards them."""
    own = _own_names(tree)
    guarded: list[tuple[str, ...]] = []
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name in _GUARDS and filtered.node is not None:
            guarded += _paths(filtered.node, own)
    for test in tree.find_all(nodes.Test):
        if test.name in _ASKS:
            guarded += _paths(test.node, own)
    return tuple(names for names in paths if not any(names[: len(one)] == one for one in guarded))


def _own_names(tree: nodes.Template) -> set[str]:
    """The names that a template itself sets."""
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}


def _paths(node: nodes.Node, own: set[str]) -> Iterator[tuple[str, ...]]:
    names = _path(node)
    if names is not None:
        if names[0] in SCOPE_NAMES and names[0] not in own:
            yield names
        return
    for child in node.iter_child_nodes():
        yield from _paths(child, own)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    """The names of `a.b.c`, also written as `a['b'].c`; None for anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return None if before is None else (*before, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        before = _path(node.node)
        is_name = isinstance(node.arg.value, str)
        return (*before, node.arg.value) if before is not None and is_name else None
    return None


# --- The mistake in a text that Jinja2 does not accept as a template ---
#
# Jinja2 says in English what it expected, and names only the line. So frequent mistakes are looked
# for in the text itself.


_PAIRS = (("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
#: How many placeholders are compiled one by one to find the wrong one.
_MOST = 100
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BLOCK = re.compile(r"\{%[-+]?\s*(?P<word>if|for|endif|endfor|elif|else)\b.*?%\}", re.DOTALL)
_TAG = re.compile(r"\{%[-+]?\s*(?P<word>\w+)")
_STRANGE = re.compile(r"unexpected char (?P<quote>['\"])(?P<sign>.+)(?P=quote) at (?P<at>\d+)")
_CLOSING = re.compile(r"unexpected '.', expected '(?P<sign>[\])}])'")
_SMART_QUOTES = "“”„‘’‚«»"
_SIGNS: Mapping[str, str] = {"&": "and", "!": "not"}
_OPENINGS: Mapping[str, str] = {")": "(", "]": "[", "}": "{"}
#: The reason for each message of Jinja2.
_SAID: Sequence[tuple[re.Pattern[str], Callable[[], Reason]]] = (
    (re.compile(r"got '='$"), templates.template_one_equals),
    (
        re.compile(r"^expected token 'name', got '\|'"),
        lambda: templates.template_sign_for_word(sign="||", word="or"),
    ),
    (
        re.compile(r"(?:got|^unexpected) 'end of |^expected name or number"),
        templates.template_without_value,
    ),
    (re.compile(r"^expected token 'end of print statement'"), templates.template_goes_on),
)


def syntax_finding(environment: Environment, text: str, error: TemplateSyntaxError) -> Finding:
    """The finding for a syntax error of Jinja2."""
    for opening, closing in _PAIRS:
        opened = text.rfind(opening)
        if opened > text.rfind(closing):
            return Finding(
                opened, 2, templates.template_tag_left_open(opening=opening, closing=closing)
            )
    wrong = _unpaired(text)
    if wrong:
        return wrong
    start, part, said = _first_wrong(environment, text, error)
    strange = _STRANGE.search(said)
    if strange:
        return _strange(start, part, strange) if part else _strange(0, text, strange)
    return Finding(start, 2, _reason(text[start:], said))


def _unpaired(text: str) -> Finding | None:
    """The first unclosed block such as `{% if %}`, or the first closing tag without one."""
    open_ones: list[re.Match[str]] = []
    for found in _BLOCK.finditer(text):
        word = found["word"]
        if word in ("if", "for"):
            open_ones.append(found)
            continue
        begun = open_ones[-1]["word"] if open_ones else ""
        wanted = word.removeprefix("end") if word.startswith("end") else begun or "if"
        if begun != wanted:
            reason = templates.template_nothing_to_close(
                tag=f"{{% {word} %}}", begin=f"{{% {wanted} … %}}"
            )
            return Finding(found.start(), 2, reason)
        if word.startswith("end"):
            open_ones.pop()
    if not open_ones:
        return None
    word = open_ones[-1]["word"]
    reason = templates.template_tag_left_open(
        opening=f"{{% {word} … %}}", closing=f"{{% end{word} %}}"
    )
    return Finding(open_ones[-1].start(), 2, reason)


def _first_wrong(
    environment: Environment, text: str, error: TemplateSyntaxError
) -> tuple[int, str, str]:
    """The first placeholder that does not compile on its own, or the line that Jinja2 names."""
    for found in islice(_PLACEHOLDER.finditer(text), _MOST):
        try:
            environment.parse(found[0])
        except TemplateSyntaxError as alone:
            return found.start(), found[0], alone.message or ""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: error.lineno - 1])
    line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
    return before + max(0, *(line.rfind(opening) for opening, _ in _PAIRS)), "", error.message or ""


def _strange(start: int, part: str, strange: re.Match[str]) -> Finding:
    """The finding of a character that a placeholder cannot contain."""
    sign, at = strange["sign"].removeprefix("\\"), int(strange["at"])
    if sign in _SMART_QUOTES:
        reason = templates.template_smart_quote(sign=sign)
    elif sign in "'\"":
        reason = templates.template_quote_not_closed(sign=sign)
    elif sign in _SIGNS:
        reason = templates.template_sign_for_word(sign=sign, word=_SIGNS[sign])
    elif part[at:].startswith("$json"):
        reason = templates.template_sign_for_word(sign="$json", word="event.data")
    else:
        reason = templates.template_strange_sign(sign=sign)
    return Finding(start + min(at, len(part) - 1), 1, reason)


def _reason(rest: str, said: str) -> Reason:
    """The mistake at the beginning of `rest`."""
    tag = _TAG.match(rest)
    closing = _CLOSING.search(said)
    if tag and said.startswith("Encountered unknown tag"):
        return templates.template_unknown_tag(tag=tag["word"])
    if closing:
        sign = closing["sign"]
        return templates.template_bracket_left_open(opening=_OPENINGS[sign], closing=sign)
    known = (kind for pattern, kind in _SAID if pattern.search(said))
    kind = templates.template_three_braces if rest.startswith("{{{") else next(known, None)
    return templates.template_not_a_template(said=said.rstrip(".")) if kind is None else kind()
