"""Checks the literal arguments that a template gives to the filter `date`.

With an unknown sign or zone a step would always fail, and a pattern without signs would be sent as
it stands.
"""

from typing import Any

from jinja2 import nodes

from automator.configuration.time_intervals import check_zone
from automator.model import Reason
from automator.model.problem import WrongValue
from automator.reasons.problems import templates
from automator.rules.templates.filters import DATE_SIGN, DATE_SIGNS


def date_problem(node: nodes.Filter) -> Reason | None:
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
