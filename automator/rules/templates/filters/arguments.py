"""Checks the literal arguments that a template gives to its filters.

With an argument that a filter does not take, a step would always fail; a pattern of `date` without
signs would be sent as it stands.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import nodes

from automator.configuration.time_intervals import check_zone
from automator.model import Reason
from automator.model.problem import WrongValue
from automator.reasons.problems import templates
from automator.rules.templates.filters.dates import DATE_SIGN, DATE_SIGNS
from automator.rules.templates.filters.table import FILTERS

#: How each filter that takes arguments is written; the others take none.
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
#: A value that a filter takes, to try its arguments; a text for all others.
_TRIED_WITH: Final[Mapping[str, Any]] = {
    "date": "2026-11-24T03:00:00Z",
    "join": ["a", "b"],
    **dict.fromkeys(("money", "round", "abs", "int", "float"), 1),
}


def argument_problem(node: nodes.Filter) -> Reason | None:
    """The problem with the arguments of a filter that is ours; None when none is known."""
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
        return templates.FILTER_ARGUMENTS(name=node.name, usage=usage)
    return None


def _date_problem(node: nodes.Filter) -> Reason | None:
    """The problem with the pattern or the zone of a `date`; None when none is known."""
    given = list(zip(("pattern", "zone"), node.args, strict=False))
    # Jinja2 calls them pairs of expressions.
    named: list[Any] = list(node.kwargs)
    given += [(one.key, one.value) for one in named]
    written = {name: part.value for name, part in given if isinstance(part, nodes.Const)}
    pattern, zone = written.get("pattern"), written.get("zone")
    if isinstance(pattern, str):
        signs = DATE_SIGN.findall(pattern)
        if not signs:
            return templates.DATE_WITHOUT_SIGN(pattern=pattern)
        for sign in signs:
            if sign not in DATE_SIGNS:
                return templates.DATE_SIGN_UNKNOWN(sign=sign, known=" %".join(DATE_SIGNS))
    if isinstance(zone, str):
        try:
            check_zone(zone)
        except WrongValue as error:
            return error.reason
    return None
