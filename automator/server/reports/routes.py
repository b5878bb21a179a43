"""Makes the API's routes of reports, and reads a report's parameters from an address."""

from typing import Any
from urllib.parse import urlencode

from starlette.routing import Route

from automator.server.access.guard import Calls
from automator.server.answer_types import reports as shapes
from automator.server.answer_types.common import TextJson
from automator.server.http.parameters import AS_TEXT, NumberParameter, Parameter
from automator.server.reports.declarations import AskedT, Number, Report
from automator.server.shared.responses import JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext

#: The link "further back" looks at this many times as many events or runs.
_FURTHER = 10


def route_of(report: Report[Any]) -> Route:
    """Makes the route of the API call that answers with a report."""

    async def get(context: RequestContext) -> JsonAnswer[Any]:
        found = await report.answer(context, asked_in(context, report))
        return report_answer(context, found, report.as_text)

    # The description of the API is made from the name, docstring and return type of `get`.
    get.__name__ = f"get_{report.name}"
    get.__doc__ = report.about
    answer: Any = JsonAnswer
    get.__annotations__["return"] = answer[getattr(shapes, report.shape) | TextJson]
    parameters = [
        _parameter(name, kind)
        for name, kind in report.parameters().items()
        if not report.is_in_path(name)
    ]
    calls = Calls()
    declare = calls.declare(
        f"GET {report.path}",
        report.role,
        group=report.group,
        parameters=(*parameters, AS_TEXT),
    )
    declare(get)
    return calls.routes[0]


def asked_in(context: RequestContext, report: Report[AskedT]) -> AskedT:
    """Reads the parameters of a report from the address of a call or a page.

    Raises:
        UsageError: a parameter is not an allowed number.
    """
    in_path, asked = context.request.path_params, dict[str, Any]()
    for name, kind in report.parameters().items():
        text = str(in_path[name]) if name in in_path else context.query(name)
        if isinstance(kind, Number):
            is_open = kind.is_setting and not text
            asked[name] = None if is_open else _number(name, kind).number(text)
        else:
            asked[name] = text or kind.usual
    return report.asked(**asked)


def further(context: RequestContext, name: str, usual: int) -> str:
    """The address of the same page with ten times the usual number as `name`.

    "" if the present address has a number already.
    """
    if context.query(name):
        return ""
    asked = {**context.request.query_params, name: _FURTHER * usual}
    return f"{context.request.url.path}?{urlencode(asked)}"


def _parameter(name: str, kind: Any) -> Parameter:
    return _number(name, kind) if isinstance(kind, Number) else Parameter(name=name)


def _number(name: str, kind: Number) -> NumberParameter:
    return NumberParameter(name=name, usual=kind.usual, most=kind.most)
