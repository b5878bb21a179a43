"""One call as an operation: its parameters, its body, its answers and its errors."""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from starlette.routing import Route

from automator.model import record
from automator.server.access.bodies import Body
from automator.server.access.guard import Guarded
from automator.server.description.answers import Answer, answers_of, function_of
from automator.server.description.schemas import Schemas
from automator.server.http.parameters import LONGEST, NumberParameter, Parameter

#: The statuses of errors.
ERRORS = {
    400: "The call is used wrongly: a parameter, a field or a value that it does not have.",
    401: "No token, or one that is not valid (any more).",
    403: "The role does not allow it.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "It cannot be done as things are now, or somebody else was first.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    421: "The server does not answer under this host name.",
    422: "The rules have problems.",
    428: "A change of a file needs `If-Match`.",
    500: "A fault of the server, which its log describes.",
    502: "The platform has refused it, or did not answer.",
    503: "It cannot be done now; try again.",
}
REFUSED_RULES = 422
_OF_EVERY_CALL = (400, 401, 403, 421, 500, 503)
_OF_BODIES = (408, 413, 415)
_DONE = {200: "Done.", 201: "Made.", 204: "Deleted.", 304: "The text is the one that you have.",
         412: "Somebody else has changed it meanwhile."}  # fmt: skip
#: The summaries of calls that share a function, by the name of the call.
_SUMMARIES = {
    "runs_post_decision_retry": "Tries the step of a run again.",
    "runs_post_decision_done": "Counts the step of a run as done, and goes on with the next one.",
    "runs_post_decision_now": "Wakes a run that sleeps.",
    "runs_post_decision_cancel": "Cancels a run.",
    "runs_post_several_approve": "Approves the steps of several runs.",
    "runs_post_several_decline": "Declines the steps of several runs.",
    "contacts_post_change_opt_out": "Ends private messages to a person.",
    "contacts_post_change_opt_in": "Allows private messages to a person again.",
    "contacts_post_change_pause": "Keeps rules with `pause_on` silent for a person.",
    "contacts_post_change_resume": "Ends the pause of rules for a person.",
    "contacts_post_change_block": "Keeps all rules from acting for a person.",
    "contacts_post_change_unblock": "Lets rules act for a person again.",
}
_ETAG = {"ETag": {"description": "The version of the text.", "schema": {"type": "string"}}}


@record
class Operation:
    """A call, with the answers that it can have."""

    path: str
    #: In lower case.
    method: str
    path_parameters: tuple[str, ...]
    guarded: Guarded
    answers: tuple[Answer, ...]

    def as_data(self, schemas: Schemas) -> dict[str, Any]:
        """The operation as OpenAPI has it."""
        function, guarded = function_of(self.guarded.endpoint), self.guarded
        about = inspect.getdoc(function) or ""
        name = _id_of(guarded.endpoint)
        summary = _SUMMARIES.get(name) or about.split("\n\n")[0].replace("\n", " ")
        role = guarded.role.label if guarded.role else ""
        data: dict[str, Any] = {
            "operationId": name,
            "tags": [_group_of(function)],
            "summary": summary,
            "description": f"{about}\n\nIt needs the role {role}.",
            "parameters": [*self._parameters()],
            "responses": {
                **{str(one.status): self._answer(one, schemas) for one in self.answers},
                **{
                    str(status): {"$ref": f"#/components/responses/{status}"}
                    for status in self._errors()
                },
            },
        }
        if guarded.body is not None:
            data["requestBody"] = _body(guarded.body, schemas)
        return data

    def _errors(self) -> list[int]:
        found = {*_OF_EVERY_CALL, *self.guarded.errors}
        if self.path_parameters:
            found.add(404)
        if self.method != "get":
            found.update(_OF_BODIES)
        return sorted(found)

    def _parameters(self) -> Iterator[dict[str, Any]]:
        for name in self.path_parameters:
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
            }
        for parameter in self.guarded.parameters or ():
            yield {"name": parameter.name, "in": "query", "schema": _schema_of(parameter)}
        for name in self.guarded.headers:
            yield {"name": name, "in": "header", "schema": {"type": "string"}}

    def _answer(self, answer: Answer, schemas: Schemas) -> dict[str, Any]:
        data: dict[str, Any] = {"description": _DONE[answer.status]}
        if answer.media_types:
            schema = {"type": "string"} if answer.shape is None else schemas.of(answer.shape)
            data["content"] = {kind: {"schema": schema} for kind in answer.media_types}
        if self.guarded.headers and answer.status in (200, 304) and self.method != "delete":
            data["headers"] = _ETAG
        return data


def operation_of(route: Route, method: str) -> Operation:
    """The operation of a route and a method.

    Raises:
        TypeError: the route is not guarded.
    """
    if not isinstance(route.endpoint, Guarded):
        raise TypeError(f"{route!r} is no call")
    return Operation(
        path=route.path_format,
        method=method.lower(),
        path_parameters=tuple(route.param_convertors),
        guarded=route.endpoint,
        answers=answers_of(route.endpoint.endpoint),
    )


def _id_of(endpoint: Callable[..., Any]) -> str:
    """The name of a call, for generated clients: `runs_post_decision_retry`."""
    words: list[str] = []
    while isinstance(endpoint, partial):
        words = [*(word for word in endpoint.args if isinstance(word, str)), *words]
        endpoint = endpoint.func
    return re.sub(r"\W", "_", "_".join([_group_of(endpoint), endpoint.__name__, *words]))


def _group_of(function: Callable[..., Any]) -> str:
    return function.__module__.rpartition(".")[2]


def _schema_of(parameter: Parameter) -> dict[str, Any]:
    if isinstance(parameter, NumberParameter):
        return {
            "type": "integer",
            "minimum": 1,
            "maximum": parameter.most,
            "default": parameter.usual,
        }
    if parameter.words:
        return {"type": "string", "enum": [*parameter.words]}
    return {"type": "string", "maxLength": LONGEST}


def _body(body: type[Body], schemas: Schemas) -> dict[str, Any]:
    is_needed = any(field.is_required() for field in body.model_fields.values())
    content = {"schema": schemas.of(body), "example": dict(body.example)}
    return {"required": is_needed, "content": {"application/json": content}}
